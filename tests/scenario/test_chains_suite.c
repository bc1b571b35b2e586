/* S4-82, S4-83: the sixteen tests that the factory had for its migrations, with pgkeel in alembic's place: fourteen under
 * the names they had, and two in the place of those whose names are not known. Here those about the chain itself; those
 * about rows are in test_chains_data.c. */
#include <pthread.h>

#include "factory.h"

static chain_run command(const chain_place *p, const char *word, const char *option, const char *value)
{
    return factory_run(p->arena, p->conninfo, word, option, value);
}

static void test_init(void)
{
    chain_place p = chain_place_open("suite_init", NULL);
    chain_run run = command(&p, "status", NULL, NULL);

    chain_good(&run, "S4-82 1 init: the folder is read, and a database without a journal");
    is_int(chain_number(&run, "pending"), 5, "S4-82 1 init: everything is pending");
    is_str(cluster_value(p.pg, "SELECT to_regnamespace('pgkeel')::text"), "(null)", "S4-82 1 init: and asking makes nothing");
    chain_place_close(&p);
}

static void test_chain_integrity(void)
{
    chain_place p = chain_place_open("suite_integrity", NULL);
    chain_run run = command(&p, "plan", NULL, NULL);
    const keel_json_value *list = run.result != NULL ? keel_json_get(run.result, "migrations") : NULL;
    size_t reversible = 0;

    for (size_t i = 0; list != NULL && i < list->count; i++)
        reversible += keel_json_get(&list->items[i], "reversible")->integer == 1;
    is_int((int64_t)reversible, 5, "S4-83 2 chain integrity: each of the five has its way back");
    is_str(chain_versions(p.arena, &run, "pending"), "0001 0002 0003 0004 0005",
           "S4-83 2 chain integrity: in one order, no number twice, none left out");
    chain_place_close(&p);
}

static void test_up_to_head(void)
{
    chain_place p = chain_place_open("suite_up", NULL);
    chain_run run = command(&p, "up", NULL, NULL);

    chain_good(&run, "S4-82 3 up to head");
    is_int(chain_number(&run, "migrations"), 5, "S4-82 3 up to head: five migrations");
    run = command(&p, "status", NULL, NULL);
    is_str(chain_versions(p.arena, &run, "applied"), "0001 0002 0003 0004 0005", "S4-82 3 up to head: is where it is");
    chain_place_close(&p);
}

static void test_down_to_base(void)
{
    chain_place p = chain_place_open("suite_down", NULL);
    const chain_schema *before = chain_schema_of(p.arena, p.pg);
    chain_run run = command(&p, "up", NULL, NULL);

    chain_good(&run, "S4-82 4 down to base: up before it");
    run = command(&p, "down", "--to", "0");
    chain_good(&run, "S4-82 4 down to base");
    is_int(chain_number(&run, "migrations"), 5, "S4-82 4 down to base: five migrations");
    is_str(chain_difference(p.arena, before, chain_schema_of(p.arena, p.pg)), "", "S4-82 4 down to base: nothing is left");
    chain_place_close(&p);
}

static void test_up_down_up(void)
{
    chain_place p = chain_place_open("suite_up_down_up", NULL);
    chain_run run = command(&p, "up", NULL, NULL);
    const chain_schema *first = chain_schema_of(p.arena, p.pg);

    chain_good(&run, "S4-83 5 up");
    run = command(&p, "down", "--to", "0");
    chain_good(&run, "S4-83 5 up, down");
    run = command(&p, "up", NULL, NULL);
    chain_good(&run, "S4-83 5 up, down, up");
    is_str(chain_difference(p.arena, first, chain_schema_of(p.arena, p.pg)), "",
           "S4-83 5 up, down, up: to the same schema, object by object");
    chain_place_close(&p);
}

static const char *copy_chain(const chain_place *p)
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
    chain_place p = chain_place_open("suite_rollback", NULL);
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
    chain_place_close(&p);
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
    chain_place p = chain_place_open("suite_concurrent", NULL);
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
    chain_place_close(&p);
}

static void test_idempotent_upgrade(void)
{
    chain_place p = chain_place_open("suite_idempotent", NULL);
    chain_run run = command(&p, "up", NULL, NULL);

    chain_good(&run, "S4-82 11 idempotent upgrade: up");
    const char *events = keel_arena_strdup(p.arena, cluster_value(p.pg, "SELECT count(*) || ' ' || max(finished_at)"
                                                                        " FROM pgkeel.migration_step"));

    const char *const words[] = {"migrate", "up", "--dir", chain_example(p.arena, FACTORY_CHAIN), NULL};
    run = chain_say(p.arena, p.conninfo, words);
    ok(run.exit_code == 0 && strstr(run.text, "Nothing is pending.") != NULL, "S4-82 11 idempotent upgrade: %s", run.text);
    is_str(cluster_value(p.pg, "SELECT count(*) || ' ' || max(finished_at) FROM pgkeel.migration_step"), events,
           "S4-82 11 idempotent upgrade: and nothing was written");
    chain_place_close(&p);
}

/* What the chain written by hand makes of an empty database is what the application was written for. */
static void test_schema_equals(void)
{
    chain_place p = chain_place_open("suite_schema", NULL), by_hand = chain_place_open("suite_schema_by_hand", NULL);
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
    chain_place_close(&p);
    chain_place_close(&by_hand);
}

static void test_history(void)
{
    chain_place p = chain_place_open("suite_history", NULL);
    chain_run run = command(&p, "up", NULL, NULL);

    chain_good(&run, "S4-82 16 history: up");
    run = command(&p, "down", "--to", "0003");
    chain_good(&run, "S4-82 16 history");
    is_str(cluster_value(p.pg, "SELECT string_agg(kind || ' ' || version, ', ' ORDER BY event) FROM pgkeel.migration_event"),
           "reverted 0005, reverted 0004", "S4-82 16 history: what was taken back is not forgotten");
    run = command(&p, "status", NULL, NULL);
    is_str(chain_versions(p.arena, &run, "applied"), "0001 0002 0003", "S4-82 16 history: nor where it stands");
    chain_place_close(&p);
}

int main(int argc, char **argv)
{
    chain_open(argc, argv);
    test_init();
    test_chain_integrity();
    test_up_to_head();
    test_down_to_base();
    test_up_down_up();
    test_rollback_on_error();
    test_concurrent_runs();
    test_idempotent_upgrade();
    test_schema_equals();
    test_history();
    chain_close();
    return done_testing();
}
