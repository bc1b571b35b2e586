/* What others do in the database at this moment: old transactions with their locks, and which tables are read by SELECT *. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "lint/world_inside.h"

/* The 100 oldest transactions, a vacuum that does not give way, and what is prepared; with their locks on tables of users. */
static const char sessions_sql[] =
    "WITH locks AS MATERIALIZED (SELECT l.pid, l.virtualtransaction, l.locktype, l.transactionid, l.mode, n.nspname, c.relname"
    "  FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_class c ON l.locktype = 'relation' AND c.oid = l.relation"
    "   AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
    "  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE l.granted"
    "   AND (l.locktype = 'transactionid' OR n.nspname !~ '^(pg_|information_schema$)')),"
    " others AS (SELECT a.pid, coalesce(a.usename::text, '') AS role, a.application_name AS name, coalesce(a.state, '') AS state,"
    "   pg_catalog.clock_timestamp() - a.xact_start AS age, a.backend_xmin IS NOT NULL AS snapshot,"
    "   a.backend_type = 'autovacuum worker' AS vacuum FROM pg_catalog.pg_stat_activity a"
    "  WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid() AND a.xact_start IS NOT NULL"
    "   AND (a.backend_type = 'client backend' OR a.backend_type = 'autovacuum worker' AND a.query LIKE '%(to prevent wraparound)')"
    "  ORDER BY a.xact_start LIMIT 100),"
    " prepared AS (SELECT p.owner::text AS role, p.gid AS name, pg_catalog.clock_timestamp() - p.prepared AS age, x.virtualtransaction"
    "  FROM pg_catalog.pg_prepared_xacts p JOIN locks x ON x.locktype = 'transactionid' AND x.transactionid = p.transaction"
    "   AND x.pid IS NULL WHERE p.database = pg_catalog.current_database() ORDER BY p.prepared LIMIT 100)"
    " SELECT o.pid, o.role, o.name, o.state, extract(epoch FROM o.age), o.snapshot, o.vacuum, l.nspname, l.relname, l.mode"
    "  FROM others o LEFT JOIN locks l ON l.pid = o.pid AND l.relname IS NOT NULL"
    " UNION ALL SELECT 0, p.role, p.name, 'prepared', extract(epoch FROM p.age), false, false, l.nspname, l.relname, l.mode"
    "  FROM prepared p LEFT JOIN locks l ON l.pid IS NULL AND l.virtualtransaction = p.virtualtransaction AND l.relname IS NOT NULL"
    " ORDER BY 5 DESC, 1, 3 LIMIT 10000";

static keel_sql_lock lock_of(const char *mode)
{
    static const char *const modes[] = {"",          "AccessShareLock",       "RowShareLock",  "RowExclusiveLock",
                                        "ShareUpdateExclusiveLock", "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock",
                                        "AccessExclusiveLock"};

    for (size_t i = 0; i < KEEL_COUNT_OF(modes); i++)
        if (keel_streq(modes[i], mode))
            return (keel_sql_lock)i;
    return KEEL_LOCK_NONE;
}

static const char *who(keel_arena *arena, const keel_pg_result *r, int row)
{
    const char *role = keel_pg_text(r, row, 1), *name = keel_pg_text(r, row, 2), *state = keel_pg_text(r, row, 3);

    if (keel_pg_bool(r, row, 6))
        return keel_arena_printf(arena, "autovacuum (process %s), to prevent wraparound,", keel_pg_text(r, row, 0));
    if (keel_pg_int(r, row, 0) == 0)
        return keel_arena_printf(arena, "the prepared transaction \"%s\" (role \"%s\")", name, role);
    return keel_arena_printf(arena, "process %s (role \"%s\", \"%s\", %s)", keel_pg_text(r, row, 0), role, name, state);
}

static bool same_as_last(const keel_world *world, const keel_pg_result *r, int row)
{
    const keel_world_session *last = world->sessions.count > 0 ? &world->sessions.items[world->sessions.count - 1] : NULL;

    return last != NULL && last->pid == (int)keel_pg_int(r, row, 0) && keel_streq(last->name, keel_pg_text(r, row, 2));
}

static void add_session(keel_world *world, const keel_pg_result *r, int row)
{
    keel_world_session session = {.pid = (int)keel_pg_int(r, row, 0), .who = who(world->arena, r, row),
                                  .name = keel_arena_strdup(world->arena, keel_pg_text(r, row, 2)),
                                  .seconds = strtod(keel_pg_text(r, row, 4), NULL), .snapshot = keel_pg_bool(r, row, 5),
                                  .vacuum = keel_pg_bool(r, row, 6)};

    keel_arena_push(world->arena, &world->sessions, session);
}

static bool load_sessions(keel_world *world, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;

    if (!keel_pg_query(world->pg, &r, err, sessions_sql, 0, NULL))
        return false;
    for (int row = 0; row < keel_pg_rows(r); row++) {
        if (!same_as_last(world, r, row))
            add_session(world, r, row);
        keel_world_session *session = &world->sessions.items[world->sessions.count - 1];
        keel_world_lock lock = {.schema = keel_arena_strdup(world->arena, keel_pg_text(r, row, 7)),
                                .name = keel_arena_strdup(world->arena, keel_pg_text(r, row, 8))};
        if (lock.name == NULL)
            continue;
        lock.lock = lock_of(keel_pg_text(r, row, 9));
        keel_arena_push(world->arena, &session->locks, lock);
    }
    return true;
}

const keel_world_session *keel_world_session_at(const keel_world *world, size_t index)
{
    return index < world->sessions.count ? &world->sessions.items[index] : NULL;
}

bool keel_world_session_holds(const keel_world_session *session, const char *schema, const char *name, keel_sql_lock wanted)
{
    for (size_t i = 0; i < session->locks.count; i++) {
        const keel_world_lock *held = &session->locks.items[i];
        bool placed = schema == NULL || *schema == '\0' || keel_streq(held->schema, schema);
        if (placed && keel_streq(held->name, name) && keel_sql_lock_conflicts(held->lock, wanted))
            return true;
    }
    return false;
}

/* Of a query: does its outermost list of results hold a star? */
static bool is_starred(const keel_sql_node *query)
{
    const keel_sql_node *targets = NULL, *fields = NULL;
    size_t count = keel_sql_kind_is(query, "SelectStmt") ? keel_sql_list(query, "targetList", &targets) : 0;

    for (size_t i = 0; i < count; i++) {
        size_t size = keel_sql_list(keel_sql_get(&targets[i], "val"), "fields", &fields);
        if (size > 0 && keel_sql_kind_is(&fields[size - 1], "A_Star"))
            return true;
    }
    return false;
}

typedef struct starring {
    keel_world *world;
    keel_world_star star;
} starring;

static bool add_relation(const keel_sql_node *node, void *context)
{
    starring *s = context;

    if (keel_sql_kind_is(node, "RangeVar")) {
        s->star.table = keel_sql_text_of(node, "relname");
        keel_arena_push(s->world->arena, &s->world->stars, s->star);
    }
    return false;
}

static void add_query(keel_world *world, const char *text, double calls)
{
    starring s = {.world = world, .star = {.query = keel_arena_strndup(world->arena, text, 200), .calls = calls}};
    const keel_sql_node *query = NULL, *from = NULL;
    keel_sql_complaint ignored;

    if (!keel_sql_parse(world->arena, text, strlen(text), &query, &ignored))
        return;
    if (keel_sql_kind_is(query, "PrepareStmt"))
        query = keel_sql_get(query, "query");
    if (!is_starred(query))
        return;
    size_t count = keel_sql_list(query, "fromClause", &from);
    for (size_t i = 0; i < count; i++)
        keel_sql_walk(&from[i], add_relation, &s);
}

/* By pg_stat_statements, where the role may read it; else nothing is known. */
static void load_stars(keel_world *world)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str schema = {0}, sql = {0};
    keel_error ignored = {0};

    if (!keel_pg_query_value(world->pg, &schema, NULL, &ignored,
                             "SELECT (SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n"
                             " ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements')", 0, NULL) || schema.size == 0)
        return;
    keel_str_add(&sql, "SELECT query, calls FROM ");
    keel_pg_add_qualified(&sql, keel_str_text(&schema), "pg_stat_statements");
    keel_str_add(&sql, " WHERE dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
                       " AND query ~* '\\mselect\\M.*\\*' AND pg_catalog.length(query) < 10000 ORDER BY calls DESC LIMIT 200");
    if (!keel_pg_query(world->pg, &r, &ignored, keel_str_text(&sql), 0, NULL))
        return;
    for (int row = 0; row < keel_pg_rows(r); row++)
        add_query(world, keel_pg_text(r, row, 0), strtod(keel_pg_text(r, row, 1), NULL));
}

const keel_world_star *keel_world_star_of(const keel_world *world, const char *table)
{
    for (size_t i = 0; i < world->stars.count; i++)
        if (keel_streq(world->stars.items[i].table, table))
            return &world->stars.items[i];
    return NULL;
}

bool keel_world_load_sessions(keel_world *world, keel_error *err)
{
    load_stars(world);
    return load_sessions(world, err);
}
