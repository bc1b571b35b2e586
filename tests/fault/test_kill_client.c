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

/* One worker, so that every run passes its point whatever the machine is doing: each lies behind the one before it. The
 * words say how far the run has come when it dies there. */
typedef struct point {
    const char *fault, *when;
} point;

static const point points_of_new_tables[] = {
    {"transfer.before_step@1", "nothing is there"},
    {"transfer.after_step@2", "two tables stand"},
    {"transfer.before_step@2", "three tables stand"},
    {"transfer.after_keys@1", "all tables stand, and the keys of the tree are known"},
    {"transfer.before_commit@1", "a chunk was sent"},
    {"transfer.after_commit@1", "a chunk is there"},
    {"transfer.before_commit@1", "and another was sent"},
    {"transfer.after_chunk@1", "it is there"},
    {"transfer.after_commit@1", "and a third"},
    {"transfer.before_step@1", "all rows are there"},
    {"transfer.after_step@1", "an index is there"},
    {"transfer.after_step@2", "three indexes are there"},
    {"transfer.after_evict@1", "all indexes are there, and rows whose parents were rejected have left"},
    {"transfer.before_step@1", "the first foreign key is next"},
    {"transfer.after_step@1", "a foreign key is there"},
    {"transfer.after_step@4", "four are there, and one of them is validated"},
    {"transfer.before_step@3", "three are validated"},
    {NULL, NULL}};
/* There are no steps to build; references in the tree are set when all rows are there. */
static const point points_of_existing_tables[] = {
    {"transfer.after_keys@1", "the keys of the tree are given"},
    {"transfer.before_commit@1", "a chunk was sent"},
    {"transfer.after_commit@1", "a chunk is there"},
    {"transfer.before_commit@1", "and another was sent"},
    {"transfer.after_evict@1", "the tree is loaded, and who lost a parent has left"},
    {"transfer.before_commit@1", "a chunk behind the tree was sent"},
    {"transfer.after_chunk@1", "it is there"},
    {"transfer.after_commit@1", "and another"},
    {"transfer.after_link@1", "all rows are there, and references in the tree are set"},
    {NULL, NULL}};

static pid_t transfer_alone(const char *fault, const char *conninfo, const char *keys)
{
    char from[600];

    snprintf(from, sizeof from, "sqlite:%s", source);
    return stand_start(fault, "transfer", "run", "--from", from, "--to", conninfo, "--jobs", "1", "--keys", keys, NULL);
}

static void kills_at_points(const char *keys, const stand_reference *reference)
{
    char conninfo[CLUSTER_CONNINFO_SIZE], fault[64], what[64];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = next_database(keys, conninfo);
    int kills = 0;

    const point *points = strcmp(keys, "keep") == 0 ? points_of_new_tables : points_of_existing_tables;
    for (const point *p = points; p->fault != NULL; p++, kills++) {
        snprintf(fault, sizeof fault, "%s:kill", p->fault);
        pid_t process = transfer_alone(fault, conninfo, keys);
        int code = stand_finish(process);
        if (!is_int(code, 128 + SIGKILL, "%s: killed at %s: %s", keys, p->fault, p->when))
            printf("# %s\n", stand_said(process));
    }
    pid_t process = transfer_alone(NULL, conninfo, keys);
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
