/* Statements that no transaction takes, killed before their end was journalled. What the catalogue shows, or what may be done
 * twice, the same command settles; the rest stops with the command to type. And all that migrate repair does, each journalled
 * as an event with its reason. */
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "stand.h"
#include "tests/lib/tap.h"

static keel_scratch *cluster;
static keel_pg *source;
static char source_conninfo[CLUSTER_CONNINFO_SIZE];

typedef struct place {
    const char *folder;
    char conninfo[CLUSTER_CONNINFO_SIZE];
    keel_pg *pg;
} place;

static void write_file(const place *p, const char *name, const char *text)
{
    char path[600];

    snprintf(path, sizeof path, "%s/%s", p->folder, name);
    FILE *file = fopen(path, "we");
    bool good = file != NULL && fputs(text, file) >= 0;
    if (file == NULL || fclose(file) != 0 || !good)
        stand_bail_out("write a migration", path);
}

static void open_place(place *p, const char *name)
{
    p->pg = cluster_database(cluster, name, p->conninfo);
    p->folder = stand_path(name);
    if (mkdir(p->folder, 0755) != 0)
        stand_bail_out("mkdir", p->folder);
    printf("# %s\n", name);
}

/* pgkeel migrate COMMAND, to its end. */
static pid_t migrate(const place *p, const char *fault, const char *command)
{
    return stand_start(fault, "migrate", command, "--dir", p->folder, "--db", p->conninfo, NULL);
}

static int up(const place *p, const char *fault)
{
    return stand_finish(migrate(p, fault, "up"));
}

/* Up to three arguments, NULL for none. */
static pid_t repair(const place *p, const char *deed, const char *step, const char *reason)
{
    char option[32];

    snprintf(option, sizeof option, "--step=%s", step != NULL ? step : "1");
    return stand_start(NULL, "migrate", "repair", "1", deed, option, "--dir", p->folder, "--db", p->conninfo,
                       reason != NULL ? "--reason" : NULL, reason, NULL);
}

static const char *events(const place *p)
{
    return cluster_value(p->pg, "SELECT coalesce(string_agg(version || ' ' || kind || ': ' || reason, ', ' ORDER BY event), '')"
                                " FROM pgkeel.migration_event WHERE reason IS NOT NULL");
}

/* Stops, changes nothing, and says what to type. */
static void stops_asking(const place *p, const char *command, const char *wanted)
{
    pid_t process = migrate(p, NULL, command);

    is_int(stand_finish(process), 2, "the same command stops");
    ok(stand_says(process, "whether it was done cannot be seen"), "for nobody can see whether it was done");
    ok(stand_says(process, wanted), "and says what to type");
}

/* What a subscription is subscribed to: its row tells, but not whether this step has made it so. */
static const char more[] = "-- pgkeel:up\nCREATE TABLE a (id int);\nALTER SUBSCRIPTION s ADD PUBLICATION p2;\nALTER TABLE a ADD COLUMN b int;\n"
                           "-- pgkeel:down\nALTER TABLE a DROP COLUMN b;\nALTER SUBSCRIPTION s DROP PUBLICATION p2;\nDROP TABLE a;\n";
static const char has_more[] = "SELECT 'p2' = ANY (subpublications) FROM pg_subscription"
                               " WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())";
static const char columns[] = "SELECT coalesce((SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attnum > 0"
                              " AND NOT attisdropped AND attrelid = to_regclass('a')), '')";

/* A subscription to a database of the same cluster, which has publications p1 and p2. The slot is made before, for a
 * CREATE SUBSCRIPTION that makes one would wait for its own transaction. */
static void subscribe(const place *p)
{
    char sql[CLUSTER_CONNINFO_SIZE + 200], name[64];

    snprintf(name, sizeof name, "slot_%s", strrchr(p->folder, '/') + 1);
    snprintf(sql, sizeof sql, "SELECT pg_create_logical_replication_slot('%s', 'pgoutput')", name);
    cluster_exec(source, sql);
    snprintf(sql, sizeof sql, "CREATE SUBSCRIPTION s CONNECTION '%s' PUBLICATION p1 WITH (create_slot = false, slot_name = '%s')",
             source_conninfo, name);
    cluster_exec(p->pg, sql);
}

/* It was done, and a person says so. Then the way down, where the same happens. */
static void test_done(void)
{
    place p;

    open_place(&p, "said_done");
    subscribe(&p);
    write_file(&p, "1_a.sql", more);
    is_int(up(&p, "migrate.executed@1:kill"), 128 + SIGKILL, "killed behind the statement");
    is_str(cluster_value(p.pg, has_more), "t", "which was executed");
    stops_asking(&p, "up", "pgkeel migrate repair 1 --step 2 --done");
    stops_asking(&p, "up", "(or --undone)");
    is_str(cluster_value(p.pg, columns), "id", "nothing behind it was run");
    pid_t process = migrate(&p, NULL, "verify");
    is_int(stand_finish(process), 1, "verify finds it");
    is_int(stand_finish(repair(&p, "--done", "2", NULL)), 2, "a reason is wanted");
    is_int(stand_finish(repair(&p, "--done", "7", "x")), 2, "and a step that there is");
    is_str(events(&p), "", "no event of that");
    is_int(stand_finish(repair(&p, "--done", "2", "it has p2")), 0, "repair --done");
    is_str(events(&p), "1 marked done: it has p2", "an event");
    is_int(up(&p, NULL), 0, "up goes on");
    is_str(cluster_value(p.pg, columns), "id b", "behind it");
    is_str(cluster_value(p.pg, "SELECT state FROM pgkeel.migration"), "applied", "to the end");

    is_int(stand_finish(migrate(&p, "migrate.executed@1:kill", "down")), 128 + SIGKILL, "killed on its way down");
    is_str(cluster_value(p.pg, has_more), "f", "behind the statement");
    stops_asking(&p, "down", "pgkeel migrate repair 1 --step 2 --done");
    is_int(stand_finish(repair(&p, "--done", "2", "it has lost p2")), 0, "repair --done of the way down");
    is_str(cluster_value(p.pg, "SELECT string_agg(direction::text || number, ' ' ORDER BY direction DESC, number) FROM pgkeel.migration_step"
                               " WHERE state = 'done'"), "u1 u2 u3 d1 d2", "is about the way down");
    is_int(stand_finish(migrate(&p, NULL, "down")), 0, "down goes on");
    is_str(cluster_value(p.pg, columns), "", "to its end");
    is_str(cluster_value(p.pg, "SELECT count(*) FROM pgkeel.migration"), "0", "in the journal too");
    keel_pg_close(p.pg);
}

/* It was not done, and is done then. */
static void test_undone(void)
{
    place p;

    open_place(&p, "said_undone");
    subscribe(&p);
    write_file(&p, "1_a.sql", more);
    is_int(up(&p, "migrate.after_intent@1:kill"), 128 + SIGKILL, "killed in front of the statement");
    stops_asking(&p, "up", "pgkeel migrate repair 1 --step 2 --done");
    is_str(cluster_value(p.pg, has_more), "f", "which was not executed");
    is_int(stand_finish(repair(&p, "--undone", "2", "no p2 yet")), 0, "repair --undone");
    is_str(events(&p), "1 marked undone: no p2 yet", "an event");
    is_int(up(&p, NULL), 0, "up runs it");
    is_str(cluster_value(p.pg, has_more), "t", "now");
    is_str(cluster_value(p.pg, columns), "id b", "and what stands behind it");
    is_int(stand_finish(migrate(&p, "migrate.after_intent@1:kill", "down")), 128 + SIGKILL, "killed on its way down");
    is_int(stand_finish(repair(&p, "--undone", "2", "still has p2")), 0, "repair --undone of the way down");
    is_int(stand_finish(migrate(&p, NULL, "down")), 0, "down runs it");
    is_str(cluster_value(p.pg, has_more), "f", "now");
    keel_pg_close(p.pg);
}

/* The last step of all marked done: nothing is left to run. */
static void test_last_done(void)
{
    place p;

    open_place(&p, "last_done");
    subscribe(&p);
    write_file(&p, "1_a.sql", "-- pgkeel:up\nALTER SUBSCRIPTION s ADD PUBLICATION p2;\n-- pgkeel:down\nALTER SUBSCRIPTION s DROP PUBLICATION p2;\n");
    is_int(up(&p, "migrate.executed@1:kill"), 128 + SIGKILL, "killed behind the only statement");
    is_int(stand_finish(repair(&p, "--done", "1", "seen")), 0, "marked done");
    is_str(cluster_value(p.pg, "SELECT state FROM pgkeel.migration"), "applied", "it is applied");
    is_int(stand_finish(migrate(&p, "migrate.executed@1:kill", "down")), 128 + SIGKILL, "killed on its way down");
    is_int(stand_finish(repair(&p, "--done", "1", "seen")), 0, "marked done");
    is_str(cluster_value(p.pg, "SELECT (SELECT count(*) FROM pgkeel.migration) || ' ' || (SELECT count(*) FROM pgkeel.migration_step)"
                               " || ' ' || (SELECT string_agg(kind, ', ' ORDER BY event) FROM pgkeel.migration_event)"),
           "0 0 marked done, marked done, reverted", "it is reverted");
    keel_pg_close(p.pg);
}

/* What may be done twice is; what the catalogue shows is not. */
static void test_settled(void)
{
    static const struct {
        const char *name, *sql, *fault;
    } cases[] = {
        {"vacuum", "VACUUM a", "migrate.executed@1:kill"},
        {"reindex_system", "REINDEX SYSTEM reindex_system", "migrate.executed@1:kill"},
        {"alter_system", "ALTER SYSTEM SET work_mem = '5MB'", "migrate.executed@1:kill"},
        {"create_database", "CREATE DATABASE made", "migrate.executed@1:kill"},
        {"create_database_before", "CREATE DATABASE made_too", "migrate.after_intent@1:kill"},
        {"drop_database", "DROP DATABASE made", "migrate.executed@1:kill"},
        {"create_tablespace", "CREATE TABLESPACE room LOCATION ''", "migrate.executed@1:kill"},
        {"database_tablespace", "ALTER DATABASE made_too SET TABLESPACE room", "migrate.executed@1:kill"},
        {"database_tablespace_back", "ALTER DATABASE made_too SET TABLESPACE pg_default", "migrate.after_intent@1:kill"},
        {"drop_tablespace", "DROP TABLESPACE room", "migrate.executed@1:kill"},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(cases); i++) {
        char text[400];
        place p;
        open_place(&p, cases[i].name);
        snprintf(text, sizeof text, "-- pgkeel:up\nCREATE TABLE a (id int);\n%s;\nALTER TABLE a ADD COLUMN b int;\n", cases[i].sql);
        write_file(&p, "1_a.sql", text);
        is_int(up(&p, cases[i].fault), 128 + SIGKILL, "%s: killed", cases[i].sql);
        is_int(up(&p, NULL), 0, "%s: the same command goes on", cases[i].sql);
        is_str(cluster_value(p.pg, "SELECT string_agg(state, ' ') FROM pgkeel.migration_step"), "done done done", "%s: to the end",
               cases[i].sql);
        keel_pg_close(p.pg);
    }
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(keel_scratch_conninfo(cluster));
    is_str(cluster_value(pg, "SELECT string_agg(datname, ' ') FROM pg_database WHERE datname LIKE 'made%'"), "made_too",
           "databases made and dropped");
}

static void test_accept(void)
{
    static const char edited[] = "-- pgkeel:up\nCREATE TABLE a (id int, b text);\n-- pgkeel:down\nDROP TABLE a;\n";
    place p;

    open_place(&p, "accept");
    write_file(&p, "1_a.sql", "-- pgkeel:up\nCREATE TABLE a (id int);\n-- pgkeel:down\nDROP TABLE a;\n");
    write_file(&p, "2_b.sql", "-- pgkeel:up\nCREATE TABLE b (id int);\n");
    is_int(stand_finish(stand_start(NULL, "migrate", "up", "--to", "1", "--dir", p.folder, "--db", p.conninfo, NULL)), 0, "applied");
    write_file(&p, "1_a.sql", edited);
    ok(up(&p, NULL) != 0, "an edited file is refused");
    is_str(cluster_value(p.pg, "SELECT count(*) FROM pg_class WHERE relname = 'b'"), "0", "and nothing is run");
    is_int(stand_finish(repair(&p, "--accept", NULL, "column b was added by hand")), 0, "repair --accept");
    is_str(cluster_value(p.pg, "SELECT kind || ': ' || reason || ' ' || (detail ->> 'diff' LIKE '%- CREATE TABLE a (id int);%+ CREATE TABLE a"
                               " (id int, b text);%') FROM pgkeel.migration_event"),
           "accepted: column b was added by hand true", "an event with the difference");
    is_int(up(&p, NULL), 0, "up goes on");
    is_str(cluster_value(p.pg, "SELECT up_sql LIKE '%b text%' FROM pgkeel.migration WHERE version = '1'"), "t", "the file is what was applied");
    keel_pg_close(p.pg);
}

static void test_forget(void)
{
    place p;

    open_place(&p, "forget");
    write_file(&p, "1_a.sql", "-- pgkeel:up\nCREATE TABLE a (id int);\n");
    is_int(up(&p, NULL), 0, "applied");
    cluster_exec(p.pg, "DROP TABLE a");
    is_int(stand_finish(repair(&p, "--forget", NULL, "dropped by hand")), 0, "repair --forget");
    is_str(cluster_value(p.pg, "SELECT count(*) FROM pgkeel.migration"), "0", "nothing of it is left in the journal");
    is_str(events(&p), "1 forgotten: dropped by hand", "but the event");
    is_int(up(&p, NULL), 0, "and it is applied again");
    is_str(cluster_value(p.pg, columns), "id", "from its start");
    keel_pg_close(p.pg);
}

int main(int argc, char **argv)
{
    static const char *const settings[] = {"allow_in_place_tablespaces = on", "wal_level = logical", NULL};

    stand_open(argc, argv);
    cluster = cluster_start(settings);
    source = cluster_database(cluster, "source", source_conninfo);
    cluster_exec(source, "CREATE PUBLICATION p1; CREATE PUBLICATION p2");
    test_done();
    test_undone();
    test_last_done();
    test_settled();
    test_accept();
    test_forget();
    keel_pg_close(source);
    keel_scratch_stop(cluster);
    return done_testing();
}
