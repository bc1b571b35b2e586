/* Several at once: the same command twice does the work once; different sources share a journal
 * that none of them found there. */
#include "stand.h"
#include "tests/lib/tap.h"

enum { ROUNDS = 20, TOGETHER = 4 };

static keel_scratch *cluster;

/* One works; the other says so, or comes after it and finds it complete or finishes it. */
static void test_same_command(const char *source, const stand_reference *reference, int round)
{
    char conninfo[CLUSTER_CONNINFO_SIZE], name[32];
    int codes[2], done = 0;
    pid_t processes[2];

    snprintf(name, sizeof name, "same_%d", round);
    bool warm = round % 2 ==
                0; /* tables that exist: nothing but the journal keeps rows from being doubled */
    KEEL_CLEANUP(keel_pg_close_p)
    keel_pg *pg = stand_database(cluster, name, warm ? "warm" : NULL, conninfo);
    for (int i = 0; i < 2; i++)
        processes[i] = stand_transfer(NULL, source, conninfo, "--keys", warm ? "remap" : "keep");
    for (int i = 0; i < 2; i++)
        codes[i] = stand_finish(processes[i]);
    for (int i = 0; i < 2; i++) {
        done += codes[i] == reference->exit_code;
        if (codes[i] == 2 && strstr(stand_said(processes[i]), "run ") == NULL)
            ok(false, "the other one says which run is at work: %s", stand_said(processes[i]));
    }
    ok(done >= 1 && (codes[0] == codes[1] || codes[0] == 2 || codes[1] == 2),
       "round %d: exit codes %d and %d", round, codes[0], codes[1]);
    is_str(stand_difference(pg, reference), NULL, "round %d: once", round);
    is_str(cluster_value(pg, "SELECT count(*) FROM pgkeel.run"), warm ? "2" : "1",
           "round %d: one run", round);
}

static void test_different_sources(int round)
{
    char conninfo[CLUSTER_CONNINFO_SIZE], name[32], file[32], tables[TOGETHER][8];
    pid_t processes[TOGETHER];

    snprintf(name, sizeof name, "different_%d", round);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, name, conninfo);
    for (int i = 0; i < TOGETHER; i++) {
        snprintf(file, sizeof file, "other-%d-%d.db", round, i);
        snprintf(tables[i], sizeof tables[i], "s%d", i);
        processes[i] =
            stand_transfer(NULL, stand_other_source(file), conninfo, "--schema", tables[i]);
    }
    for (int i = 0; i < TOGETHER; i++)
        if (!is_int(stand_finish(processes[i]), 0, "round %d: source %d arrives", round, i))
            printf("# %s\n", stand_said(processes[i]));
    is_str(
        cluster_value(
            pg,
            "SELECT count(*) || ' ' || sum(inserted) FROM pgkeel.run JOIN pgkeel.chunk USING (run)"
            " WHERE state = 'complete'"),
        "4 8", "round %d: four runs, all rows", round);
}

int main(int argc, char **argv)
{
    stand_reference keep, remap;

    stand_open(argc, argv);
    cluster = cluster_start(NULL);
    const char *source = stand_source("source.db", 3000, "s");
    stand_template(cluster, "warm", stand_source("earlier.db", 600, "e"));
    stand_template(cluster, "fresh", stand_other_source("other.db"));
    stand_refer(cluster, source, "fresh", "keep", &keep);
    stand_refer(cluster, source, "warm", "remap", &remap);
    for (int round = 1; round <= ROUNDS; round++)
        test_same_command(source, round % 2 == 0 ? &remap : &keep, round);
    for (int round = 1; round <= 5; round++)
        test_different_sources(round);
    return done_testing();
}
