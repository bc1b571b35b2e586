/* kill -9 of migrate at every step boundary of a mixed plan of more than thirty steps, and of the server under it with
 * all its processes, up and down: the same command again ends in the catalogue of an undisturbed run, and no statement was executed twice. */
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "migrate/snapshot.h"
#include "stand.h"
#include "tests/lib/tap.h"

enum { FILES = 6, MOST_RUNS = 200 };

static keel_scratch *cluster;
static const char *folder;

/* Five steps up (two transactions, an index, a VACUUM, an index dropped) and five down. Each transactional step leaves a
 * row in "ran"; executing one twice would leave two. */
static const char text[] = "-- pgkeel:up\n"
                           "create table t# (id int primary key, a int not null, b text);\n"
                           "insert into t# select i, i % 97, repeat('x', 100) from generate_series(1, 3000) i;\n"
                           "insert into ran values ('up #.1');\n"
                           "create index concurrently t#_a on t# (a);\n"
                           "alter table t# add column c int;\n"
                           "insert into ran values ('up #.3');\n"
                           "create unique index concurrently t#_ab on t# (a, id);\n"
                           "drop index concurrently t#_a;\n"
                           "vacuum t#;\n"
                           "-- pgkeel:down\n"
                           "create index concurrently t#_a on t# (a);\n"
                           "drop index concurrently t#_ab;\n"
                           "alter table t# drop column c;\n"
                           "insert into ran values ('down #.3');\n"
                           "drop index concurrently t#_a;\n"
                           "drop table t#;\n"
                           "insert into ran values ('down #.5');\n";

static void write_file(int number)
{
    char path[512];

    snprintf(path, sizeof path, "%s/%d_t.sql", folder, number);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        stand_bail_out("write a migration", path);
    for (const char *c = text; *c != '\0'; c++)
        fputc(*c == '#' ? '0' + number : *c, file);
    if (fclose(file) != 0)
        stand_bail_out("write a migration", path);
}

static void write_folder(void)
{
    folder = stand_path("migrations");
    if (mkdir(folder, 0755) != 0)
        stand_bail_out("mkdir", folder);
    for (int i = 1; i <= FILES; i++)
        write_file(i);
}

static pid_t start(const char *fault, const char *conninfo, bool up)
{
    return up ? stand_start(fault, "migrate", "up", "--dir", folder, "--db", conninfo, NULL)
              : stand_start(fault, "migrate", "down", "--to", "0", "--dir", folder, "--db", conninfo, NULL);
}

/* Indexes built and dropped outside of transactions are counted by the server itself, in "built". */
static keel_pg *new_database(const char *name, char conninfo[CLUSTER_CONNINFO_SIZE])
{
    keel_pg *pg = cluster_database(cluster, name, conninfo);

    cluster_exec(pg, "CREATE TABLE ran (what text); CREATE TABLE built (what text);"
                     "CREATE FUNCTION count_created() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO built"
                     " SELECT object_identity FROM pg_event_trigger_ddl_commands() WHERE schema_name = 'public'; END$$;"
                     "CREATE FUNCTION count_dropped() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO built"
                     " SELECT object_identity FROM pg_event_trigger_dropped_objects() WHERE original; END$$;"
                     "CREATE EVENT TRIGGER created ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION count_created();"
                     "CREATE EVENT TRIGGER dropped ON sql_drop WHEN TAG IN ('DROP INDEX') EXECUTE FUNCTION count_dropped()");
    return pg;
}

static void take(keel_pg *pg, keel_arena *arena, keel_schema_snapshot *snapshot)
{
    keel_error err;

    if (!keel_schema_snapshot_take(pg, arena, "", snapshot, &err))
        stand_bail_out("take the schema", err.message);
}

static void show(void *context, keel_schema_change change, const keel_schema_object *before, const keel_schema_object *after)
{
    (void)context, (void)change;
    printf("# %s | %s | %s\n", before != NULL ? before->name : after->name, before != NULL ? before->definition : "",
           after != NULL ? after->definition : "");
}

/* What an undisturbed run leaves, up and down. */
typedef struct reference {
    keel_arena *arena;
    keel_schema_snapshot up, down;
} reference;

static void refer(reference *ref)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = new_database("undisturbed", conninfo);

    ref->arena = keel_arena_create();
    is_int(stand_finish(start(NULL, conninfo, true)), 0, "an undisturbed run up");
    take(pg, ref->arena, &ref->up);
    is_str(cluster_value(pg, "SELECT count(*) || ' ' || count(DISTINCT what) FROM ran"), "12 12", "its steps");
    is_str(cluster_value(pg, "SELECT count(*) FROM pgkeel.migration_step"), "36", "thirty-six of them in the journal");
    is_int(stand_finish(start(NULL, conninfo, false)), 0, "and down");
    take(pg, ref->arena, &ref->down);
}

static void check(const char *conninfo, const reference *ref, bool up, const char *what)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(conninfo);
    keel_schema_snapshot now;

    take(pg, arena, &now);
    is_int((int64_t)keel_schema_compare(up ? &ref->up : &ref->down, &now, show, NULL), 0, "%s: the catalogue is that of an undisturbed run", what);
    is_str(cluster_value(pg, "SELECT count(*) || ' ' || count(DISTINCT what) FROM ran"), up ? "12 12" : "24 24",
           "%s: every transactional step was executed once", what);
    is_str(cluster_value(pg, "SELECT count(*) FROM built"), up ? "18" : "36", "%s: every index was built and dropped once", what);
    is_str(cluster_value(pg, up ? "SELECT string_agg(DISTINCT state, ' ') FROM (SELECT state FROM pgkeel.migration UNION ALL"
                                  " SELECT state FROM pgkeel.migration_step) s"
                                : "SELECT count(*) FROM (SELECT 1 FROM pgkeel.migration UNION ALL SELECT 1 FROM"
                                  " pgkeel.migration_step) s"),
           up ? "applied done" : "0", "%s: and the journal says so", what);
}

/* Every run comes one step on, or a few, and dies at the point, until one comes to the end. */
static int kill_until_done(const char *conninfo, const char *fault, bool up)
{
    int kills = 0;

    for (int run = 0; run < MOST_RUNS; run++) {
        int code = stand_finish(start(fault, conninfo, up));
        if (code == 0)
            return kills;
        if (code != 128 + SIGKILL) {
            printf("# exit code %d\n", code);
            return -1;
        }
        kills++;
    }
    return -1;
}

/* hit: which one of a run kills it: the first if the work is committed by then, else the second, or no run would come on. */
static void test_point(const reference *ref, const char *point, int hit, int least)
{
    char conninfo[CLUSTER_CONNINFO_SIZE], name[64], fault[96];

    snprintf(name, sizeof name, "killed_%s", strchr(point, '.') + 1);
    snprintf(fault, sizeof fault, "%s@%d:kill", point, hit);
    keel_pg_close(new_database(name, conninfo));
    int kills = kill_until_done(conninfo, fault, true);
    ok(kills >= least, "%s, up: %d kills", point, kills);
    check(conninfo, ref, true, point);
    kills = kill_until_done(conninfo, fault, false);
    ok(kills >= least, "%s, down: %d kills", point, kills);
    check(conninfo, ref, false, point);
}

/* pgkeel is stopped at the point, the server dies with all its processes and comes back, and pgkeel goes on over a lost
 * connection. Its exit code; STAND_STOPPED if it does not say what to do. */
static int crash_at(const char *fault, const char *conninfo, bool up, int *crashes)
{
    keel_error err;
    pid_t process = start(fault, conninfo, up);
    int code = stand_until_stopped(process);

    if (code != STAND_STOPPED)
        return code;
    if (!keel_scratch_crash(cluster, &err))
        stand_bail_out("the server does not come back", err.message);
    ++*crashes;
    kill(process, SIGCONT);
    code = stand_finish(process);
    return code == 2 && !stand_says(process, "the same command again") ? STAND_STOPPED : code;
}

/* As test_point, but it is the server that dies. */
static void test_server_point(const reference *ref, const char *point, int hit, int least)
{
    char conninfo[CLUSTER_CONNINFO_SIZE], name[64], fault[96], what[96];
    keel_usec began = keel_monotonic();

    snprintf(name, sizeof name, "crashed_%s", strchr(point, '.') + 1);
    snprintf(what, sizeof what, "server crashes, %s", point);
    snprintf(fault, sizeof fault, "%s@%d:stop", point, hit);
    keel_pg_close(new_database(name, conninfo));
    for (int direction = 0; direction < 2; direction++) {
        bool up = direction == 0;
        int crashes = 0, code = 2;
        for (int run = 0; code == 2 && run < MOST_RUNS; run++)
            code = crash_at(fault, conninfo, up, &crashes);
        is_int(code, 0, "%s, %s: one more run ends well", what, up ? "up" : "down");
        ok(crashes >= least, "%s, %s: %d crashes", what, up ? "up" : "down", crashes);
        check(conninfo, ref, up, what);
    }
    printf("# %.1f s\n", (double)(keel_monotonic() - began) / KEEL_SECOND);
}

int main(int argc, char **argv)
{
    /* Processes die here, never the machine: what was written need not be on disk, but it must be written at COMMIT. */
    static const char *const settings[] = {"synchronous_commit = on", "full_page_writes = on", NULL};
    reference ref = {0};

    stand_open(argc, argv);
    cluster = cluster_start(settings);
    write_folder();
    refer(&ref);
    test_point(&ref, "migrate.before_step", 2, 29);
    test_point(&ref, "migrate.after_step", 1, 30);
    test_point(&ref, "migrate.before_commit", 2, 11);
    test_point(&ref, "migrate.before_intent", 2, 17);
    test_point(&ref, "migrate.after_intent", 2, 17);
    test_point(&ref, "migrate.executed", 2, 17);
    test_server_point(&ref, "migrate.after_step", 1, 30);
    test_server_point(&ref, "migrate.executed", 2, 17);
    keel_arena_free(ref.arena);
    keel_scratch_stop(cluster);
    return done_testing();
}
