/* S4-82, S4-83: of the sixteen tests that the factory had for its migrations, those about rows and what the schema lets
 * in; the others are in test_chains_suite.c. */
#include "factory.h"

static chain_run command(const chain_place *p, const char *word, const char *option, const char *value)
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

static void test_data_preservation(void)
{
    static const char people[] = "SELECT string_agg(username || ' ' || email || ' ' || full_name, ', ' ORDER BY id)"
                                 " || (SELECT string_agg(lot_number, ',') FROM lots) FROM users";
    chain_place p = chain_place_open("suite_preservation", NULL);
    chain_run run = command(&p, "up", "--to", "0001");

    work(p.pg);
    const char *before = keel_arena_strdup(p.arena, cluster_value(p.pg, people));
    ok(run.exit_code == 0 && factory_up(p.arena, p.conninfo, NULL), "S4-83 6 data preservation: up");
    is_str(cluster_value(p.pg, people), before, "S4-83 6 data preservation: people and lots are there");
    ok(factory_down(p.arena, p.conninfo), "S4-83 6 data preservation: and down");
    is_str(cluster_value(p.pg, people), before, "S4-83 6 data preservation: and there they are still");
    chain_place_close(&p);
}

static void test_complex_data(void)
{
    static const char rows[] =
        "SELECT string_agg(concat_ws('|', id, wip_id, serial_id, equipment_id, lower(data_level), result, measurements,"
        " defect_code, rework_count, notes, started_at), ' # ' ORDER BY id) FROM process_data";
    chain_place p = chain_place_open("suite_complex", NULL);
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
    chain_place_close(&p);
}

static double seconds_since(keel_usec began)
{
    return (double)(keel_monotonic() - began) / KEEL_SECOND;
}

static void test_performance(void)
{
    chain_place p = chain_place_open("suite_performance", NULL);
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
    chain_place_close(&p);
}

static void test_first_makes_all_tables(void)
{
    chain_place p = chain_place_open("suite_tables", NULL);
    chain_run run = command(&p, "up", "--to", "0001");

    chain_good(&run, "S4-82 13 0001");
    is_str(cluster_value(p.pg, "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class"
                               " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"),
           "alerts audit_log equipment error_log lots print_log process_data processes product_models production_lines"
           " serials users wip_items wip_process_history",
           "S4-82 13 0001 makes all fourteen tables");
    chain_place_close(&p);
}

static bool refuses(const chain_place *p, const char *sql)
{
    keel_error err = {0};

    return !keel_pg_exec(p->pg, &err, sql);
}

#define ADD(columns, values) \
    "INSERT INTO process_data (lot_id, process_id, operator_id, started_at, " columns ") VALUES (" values ")"

static void test_wip_support(void)
{
    chain_place p = chain_place_open("suite_wip_support", NULL);
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
    chain_place_close(&p);
}

static void test_unique_units(void)
{
    chain_place p = chain_place_open("suite_unique", NULL);
    chain_run run = command(&p, "up", NULL, NULL);

    chain_good(&run, "S4-82 15 unique units");
    work(p.pg);
    for (int i = 0; i < 3; i++)
        cluster_exec(p.pg, ADD("data_level, wip_id, result", "1, 1, 1, now(), 'WIP', 1, 'rework'"));
    cluster_exec(p.pg, ADD("data_level, wip_id, result", "1, 1, 1, now(), 'WIP', 1, 'pass'"));
    ok(refuses(&p, ADD("data_level, wip_id, result", "1, 1, 1, now(), 'WIP', 1, 'pass'")),
       "S4-82 15 unique units: a unit passes a process once, after as much rework as it needs");
    chain_place_close(&p);
}

int main(int argc, char **argv)
{
    chain_open(argc, argv);
    test_data_preservation();
    test_complex_data();
    test_performance();
    test_first_makes_all_tables();
    test_wip_support();
    test_unique_units();
    chain_close();
    return done_testing();
}
