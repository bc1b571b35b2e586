#include "base/json_out.h"
#include "journal/journal.h"
#include "migrate/backfill_job.h"
#include "sql/hash.h"

void keel_backfill_identify(keel_backfill_job *job)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    char hash[KEEL_SQL_HASH_SIZE];

    keel_str_addf(&text, "UPDATE %s SET %s\nWHERE %s\nORDER BY", job->qualified, job->options->set,
                  job->options->where != NULL ? job->options->where : "true");
    for (size_t i = 0; i < job->key.count; i++) {
        keel_str_add(&text, i > 0 ? ", " : " ");
        keel_pg_add_identifier(&text, job->key.items[i].name);
    }
    keel_sql_hash_tokens(keel_str_text(&text), text.size, hash);
    job->result->id = keel_arena_strdup(job->arena, hash);
}

static void fill_last(keel_backfill_job *job, const keel_pg_result *r)
{
    if (keel_pg_is_null(r, 0, 4))
        return;
    job->last = keel_arena_alloc(job->arena, job->key.count * sizeof *job->last);
    for (size_t i = 0; i < job->key.count; i++) /* a column of key values for each, from the fifth on */
        job->last[i] = keel_arena_strdup(job->arena, keel_pg_text(r, 0, 4 + (int)i));
}

bool keel_backfill_load(keel_backfill_job *job, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    keel_backfill_result *result = job->result;
    bool exists = false;

    if (!keel_pg_query(job->session.work, &r, err, "SELECT pg_catalog.to_regclass('pgkeel.backfill') IS NOT NULL", 0, NULL))
        return false;
    exists = keel_pg_bool(r, 0, 0);
    keel_pg_result_free(r);
    r = NULL;
    if (!exists)
        return true;
    keel_str_add(&sql, "SELECT state, rows_done, batches, pg_catalog.to_char(updated_at, 'YYYY-MM-DD HH24:MI')");
    for (size_t i = 0; i < job->key.count; i++)
        keel_str_addf(&sql, ", last_key::json ->> %zu", i);
    keel_str_add(&sql, " FROM pgkeel.backfill WHERE backfill = $1");
    if (!keel_pg_query(job->session.work, &r, err, keel_str_text(&sql), 1, &result->id))
        return keel_fail_context(err, "read the journal");
    if (keel_pg_rows(r) == 0)
        return true;
    result->was_complete = keel_streq(keel_pg_text(r, 0, 0), "complete");
    result->resumed = !result->was_complete;
    result->total_rows = keel_pg_int(r, 0, 1);
    result->total_batches = keel_pg_int(r, 0, 2);
    result->since = keel_arena_strdup(job->arena, keel_pg_text(r, 0, 3));
    fill_last(job, r);
    return true;
}

static void add_definition(const keel_backfill_job *job, keel_str *out)
{
    keel_json json;

    keel_json_start(&json, out, false);
    keel_json_object(&json);
    keel_json_kv_text(&json, "table", job->result->table);
    keel_json_kv_text(&json, "set", job->options->set);
    keel_json_kv_text(&json, "where", job->options->where);
    keel_json_kv_text(&json, "key", job->result->key);
    keel_json_end_object(&json);
}

bool keel_backfill_begin(keel_backfill_job *job, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str definition = {0};

    if (job->result->resumed)
        return true;
    add_definition(job, &definition);
    const char *params[] = {job->result->id, keel_str_text(&definition)};
    job->last = NULL;
    job->result->was_complete = false;
    job->result->total_rows = job->result->total_batches = 0;
    return keel_pg_query(job->session.work, &r, err,
                         "INSERT INTO pgkeel.backfill (backfill, definition, state) VALUES ($1, $2::jsonb, 'running')"
                         " ON CONFLICT (backfill) DO UPDATE SET state = 'running', last_key = NULL, rows_done = 0,"
                         " batches = 0, started_at = clock_timestamp(), updated_at = clock_timestamp()",
                         2, params);
}

bool keel_backfill_save(keel_backfill_job *job, const char *const *last, int64_t rows, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const char *params[KEEL_BACKFILL_KEY_COLUMNS + 2];
    char rows_text[24];

    snprintf(rows_text, sizeof rows_text, "%lld", (long long)rows);
    params[0] = job->result->id;
    params[1] = rows_text;
    keel_str_add(&sql, "UPDATE pgkeel.backfill SET rows_done = rows_done + $2::bigint, batches = batches + 1,"
                       " updated_at = clock_timestamp(), last_key = pg_catalog.json_build_array(");
    for (size_t i = 0; i < job->key.count; i++) {
        keel_str_addf(&sql, "%s$%zu::text", i > 0 ? ", " : "", i + 3);
        params[i + 2] = last[i];
    }
    keel_str_add(&sql, ")::text WHERE backfill = $1 AND state = 'running'");
    if (!keel_pg_query(job->session.work, &r, err, keel_str_text(&sql), (int)job->key.count + 2, params))
        return false;
    if (keel_pg_affected(r) == 1)
        return true;
    keel_fail(err, KEEL_ERR_CHANGED, "the journal's row of this backfill is gone");
    return keel_fail_hint(err, "Somebody has removed it; what was committed stays. The same command begins anew.");
}

bool keel_backfill_finish(keel_backfill_job *job, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;

    return keel_pg_query(job->session.work, &r, err,
                         "UPDATE pgkeel.backfill SET state = 'complete', updated_at = clock_timestamp() WHERE backfill = $1",
                         1, &job->result->id);
}
