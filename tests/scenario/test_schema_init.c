/* A service that makes its schema when it starts: the tracker's, by the call that `pgkeel migrate up` makes, and by the
 * command itself. The marks (S2-1) are rows of the users' requirements. */
#include <pthread.h>

#include "chain.h"
#include "migrate/migrate.h"

#define TRACKER "kamiyo/migrations/pgkeel"
#define NINE_TABLES                                                                                                    \
    "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname IN"        \
    " ('exploits', 'sources', 'alerts_sent', 'users', 'alert_preferences', 'community_submissions', 'user_reputation'," \
    " 'payments', 'subscription_changes')"

/* What a service does first. */
typedef struct start {
    const char *conninfo, *folder, *to;
    bool good;
    size_t migrations;
    keel_error err;
    pthread_t thread;
} start;

static void *start_service(void *context)
{
    start *s = context;
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = keel_report_create();
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *progress = keel_progress_create(true, false);
    const keel_migrate_result *result = NULL;
    keel_migrate_options options = {.conninfo = s->conninfo, .dir = s->folder, .to = s->to, .wait = 60 * KEEL_SECOND,
                                    .lock_timeout = 500000, .retries = 10};

    s->good = keel_migrate_up(arena, &options, report, progress, &result, &s->err);
    s->migrations = result != NULL ? result->migrations : 0;
    return NULL;
}

static start start_once(const chain_place *p, const char *folder, const char *to)
{
    start s = {.conninfo = p->conninfo, .folder = folder, .to = to};

    start_service(&s);
    return s;
}

static void test_first_start(void)
{
    chain_place p = chain_place_open("init_first", NULL);
    start s = start_once(&p, chain_example(p.arena, TRACKER), NULL);

    ok(s.good, "S2-1 S2-51: the first start on an empty database: %s", s.err.message);
    is_str(cluster_value(p.pg, NINE_TABLES), "9", "S2-1 S2-30: makes the nine tables");
    cluster_exec(p.pg, "INSERT INTO users (email, password_hash) VALUES ('a', 'x'); UPDATE users SET tier = 'pro'");
    for (int i = 0; i < 5; i++) {
        s = start_once(&p, chain_example(p.arena, TRACKER), NULL);
        ok(s.good && s.migrations == 0, "S2-4 S2-54: start number %d changes nothing", i + 2);
    }
    is_str(cluster_value(p.pg, "SELECT tier FROM users"), "pro", "S2-54: and what is in the tables stays");
    chain_place_close(&p);
}

/* With nothing pending a start asks for no lock: neither the runners' nor a table's. */
static void test_looks_first(void)
{
    chain_place p = chain_place_open("init_looks_first", NULL);
    start s = start_once(&p, chain_example(p.arena, TRACKER), NULL);

    ok(s.good, "a first start");
    cluster_exec(p.pg, "BEGIN; LOCK TABLE exploits, users IN ACCESS EXCLUSIVE MODE");
    s = start_once(&p, chain_example(p.arena, TRACKER), NULL);
    ok(s.good && s.migrations == 0, "S2-2: a start looks first, and passes while the tables are locked: %s", s.err.message);
    cluster_exec(p.pg, "ROLLBACK");
    chain_place_close(&p);
}

/* As it was made before there were migrations: by the schema file, which leaves no journal. */
static void test_tables_without_journal(void)
{
    chain_place p = chain_place_open("init_without_journal", NULL);
    const char *text = chain_text(p.arena, TRACKER "/001_initial_schema.sql");
    const char *down = strstr(text, "-- pgkeel:down");

    cluster_exec(p.pg, keel_arena_strndup(p.arena, text, (size_t)(down - text)));
    cluster_exec(p.pg, keel_arena_strndup(p.arena, text, (size_t)(down - text)));
    is_str(cluster_value(p.pg, NINE_TABLES), "9", "S2-4 S2-7: the schema file can be run twice by hand");
    cluster_exec(p.pg, "INSERT INTO sources (name) VALUES ('rss')");
    start s = start_once(&p, chain_example(p.arena, TRACKER), NULL);
    ok(s.good, "S2-4 S1-51: a start on tables that it did not make: %s", s.err.message);
    is_str(cluster_value(p.pg, "SELECT name FROM sources"), "rss", "S2-4: which keep what they had");
    chain_place_close(&p);
}

static void test_many_at_once(void)
{
    enum { SERVICES = 6, ROUNDS = 3 };
    int good = 0;
    size_t migrations = 0;

    for (int round = 0; round < ROUNDS; round++) {
        char name[32];
        snprintf(name, sizeof name, "init_many_%d", round);
        chain_place p = chain_place_open(name, NULL);
        start services[SERVICES] = {0};
        for (size_t i = 0; i < SERVICES; i++) {
            services[i] = (start){.conninfo = p.conninfo, .folder = chain_example(p.arena, TRACKER)};
            pthread_create(&services[i].thread, NULL, start_service, &services[i]);
        }
        for (size_t i = 0; i < SERVICES; i++) {
            pthread_join(services[i].thread, NULL);
            good += services[i].good;
            migrations += services[i].migrations;
            if (!services[i].good)
                printf("# %s (%s)\n", services[i].err.message, services[i].err.hint);
        }
        chain_place_close(&p);
    }
    is_int(good, (int64_t)SERVICES * ROUNDS, "S2-60: six services start at once on an empty database, three times: all succeed");
    is_int((int64_t)migrations, 6 * (int64_t)ROUNDS, "S2-4: and each migration is applied once");
}

typedef struct process {
    pthread_t thread;
    const char *conninfo;
    int exit_code;
} process;

static void *run_process(void *context)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    process *p = context;

    p->exit_code = chain_migrate(arena, p->conninfo, chain_example(arena, TRACKER), "up", NULL, NULL).exit_code;
    return NULL;
}

static void test_processes_at_once(void)
{
    enum { PROCESSES = 5 };
    chain_place p = chain_place_open("init_processes", NULL);
    process processes[PROCESSES] = {0};
    int failed = 0;

    for (size_t i = 0; i < PROCESSES; i++) {
        processes[i].conninfo = p.conninfo;
        pthread_create(&processes[i].thread, NULL, run_process, &processes[i]);
    }
    for (size_t i = 0; i < PROCESSES; i++) {
        pthread_join(processes[i].thread, NULL);
        failed += processes[i].exit_code != 0;
    }
    is_int(failed, 0, "S2-4 S2-60: five processes at once as well");
    is_str(cluster_value(p.pg, NINE_TABLES), "9", "S2-30: nine tables");
    chain_place_close(&p);
}

/* Each file commits for itself: what is good stays when a later one fails. */
static void test_commits_by_itself(void)
{
    chain_place p = chain_place_open("init_commits", NULL);
    const char *folder = chain_folder(p.arena);

    chain_file(folder, "001_tables.sql", "CREATE TABLE IF NOT EXISTS exploits (id int);\n");
    chain_file(folder, "002_broken.sql", "CREATE TABLE half (id int);\nCREATE TABLE bad (id nonsense);\n");
    start s = start_once(&p, folder, NULL);
    ok(!s.good && strstr(s.err.message, "002_broken.sql:2: type \"nonsense\" does not exist") != NULL,
       "S1-138: a start that fails says why: %s", s.err.message);
    is_str(cluster_value(p.pg, "SELECT concat_ws(' ', to_regclass('exploits'), to_regclass('half'))"), "exploits",
           "S2-3: the file before it is committed, and nothing of the failed one");
    const char *const words[] = {"migrate", "up", "--dir", folder, NULL};
    chain_run said = chain_say(p.arena, p.conninfo, words);
    ok(said.exit_code == 2 && strstr(said.text, "type \"nonsense\" does not exist") != NULL,
       "S1-138: as a command it ends with 2, so that nothing is started behind it, and the log has the cause");
    ok(strstr(said.text, "CREATE TABLE bad (id nonsense)") != NULL && strstr(said.text, "^") != NULL,
       "S1-138: with the line, and a caret under the place");
    chain_place_close(&p);
}

static void test_missing_folder(void)
{
    chain_place p = chain_place_open("init_missing", NULL);
    start s = start_once(&p, "/no/such/migrations", NULL);

    ok(!s.good && strstr(s.err.message, "/no/such/migrations") != NULL, "S2-5: a folder that is not there is said: %s (%s)",
       s.err.message, s.err.hint);
    is_str(cluster_value(p.pg, "SELECT to_regnamespace('pgkeel')::text"), "(null)", "S2-5: and nothing is made");
    chain_run run = chain_migrate(p.arena, p.conninfo, "/no/such/migrations", "up", NULL, NULL);
    is_int(run.exit_code, 2, "S2-5: the command ends with 2");
    chain_place_close(&p);
}

/* The service's own connection, in the middle of a transaction, notices nothing. */
static void test_own_connection(void)
{
    chain_place p = chain_place_open("init_own_connection", NULL);

    cluster_exec(p.pg, "SET search_path = pg_catalog; BEGIN; CREATE TEMPORARY TABLE mine (id int)");
    start s = start_once(&p, chain_example(p.arena, TRACKER), "001");
    ok(s.good, "S2-6: a start inside of somebody's transaction: %s", s.err.message);
    is_str(cluster_value(p.pg, "SELECT concat_ws(' ', current_setting('search_path'), (SELECT count(*) FROM mine))"),
           "pg_catalog 0", "S2-6: has a connection of its own and leaves this one alone");
    cluster_exec(p.pg, "COMMIT");
    chain_place_close(&p);
}

static void test_dry_run(void)
{
    chain_place p = chain_place_open("init_dry_run", NULL);
    const char *folder = chain_folder(p.arena);
    size_t tables = 0;

    chain_file(folder, "001_initial_schema.sql", chain_text(p.arena, TRACKER "/001_initial_schema.sql"));
    chain_run run = chain_migrate(p.arena, p.conninfo, folder, "plan", NULL, NULL);
    for (const char *at = run.text; (at = strstr(at, "\"sql\":\"CREATE TABLE ")) != NULL; at++)
        tables++;
    is_int((int64_t)tables, 9, "S2-28: a plan of the schema file counts nine tables");
    is_str(cluster_value(p.pg, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"), "0",
           "S2-28: and makes none");
    chain_file(folder, "002_typo.sql", "CREATE TABLE good (id int);\nCREATE TABEL bad (id int);\n");
    const char *const words[] = {"migrate", "up", "--dir", folder, "--dry-run", NULL};
    run = chain_pgkeel(p.arena, p.conninfo, words);
    ok(run.exit_code != 0 && *chain_found(&run, "migrate.syntax", "002_typo.sql") != '\0',
       "S1-50 S2-28: a dry run finds a typo: %s", chain_found(&run, "migrate.syntax", NULL));
    is_str(cluster_value(p.pg, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"), "0",
           "S1-50 S2-28: before anything is run");
    chain_place_close(&p);
}

/* A chat in use gets two named constraints, and nobody waits for them. */
static void test_chat_constraints(void)
{
    chain_place p = chain_place_open("init_chat", NULL);
    const char *folder = chain_folder(p.arena), *blunt = chain_folder(p.arena);

    cluster_exec(p.pg, "CREATE TABLE chat_messages (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), conversation_id uuid,"
                       " content text NOT NULL); INSERT INTO chat_messages (conversation_id, content) SELECT"
                       " gen_random_uuid(), repeat('x', 400) FROM generate_series(1, 30000); ANALYZE chat_messages");
    chain_file(blunt, "001_chat.sql",
               "ALTER TABLE chat_messages ADD CONSTRAINT unique_message_id UNIQUE (id);\n"
               "ALTER TABLE chat_messages ADD CONSTRAINT not_null_conversation CHECK (conversation_id IS NOT NULL);\n");
    chain_run run = chain_lint(p.arena, p.conninfo, blunt);
    ok(*chain_found(&run, "L007", NULL) != '\0' && *chain_found(&run, "L010", NULL) != '\0',
       "S1-44 S1-45: lint --live knows that the short forms block");
    chain_file(folder, "001_chat.sql",
               "-- pgkeel:up\n"
               "CREATE UNIQUE INDEX CONCURRENTLY unique_message_id ON chat_messages (id);\n"
               "ALTER TABLE chat_messages ADD CONSTRAINT unique_message_id UNIQUE USING INDEX unique_message_id;\n"
               "-- pgkeel:step\n"
               "ALTER TABLE chat_messages ADD CONSTRAINT not_null_conversation CHECK (conversation_id IS NOT NULL) NOT VALID;\n"
               "-- pgkeel:step\n"
               "ALTER TABLE chat_messages VALIDATE CONSTRAINT not_null_conversation;\n"
               "-- pgkeel:down\n"
               "ALTER TABLE chat_messages DROP CONSTRAINT not_null_conversation, DROP CONSTRAINT unique_message_id;\n");
    run = chain_lint(p.arena, p.conninfo, folder);
    chain_good(&run, "S1-44 S1-45: and that the long ones do not");
    run = chain_migrate(p.arena, p.conninfo, folder, "up", NULL, NULL);
    chain_good(&run, "S1-44 S1-45: up");
    is_str(cluster_value(p.pg, "SELECT string_agg(conname || ' ' || contype::text || ' ' || convalidated, ', ' ORDER BY conname)"
                               " FROM pg_constraint WHERE conrelid = 'chat_messages'::regclass AND contype <> 'p'"),
           "not_null_conversation c true, unique_message_id u true", "S1-44 S1-45: both constraints, valid, by their names");
    run = chain_migrate(p.arena, p.conninfo, folder, "down", NULL, NULL);
    chain_good(&run, "S1-54 S1-56: and the way back");
    chain_place_close(&p);
}

int main(int argc, char **argv)
{
    chain_open(argc, argv);
    test_first_start();
    test_looks_first();
    test_tables_without_journal();
    test_many_at_once();
    test_processes_at_once();
    test_commits_by_itself();
    test_missing_folder();
    test_own_connection();
    test_dry_run();
    test_chat_constraints();
    chain_close();
    return done_testing();
}
