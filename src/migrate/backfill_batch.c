#include "base/fault.h"
#include "migrate/backfill_job.h"

static void add_columns(const keel_backfill_job *job, const char *ending, keel_str *out)
{
    for (size_t i = 0; i < job->key.count; i++) {
        keel_str_addf(out, "%s%s.", i > 0 ? ", " : "", job->qualified);
        keel_pg_add_identifier(out, job->key.items[i].name);
        keel_str_add(out, ending);
    }
}

/* (key) OPERATOR (parameters from number `first` on); a row comparison goes by the key's order, column after column. */
static void add_bound(const keel_backfill_job *job, const char *operator, size_t first, keel_str *out)
{
    keel_str_addc(out, '(');
    add_columns(job, "", out);
    keel_str_addf(out, ") %s (", operator);
    for (size_t i = 0; i < job->key.count; i++)
        keel_str_addf(out, "%s$%zu::%s", i > 0 ? ", " : "", first + i, job->key.items[i].type);
    keel_str_addc(out, ')');
}

void keel_backfill_add_update(const keel_backfill_job *job, bool first, keel_str *out)
{
    keel_str_addf(out, "UPDATE %s SET %s\nWHERE ", job->qualified, job->options->set);
    if (!first) {
        add_bound(job, ">", job->key.count + 1, out);
        keel_str_add(out, " AND ");
    }
    add_bound(job, "<=", 1, out);
    if (job->options->where != NULL)
        keel_str_addf(out, " AND (%s\n)", job->options->where);
}

/* The last of the next `size` keys, and how many there are. */
static void add_next_keys(const keel_backfill_job *job, int64_t size, keel_str *out)
{
    keel_str_add(out, "SELECT count(*) OVER ()");
    for (size_t i = 0; i < job->key.count; i++)
        keel_str_addf(out, ", k.k%zu::text", i);
    keel_str_add(out, " FROM (SELECT pg_catalog.row_number() OVER () AS n");
    for (size_t i = 0; i < job->key.count; i++)
        keel_str_addf(out, ", s.k%zu", i);
    keel_str_add(out, " FROM (SELECT ");
    for (size_t i = 0; i < job->key.count; i++) {
        keel_str_addf(out, "%s%s.", i > 0 ? ", " : "", job->qualified);
        keel_pg_add_identifier(out, job->key.items[i].name);
        keel_str_addf(out, " AS k%zu", i);
    }
    keel_str_addf(out, " FROM %s", job->qualified);
    if (job->last != NULL) {
        keel_str_add(out, " WHERE ");
        add_bound(job, ">", 1, out);
    }
    keel_str_add(out, " ORDER BY ");
    add_columns(job, "", out);
    keel_str_addf(out, " LIMIT %lld) s) k ORDER BY k.n DESC LIMIT 1", (long long)size);
}

/* *ret_keys 0: none are left, and `high` is untouched. */
static bool next_keys(keel_backfill_job *job, int64_t size, const char **high, int64_t *ret_keys, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    add_next_keys(job, size, &sql);
    if (!keel_pg_query(job->session.work, &r, err, keel_str_text(&sql), job->last != NULL ? (int)job->key.count : 0,
                       job->last))
        return false;
    *ret_keys = keel_pg_rows(r) > 0 ? keel_pg_int(r, 0, 0) : 0;
    for (size_t i = 0; *ret_keys > 0 && i < job->key.count; i++)
        high[i] = keel_arena_strdup(job->arena, keel_pg_text(r, 0, (int)i + 1));
    return true;
}

static bool update(keel_backfill_job *job, const char *const *high, int64_t *ret_rows, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const char *params[2 * KEEL_BACKFILL_KEY_COLUMNS];

    for (size_t i = 0; i < job->key.count; i++) {
        params[i] = high[i];
        params[job->key.count + i] = job->last != NULL ? job->last[i] : NULL;
    }
    keel_backfill_add_update(job, job->last == NULL, &sql);
    if (!keel_pg_query(job->session.work, &r, err, keel_str_text(&sql),
                       (int)job->key.count * (job->last != NULL ? 2 : 1), params))
        return false;
    *ret_rows = keel_pg_affected(r);
    return true;
}

static bool run_transaction(keel_backfill_job *job, int64_t size, const char **high, int64_t *ret_keys, int64_t *ret_rows,
                            keel_error *err)
{
    if (!keel_pg_execf(job->session.work, err, "BEGIN; SET LOCAL lock_timeout = %lld",
                       (long long)KEEL_MAX(job->options->lock_timeout / 1000, 1)) ||
        !next_keys(job, size, high, ret_keys, err))
        return false;
    if (*ret_keys == 0)
        return keel_backfill_finish(job, err) && keel_pg_exec(job->session.work, err, "COMMIT");
    return update(job, high, ret_rows, err) && keel_backfill_save(job, high, *ret_rows, err) &&
           keel_fault("backfill.before_commit") && keel_pg_exec(job->session.work, err, "COMMIT") &&
           keel_fault("backfill.after_commit");
}

static bool passes(const keel_error *err)
{
    return keel_streq(err->sqlstate, "55P03") || keel_streq(err->sqlstate, "40P01") || keel_streq(err->sqlstate, "40001");
}

/* Doubles from 100 ms to 5 s; up to half of it by chance. */
static bool wait_again(keel_backfill_job *job, int attempt)
{
    enum { FIRST = 100000, LONGEST = 5000000 };
    keel_usec pause = KEEL_MIN((keel_usec)FIRST << KEEL_MIN(attempt, 10), (keel_usec)LONGEST);

    return keel_backfill_sleep(job, pause / 2 + (keel_usec)rand_r(&job->random) % (pause / 2));
}

static bool give_up(const keel_backfill_job *job, int attempt, keel_error *err)
{
    keel_fail_context(err, "table \"%s\"", job->result->table);
    if (!passes(err))
        return keel_fail_hint(err, "The batch was rolled back, those before it stay; the same command goes on behind them.");
    keel_fail_context(err, "rows stayed locked through %d attempts", attempt + 1);
    return keel_fail_hint(err, "End the transaction that holds them (pg_stat_activity, pg_blocking_pids), or give more time "
                               "with --lock-timeout; the same command goes on behind the last batch.");
}

bool keel_backfill_batch(keel_backfill_job *job, int64_t *size, int64_t *ret_keys, int64_t *ret_rows, keel_error *err)
{
    const char *high[KEEL_BACKFILL_KEY_COLUMNS] = {NULL};

    for (int attempt = 0;; attempt++) {
        int64_t keys = 0, rows = 0;
        if (run_transaction(job, *size, high, &keys, &rows, err)) {
            *ret_keys = keys;
            *ret_rows = rows;
            if (keys > 0)
                job->last = memcpy(keel_arena_alloc(job->arena, sizeof high), high, job->key.count * sizeof *high);
            return true;
        }
        keel_pg_rollback(job->session.work);
        if (!passes(err) || attempt >= job->options->retries)
            return give_up(job, attempt, err);
        keel_progress_note(job->session.progress, "%s: %s; once more with half the keys", job->result->table, err->message);
        *size = KEEL_MAX(*size / 2, (int64_t)KEEL_BACKFILL_LEAST);
        if (!wait_again(job, attempt))
            return keel_fail(err, KEEL_ERR_CANCELLED, "stopped while rows were locked by others");
    }
}
