/* The folder held against the journal: a line per migration, what is pending, and what is wrong. Files whose bytes are
 * those that were applied are not cut into steps; so looking at a thousand applied files costs nothing. */
#ifndef KEEL_MIGRATE_WORK_H
#define KEEL_MIGRATE_WORK_H

#include "journal/migration.h"
#include "migrate/step.h"
#include "report/finding.h"

typedef enum keel_line_state {
    KEEL_LINE_APPLIED,
    KEEL_LINE_PENDING,   /* never begun */
    KEEL_LINE_APPLYING,  /* begun, stopped in between: goes on */
    KEEL_LINE_REVERTING, /* on its way down, stopped in between */
    KEEL_LINE_CHANGED,   /* repeatable, and not as it was applied: is applied again */
    KEEL_LINE_MISSING,   /* applied, but there is no file any more */
} keel_line_state;
const char *keel_line_state_name(keel_line_state state);

typedef struct keel_work_line {
    keel_line_state state;
    const keel_migration *migration;  /* NULL if MISSING */
    const keel_done_migration *done;  /* NULL if PENDING */
    keel_steps up;                    /* cut for every state but APPLIED (unless edited) and MISSING */
    int steps_done;                   /* of its way up */
    bool refused;                     /* something is wrong with it: nothing is applied while that stands */
} keel_work_line;

typedef struct keel_work {
    const keel_migration_folder *folder;
    const keel_done_migrations *done;
    int server_version;
    struct { keel_work_line *items; size_t count, capacity; } lines; /* in the folder's order, the missing in front */
    size_t pending; /* lines that are to be applied or finished */
    bool refused;
} keel_work;

typedef struct keel_work_options {
    bool allow_out_of_order;
    const keel_work *before; /* of the same folder, whose steps need not be cut again; or NULL */
} keel_work_options;

/* Findings: migrate.edited (an applied step is not what it was; with the difference), migrate.comments (only comments and
 * blanks are; INFO), migrate.out_of_order, migrate.missing, migrate.syntax (with a caret), migrate.not_analysed (newer
 * than PostgreSQL 15's grammar, INFO), migrate.duplicate. False: a file cannot be cut at all. */
bool keel_work_make(keel_arena *arena, const keel_migration_folder *folder, const keel_done_migrations *done,
                    int server_version, const keel_work_options *options, keel_report *report, keel_work **ret_work,
                    keel_error *err);

/* The lines that differ, as "-" and "+" lines with two lines around them; at most some forty of them. */
void keel_text_diff(const char *before, const char *after, keel_str *out);

#endif
