#include "verify/wording.h"

enum { TIMESTAMP_OID = 1114 };

static bool is_naive(const keel_pg_column *column)
{
    return column->type->base_oid == TIMESTAMP_OID;
}

/* The rest of "ALTER TABLE t ". A generated column follows from others, whose type is the one to change. */
static const char *changes(keel_check_run *run, const char *const *columns, size_t count)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    for (size_t i = 0; i < count; i++) {
        const char *name = keel_word_sql_list(run, &columns[i], 1);
        keel_str_addf(&out, "%sALTER COLUMN %s TYPE timestamptz USING %s AT TIME ZONE 'UTC'", i > 0 ? ", " : "", name,
                      name);
    }
    return keel_arena_strdup(run->arena, keel_str_text(&out));
}

static void look_at(keel_check_run *run, const keel_pg_table *table)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    struct { const char **items; size_t count, capacity; } naive = {0};
    keel_json json;

    for (size_t i = 0; i < table->columns.count; i++)
        if (is_naive(&table->columns.items[i]))
            keel_arena_push(run->arena, &naive, table->columns.items[i].name);
    if (naive.count == 0)
        return;
    keel_evidence_start(&json, &evidence);
    keel_json_key(&json, "columns");
    keel_json_array(&json);
    for (size_t i = 0; i < naive.count; i++)
        keel_json_text(&json, naive.items[i]);
    keel_json_end_array(&json);
    const char *remedy = keel_arena_printf(run->arena, "ALTER TABLE %s %s;", keel_word_sql_table(run, table),
                                           changes(run, naive.items, naive.count));
    keel_check_found(run, keel_check_columns_name(run, table, naive.items, naive.count), keel_evidence_finish(&json),
                     remedy, "%zu column%s of type timestamp without time zone: nobody can tell which instant is meant",
                     naive.count, naive.count == 1 ? "" : "s");
}

static bool run_check(keel_check_run *run, keel_error *err KEEL_UNUSED)
{
    int64_t times = 0;

    for (size_t i = 0; i < run->db->table_count; i++) {
        const keel_pg_table *table = run->db->tables[i];
        if (table->partition)
            continue; /* has the columns of its parent */
        for (size_t j = 0; j < table->columns.count; j++)
            times += is_naive(&table->columns.items[j]) ||
                     table->columns.items[j].type->kind == KEEL_PG_TIMESTAMPTZ;
        look_at(run, table);
    }
    keel_check_looked(run, times, "timestamp columns");
    return true;
}

const keel_check keel_check_schema_naive_timestamp = {
    .id = "schema.naive_timestamp",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_INFO,
    .title = "timestamps carry their time zone",
    .help = "Lists columns of type timestamp without time zone. Such a value is a picture of a clock without its place: "
            "two sessions with different TimeZone settings mean different instants by it, and now() stored in it shifts "
            "with the setting. Change the type to timestamptz, saying in USING which zone the stored values are in (the "
            "remedy assumes UTC). The change rewrites the table unless the session's TimeZone is UTC.",
    .triggers = "CREATE TABLE events (id int PRIMARY KEY, at timestamp);",
    .passes = "CREATE TABLE events (id int PRIMARY KEY, at timestamptz);",
    .run = run_check,
};
