/* A way to lay out migration files: one file in layouts/ with one `const keel_layout`, and one line in layouts.c. */
#ifndef KEEL_MIGRATE_LAYOUT_H
#define KEEL_MIGRATE_LAYOUT_H

#include "migrate/folder.h"

/* An entry of the folder. Files are read when a layout asks for them. */
typedef struct keel_folder_entry {
    const char *name;
    bool directory;
} keel_folder_entry;

typedef struct keel_folder_reader {
    keel_arena *arena;
    const char *path;
    keel_folder_entry *entries; /* by name; hidden ones are left out */
    size_t count;
    struct keel_map *texts;        /* of files read so far: layouts look at the same ones in turn */
    struct keel_map *numbers;      /* version and name -> number of the migration, from 1 */
    keel_migration_folder *folder; /* what is being made */
} keel_folder_reader;

typedef struct keel_layout {
    const char *id;    /* "goose" */
    const char *title; /* "goose: NNN_name.sql with -- +goose Up and Down" */
    const char *help;  /* whole sentences: names, marks, what is and what is not supported */
    const char *sign;  /* what it is recognised by, behind a number: "files with \"-- +goose Up\"" */
    bool reads_plain;  /* a file NNN_name.sql without any layout's marks is read, or refused, not passed over */
    /* Is this entry of this layout, by its name or its marks? */
    bool (*claims)(keel_folder_reader *reader, const keel_folder_entry *entry);
    bool (*read)(keel_folder_reader *reader, keel_error *err);
    /* Order of two versions; NULL: numbers by value, else by bytes. */
    int (*compare)(const char *left, const char *right);
} keel_layout;

/* Ends with NULL. Of equal claims the first wins; the last, plain files, gives way to all others. */
extern const keel_layout *const keel_layouts[];
const keel_layout *keel_layout_find(const char *id);

/* The text of a file of the folder ("a.sql", "dir/up.sql"); *ret_sql is a section that spans it all. */
bool keel_layout_read_file(keel_folder_reader *reader, const char *name, keel_migration_sql *ret_sql, keel_error *err);
bool keel_layout_has_file(const keel_folder_reader *reader, const char *directory, const char *file);
/* What a migration in Go does cannot be done here, and the files behind it may need it: refused by name. */
bool keel_layout_refuse_go(const keel_folder_reader *reader, const char *name, keel_error *err);
/* The migration of this version, made if there is none. */
keel_migration *keel_layout_migration(keel_folder_reader *reader, const char *version, const char *name,
                                      const char *file);
/* Has the file a line that starts with `mark` (blanks before it do not count)? For recognising. */
bool keel_layout_has_mark(keel_folder_reader *reader, const char *name, const char *mark);
/* Is it a file NAME.sql with such a line? */
bool keel_layout_is_marked(keel_folder_reader *reader, const keel_folder_entry *entry, const char *mark);

/* Cuts a file into sections at lines that start with a mark: `up` NULL-terminated spellings, `down` likewise. What stands
 * before the first mark belongs to neither (only comments and blanks may stand there: SQL is an error). A file without any mark is all up
 * if `plain`, else an error. A mark line with "transaction:false" or a line "-- no-transaction" style mark is the
 * layout's own business: it reads the mark's line, which stands just before the section's text. */
typedef struct keel_layout_marks {
    const char *up, *down; /* "-- migrate:up" */
    bool plain;
    const char *prefix;       /* "migrate:": a comment that starts so and goes on with none of the words is an error */
    const char *const *words; /* NULL-terminated; prefix NULL: not looked at */
} keel_layout_marks;
bool keel_layout_cut(keel_folder_reader *reader, const keel_layout_marks *marks, const keel_migration_sql *file,
                     keel_migration_sql *ret_up, keel_migration_sql *ret_down, keel_error *err);
/* All files NNN_name.sql of the folder, each cut at the marks. */
bool keel_layout_read_marked(keel_folder_reader *reader, const keel_layout_marks *marks, keel_error *err);

/* Splits "0001_add_orders.sql" into version and name at the first character that is no digit, taking away suffixes;
 * false if it does not start with a digit. Both in the arena. */
bool keel_layout_split_name(keel_arena *arena, const char *stem, const char **ret_version, const char **ret_name);
/* The name without this ending, or NULL if it has another. */
const char *keel_layout_stem(keel_arena *arena, const char *name, const char *ending);
/* Do numbers of any length, or other text, come in this order? */
int keel_layout_compare(const char *left, const char *right);

#endif
