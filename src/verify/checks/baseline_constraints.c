#include <stddef.h>

#include "verify/baseline_inside.h"

/* The catalogue that every check gets has them already. */
static bool run(keel_check_run *run, keel_error *err KEEL_UNUSED)
{
    keel_baseline_start(run);
    return true;
}

static const char *restore(keel_check_run *run, const keel_baseline_table *table, const keel_baseline_part *part)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, "ALTER TABLE ");
    keel_pg_add_qualified(&sql, table->schema, table->name);
    keel_str_add(&sql, " ADD CONSTRAINT ");
    keel_pg_add_identifier(&sql, part->name);
    keel_str_addf(&sql, " %s;", part->definition);
    return keel_arena_strdup(run->arena, sql.data);
}

static void finish(keel_check_run *run)
{
    static const keel_baseline_terms terms = {
        .noun = "constraint",
        .gone = KEEL_ERROR,
        .unsound = KEEL_WARNING,
        .changed = KEEL_WARNING,
        .unsound_text = "is no longer validated",
        .sound_text = "is validated now",
        .restore = restore,
    };
    const size_t which = offsetof(keel_baseline_table, constraints);

    keel_baseline_settle(run);
    if (run->baseline->before == NULL)
        keel_baseline_saved(run, keel_baseline_count_parts(run->baseline->now, which), "constraints");
    else
        keel_check_looked(run, keel_baseline_compare_tables(run, which, &terms), "constraints");
}

const keel_check keel_check_baseline_constraints = {
    .id = "baseline.constraints",
    .group = KEEL_GROUP_BASELINE,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_NEEDS_BASELINE,
    .title = "every constraint of the baseline still holds",
    .help = "Primary keys, unique constraints, foreign keys, CHECKs and exclusions of the baseline. One that is gone is an "
            "ERROR; one that is no longer validated or has another definition is a WARNING; new ones and new names are "
            "INFO. NOT NULL belongs to baseline.schema. The remedy brings a lost one back as it was.",
    .triggers = "CREATE TABLE parts (id bigint PRIMARY KEY, weight numeric CONSTRAINT positive CHECK (weight > 0));\n"
                "-- pgkeel check --save before.json\n"
                "ALTER TABLE parts DROP CONSTRAINT positive;",
    .passes = "CREATE TABLE parts (id bigint PRIMARY KEY, weight numeric CONSTRAINT positive CHECK (weight > 0));",
    .run = run,
    .finish = finish,
};
