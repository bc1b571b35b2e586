#include <stddef.h>

#include "verify/baseline_inside.h"

static void clear(keel_baseline *now)
{
    for (size_t i = 0; i < now->tables.count; i++)
        now->tables.items[i].triggers = (keel_baseline_parts){.known = true};
}

static void keep(keel_baseline_job *job, const keel_check_run *run, const keel_pg_result *rows)
{
    pthread_mutex_lock(&job->lock);
    clear(job->now);
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        const keel_pg_table *table =
            keel_pg_catalog_find_oid(run->db->catalog, (uint32_t)keel_pg_int(rows, row, 0));
        for (size_t i = 0; i < job->slot_count; i++) {
            keel_baseline_part part = {"trigger", keel_arena_strdup(job->arena, keel_pg_text(rows, row, 1)),
                                       keel_arena_strdup(job->arena, keel_pg_text(rows, row, 2)),
                                       keel_pg_bool(rows, row, 3)};
            if (job->slots[i].table == table)
                keel_arena_push(job->arena, &job->slots[i].now->triggers, part);
        }
    }
    pthread_mutex_unlock(&job->lock);
}

static bool run(keel_check_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    keel_baseline_start(run);
    if (!keel_baseline_query(run, &rows, err,
                             "SELECT g.tgrelid, g.tgname, pg_catalog.pg_get_triggerdef(g.oid), g.tgenabled IN ('O', 'A')"
                             "  FROM pg_catalog.pg_trigger g"
                             " WHERE NOT g.tgisinternal AND g.tgrelid = ANY ($1::pg_catalog.oid[])"
                             " ORDER BY g.tgrelid, g.tgname",
                             1, &run->db->oids))
        return false;
    keep(run->baseline, run, rows);
    return true;
}

static const char *restore(keel_check_run *run, const keel_baseline_table *table KEEL_UNUSED,
                           const keel_baseline_part *part)
{
    return keel_arena_printf(run->arena, "%s;", part->definition);
}

static bool was_looked_at(const keel_baseline *baseline)
{
    for (size_t i = 0; i < baseline->tables.count; i++)
        if (baseline->tables.items[i].triggers.known)
            return true;
    return baseline->tables.count == 0;
}

static void finish(keel_check_run *run)
{
    static const keel_baseline_terms terms = {
        .noun = "trigger",
        .gone = KEEL_ERROR,
        .unsound = KEEL_ERROR,
        .changed = KEEL_WARNING,
        .unsound_text = "is disabled now",
        .sound_text = "is enabled now",
        .restore = restore,
    };
    const keel_baseline *before = run->baseline->before;
    const size_t which = offsetof(keel_baseline_table, triggers);

    keel_baseline_settle(run);
    if (before != NULL && !was_looked_at(before))
        keel_check_skip(run, "the baseline was saved without triggers");
    if (before == NULL)
        keel_baseline_saved(run, keel_baseline_count_parts(run->baseline->now, which), "triggers");
    else
        keel_check_looked(run, keel_baseline_compare_tables(run, which, &terms), "triggers");
}

const keel_check keel_check_baseline_triggers = {
    .id = "baseline.triggers",
    .group = KEEL_GROUP_BASELINE,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_NEEDS_BASELINE,
    .title = "every trigger of the baseline is still there and fires",
    .help = "A trigger that is gone or disabled is an ERROR: nobody notices until the audit trail or the updated_at that it "
            "kept is needed. Another definition is a WARNING, a new one INFO. What the trigger's function does belongs to "
            "baseline.schema.",
    .triggers = "CREATE TABLE parts (id bigint PRIMARY KEY, changed timestamptz);"
                "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS"
                " $$BEGIN NEW.changed := now(); RETURN NEW; END$$;"
                "CREATE TRIGGER parts_touch BEFORE UPDATE ON parts FOR EACH ROW EXECUTE FUNCTION touch();\n"
                "-- pgkeel check --save before.json\n"
                "ALTER TABLE parts DISABLE TRIGGER parts_touch;",
    .passes = "CREATE TABLE parts (id bigint PRIMARY KEY, changed timestamptz);"
              "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS"
              " $$BEGIN NEW.changed := now(); RETURN NEW; END$$;"
              "CREATE TRIGGER parts_touch BEFORE UPDATE ON parts FOR EACH ROW EXECUTE FUNCTION touch();",
    .run = run,
    .finish = finish,
};
