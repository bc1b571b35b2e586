#include <stdlib.h>
#include <string.h>

#include "verify/baseline_inside.h"

static const char *copy(keel_baseline_job *job, const keel_pg_result *rows, int row, int column)
{
    return keel_arena_strdup(job->arena, keel_pg_text(rows, row, column));
}

static void keep(keel_baseline_job *job, const keel_pg_result *rows)
{
    keel_baseline *now = job->now;

    pthread_mutex_lock(&job->lock);
    now->sequences.count = now->sequences.capacity = 0;
    now->sequences.items = NULL;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        keel_baseline_sequence sequence = {
            .name = copy(job, rows, row, 0),
            .owner = copy(job, rows, row, 1),
            .definition = copy(job, rows, row, 2),
            .readable = keel_pg_bool(rows, row, 3),
            .used = !keel_pg_is_null(rows, row, 4),
            .last = keel_pg_int(rows, row, 4),
            .step = keel_pg_int(rows, row, 5),
            .sql_name = copy(job, rows, row, 6),
        };
        keel_arena_push(job->arena, &now->sequences, sequence);
    }
    now->sequences_known = true;
    pthread_mutex_unlock(&job->lock);
}

/* With --table: only those that belong to one of the tables. */
static const char sql[] =
    "SELECT s.schemaname || '.' || s.sequencename, o.owner,"
    "       s.data_type::pg_catalog.text || ' from ' || s.min_value || ' to ' || s.max_value || ' by ' || s.increment_by"
    "       || ', starts at ' || s.start_value || CASE WHEN s.cycle THEN ', cycles' ELSE '' END,"
    "       pg_catalog.has_sequence_privilege(c.oid, 'USAGE') OR pg_catalog.has_sequence_privilege(c.oid, 'SELECT'),"
    "       s.last_value, s.increment_by, pg_catalog.format('%I.%I', s.schemaname, s.sequencename)"
    "  FROM pg_catalog.pg_sequences s"
    "  JOIN pg_catalog.pg_namespace n ON n.nspname = s.schemaname"
    "  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = s.sequencename AND c.relkind = 'S'"
    "  LEFT JOIN LATERAL ("
    "    SELECT t.oid, u.nspname || '.' || t.relname AS owner"
    "      FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class t ON t.oid = d.refobjid"
    "      JOIN pg_catalog.pg_namespace u ON u.oid = t.relnamespace"
    "     WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid"
    "       AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i') LIMIT 1) o ON true"
    " WHERE s.schemaname !~ '^pg_' AND s.schemaname <> 'pgkeel'"
    "   AND ($2::pg_catalog.bool OR o.oid = ANY ($1::pg_catalog.oid[]))"
    " ORDER BY s.schemaname, s.sequencename";

static bool run(keel_check_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    keel_baseline_start(run);
    const char *params[] = {run->db->oids, run->baseline->now->complete ? "t" : "f"};
    if (!keel_pg_query(run->pg, &rows, err, sql, 2, params))
        return false;
    keep(run->baseline, rows);
    return true;
}

static const keel_baseline_sequence *find(const keel_baseline *baseline, const char *name)
{
    for (size_t i = 0; i < baseline->sequences.count; i++)
        if (strcmp(baseline->sequences.items[i].name, name) == 0)
            return &baseline->sequences.items[i];
    return NULL;
}

static bool table_is_gone(const keel_baseline *now, const char *owner)
{
    if (owner == NULL)
        return false;
    for (size_t i = 0; i < now->tables.count; i++) {
        const keel_baseline_table *table = &now->tables.items[i];
        size_t size = strlen(table->schema);
        if (strncmp(owner, table->schema, size) == 0 && owner[size] == '.' && strcmp(owner + size + 1, table->name) == 0)
            return false;
    }
    return true;
}

static const char *setval(keel_check_run *run, const keel_baseline_sequence *before, const keel_baseline_sequence *now)
{
    KEEL_CLEANUP(keel_str_free) keel_str remedy = {0};

    keel_str_add(&remedy, "SELECT pg_catalog.setval(");
    keel_pg_add_literal(&remedy, now->sql_name);
    keel_str_addf(&remedy, ", %lld);", (long long)before->last);
    return keel_arena_strdup(run->arena, remedy.data);
}

static bool moved_back(const keel_baseline_sequence *before, const keel_baseline_sequence *now)
{
    if (!before->used || !before->readable || !now->readable)
        return false;
    if (!now->used)
        return true;
    return before->step >= 0 ? now->last < before->last : now->last > before->last;
}

static const char *value_text(keel_check_run *run, const keel_baseline_sequence *sequence)
{
    return sequence->used ? keel_arena_printf(run->arena, "%lld", (long long)sequence->last) : "not used yet";
}

static void compare(keel_check_run *run, const keel_baseline_sequence *before, const keel_baseline_sequence *now)
{
    if (moved_back(before, now))
        keel_check_found(run, before->name,
                         keel_baseline_evidence(run, value_text(run, before), value_text(run, now)),
                         setval(run, before, now),
                         "the sequence has moved back from %s to %s: it will give numbers again that it has given",
                         value_text(run, before), now->used ? value_text(run, now) : "its start");
    if (strcmp(before->definition, now->definition) != 0)
        keel_check_found_as(run, KEEL_WARNING, before->name,
                            keel_baseline_evidence(run, before->definition, now->definition), NULL,
                            "the sequence has changed");
}

static void report_new(keel_check_run *run)
{
    const keel_baseline *before = run->baseline->before;
    const keel_baseline *now = run->baseline->now;

    for (size_t i = 0; before->complete && i < now->sequences.count; i++)
        if (find(before, now->sequences.items[i].name) == NULL)
            keel_check_found_as(run, KEEL_INFO, now->sequences.items[i].name, NULL, NULL, "the sequence is new");
}

static void compare_all(keel_check_run *run)
{
    const keel_baseline *before = run->baseline->before;
    const keel_baseline *now = run->baseline->now;
    int64_t looked = 0;

    for (size_t i = 0; i < before->sequences.count; i++) {
        const keel_baseline_sequence *then = &before->sequences.items[i];
        const keel_baseline_sequence *here = find(now, then->name);
        if (here == NULL && !now->complete)
            continue;
        looked++;
        if (here != NULL)
            compare(run, then, here);
        else if (!table_is_gone(now, then->owner))
            keel_check_found(run, then->name, keel_baseline_evidence(run, then->definition, NULL), NULL,
                             "the sequence is gone");
    }
    report_new(run);
    keel_check_looked(run, looked, "sequences");
}

static void finish(keel_check_run *run)
{
    const keel_baseline_job *job = run->baseline;

    keel_baseline_settle(run);
    if (job->before == NULL)
        keel_baseline_saved(run, (int64_t)job->now->sequences.count, "sequences");
    else if (!job->before->sequences_known)
        keel_check_skip(run, "the baseline was saved without sequences");
    else if (job->now->sequences_known)
        compare_all(run);
}

const keel_check keel_check_baseline_sequences = {
    .id = "baseline.sequences",
    .group = KEEL_GROUP_BASELINE,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_NEEDS_BASELINE,
    .title = "no sequence has moved back since the baseline",
    .help = "A sequence that stands before where it stood gives numbers again that it has given: a restore without its "
            "sequences, TRUNCATE RESTART IDENTITY, a wrong setval. That, and a sequence that is gone while its table is "
            "not, is an ERROR; another type, step or bound a WARNING. Sequences that moved on are not told.",
    .triggers = "CREATE TABLE parts (id bigserial PRIMARY KEY); INSERT INTO parts SELECT FROM generate_series(1, 9);\n"
                "-- pgkeel check --save before.json\n"
                "SELECT setval('parts_id_seq', 4); DELETE FROM parts WHERE false;",
    .passes = "CREATE TABLE parts (id bigserial PRIMARY KEY); INSERT INTO parts SELECT FROM generate_series(1, 9);",
    .run = run,
    .finish = finish,
};
