/* What administrators and applications do to a run: timeouts on the role, locks on its tables, a
 * table that is gone. */
#include <signal.h>

#include "stand.h"
#include "tests/lib/tap.h"

static const char *source;
static keel_scratch *cluster;

static const char lock_waits_sql[] =
    "SELECT count(*) > 0 FROM pg_catalog.pg_stat_activity WHERE datname = current_database()"
    " AND application_name LIKE 'pgkeel transfer%' AND wait_event_type = 'Lock'";

/* The role's own timeouts would cut a chunk; its isolation level would see an old journal. */
static void test_role(const stand_reference *reference)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = stand_database(cluster, "role", "fresh", conninfo);

    cluster_exec(pg, "ALTER DATABASE role SET statement_timeout = '20ms';"
                     "ALTER DATABASE role SET idle_in_transaction_session_timeout = '20ms';"
                     "ALTER DATABASE role SET lock_timeout = '20ms';"
                     "ALTER DATABASE role SET default_transaction_isolation = 'serializable'");
    pid_t process = stand_transfer(NULL, source, conninfo, "--keys", "keep");
    if (!is_int(stand_finish(process), reference->exit_code, "timeouts of the role do not matter"))
        printf("# %s\n", stand_said(process));
    is_str(stand_difference(pg, reference), NULL, "timeouts of the role: as if there were none");
}

/* A load waits as long as it takes. */
static void test_lock_while_loading(const stand_reference *reference)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p)
    keel_pg *pg = stand_database(cluster, "loading", "warm", conninfo);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *holder = cluster_connect(conninfo);

    cluster_exec(holder, "BEGIN; LOCK TABLE tag IN SHARE MODE");
    pid_t process = stand_transfer(NULL, source, conninfo, "--keys", "remap");
    ok(stand_until(pg, lock_waits_sql), "a load waits for a lock");
    cluster_exec(holder, "COMMIT");
    is_int(stand_finish(process), reference->exit_code, "and goes on when it is free");
    is_str(stand_difference(pg, reference), NULL, "a lock while loading: as if there was none");
}

/* What changes tables gives up after 10 s, so that nobody queues behind it. */
static void test_lock_while_creating(const stand_reference *reference)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p)
    keel_pg *pg = stand_database(cluster, "creating", "fresh", conninfo);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *holder = cluster_connect(conninfo);

    cluster_exec(holder, "BEGIN; CREATE TABLE account (somebody_else integer)");
    pid_t process = stand_transfer(NULL, source, conninfo, "--keys", "keep");
    ok(stand_until(pg, lock_waits_sql), "CREATE TABLE waits for another session's");
    is_int(stand_finish(process), 2, "and gives up");
    ok(stand_says(process, "lock timeout") && stand_says(process, "run the same command again"),
       "it says why");
    cluster_exec(holder, "ROLLBACK");
    process = stand_transfer(NULL, source, conninfo, "--keys", "keep");
    is_int(stand_finish(process), reference->exit_code, "the same command goes on");
    is_str(stand_difference(pg, reference), NULL, "a lock while creating: as if there was none");
}

static void test_dropped_table(const stand_reference *reference)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p)
    keel_pg *pg = stand_database(cluster, "dropped", "fresh", conninfo);

    pid_t process =
        stand_transfer("transfer.after_commit@1:kill", source, conninfo, "--keys", "keep");
    is_int(stand_finish(process), 128 + SIGKILL, "a run dies");
    cluster_exec(pg, "DROP TABLE tag CASCADE");
    process = stand_transfer(NULL, source, conninfo, "--keys", "keep");
    is_int(stand_finish(process), 2, "and somebody drops a table of it: exit code 2");
    ok(stand_says(process, "\"public.tag\" has disappeared") && stand_says(process, "--restart"),
       "it says what to do");
    process = stand_transfer(NULL, source, conninfo, "--restart", NULL);
    if (!is_int(stand_finish(process), reference->exit_code, "--restart begins again"))
        printf("# %s\n", stand_said(process));
    is_str(stand_difference(pg, reference), NULL, "a table dropped: as if it had not been");
}

int main(int argc, char **argv)
{
    stand_reference keep, remap;

    stand_open(argc, argv);
    cluster = cluster_start(NULL);
    source = stand_source("source.db", stand_rows() / 4, "s");
    stand_template(cluster, "fresh", stand_other_source("other.db"));
    stand_template(cluster, "warm", stand_source("earlier.db", 6000, "e"));
    stand_refer(cluster, source, "fresh", "keep", &keep);
    stand_refer(cluster, source, "warm", "remap", &remap);
    test_role(&keep);
    test_lock_while_loading(&remap);
    test_lock_while_creating(&keep);
    test_dropped_table(&keep);
    return done_testing();
}
