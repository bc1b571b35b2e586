/* The engine of `pgkeel check`: what is chosen, and what it says of what it could not look at. */
#include <pthread.h>
#include <stdlib.h>

#include "checked.h"
#include "cluster.h"
#include "tap.h"
#include "verify/engine_inside.h"

static const char *const keys_only[] = {"data.key_blanks", NULL};

static const char shop_sql[] =
    "CREATE TABLE people (name text PRIMARY KEY, age int); INSERT INTO people VALUES ('ada '), "
    "('bob');"
    "CREATE TABLE things (name text PRIMARY KEY); INSERT INTO things VALUES (' lamp'), ('bed '), "
    "('cup');"
    "CREATE TABLE parts (name text PRIMARY KEY) PARTITION BY RANGE (name);"
    "CREATE TABLE parts_a PARTITION OF parts FOR VALUES FROM ('a') TO ('n');"
    "CREATE TABLE parts_n PARTITION OF parts FOR VALUES FROM ('n') TO ('z');"
    "INSERT INTO parts VALUES ('bolt '), ('nut '), ('saw');"
    "CREATE VIEW seen AS SELECT * FROM people; CREATE MATERIALIZED VIEW kept AS SELECT * FROM "
    "people;";

static void refused(const char *conninfo,
                    keel_check_options options,
                    keel_error_kind kind,
                    const char *message,
                    const char *hint)
{
    KEEL_CLEANUP(checked_free) checked c = check_database(conninfo, options);

    ok(c.database == NULL && c.err.kind == kind, "refused: %s", message);
    is_str(c.err.message, message, "... with its message");
    ok(strstr(c.err.hint, hint) != NULL, "... and its hint: %s", c.err.hint);
}

static void test_refusals(const char *conninfo)
{
    const char *const misspelt[] = {"schema.no_primary_ky", NULL};
    const char *const everything[] = {"schema", "data.*", "relationships", "business", NULL};
    const char *const no_table[] = {"peeple", NULL};
    const char *const view[] = {"seen", NULL};

    refused(conninfo, (keel_check_options){.only = misspelt}, KEEL_ERR_USAGE,
            "there is no check \"schema.no_primary_ky\"",
            "Did you mean \"schema.no_primary_key\"?");
    refused(conninfo, (keel_check_options){.skip = misspelt}, KEEL_ERR_USAGE,
            "there is no check \"schema.no_primary_ky\"", "--list");
    refused(conninfo, (keel_check_options){.tables = no_table}, KEEL_ERR_USAGE,
            "there is no table \"peeple\"", "Did you mean \"people\"?");
    refused(conninfo, (keel_check_options){.tables = view}, KEEL_ERR_USAGE,
            "\"seen\" is a view; --table wants tables", "");
    refused(conninfo,
            (keel_check_options){.only = keys_only, .groups = {[KEEL_GROUP_SCHEMA] = true}},
            KEEL_ERR_USAGE, "no check is left to run", "exclude every check");
    refused(conninfo, (keel_check_options){.skip = everything}, KEEL_ERR_USAGE,
            "no check is left to run", "--skip");
    refused("host=/nowhere dbname=x", (keel_check_options){.only = keys_only}, KEEL_ERR_CONNECT,
            "cannot connect to \"/nowhere:5432/x\": No such file or directory", "");
}

/* S0-55: what was not checked is not a pass. */
static void test_nothing_to_check(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "empty", conninfo);

    refused(conninfo, (keel_check_options){.only = keys_only}, KEEL_ERR_DATA,
            "nothing was checked: the one check was skipped", "Is it the right database?");
    cluster_exec(pg, "CREATE TABLE numbers (id int PRIMARY KEY)");
    refused(conninfo, (keel_check_options){.only = keys_only}, KEEL_ERR_DATA,
            "nothing was checked: the one check was skipped", "no text key columns");
}

static void test_choice(const char *conninfo)
{
    const char *const one_table[] = {"public.parts", NULL};
    KEEL_CLEANUP(checked_free) checked group = check_only(conninfo, "data.*");
    KEEL_CLEANUP(checked_free)
    checked some =
        check_database(conninfo, (keel_check_options){.only = keys_only, .tables = one_table});
    KEEL_CLEANUP(checked_free)
    checked schema =
        check_database(conninfo, (keel_check_options){.groups = {[KEEL_GROUP_SCHEMA] = true}});
    KEEL_CLEANUP(checked_free) checked keys = check_only(conninfo, "schema.no_primary_key");

    ok(checked_line(&group, "data.key_blanks") != NULL &&
           checked_line(&group, "schema.no_primary_key") == NULL,
       "--only data.* is the group");
    is_int((int64_t)checked_count(&some, NULL, NULL), 2,
           "a partitioned table stands for its partitions");
    ok(checked_find(&some, "data.key_blanks", "public.parts_a(name)") != NULL,
       "... whose rows are read once, where they are");
    is_int((int64_t)some.database->table_count, 3, "... the table itself among the tables");
    ok(checked_line(&schema, "schema.no_primary_key") != NULL &&
           checked_line(&schema, "data.key_blanks") == NULL,
       "--schema");
    is_int((int64_t)checked_count(&keys, "check.not_read", NULL), 0,
           "who reads no rows speaks of none");
}

static void test_report(const char *conninfo)
{
    KEEL_CLEANUP(checked_free)
    checked one = check_database(conninfo, (keel_check_options){.jobs = 1});
    const keel_finding *f = checked_find(&one, "data.key_blanks", "public.things(name)");
    char alone[65536];

    snprintf(alone, sizeof alone, "%s", checked_text(&one));
    for (int run = 0; run < 5; run++) {
        KEEL_CLEANUP(checked_free)
        checked many = check_database(conninfo, (keel_check_options){.jobs = 8});
        is_str(checked_text(&many), alone, "the same report whoever was faster");
    }
    ok(f != NULL, "a finding");
    is_str(f != NULL ? f->message : "", "2 rows whose key begins or ends with a blank",
           "... with its number");
    is_str(f != NULL ? f->evidence : "",
           "{\"rows\":2,\"sample\":[{\"name\":\" lamp\"},{\"name\":\"bed \"}]}", "... and keys");
    is_str(checked_line(&one, "data.key_blanks")->note, "4 text key columns, 4 warnings",
           "the line counts");
    is_int(checked_line(&one, "data.key_blanks")->outcome, KEEL_CHECK_PASSED,
           "warnings are no failure");
    ok(checked_find(&one, "check.not_read", "public.kept") != NULL,
       "a materialized view is named as not read");
    KEEL_CLEANUP(checked_free)
    checked strict = check_database(conninfo, (keel_check_options){.strict = true});
    is_int(checked_line(&strict, "data.key_blanks")->outcome, KEEL_CHECK_FAILED,
           "... unless it is --strict");
}

/* Polls until the query gives "t"; ends the program if it never does. */
static void wait_until(keel_pg *pg, const char *sql)
{
    keel_usec deadline = keel_monotonic() + 20 * KEEL_SECOND;

    while (strcmp(cluster_value(pg, sql), "t") != 0) {
        if (keel_monotonic() > deadline) {
            printf("Bail out! never true: %s\n", sql);
            exit(1);
        }
        keel_sleep(KEEL_SECOND / 200);
    }
}

static const char lock_sql[] = "BEGIN; LOCK TABLE things IN ACCESS EXCLUSIVE MODE";

static void judge_locked(const char *conninfo, keel_pg *holder)
{
    char wanted[64];

    snprintf(wanted, sizeof wanted, "it is locked by process %d (pgkeel test)",
             keel_pg_backend_pid(holder));
    keel_usec began = keel_monotonic();
    KEEL_CLEANUP(checked_free)
    checked c =
        check_database(conninfo, (keel_check_options){.groups = {[KEEL_GROUP_DATA] = true}});
    keel_usec took = keel_monotonic() - began;
    const keel_finding *f = checked_find(&c, "check.unreadable", "public.things");
    ok(f != NULL && f->severity == KEEL_ERROR && strstr(f->message, wanted) != NULL,
       "who holds the lock: %s", f != NULL ? f->message : c.err.message);
    is_int((int64_t)checked_count(&c, "check.unreadable", NULL), 1,
           "one finding, however many checks wanted to read it");
    is_int(checked_line(&c, "data.key_blanks")->outcome, KEEL_CHECK_FAILED, "the check has failed");
    is_str(checked_line(&c, "data.key_blanks")->note,
           "3 text key columns, 3 warnings, 1 table not read", "... and says why");
    ok(checked_find(&c, "data.key_blanks", "public.people(name)") != NULL,
       "the other tables were read");
    ok(took < 15 * KEEL_SECOND, "nobody waits long for the lock");
}

/* The build puts this in front of the engine's own: it runs when the snapshot and the catalogue
 * have been read, and no table has. */
static keel_pg *changer;
static const char *change;
void __real_keel_engine_make_tasks(keel_engine *e);
void __wrap_keel_engine_make_tasks(keel_engine *e);
void __wrap_keel_engine_make_tasks(keel_engine *e)
{
    if (change != NULL)
        cluster_exec(changer, change);
    __real_keel_engine_make_tasks(e);
}

static checked check_while(const char *sql, const char *conninfo)
{
    const char *const only[] = {"data.key_blanks", NULL};

    change = sql;
    checked c = check_database(conninfo, (keel_check_options){.only = only, .jobs = 1});
    change = NULL;
    return c;
}

/* S0-53: a table that cannot be read is an error that says who is in the way. */
static void test_locked(const char *conninfo)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *holder = cluster_connect(conninfo);

    cluster_exec(holder, lock_sql);
    judge_locked(conninfo, holder); /* nothing is known of the table */
    cluster_exec(holder, "ROLLBACK");
    changer = holder;
    change = lock_sql;
    judge_locked(conninfo, holder); /* its definition is known, its rows are out of reach */
    change = NULL;
    cluster_exec(holder, "ROLLBACK");
}

/* Who holds the parent keeps the orphans of the child from being counted, and nothing else. */
static void test_parent_locked(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "family", conninfo);
    const char *const child[] = {"child", NULL};

    cluster_exec(pg, "CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1);"
                     "CREATE TABLE child (name text PRIMARY KEY, parent int REFERENCES parent);"
                     "INSERT INTO child VALUES ('odd ', 1); CREATE INDEX ON child (parent)");
    changer = pg;
    change = "BEGIN; LOCK TABLE parent IN ACCESS EXCLUSIVE MODE";
    KEEL_CLEANUP(checked_free)
    checked c = check_database(conninfo, (keel_check_options){.tables = child});
    change = NULL;
    cluster_exec(pg, "ROLLBACK");
    const keel_finding *f = checked_find(&c, "relationships.orphans", "public.child");
    ok(f != NULL && strstr(f->message, "public.parent is locked by process") != NULL,
       "the orphans could not be counted: %s", f != NULL ? f->message : c.err.message);
    is_int((int64_t)checked_count(&c, "check.unreadable", NULL), 0, "the child can be read");
    is_int((int64_t)checked_count(&c, "data.key_blanks", NULL), 1, "... and is");
}

static void test_changed_meanwhile(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "meanwhile", conninfo);

    cluster_exec(pg, shop_sql);
    changer = pg;
    KEEL_CLEANUP(checked_free)
    checked truncated = check_while(
        "TRUNCATE things; INSERT INTO things SELECT i || ' ' FROM generate_series(1, 7) i",
        conninfo);
    const keel_finding *f = checked_find(&truncated, "data.key_blanks", "public.things(name)");
    is_str(f != NULL ? f->message : truncated.err.message,
           "7 rows whose key begins or ends with a blank",
           "a truncated table is read again with a snapshot of its own");
    KEEL_CLEANUP(checked_free)
    checked rewritten = check_while("ALTER TABLE things ALTER name TYPE varchar(90)", conninfo);
    f = checked_find(&rewritten, "data.key_blanks", "public.things(name)");
    is_str(f != NULL ? f->message : rewritten.err.message,
           "7 rows whose key begins or ends with a blank",
           "so is a rewritten one, which an old snapshot sees empty");
    KEEL_CLEANUP(checked_free)
    checked replaced = check_while("DROP TABLE things; CREATE TABLE things (name text PRIMARY "
                                   "KEY); INSERT INTO things VALUES ('x ')",
                                   conninfo);
    f = checked_find(&replaced, "data.key_blanks", "public.things(name)");
    is_str(f != NULL ? f->message : replaced.err.message,
           "1 row whose key begins or ends with a blank", "and one that took the place of another");
    KEEL_CLEANUP(checked_free) checked dropped = check_while("DROP TABLE things", conninfo);
    f = checked_find(&dropped, "check.dropped", "public.things");
    ok(f != NULL && f->severity == KEEL_INFO, "a dropped table is named: %s",
       f != NULL ? f->message : dropped.err.message);
    is_int((int64_t)keel_report_count_of(dropped.report, KEEL_ERROR), 0, "... and is no error");
}

static void judge_emptied(const char *conninfo, const char *sql, const char *wanted, const char *what)
{
    const char *const only[] = {"relationships.orphans", NULL};

    cluster_exec(changer, "TRUNCATE child; INSERT INTO child VALUES (1, 7), (2, 8), (3, NULL)");
    change = sql;
    KEEL_CLEANUP(checked_free)
    checked c = check_database(conninfo, (keel_check_options){.only = only, .jobs = 1});
    change = NULL;
    const keel_finding *f = checked_find(&c, NULL, NULL);
    if (wanted != NULL)
        is_str(f != NULL ? f->message : checked_line(&c, only[0])->note, wanted, "%s", what);
    else
        ok(f != NULL && strstr(f->message, "locked by process") != NULL, "%s: %s", what, f != NULL ? f->message : "none");
}

/* An empty file is taken for an empty table: only what nobody can see any more may be missed by that. */
static void test_emptied(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "emptied", conninfo);

    cluster_exec(pg, "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, parent int);"
                     "ALTER TABLE child ADD FOREIGN KEY (parent) REFERENCES parent; SET session_replication_role = replica");
    changer = pg;
    judge_emptied(conninfo, "SELECT", "2 rows refer to a row of public.parent(id) that does not exist", "two orphans");
    judge_emptied(conninfo, "DELETE FROM child", "2 rows refer to a row of public.parent(id) that does not exist",
                  "deleted meanwhile: the snapshot has them");
    judge_emptied(conninfo, "TRUNCATE child", "1 reference", "truncated meanwhile: what is there now has no orphans");
    judge_emptied(conninfo, "TRUNCATE child; INSERT INTO child VALUES (4, 9)",
                  "1 row refers to a row of public.parent(id) that does not exist", "truncated and filled: what is there now has one");
    judge_emptied(conninfo, "ALTER TABLE child ADD luck float DEFAULT random()",
                  "2 rows refer to a row of public.parent(id) that does not exist", "rewritten meanwhile");
    judge_emptied(conninfo, "BEGIN; TRUNCATE child", NULL, "a table that is being truncated is locked");
    cluster_exec(pg, "ROLLBACK");
}

/* Of keel_check_shared: what the questions were, joined. */
static char asked[256];
static bool load_fails; /* the question about all */

static bool load_oids(keel_check_run *run, const char *oids, const void **ret_value, keel_error *err)
{
    size_t used = strlen(asked);

    snprintf(asked + used, sizeof asked - used, "%s%s", used > 0 ? " " : "", oids);
    if (load_fails && strcmp(oids, run->db->oids) == 0)
        return keel_pg_exec(run->pg, err, "SELECT 1/0");
    *ret_value = keel_arena_strdup(run->arena, oids);
    return true;
}

static const char *ask(keel_check_run *run, uint32_t oid)
{
    const keel_pg_table table = {.oid = oid};
    const void *value = NULL;
    keel_error err = {0};

    if (!keel_check_shared(run, &table, load_oids, &value, &err))
        return keel_arena_strdup(run->arena, err.message);
    return value;
}

static void test_shared(keel_pg *pg)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const keel_check_database db = {.oids = "{1,2}"};

    cluster_exec(pg, "BEGIN");
    for (int fails = 0; fails < 2; fails++) {
        keel_check_run run = {.db = &db, .pg = pg, .arena = arena, .share = keel_check_share_create(arena)};
        load_fails = fails != 0;
        asked[0] = '\0';
        is_str(ask(&run, 1), fails ? "{1}" : "{1,2}", fails ? "after that has failed, about one" : "asked about all tables");
        is_str(ask(&run, 2), fails ? "{2}" : "{1,2}", fails ? "and about the next" : "what the next table gets too");
        is_str(asked, fails ? "{1,2} {1} {2}" : "{1,2}", "the question about all is put once");
        run.fresh = true;
        is_str(ask(&run, 2), "{2}", "with a snapshot of its own a table is asked about alone");
        keel_check_share_free(run.share);
    }
    is_str(cluster_value(pg, "SELECT 'alive'"), "alive", "the transaction goes on");
    cluster_exec(pg, "ROLLBACK");
}

/* A thread that checks while the test does something to the database. */
typedef struct beside {
    const char *conninfo;
    keel_check_options options;
    checked result;
    pthread_t thread;
} beside;

static void *check_beside(void *argument)
{
    beside *b = argument;

    b->result = check_database(b->conninfo, b->options);
    return NULL;
}

static void start(beside *b)
{
    if (pthread_create(&b->thread, NULL, check_beside, b) != 0)
        exit(2);
}

static const char somebody_waits[] =
    "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'things'::regclass";

/* S0-96: whatever the check is doing, a wish to stop ends it, here and on the server. */
static void judge_cancel(const char *conninfo, keel_pg *holder, const char *when)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *watcher = cluster_connect(conninfo);
    volatile sig_atomic_t cancel = 0;
    beside b = {.conninfo = conninfo, .options = {.only = keys_only, .cancel = &cancel}};

    start(&b);
    wait_until(watcher, somebody_waits);
    keel_usec began = keel_monotonic();
    __atomic_store_n(&cancel, 1, __ATOMIC_RELAXED);
    pthread_join(b.thread, NULL);
    ok(keel_monotonic() - began < KEEL_SECOND, "it stops at once %s", when);
    ok(b.result.database == NULL && b.result.err.kind == KEEL_ERR_CANCELLED, "... and says so: %s",
       b.result.err.message);
    wait_until(
        watcher,
        "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name LIKE 'pgkeel check%'");
    ok(true, "... and nothing of it lingers on the server");
    checked_free(&b.result);
    cluster_exec(holder, "ROLLBACK");
}

static void test_cancel(const char *conninfo)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *holder = cluster_connect(conninfo);

    cluster_exec(holder, lock_sql);
    judge_cancel(conninfo, holder, "while it reads the catalogue");
    changer = holder;
    change = lock_sql;
    judge_cancel(conninfo, holder, "while it reads a table");
    change = NULL;
}

static void test_denied(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "denied", conninfo);

    cluster_exec(pg, shop_sql);
    cluster_exec(pg, "CREATE ROLE \"Odd \"\"Reader\" LOGIN; GRANT SELECT ON parts_a, parts_n, "
                     "parts TO \"Odd \"\"Reader\";"
                     "GRANT SELECT (age) ON people TO \"Odd \"\"Reader\";"
                     "CREATE SCHEMA closed; CREATE TABLE closed.box (name text PRIMARY KEY);"
                     "GRANT SELECT ON closed.box TO \"Odd \"\"Reader\";"
                     "CREATE TABLE guarded (name text PRIMARY KEY); ALTER TABLE guarded ENABLE ROW "
                     "LEVEL SECURITY;"
                     "CREATE POLICY late ON guarded USING (name > 'm'); GRANT SELECT ON guarded TO "
                     "\"Odd \"\"Reader\"");
    char *user = strstr(conninfo, "user=postgres");
    char limited[CLUSTER_CONNINFO_SIZE];
    snprintf(limited, sizeof limited, "%.*suser='Odd \"Reader'%s", (int)(user - conninfo), conninfo,
             user + 13);
    KEEL_CLEANUP(checked_free) checked c = check_only(limited, "data.key_blanks");
    const keel_finding *f = checked_find(&c, "check.unreadable", "public.things");
    is_str(f != NULL ? f->message : c.err.message,
           "could not be read: permission denied for table things", "no SELECT");
    is_str(f != NULL ? f->remedy : "",
           "GRANT USAGE ON SCHEMA \"public\" TO \"Odd \"\"Reader\"; "
           "GRANT SELECT ON \"public\".\"things\" TO \"Odd \"\"Reader\";",
           "... and what to do");
    f = checked_find(&c, "check.unreadable", "closed.box");
    is_str(f != NULL ? f->message : c.err.message,
           "could not be read: permission denied for schema closed", "no USAGE");
    f = checked_find(&c, "check.unreadable", "public.people");
    is_str(f != NULL ? f->message : c.err.message,
           "could not be read: permission denied for table people", "not of this column");
    f = checked_find(&c, "check.unreadable", "public.guarded");
    ok(f != NULL && strstr(f->message, "row-level security") != NULL &&
           strstr(f->remedy, "BYPASSRLS") != NULL,
       "rows that a policy hides are not passed over in silence: %s",
       f != NULL ? f->message : c.err.message);
    is_int((int64_t)checked_count(&c, "check.unreadable", NULL), 4, "each table once");
    is_int((int64_t)checked_count(&c, "data.key_blanks", NULL), 2, "what can be read is judged");
    is_int(checked_line(&c, "data.key_blanks")->outcome, KEEL_CHECK_FAILED,
           "the check has not passed");
}

static void test_snapshot(const char *conninfo)
{
    KEEL_CLEANUP(checked_free)
    checked aged =
        check_database(conninfo, (keel_check_options){.only = keys_only, .snapshot_age = 1});
    KEEL_CLEANUP(checked_free)
    checked per_table =
        check_database(conninfo, (keel_check_options){.only = keys_only,
                                                      .snapshot_age = 1,
                                                      .snapshot = KEEL_SNAPSHOT_TABLE});

    const keel_finding *f = checked_find(&aged, "check.old_snapshot", NULL);
    ok(f != NULL && f->severity == KEEL_WARNING && strstr(f->remedy, "--snapshot table") != NULL,
       "an old snapshot is warned of");
    is_int((int64_t)checked_count(&per_table, "check.old_snapshot", NULL), 0,
           "--snapshot table has none that grows old");
    is_int((int64_t)checked_count(&per_table, "data.key_blanks", NULL), 4,
           "... and finds the same");
}

static void test_large(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "large", conninfo);

    cluster_exec(pg, "CREATE TABLE log (name text PRIMARY KEY, line text);"
                     "INSERT INTO log SELECT i || ' ', repeat('x', 100) FROM generate_series(1, "
                     "300000) i; ANALYZE log");
    KEEL_CLEANUP(checked_free)
    checked slow = check_database(
        conninfo, (keel_check_options){.only = keys_only, .statement_timeout = 5000});
    const keel_finding *f = checked_find(&slow, "check.unreadable", "public.log");
    ok(f != NULL && strstr(f->message, "statement timeout") != NULL &&
           strstr(f->remedy, "--statement-timeout") != NULL,
       "a statement that takes too long: %s", f != NULL ? f->message : slow.err.message);
    KEEL_CLEANUP(checked_free)
    checked quick =
        check_database(conninfo, (keel_check_options){.only = keys_only, .quick = true});
    f = checked_find(&quick, "data.key_blanks", "public.log(name)");
    ok(f != NULL && strstr(f->evidence, "\"sampled\":true") != NULL,
       "--quick reads a sample of a large table, and says so");
    int64_t rows = f != NULL ? strtoll(f->evidence + strlen("{\"rows\":"), NULL, 10) : 0;
    ok(rows > 1000 && rows < 250000, "... a part of it: %lld rows", (long long)rows);
    KEEL_CLEANUP(checked_free) checked full = check_only(conninfo, "data.key_blanks");
    f = checked_find(&full, "data.key_blanks", "public.log(name)");
    is_str(f != NULL ? f->message : full.err.message,
           "300000 rows whose key begins or ends with a blank", "else all of it");
    KEEL_CLEANUP(checked_free)
    checked late = check_database(conninfo, (keel_check_options){.quick = true, .budget = 1});
    is_str(checked_line(&late, "data.key_blanks")->note, "the time of --quick was used up",
           "when the time is used up");
    is_int(checked_line(&late, "data.key_blanks")->outcome, KEEL_CHECK_SKIPPED,
           "... what was not looked at is skipped");
}

/* A value that the server cannot read fails the check that needs it, not those that read other columns. */
static void test_torn(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "torn", conninfo);

    cluster_exec(pg, "CREATE EXTENSION pg_surgery; CREATE TABLE torn (id int PRIMARY KEY, name text UNIQUE, at timestamptz NOT NULL);"
                     "ALTER TABLE torn ALTER name SET STORAGE EXTERNAL;"
                     "INSERT INTO torn VALUES (1, repeat('x', 2500), now() + '1 year');"
                     "SELECT heap_force_kill(reltoastrelid, ARRAY['(0,1)']::tid[]) FROM pg_class WHERE relname = 'torn'");
    KEEL_CLEANUP(checked_free) checked c =
        check_database(conninfo, (keel_check_options){.groups = {[KEEL_GROUP_DATA] = true}});
    const keel_finding *f = checked_find(&c, "data.key_blanks", "public.torn");
    ok(f != NULL && f->severity == KEEL_ERROR && strstr(f->message, "chunk number") != NULL,
       "the check that needs the value has failed: %s", f != NULL ? f->message : c.err.message);
    ok(checked_find(&c, "data.time_range", "public.torn(at)") != NULL, "the others go on");
    is_int((int64_t)checked_count(&c, "check.unreadable", NULL), 0, "... for the table can be read");
}

/* Without the connection that holds it there is no snapshot to take over. */
static void test_lead_lost(const char *conninfo)
{
    changer = cluster_connect(conninfo);
    change = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
             " WHERE application_name = 'pgkeel check' AND datname = current_database()";
    KEEL_CLEANUP(checked_free) checked c = check_only(conninfo, "data.key_blanks");
    change = NULL;
    keel_pg_close(changer);
    ok(c.database == NULL && strncmp(c.err.message, "take the snapshot: ", 19) == 0, "the whole run has failed: %s",
       c.err.message);
    ok(strstr(c.err.hint, "--snapshot table") != NULL, "... with a hint");
}

/* A server that thinks it is a standby: recovery that never ends. */
static void test_standby(keel_scratch *cluster, const char *conninfo, keel_pg *pg)
{
    KEEL_CLEANUP(keel_str_free) keel_str path = {0};
    keel_error err = {0};

    cluster_exec(pg, "CREATE UNLOGGED TABLE fleeting (name text PRIMARY KEY); CHECKPOINT");
    keel_str_addf(&path, "%s/standby.signal", cluster_value(pg, "SHOW data_directory"));
    FILE *signal_file = fopen(path.data, "w");
    if (!ok(signal_file != NULL && fclose(signal_file) == 0 && keel_scratch_restart(cluster, &err),
            "a standby %s", err.message))
        return;
    KEEL_CLEANUP(checked_free)
    checked c = check_database(conninfo, (keel_check_options){.jobs = 3});
    ok(c.database != NULL && c.database->standby, "a standby is checked: %s", c.err.message);
    is_int((int64_t)checked_count(&c, "data.key_blanks", NULL), 4, "... with the same findings");
    ok(checked_find(&c, "check.not_read", "public.fleeting") != NULL,
       "an unlogged table has no rows there");
    is_int((int64_t)keel_report_count_of(c.report, KEEL_ERROR), 0, "... which is no error");
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "shop", conninfo);

    cluster_exec(pg, shop_sql);
    test_refusals(conninfo);
    test_nothing_to_check(cluster);
    test_choice(conninfo);
    test_report(conninfo);
    test_locked(conninfo);
    test_parent_locked(cluster);
    test_changed_meanwhile(cluster);
    test_emptied(cluster);
    test_shared(pg);
    test_cancel(conninfo);
    test_denied(cluster);
    test_snapshot(conninfo);
    test_large(cluster);
    test_torn(cluster);
    test_lead_lost(conninfo);
    test_standby(cluster, conninfo, pg);
    return done_testing();
}
