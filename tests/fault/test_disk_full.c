/* The server's disk is full: first where the tables are, then where everything is. A small tmpfs
 * stands for the disk; mounting one needs root. */
#include <errno.h>

#include "disk.h"
#include "tests/lib/tap.h"

static const char *source, *disk;

static const char loading_sql[] =
    "SELECT count(*) > 0 FROM pg_catalog.pg_stat_activity WHERE datname = current_database()"
    " AND application_name LIKE 'pgkeel transfer worker%' AND xact_start IS NOT NULL";

static void check_full(pid_t process, const char *what)
{
    is_int(stand_finish(process), 2, "%s: exit code 2", what);
    ok(stand_says(process, "run the same command again"), "%s: says how to go on", what);
}

static void check_resume(const char *conninfo, const stand_reference *reference, const char *what)
{
    pid_t process = stand_transfer(NULL, source, conninfo, "--keys", "keep");

    if (!is_int(stand_finish(process), reference->exit_code, "%s: goes on where there is room",
                what))
        printf("# %s\n", stand_said(process));
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(conninfo);
    is_str(stand_difference(pg, reference), NULL, "%s: as if nothing had happened", what);
    is_int(stand_verify(conninfo), 0, "%s: verify finds nothing", what);
}

/* The tables' tablespace is full, the rest of the server has room. */
static void test_tablespace(const stand_reference *reference, keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE], sql[1024], data[600];
    KEEL_CLEANUP(keel_pg_close_p)
    keel_pg *pg = stand_database(cluster, "tablespace", "fresh", conninfo);

    snprintf(data, sizeof data, "%s/data", keel_scratch_directory(cluster));
    disk_give_to_owner_of(data);
    snprintf(sql, sizeof sql, "CREATE TABLESPACE small LOCATION '%s'", disk);
    cluster_exec(pg, sql);
    cluster_exec(pg, "ALTER DATABASE tablespace SET default_tablespace = small");
    pid_t process = stand_transfer(NULL, source, conninfo, "--keys", "keep");
    check_full(process, "a full tablespace");
    ok(stand_says(process, "No space left on device"), "and names the cause");
    disk_enlarge("size=400m");
    check_resume(conninfo, reference, "a full tablespace");
}

/* The write-ahead log has no room either: the server goes down, and comes back when there is. */
static void test_whole_server(const stand_reference *reference)
{
    static const char *const settings[] = {"shared_buffers = 16MB", "min_wal_size = 32MB",
                                           "max_wal_size = 64MB", NULL};
    keel_scratch_options options = {.durable = true, .parent_dir = disk, .settings = settings};
    char conninfo[CLUSTER_CONNINFO_SIZE];
    keel_scratch *cluster = NULL;
    keel_error err;

    if (!keel_scratch_start(&options, &cluster, &err))
        stand_bail_out("no cluster", err.message);
    keel_pg_close(cluster_database(cluster, "whole", conninfo));
    /* The plan looks for room first: so somebody else fills the disk once the rows are on their
     * way. */
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(conninfo);
    pid_t process =
        stand_transfer("transfer.before_commit@1:stall:2", source, conninfo, "--keys", "keep");
    ok(stand_until(pg, loading_sql), "rows are on their way");
    disk_fill();
    check_full(process, "a full server");
    disk_enlarge("size=600m");
    if (!keel_scratch_crash(cluster, &err))
        stand_bail_out("the server does not come back", err.message);
    check_resume(conninfo, reference, "a full server");
    keel_scratch_stop(cluster);
}

int main(int argc, char **argv)
{
    stand_reference reference;

    stand_open(argc, argv);
    disk = disk_mount("size=2m");
    if (disk == NULL) {
        printf("1..0 # SKIP no tmpfs can be mounted: %s\n", strerror(errno));
        return 0;
    }
    source = stand_source("source.db", stand_rows(), "s");
    keel_scratch *cluster = cluster_start(NULL);
    stand_template(cluster, "fresh", stand_other_source("other.db"));
    stand_refer(cluster, source, "fresh", "keep", &reference);
    test_tablespace(&reference, cluster);
    keel_scratch_stop(cluster);
    disk_unmount();
    if (disk_mount("size=120m") != NULL)
        test_whole_server(&reference);
    disk_unmount();
    return done_testing();
}
