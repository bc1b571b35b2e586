/* kill -9 of the server in the middle of a run: pgkeel says how to go on, and goes on when the
 * server is back. Chunks commit asynchronously, so the last of them may be gone; their journal rows
 * are gone with them. */
#include <stdlib.h>

#include "stand.h"
#include "tests/lib/tap.h"

enum { CRASHES = 10, MOST_PER_DATABASE = 4 };

static const char *source;
static keel_scratch *cluster;

static void crash(void)
{
    keel_error err;

    if (!keel_scratch_crash(cluster, &err))
        stand_bail_out("the server does not come back", err.message);
}

/* Crashes while pgkeel works; false if it was done before. */
static bool
crash_once(const char *conninfo, const char *keys, const stand_reference *reference, int *ret_code)
{
    pid_t process = stand_transfer(NULL, source, conninfo, "--keys", keys);

    *ret_code = stand_wait(process, (keel_usec)stand_random((uint64_t)reference->duration * 3 / 4));
    if (*ret_code != STAND_STILL_RUNNING)
        return false;
    crash();
    *ret_code = stand_finish(process);
    if (*ret_code == 2)
        ok(strstr(stand_said(process), "cannot connect") != NULL ||
               stand_says(process, "the same command again"),
           "a run whose server dies says how to go on");
    return *ret_code == 2;
}

static int crashes(const char *keys, const stand_reference *reference, int database)
{
    char conninfo[CLUSTER_CONNINFO_SIZE], name[32];
    int count = 0, code = 2;

    snprintf(name, sizeof name, "crash_%s_%d", keys, database);
    keel_pg_close(
        stand_database(cluster, name, strcmp(keys, "remap") == 0 ? "warm" : "fresh", conninfo));
    while (count < MOST_PER_DATABASE && crash_once(conninfo, keys, reference, &code))
        count++;
    if (count == MOST_PER_DATABASE)
        code = stand_finish(stand_transfer(NULL, source, conninfo, "--keys", keys));
    is_int(code, reference->exit_code, "%s, %d crashes: ends as the reference did", keys, count);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(conninfo);
    is_str(stand_difference(pg, reference), NULL, "%s, %d crashes: as if nothing had happened",
           keys, count);
    is_int(stand_verify(conninfo), 0, "%s, %d crashes: verify finds nothing", keys, count);
    return count;
}

int main(int argc, char **argv)
{
    keel_scratch_options durable = {.durable = true};
    stand_reference keep, remap;
    keel_error err;
    int count = 0;

    stand_open(argc, argv);
    if (!keel_scratch_start(&durable, &cluster, &err))
        stand_bail_out("no cluster", err.message);
    source = stand_source("source.db", stand_rows(), "s");
    stand_template(cluster, "fresh", stand_other_source("other.db"));
    stand_template(cluster, "warm", stand_source("earlier.db", 6000, "e"));
    stand_refer(cluster, source, "fresh", "keep", &keep);
    stand_refer(cluster, source, "warm", "remap", &remap);
    for (int database = 1; count < CRASHES; database++)
        count += database % 2 == 1 ? crashes("keep", &keep, database)
                                   : crashes("remap", &remap, database);
    ok(count >= CRASHES, "%d crashes in all", count);
    return done_testing();
}
