/* A source row and a target row, column by column. */
#include "transfer/verify_inside.h"

static bool equal_key(const keel_pg_type *type, keel_field field, const keel_new_key *key)
{
    if (type->kind == KEEL_PG_UUID)
        return field.size == 16 && memcmp(field.bytes, key->uuid, 16) == 0;
    switch (field.size) {
    case 2:
        return keel_get_i16(field.bytes) == key->integer;
    case 4:
        return keel_get_i32(field.bytes) == key->integer;
    case 8:
        return keel_get_i64(field.bytes) == key->integer;
    default:
        return false;
    }
}

static bool equal_reference(const keel_plan_column *column, const keel_cell *cell, keel_field field)
{
    keel_new_key key;

    if (cell->class == KEEL_CELL_NULL || field.size < 0)
        return cell->class == KEEL_CELL_NULL && field.size < 0;
    return keel_verify_look_up(column->rewritten_by, cell, &key) &&
           equal_key(column->type, field, &key);
}

static bool says_null(const keel_rule *rule, const keel_cell *cell)
{
    return cell->class == KEEL_CELL_NULL ||
           (rule->empty_is_null && cell->class == KEEL_CELL_TEXT && cell->size == 0);
}

/* Is this text, as the server reads it, what the server shows? A text that it cannot read is not.
 */
static bool
same_to_server(keel_verifier *w, const keel_pg_type *type, const char *text, const char *shown)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    const char *params[] = {text, shown};
    keel_error refused = {0};

    keel_str_clear(&w->sql);
    keel_str_addf(&w->sql, "SELECT ($1::text::%s)::text = $2::text", type->name);
    return keel_verify_ask(w, w->sql.data, 2, params, &result, &refused) &&
           keel_pg_bool(result, 0, 0);
}

static bool
equal_text(keel_verifier *w, const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    KEEL_CLEANUP(keel_str_free) keel_str shown = {0};
    bool hex = false;

    if (says_null(rule, cell) || field.size < 0)
        return says_null(rule, cell) && field.size < 0;
    keel_str_clear(&w->text);
    keel_cell_text(cell, 0, &w->text, &hex);
    if (!hex && w->text.size == (size_t)field.size &&
        memcmp(keel_str_text(&w->text), field.bytes, w->text.size) == 0)
        return true;
    keel_str_addn(&shown, field.bytes, (size_t)field.size);
    return !hex && same_to_server(w, rule->type, keel_str_text(&w->text), keel_str_text(&shown));
}

/* A type that only the server reads; what does not fit may have become what the mapping says. */
static bool
equal_as_text(keel_verifier *w, const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    if (equal_text(w, rule, cell, field))
        return true;
    if (rule->misfit == KEEL_MISFIT_NULL)
        return field.size < 0;
    return rule->misfit == KEEL_MISFIT_DEFAULT && rule->default_cell != NULL &&
           equal_text(w, rule, rule->default_cell, field);
}

static bool equal_column(keel_verifier *w, size_t index)
{
    const keel_plan_column *column = &w->state->plan->columns.items[index];
    const keel_cell *cell = &w->cells[column->cell];
    keel_field field = w->fields[1 + index];

    if (w->has_new_key && (int)index == w->state->plan->key_column)
        return equal_key(column->type, field, &w->new_key);
    if (column->role == KEEL_ROLE_REFERENCE && keel_verify_has_map(column->rewritten_by))
        return equal_reference(column, cell, field);
    if (column->as_text)
        return equal_as_text(w, &w->state->plan->columns.items[index].rule, cell, field);
    return keel_compare(&w->state->plan->columns.items[index].rule, cell, field);
}

/* How a row that differs is to be judged. */
typedef struct judged {
    keel_severity severity;
    const char *check;
    int64_t *values, *rows; /* what counts it */
} judged;

static bool judge(keel_verifier *w, const keel_stored_row *row, judged *ret_judged, keel_error *err)
{
    const keel_plan_table *plan = w->state->plan;
    bool by_match =
        w->verify->run != NULL && plan->mapping != NULL && plan->mapping->match.count > 0;
    bool written = true;

    if (!w->row_merged && !keel_verify_as_written(w, row, &written, err))
        return false;
    if (w->row_merged || (!written && by_match))
        *ret_judged =
            (judged){KEEL_INFO, "verify.merged_different", &w->counts.merged_different, NULL};
    else if (!written)
        *ret_judged = (judged){KEEL_INFO, "verify.changed_since", NULL, &w->counts.changed_since};
    else
        *ret_judged = (judged){KEEL_ERROR, "verify.different", &w->counts.different,
                                &w->counts.different_rows};
    return true;
}

/* A reference that the run may have emptied, because its parent was not there. */
static bool emptied(keel_verifier *w, size_t index, bool say)
{
    const keel_plan_column *column = &w->state->plan->columns.items[index];

    if (!w->state->may_be_nulled[index] || w->fields[1 + index].size >= 0 ||
        w->cells[column->cell].class == KEEL_CELL_NULL)
        return false;
    w->nulled[index] += say;
    return true;
}

static bool is_reference(const keel_verifier *w, size_t index)
{
    return w->state->plan->columns.items[index].role == KEEL_ROLE_REFERENCE;
}

/* What nearly every row is. References come last: what they are looked up in is on its way (keel_verify_fetch). */
static bool all_equal(keel_verifier *w)
{
    size_t count = w->state->plan->columns.count;

    for (size_t i = 0; i < count; i++)
        if (!is_reference(w, i) && !equal_column(w, i))
            return false;
    for (size_t i = 0; i < count; i++)
        if (is_reference(w, i) && !equal_column(w, i))
            return false;
    return true;
}

bool keel_verify_row(
    keel_verifier *w, const keel_stored_row *row, bool say, bool *ret_equal, keel_error *err)
{
    size_t count = w->state->plan->columns.count;
    judged judged_as = {0};

    *ret_equal = true;
    if (!keel_tuple_fields((const unsigned char *)w->store.bytes.data + row->start, row->size,
                           w->fields, count + 1))
        return keel_fail(err, KEEL_ERR_INTERNAL, "the server's row is malformed");
    if (all_equal(w))
        return true;
    for (size_t i = 0; i < count; i++) {
        if (equal_column(w, i) || emptied(w, i, say))
            continue;
        if (*ret_equal && say && !judge(w, row, &judged_as, err))
            return false;
        if (*ret_equal && say && judged_as.rows != NULL)
            ++*judged_as.rows;
        *ret_equal = false;
        if (!say)
            return true;
        if (judged_as.values != NULL)
            ++*judged_as.values;
        keel_verify_say_value(w, judged_as.severity, judged_as.check, i);
    }
    return true;
}
