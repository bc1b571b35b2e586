#include "verify/wording.h"

/* Columns: schema, table or domain, is a domain, constraint, definition, validated. Domains are those that a column of
 * a selected table has. NOT NULL constraints can wait for their validation from 18 on. A child's copy of an inherited
 * constraint that is itself not validated says no more than the parent's. */
#define CHECKS_SQL(enforced)                                                                                \
    "SELECT n.nspname, c.relname, false, o.conname, pg_catalog.pg_get_constraintdef(o.oid), o.convalidated" \
    "  FROM pg_catalog.pg_constraint o JOIN pg_catalog.pg_class c ON c.oid = o.conrelid"                    \
    "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"                                            \
    " WHERE o.contype IN ('c', 'n') AND c.oid = ANY ($1::pg_catalog.oid[]) AND " enforced                   \
    "   AND NOT (o.coninhcount > 0 AND EXISTS ("                                                            \
    "       SELECT FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_constraint up"                          \
    "           ON up.conrelid = h.inhparent AND up.conname = o.conname AND up.contype = o.contype"         \
    "        WHERE h.inhrelid = c.oid AND h.inhparent = ANY ($1::pg_catalog.oid[])"                         \
    "          AND up.convalidated = o.convalidated))"                                                      \
    " UNION ALL "                                                                                           \
    "SELECT n.nspname, t.typname, true, o.conname, pg_catalog.pg_get_constraintdef(o.oid), o.convalidated"  \
    "  FROM pg_catalog.pg_constraint o JOIN pg_catalog.pg_type t ON t.oid = o.contypid"                     \
    "  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"                                            \
    " WHERE o.contype IN ('c', 'n') AND " enforced                                                          \
    "   AND EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = ANY ($1::pg_catalog.oid[])"    \
    "                  AND a.atttypid = t.oid AND NOT a.attisdropped)"                                      \
    " ORDER BY 1, 2, 3, 4"

static const char checks_sql[] = CHECKS_SQL("o.conenforced");
static const char checks_sql_17[] = CHECKS_SQL("true");

static void report(keel_check_run *run, const keel_pg_result *rows, int row)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    const char *schema = keel_pg_text(rows, row, 0);
    const char *owner = keel_pg_text(rows, row, 1);
    bool domain = keel_pg_bool(rows, row, 2);
    const char *name = keel_word_cell(run, rows, row, 3);
    const char *remedy = keel_arena_printf(run->arena, "ALTER %s %s VALIDATE CONSTRAINT %s;",
                                           domain ? "DOMAIN" : "TABLE", keel_word_sql(run, schema, owner),
                                           keel_word_sql_list(run, &name, 1));
    keel_json json;

    keel_evidence_start(&json, &evidence);
    keel_json_kv_text(&json, "constraint", name);
    keel_json_kv_text(&json, "definition", keel_pg_text(rows, row, 4));
    keel_check_found(run, keel_word_name(run, keel_word_name(run, schema, owner), name), keel_evidence_finish(&json),
                     remedy, "constraint \"%s\" of %s %s was never validated: rows from before it may break it", name,
                     domain ? "domain" : "table", keel_word_name(run, schema, owner));
}

static bool run_check(keel_check_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_check_query(run, &rows, err, run->db->server_version >= 180000 ? checks_sql : checks_sql_17))
        return false;
    keel_check_looked(run, keel_pg_rows(rows), "CHECK constraints");
    for (int row = 0; row < keel_pg_rows(rows); row++)
        if (!keel_pg_bool(rows, row, 5))
            report(run, rows, row);
    return true;
}

const keel_check keel_check_schema_check_not_validated = {
    .id = "schema.check_not_validated",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_WARNING,
    .title = "every CHECK is validated",
    .help = "Looks for CHECK constraints of tables and of the domains they use that were added NOT VALID and never "
            "validated (from PostgreSQL 18 on also NOT NULL constraints). They hold new rows only: what was stored "
            "before may break them, and breaks the next UPDATE of such a row. ALTER TABLE .. VALIDATE CONSTRAINT reads "
            "the table once and lets reads and writes go on meanwhile. Constraints declared NOT ENFORCED are left out.",
    .triggers = "CREATE TABLE orders (id int PRIMARY KEY, amount int);"
                "ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID;",
    .passes = "CREATE TABLE orders (id int PRIMARY KEY, amount int);"
              "ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID;"
              "ALTER TABLE orders VALIDATE CONSTRAINT positive;",
    .run = run_check,
};
