/* Indexes as a CONCURRENTLY leaves them: there, valid, being built by somebody, or the dead half of a failed build. */
#ifndef KEEL_MIGRATE_INDEX_H
#define KEEL_MIGRATE_INDEX_H

#include "base/arena.h"
#include "migrate/step.h"
#include "pg/pg.h"

typedef struct keel_index {
    const char *oid, *schema, *name; /* of the index */
    const char *shape;   /* "UNIQUE btree (a, lower(b)) WHERE c": without names of index and table */
    bool valid;
    int builder;         /* backend that is building it right now, or 0 */
} keel_index;

/* The index that CREATE INDEX makes or would make: by its name in the table's schema; one without a name, by table and
 * shape. *ret_index NULL if there is none. */
bool keel_index_find(keel_pg *pg, keel_arena *arena, const keel_step_statement *create, keel_index **ret_index,
                     keel_error *err);
/* By the name that DROP INDEX or REINDEX INDEX gives. */
bool keel_index_find_name(keel_pg *pg, keel_arena *arena, const char *schema, const char *name, keel_index **ret_index,
                          keel_error *err);
/* The shape that the statement asks for, as PostgreSQL itself would say it: made on an empty copy of the table in a
 * transaction that is rolled back. */
bool keel_index_wanted(keel_pg *pg, keel_arena *arena, const keel_step_statement *create, const char **ret_shape,
                       keel_error *err);
void keel_index_add_drop(keel_str *out, const keel_index *index); /* DROP INDEX CONCURRENTLY */

#endif
