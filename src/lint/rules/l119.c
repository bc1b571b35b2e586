#include "base/str.h"
#include "lint/table_rewrite.h"

enum { WORTH_IT = 5 }; /* percent of the database */

/* What is written beside the table until the statement ends: for a rewrite the table with all of its indexes, for an index
 * its keys at their average width. */
static const char rewrite_sql[] =
    "SELECT pg_catalog.pg_total_relation_size(pg_catalog.to_regclass($1)),"
    " pg_catalog.pg_database_size(pg_catalog.current_database())";
static const char index_sql[] =
    "SELECT (greatest(c.reltuples, 0) * (16 + coalesce((SELECT sum(s.avg_width) FROM pg_catalog.pg_stats s"
    "  WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = ANY ($2::text[])), 0)))::int8,"
    " pg_catalog.pg_database_size(pg_catalog.current_database())"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.oid = pg_catalog.to_regclass($1)";

static bool ask(keel_lint *lint, const char *sql, const char *table, const char *columns, double *ret_bytes, double *ret_percent)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    const char *params[] = {table, columns};
    keel_error ignored = {0};

    if (!keel_pg_query(keel_world_pg(keel_lint_world(lint)), &r, &ignored, sql, columns != NULL ? 2 : 1, params) ||
        keel_pg_rows(r) != 1 || keel_pg_is_null(r, 0, 0))
        return false;
    *ret_bytes = (double)keel_pg_int(r, 0, 0);
    *ret_percent = 100 * *ret_bytes / (double)KEEL_MAX(keel_pg_int(r, 0, 1), 1);
    return true;
}

/* The key columns of an index that the statement builds, as an array's text; NULL if it builds none. */
static const char *built_on(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *keys = NULL;
    size_t count = keel_sql_list(s->node, "indexParams", &keys);
    KEEL_CLEANUP(keel_str_free) keel_str list = {0};

    if (!keel_sql_kind_is(s->node, "IndexStmt"))
        return NULL;
    for (size_t i = 0; i < count; i++) {
        keel_str_addc(&list, i > 0 ? ',' : '{');
        keel_pg_add_identifier(&list, keel_sql_text_of(&keys[i], "name"));
    }
    keel_str_addc(&list, '}');
    return keel_arena_strdup(keel_lint_arena(lint), keel_str_text(&list));
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_rewritten(lint, s);
    const char *columns = built_on(lint, s);
    double bytes = 0, percent = 0;

    if (columns != NULL)
        table = keel_lint_table(lint, s);
    if (table == NULL || table->since > 0)
        return;
    const char *name = keel_arena_printf(keel_lint_arena(lint), "%s.%s", keel_lint_name(lint, table->schema),
                                         keel_lint_name(lint, table->name));
    if (!ask(lint, columns != NULL ? index_sql : rewrite_sql, name, columns, &bytes, &percent) || percent < WORTH_IT)
        return;
    keel_lint_found(lint, s, NULL, KEEL_INFO, name, "See that the volume, the WAL archive and the standbys have room for it.",
                    "writes about %.0f MB beside what is there (%.0f%% of the database), and as much WAL%s", bytes / 1e6, percent,
                    keel_world_has_standby(keel_lint_world(lint)) ? ", which standbys have to follow" : "");
}

static const char *const kinds[] = {"AlterTableStmt", "IndexStmt", "VacuumStmt", "ClusterStmt", NULL};

const keel_lint_rule keel_lint_l119 = {
    .id = "L119",
    .name = "disk",
    .severity = KEEL_INFO,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "",
    .help = "A rewrite keeps the old table with its indexes until the new one is complete, and an index is built beside the "
            "table: both need the room, once more as WAL, and once more on every standby, which lags for as long. An estimate "
            "from the sizes of today, said where it is a twentieth of the database or more. How much is free on the server's "
            "disk SQL cannot tell.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "ALTER TABLE t ALTER COLUMN a TYPE bigint;",
    .good = "ALTER TABLE t ADD COLUMN n bigint;",
    .kinds = kinds,
    .judge = judge,
};
