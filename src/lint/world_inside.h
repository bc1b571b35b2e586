/* The inside of a world. */
#ifndef KEEL_LINT_WORLD_INSIDE_H
#define KEEL_LINT_WORLD_INSIDE_H

#include "lint/world.h"

typedef struct keel_world_enum_value {
    const char *value;
    int transaction;
} keel_world_enum_value;

struct keel_world {
    keel_arena *arena;
    keel_pg *pg; /* NULL: text mode */
    int server_version;
    bool standby;
    const char *default_schema; /* of the live role; NULL in text mode */
    struct { keel_world_table **items; size_t count, capacity; } tables;
    struct { keel_world_enum_value *items; size_t count, capacity; } enum_values; /* that the run has added */
    struct { keel_world_session *items; size_t count, capacity; } sessions;
    struct { keel_world_star *items; size_t count, capacity; } stars;
};

keel_world_table *keel_world_table_mutable(const keel_world *world, const char *schema, const char *name);
keel_world_table *keel_world_relation_mutable(const keel_world *world, const keel_sql_node *range_var);
/* A table that nothing is known of but its name. */
keel_world_table *keel_world_add(keel_world *world, const char *schema, const char *name);
/* The tokens of an expression, as SQL says it: compared, never run. */
const char *keel_world_tokens(keel_arena *arena, const char *expression);
/* "x" of "(x IS NOT NULL)" or "x IS NOT NULL", unquoted; else NULL. */
const char *keel_world_not_null_column(keel_arena *arena, const char *expression);

/* Part of keel_world_load: world_sessions.c. */
bool keel_world_load_sessions(keel_world *world, keel_error *err);

#endif
