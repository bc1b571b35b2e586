#include "demo/kamiyo.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <unistd.h>

#include "base/memory.h"
#include "demo/kamiyo_table.h"

#define MOST_DIRT     10.0
#define MOST_EXPLOITS INT64_C(20000000)

static const char settings_sql[] = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA "
                                   "cache_size = -65536; PRAGMA foreign_keys = OFF; "
                                   "BEGIN";

static const keel_kamiyo_table *const tables[] = {
    /* parents before children */
    &keel_kamiyo_exploits,          &keel_kamiyo_sources,
    &keel_kamiyo_alerts_sent,       &keel_kamiyo_users,
    &keel_kamiyo_alert_preferences, &keel_kamiyo_community_submissions,
    &keel_kamiyo_user_reputation,   &keel_kamiyo_x402_payments,
    &keel_kamiyo_x402_tokens,       &keel_kamiyo_x402_usage,
    &keel_kamiyo_x402_analytics,
};

static void parents_free(keel_kamiyo_parents *parents)
{
    free(parents->ids);
    free(parents->rejected);
    free(parents->barren);
}

static void job_free(keel_kamiyo_job *job)
{
    parents_free(&job->exploits);
    parents_free(&job->users);
    parents_free(&job->payments);
    free(job->huge);
}

static void database_close(sqlite3 **db)
{
    sqlite3_close(*db);
}

static bool check_options(const keel_kamiyo_options *options, keel_error *err)
{
    if (options->exploits < 1 || options->exploits > MOST_EXPLOITS)
        return keel_fail(err, KEEL_ERR_USAGE, "the number of exploits must be 1 to %lld",
                         (long long)MOST_EXPLOITS);
    if (!isfinite(options->dirt) || options->dirt < 0 || options->dirt > MOST_DIRT)
        return keel_fail(err, KEEL_ERR_USAGE, "the dirt must be 0 to %g", MOST_DIRT);
    return true;
}

/* Creates the file, so that from here on it is ours to remove. */
static bool claim(const char *path, keel_error *err)
{
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);

    if (fd < 0) {
        keel_fail(err, KEEL_ERR_IO, "cannot create \"%s\": %s", path, strerror(errno));
        return keel_fail_hint(err, "Name a file that does not exist yet, in a folder that does.");
    }
    close(fd);
    return true;
}

static bool run(sqlite3 *db, const char *sql, const char *doing, keel_error *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK || keel_kamiyo_fail(db, err, doing);
}

static bool
write_all(keel_kamiyo_job *job, sqlite3 *db, keel_kamiyo_expected *expected, keel_error *err)
{
    if (!run(db, settings_sql, "start writing", err) ||
        !run(db, keel_kamiyo_tables_sql, "create the tables", err) ||
        !run(db, keel_kamiyo_x402_sql, "create the tables of x402", err))
        return false;
    for (size_t i = 0; i < KEEL_COUNT_OF(tables); i++)
        if (!keel_kamiyo_write(job, db, tables[i], expected, err))
            return false;
    return run(db, keel_kamiyo_indexes_sql, "create the indexes", err) &&
           run(db, "COMMIT", "commit", err);
}

static bool fill(const char *path,
                 const keel_kamiyo_options *options,
                 keel_kamiyo_expected *expected,
                 keel_error *err)
{
    KEEL_CLEANUP(job_free)
    keel_kamiyo_job job = {.options = options, .random = {.state = options->seed}};
    KEEL_CLEANUP(database_close) sqlite3 *db = NULL;

    job.huge = keel_alloc(KEEL_KAMIYO_HUGE);
    memset(job.huge, 'x', KEEL_KAMIYO_HUGE);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        return keel_kamiyo_fail(db, err, "open the file");
    return write_all(&job, db, expected, err);
}

bool keel_kamiyo_create(const char *path,
                        const keel_kamiyo_options *options,
                        keel_kamiyo_expected *ret_expected,
                        keel_error *err)
{
    keel_kamiyo_options chosen = *options;
    keel_kamiyo_expected expected = {0};

    if (chosen.exploits == 0)
        chosen.exploits = KEEL_KAMIYO_EXPLOITS;
    if (!check_options(&chosen, err) || !claim(path, err))
        return false;
    if (!fill(path, &chosen, &expected, err)) {
        unlink(path);
        return keel_fail_context(err, "making \"%s\"", path);
    }
    if (ret_expected != NULL)
        *ret_expected = expected;
    return true;
}
