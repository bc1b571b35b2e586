/* What stops migrate from outside: no room on the disk, rights that are gone in the middle of a run. The cause is said, with
 * file and line; once it is gone the same command goes on where it stopped. */
#include <errno.h>
#include <sys/stat.h>

#include "disk.h"
#include "tests/lib/tap.h"

static keel_scratch *cluster;

typedef struct place {
    const char *folder;
    char conninfo[CLUSTER_CONNINFO_SIZE];
    keel_pg *pg;
} place;

static void open_place(place *p, const char *name, const char *text)
{
    char path[600];

    p->pg = cluster_database(cluster, name, p->conninfo);
    p->folder = stand_path(name);
    mkdir(p->folder, 0755);
    snprintf(path, sizeof path, "%s/1_a.sql", p->folder);
    FILE *file = fopen(path, "we");
    bool good = file != NULL && fputs(text, file) >= 0;
    if (file == NULL || fclose(file) != 0 || !good)
        stand_bail_out("write a migration", path);
    printf("# %s\n", name);
}

static pid_t up(const place *p, const char *conninfo)
{
    return stand_start(NULL, "migrate", "up", "--dir", p->folder, "--db", conninfo, NULL);
}

static void stops(const place *p, const char *conninfo, const char *why, const char *where)
{
    pid_t process = up(p, conninfo);

    is_int(stand_finish(process), 2, "it stops: exit code 2");
    ok(stand_says(process, why), "says why");
    ok(stand_says(process, where), "and where");
}

static const char *steps_done(const place *p)
{
    return cluster_value(p->pg, "SELECT count(*) FROM pgkeel.migration_step WHERE state = 'done'");
}

/* S4-40. The second step's rows have no room; later the fourth's index has none, and leaves nothing INVALID behind. */
static void test_disk(const char *disk)
{
    char sql[700], data[600];
    place p;

    open_place(&p, "disk", "-- pgkeel:up\nCREATE TABLE a (id int, pad text) TABLESPACE small;\n-- pgkeel:step\n"
                           "INSERT INTO a SELECT i, (SELECT string_agg(md5(i || '-' || k), '') FROM generate_series(1, 30) k)"
                           " FROM generate_series(1, 6000) i;\n-- pgkeel:step\n"
                           "ALTER TABLE a ALTER id SET STATISTICS 10;\n"
                           "CREATE INDEX CONCURRENTLY a_pad ON a (pad, id) TABLESPACE small;\nALTER TABLE a ADD COLUMN last int;\n");
    snprintf(data, sizeof data, "%s/data", keel_scratch_directory(cluster));
    disk_give_to_owner_of(data);
    snprintf(sql, sizeof sql, "CREATE TABLESPACE small LOCATION '%s'", disk);
    cluster_exec(p.pg, sql);
    stops(&p, p.conninfo, "Check free disk space", "1_a.sql:4");
    is_str(steps_done(&p), "1", "the step before stays");
    is_str(cluster_value(p.pg, "SELECT count(*) FROM a"), "0", "nothing of the one that failed does");
    disk_enlarge("size=11m");
    stops(&p, p.conninfo, "Check free disk space", "1_a.sql:7");
    is_str(steps_done(&p), "3", "two steps on");
    is_str(cluster_value(p.pg, "SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass"), "0", "no INVALID index is left");
    disk_enlarge("size=60m");
    is_int(stand_finish(up(&p, p.conninfo)), 0, "with room it goes on");
    is_str(cluster_value(p.pg, "SELECT count(*) || ' ' || count(DISTINCT id) FROM a"), "6000 6000", "each step once");
    is_str(cluster_value(p.pg, "SELECT bool_and(indisvalid)::text || count(*) FROM pg_index WHERE indrelid = 'a'::regclass"), "true1",
           "with its index");
    cluster_exec(p.pg, "DROP TABLE a");
    cluster_exec(p.pg, "DROP TABLESPACE small");
    keel_pg_close(p.pg);
}

/* S1-57. Rights go while the second step waits for a lock that the test holds. */
static void test_rights(void)
{
    char conninfo[CLUSTER_CONNINFO_SIZE + 16];
    place p;

    open_place(&p, "rights", "-- pgkeel:up\nCREATE TABLE a (id int);\n-- pgkeel:step\nSELECT pg_advisory_xact_lock(42);\n"
                             "-- pgkeel:step\nCREATE TABLE b (id int);\n-- pgkeel:step\nCREATE INDEX CONCURRENTLY a_id ON a (id);\n");
    cluster_exec(p.pg, "CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE rights TO app; GRANT CREATE ON SCHEMA public TO app;"
                       "SELECT pg_advisory_lock(42)");
    snprintf(conninfo, sizeof conninfo, "%s user=app", p.conninfo);
    pid_t process = up(&p, conninfo);
    ok(stand_until(p.pg, "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"), "in the middle of its run");
    cluster_exec(p.pg, "REVOKE CREATE ON SCHEMA public FROM app; SELECT pg_advisory_unlock(42)");
    is_int(stand_finish(process), 2, "the rights are gone: exit code 2");
    ok(stand_says(process, "permission denied for schema public"), "says why");
    ok(stand_says(process, "1_a.sql:6"), "and where");
    is_str(steps_done(&p), "2", "the steps before stay");
    stops(&p, conninfo, "permission denied for schema public", "1_a.sql:6");
    cluster_exec(p.pg, "GRANT CREATE ON SCHEMA public TO app; ALTER TABLE a OWNER TO postgres");
    stops(&p, conninfo, "must be owner of table a", "1_a.sql:8");
    is_str(steps_done(&p), "3", "one step on");
    cluster_exec(p.pg, "ALTER TABLE a OWNER TO app");
    is_int(stand_finish(up(&p, conninfo)), 0, "with its rights it goes on");
    is_str(cluster_value(p.pg, "SELECT string_agg(state, ' ') FROM pgkeel.migration_step"), "done done done done", "to the end");
    keel_pg_close(p.pg);
}

/* The journal is somebody else's. */
static void test_journal_rights(void)
{
    char conninfo[CLUSTER_CONNINFO_SIZE + 16];
    place p;

    open_place(&p, "journal", "-- pgkeel:up\nCREATE TABLE a (id int);\n");
    is_int(stand_finish(up(&p, p.conninfo)), 0, "applied by its owner");
    snprintf(conninfo, sizeof conninfo, "%s user=app", p.conninfo);
    stops(&p, conninfo, "permission denied for schema pgkeel", "GRANT that role to this one");
    keel_pg_close(p.pg);
}

int main(int argc, char **argv)
{
    stand_open(argc, argv);
    const char *disk = disk_mount("size=2m");
    cluster = cluster_start(NULL);
    if (disk != NULL)
        test_disk(disk);
    else
        printf("# no tmpfs can be mounted: %s\n", strerror(errno));
    test_rights();
    test_journal_rights();
    keel_scratch_stop(cluster);
    disk_unmount();
    return done_testing();
}
