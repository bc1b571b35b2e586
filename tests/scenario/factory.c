#include "factory.h"

#include <stdio.h>
#include <stdlib.h>


static bool went_well(const chain_run *run)
{
    if (run->exit_code != 0)
        chain_show(run);
    return run->exit_code == 0;
}

void factory_template(const char *name)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = chain_database(name, NULL, conninfo);

    chain_run run = chain_migrate(arena, conninfo, chain_example(arena, FACTORY_BY_HAND), "up", "--to", "0001");
    if (!went_well(&run)) {
        printf("Bail out! no template\n");
        exit(1);
    }
    cluster_exec(pg, chain_text(arena, "neurohub/migrations/fill.sql"));
    cluster_exec(pg, "ANALYZE");
}

chain_run factory_run(keel_arena *arena, const char *conninfo, const char *word, const char *option, const char *value)
{
    return chain_migrate(arena, conninfo, chain_example(arena, FACTORY_CHAIN), word, option, value);
}

static bool backfill(keel_arena *arena, const char *conninfo, const char *set, const char *where)
{
    const char *const words[] = {"migrate", "backfill", "--table", "process_data", "--set", set,
                                 "--where", where,      "--again", NULL};
    chain_run run = chain_pgkeel(arena, conninfo, words);

    return went_well(&run);
}

bool factory_fill(keel_arena *arena, const char *conninfo)
{
    return backfill(arena, conninfo,
                    "lot_id = coalesce((SELECT s.lot_id FROM serials s WHERE s.id = serial_id),"
                    " (SELECT w.lot_id FROM wip_items w WHERE w.id = process_data.wip_id)), data_level = upper(data_level)",
                    "lot_id IS NULL OR data_level <> upper(data_level)");
}

bool factory_empty(keel_arena *arena, const char *conninfo)
{
    return backfill(arena, conninfo, "data_level = lower(data_level)", "data_level IN ('WIP', 'SERIAL')");
}

bool factory_up(keel_arena *arena, const char *conninfo, const char *version)
{
    chain_run expand = factory_run(arena, conninfo, "up", "--to", "0002");

    if (!went_well(&expand) || !factory_fill(arena, conninfo))
        return false;
    chain_run contract = factory_run(arena, conninfo, "up", version != NULL ? "--to" : NULL, version);
    return went_well(&contract);
}

bool factory_down(keel_arena *arena, const char *conninfo)
{
    chain_run contract = factory_run(arena, conninfo, "down", "--to", "0002");

    if (!went_well(&contract) || !factory_empty(arena, conninfo))
        return false;
    chain_run expand = factory_run(arena, conninfo, "down", "--to", "0001");
    return went_well(&expand);
}
