#include "verify/wording.h"

/* Columns: conrelid, name, parent's schema and table, validated. A partition's own copy says no more than the key of
 * the partitioned table, and a key that is declared NOT ENFORCED (18+) is not meant to be validated. */
#define FOREIGN_KEYS_SQL(enforced)                                                                   \
    "SELECT o.conrelid, o.conname, pn.nspname, pc.relname, o.convalidated"                           \
    "  FROM pg_catalog.pg_constraint o"                                                              \
    "  JOIN pg_catalog.pg_class pc ON pc.oid = o.confrelid"                                          \
    "  JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace"                                  \
    "  LEFT JOIN pg_catalog.pg_constraint up ON up.oid = o.conparentid"                              \
    " WHERE o.contype = 'f' AND o.conrelid = ANY ($1::pg_catalog.oid[]) AND " enforced               \
    "   AND (up.oid IS NULL OR (up.conrelid <> o.conrelid AND up.convalidated AND NOT o.convalidated))" \
    " ORDER BY o.conrelid, o.conname"

static const char foreign_keys_sql[] = FOREIGN_KEYS_SQL("o.conenforced");
static const char foreign_keys_sql_17[] = FOREIGN_KEYS_SQL("true");

static void report(keel_check_run *run, const keel_pg_table *table, const keel_pg_result *rows, int row)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    const char *name = keel_word_cell(run, rows, row, 1);
    const char *parent = keel_word_name(run, keel_pg_text(rows, row, 2), keel_pg_text(rows, row, 3));
    const char *remedy = keel_arena_printf(run->arena, "ALTER TABLE %s VALIDATE CONSTRAINT %s;",
                                           keel_word_sql_table(run, table), keel_word_sql_list(run, &name, 1));
    keel_json json;

    keel_evidence_start(&json, &evidence);
    keel_json_kv_text(&json, "constraint", name);
    keel_json_kv_text(&json, "references", parent);
    if (table->estimated_rows >= 0)
        keel_json_kv_int(&json, "estimated_rows", (int64_t)table->estimated_rows);
    keel_check_found(run, keel_word_name(run, keel_check_table_name(run, table), name), keel_evidence_finish(&json),
                     remedy, "foreign key \"%s\" to %s was never validated: rows from before it may have no parent",
                     name, parent);
}

static bool run_check(keel_check_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_check_query(run, &rows, err,
                          run->db->server_version >= 180000 ? foreign_keys_sql : foreign_keys_sql_17))
        return false;
    keel_check_looked(run, keel_pg_rows(rows), "foreign keys");
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        const keel_pg_table *table = keel_pg_catalog_find_oid(run->db->catalog, keel_word_oid(rows, row, 0));
        if (table != NULL && !keel_pg_bool(rows, row, 4))
            report(run, table, rows, row);
    }
    return true;
}

const keel_check keel_check_relationships_not_validated = {
    .id = "relationships.not_validated",
    .group = KEEL_GROUP_RELATIONSHIPS,
    .severity = KEEL_WARNING,
    .title = "every foreign key is validated",
    .help = "Looks for foreign keys that were added NOT VALID and never validated. Such a key holds new rows to their "
            "parents, but nobody has looked at the rows that were there before, and the planner may not rely on it. "
            "ALTER TABLE .. VALIDATE CONSTRAINT reads the table once and lets reads and writes go on meanwhile; if it "
            "fails, relationships.orphans names the rows without a parent. Keys declared NOT ENFORCED (PostgreSQL 18) "
            "are left out.",
    .triggers = "CREATE TABLE customers (id int PRIMARY KEY);"
                "CREATE TABLE orders (id int PRIMARY KEY, customer_id int);"
                "CREATE INDEX ON orders (customer_id);"
                "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;",
    .passes = "CREATE TABLE customers (id int PRIMARY KEY);"
              "CREATE TABLE orders (id int PRIMARY KEY, customer_id int);"
              "CREATE INDEX ON orders (customer_id);"
              "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;"
              "ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_id_fkey;",
    .run = run_check,
};
