#include "verify/sequences.h"

static const double warn_share = 0.75;
static const double error_share = 0.95;

/* The end that comes first, and whose it is. */
typedef struct horizon {
    int64_t first, last; /* from where the numbers run to where they end, in the sequence's direction */
    const keel_pg_column *column; /* whose type ends there, too or first; or NULL */
} horizon;

static horizon horizon_of(const keel_sequence *sequence)
{
    bool up = sequence->increment > 0;
    int64_t lowest;
    int64_t highest;
    horizon h = {.first = up ? sequence->lowest : sequence->highest, .last = up ? sequence->highest : sequence->lowest};

    if (!keel_sequence_column_range(sequence->column, &lowest, &highest))
        return h;
    if (up ? highest <= h.last : lowest >= h.last) {
        h.last = up ? highest : lowest;
        h.column = sequence->column;
    }
    return h;
}

/* 0 at the first number, 1 at the last, more beyond. */
static double share_used(const keel_sequence *sequence, const horizon *h)
{
    double whole = (double)h->last - (double)h->first;
    double used = (double)sequence->next - (double)h->first;

    if (sequence->spent || whole * (double)sequence->increment <= 0)
        return 1;
    return used / whole;
}

static const char *remedy_for(keel_check_run *run, const keel_sequence *sequence, const horizon *h)
{
    const char *name = keel_word_sql(run, sequence->schema, sequence->name);

    if (h->last == INT64_MAX || h->last == INT64_MIN)
        return "There is no wider integer type: plan for keys of another kind, or let the sequence run through the numbers "
               "on the other side of zero.";
    if (h->column != NULL)
        return keel_arena_printf(run->arena, "ALTER TABLE %s ALTER COLUMN %s TYPE bigint; ALTER SEQUENCE %s AS bigint NO "
                                             "%s; (rewrites the table under an exclusive lock: large tables want a new "
                                             "column, filled in batches, and a swap)",
                                 keel_word_sql_table(run, sequence->table),
                                 keel_word_sql_list(run, &h->column->name, 1), name,
                                 sequence->increment > 0 ? "MAXVALUE" : "MINVALUE");
    return keel_arena_printf(run->arena, "ALTER SEQUENCE %s AS bigint NO %s; (and what it feeds must be as wide)", name,
                             sequence->increment > 0 ? "MAXVALUE" : "MINVALUE");
}

static void judge(keel_check_run *run, const keel_sequence *sequence)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    const horizon h = horizon_of(sequence);
    double share = share_used(sequence, &h);
    const char *name = keel_word_name(run, sequence->schema, sequence->name);
    keel_json json;

    if (share < warn_share || (sequence->cycle && h.column == NULL))
        return;
    const char *object = sequence->column != NULL
                             ? keel_check_columns_name(run, sequence->table, &sequence->column->name, 1)
                             : name;
    int64_t left = (int64_t)(((double)h.last - (double)sequence->next) / (double)sequence->increment);
    keel_evidence_start(&json, &evidence);
    keel_json_kv_text(&json, "sequence", name);
    keel_json_kv_int(&json, "next", sequence->next);
    keel_json_kv_int(&json, "end", h.last);
    keel_json_kv_int(&json, "left", sequence->spent || left < 0 ? 0 : left);
    keel_check_found_as(run, share > error_share ? KEEL_ERROR : run->check->severity, object,
                        keel_evidence_finish(&json), remedy_for(run, sequence, &h),
                        "sequence %s is at %lld of %lld, the end of %s (%.1f %% used)%s", name,
                        (long long)sequence->next, (long long)h.last,
                        h.column != NULL ? h.column->type->name : "its range", share * 100,
                        sequence->spent ? ": the next one fails" : "");
}

static bool run_check(keel_check_run *run, keel_error *err)
{
    keel_sequence_list sequences;

    if (!keel_sequences_load(run, &sequences, err))
        return false;
    for (size_t i = 0; i < sequences.count; i++)
        if (sequences.items[i].readable)
            judge(run, &sequences.items[i]);
    keel_check_looked(run, (int64_t)sequences.count - sequences.unreadable, keel_sequences_in_words(run, &sequences));
    return true;
}

const keel_check keel_check_schema_sequence_near_end = {
    .id = "schema.sequence_near_end",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_WARNING,
    .title = "every sequence has room",
    .help = "Looks for sequences that have used more than 75 % of their numbers (WARNING) or more than 95 % (ERROR): up to "
            "the end of the sequence or of the integer type of the column that it feeds, whichever comes first; descending "
            "ones towards their minimum. At the end every INSERT fails (\"reached maximum value\", \"integer out of "
            "range\"). A serial column is an int4 and ends at 2,147,483,647. Changing it to bigint rewrites the table, so "
            "it wants to be planned while there is room.",
    .triggers = "CREATE TABLE orders (id serial PRIMARY KEY); SELECT setval('orders_id_seq', 1900000000);",
    .passes = "CREATE TABLE orders (id serial PRIMARY KEY); SELECT setval('orders_id_seq', 1500000000);",
    .run = run_check,
};
