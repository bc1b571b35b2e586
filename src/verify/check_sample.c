/* Which rows are guilty: a few of their keys, as evidence. */
#include "base/json_out.h"
#include "verify/scan_inside.h"

/* A row of a table without a primary key is named by where it stands. */
static void add_ctid(keel_str *sql, const keel_pg_table *table)
{
    keel_str_add(sql, "'{'");
    if (table->kind == 'p')
        keel_str_add(sql,
                     " || '\"table\":' || "
                     "pg_catalog.to_json(t.tableoid::pg_catalog.regclass::pg_catalog.text) || ','");
    keel_str_add(sql, " || '\"ctid\":\"' || t.ctid::pg_catalog.text || '\"'");
}

enum { MOST_SHOWN_CHARACTERS = 80 };

/* Of a key the whole value; of another column so much as a person wants to see, and NULL as null.
 */
static void add_member(keel_str *sql, const keel_pg_column *column, bool whole, bool first)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    bool number = column->type->kind <= KEEL_PG_NUMERIC;
    keel_json json;

    keel_json_start(&json, &name, false);
    keel_json_text(&json, column->name);
    keel_str_addf(&name, ":");
    keel_str_add(sql, first ? "'{' || " : " || ',' || ");
    keel_pg_add_literal(sql, name.data);
    keel_str_add(sql, whole ? " || pg_catalog.to_json(t." : " || COALESCE(pg_catalog.to_json(");
    keel_str_add(sql, whole ? "" : number ? "t." : "pg_catalog.left(t.");
    keel_pg_add_identifier(sql, column->name);
    if (!whole && !number)
        keel_str_addf(sql, "::pg_catalog.text, %d)", MOST_SHOWN_CHARACTERS);
    keel_str_add(sql, whole ? ")::pg_catalog.text" : ")::pg_catalog.text, 'null')");
}

static bool in_key(const keel_pg_constraint *key, const keel_pg_column *column)
{
    for (size_t i = 0; key != NULL && i < key->column_count; i++)
        if (key->columns[i] == column->number)
            return true;
    return false;
}

static size_t
add_key_members(keel_str *sql, const keel_pg_table *table, const keel_pg_constraint *key)
{
    size_t shown = 0;

    for (size_t i = 0; key != NULL && i < key->column_count; i++) {
        const keel_pg_column *column = keel_pg_table_column_number(table, key->columns[i]);
        if (column != NULL)
            add_member(sql, column, true, shown++ == 0);
    }
    return shown;
}

void keel_check_add_key(keel_str *sql,
                        const keel_pg_table *table,
                        const char *const *columns,
                        size_t count)
{
    const keel_pg_constraint *key = keel_pg_table_primary_key(table);

    if (add_key_members(sql, table, key) == 0)
        add_ctid(sql, table);
    for (size_t i = 0; i < count; i++) {
        const keel_pg_column *column = keel_pg_table_column(table, columns[i]);
        if (column != NULL && !in_key(key, column))
            add_member(sql, column, false, false);
    }
    keel_str_add(sql, " || '}'");
}

/* One process reads from the front, so that the same table gives the same rows. */
bool keel_check_sample_with(keel_check_run *run,
                            const keel_pg_table *table,
                            const char *where,
                            const char *const *columns,
                            size_t count,
                            const char **ret_json,
                            keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_str_free) keel_str keys = {0};

    keel_str_add(
        &sql, "SELECT '[' || COALESCE(pg_catalog.string_agg(s.k, ','), '') || ']' FROM (SELECT ");
    keel_check_add_key(&sql, table, columns, count);
    keel_str_add(&sql, " AS k FROM ");
    keel_scan_add_source(&sql, run, table);
    keel_str_addf(&sql, " WHERE (%s) LIMIT %d) s", where, run->sample_keys);
    if (!keel_pg_exec(run->pg, err, "SET LOCAL max_parallel_workers_per_gather = 0") ||
        !keel_pg_query_value(run->pg, &keys, NULL, err, sql.data, 0, NULL) ||
        !keel_pg_exec(run->pg, err, "SET LOCAL max_parallel_workers_per_gather TO DEFAULT"))
        return false;
    *ret_json = keel_arena_strdup(run->arena, keel_str_text(&keys));
    return true;
}

bool keel_check_sample(keel_check_run *run,
                       const keel_pg_table *table,
                       const char *where,
                       const char **ret_json,
                       keel_error *err)
{
    return keel_check_sample_with(run, table, where, NULL, 0, ret_json, err);
}

const char *keel_check_evidence(keel_check_run *run, int64_t rows, const char *sample_json)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    keel_json json;

    keel_json_start(&json, &evidence, false);
    keel_json_object(&json);
    keel_json_kv_int(&json, "rows", rows);
    if (run->sampled)
        keel_json_kv_bool(&json, "sampled", true);
    keel_json_key(&json, "sample");
    keel_json_raw(&json, sample_json != NULL ? sample_json : "[]");
    keel_json_end_object(&json);
    return keel_arena_strdup(run->arena, evidence.data);
}
