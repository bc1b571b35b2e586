#include <stddef.h>
#include <string.h>

#include "verify/baseline_inside.h"

static bool run(keel_check_run *run, keel_error *err KEEL_UNUSED)
{
    keel_baseline_start(run);
    return true;
}

static bool stands_behind_constraint(const keel_baseline_table *table, const keel_baseline_part *index)
{
    for (size_t i = 0; i < table->constraints.count; i++)
        if (strcmp(table->constraints.items[i].name, index->name) == 0)
            return true;
    return false;
}

/* Those behind constraints are told by the constraints; but whether they are valid is told here. */
static keel_baseline_parts own_indexes(keel_check_run *run, const keel_baseline_table *table)
{
    keel_baseline_parts own = {.known = true};

    for (size_t i = 0; i < table->indexes.count; i++)
        if (!stands_behind_constraint(table, &table->indexes.items[i]))
            keel_arena_push(run->arena, &own, table->indexes.items[i]);
    return own;
}

static const char *restore(keel_check_run *run, const keel_baseline_table *table KEEL_UNUSED,
                           const keel_baseline_part *part)
{
    return keel_arena_printf(run->arena, "%s; -- on a live table: CREATE INDEX CONCURRENTLY", part->definition);
}

static void compare(keel_check_run *run, const keel_baseline_table *before, const keel_baseline_table *now)
{
    static const keel_baseline_terms terms = {
        .gone = KEEL_WARNING,
        .unsound = KEEL_ERROR,
        .changed = KEEL_WARNING,
        .unsound_text = "is invalid now",
        .sound_text = "is valid now",
        .restore = restore,
    };
    keel_baseline_parts then = own_indexes(run, before), here = own_indexes(run, now);

    keel_baseline_compare_parts(run, before, &then, &here, &terms);
}

static void finish(keel_check_run *run)
{
    const keel_baseline *before = run->baseline->before;
    int64_t looked = 0;

    keel_baseline_settle(run);
    if (before == NULL) {
        keel_baseline_saved(run, keel_baseline_count_parts(run->baseline->now, offsetof(keel_baseline_table, indexes)),
                            "indexes");
        return;
    }
    for (size_t i = 0; i < before->tables.count; i++) {
        const keel_baseline_table *then = &before->tables.items[i];
        const keel_baseline_table *now = keel_baseline_now(run, then);
        if (now == NULL || then->root != NULL)
            continue;
        compare(run, then, now);
        looked += (int64_t)then->indexes.count;
    }
    keel_check_looked(run, looked, "indexes");
}

const keel_check keel_check_baseline_indexes = {
    .id = "baseline.indexes",
    .group = KEEL_GROUP_BASELINE,
    .severity = KEEL_WARNING,
    .flags = KEEL_CHECK_NEEDS_BASELINE,
    .title = "every index of the baseline is still there",
    .help = "An index that is gone or has another definition is a WARNING: answers stay right, but may become slow. One that "
            "is invalid now is an ERROR, for it is kept up and never used. New ones and new names are INFO. Indexes behind "
            "primary keys and unique constraints belong to baseline.constraints. The remedy brings a lost one back.",
    .triggers = "CREATE TABLE parts (id bigint PRIMARY KEY, code text); CREATE INDEX parts_code ON parts (code);\n"
                "-- pgkeel check --save before.json\n"
                "DROP INDEX parts_code;",
    .passes = "CREATE TABLE parts (id bigint PRIMARY KEY, code text); CREATE INDEX parts_code ON parts (code);",
    .run = run,
    .finish = finish,
};
