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

/* Into existing tables there is no step to build, into new ones no reference to be set later. */
static const char *const points_of_new_tables[] = {"transfer.before_step@1",
                                                   "transfer.after_step@2",
                                                   "transfer.after_keys@1",
                                                   "transfer.before_commit@1",
                                                   "transfer.after_commit@1",
                                                   "transfer.after_chunk@2",
                                                   "transfer.before_commit@4",
                                                   "transfer.after_commit@2",
                                                   "transfer.after_evict@1",
                                                   "transfer.before_step@1",
                                                   "transfer.after_step@1",
                                                   "transfer.after_step@2",
                                                   NULL};
/* Each point lies behind the one before it, however the two workers race: a kill before a commit makes no progress. */
static const char *const points_of_existing_tables[] = {
    "transfer.after_keys@1",    "transfer.before_commit@1", "transfer.before_commit@1", "transfer.after_commit@1",
    "transfer.before_commit@1", "transfer.after_evict@1",   "transfer.after_link@1",    "transfer.before_commit@1",
    "transfer.after_chunk@1",   NULL};

static void kills_at_points(const char *keys, const stand_reference *reference)
{
    char conninfo[CLUSTER_CONNINFO_SIZE], fault[64], what[64];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = next_database(keys, conninfo);
    int kills = 0, code = 128 + SIGKILL;
    const char *const *points =
        strcmp(keys, "keep") == 0 ? points_of_new_tables : points_of_existing_tables;

    for (size_t i = 0; code == 128 + SIGKILL && points[i] != NULL; i++) {
        snprintf(fault, sizeof fault, "%s:kill", points[i]);
        pid_t process = stand_transfer(fault, source, conninfo, "--keys", keys);
        code = stand_finish(process);
        kills += code == 128 + SIGKILL;
        printf("# %s: %s\n", fault,
               code == 2               ? stand_said(process)
               : code == 128 + SIGKILL ? "killed"
                                       : "ran through");
    }
    ok(kills >= 4, "%s: %d kills at fault points", keys, kills); /* a small file may end before the last points */
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

/* Two times that are one moment: the later row leaves when the unique key is built, and its
 * children and theirs must follow, though the process that took it out died in between. Their keys
 * would cascade. */
static const char conflict_sql[] =
    "CREATE TABLE event (id INTEGER PRIMARY KEY, at TIMESTAMP NOT NULL UNIQUE);"
    "CREATE TABLE part (id INTEGER PRIMARY KEY, event INTEGER NOT NULL REFERENCES event (id) ON "
    "DELETE CASCADE);"
    "CREATE TABLE piece (id INTEGER PRIMARY KEY, part INTEGER NOT NULL REFERENCES part (id) ON "
    "DELETE CASCADE);"
    "INSERT INTO event VALUES (1, '2020-01-01 00:00:00'), (2, '2020-01-01T00:00:00Z'), (3, "
    "'2020-01-02 00:00:00');"
    "INSERT INTO part SELECT value, 1 + value % 3 FROM json_each('[1,2,3,4,5,6]');"
    "INSERT INTO piece SELECT value, 1 + value % 6 FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12]')";

static void test_conflict(void)
{
    static const char *const faults[] = {"transfer.after_evict@1:kill",
                                         "transfer.after_evict@2:kill", NULL};
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "conflict", conninfo);
    const char *path = stand_sql_source("conflict.db", conflict_sql);

    for (int i = 0; i < 2; i++)
        is_int(stand_finish(stand_transfer(faults[i], path, conninfo, NULL, NULL)), 128 + SIGKILL,
               "killed at %s", faults[i]);
    is_int(stand_finish(stand_transfer(NULL, path, conninfo, NULL, NULL)), 1,
           "then it ends with rejects");
    is_str(cluster_value(
               pg,
               "SELECT concat_ws(' ', (SELECT count(*) FROM event), (SELECT count(*) FROM part),"
               " (SELECT count(*) FROM piece), (SELECT count(*) FROM pgkeel.reject))"),
           "2 4 8 7", "the row, its children and theirs are rejects, all others there");
    is_int(stand_verify(conninfo), 0, "verify finds nothing");
}

int main(int argc, char **argv)
{
    stand_open(argc, argv);
    cluster = cluster_start(NULL);
    source = stand_source("source.db", stand_rows(), "s");
    stand_template(cluster, "fresh", stand_other_source("other.db"));
    stand_template(cluster, "warm", stand_source("earlier.db", 6000, "e"));
    test_conflict();
    int kills = kill_and_resume("keep") + kill_and_resume("remap");
    ok(kills >= 2 * RANDOM_KILLS, "%d random kills in all", kills);
    return done_testing();
}
