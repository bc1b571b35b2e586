/* migrate repair: what only people can know, said explicitly, with a reason, and journalled as an event. */
#ifndef KEEL_MIGRATE_REPAIR_H
#define KEEL_MIGRATE_REPAIR_H

#include "migrate/migrate.h"

typedef enum keel_repair_deed {
    KEEL_REPAIR_ACCEPT, /* the file as it is now is taken for what was applied */
    KEEL_REPAIR_DONE,   /* the step was done by hand, or the interrupted statement did end */
    KEEL_REPAIR_UNDONE, /* the step was not done, or was taken back by hand: it is run again */
    KEEL_REPAIR_FORGET, /* nothing of this version stands in the database: its rows go */
} keel_repair_deed;

typedef struct keel_repair {
    const char *version;
    keel_repair_deed deed;
    int step;           /* DONE, UNDONE: from 1 */
    const char *reason; /* why; never empty */
} keel_repair;

/* *ret_diff: ACCEPT: how the file differs from what was applied. options->dry_run: only that. */
bool keel_migrate_repair(keel_arena *arena, const keel_migrate_options *options, const keel_repair *repair,
                         const char **ret_diff, keel_error *err);

#endif
