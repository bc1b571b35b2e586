/* How long a step may take, from the sizes that the live catalogue knows. A guess, and called one: an order of magnitude
 * to plan with, not a promise. */
#ifndef KEEL_MIGRATE_ESTIMATE_H
#define KEEL_MIGRATE_ESTIMATE_H

#include "migrate/step.h"
#include "pg/pg.h"

typedef struct keel_estimate {
    bool known;       /* false: about nothing that has a size (a new table, a DO block) */
    double seconds;
    const char *basis; /* "orders: 1.2 GB, 8000000 rows" */
} keel_estimate;

/* Reads the sizes of the relations that the step locks; those that do not exist have none. */
bool keel_estimate_step(keel_pg *pg, keel_arena *arena, const keel_step *step, keel_estimate *ret_estimate,
                        keel_error *err);

#endif
