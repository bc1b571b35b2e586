/* A folder of migration files, read as it is: by the layout of this house or by that of another tool (layouts/, one
 * file each). What comes out is the same for all: migrations in their order, each with its SQL up and, where there is
 * one, down. Nothing is executed and no SQL is judged here. Everything lives in the caller's arena. */
#ifndef KEEL_MIGRATE_FOLDER_H
#define KEEL_MIGRATE_FOLDER_H

#include "base/arena.h"
#include "base/error.h"

/* SQL and where it stands. `text` is the section's own bytes; NUL-terminated, UTF-8, without a byte order mark. */
typedef struct keel_migration_sql {
    const char *path; /* of the file, for messages */
    const char *text; /* NULL: there is none */
    size_t size;
    int line;         /* of its first byte in the file, from 1 */
    bool no_transaction; /* the layout's own mark says so */
    bool strict;         /* likewise: a ${NAME} that nobody names is an error */
    const struct keel_variables *variables; /* what ${NAME} means in it, or NULL */
} keel_migration_sql;

typedef struct keel_migration {
    const char *version; /* as written: "0001", "20240105000000", "1.2"; "R__views" for a repeatable one */
    const char *name;    /* "add_orders" */
    const char *file;    /* what stands for it in the folder: a file's or a directory's name */
    bool repeatable;     /* run again whenever it changes, after all others */
    bool squashed;       /* its layout says that it replaces older ones */
    keel_migration_sql up, down;
} keel_migration;

typedef struct keel_migration_folder {
    const char *path;
    const struct keel_layout *layout;
    const char *recognised_by; /* "7 files NAME.up.sql", for people */
    struct { keel_migration *items; size_t count, capacity; } migrations; /* versioned in order, then repeatable */
} keel_migration_folder;

/* layout NULL: recognised by names and marks; a folder that holds two is an error naming a file of each. A missing folder,
 * an unreadable file, bytes that are not UTF-8 or a NUL, a version twice, a down without an up: errors with file and
 * line. */
bool keel_migration_folder_read(keel_arena *arena, const char *path, const char *layout,
                                keel_migration_folder **ret_folder, keel_error *err);

/* What ${NAME} means in these files; borrowed. Without it nothing is replaced. */
void keel_migration_folder_set_variables(keel_migration_folder *folder, const struct keel_variables *variables);

/* One file by itself, outside of a folder: cut at the marks of whatever layout it has, else all of it is up. */
bool keel_migration_file_read(keel_arena *arena, const char *path, keel_migration *ret_migration, keel_error *err);

#endif
