/* The schema of a database as text, object by object, sorted: what a migration changes shows as changed lines. Not in it:
 * data, statistics, oids, the schemas of the system and of pgkeel itself, what extensions own. */
#ifndef KEEL_MIGRATE_SNAPSHOT_H
#define KEEL_MIGRATE_SNAPSHOT_H

#include "base/arena.h"
#include "pg/pg.h"

typedef struct keel_schema_object {
    const char *name;       /* "table public.orders", "column public.orders.id", "index public.orders_at" */
    const char *definition; /* all that makes it what it is, in one line */
} keel_schema_object;

typedef struct keel_schema_snapshot {
    keel_schema_object *items; /* by name */
    size_t count, capacity;
} keel_schema_snapshot;

/* space "": every schema; else that one alone. One query. */
bool keel_schema_snapshot_take(keel_pg *pg, keel_arena *arena, const char *space, keel_schema_snapshot *ret_snapshot,
                               keel_error *err);
/* The snapshot kept in the journal after the last run; *ret_known false if there is none. */
bool keel_schema_snapshot_load(keel_pg *pg, keel_arena *arena, const char *space, keel_schema_snapshot *ret_snapshot,
                               bool *ret_known, keel_error *err);
/* Takes and keeps one, on the server. */
bool keel_schema_snapshot_keep(keel_pg *pg, const char *space, keel_error *err);

typedef enum keel_schema_change { KEEL_SCHEMA_ADDED, KEEL_SCHEMA_REMOVED, KEEL_SCHEMA_ALTERED } keel_schema_change;
typedef void keel_schema_changed(void *context, keel_schema_change change, const keel_schema_object *before,
                                 const keel_schema_object *after);
/* Calls `changed` for each object that is not in both as it was; returns how many. */
size_t keel_schema_compare(const keel_schema_snapshot *before, const keel_schema_snapshot *after,
                           keel_schema_changed *changed, void *context);

#endif
