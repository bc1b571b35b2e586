#include <string.h>

#include "verify/baseline_inside.h"

static bool run(keel_check_run *run, keel_error *err)
{
    keel_baseline_job *job = run->baseline;
    uint64_t probe = 0;

    keel_baseline_start(run);
    if (!keel_baseline_probe(run->pg, &probe, err))
        return false;
    pthread_mutex_lock(&job->lock);
    job->now->probe = probe;
    job->now->encoding = keel_arena_strdup(job->arena, keel_pg_server_encoding(run->pg));
    job->now->probed = true;
    pthread_mutex_unlock(&job->lock);
    return true;
}

static bool each(keel_check_run *run, const keel_pg_table *table, keel_error *err)
{
    return keel_baseline_sample(run, table, err);
}

static void scan(keel_check_run *run, const keel_pg_table *table, keel_scan *scan)
{
    keel_baseline_scan_hashes(run, table, scan);
}

static bool is_key(const keel_baseline_table *table, const char *column)
{
    for (size_t i = 0; i < table->key.count; i++)
        if (strcmp(table->key.items[i], column) == 0)
            return true;
    return false;
}

static bool is_reference(const keel_pg_table *table, const char *name)
{
    const keel_pg_column *column = keel_pg_table_column(table, name);

    for (size_t i = 0; i < table->constraints.count; i++) {
        const keel_pg_constraint *c = &table->constraints.items[i];
        for (size_t k = 0; c->type == 'f' && column != NULL && k < c->column_count; k++)
            if (c->columns[k] == column->number)
                return true;
    }
    return false;
}

static void report_column(keel_check_run *run, const keel_baseline_slot *slot, const keel_baseline_column *before,
                          const keel_baseline_column *now, const keel_baseline_rows *changed)
{
    bool reference = is_reference(slot->table, before->name);
    const char *object = keel_check_columns_name(run, slot->table, &before->name, 1);
    const char *note = "";

    if (strcmp(before->type, now->type) != 0)
        note = keel_arena_printf(run->arena, " (its type was %s and is %s)", before->type, now->type);
    keel_check_found_as(run, reference ? KEEL_ERROR : KEEL_WARNING, object,
                        keel_baseline_sample_evidence(run, slot->before, changed), NULL, "%s%s",
                        reference ? "rows point elsewhere than in the baseline" : "values are not those of the baseline",
                        note);
}

/* True if something was found. */
static bool compare_columns(keel_check_run *run, const keel_baseline_slot *slot, const keel_baseline_rows *changed)
{
    bool found = false;

    for (size_t i = 0; i < slot->column_count; i++) {
        const keel_baseline_column *before = keel_baseline_column_of(slot->before, slot->columns[i]);
        const keel_baseline_column *now = keel_baseline_column_of(slot->now, slot->columns[i]);
        if (!before->hashed || before->hash == now->hash)
            continue;
        report_column(run, slot, before, now, changed);
        found = true;
    }
    return found;
}

/* Then every other hash differs too, being seeded by the key. */
static bool keys_differ(const keel_baseline_slot *slot)
{
    for (size_t i = 0; i < slot->column_count; i++)
        if (is_key(slot->before, slot->columns[i]) &&
            keel_baseline_column_of(slot->before, slot->columns[i])->hash !=
                keel_baseline_column_of(slot->now, slot->columns[i])->hash)
            return true;
    return false;
}

/* True if something was found. */
static bool compare_hashes(keel_check_run *run, const keel_baseline_slot *slot, const keel_baseline_rows *changed)
{
    const char *name = keel_baseline_name(run, slot->before);
    const char *rest = keel_baseline_sample_evidence(run, slot->before, changed);

    if (slot->before->key.count == 0) {
        if (slot->before->row_hash == slot->now->row_hash)
            return false;
        keel_check_found_as(run, KEEL_WARNING, name, NULL, NULL, "rows are not those of the baseline");
        return true;
    }
    if (keys_differ(slot)) {
        keel_check_found(run, name, rest, NULL, "other rows stand here: their keys are not those of the baseline");
        return true;
    }
    return compare_columns(run, slot, changed);
}

static bool same_rows(const keel_baseline_slot *slot)
{
    return slot->before->counted && slot->now->counted &&
           (slot->now->kept >= 0 ? slot->now->kept : slot->now->rows) == slot->before->rows;
}

static void report_sample(keel_check_run *run, const keel_baseline_slot *slot, const keel_baseline_rows *gone,
                          const keel_baseline_rows *changed, bool told)
{
    const char *name = keel_baseline_name(run, slot->before);
    size_t count = slot->before->sample.count;

    if (gone->count > 0)
        keel_check_found(run, name, keel_baseline_sample_evidence(run, slot->before, gone), NULL,
                         "sampled rows are gone: %zu of %zu", gone->count, count);
    if (changed->count > 0 && !told)
        keel_check_found_as(run, KEEL_WARNING, name, keel_baseline_sample_evidence(run, slot->before, changed), NULL,
                            "sampled rows are not as they were: %zu of %zu", changed->count, count);
}

/* True if the rows of the table were looked at. */
static bool compare(keel_check_run *run, const keel_baseline_slot *slot)
{
    keel_baseline_rows gone = {0}, changed = {0};
    bool told = false;

    if (slot->unlike != NULL) {
        keel_check_found_as(run, KEEL_WARNING, keel_baseline_name(run, slot->before), NULL, NULL,
                            "its rows cannot be compared with the baseline's: %s", slot->unlike);
        return false;
    }
    keel_baseline_sort_sample(run, slot, &gone, &changed);
    bool hashed = slot->before->hashed && slot->now->hashed;
    if (hashed && same_rows(slot))
        told = compare_hashes(run, slot, &changed);
    else if (hashed)
        keel_check_found_as(run, KEEL_INFO, keel_baseline_name(run, slot->before), NULL, NULL,
                            "rows have come or gone, so that contents can be compared by the sample only");
    report_sample(run, slot, &gone, &changed, told);
    return hashed || slot->sampled;
}

static void finish(keel_check_run *run)
{
    const keel_baseline_job *job = run->baseline;
    int64_t looked = 0;

    keel_baseline_settle(run);
    const char *why = job->before != NULL ? keel_baseline_incomparable(job->before, job->now) : NULL;
    if (why != NULL) {
        keel_check_skip(run, "hashes cannot be compared: %s", why);
        return;
    }
    for (size_t i = 0; i < job->slot_count; i++) {
        const keel_baseline_slot *slot = &job->slots[i];
        if (slot->root != NULL)
            continue;
        if (job->before == NULL)
            looked += slot->now->hashed || slot->sampled;
        else if (slot->before != NULL)
            looked += compare(run, slot);
    }
    if (job->before != NULL)
        keel_check_looked(run, looked, "tables");
    else
        keel_baseline_saved(run, looked, "tables");
}

const keel_check keel_check_baseline_hashes = {
    .id = "baseline.hashes",
    .group = KEEL_GROUP_BASELINE,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_READS_ROWS | KEEL_CHECK_NEEDS_BASELINE,
    .title = "rows hold what they held in the baseline",
    .help = "Compares a hash of every column's values, in the same pass as the other checks; the order of rows does not "
            "matter, a value that moved to another row does. Columns that are new are left out, a type made wider does not "
            "matter. Where the primary key is one integer, rows added since do not matter either; in other tables that "
            "have grown, the up to 100 rows that the baseline sampled by key are compared instead. Foreign keys that point "
            "elsewhere, other keys and lost sample rows are an ERROR, other values a WARNING: a deployment may mean to "
            "change them. With --quick only the sample is read. Between servers that hash differently it is skipped.",
    .triggers = "CREATE TABLE lots (id bigint PRIMARY KEY); INSERT INTO lots VALUES (1), (2);"
                "CREATE TABLE serials (id bigint PRIMARY KEY, lot_id bigint NOT NULL REFERENCES lots, code text);"
                "CREATE INDEX ON serials (lot_id); INSERT INTO serials VALUES (1, 1, 'a'), (2, 2, 'b');\n"
                "-- pgkeel check --save before.json\n"
                "UPDATE serials SET lot_id = 1 WHERE id = 2;",
    .passes = "CREATE TABLE lots (id bigint PRIMARY KEY); INSERT INTO lots VALUES (1), (2);"
              "CREATE TABLE serials (id bigint PRIMARY KEY, lot_id bigint NOT NULL REFERENCES lots, code text);"
              "CREATE INDEX ON serials (lot_id); INSERT INTO serials VALUES (1, 1, 'a'), (2, 2, 'b');",
    .run = run,
    .each = each,
    .scan = scan,
    .finish = finish,
};
