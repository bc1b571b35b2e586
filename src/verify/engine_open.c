/* The lead's connection: the snapshot that everybody shares, and the catalogue as it shows it. A
 * table that somebody holds exclusively cannot even be described: it is left out, and named. */
#include "verify/engine_inside.h"

enum { MOST_TRIES = 4, MOST_GONE = 100 };

static bool read_facts(keel_engine *e, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_pg_query(e->lead, &rows, err,
                       "SELECT pg_catalog.pg_export_snapshot(), pg_catalog.pg_is_in_recovery(),"
                       "       (EXTRACT(epoch FROM pg_catalog.now()) * 1000000)::pg_catalog.int8, "
                       "current_user,"
                       "       pg_catalog.current_setting('server_encoding') = 'UTF8'",
                       0, NULL))
        return keel_fail_context(err, "take a snapshot");
    e->snapshot = keel_arena_strdup(e->arena, keel_pg_text(rows, 0, 0));
    e->db.standby = keel_pg_bool(rows, 0, 1);
    e->db.now = keel_pg_int(rows, 0, 2);
    e->role = keel_arena_strdup(e->arena, keel_pg_text(rows, 0, 3));
    e->db.utf8 = keel_pg_bool(rows, 0, 4);
    e->db.server_version = keel_pg_server_version(e->lead);
    return true;
}

static keel_pg_table *add_withheld(keel_engine *e, const keel_pg_result *rows, int row)
{
    keel_pg_table *table = keel_arena_alloc(e->arena, sizeof *table);

    table->oid = (uint32_t)keel_pg_int(rows, row, 0);
    table->schema = keel_arena_strdup(e->arena, keel_pg_text(rows, row, 1));
    table->name = keel_arena_strdup(e->arena, keel_pg_text(rows, row, 2));
    table->kind = 'r';
    keel_engine_withheld one = {table, keel_arena_strdup(e->arena, keel_pg_text(rows, row, 3))};
    keel_arena_push(e->arena, &e->withheld, one);
    return table;
}

/* Who holds what at this moment; *ret_oids gets their array. */
static bool read_withheld(keel_engine *e, keel_str *oids, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_pg_query(
            e->lead, &rows, err,
            "SELECT DISTINCT ON (c.oid) c.oid, n.nspname, c.relname, " KEEL_ENGINE_HOLDER
            "  FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid"
            "  JOIN pg_catalog.pg_class c ON c.oid = l.relation"
            "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " WHERE " KEEL_ENGINE_HELD " AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_'"
            "   AND n.nspname NOT IN ('information_schema', 'pgkeel')"
            " ORDER BY c.oid, l.granted DESC, l.pid",
            0, NULL))
        return false;
    e->withheld.count = 0;
    keel_str_clear(oids);
    for (int row = 0; row < keel_pg_rows(rows); row++)
        keel_str_addf(oids, "%s%u", row > 0 ? "," : "{", add_withheld(e, rows, row)->oid);
    keel_str_add(oids, keel_pg_rows(rows) > 0 ? "}" : "{}");
    return true;
}

/* DDL of others may pull the ground from under a definition that is being read: the next moment is
 * as good. */
static bool worth_another_try(const keel_error *err)
{
    return err->kind == KEEL_ERR_SERVER && keel_engine_cause_of(err) != KEEL_CAUSE_DENIED &&
           keel_engine_cause_of(err) != KEEL_CAUSE_SLOW;
}

/* "cache lookup failed": what was to be printed is gone since the snapshot. Cheap to try again, and beside a session that
 * makes and drops indexes all the time it happens many times in a row. */
static bool is_gone(const keel_error *err)
{
    return keel_streq(err->sqlstate, "XX000");
}

static bool look(keel_engine *e, const char *except, keel_error *err)
{
    keel_pg_catalog *catalog = NULL;

    if (!keel_engine_begin_on(e, e->lead, false, err))
        return false;
    atomic_store(&e->snapshot_began, keel_monotonic());
    if (!read_facts(e, err) ||
        !keel_pg_catalog_load_except(e->lead, e->arena, except, &catalog, err))
        return false;
    e->db.catalog = catalog;
    return true;
}

bool keel_engine_open(keel_engine *e, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str except = {0};

    if (!keel_engine_connect(e, "check", &e->lead, err))
        return false;
    keel_str_add(&except, "{}");
    for (int tries = 0, gone = 0; !look(e, except.data, err);) {
        bool locked = keel_engine_cause_of(err) == KEEL_CAUSE_LOCKED;
        keel_pg_rollback(e->lead);
        bool enough = is_gone(err) ? ++gone == MOST_GONE : ++tries == MOST_TRIES;
        if (enough || keel_engine_cancelled(e) || !worth_another_try(err))
            return false;
        if (locked && !read_withheld(e, &except, err))
            return false;
    }
    return true;
}
