/* S4-82, S4-83: the sixteen tests that the factory had for its migrations, with pgkeel in alembic's place: fourteen under
 * the names they had, and two in the place of those whose names are not known. */
#include <pthread.h>
#include <stdlib.h>

#include "factory.h"

typedef struct place {
    keel_arena *arena;
    keel_pg *pg;
    char conninfo[CLUSTER_CONNINFO_SIZE];
} place;

static place open_place(const char *name)
{
    place p = {.arena = keel_arena_create()};

    p.pg = chain_database(name, NULL, p.conninfo);
    return p;
}

static void close_place(place *p)
{
    keel_pg_close(p->pg);
    keel_arena_free(p->arena);
}

static chain_run command(const place *p, const char *word, const char *option, const char *value)
{
    return factory_run(p->arena, p->conninfo, word, option, value);
}

/* A lot with two units, one of which is a serial. */
static void work(keel_pg *pg)
{
    cluster_exec(pg, "INSERT INTO users (username, email, password_hash, full_name) VALUES ('kim', 'k@f.example', 'x', '김');"
                     "INSERT INTO product_models (model_code, model_name) VALUES ('PSA', 'Pressure sensor');"
                     "INSERT INTO processes (process_number, process_code, name_ko, name_en) VALUES"
                     " (1, 'LASER_MARKING', '레이저 마킹', 'Laser marking'), (7, 'LABEL', '라벨', 'Label');"
                     "INSERT INTO lots (lot_number, product_model_id, target_quantity) VALUES ('KR01PSA251101', 1, 100);"
                     "INSERT INTO wip_items (wip_id, lot_id) SELECT 'WIP-KR01PSA2511-00' || i, 1 FROM generate_series(1, 2) i;"
                     "INSERT INTO serials (serial_number, wip_id, lot_id) VALUES ('KR01PSA2511001', 1, 1)");
}

static void test_init(void)
{
    place p = open_place("suite_init");
    chain_run run = command(&p, "status", NULL, NULL);

    chain_good(&run, "S4-82 1 init: the folder is read, and a database without a journal");
    is_int(chain_number(&run, "pending"), 5, "S4-82 1 init: everything is pending");
    is_str(cluster_value(p.pg, "SELECT to_regnamespace('pgkeel')::text"), "(null)", "S4-82 1 init: and asking makes nothing");
    close_place(&p);
}

static void test_chain_integrity(void)
{
    place p = open_place("suite_integrity");
    chain_run run = command(&p, "plan", NULL, NULL);
    const keel_json_value *list = run.result != NULL ? keel_json_get(run.result, "migrations") : NULL;
    size_t reversible = 0;

    for (size_t i = 0; list != NULL && i < list->count; i++)
        reversible += keel_json_get(&list->items[i], "reversible")->integer == 1;
    is_int((int64_t)reversible, 5, "S4-83 2 chain integrity: each of the five has its way back");
    is_str(chain_versions(p.arena, &run, "pending"), "0001 0002 0003 0004 0005",
           "S4-83 2 chain integrity: in one order, no number twice, none left out");
    close_place(&p);
}

static void test_up_to_head(void)
{
    place p = open_place("suite_up");
    chain_run run = command(&p, "up", NULL, NULL);

    chain_good(&run, "S4-82 3 up to head");
    is_int(chain_number(&run, "migrations"), 5, "S4-82 3 up to head: five migrations");
    run = command(&p, "status", NULL, NULL);
    is_str(chain_versions(p.arena, &run, "applied"), "0001 0002 0003 0004 0005", "S4-82 3 up to head: is where it is");
    close_place(&p);
}

static void test_down_to_base(void)
{
    place p = open_place("suite_down");
    const chain_schema *before = chain_schema_of(p.arena, p.pg);
    chain_run run = command(&p, "up", NULL, NULL);

    chain_good(&run, "S4-82 4 down to base: up before it");
    run = command(&p, "down", "--to", "0");
    chain_good(&run, "S4-82 4 down to base");
    is_int(chain_number(&run, "migrations"), 5, "S4-82 4 down to base: five migrations");
    is_str(chain_difference(p.arena, before, chain_schema_of(p.arena, p.pg)), "", "S4-82 4 down to base: nothing is left");
    close_place(&p);
}

static void test_up_down_up(void)
{
    place p = open_place("suite_up_down_up");
    chain_run run = command(&p, "up", NULL, NULL);
    const chain_schema *first = chain_schema_of(p.arena, p.pg);

    chain_good(&run, "S4-83 5 up");
    run = command(&p, "down", "--to", "0");
    chain_good(&run, "S4-83 5 up, down");
    run = command(&p, "up", NULL, NULL);
    chain_good(&run, "S4-83 5 up, down, up");
    is_str(chain_difference(p.arena, first, chain_schema_of(p.arena, p.pg)), "",
           "S4-83 5 up, down, up: to the same schema, object by object");
    close_place(&p);
}

static void test_data_preservation(void)
{
    static const char people[] = "SELECT string_agg(username || ' ' || email || ' ' || full_name, ', ' ORDER BY id)"
                                 " || (SELECT string_agg(lot_number, ',') FROM lots) FROM users";
    place p = open_place("suite_preservation");
    chain_run run = command(&p, "up", "--to", "0001");

    work(p.pg);
    const char *before = keel_arena_strdup(p.arena, cluster_value(p.pg, people));
    ok(run.exit_code == 0 && factory_up(p.arena, p.conninfo, NULL), "S4-83 6 data preservation: up");
    is_str(cluster_value(p.pg, people), before, "S4-83 6 data preservation: people and lots are there");
    ok(factory_down(p.arena, p.conninfo), "S4-83 6 data preservation: and down");
    is_str(cluster_value(p.pg, people), before, "S4-83 6 data preservation: and there they are still");
    close_place(&p);
}

static void test_complex_data(void)
{
    static const char rows[] =
        "SELECT string_agg(concat_ws('|', id, wip_id, serial_id, equipment_id, lower(data_level), result, measurements,"
        " defect_code, rework_count, notes, started_at), ' # ' ORDER BY id) FROM process_data";
    place p = open_place("suite_complex");
    chain_run run = command(&p, "up", "--to", "0001");

    work(p.pg);
    cluster_exec(p.pg,
                 "INSERT INTO process_data (wip_id, serial_id, process_id, operator_id, data_level, result, measurements,"
                 " defect_code, rework_count, notes, started_at, completed_at) VALUES"
                 " (1, NULL, 1, 1, 'wip', 'fail', '{\"temp\": [-3.5, {\"deep\": [1, null]}], \"a\": 1, \"a\": 2}', 'D1', 0,"
                 "  '불량: 온도 🔥', '2025-11-01 08:00:00.123456+09', NULL),"
                 " (1, NULL, 1, 1, 'wip', 'rework', '[]', NULL, 1, '', '2099-01-01', '2001-01-01'),"
                 " (1, NULL, 1, 1, 'wip', 'pass', 'null', NULL, 2, NULL, '2025-11-01', NULL),"
                 " (NULL, 1, 2, 1, 'serial', 'pending', NULL, NULL, 0, repeat('x', 100000), '2025-11-02', NULL)");
    const char *sum = keel_arena_printf(p.arena, "SELECT md5((%s))", rows);
    const char *before = keel_arena_strdup(p.arena, cluster_value(p.pg, sum));
    ok(run.exit_code == 0 && factory_up(p.arena, p.conninfo, NULL), "S4-83 7 complex data: up");
    is_str(cluster_value(p.pg, sum), before,
           "S4-83 7 complex data: nested JSON, Hangul, emoji, rework, times out of order, a missing machine: byte for byte");
    ok(factory_down(p.arena, p.conninfo), "S4-83 7 complex data: and down");
    is_str(cluster_value(p.pg, sum), before,
           "S4-83 7 complex data: as it was");
    close_place(&p);
}

static const char *copy_chain(const place *p)
{
    static const char *const files[] = {"0001_initial.sql", "0002_add_wip_support.sql", "0003_require_lot.sql",
                                        "0004_known_quality.sql", "0005_add_wip_unique_index.sql"};
    const char *folder = chain_folder(p->arena);

    for (size_t i = 0; i < KEEL_COUNT_OF(files); i++)
        chain_file(folder, files[i],
                   chain_text(p->arena, keel_arena_printf(p->arena, "%s/%s", FACTORY_CHAIN, files[i])));
    return folder;
}

static void test_rollback_on_error(void)
{
    place p = open_place("suite_rollback");
    const char *folder = copy_chain(&p);
    chain_run run = chain_migrate(p.arena, p.conninfo, folder, "up", NULL, NULL);
    const chain_schema *before = chain_schema_of(p.arena, p.pg);

    chain_file(folder, "0006_broken.sql",
               "-- pgkeel:up\nCREATE TABLE half (id int);\nALTER TABLE lots ADD COLUMN half int;\nSELECT 1 / 0;\n");
    run = chain_migrate(p.arena, p.conninfo, folder, "up", NULL, NULL);
    ok(run.exit_code == 2 && strstr(chain_failure(&run), "0006_broken.sql:4: division by zero") != NULL,
       "S4-82 8 rollback on error: %s", chain_failure(&run));
    is_str(chain_difference(p.arena, before, chain_schema_of(p.arena, p.pg)), "",
           "S4-82 8 rollback on error: what came before it in the file is taken back");
    run = chain_migrate(p.arena, p.conninfo, folder, "status", NULL, NULL);
    is_str(chain_versions(p.arena, &run, "pending"), "0006", "S4-82 8 rollback on error: the others stay");
    close_place(&p);
}

static double seconds_since(keel_usec began)
{
    return (double)(keel_monotonic() - began) / KEEL_SECOND;
}

static void test_performance(void)
{
    place p = open_place("suite_performance");
    chain_run run = command(&p, "up", NULL, NULL);

    chain_good(&run, "S4-82 9 performance: up, without rows");
    keel_usec began = keel_monotonic();
    cluster_exec(p.pg, "INSERT INTO users (username, email, password_hash, full_name)"
                       " SELECT 'user' || i, 'user' || i || '@f.example', 'x', 'User ' || i FROM generate_series(1, 5000) i");
    ok(seconds_since(began) < 10, "S4-82 9 performance: 5,000 users in %.2f s (10 s)", seconds_since(began));
    began = keel_monotonic();
    run = command(&p, "down", "--to", "0001");
    ok(run.exit_code == 0 && seconds_since(began) < 5, "S4-82 9 performance: down in %.2f s (5 s)", seconds_since(began));
    began = keel_monotonic();
    run = command(&p, "up", NULL, NULL);
    ok(run.exit_code == 0 && seconds_since(began) < 5, "S4-82 9 performance: up in %.2f s (5 s)", seconds_since(began));
    is_str(cluster_value(p.pg, "SELECT count(*) FROM users"), "5000", "S4-82 9 performance: all of them are there");
    close_place(&p);
}

typedef struct runner {
    pthread_t thread;
    const char *conninfo;
    int exit_code;
    int64_t migrations;
} runner;

static void *run_up(void *context)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    runner *r = context;

    chain_run run = factory_run(arena, r->conninfo, "up", NULL, NULL);
    r->exit_code = run.exit_code;
    r->migrations = chain_number(&run, "migrations");
    return NULL;
}

static void test_concurrent_runs(void)
{
    enum { RUNNERS = 4 };
    place p = open_place("suite_concurrent");
    runner runners[RUNNERS] = {0};
    int64_t migrations = 0;
    int failed = 0;

    for (size_t i = 0; i < RUNNERS; i++) {
        runners[i].conninfo = p.conninfo;
        pthread_create(&runners[i].thread, NULL, run_up, &runners[i]);
    }
    for (size_t i = 0; i < RUNNERS; i++) {
        pthread_join(runners[i].thread, NULL);
        failed += runners[i].exit_code != 0;
        migrations += KEEL_MAX(runners[i].migrations, 0);
    }
    is_int(failed, 0, "S4-82 10 concurrent runs: four processes at once all end well, one after the other");
    is_int(migrations, 5, "S4-82 10 concurrent runs: and each migration is applied by one of them");
    close_place(&p);
}

static void test_idempotent_upgrade(void)
{
    place p = open_place("suite_idempotent");
    chain_run run = command(&p, "up", NULL, NULL);

    chain_good(&run, "S4-82 11 idempotent upgrade: up");
    const char *events = keel_arena_strdup(p.arena, cluster_value(p.pg, "SELECT count(*) || ' ' || max(finished_at)"
                                                                        " FROM pgkeel.migration_step"));

    const char *const words[] = {"migrate", "up", "--dir", chain_example(p.arena, FACTORY_CHAIN), NULL};
    run = chain_say(p.arena, p.conninfo, words);
    ok(run.exit_code == 0 && strstr(run.text, "Nothing is pending.") != NULL, "S4-82 11 idempotent upgrade: %s", run.text);
    is_str(cluster_value(p.pg, "SELECT count(*) || ' ' || max(finished_at) FROM pgkeel.migration_step"), events,
           "S4-82 11 idempotent upgrade: and nothing was written");
    close_place(&p);
}

/* What the chain written by hand makes of an empty database is what the application was written for. */
static void test_schema_equals(void)
{
    place p = open_place("suite_schema"), by_hand = open_place("suite_schema_by_hand");
    chain_run run = command(&p, "up", NULL, NULL);

    chain_run other = chain_migrate(by_hand.arena, by_hand.conninfo, chain_example(p.arena, FACTORY_BY_HAND), "up", NULL, NULL);
    ok(run.exit_code == 0 && other.exit_code == 0, "S4-82 12 schema equals: both chains");
    is_str(chain_difference(p.arena, chain_schema_of(p.arena, by_hand.pg), chain_schema_of(p.arena, p.pg)),
           "+ column public.quality_status_as_found.id; + column public.quality_status_as_found.quality_status;"
           " + column public.quality_status_as_found.table_name;"
           " + constraint public.quality_status_as_found.quality_status_as_found_pkey;"
           " ~ constraint public.serials.ck_serials_quality_status;"
           " ~ constraint public.wip_items.ck_wip_items_quality_status;"
           " ~ constraint public.wip_process_history.ck_wip_process_history_quality_status;"
           " + index public.quality_status_as_found_pkey; ~ index public.uq_process_data_lot_process_wip;"
           " + table public.quality_status_as_found",
           "S4-82 12 S1-53 schema equals: object by object, they differ in what pgkeel's mends, and in nothing else");
    close_place(&p);
    close_place(&by_hand);
}

static void test_first_makes_all_tables(void)
{
    place p = open_place("suite_tables");
    chain_run run = command(&p, "up", "--to", "0001");

    chain_good(&run, "S4-82 13 0001");
    is_str(cluster_value(p.pg, "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class"
                               " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"),
           "alerts audit_log equipment error_log lots print_log process_data processes product_models production_lines"
           " serials users wip_items wip_process_history",
           "S4-82 13 0001 makes all fourteen tables");
    close_place(&p);
}

static bool refuses(const place *p, const char *sql)
{
    keel_error err = {0};

    return !keel_pg_exec(p->pg, &err, sql);
}

#define ADD(columns, values) \
    "INSERT INTO process_data (lot_id, process_id, operator_id, started_at, " columns ") VALUES (" values ")"

static void test_wip_support(void)
{
    place p = open_place("suite_wip_support");
    chain_run run = command(&p, "up", NULL, NULL);

    chain_good(&run, "S4-82 14 WIP support");
    work(p.pg);
    cluster_exec(p.pg, ADD("data_level", "1, 1, 1, now(), 'LOT'"));
    cluster_exec(p.pg, ADD("data_level, wip_id", "1, 1, 1, now(), 'WIP', 1"));
    cluster_exec(p.pg, ADD("data_level, wip_id, serial_id", "1, 2, 1, now(), 'SERIAL', 1, 1"));
    ok(refuses(&p, ADD("data_level", "NULL, 1, 1, now(), 'LOT'")), "S4-82 14 WIP support: no row without a lot");
    ok(refuses(&p, ADD("data_level", "99, 1, 1, now(), 'LOT'")), "S4-82 14 WIP support: nor with one that is not there");
    ok(refuses(&p, ADD("data_level, wip_id", "1, 1, 1, now(), 'wip', 1")), "S4-82 14 WIP support: nor in the old spelling");
    ok(refuses(&p, ADD("data_level, wip_id", "1, 1, 1, now(), 'LOT', 1")), "S4-82 14 WIP support: a lot's row has no unit");
    ok(refuses(&p, ADD("data_level", "1, 1, 1, now(), 'WIP'")), "S4-82 14 WIP support: a unit's row has one");
    ok(refuses(&p, "DELETE FROM lots"), "S4-82 14 WIP support: a lot with rows stays");
    close_place(&p);
}

static void test_unique_units(void)
{
    place p = open_place("suite_unique");
    chain_run run = command(&p, "up", NULL, NULL);

    chain_good(&run, "S4-82 15 unique units");
    work(p.pg);
    for (int i = 0; i < 3; i++)
        cluster_exec(p.pg, ADD("data_level, wip_id, result", "1, 1, 1, now(), 'WIP', 1, 'rework'"));
    cluster_exec(p.pg, ADD("data_level, wip_id, result", "1, 1, 1, now(), 'WIP', 1, 'pass'"));
    ok(refuses(&p, ADD("data_level, wip_id, result", "1, 1, 1, now(), 'WIP', 1, 'pass'")),
       "S4-82 15 unique units: a unit passes a process once, after as much rework as it needs");
    close_place(&p);
}

static void test_history(void)
{
    place p = open_place("suite_history");
    chain_run run = command(&p, "up", NULL, NULL);

    chain_good(&run, "S4-82 16 history: up");
    run = command(&p, "down", "--to", "0003");
    chain_good(&run, "S4-82 16 history");
    is_str(cluster_value(p.pg, "SELECT string_agg(kind || ' ' || version, ', ' ORDER BY event) FROM pgkeel.migration_event"),
           "reverted 0005, reverted 0004", "S4-82 16 history: what was taken back is not forgotten");
    run = command(&p, "status", NULL, NULL);
    is_str(chain_versions(p.arena, &run, "applied"), "0001 0002 0003", "S4-82 16 history: nor where it stands");
    close_place(&p);
}

int main(int argc, char **argv)
{
    chain_open(argc, argv);
    test_init();
    test_chain_integrity();
    test_up_to_head();
    test_down_to_base();
    test_up_down_up();
    test_data_preservation();
    test_complex_data();
    test_rollback_on_error();
    test_performance();
    test_concurrent_runs();
    test_idempotent_upgrade();
    test_schema_equals();
    test_first_makes_all_tables();
    test_wip_support();
    test_unique_units();
    test_history();
    chain_close();
    return done_testing();
}
