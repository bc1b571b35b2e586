#include "base/json_out.h"
#include "verify/baseline_inside.h"

static void scan(keel_check_run *run, const keel_pg_table *table, keel_scan *scan)
{
    keel_baseline_scan_rows(run, table, scan);
}

static const char *evidence(keel_check_run *run, const keel_baseline_table *before, const keel_baseline_table *now)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_json json;

    keel_json_start(&json, &text, false);
    keel_json_object(&json);
    keel_json_kv_int(&json, "before", before->rows);
    keel_json_kv_int(&json, "now", now->rows);
    if (now->kept >= 0)
        keel_json_kv_int(&json, "of_the_baseline", now->kept);
    if (!before->exact || !now->exact)
        keel_json_kv_bool(&json, "estimated", true);
    keel_json_end_object(&json);
    return keel_arena_strdup(run->arena, text.data);
}

static void compare_exact(keel_check_run *run, const keel_baseline_table *before, const keel_baseline_table *now)
{
    int64_t gone = before->rows - (now->kept >= 0 ? now->kept : now->rows);

    if (gone > 0)
        keel_check_found(run, keel_baseline_name(run, before), evidence(run, before, now),
                         "Look for what deleted them before anything else writes; \"pgkeel diff\" against the backup names "
                         "each row.",
                         "rows are gone: %lld of %lld", (long long)gone, (long long)before->rows);
    else if (now->rows > before->rows)
        keel_check_found_as(run, KEEL_INFO, keel_baseline_name(run, before), evidence(run, before, now), NULL,
                            "rows have been added: %lld", (long long)(now->rows - before->rows));
}

/* The server's statistics are a few per cent off at the best of times. */
static void compare_estimated(keel_check_run *run, const keel_baseline_table *before, const keel_baseline_table *now)
{
    int64_t slack = before->rows / 10 + 100;

    if (now->rows < before->rows - slack || (now->rows == 0 && now->exact && before->rows > 0))
        keel_check_found_as(run, KEEL_WARNING, keel_baseline_name(run, before), evidence(run, before, now),
                            "Run it without --quick, against a baseline saved without it, to count the rows.",
                            "rows are gone: about %lld of %lld", (long long)(before->rows - now->rows),
                            (long long)before->rows);
    else if (now->rows > before->rows + slack)
        keel_check_found_as(run, KEEL_INFO, keel_baseline_name(run, before), evidence(run, before, now), NULL,
                            "rows have been added: about %lld", (long long)(now->rows - before->rows));
}

static bool compare(keel_check_run *run, const keel_baseline_table *before)
{
    const keel_baseline_table *now = keel_baseline_now(run, before);
    const char *name = keel_baseline_name(run, before);

    if (now == NULL && !run->baseline->now->complete)
        return false;
    if (!before->counted) {
        keel_check_found_as(run, KEEL_WARNING, name, NULL, NULL, "its rows were not counted when the baseline was saved");
        return false;
    }
    if (now == NULL && before->rows > 0)
        keel_check_found(run, name, NULL, NULL, "rows are gone with the table: %lld", (long long)before->rows);
    if (now == NULL)
        return true;
    if (now->counted && before->exact && now->exact)
        compare_exact(run, before, now);
    else if (now->counted)
        compare_estimated(run, before, now);
    return now->counted;
}

static void finish(keel_check_run *run)
{
    const keel_baseline *from = NULL;
    int64_t looked = 0;

    keel_baseline_settle(run);
    from = run->baseline->before != NULL ? run->baseline->before : run->baseline->now;
    for (size_t i = 0; i < from->tables.count; i++) {
        const keel_baseline_table *table = &from->tables.items[i];
        if (table->root == NULL)
            looked += run->baseline->before != NULL ? compare(run, table) : table->counted;
    }
    if (run->baseline->before != NULL)
        keel_check_looked(run, looked, "tables");
    else
        keel_baseline_saved(run, looked, "tables");
}

const keel_check keel_check_baseline_rows = {
    .id = "baseline.rows",
    .group = KEEL_GROUP_BASELINE,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_READS_ROWS | KEEL_CHECK_NEEDS_BASELINE,
    .title = "no table has lost rows since the baseline",
    .help = "Counts the rows of every table in the same pass as the other checks and compares with the baseline. Rows that "
            "are gone are an ERROR, growth is INFO. Where the primary key is one integer, only rows up to the baseline's "
            "greatest key are held against it, so that new rows do not make up for lost ones. A partitioned table counts "
            "as one; its foreign partitions are not counted. With --quick, large tables are counted from the server's "
            "statistics: then only a tenth less is told, as a WARNING.",
    .triggers = "CREATE TABLE lots (id bigint PRIMARY KEY, code text); INSERT INTO lots VALUES (1, 'a'), (2, 'b'), (3, 'c');\n"
                "-- pgkeel check --save before.json\n"
                "DELETE FROM lots WHERE id = 2; INSERT INTO lots VALUES (4, 'd'), (5, 'e');",
    .passes = "CREATE TABLE lots (id bigint PRIMARY KEY, code text); INSERT INTO lots VALUES (1, 'a'), (2, 'b'), (3, 'c');",
    .scan = scan,
    .finish = finish,
};
