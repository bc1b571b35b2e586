/* The applications' migrations as they were written by hand, on filled databases: each fails or harms where it did in
 * production. pgkeel says where and why, leaves nothing half done, and lint has named it before. */

#include "factory.h"

#define TRACKER_BY_HAND "kamiyo/migrations/by-hand"

static chain_run by_hand(const chain_place *p, const char *word, const char *option, const char *value)
{
    return chain_migrate(p->arena, p->conninfo, chain_example(p->arena, FACTORY_BY_HAND), word, option, value);
}

/* The migration ends with this message, and the schema is as it was. */
static void fails(const chain_place *p, const char *folder, const char *message, const char *what)
{
    const chain_schema *before = chain_schema_of(p->arena, p->pg);

    chain_run run = chain_migrate(p->arena, p->conninfo, folder, "up", NULL, NULL);
    ok(run.exit_code == 2 && strstr(chain_failure(&run), message) != NULL, "%s: %s", what, chain_failure(&run));
    is_str(chain_difference(p->arena, before, chain_schema_of(p->arena, p->pg)), "", "%s: nothing is half done", what);
}

/* lint --live names the defect: rule, and a word of the message or the object. */
static void is_named(const chain_run *run, const char *rule, const char *about, const char *what)
{
    const char *message = chain_found(run, rule, about);

    if (!ok(*message != '\0', "%s: lint --live names it beforehand, %s: %s", what, rule, message))
        chain_good(run, "what it says instead");
}

/* On the empty database of a test run nothing is wrong with any of them. */
static void test_factory_on_an_empty_database(void)
{
    chain_place p = chain_place_open("factory_empty", NULL);
    const char *folder = chain_example(p.arena, FACTORY_BY_HAND);
    const char *const words[] = {"migrate", "up", "--dir", folder, NULL};

    chain_run run = chain_say(p.arena, p.conninfo, words);
    const char *second = strstr(run.text, "0002_add_wip_support.sql"), *third = strstr(run.text, "0003_add_wip_unique_index.sql");
    ok(run.exit_code == 0 && second != NULL && third != NULL && second < third, "S4-23 S4-24: up, 0001, 0002, 0003");
    ok(strstr(run.text, "3 migrations applied") != NULL, "S4-25: and it says that it is done");
    const char *const status[] = {"migrate", "status", "--dir", folder, NULL};
    run = chain_say(p.arena, p.conninfo, status);
    ok(strstr(run.text, "0003_add_wip_unique_index.sql") != NULL && strstr(run.text, "0 of 3 pending") != NULL,
       "S4-22 S4-123: the current revision is 0003_add_wip_unique_index");
    is_str(cluster_value(p.pg, "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'process_data'::regclass"
                               " AND attname = 'lot_id'"),
           "t", "S4-26: the new column");
    is_str(cluster_value(p.pg, "SELECT indisunique FROM pg_index WHERE indexrelid ="
                               " 'uq_process_data_lot_process_wip'::regclass"),
           "t", "S4-27: the new index");
    chain_place_close(&p);
}

static void test_factory_on_a_filled_one(void)
{
    chain_place p = chain_place_open("factory_filled", "filled");
    const char *folder = chain_example(p.arena, FACTORY_BY_HAND);
    const char *second = chain_example(p.arena, FACTORY_BY_HAND "/0002_add_wip_support.sql");

    chain_run run = chain_lint(p.arena, p.conninfo, chain_example(p.arena, FACTORY_BY_HAND "/0001_initial.sql"));
    is_named(&run, "L122", "wip_items", "CHECKs with a NULL in their list");
    run = chain_lint(p.arena, p.conninfo, second);
    is_named(&run, "L017", "lot_id", "NOT NULL without a default");
    is_named(&run, "L012", NULL, "a foreign key that is checked at once");
    is_named(&run, "L010", NULL, "a CHECK that is checked at once");
    is_named(&run, "L001", NULL, "indexes that keep writers out");
    is_named(&run, "L077", NULL, "CHECKs that are dropped");
    fails(&p, folder, "0002_add_wip_support.sql:5: column \"lot_id\" of relation \"process_data\" contains null values",
          "trap 7: NOT NULL is added to a filled table");
    run = by_hand(&p, "status", NULL, NULL);
    is_str(chain_versions(p.arena, &run, "applied"), "0001", "the current revision is still 0001");
    chain_place_close(&p);
}

/* With the first defect mended the second shows. */
static void test_factory_old_spelling(void)
{
    chain_place p = chain_place_open("factory_old_spelling", "filled");
    const char *folder = chain_folder(p.arena);
    const char *text = chain_text(p.arena, FACTORY_BY_HAND "/0002_add_wip_support.sql");
    const char *cut = strstr(text, " NOT NULL;");

    chain_file(folder, "0001_initial.sql", chain_text(p.arena, FACTORY_BY_HAND "/0001_initial.sql"));
    chain_file(folder, "0002_add_wip_support.sql",
               keel_arena_printf(p.arena, "%.*s%s", (int)(cut - text), text, cut + strlen(" NOT NULL")));
    fails(&p, folder, "0002_add_wip_support.sql:10: check constraint \"ck_process_data_data_level\" of relation"
                      " \"process_data\" is violated by some row",
          "trap 8: a new CHECK over the old spelling");
    chain_place_close(&p);
}

/* Version 0002 stands, since it was applied while the table was empty; then the factory worked. */
static void work(const chain_place *p)
{
    chain_run run = by_hand(p, "up", "--to", "0002");

    chain_good(&run, "0002 is applied to an empty table");
    cluster_exec(p->pg,
                 "INSERT INTO users (username, email, password_hash, full_name) VALUES ('a', 'a', 'x', 'A');"
                 "INSERT INTO product_models (model_code, model_name) VALUES ('P', 'P');"
                 "INSERT INTO processes (process_number, process_code, name_ko, name_en) VALUES (1, 'L', '레이저', 'Laser');"
                 "INSERT INTO lots (lot_number, product_model_id, target_quantity) VALUES ('KR01', 1, 100);"
                 "INSERT INTO wip_items (wip_id, lot_id) VALUES ('W1', 1);"
                 "INSERT INTO process_data (lot_id, wip_id, process_id, operator_id, data_level, started_at, result) VALUES"
                 " (1, NULL, 1, 1, 'LOT', now(), 'pass'), (1, 1, 1, 1, 'WIP', now(), 'fail'),"
                 " (1, 1, 1, 1, 'WIP', now(), 'rework')");
}

static void test_factory_rework(void)
{
    chain_place p = chain_place_open("factory_rework", NULL);

    work(&p);
    cluster_exec(p.pg, "INSERT INTO process_data (lot_id, wip_id, process_id, operator_id, data_level, started_at)"
                       " SELECT 1, NULL, 1, 1, 'LOT', now() FROM generate_series(1, 120000); ANALYZE process_data");
    chain_run run = chain_lint(p.arena, p.conninfo,
                               chain_example(p.arena, FACTORY_BY_HAND "/0003_add_wip_unique_index.sql"));
    is_named(&run, "L001", "process_data", "a unique index that is not built CONCURRENTLY");
    fails(&p, chain_example(p.arena, FACTORY_BY_HAND),
          "0003_add_wip_unique_index.sql:3: could not create unique index \"uq_process_data_lot_process_wip\"",
          "a unique index that forbids rework");
    chain_place_close(&p);
}

static void test_factory_downgrade(void)
{
    chain_place p = chain_place_open("factory_downgrade", NULL);

    work(&p);
    chain_run run = by_hand(&p, "down", NULL, NULL);
    chain_good(&run, "down, as written by hand, succeeds");
    is_str(cluster_value(p.pg, "SELECT count(*) FROM process_data"), "2", "and has lost a row");
    run = by_hand(&p, "up", NULL, NULL);
    ok(run.exit_code == 2 && strstr(chain_failure(&run), "column \"lot_id\"") != NULL,
       "and there is no way up again: %s", chain_failure(&run));
    chain_place_close(&p);
}

static void test_factory_downgrade_that_fails(void)
{
    chain_place p = chain_place_open("factory_downgrade_that_fails", NULL);

    work(&p);
    cluster_exec(p.pg, "INSERT INTO serials (serial_number, wip_id, lot_id) VALUES ('S1', 1, 1);"
                       "INSERT INTO process_data (lot_id, wip_id, serial_id, process_id, operator_id, data_level, started_at)"
                       " VALUES (1, 1, 1, 1, 1, 'SERIAL', now())");
    chain_run run = by_hand(&p, "down", NULL, NULL);
    ok(run.exit_code == 2 && strstr(chain_failure(&run), "ck_process_data_wip_xor_serial") != NULL,
       "the old CHECK does not take a serial with its unit: %s", chain_failure(&run));
    is_str(cluster_value(p.pg, "SELECT count(*) FROM process_data"), "4", "and no row is lost, since it is one transaction");
    chain_place_close(&p);
}

/* The tracker: 001, and one later file, which fails by itself. */
typedef struct defect {
    const char *file, *message, *rule, *about, *what;
} defect;

static void test_tracker(void)
{
    static const defect defects[] = {
        {"005_recent_indexes.sql", "005_recent_indexes.sql:2: functions in index predicate must be marked IMMUTABLE", "L123",
         "CURRENT_TIMESTAMP", "trap 4: an index predicate with the time of day"},
        {"009_alert_views.sql", "009_alert_views.sql:3: function datetime(unknown, unknown) does not exist", "L124",
         "datetime", "trap 5: a function of SQLite"},
        {"012_critical_indexes.sql",
         "012_critical_indexes.sql:4: CREATE INDEX CONCURRENTLY cannot run inside a transaction block", "command.failed",
         "cannot run inside a transaction block", "trap 3: CONCURRENTLY between BEGIN and COMMIT"},
        {"014_confidence.sql", "014_confidence.sql:5: column \"date\" does not exist", "L125", "date",
         "an index on a column that is not there"},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(defects); i++) {
        char name[32];
        snprintf(name, sizeof name, "tracker_%zu", i);
        chain_place p = chain_place_open(name, "tracker");
        const char *folder = chain_folder(p.arena);
        const char *path = keel_arena_printf(p.arena, TRACKER_BY_HAND "/%s", defects[i].file);
        chain_file(folder, "001_initial_schema.sql", chain_text(p.arena, TRACKER_BY_HAND "/001_initial_schema.sql"));
        chain_file(folder, defects[i].file, chain_text(p.arena, path));
        chain_run run = chain_lint(p.arena, p.conninfo, chain_example(p.arena, path));
        is_named(&run, defects[i].rule, defects[i].about, defects[i].what);
        fails(&p, folder, defects[i].message, defects[i].what);
        chain_place_close(&p);
    }
}

/* Behind the BEGIN there are two more, each seen once the one before is mended. */
static void test_tracker_indexes(void)
{
    chain_place p = chain_place_open("tracker_indexes", "tracker");
    const char *folder = chain_folder(p.arena), *text = chain_text(p.arena, TRACKER_BY_HAND "/012_critical_indexes.sql");
    const char *begin = strstr(text, "BEGIN;\n"), *commit = strstr(text, "COMMIT;\n");
    const char *mended = keel_arena_printf(p.arena, "%.*s\n%.*s", (int)(begin - text), text,
                                           (int)(commit - begin) - 7, begin + 7);

    chain_file(folder, "001_initial_schema.sql", chain_text(p.arena, TRACKER_BY_HAND "/001_initial_schema.sql"));
    chain_file(folder, "012_critical_indexes.sql", mended);
    chain_run run = chain_lint(p.arena, p.conninfo, folder);
    is_named(&run, "L125", "deleted_at", "an index over a column that no migration makes");
    fails(&p, folder, "012_critical_indexes.sql:5: column \"deleted_at\" does not exist",
          "an index over a column that no migration makes");
    cluster_exec(p.pg, "ALTER TABLE exploits ADD COLUMN deleted_at timestamptz; CREATE TABLE subscriptions (user_id int,"
                       " status text, current_period_end timestamptz)");
    run = chain_lint(p.arena, p.conninfo, keel_arena_printf(p.arena, "%s/012_critical_indexes.sql", folder));
    is_named(&run, "L005", NULL, "IF NOT EXISTS, which takes an INVALID index for a good one");
    is_named(&run, "L004", NULL, "CONCURRENTLY in a DO block");
    run = chain_migrate(p.arena, p.conninfo, folder, "up", NULL, NULL);
    ok(run.exit_code == 2 && strstr(chain_failure(&run), "012_critical_indexes.sql:14: CREATE INDEX CONCURRENTLY cannot"
                                                         " run inside a transaction block") != NULL,
       "trap 3: CONCURRENTLY in a DO block: %s", chain_failure(&run));
    is_str(cluster_value(p.pg, "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid::regclass::text IN"
                               " ('idx_exploits_timestamp_chain_active', 'idx_users_stripe_customer_active',"
                               " 'idx_alerts_exploit_channel_recent', 'idx_users_api_key_active_lookup',"
                               " 'idx_exploits_created_active_list')"),
           "5", "the five indexes before it stand");
    run = chain_migrate(p.arena, p.conninfo, folder, "status", NULL, NULL);
    is_str(chain_versions(p.arena, &run, "applying"), "012", "and the journal knows where it stopped");
    chain_place_close(&p);
}

/* As the application started: its schema file run once more, by whatever started first. */
static void test_tracker_second_start(void)
{
    chain_place p = chain_place_open("tracker_second_start", NULL);
    keel_error err = {0};

    cluster_exec(p.pg, chain_text(p.arena, TRACKER_BY_HAND "/001_initial_schema.sql"));
    ok(!keel_pg_exec(p.pg, &err, "INSERT INTO users (email, password_hash) VALUES ('a', 'x');"
                                 "UPDATE users SET tier = 'pro'") &&
           strstr(err.message, "record \"new\" has no field \"updated_at\"") != NULL,
       "no user can be updated: %s", err.message);
    keel_pg_rollback(p.pg);
    const char *folder = chain_folder(p.arena);
    chain_file(folder, "001_initial_schema.sql", chain_text(p.arena, TRACKER_BY_HAND "/001_initial_schema.sql"));
    fails(&p, folder, "relation \"idx_exploits_timestamp\" already exists",
          "trap 11: CREATE INDEX without IF NOT EXISTS, for the second time");
    chain_run run = chain_migrate(p.arena, p.conninfo, chain_example(p.arena, "kamiyo/migrations/pgkeel"), "up", NULL, NULL);
    chain_good(&run, "trap 11: pgkeel's folder finds the database as it should be, and goes on");
    cluster_exec(p.pg, "INSERT INTO users (email, password_hash) VALUES ('a', 'x'); UPDATE users SET tier = 'pro'");
    ok(true, "and users can be updated");
    chain_place_close(&p);
}

static void make_tracker(void)
{
    chain_place p = chain_place_open("tracker", NULL);
    const char *folder = chain_folder(p.arena);

    chain_file(folder, "001_initial_schema.sql", chain_text(p.arena, TRACKER_BY_HAND "/001_initial_schema.sql"));
    chain_run run = chain_migrate(p.arena, p.conninfo, folder, "up", NULL, NULL);
    chain_good(&run, "001 as written by hand, on an empty database");
    cluster_exec(p.pg, "INSERT INTO exploits (tx_hash, chain, protocol, amount_usd, timestamp, source, description)"
                       " SELECT '0x' || md5(i::text), 'Ethereum', 'P' || i % 100, i, now() - i * interval '1 hour', 'rss',"
                       " repeat('x', 400) FROM generate_series(1, 20000) i; ANALYZE exploits");
    chain_place_close(&p);
}

int main(int argc, char **argv)
{
    chain_open(argc, argv);
    factory_template("filled");
    make_tracker();
    test_factory_on_an_empty_database();
    test_factory_on_a_filled_one();
    test_factory_old_spelling();
    test_factory_rework();
    test_factory_downgrade();
    test_factory_downgrade_that_fails();
    test_tracker();
    test_tracker_indexes();
    test_tracker_second_start();
    chain_close();
    return done_testing();
}
