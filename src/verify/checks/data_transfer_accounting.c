/* data.transfer_accounting: what pgkeel's journal says of its transfers still adds up, and is still there. */
#include <stdio.h>

#include "base/json_out.h"
#include "journal/journal.h"
#include "verify/checks/counts.h"

static const char looked_at[] = "transferred tables";
/* A run is in the journal a moment before it holds its lock. */
static const keel_usec lock_patience = KEEL_SECOND;

static const char alive_sql[] =
    "SELECT r.state, EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.classid = $2::pg_catalog.oid"
    "   AND l.objid = r.run::pg_catalog.oid AND l.granted AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d"
    "       WHERE d.datname = pg_catalog.current_database()))"
    "  FROM pgkeel.run r WHERE r.run = $1::pg_catalog.int8";

typedef enum liveness { AT_WORK, STOPPED, ENDED_SINCE } liveness;

/* The snapshot may be older than the end of the run, so this is asked anew, on a connection of its own. */
static bool ask_alive(keel_check_run *run, const keel_run *transfer, liveness *ret_liveness, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    char number[24], class[16];
    const char *params[] = {number, class};
    keel_usec deadline = keel_monotonic() + lock_patience;

    snprintf(number, sizeof number, "%lld", (long long)transfer->run);
    snprintf(class, sizeof class, "%u", (unsigned)KEEL_JOURNAL_LOCK_CLASS);
    if (!keel_pg_open(run->conninfo, "check", &pg, err))
        return false;
    for (;;) {
        KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *row = NULL;
        if (!keel_pg_query(pg, &row, err, alive_sql, 2, params))
            return false;
        bool open = keel_pg_rows(row) > 0 && strcmp(keel_pg_text(row, 0, 0), transfer->state) == 0;
        bool locked = open && keel_pg_bool(row, 0, 1);
        *ret_liveness = locked ? AT_WORK : open ? STOPPED : ENDED_SINCE;
        if (*ret_liveness != STOPPED || keel_monotonic() >= deadline)
            return true;
        keel_sleep(KEEL_SECOND / 20);
    }
}

static bool judge_open(keel_check_run *run, const keel_run *transfer, keel_error *err)
{
    bool undo = strcmp(transfer->state, "undoing") == 0;
    const char *object = keel_arena_printf(run->arena, "transfer %lld", (long long)transfer->run);
    liveness alive = STOPPED;

    if (!ask_alive(run, transfer, &alive, err))
        return false;
    if (alive == STOPPED)
        keel_check_found(
            run, object, NULL,
            keel_arena_printf(run->arena,
                              "Repeat the command that began it to go on, or take it back: pgkeel transfer undo %lld",
                              (long long)transfer->run),
            "%s of %s stopped before its end", undo ? "the undo" : "the copy", transfer->source);
    else
        keel_check_remark(run, "%s is at work", object);
    return true;
}

static const char *figures(keel_check_run *run, const keel_run *transfer, const keel_run_table *table)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_json json;

    keel_json_start(&json, &text, false);
    keel_json_object(&json);
    keel_json_kv_int(&json, "run", transfer->run);
    keel_json_kv_int(&json, "source_rows", table->source_rows);
    keel_json_kv_int(&json, "read", table->read);
    keel_json_kv_int(&json, "inserted", table->inserted);
    keel_json_kv_int(&json, "merged", table->merged);
    keel_json_kv_int(&json, "rejected", table->rejected);
    keel_json_end_object(&json);
    return keel_arena_strdup(run->arena, text.data);
}

static void judge_figures(keel_check_run *run, const keel_run *transfer, const keel_run_table *table)
{
    int64_t accounted = table->inserted + table->merged + table->rejected;
    int64_t source = table->source_rows >= 0 ? table->source_rows : table->read;

    if (table->read == accounted && source == accounted)
        return;
    keel_check_found(
        run, keel_arena_printf(run->arena, "%s.%s", table->schema, table->name), figures(run, transfer, table),
        "Compare every row with the source: pgkeel transfer verify",
        "transfer %lld had %lld rows of \"%s\" and accounts for %lld: %lld inserted, %lld merged, %lld rejected",
        (long long)transfer->run, (long long)source, table->source, (long long)accounted, (long long)table->inserted,
        (long long)table->merged, (long long)table->rejected);
}

/* Rows that all transfers together have put into one table. */
typedef struct holding {
    const char *schema, *name;
    int64_t rows;
} holding;

typedef struct holdings {
    holding *items;
    size_t count, capacity;
} holdings;

static void hold(keel_check_run *run, holdings *all, const keel_run_table *table)
{
    int64_t rows = table->inserted - table->undone;

    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->items[i].schema, table->schema) == 0 && strcmp(all->items[i].name, table->name) == 0) {
            all->items[i].rows += rows;
            return;
        }
    holding one = {table->schema, table->name, rows};
    keel_arena_push(run->arena, all, one);
}

static bool judge_holding(keel_check_run *run, const holding *one, keel_error *err)
{
    const char *object = keel_arena_printf(run->arena, "%s.%s", one->schema, one->name);
    const keel_pg_table *table = keel_pg_catalog_find(run->db->catalog, one->schema, one->name);
    keel_counted counted = {0};

    if (table == NULL) {
        keel_check_found_as(run, KEEL_WARNING, object, NULL, NULL,
                            "the transfers put %lld rows into this table, which no longer exists",
                            (long long)one->rows);
        return true;
    }
    if (!keel_count_relation(run, one->schema, one->name, NULL, &counted, err))
        return false;
    if (counted.estimated)
        keel_check_remark(run, "%s not counted under --quick", object);
    if (counted.estimated || counted.rows >= one->rows)
        return true;
    keel_check_found_as(run, KEEL_WARNING, object,
                        keel_arena_printf(run->arena, "{\"rows\":%lld,\"transferred\":%lld}", (long long)counted.rows,
                                          (long long)one->rows),
                        "If nobody deletes from this table, compare it with the source: pgkeel transfer verify",
                        "%lld rows, but transfers have put %lld in: at least %lld have been deleted since",
                        (long long)counted.rows, (long long)one->rows, (long long)(one->rows - counted.rows));
    return true;
}

static bool is_selected(const keel_check_run *run, const keel_run_table *table)
{
    const keel_pg_table *known = keel_pg_catalog_find(run->db->catalog, table->schema, table->name);

    for (size_t i = 0; known != NULL && i < run->db->table_count; i++)
        if (run->db->tables[i] == known)
            return true;
    return known == NULL;
}

static bool judge_run(keel_check_run *run, const keel_run *transfer, holdings *all, keel_error *err)
{
    keel_run_table *tables = NULL;
    size_t count = 0;
    bool complete = strcmp(transfer->state, "complete") == 0;

    if (strcmp(transfer->state, "undone") == 0 || strcmp(transfer->state, "abandoned") == 0)
        return true;
    if (!complete)
        return judge_open(run, transfer, err);
    if (!keel_journal_run_tables(run->pg, run->arena, transfer->run, &tables, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_selected(run, &tables[i]))
            continue;
        keel_check_looked(run, 1, looked_at);
        judge_figures(run, transfer, &tables[i]);
        hold(run, all, &tables[i]);
    }
    return true;
}

static bool run(keel_check_run *run, keel_error *err)
{
    keel_run *transfers = NULL;
    size_t count = 0;
    holdings all = {0};

    if (!keel_journal_runs(run->pg, run->arena, &transfers, &count, err))
        return false;
    keel_check_looked(run, 0, looked_at);
    if (count == 0)
        keel_check_skip(run, "pgkeel has transferred nothing into this database");
    for (size_t i = 0; i < count; i++)
        if (!judge_run(run, &transfers[i], &all, err))
            return false;
    for (size_t i = 0; i < all.count; i++)
        if (!judge_holding(run, &all.items[i], err))
            return false;
    return true;
}

#define JOURNAL_SQL                                                                                                              \
    "CREATE SCHEMA pgkeel;\n"                                                                                                    \
    "CREATE TABLE pgkeel.version (version integer PRIMARY KEY);\n"                                                               \
    "INSERT INTO pgkeel.version VALUES (1);\n"                                                                                   \
    "CREATE TABLE pgkeel.run (run bigint PRIMARY KEY, base_run bigint, mode text, state text, source text,\n"                    \
    "  source_facts jsonb, target text, mapping_file text, mapping text, options jsonb, exit_code integer,\n"                    \
    "  started_at timestamptz, finished_at timestamptz, system_identifier bigint, database_oid oid, journal_oid oid);\n"         \
    "CREATE TABLE pgkeel.run_table (run bigint, tbl integer, source text, target_schema text, target_name text,\n"               \
    "  keys text, created boolean, had_rows boolean, by_rowid boolean, source_rows bigint, key_column text,\n"                   \
    "  columns jsonb, slices bigint[], undone bigint, PRIMARY KEY (run, tbl));\n"                                                \
    "CREATE TABLE pgkeel.chunk (run bigint, tbl integer, kind \"char\", lane integer, seq integer, rows_read bigint,\n"          \
    "  inserted bigint, merged bigint, rejected bigint, committed_at timestamptz,\n"                                             \
    "  PRIMARY KEY (run, tbl, kind, lane, seq));\n"                                                                              \
    "CREATE TABLE public.users (id bigint PRIMARY KEY);\n"                                                                       \
    "INSERT INTO public.users VALUES (1), (2), (3);\n"                                                                           \
    "INSERT INTO pgkeel.run VALUES (1, NULL, 'copy', 'complete', '/srv/app.db', '{}', 'db', NULL, '', '{}', 0, now(), now());\n" \
    "INSERT INTO pgkeel.run_table VALUES (1, 0, 'users', 'public', 'users', 'keep', true, false, true, 4, 'id', '[]', '{}', 0);\n"

const keel_check keel_check_data_transfer_accounting = {
    .id = "data.transfer_accounting",
    .group = KEEL_GROUP_DATA,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_READS_ROWS,
    .title = "the accounting of pgkeel's transfers still holds",
    .help =
        "Reads pgkeel's own journal, if there is one. For every table of every transfer that stands, the rows of the"
        " source must be those inserted, merged and rejected, and no transfer or undo may have stopped half way"
        " without anybody at work on it: both are errors. A table that is gone, or holds fewer rows than transfers"
        " have put in, is a WARNING, since applications may delete: `pgkeel transfer verify` tells row by row. Under"
        " --quick a table of more than a million rows is not counted.",
    .triggers = JOURNAL_SQL "INSERT INTO pgkeel.chunk VALUES (1, 0, 'l', 0, 0, 3, 3, 0, 0, now());",
    .passes = JOURNAL_SQL "INSERT INTO pgkeel.chunk VALUES (1, 0, 'l', 0, 0, 4, 3, 0, 1, now());",
    .run = run,
};
