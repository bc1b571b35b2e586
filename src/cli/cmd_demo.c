/* pgkeel demo: the whole story in a minute, on a throwaway cluster. */
#include <fcntl.h>
#include <unistd.h>

#include "cli/transfer_options.h"
#include "demo/kamiyo.h"
#include "journal/chunk.h"
#include "pg/scratch.h"
#include "transfer/undo.h"
#include "transfer/verify.h"

typedef struct demo_options {
    int64_t exploits, seed;
} demo_options;

typedef struct demo {
    keel_cli *cli;
    keel_scratch *scratch;
    char conninfo[512];
    const char *file, *mapping;
    keel_kamiyo_expected expected;
    keel_run_result *run;
    keel_json json;
} demo;

/* Everything that the demo prints goes out at once: it is a story, not a result. */
static void say(demo *d, const char *fmt, ...) KEEL_PRINTF(2, 3);
static void say(demo *d, const char *fmt, ...)
{
    KEEL_CLEANUP(keel_str_free) keel_str line = {0};
    keel_error ignored = {0};
    va_list args;

    va_start(args, fmt);
    keel_str_addv(&line, fmt, args);
    va_end(args);
    keel_cli_print(d->cli, "%s", line.data);
    (void)keel_cli_flush(d->cli, &ignored);
}

static void title(demo *d, const char *text)
{
    say(d, "\n%s== %s ==%s\n", d->cli->color ? "\033[1m" : "", text, d->cli->color ? "\033[0m" : "");
}

static bool write_mapping(demo *d, keel_error *err)
{
    d->mapping = keel_arena_printf(d->cli->arena, "%s/transfer.yaml", keel_scratch_directory(d->scratch));
    int fd = open(d->mapping, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    size_t size = strlen(keel_kamiyo_mapping_yaml);

    if (fd < 0 || write(fd, keel_kamiyo_mapping_yaml, size) != (ssize_t)size || close(fd) != 0)
        return keel_fail(err, KEEL_ERR_IO, "cannot write \"%s\"", d->mapping);
    return true;
}

/* Rows that live in the target already: new keys must not collide with theirs, one exploit is known already. */
static const char live_sql[] =
    "INSERT INTO exploits (tx_hash, chain, protocol, amount_usd, timestamp, source) SELECT '0xlive' || n, 'Ethereum',"
    " 'Live Protocol', n, now(), 'live' FROM generate_series(1, 1000) n";

static bool prepare(demo *d, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    const demo_options *given = d->cli->options;
    keel_kamiyo_options options = {.exploits = given->exploits, .seed = (uint64_t)given->seed, .dirt = 1};

    title(d, "A throwaway PostgreSQL and an app's SQLite file");
    if (!keel_scratch_start(NULL, &d->scratch, err) ||
        !keel_scratch_database(d->scratch, "kamiyo", d->conninfo, sizeof d->conninfo, err))
        return false;
    d->file = keel_arena_printf(d->cli->arena, "%s/kamiyo.db", keel_scratch_directory(d->scratch));
    if (!keel_kamiyo_create(d->file, &options, &d->expected, err) || !write_mapping(d, err) ||
        !keel_pg_open(d->conninfo, "demo", &pg, err) || !keel_pg_exec(pg, err, keel_kamiyo_target_sql) ||
        !keel_pg_exec(pg, err, live_sql))
        return false;
    int64_t rows = 0;
    for (size_t i = 0; i < d->expected.table_count; i++)
        rows += d->expected.tables[i].rows;
    say(d, "An exploit tracker outgrew SQLite: %zu tables, %s rows, foreign keys never switched on, five spellings of a\n"
           "time, \"N/A\" in money columns. The new PostgreSQL schema stands and has 1,000 rows of its own already.\n",
        d->expected.table_count, keel_cli_count(d->cli, rows));
    return true;
}

static keel_run_options run_options(const demo *d)
{
    return (keel_run_options){.conninfo = d->conninfo,
                              .source_path = d->file,
                              .mapping_file = d->mapping,
                              .keys = KEEL_KEYS_REMAP,
                              .max_rejects = -1,
                              .cancel = keel_cli_cancel_flag()};
}

static bool plan(demo *d, keel_error *err)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = keel_report_create();
    keel_run_options options = run_options(d);
    keel_plan *made = NULL;
    keel_ddl_list ddl = {0};

    title(d, "1. Plan: every row scanned, nothing written");
    if (!keel_transfer_plan(d->cli->arena, &options, report, &made, &ddl, err))
        return false;
    for (size_t i = 0; i < made->table_count; i++)
        say(d, "  %-24s %9s rows  keys %-8s %s\n", made->tables[i]->source->name,
            keel_cli_count(d->cli, made->tables[i]->source_rows), made->tables[i]->remap ? "remapped" : "kept",
            made->tables[i]->create ? "table will be created" : "");
    say(d, "  %zu findings: %zu warnings, %zu notes. For example:\n", keel_report_count(report),
        keel_report_count_of(report, KEEL_WARNING), keel_report_count_of(report, KEEL_INFO));
    for (size_t i = 0, shown = 0; i < keel_report_count(report) && shown < 3; i++) {
        const keel_finding *finding = keel_report_at(report, i);
        if (finding->severity != KEEL_WARNING)
            continue;
        say(d, "    %s: %s\n", finding->object, finding->message);
        shown++;
    }
    return true;
}

static bool transfer(demo *d, keel_error *err)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = keel_report_create();
    keel_run_options options = run_options(d);

    title(d, "2. Transfer: new keys, references rewritten, every row accounted for");
    if (!keel_transfer_run(d->cli->arena, &options, report, keel_cli_progress(d->cli), &d->run, err))
        return false;
    say(d, "  %-24s %10s = %10s + %7s + %8s\n", "table", "source", "inserted", "merged", "rejected");
    for (size_t i = 0; i < d->run->table_count; i++) {
        const keel_run_table *table = &d->run->tables[i];
        say(d, "  %-24s %10s = %10s + %7s + %8s\n", table->source, keel_cli_count(d->cli, table->source_rows),
            keel_cli_count(d->cli, table->inserted), keel_cli_count(d->cli, table->merged),
            keel_cli_count(d->cli, table->rejected));
    }
    say(d, "  %s rows arrived at %s rows/s. The journal holds each chunk: kill -9 at any moment loses nothing.\n",
        keel_cli_count(d->cli, d->run->rows), keel_cli_count(d->cli, (int64_t)d->run->rows_per_second));
    return true;
}

static const char reasons_sql[] =
    "SELECT t.source, r.code, count(*), min(r.key), (array_agg(r.column_name))[1], (array_agg(left(r.value, 40)))[1],"
    " min(r.reason) FROM pgkeel.reject r JOIN pgkeel.run_table t USING (run, tbl) GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 12";

static bool rejects(demo *d, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;

    title(d, "3. Rejects: what did not fit, and why (nothing was guessed or cut)");
    if (!keel_pg_open(d->conninfo, "demo", &pg, err) || !keel_pg_query(pg, &result, err, reasons_sql, 0, NULL))
        return false;
    for (int row = 0; row < keel_pg_rows(result); row++) {
        const char *column = keel_pg_text(result, row, 4), *value = keel_pg_text(result, row, 5);
        say(d, "  %6s x %-24s e.g. key %s%s%s%s%s%s: %s\n", keel_pg_text(result, row, 2), keel_pg_text(result, row, 0),
            keel_pg_text(result, row, 3), column != NULL ? ", " : "", column != NULL ? column : "",
            value != NULL ? " = \"" : "", value != NULL ? value : "", value != NULL ? "\"" : "", keel_pg_text(result, row, 6));
    }
    return true;
}

static bool verify(demo *d, keel_error *err)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = keel_report_create();
    keel_verify_options options = {.conninfo = d->conninfo, .cancel = keel_cli_cancel_flag(), .jobs = 2};
    keel_verify_result *result = NULL;

    title(d, "4. Verify: every row of both sides read again and compared");
    if (!keel_transfer_verify(d->cli->arena, &options, report, keel_cli_progress(d->cli), &result, err))
        return false;
    say(d, "  %s rows compared value by value: %s differences\n", keel_cli_count(d->cli, result->rows),
        keel_cli_count(d->cli, result->differences));
    for (size_t i = 0; i < keel_report_count(report); i++) {
        const keel_finding *finding = keel_report_at(report, i);
        if (finding->severity >= KEEL_ERROR)
            say(d, "  %s %s: %s\n", keel_severity_name(finding->severity),
                finding->object != NULL ? finding->object : "", finding->message);
    }
    if (result->differences > 0 || keel_report_exit_code(report) != 0)
        return keel_fail(err, KEEL_ERR_DATA, "the verification found differences");
    return true;
}

static const char join_sql[] =
    "SELECT m.old_key, e.id, e.protocol, count(a.id) FROM exploits e JOIN alerts_sent a ON a.exploit_id = e.id"
    " JOIN pgkeel.key_map m ON m.source_table = 'exploits' AND m.new_key = e.id::text"
    " WHERE e.id IN (SELECT exploit_id FROM alerts_sent GROUP BY 1 ORDER BY count(*) DESC LIMIT 3)"
    " GROUP BY 1, 2, 3 ORDER BY 4 DESC";

static bool query(demo *d, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;

    title(d, "5. A query across the remapped foreign key");
    if (!keel_pg_open(d->conninfo, "demo", &pg, err) || !keel_pg_query(pg, &result, err, join_sql, 0, NULL))
        return false;
    say(d, "  alerts_sent JOIN exploits: the most alerted exploits, with the id they had in SQLite\n");
    for (int row = 0; row < keel_pg_rows(result); row++)
        say(d, "    exploit %s (was %s) %-20s %s alerts\n", keel_pg_text(result, row, 1), keel_pg_text(result, row, 0),
            keel_pg_text(result, row, 2), keel_pg_text(result, row, 3));
    return true;
}

static bool undo(demo *d, keel_error *err)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = keel_report_create();
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str left = {0};
    keel_undo_options options = {.conninfo = d->conninfo, .jobs = 2, .cancel = keel_cli_cancel_flag()};
    keel_undo_result *result = NULL;

    title(d, "6. Undo: exactly the run's rows, nobody else's");
    if (!keel_transfer_undo(d->cli->arena, &options, report, keel_cli_progress(d->cli), &result, err) ||
        !keel_pg_open(d->conninfo, "demo", &pg, err) ||
        !keel_pg_query_value(pg, &left, NULL, err, "SELECT count(*) FROM exploits", 0, NULL))
        return false;
    say(d, "  %s rows removed, children first; the %s exploits that were there before are there still\n",
        keel_cli_count(d->cli, result->rows), left.data);
    if (!result->complete || strcmp(left.data, "1000") != 0)
        return keel_fail(err, KEEL_ERR_DATA, "the undo did not leave the target as it was");
    return true;
}

static void demo_result(demo *d)
{
    keel_cli_result(d->cli, &d->json);
    keel_json_object(&d->json);
    keel_json_kv_int(&d->json, "rows", d->run != NULL ? d->run->rows : 0);
    keel_json_end_object(&d->json);
}

static int run(keel_cli *cli, int argc, char **argv)
{
    demo d = {.cli = cli};
    keel_error err = {0};

    (void)argc;
    (void)argv;
    bool done = prepare(&d, &err) && plan(&d, &err) && transfer(&d, &err) && rejects(&d, &err) && verify(&d, &err) &&
                query(&d, &err) && undo(&d, &err);
    keel_scratch_stop(d.scratch);
    if (!done)
        return keel_cli_fail(cli, &err);
    say(&d, "\nThe cluster is gone again. Your turn: pgkeel transfer plan --from sqlite:app.db --to postgresql:///app\n");
    demo_result(&d);
    return 0;
}

static const keel_option options[] = {
    KEEL_INT_OPTION(demo_options, exploits, "exploits", 0, "N", 100, 10000000, "parent rows of the file (default 100,000)"),
    KEEL_INT_OPTION(demo_options, seed, "seed", 0, "N", 1, INT64_MAX, "another file of the same kind (default 1)"),
};
static const demo_options defaults = {.exploits = KEEL_KAMIYO_EXPLOITS, .seed = 1};

static const keel_example examples[] = {
    {"pgkeel demo", "throwaway cluster, an app's SQLite file, the whole story in a minute"},
    {NULL, NULL},
};

const keel_command keel_command_demo = {
    .name = "demo",
    .summary = "show a transfer from plan to undo, on a throwaway cluster",
    .usage = "[options]",
    .help = "Starts a PostgreSQL cluster of its own (unix socket only, removed at the end; started by root it runs as an ordinary "
            "user), makes the SQLite file of an exploit tracker with dirty data, and transfers it: plan, transfer with new "
            "keys, the accounting, the rejects and why, the verification, a query across a rewritten foreign key, the undo.",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(demo_options),
    .defaults = &defaults,
    .takes = KEEL_IGNORES_CONFIG,
    .run = run,
};
