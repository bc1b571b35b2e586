/* migrate adopt: what another tool, or a hand, has applied is entered into the journal; nothing is run. */
#ifndef KEEL_MIGRATE_ADOPT_H
#define KEEL_MIGRATE_ADOPT_H

#include "migrate/migrate.h"

/* The history table of another tool. */
typedef struct keel_history {
    const char *id;    /* "flyway" */
    const char *table; /* "flyway_schema_history" */
    const char *columns; /* by which it is told apart from others of that name: "version,dirty" */
    const char *sql;   /* its applied versions, one column of text; %s is the table, qualified */
    const char *failed; /* versions that it has as failed, or as begun and not ended, likewise; NULL: it knows none */
    const char *title;
} keel_history;
extern const keel_history keel_histories[]; /* ends with id NULL */

typedef struct keel_adopted {
    const char *history; /* which was read, "schema.table"; NULL: up to a version that was given */
    size_t entered;      /* migrations entered */
    size_t known;        /* that the journal had already */
    struct { const char **items; size_t count, capacity; } unknown; /* versions of the history without a file */
    struct { const char **items; size_t count, capacity; } failed; /* that the other tool did not bring to their end */
} keel_adopted;

/* from: an id of keel_histories, or NULL for the one that is there; options->to: instead, all files up to this version.
 * dry_run: says what it would do. */
bool keel_migrate_adopt(keel_arena *arena, const keel_migrate_options *options, const char *from, keel_report *report,
                        const keel_adopted **ret_adopted, keel_error *err);

#endif
