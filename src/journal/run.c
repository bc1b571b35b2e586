/* Runs and their tables. */
#include <stdlib.h>

#include "base/clock.h"
#include "journal/journal.h"

static const char create_sql[] =
    "INSERT INTO pgkeel.run (base_run, mode, state, source, source_facts, target, mapping_file, mapping, options,"
    " pgkeel_version, system_identifier, database_oid, journal_oid)"
    " SELECT nullif($1::bigint, 0), $2, 'running', $3, $4::jsonb, $5, $6, $7, $8::jsonb, $9,"
    " (SELECT system_identifier FROM pg_catalog.pg_control_system()), d.oid, 'pgkeel.chunk'::regclass"
    " FROM pg_catalog.pg_database d WHERE d.datname = current_database() RETURNING run";

bool keel_journal_run_create(keel_pg *pg, const keel_run *run, int64_t *ret_run, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    char base[24];
    const char *params[] = {base,        run->mode,         run->source,  run->source_facts, run->target,
                            run->mapping_file, run->mapping, run->options, KEEL_VERSION};

    snprintf(base, sizeof base, "%lld", (long long)run->base_run);
    if (!keel_pg_query(pg, &result, err, create_sql, KEEL_COUNT_OF(params), params))
        return keel_fail_context(err, "write the run into the journal");
    *ret_run = keel_pg_int(result, 0, 0);
    return true;
}

#define RUN_COLUMNS                                                                                              \
    "r.run, coalesce(r.base_run, 0), r.mode, r.state, r.source, r.source_facts, r.target, r.mapping_file,"       \
    " r.mapping, r.options, to_char(r.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"         \
    " to_char(r.finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), coalesce(r.exit_code, -1),"   \
    " r.system_identifier = (SELECT system_identifier FROM pg_catalog.pg_control_system())"                      \
    " AND r.database_oid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())"          \
    " AND r.journal_oid = 'pgkeel.chunk'::regclass::oid"

static void read_run(const keel_pg_result *result, int row, keel_arena *arena, keel_run *run)
{
    *run = (keel_run){
        .run = keel_pg_int(result, row, 0),
        .base_run = keel_pg_int(result, row, 1),
        .mode = keel_arena_strdup(arena, keel_pg_text(result, row, 2)),
        .state = keel_arena_strdup(arena, keel_pg_text(result, row, 3)),
        .source = keel_arena_strdup(arena, keel_pg_text(result, row, 4)),
        .source_facts = keel_arena_strdup(arena, keel_pg_text(result, row, 5)),
        .target = keel_arena_strdup(arena, keel_pg_text(result, row, 6)),
        .mapping_file = keel_arena_strdup(arena, keel_pg_text(result, row, 7)),
        .mapping = keel_arena_strdup(arena, keel_pg_text(result, row, 8)),
        .options = keel_arena_strdup(arena, keel_pg_text(result, row, 9)),
        .started_at = keel_arena_strdup(arena, keel_pg_text(result, row, 10)),
        .finished_at = keel_arena_strdup(arena, keel_pg_text(result, row, 11)),
        .exit_code = (int)keel_pg_int(result, row, 12),
        .home = keel_pg_bool(result, row, 13),
    };
}

bool keel_journal_run_load(keel_pg *pg, keel_arena *arena, int64_t run, keel_run **ret_run, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    bool has = false;
    char number[24];
    const char *params[] = {number};

    if (!keel_journal_has_runs(pg, &has, err))
        return false;
    *ret_run = NULL;
    if (!has)
        return true;
    snprintf(number, sizeof number, "%lld", (long long)run);
    if (!keel_pg_query(pg, &result, err,
                       "SELECT " RUN_COLUMNS " FROM pgkeel.run r WHERE $1::bigint IN (0, r.run) ORDER BY r.run DESC LIMIT 1",
                       1, params))
        return keel_fail_context(err, "read the journal");
    if (keel_pg_rows(result) == 0)
        return true;
    *ret_run = keel_arena_alloc(arena, sizeof **ret_run);
    read_run(result, 0, arena, *ret_run);
    return true;
}

bool keel_journal_runs(keel_pg *pg, keel_arena *arena, keel_run **ret_runs, size_t *ret_count, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    bool has = false;

    if (!keel_journal_has_runs(pg, &has, err))
        return false;
    *ret_runs = NULL;
    *ret_count = 0;
    if (!has)
        return true;
    if (!keel_pg_query(pg, &result, err, "SELECT " RUN_COLUMNS " FROM pgkeel.run r ORDER BY r.run DESC", 0, NULL))
        return keel_fail_context(err, "read the journal");
    *ret_count = (size_t)keel_pg_rows(result);
    *ret_runs = keel_arena_alloc(arena, (*ret_count + 1) * sizeof **ret_runs);
    for (size_t i = 0; i < *ret_count; i++)
        read_run(result, (int)i, arena, &(*ret_runs)[i]);
    return true;
}

/* The backend of a process that was killed needs a moment to notice; who is at work stays longer than that. */
static const keel_usec lock_patience = 3 * KEEL_SECOND;

static bool take_lock(keel_pg *pg, const char *number, bool *ret_taken, keel_error *err)
{
    const char *params[] = {number};
    keel_usec deadline = keel_monotonic() + lock_patience;

    for (;;) {
        KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
        if (!keel_pg_query(pg, &result, err, "SELECT pg_catalog.pg_try_advisory_lock(1801807212, $1::int)", 1, params))
            return false;
        *ret_taken = keel_pg_bool(result, 0, 0);
        if (*ret_taken || keel_monotonic() >= deadline)
            return true;
        keel_sleep(KEEL_SECOND / 20);
    }
}

bool keel_journal_run_lock(keel_pg *pg, int64_t run, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *holder = NULL;
    char number[24];
    const char *params[] = {number};
    bool taken = false;

    snprintf(number, sizeof number, "%lld", (long long)run);
    if (!take_lock(pg, number, &taken, err))
        return false;
    if (taken)
        return true;
    if (!keel_pg_query(pg, &holder, err,
                       "SELECT l.pid, coalesce(host(a.client_addr), 'this host'), a.backend_start::timestamp(0)"
                       " FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid"
                       " WHERE l.locktype = 'advisory' AND l.classid = 1801807212 AND l.objid = $1::int::oid AND l.granted",
                       1, params))
        return false;
    const char *pid = keel_pg_rows(holder) > 0 ? keel_pg_text(holder, 0, 0) : "?";
    const char *host = keel_pg_rows(holder) > 0 ? keel_pg_text(holder, 0, 1) : NULL;
    const char *since = keel_pg_rows(holder) > 0 ? keel_pg_text(holder, 0, 2) : NULL;
    keel_fail(err, KEEL_ERR_LOCKED, "run %s is already at work (backend %s from %s since %s)", number, pid,
              host != NULL ? host : "?", since != NULL ? since : "?");
    return keel_fail_hint(err, "Wait for it to end; `pgkeel transfer list` shows its progress.");
}

bool keel_journal_run_finish(keel_pg *pg, int64_t run, const char *state, int exit_code, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    char number[24], code[16];
    const char *params[] = {number, state, code};

    snprintf(number, sizeof number, "%lld", (long long)run);
    snprintf(code, sizeof code, "%d", exit_code);
    /* synchronous on purpose: it flushes every asynchronous chunk commit before it */
    if (!keel_pg_exec(pg, err, "SET synchronous_commit = on"))
        return false;
    return keel_pg_query(pg, &result, err,
                         "UPDATE pgkeel.run SET state = $2, exit_code = CASE WHEN $3::int >= 0 THEN $3::int ELSE exit_code END,"
                         " finished_at = CASE WHEN $2 IN ('complete', 'undone', 'abandoned') THEN now() END"
                         " WHERE run = $1::bigint",
                         3, params);
}

static void add_slices(keel_str *out, const keel_run_table *table)
{
    keel_str_add(out, "{");
    for (size_t i = 0; i < table->slice_count * 2; i++)
        keel_str_addf(out, "%s%lld", i > 0 ? "," : "", (long long)table->slices[i]);
    keel_str_add(out, "}");
}

bool keel_journal_run_table_add(keel_pg *pg, int64_t run, const keel_run_table *table, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str slices = {0};
    char number[24], tbl[16], rows[24];
    const char *params[] = {number,         tbl,
                            table->source,  table->schema,
                            table->name,    table->keys,
                            table->created ? "t" : "f",  table->had_rows ? "t" : "f",
                            table->by_rowid ? "t" : "f", rows,
                            table->key_column,           table->columns,
                            NULL};

    add_slices(&slices, table);
    params[12] = slices.data;
    snprintf(number, sizeof number, "%lld", (long long)run);
    snprintf(tbl, sizeof tbl, "%d", table->table);
    snprintf(rows, sizeof rows, "%lld", (long long)table->source_rows);
    return keel_pg_query(pg, &result, err,
                         "INSERT INTO pgkeel.run_table (run, tbl, source, target_schema, target_name, keys, created,"
                         " had_rows, by_rowid, source_rows, key_column, columns, slices) VALUES ($1::bigint, $2::int, $3,"
                         " $4, $5, $6, $7::bool, $8::bool, $9::bool, nullif($10::bigint, -1), $11, $12::jsonb, $13::bigint[])",
                         KEEL_COUNT_OF(params), params);
}

static int64_t *read_slices(keel_arena *arena, const char *literal, size_t *ret_count)
{
    struct {
        int64_t *items;
        size_t count, capacity;
    } values = {0};
    const char *at = literal + 1;

    while (*at != '\0' && *at != '}') {
        char *end;
        int64_t value = strtoll(at, &end, 10);
        keel_arena_push(arena, &values, value);
        at = *end == ',' ? end + 1 : end;
    }
    *ret_count = values.count / 2;
    return values.items;
}

static const char tables_sql[] =
    "SELECT t.tbl, t.source, t.target_schema, t.target_name, t.keys, t.created, t.had_rows, t.by_rowid,"
    " coalesce(t.source_rows, -1), t.key_column, t.columns, t.slices, t.undone, coalesce(c.rows_read, 0),"
    " coalesce(c.inserted, 0), coalesce(c.merged, 0), coalesce(c.rejected, 0), coalesce(c.seconds, 0)"
    " FROM pgkeel.run_table t LEFT JOIN (SELECT tbl, sum(rows_read) AS rows_read, sum(inserted) AS inserted,"
    " sum(merged) AS merged, sum(rejected) AS rejected, extract(epoch FROM max(committed_at) - min(committed_at))"
    " AS seconds FROM pgkeel.chunk WHERE run = $1::bigint AND kind IN ('l', 'e') GROUP BY tbl) c ON c.tbl = t.tbl"
    " WHERE t.run = $1::bigint ORDER BY t.tbl";

static void read_table(const keel_pg_result *result, int row, keel_arena *arena, keel_run_table *table)
{
    const char *seconds = keel_pg_text(result, row, 17);

    *table = (keel_run_table){
        .table = (int)keel_pg_int(result, row, 0),
        .source = keel_arena_strdup(arena, keel_pg_text(result, row, 1)),
        .schema = keel_arena_strdup(arena, keel_pg_text(result, row, 2)),
        .name = keel_arena_strdup(arena, keel_pg_text(result, row, 3)),
        .keys = keel_arena_strdup(arena, keel_pg_text(result, row, 4)),
        .created = keel_pg_bool(result, row, 5),
        .had_rows = keel_pg_bool(result, row, 6),
        .by_rowid = keel_pg_bool(result, row, 7),
        .source_rows = keel_pg_int(result, row, 8),
        .key_column = keel_arena_strdup(arena, keel_pg_text(result, row, 9)),
        .columns = keel_arena_strdup(arena, keel_pg_text(result, row, 10)),
        .undone = keel_pg_int(result, row, 12),
        .read = keel_pg_int(result, row, 13),
        .inserted = keel_pg_int(result, row, 14),
        .merged = keel_pg_int(result, row, 15),
        .rejected = keel_pg_int(result, row, 16),
        .seconds = seconds != NULL ? strtod(seconds, NULL) : 0,
    };
    table->slices = read_slices(arena, keel_pg_text(result, row, 11), &table->slice_count);
}

bool keel_journal_run_tables(keel_pg *pg, keel_arena *arena, int64_t run, keel_run_table **ret_tables, size_t *ret_count,
                             keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    char number[24];
    const char *params[] = {number};

    snprintf(number, sizeof number, "%lld", (long long)run);
    if (!keel_pg_query(pg, &result, err, tables_sql, 1, params))
        return keel_fail_context(err, "read the journal");
    *ret_count = (size_t)keel_pg_rows(result);
    *ret_tables = keel_arena_alloc(arena, (*ret_count + 1) * sizeof **ret_tables);
    for (size_t i = 0; i < *ret_count; i++)
        read_table(result, (int)i, arena, &(*ret_tables)[i]);
    return true;
}

bool keel_journal_run_table_counted(keel_pg *pg, int64_t run, int table, int64_t source_rows, keel_error *err)
{
    return keel_pg_execf(pg, err, "UPDATE pgkeel.run_table SET source_rows = %lld WHERE run = %lld AND tbl = %d",
                         (long long)source_rows, (long long)run, table);
}

bool keel_journal_step_done(keel_pg *pg, int64_t run, const char *step, bool *ret_done, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    char number[24];
    const char *params[] = {number, step};

    snprintf(number, sizeof number, "%lld", (long long)run);
    if (!keel_pg_query(pg, &result, err, "SELECT 1 FROM pgkeel.step WHERE run = $1::bigint AND step = $2", 2, params))
        return false;
    *ret_done = keel_pg_rows(result) > 0;
    return true;
}

bool keel_journal_step_record(keel_pg *pg, int64_t run, const char *step, const char *sql, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    char number[24];
    const char *params[] = {number, step, sql};

    snprintf(number, sizeof number, "%lld", (long long)run);
    return keel_pg_query(pg, &result, err,
                         "INSERT INTO pgkeel.step (run, step, statement) VALUES ($1::bigint, $2, $3)", 3, params);
}
