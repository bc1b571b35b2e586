/* typeof(column) against constants: what the target type leaves of the question is whether the
 * value is NULL. */
#include "transfer/translate_inside.h"

/* The storage classes that a value of the column can have, of "integer", "real", "text", "blob". */
static void classes_of(const keel_translate_column *column, const char *ret_classes[2])
{
    keel_pg_kind kind = column->type->kind;
    bool whole = kind == KEEL_PG_BOOL || kind == KEEL_PG_INT2 || kind == KEEL_PG_INT4 ||
                 kind == KEEL_PG_INT8;
    bool fraction = kind == KEEL_PG_FLOAT8 || kind == KEEL_PG_NUMERIC;

    ret_classes[0] = ret_classes[1] = NULL;
    if (column->affinity == KEEL_AFFINITY_REAL && (whole || fraction))
        ret_classes[0] = "real";
    else if (column->affinity == KEEL_AFFINITY_TEXT && kind != KEEL_PG_BYTEA)
        ret_classes[0] = "text";
    else if (kind == KEEL_PG_BYTEA)
        ret_classes[0] = "blob";
    else if (whole || fraction)
        ret_classes[0] = "integer";
    if (fraction && keel_streq(ret_classes[0], "integer"))
        ret_classes[1] = "real";
}

static bool lists(const keel_expr *const *items, size_t count, const char *class)
{
    for (size_t i = 0; i < count; i++)
        if (items[i]->kind == KEEL_EXPR_TEXT && keel_streq(items[i]->text, class))
            return true;
    return class == NULL;
}

static const keel_translate_column *asked_column(const keel_translation *t, const keel_expr *expr)
{
    bool is_typeof = expr->kind == KEEL_EXPR_FUNCTION && keel_streq(expr->text, "typeof") &&
                     expr->arg_count == 1 && expr->args[0]->kind == KEEL_EXPR_COLUMN;

    return is_typeof ? keel_find_source(t, expr->args[0]->text) : NULL;
}

keel_typeof_answer keel_typeof_test(const keel_translation *t,
                                    const keel_expr *expr,
                                    const keel_translate_column **ret_column)
{
    bool equality = expr->kind == KEEL_EXPR_BINARY && keel_streq(expr->text, "=");
    bool list = expr->kind == KEEL_EXPR_IN && !expr->negated;
    const char *classes[2];

    if (!equality && !list)
        return KEEL_TYPEOF_UNKNOWN;
    const keel_translate_column *column = asked_column(t, expr->args[0]);
    if (column == NULL)
        return KEEL_TYPEOF_UNKNOWN;
    const keel_expr *const *items = expr->args + 1;
    size_t count = expr->arg_count - 1;
    *ret_column = column;
    classes_of(column, classes);
    bool null_listed = lists(items, count, "null");
    if (count == 1 && null_listed)
        return KEEL_TYPEOF_NULL;
    if (classes[0] == NULL || !lists(items, count, classes[0]) || !lists(items, count, classes[1]))
        return KEEL_TYPEOF_UNKNOWN;
    return null_listed ? KEEL_TYPEOF_ALWAYS : KEEL_TYPEOF_NOT_NULL;
}
