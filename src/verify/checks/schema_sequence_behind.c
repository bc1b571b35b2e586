#include <string.h>

#include "verify/sequences.h"

/* A table without an index on the column is read as a whole; under --quick only if it is no larger than this. */
enum { QUICK_BYTES = 8 * 1024 * 1024 };

static bool leads_a_btree(const keel_sequence *sequence)
{
    for (size_t i = 0; i < sequence->table->indexes.count; i++) {
        const keel_pg_index *index = &sequence->table->indexes.items[i];
        if (index->valid && !index->partial && index->column_count > 0 &&
            index->columns[0] == sequence->column->number && strstr(index->definition, " USING btree (") != NULL)
            return true;
    }
    return false;
}

/* A collision breaks the INSERT only if the column is part of something unique. */
static bool is_unique(const keel_sequence *sequence)
{
    for (size_t i = 0; i < sequence->table->indexes.count; i++) {
        const keel_pg_index *index = &sequence->table->indexes.items[i];
        for (size_t j = 0; index->unique && j < index->column_count; j++)
            if (index->columns[j] == sequence->column->number)
                return true;
    }
    return false;
}

/* The value farthest ahead that the sequence will meet: at or beyond `next`, and on its steps. */
static bool find_collision(keel_check_run *run, const keel_sequence *sequence, const char **ret_value, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    bool up = sequence->increment > 0;
    const char *column = keel_word_sql_list(run, &sequence->column->name, 1);
    const char *steps = "";

    if (sequence->increment != 1 && sequence->increment != -1)
        steps = keel_arena_printf(run->arena, " AND (t.%s::pg_catalog.numeric - %lld) %% %lld = 0", column,
                                  (long long)sequence->next, (long long)sequence->increment);
    const char *sql = keel_arena_printf(
        run->arena, "SELECT pg_catalog.%s(t.%s) FROM %s t WHERE t.%s %s '%lld'::pg_catalog.int8 AND t.%s %s "
                    "'%lld'::pg_catalog.int8%s", up ? "max" : "min", column,
        keel_word_sql_table(run, sequence->table), column, up ? ">=" : "<=", (long long)sequence->next, column,
        up ? "<=" : ">=", (long long)(up ? sequence->highest : sequence->lowest), steps);
    if (!keel_pg_query(run->pg, &rows, err, sql, 0, NULL))
        return keel_fail_context(err, "read the largest value of %s.%s", keel_check_table_name(run, sequence->table),
                                 sequence->column->name);
    *ret_value = keel_word_cell(run, rows, 0, 0);
    return true;
}

static void report(keel_check_run *run, const keel_sequence *sequence, const char *value)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    const char *name = keel_word_name(run, sequence->schema, sequence->name);
    const char *table = keel_check_table_name(run, sequence->table);
    const char *column = keel_word_sql_list(run, &sequence->column->name, 1);
    const char *remedy = keel_arena_printf(
        run->arena, "SELECT pg_catalog.setval(%s, (SELECT pg_catalog.%s(%s)::bigint FROM %s));",
        keel_word_literal(run, keel_word_sql(run, sequence->schema, sequence->name)),
        sequence->increment > 0 ? "max" : "min", column, keel_word_sql_table(run, sequence->table));
    bool unique = is_unique(sequence);
    keel_json json;

    keel_evidence_start(&json, &evidence);
    keel_json_kv_text(&json, "sequence", name);
    keel_json_kv_int(&json, "next", sequence->next);
    keel_json_kv_text(&json, sequence->increment > 0 ? "max" : "min", value);
    keel_json_kv_int(&json, "increment", sequence->increment);
    keel_check_found_as(run, unique ? run->check->severity : KEEL_WARNING,
                        keel_check_columns_name(run, sequence->table, &sequence->column->name, 1),
                        keel_evidence_finish(&json), remedy,
                        "sequence %s gives %lld next, but %s of %s is already at %s: %s", name,
                        (long long)sequence->next, sequence->column->name, table, value,
                        unique ? "INSERTs will fail on a duplicate key" : "numbers will be given twice");
}

/* Integers and numeric, which the sequence's numbers can be compared with. */
static bool is_number(const keel_pg_column *column)
{
    int64_t lowest;
    int64_t highest;

    return keel_sequence_column_range(column, &lowest, &highest) || column->type->kind == KEEL_PG_NUMERIC;
}

static void leave_out(keel_check_run *run, const keel_sequence *sequence, const char *why)
{
    keel_check_found_as(run, KEEL_INFO, keel_check_columns_name(run, sequence->table, &sequence->column->name, 1), NULL,
                        NULL, "not compared with sequence %s: %s",
                        keel_word_name(run, sequence->schema, sequence->name), why);
}

static bool judge(keel_check_run *run, const keel_sequence *sequence, keel_error *err)
{
    const char *value = NULL;

    if (sequence->cycle || sequence->spent || !is_number(sequence->column))
        return true;
    keel_check_looked(run, 1, "column sequences");
    if (!sequence->readable) {
        leave_out(run, sequence, "this role may not read the sequence");
        return true;
    }
    if (run->quick && sequence->table->bytes > QUICK_BYTES && !leads_a_btree(sequence)) {
        leave_out(run, sequence, "no index leads with the column, the table is large and --quick was asked for");
        return true;
    }
    if (!find_collision(run, sequence, &value, err))
        return false;
    if (value != NULL)
        report(run, sequence, value);
    return true;
}

static bool judge_table(keel_check_run *run, const keel_pg_table *table, keel_error *err)
{
    keel_sequence_list sequences;

    keel_check_looked(run, 0, "column sequences");
    if (!keel_sequences_of(run, table, &sequences, err))
        return false;
    for (size_t i = 0; i < sequences.count; i++)
        if (!judge(run, &sequences.items[i], err))
            return false;
    return true;
}

const keel_check keel_check_schema_sequence_behind = {
    .id = "schema.sequence_behind",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_READS_ROWS,
    .title = "every sequence is ahead of its column",
    .help = "Compares what each sequence would give next with what its column already holds: owned sequences, identity "
            "columns, and any sequence named in a default. After a copy that brought its own keys, or a manual INSERT, the "
            "sequence may lie behind; then the next INSERTs fail on the primary key, one after the other. Descending "
            "sequences and steps other than 1 are judged by the values they will really meet; a cycling sequence is meant "
            "to come round and is left out. A column that nothing holds unique gets a WARNING. The largest value comes from "
            "an index where there is one; under --quick a large table without one is left out.",
    .triggers = "CREATE TABLE orders (id serial PRIMARY KEY, note text);"
                "INSERT INTO orders (id, note) VALUES (7, 'brought its own key');",
    .passes = "CREATE TABLE orders (id serial PRIMARY KEY, note text);"
              "INSERT INTO orders (id, note) VALUES (7, 'brought its own key');"
              "SELECT setval('orders_id_seq', 7);",
    .each = judge_table,
};
