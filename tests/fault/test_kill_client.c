/* kill -9 of pgkeel, at random moments and at each point where a transaction ends; the same command
 * goes on. */
#include <signal.h>
#include <stdlib.h>

#include "stand.h"
#include "tests/lib/tap.h"

enum { RANDOM_KILLS = 16, MOST_PER_DATABASE = 6 };

static const char *source;
static keel_scratch *cluster;
static int databases;

static const char *template_of(const char *keys)
{
    return strcmp(keys, "remap") == 0 ? "warm" : "fresh";
}

static keel_pg *next_database(const char *keys, char conninfo[CLUSTER_CONNINFO_SIZE])
{
    char name[32];

    snprintf(name, sizeof name, "kill_%s_%d", keys, ++databases);
    return stand_database(cluster, name, template_of(keys), conninfo);
}

static void check(keel_pg *pg,
                  const char *conninfo,
                  const stand_reference *reference,
                  int kills,
                  const char *what)
{
    is_str(stand_difference(pg, reference), NULL, "%s: as if nothing had happened", what);
    int64_t redone = stand_redone(pg) - reference->redone;
    ok(redone <= (int64_t)kills * STAND_JOBS, "%s: %lld chunks done again", what,
       (long long)redone);
    is_int(stand_verify(conninfo), 0, "%s: verify finds nothing", what);
}

static int random_kills(const char *keys, const stand_reference *reference, int wanted)
{
    char conninfo[CLUSTER_CONNINFO_SIZE], what[64];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = next_database(keys, conninfo);
    int kills = 0, code = STAND_STILL_RUNNING;

    for (;;) {
        pid_t process = stand_transfer(NULL, source, conninfo, "--keys", keys);
        keel_usec delay = (keel_usec)stand_random((uint64_t)reference->duration * 2 / 3);
        code = kills < wanted ? stand_wait(process, delay) : stand_finish(process);
        if (code != STAND_STILL_RUNNING) {
            if (code != reference->exit_code)
                printf("# %s\n", stand_said(process));
            break;
        }
        stand_kill(process, SIGKILL);
        kills++;
    }
    snprintf(what, sizeof what, "%s, %d random kills", keys, kills);
    is_int(code, reference->exit_code, "%s: ends as the reference did", what);
    check(pg, conninfo, reference, kills, what);
    return kills;
}

/* Into existing tables there is no step to build. */
static const char *const points[] = {
    "transfer.before_commit@1", "transfer.after_commit@1", "transfer.before_commit@2",
    "transfer.after_chunk@2",   "transfer.after_commit@2", "transfer.before_commit@4",
    "transfer.before_step@1",   "transfer.after_step@1",   "transfer.before_step@2",
    "transfer.after_step@2",
};

static void kills_at_points(const char *keys, const stand_reference *reference)
{
    char conninfo[CLUSTER_CONNINFO_SIZE], fault[64], what[64];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = next_database(keys, conninfo);
    int kills = 0, code = 128 + SIGKILL;

    for (size_t i = 0; code == 128 + SIGKILL && i < KEEL_COUNT_OF(points); i++) {
        snprintf(fault, sizeof fault, "%s:kill", points[i]);
        pid_t process = stand_transfer(fault, source, conninfo, "--keys", keys);
        code = stand_finish(process);
        kills += code == 128 + SIGKILL;
        if (code == 2)
            printf("# %s: %s\n", fault, stand_said(process));
    }
    ok(kills >= 6, "%s: %d kills at fault points", keys, kills);
    pid_t process = stand_transfer(NULL, source, conninfo, "--keys", keys);
    is_int(stand_finish(process), reference->exit_code, "%s: then it ends as the reference did",
           keys);
    snprintf(what, sizeof what, "%s, %d kills at points", keys, kills);
    check(pg, conninfo, reference, kills, what);
}

static int kill_and_resume(const char *keys)
{
    stand_reference reference;
    int kills = 0;

    stand_refer(cluster, source, template_of(keys), keys, &reference);
    while (kills < RANDOM_KILLS)
        kills += random_kills(keys, &reference, MOST_PER_DATABASE);
    kills_at_points(keys, &reference);
    return kills;
}

int main(int argc, char **argv)
{
    stand_open(argc, argv);
    cluster = cluster_start(NULL);
    source = stand_source("source.db", stand_rows(), "s");
    stand_template(cluster, "fresh", stand_other_source("other.db"));
    stand_template(cluster, "warm", stand_source("earlier.db", 6000, "e"));
    int kills = kill_and_resume("keep") + kill_and_resume("remap");
    ok(kills >= 2 * RANDOM_KILLS, "%d random kills in all", kills);
    return done_testing();
}
