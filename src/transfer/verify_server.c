/* Questions that the server answers best: orphans, unique keys, sequences. */
#include "base/json_out.h"
#include "transfer/verify_inside.h"

bool keel_verify_ask(keel_verifier *w,
                     const char *sql,
                     int count,
                     const char *const *params,
                     keel_pg_result **ret_result,
                     keel_error *err)
{
    if (!w->savepoint && !keel_pg_exec(w->pg, err, "SAVEPOINT keel_ask"))
        return false;
    w->savepoint = true;
    if (keel_pg_query(w->pg, ret_result, err, sql, count, params))
        return true;
    keel_error ignored = {0};
    (void)keel_pg_exec(w->pg, &ignored, "ROLLBACK TO SAVEPOINT keel_ask");
    return false;
}

/* A question that the server does not take (no operator between the types, no right) is skipped,
 * and said. */
static bool skip(
    keel_verifier *w, const char *check, const char *object, const keel_error *why, keel_error *err)
{
    if (why->kind != KEEL_ERR_SERVER) {
        *err = *why;
        return false;
    }
    keel_report_addf(w->verify->report, KEEL_WARNING, check, object, NULL,
                     why->hint[0] != '\0' ? why->hint : NULL, "could not be checked: %s",
                     why->message);
    keel_report_check(w->verify->report, check, KEEL_CHECK_SKIPPED);
    return true;
}

static void add_columns(keel_str *out,
                        const char *alias,
                        const char *const *names,
                        size_t count,
                        const char *suffix,
                        const char *between)
{
    for (size_t i = 0; i < count; i++) {
        keel_str_addf(out, "%s%s", i > 0 ? between : "", alias);
        keel_pg_add_identifier(out, names[i]);
        keel_str_add(out, suffix);
    }
}

static void
object_name(const keel_verify_state *state, const char *const *columns, size_t count, keel_str *out)
{
    keel_str_addf(out, "%s.%s(", state->plan->schema, state->plan->name);
    for (size_t i = 0; i < count; i++)
        keel_str_addf(out, "%s%s", i > 0 ? ", " : "", columns[i]);
    keel_str_add(out, ")");
}

/* The child's and the parent's columns in pairs, and the parent; false if the target does not have
 * them. */
static bool reference_sides(keel_verifier *w,
                            const keel_plan_reference *reference,
                            const char **child,
                            const char **parent,
                            keel_str *relation)
{
    const keel_plan_table *table = w->state->plan;

    for (size_t i = 0; i < reference->count; i++)
        child[i] = table->columns.items[reference->columns[i]].target;
    if (reference->target != NULL) {
        keel_pg_add_qualified(relation, reference->target->parent_schema,
                              reference->target->parent_table);
        for (size_t i = 0; i < reference->count; i++) { /* the constraint has its own order */
            child[i] =
                keel_pg_table_column_number(table->target, reference->target->columns[i])->name;
            parent[i] = reference->target->parent_columns[i];
        }
        return true;
    }
    if (reference->parent == NULL || reference->parent->target == NULL)
        return false;
    const keel_plan_keyset *set = &reference->parent->keysets.items[reference->parent_keyset];
    keel_pg_add_qualified(relation, reference->parent->schema, reference->parent->name);
    for (size_t i = 0; i < reference->count; i++)
        parent[i] = reference->parent->columns.items[set->cells[i]].target;
    return true;
}

static void orphans_sql(keel_str *sql,
                        const keel_verify_state *state,
                        const char *relation,
                        const char *const *child,
                        const char *const *parent,
                        size_t count)
{
    keel_str_add(sql, "SELECT concat_ws(', ', ");
    add_columns(sql, "c.", child, count, "::text", ", ");
    keel_str_addf(sql, "), count(*) OVER () FROM %s c WHERE ", state->relation);
    add_columns(sql, "c.", child, count, " IS NOT NULL", " AND ");
    keel_str_addf(sql, " AND NOT EXISTS (SELECT 1 FROM %s p WHERE ", relation);
    for (size_t i = 0; i < count; i++) {
        keel_str_add(sql, i > 0 ? " AND p." : "p.");
        keel_pg_add_identifier(sql, parent[i]);
        keel_str_add(sql, " = c.");
        keel_pg_add_identifier(sql, child[i]);
    }
    keel_str_add(sql, ") LIMIT 5");
}

static void report_orphans(keel_verifier *w,
                           const keel_pg_result *rows,
                           const char *object,
                           const char *relation)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    keel_json json;

    keel_json_start(&json, &evidence, false);
    keel_json_object(&json);
    keel_json_kv_int(&json, "rows", keel_pg_int(rows, 0, 1));
    keel_json_key(&json, "sample");
    keel_json_array(&json);
    for (int i = 0; i < keel_pg_rows(rows); i++)
        keel_json_text(&json, keel_pg_text(rows, i, 0));
    keel_json_end_array(&json);
    keel_json_end_object(&json);
    keel_report_addf(w->verify->report, KEEL_ERROR, "verify.orphans", object, evidence.data, NULL,
                     "%s rows point at rows of %s that do not exist", keel_pg_text(rows, 0, 1),
                     relation);
}

static bool check_orphans(keel_verifier *w, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str relation = {0};
    KEEL_CLEANUP(keel_str_free) keel_str object = {0};
    const keel_plan_reference *reference = &w->state->plan->references.items[w->item->index];
    const char *child[32], *parent[32];
    keel_error why = {0};

    if (reference->count > KEEL_COUNT_OF(child) ||
        !reference_sides(w, reference, child, parent, &relation)) {
        keel_report_check(w->verify->report, "verify.orphans", KEEL_CHECK_SKIPPED);
        return true;
    }
    object_name(w->state, child, reference->count, &object);
    keel_str_clear(&w->sql);
    orphans_sql(&w->sql, w->state, relation.data, child, parent, reference->count);
    if (!keel_verify_ask(w, w->sql.data, 0, NULL, &rows, &why))
        return skip(w, "verify.orphans", object.data, &why, err);
    if (keel_pg_rows(rows) > 0)
        report_orphans(w, rows, object.data, relation.data);
    keel_report_check(w->verify->report, "verify.orphans",
                      keel_pg_rows(rows) > 0 ? KEEL_CHECK_FAILED : KEEL_CHECK_PASSED);
    return true;
}

static bool index_covers(const keel_pg_table *target,
                         const keel_pg_index *index,
                         const char *const *names,
                         size_t count)
{
    if (!index->unique || index->partial || index->expression || index->column_count != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        for (size_t j = 0; j < count; j++)
            found = found || strcmp(keel_pg_table_column_number(target, index->columns[j])->name,
                                    names[i]) == 0;
        if (!found)
            return false;
    }
    return true;
}

static const keel_pg_index *
covering_index(const keel_pg_table *target, const char *const *names, size_t count)
{
    for (size_t i = 0; i < target->indexes.count; i++)
        if (target->indexes.items[i].valid &&
            index_covers(target, &target->indexes.items[i], names, count))
            return &target->indexes.items[i];
    return NULL;
}

/* The unique key's columns in the target; 0 if it is not one of plain columns that are all
 * transferred. */
static size_t unique_columns(const keel_plan_table *plan,
                             const keel_sqlite_index *index,
                             const char **names,
                             size_t most)
{
    if (index->where_sql != NULL || index->part_count > most)
        return 0;
    for (size_t i = 0; i < index->part_count; i++) {
        int column = index->parts[i].column != NULL
                         ? keel_plan_column_by_source(plan, index->parts[i].column)
                         : -1;
        if (column < 0)
            return 0;
        names[i] = plan->columns.items[column].target;
    }
    return index->part_count;
}

/* No unique index stands for it in the target: look for rows that repeat it. */
static bool look_for_repeats(
    keel_verifier *w, const char *const *names, size_t count, const char *object, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    keel_error why = {0};

    keel_str_clear(&w->sql);
    keel_str_add(&w->sql, "SELECT concat_ws(', ', ");
    add_columns(&w->sql, "", names, count, "::text", ", ");
    keel_str_addf(&w->sql, "), count(*) OVER () FROM %s WHERE ", w->state->relation);
    add_columns(&w->sql, "", names, count, " IS NOT NULL", " AND ");
    keel_str_add(&w->sql, " GROUP BY ");
    add_columns(&w->sql, "", names, count, "", ", ");
    keel_str_add(&w->sql, " HAVING count(*) > 1 LIMIT 1");
    if (!keel_verify_ask(w, w->sql.data, 0, NULL, &rows, &why))
        return skip(w, "verify.unique", object, &why, err);
    bool repeats = keel_pg_rows(rows) > 0;
    if (repeats)
        keel_report_addf(
            w->verify->report, KEEL_ERROR, "verify.unique", object, NULL, NULL,
            "%s values that are unique in the source stand in several rows, for example '%s'",
            keel_pg_text(rows, 0, 1), keel_pg_text(rows, 0, 0));
    keel_report_check(w->verify->report, "verify.unique",
                      repeats ? KEEL_CHECK_FAILED : KEEL_CHECK_PASSED);
    return true;
}

static bool check_unique(keel_verifier *w, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str object = {0};
    const keel_plan_table *plan = w->state->plan;
    const char *names[32];
    size_t count = unique_columns(plan, &plan->source->indexes.items[w->item->index], names,
                                  KEEL_COUNT_OF(names));

    if (count == 0) {
        keel_report_check(w->verify->report, "verify.unique", KEEL_CHECK_SKIPPED);
        return true;
    }
    object_name(w->state, names, count, &object);
    if (covering_index(plan->target, names, count) == NULL)
        return look_for_repeats(w, names, count, object.data, err);
    keel_report_check(w->verify->report, "verify.unique", KEEL_CHECK_PASSED);
    return true;
}

static const char next_sql[] =
    "SELECT s.next, t.largest, t.largest IS NULL OR s.next > t.largest OR s.falling"
    " FROM (SELECT q.last_value::numeric + CASE WHEN q.is_called THEN i.seqincrement ELSE 0 END AS "
    "next,"
    "              i.seqincrement < 0 AS falling"
    "       FROM %s q, pg_catalog.pg_sequence i WHERE i.seqrelid = %s::pg_catalog.regclass) s,"
    " (SELECT max(%s)::numeric AS largest FROM %s) t";

static bool check_sequence(keel_verifier *w, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str literal = {0};
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    KEEL_CLEANUP(keel_str_free) keel_str object = {0};
    const keel_pg_column *column = &w->state->plan->target->columns.items[w->item->index];
    keel_error why = {0};

    object_name(w->state, &column->name, 1, &object);
    keel_pg_add_literal(&literal, column->sequence);
    keel_pg_add_identifier(&name, column->name);
    keel_str_clear(&w->sql);
    keel_str_addf(&w->sql, next_sql, column->sequence, literal.data, name.data, w->state->relation);
    if (!keel_verify_ask(w, w->sql.data, 0, NULL, &rows, &why))
        return skip(w, "verify.sequence", object.data, &why, err);
    bool ahead = keel_pg_rows(rows) == 1 && keel_pg_bool(rows, 0, 2);
    if (!ahead)
        keel_report_addf(w->verify->report, KEEL_ERROR, "verify.sequence", object.data, NULL, NULL,
                         "sequence %s would give %s next, but the column reaches %s already",
                         column->sequence, keel_pg_text(rows, 0, 0), keel_pg_text(rows, 0, 1));
    keel_report_check(w->verify->report, "verify.sequence",
                      ahead ? KEEL_CHECK_PASSED : KEEL_CHECK_FAILED);
    return true;
}

bool keel_verify_server(keel_verifier *w, keel_error *err)
{
    if (keel_verify_cancelled(w->verify, err))
        return false;
    switch (w->item->kind) {
    case KEEL_ITEM_ORPHANS:
        return check_orphans(w, err);
    case KEEL_ITEM_UNIQUE:
        return check_unique(w, err);
    case KEEL_ITEM_SEQUENCE:
        return check_sequence(w, err);
    case KEEL_ITEM_ROWS:
        break;
    }
    return true;
}
