#include "base/json_out.h"
#include "verify/baseline_inside.h"
#include "verify/wording.h"

static const int64_t told_bytes = 1 << 20;   /* smaller changes of a table are not told */
static const int64_t bloat_bytes = 16 << 20; /* less than that is not worth a warning */

static bool run(keel_check_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    keel_baseline_job *job = run->baseline;

    keel_baseline_start(run);
    if (!keel_pg_query(run->pg, &rows, err,
                       "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())", 0, NULL))
        return false;
    pthread_mutex_lock(&job->lock);
    job->now->bytes = keel_pg_int(rows, 0, 0);
    pthread_mutex_unlock(&job->lock);
    return true;
}

static const char *evidence(keel_check_run *run, int64_t before, int64_t now)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_json json;

    keel_json_start(&json, &text, false);
    keel_json_object(&json);
    keel_json_kv_int(&json, "bytes_before", before);
    keel_json_kv_int(&json, "bytes_now", now);
    keel_json_end_object(&json);
    return keel_arena_strdup(run->arena, text.data);
}

static void tell(keel_check_run *run, const char *object, int64_t before, int64_t now)
{
    keel_check_found_as(run, KEEL_INFO, object, evidence(run, before, now), NULL, "%s from %s to %s (%+.0f %%)",
                        now > before ? "grew" : "shrank", keel_word_bytes(run, before), keel_word_bytes(run, now),
                        before > 0 ? 100.0 * (double)(now - before) / (double)before : 100.0);
}

/* Counted, or what the statistics say; -1 = nobody knows. */
static int64_t rows_of(keel_check_run *run, const keel_baseline_table *now)
{
    for (size_t i = 0; !now->counted && i < run->baseline->slot_count; i++)
        if (run->baseline->slots[i].now == now)
            return (int64_t)run->baseline->slots[i].table->estimated_rows;
    return now->counted ? now->rows : -1;
}

/* Twice the size for rows that are not even half as many again: what a rewrite of all rows without VACUUM leaves. */
static bool is_bloated(keel_check_run *run, const keel_baseline_table *before, const keel_baseline_table *now)
{
    int64_t rows = rows_of(run, now);

    return now->bytes > 2 * before->bytes && now->bytes - before->bytes > bloat_bytes && before->counted && rows >= 0 &&
           rows * 2 < before->rows * 3;
}

static void compare(keel_check_run *run, const keel_baseline_table *before, const keel_baseline_table *now)
{
    int64_t change = now->bytes - before->bytes;
    const char *name = keel_baseline_name(run, before);

    if (is_bloated(run, before, now))
        keel_check_found(run, name, evidence(run, before->bytes, now->bytes),
                         "VACUUM it; if the space is needed back, VACUUM FULL (locks the table) or pg_repack.",
                         "the table has grown from %s to %s without the rows for it", keel_word_bytes(run, before->bytes),
                         keel_word_bytes(run, now->bytes));
    else if ((change > told_bytes || change < -told_bytes) && (change > before->bytes / 10 || -change > before->bytes / 10))
        tell(run, name, before->bytes, now->bytes);
}

static void compare_all(keel_check_run *run)
{
    const keel_baseline *before = run->baseline->before;
    const keel_baseline *now = run->baseline->now;
    int64_t looked = 0;

    if (before->bytes >= 0 && now->bytes >= 0 && before->bytes != now->bytes)
        tell(run, "database", before->bytes, now->bytes);
    for (size_t i = 0; i < before->tables.count; i++) {
        const keel_baseline_table *here = keel_baseline_now(run, &before->tables.items[i]);
        if (here == NULL)
            continue;
        compare(run, &before->tables.items[i], here);
        looked++;
    }
    keel_check_looked(run, looked, "tables");
}

static void finish(keel_check_run *run)
{
    keel_baseline_settle(run);
    if (run->baseline->before == NULL)
        keel_baseline_saved(run, (int64_t)run->baseline->now->tables.count, "tables");
    else
        compare_all(run);
}

const keel_check keel_check_baseline_sizes = {
    .id = "baseline.sizes",
    .group = KEEL_GROUP_BASELINE,
    .severity = KEEL_WARNING,
    .flags = KEEL_CHECK_NEEDS_BASELINE,
    .title = "no table has outgrown its rows since the baseline",
    .help = "The size of the database, and of each table with its indexes. Growth is INFO (tables: by more than 1 MB and a "
            "tenth). A table that is more than twice as large, by 16 MB or more, with less than half as many rows again, "
            "is a WARNING: an UPDATE of every row leaves the old ones behind.",
    .triggers = "CREATE TABLE parts (id bigint PRIMARY KEY, note text);"
                "INSERT INTO parts SELECT i, repeat('x', 1900) FROM generate_series(1, 9000) i;\n"
                "-- pgkeel check --save before.json\n"
                "UPDATE parts SET note = repeat('y', 1900); UPDATE parts SET note = repeat('z', 1900); ANALYZE parts;",
    .passes = "CREATE TABLE parts (id bigint PRIMARY KEY, note text);"
              "INSERT INTO parts SELECT i, repeat('x', 600) FROM generate_series(1, 100) i;",
    .run = run,
    .finish = finish,
};
