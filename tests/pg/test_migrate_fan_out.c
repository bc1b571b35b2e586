/* migrate over many targets: canary, stop, rerun, schemas, two at once. Each target keeps a journal
 * of its own. */
#include <ftw.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cluster.h"
#include "migrate/fan_out.h"
#include "tap.h"

static keel_scratch *cluster;
static char server[CLUSTER_CONNINFO_SIZE]; /* of the database "postgres" */

/* A folder, some databases NAME_1, NAME_2 ..., and what came of the last run over them. */
typedef struct place {
    const char *name;
    int databases;
    char dir[96];
    keel_arena *arena;
    keel_report *report;
    keel_progress *progress;
    keel_migrate_options migrate;
    keel_fan_out_options options;
    keel_fan_out_choice choice;
    keel_targets targets;
    keel_error err;
} place;

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *level)
{
    (void)facts, (void)type, (void)level;
    return remove(path);
}

static void write_file(const place *p, const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", p->dir, name);
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        exit(2);
}

/* A connection to NAME_number; number 0 is the server's own database. */
static keel_pg *connect_to(const place *p, int number)
{
    KEEL_CLEANUP(keel_str_free) keel_str conninfo = {0};
    char name[64];
    keel_error err;

    snprintf(name, sizeof name, "%s_%d", p->name, number);
    if (!keel_pg_conninfo_database(server, number > 0 ? name : "postgres", &conninfo, &err))
        exit(2);
    return cluster_connect(conninfo.data);
}

static void in(const place *p, int number, const char *sql)
{
    keel_pg *pg = connect_to(p, number);

    cluster_exec(pg, sql);
    keel_pg_close(pg);
}

static const char *value_in(const place *p, int number, const char *sql)
{
    keel_pg *pg = connect_to(p, number);
    const char *value = cluster_value(pg, sql);

    keel_pg_close(pg);
    return value;
}

static void open_place(place *p, const char *name, int databases)
{
    char sql[96];

    *p = (place){.name = name,
                 .databases = databases,
                 .arena = keel_arena_create(),
                 .report = keel_report_create(),
                 .progress = keel_progress_create(true, false)};
    printf("# %s\n", name);
    snprintf(p->dir, sizeof p->dir, "%s/pgkeel-fan-XXXXXX",
             getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    if (mkdtemp(p->dir) == NULL)
        exit(2);
    for (int i = 1; i <= databases; i++) {
        snprintf(sql, sizeof sql, "CREATE DATABASE %s_%d", name, i);
        in(p, 0, sql);
    }
    p->migrate = (keel_migrate_options){
        .dir = p->dir, .wait = 20 * KEEL_SECOND, .lock_timeout = 300000, .retries = 3};
    p->options = (keel_fan_out_options){.migrate = &p->migrate, .jobs = 3, .stop_after = 1};
    p->choice = (keel_fan_out_choice){.conninfo = server};
    write_file(p, "1_a.sql",
               "-- pgkeel:up\ncreate table a (id int);\n-- pgkeel:down\ndrop table a;\n");
    write_file(p, "2_b.sql",
               "-- pgkeel:up\ncreate table b (id int);\ncreate index concurrently b_id on b (id);\n"
               "-- pgkeel:down\ndrop table b;\n");
}

static void close_place(place *p)
{
    keel_report_free(p->report);
    keel_progress_free(p->progress);
    keel_arena_free(p->arena);
    nftw(p->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* A new run, over the databases 1 .. count unless the place has chosen otherwise. */
static bool run(place *p)
{
    KEEL_CLEANUP(keel_str_free) keel_str list = {0};
    keel_fan_out_choice choice = p->choice;

    for (int i = 1; i <= p->databases; i++)
        keel_str_addf(&list, "%s%s_%d", i > 1 ? "," : "", p->name, i);
    if (choice.databases == NULL && choice.databases_from == NULL && choice.schemas == NULL &&
        choice.schemas_from == NULL)
        choice.databases = keel_str_text(&list);
    keel_report_free(p->report);
    p->report = keel_report_create();
    p->err = (keel_error){0};
    p->targets = (keel_targets){0};
    return keel_fan_out_find(p->arena, &choice, &p->targets, &p->err) &&
           keel_fan_out_run(p->arena, &p->options, &p->targets, p->report, p->progress, &p->err);
}

/* The targets' states by their first letters, in their order: "dfx" = done, failed, not started. */
static const char *states(const place *p)
{
    static const char letters[] = {
        [KEEL_TARGET_NOT_STARTED] = 'x', [KEEL_TARGET_DONE] = 'd',   [KEEL_TARGET_NOTHING] = '-',
        [KEEL_TARGET_FOUND] = '!',       [KEEL_TARGET_FAILED] = 'f', [KEEL_TARGET_STOPPED] = 's'};
    static char text[32];
    size_t i = 0;

    for (; i < p->targets.count && i + 1 < sizeof text; i++)
        text[i] = letters[p->targets.items[i].state];
    text[i] = '\0';
    return text;
}

static const char *applied(const place *p, int number)
{
    return value_in(
        p, number,
        "SELECT CASE WHEN to_regclass('pgkeel.migration') IS NULL THEN 'no journal' ELSE"
        " (xpath('string(//v)', query_to_xml('SELECT string_agg(target_schema || version || state,"
        " '' '' ORDER BY target_schema, version) AS v FROM pgkeel.migration', true, false, "
        "'')))[1]::text"
        " END");
}

/* S4-22, S4-23: many databases to the newest version, and which version each has. */
static void test_all(void)
{
    place p;

    open_place(&p, "all", 4);
    p.migrate.dry_run = true;
    ok(run(&p), "a dry run: %s", p.err.message);
    is_str(states(&p), "dddd", "looks at all of them");
    is_str(p.targets.items[3].note, "2 to run: 1, 2", "and says what is due");
    is_str(applied(&p, 1), "no journal", "but writes nothing");
    p.migrate.dry_run = false;
    ok(run(&p) && keel_fan_out_complete(&p.targets, &p.err), "up: %s", p.err.message);
    is_str(states(&p), "dddd", "all are done");
    ok(p.targets.items[0].canary && !p.targets.items[1].canary, "the first was the canary");
    is_int((int64_t)p.targets.items[3].steps.count, 3, "each tells its steps");
    is_str(p.targets.items[3].steps.items[2].label, "CREATE INDEX CONCURRENTLY b_id",
           "by their labels");
    for (int i = 1; i <= 4; i++)
        is_str(applied(&p, i), "1applied 2applied", "a journal in database %d", i);
    is_str(applied(&p, 0), "no journal", "none where the names came from");
    ok(run(&p), "up again");
    is_str(states(&p), "----", "has nothing to do");
    p.options.act = KEEL_FAN_OUT_LOOK;
    write_file(&p, "3_c.sql", "create table c (id int);\n");
    ok(run(&p) && keel_fan_out_complete(&p.targets, &p.err), "status: %s", p.err.message);
    is_str(p.targets.items[2].note, "at 2, 1 of 3 pending", "says where each is");
    p.options.act = KEEL_FAN_OUT_VERIFY;
    in(&p, 3, "ALTER TABLE a ADD COLUMN v text");
    ok(run(&p), "verify: %s", p.err.message);
    is_str(states(&p), "dd!d", "finds drift where it is");
    ok(keel_report_count(p.report) == 1 &&
           strcmp(keel_report_at(p.report, 0)->object, "all_3: column public.a.v") == 0,
       "named with its database: %s",
       keel_report_count(p.report) > 0 ? keel_report_at(p.report, 0)->object : "none");
    close_place(&p);
}

/* S4-28, S4-31: back to a version, and forward again; never by a number, which a rerun would take
 * twice. */
static void test_down(void)
{
    place p;

    open_place(&p, "downward", 3);
    ok(run(&p), "up: %s", p.err.message);
    p.options.act = KEEL_FAN_OUT_DOWN;
    p.migrate.steps = 1;
    ok(!run(&p) && p.err.kind == KEEL_ERR_USAGE, "by a number is refused: %s", p.err.message);
    p.migrate.to = "1";
    ok(run(&p), "down to 1: %s", p.err.message);
    is_str(states(&p), "ddd", "all went down");
    ok(run(&p), "once more");
    is_str(states(&p), "---", "takes nothing more back");
    is_str(applied(&p, 2), "1applied", "the journal");
    p.options.act = KEEL_FAN_OUT_UP;
    p.migrate.to = NULL;
    ok(run(&p), "up again: %s", p.err.message);
    is_str(states(&p), "ddd", "all came up");
    close_place(&p);
}

static void test_canary(void)
{
    place p;

    open_place(&p, "canary", 4);
    in(&p, 3, "CREATE TABLE b (other text)");
    p.options.canary = "canary_3";
    p.options.stop_after = 100;
    ok(run(&p) && !keel_fan_out_complete(&p.targets, &p.err), "a canary that fails: %s",
       p.err.message);
    is_str(states(&p), "xxfx", "stops all others, however many may fail");
    is_str(p.targets.items[0].note, "the canary canary_3 did not end well", "which say why");
    ok(strstr(p.targets.items[2].note,
              "relation \"b\" already exists; before that: 1 migration, 1 step") != NULL,
       "as it does: %s", p.targets.items[2].note);
    ok(keel_report_count(p.report) == 1 &&
           strcmp(keel_report_at(p.report, 0)->object, "canary_3: 2_b.sql") == 0,
       "the finding names database and file");
    is_str(applied(&p, 1), "no journal", "nothing was begun in the first");
    is_str(applied(&p, 3), "1applied", "the canary keeps what it has committed");
    in(&p, 3, "DROP TABLE b");
    ok(run(&p) && keel_fan_out_complete(&p.targets, &p.err), "mended, the rerun goes on: %s",
       p.err.message);
    is_str(states(&p), "dddd", "in all of them");
    is_int((int64_t)p.targets.items[2].migrations, 1, "with the rest in the canary");
    p.options.canary = "canary_9";
    ok(!run(&p) && p.err.kind == KEEL_ERR_USAGE, "a canary that is none of them: %s",
       p.err.message);
    close_place(&p);
}

static void test_stop_after(void)
{
    place p;

    open_place(&p, "broken", 5);
    in(&p, 2, "CREATE TABLE a (other text)");
    p.options.jobs = 1;
    ok(run(&p), "one of five is broken: %s", p.err.message);
    is_str(states(&p), "dfxxx", "the first failure stops");
    is_str(p.targets.items[4].note, "1 failed before it", "which the others say");
    p.options.stop_after = 2;
    ok(run(&p) && !keel_fan_out_complete(&p.targets, &p.err), "but not if two may fail: %s",
       p.err.message);
    is_str(states(&p), "-fddd", "the rerun does the rest");
    ok(strcmp(p.err.message, "1 of 5 targets is not done: 1 failed") == 0, "and counts: %s",
       p.err.message);
    in(&p, 2, "DROP TABLE a");
    ok(run(&p) && keel_fan_out_complete(&p.targets, &p.err), "mended: %s", p.err.message);
    is_str(states(&p), "-d---", "only that one is left");
    close_place(&p);
}

static void test_unreachable(void)
{
    place p;

    open_place(&p, "gone", 2);
    p.choice.databases = "gone_1,gone_9,gone_2";
    p.options.stop_after = 2;
    ok(run(&p), "a database that does not exist: %s", p.err.message);
    is_str(states(&p), "dfd", "fails by itself");
    ok(keel_report_count_of(p.report, KEEL_CRITICAL) == 1 &&
           strcmp(keel_report_at(p.report, 0)->object, "gone_9") == 0,
       "with a finding that names it");
    close_place(&p);
}

static void test_schemas(void)
{
    place p;
    char conninfo[CLUSTER_CONNINFO_SIZE];

    open_place(&p, "spaces", 0);
    keel_pg *pg = cluster_database(cluster, "spaces", conninfo);
    cluster_exec(pg, "CREATE SCHEMA one; CREATE SCHEMA \"Tenant, II\"; CREATE SCHEMA three");
    p.choice = (keel_fan_out_choice){.conninfo = conninfo, .schemas = "one, \"Tenant, II\",three"};
    ok(run(&p) && keel_fan_out_complete(&p.targets, &p.err), "schema by schema: %s", p.err.message);
    is_str(states(&p), "ddd", "all are done");
    is_str(
        cluster_value(
            pg,
            "SELECT string_agg(schemaname || '.' || tablename, ' ' ORDER BY schemaname, tablename)"
            " FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema', "
            "'pgkeel')"),
        "Tenant, II.a Tenant, II.b one.a one.b three.a three.b", "each has its tables");
    is_str(cluster_value(pg, "SELECT string_agg(target_schema || ' ' || version, '; ' ORDER BY "
                             "target_schema COLLATE \"C\","
                             " version) FROM pgkeel.migration"),
           "Tenant, II 1; Tenant, II 2; one 1; one 2; three 1; three 2", "and its journal");
    is_str(cluster_value(pg, "SELECT count(*) FROM pg_index x JOIN pg_class c ON c.oid = indexrelid"
                             " WHERE relname = 'b_id' AND indisvalid"),
           "3", "indexes built at once are valid");
    p.choice = (keel_fan_out_choice){
        .conninfo = conninfo,
        .schemas_from = "SELECT nspname FROM pg_namespace WHERE nspname ~ '^[A-Zot]' ORDER BY 1"};
    p.options.act = KEEL_FAN_OUT_VERIFY;
    ok(run(&p), "verify, by a query: %s", p.err.message);
    is_str(states(&p), "ddd", "each by itself");
    p.choice = (keel_fan_out_choice){.conninfo = conninfo, .schemas = "one,Three"};
    ok(!run(&p) && strstr(p.err.message, "there is no schema \"Three\"") != NULL,
       "a name is as it is written: %s", p.err.message);
    p.choice = (keel_fan_out_choice){.conninfo = conninfo,
                                     .schemas_from = "SELECT nspname FROM pg_namespace"};
    ok(!run(&p) && strstr(p.err.message, "is no schema to migrate") != NULL, "the system's own: %s",
       p.err.message);
    keel_pg_close(pg);
    close_place(&p);
}

/* What cannot be a list of targets is refused before anything is done. */
static void test_refused(void)
{
    place p;

    open_place(&p, "refused", 2);
    const struct {
        keel_fan_out_choice choice;
        const char *says;
    } cases[] = {
        {{.conninfo = server, .databases = "refused_1,refused_2,refused_1"},
         "\"refused_1\" is there twice"},
        {{.conninfo = server, .databases = ""}, "an empty name"},
        {{.conninfo = server, .databases = "refused_1,"}, "an empty name"},
        {{.conninfo = server, .databases = "\"refused_1"}, "a double quote without its end"},
        {{.conninfo = server, .databases = "\"refused_1\"x"}, "a comma is missing"},
        {{.databases = "refused_1"}, "a database of no known server"},
        {{.conninfo = server, .databases = "template1"}, "\"template1\" is no database to migrate"},
        {{.conninfo = server, .databases_from = "SELECT datname FROM pg_database WHERE false"},
         "gives no row"},
        {{.conninfo = server, .databases_from = "SELECT NULL"}, "an empty name"},
        {{.conninfo = server, .databases_from = "SELECT 'refused_1' UNION ALL SELECT 'refused_1'"},
         "is there twice"},
        {{.conninfo = server, .databases_from = "SELECT nonsense"},
         "--databases-from: column \"nonsense\" does not exist"},
        {{.conninfo = server, .databases_from = "CREATE TABLE t AS SELECT 1"},
         "read-only transaction"},
        {{.conninfo = server, .databases = "refused_1", .schemas = "s"},
         "--databases and --schemas do not go together"},
    };
    for (size_t i = 0; i < KEEL_COUNT_OF(cases); i++) {
        p.choice = cases[i].choice;
        ok(!run(&p) && strstr(p.err.message, cases[i].says) != NULL, "%s: %s", cases[i].says,
           p.err.message);
    }
    is_str(applied(&p, 1), "no journal", "and nothing is done");
    close_place(&p);
}

/* A URL stands for itself; what looks like a connection string without being a URL is a name. */
static void test_urls(void)
{
    place p;
    char list[2048], url[1024];

    open_place(&p, "urls", 2);
    in(&p, 0, "CREATE DATABASE \"host=x, Odd\"");
    snprintf(url, sizeof url, "%s",
             value_in(&p, 0,
                      "SELECT format('postgresql:///urls_2?host=%s&port=%s&user=postgres',"
                      " current_setting('unix_socket_directories'), current_setting('port'))"));
    snprintf(list, sizeof list, "urls_1, %s ,\"host=x, Odd\"", url);
    p.choice = (keel_fan_out_choice){.conninfo = server, .databases = list};
    ok(run(&p) && keel_fan_out_complete(&p.targets, &p.err), "names and a URL: %s", p.err.message);
    is_str(states(&p), "ddd", "all are done");
    const char *name = p.targets.items[1].name;
    ok(strstr(name, "/urls_2") != NULL && strstr(name, "postgresql:") == NULL,
       "a URL is called by its place: %s", name);
    is_str(p.targets.items[2].name, "host=x, Odd", "a name by its name");
    is_str(applied(&p, 2), "1applied 2applied", "the URL's database has its journal");
    snprintf(list, sizeof list, "urls_2,%s", url);
    p.choice.databases = list;
    ok(!run(&p) && strstr(p.err.message, "is there twice") != NULL, "twice by name and URL: %s",
       p.err.message);
    p.choice = (keel_fan_out_choice){.databases = url};
    ok(run(&p), "URLs alone need no server of their own: %s", p.err.message);
    is_str(states(&p), "-", "and nothing is left to do");
    close_place(&p);
}

typedef struct side {
    place *p;
    bool good;
} side;

static void *run_side(void *argument)
{
    side *s = argument;

    s->good = run(s->p) && keel_fan_out_complete(&s->p->targets, &s->p->err);
    return NULL;
}

static void test_two_at_once(void)
{
    pthread_t thread;
    place p, other;
    size_t migrations = 0;

    open_place(&p, "twice", 4);
    other = p;
    other.arena = keel_arena_create();
    other.report = keel_report_create();
    other.progress = keel_progress_create(true, false);
    side first = {.p = &p}, second = {.p = &other};
    if (pthread_create(&thread, NULL, run_side, &first) != 0)
        exit(2);
    run_side(&second);
    pthread_join(thread, NULL);
    ok(first.good && second.good, "two at once end well: %s %s", p.err.message, other.err.message);
    for (size_t i = 0; i < 4; i++)
        migrations += p.targets.items[i].migrations + other.targets.items[i].migrations;
    is_int((int64_t)migrations, 8, "each migration was run once in each database");
    for (int i = 1; i <= 4; i++)
        is_str(applied(&p, i), "1applied 2applied", "database %d", i);
    keel_report_free(other.report);
    keel_progress_free(other.progress);
    keel_arena_free(other.arena);
    close_place(&p);
}

static volatile sig_atomic_t halted;

static void halt(int signal_number)
{
    (void)signal_number;
    halted = 1;
}

typedef struct halter {
    pthread_t whom;
    keel_pg *watcher;
} halter;

/* Sends the signal once the ALTER waits for its lock. */
static void *halt_when_it_waits(void *argument)
{
    halter *h = argument;
    keel_usec deadline = keel_monotonic() + 60 * KEEL_SECOND;

    while (keel_monotonic() < deadline &&
           strcmp(cluster_value(h->watcher, "SELECT count(*) FROM pg_locks"
                                            " WHERE NOT granted AND relation = 'held'::regclass"),
                  "0") == 0)
        keel_sleep(5000);
    pthread_kill(h->whom, SIGUSR1);
    return NULL;
}

/* A signal while the canary waits: it gives up its step, and no other is begun. */
static void test_stop(void)
{
    struct sigaction action = {.sa_handler = halt};
    pthread_t thread;
    place p;

    open_place(&p, "halt", 3);
    sigaction(SIGUSR1, &action, NULL);
    p.migrate.cancel = &halted;
    for (int i = 1; i <= 3; i++)
        in(&p, i, "CREATE TABLE held (id int)");
    write_file(&p, "3_held.sql",
               "-- pgkeel: lock_timeout=1h\nalter table held add column v int;\n");
    keel_pg *holder = connect_to(&p, 1);
    cluster_exec(holder, "BEGIN; LOCK TABLE held IN ACCESS SHARE MODE");
    halter h = {.whom = pthread_self(), .watcher = connect_to(&p, 1)};
    if (pthread_create(&thread, NULL, halt_when_it_waits, &h) != 0)
        exit(2);
    ok(run(&p) && !keel_fan_out_complete(&p.targets, &p.err) && p.err.kind == KEEL_ERR_CANCELLED,
       "stopped: %s", p.err.message);
    pthread_join(thread, NULL);
    is_str(states(&p), "sxx", "the canary on its way, the others not begun");
    is_str(p.targets.items[2].note, "stopped on request", "and why");
    is_str(applied(&p, 1), "1applied 2applied", "what was committed stands");
    is_str(applied(&p, 2), "no journal", "nothing was begun in the next");
    halted = 0;
    cluster_exec(holder, "COMMIT");
    ok(run(&p) && keel_fan_out_complete(&p.targets, &p.err), "the rerun goes on: %s",
       p.err.message);
    is_str(states(&p), "ddd", "to the end");
    is_int((int64_t)p.targets.items[0].migrations, 1, "with what was left");
    keel_pg_close(holder);
    keel_pg_close(h.watcher);
    close_place(&p);
}

int main(void)
{
    static const char *const settings[] = {"max_connections = 40", NULL};

    cluster = cluster_start(settings);
    snprintf(server, sizeof server, "%s", keel_scratch_conninfo(cluster));
    test_all();
    test_down();
    test_canary();
    test_stop_after();
    test_unreachable();
    test_schemas();
    test_refused();
    test_urls();
    test_two_at_once();
    test_stop();
    keel_scratch_stop(cluster);
    return done_testing();
}
