/* CHECKs that the types of the target guarantee by themselves. */
#include <stdlib.h>

#include "transfer/translate_inside.h"

static const keel_translate_column *column_of(const keel_translation *t, const keel_expr *expr)
{
    return expr->kind == KEEL_EXPR_COLUMN ? keel_find_source(t, expr->text) : NULL;
}

static bool is_number(const keel_expr *expr, const char *number, const char *keyword)
{
    if (expr->kind == KEEL_EXPR_INTEGER)
        return keel_streq(expr->text, number);
    return expr->kind == KEEL_EXPR_KEYWORD && keel_streq(expr->text, keyword);
}

/* flag IN (0, 1) */
static bool both_truths(const keel_expr *expr)
{
    bool zero = false, one = false;

    for (size_t i = 1; i < expr->arg_count; i++) {
        zero |= is_number(expr->args[i], "0", "FALSE");
        one |= is_number(expr->args[i], "1", "TRUE");
    }
    return zero && one;
}

/* mood IN (every label, and perhaps more) */
static bool all_labels(const keel_expr *expr, const keel_pg_type *type)
{
    for (size_t label = 0; label < type->label_count; label++) {
        bool found = false;
        for (size_t i = 1; i < expr->arg_count && !found; i++)
            found = expr->args[i]->kind == KEEL_EXPR_TEXT &&
                    keel_streq(expr->args[i]->text, type->labels[label]);
        if (!found)
            return false;
    }
    return true;
}

static bool list(const keel_translation *t, const keel_expr *expr)
{
    const keel_translate_column *column = column_of(t, expr->args[0]);

    if (column == NULL || expr->negated)
        return false;
    if (column->type->kind == KEEL_PG_BOOL)
        return column->affinity != KEEL_AFFINITY_TEXT && both_truths(expr);
    return column->type->kind == KEEL_PG_ENUM && all_labels(expr, column->type);
}

static bool zero_to_one(const keel_translation *t, const keel_expr *expr)
{
    const keel_translate_column *column = column_of(t, expr->args[0]);

    return column != NULL && !expr->negated && column->type->kind == KEEL_PG_BOOL &&
           column->affinity != KEEL_AFFINITY_TEXT && is_number(expr->args[1], "0", "FALSE") &&
           is_number(expr->args[2], "1", "TRUE");
}

static const keel_translate_column *
argument(const keel_translation *t, const keel_expr *expr, const char *function)
{
    if (expr->kind != KEEL_EXPR_FUNCTION || !keel_streq(expr->text, function) ||
        expr->arg_count != 1)
        return NULL;
    return column_of(t, expr->args[0]);
}

static bool valid_json(keel_translation *t, const keel_expr *expr)
{
    const keel_translate_column *column = argument(t, expr, "json_valid");

    if (column == NULL ||
        (column->type->kind != KEEL_PG_JSON && column->type->kind != KEEL_PG_JSONB))
        return false;
    keel_note(
        t, "json_valid(NULL) is false in older SQLite, NULL in newer: the type alone allows NULL");
    return true;
}

/* length(name) <= n on varchar(n) or shorter; also length(name) < n + 1 */
static bool bounded_length(const keel_translation *t, const keel_expr *expr)
{
    bool below = keel_streq(expr->text, "<");

    if ((!below && !keel_streq(expr->text, "<=")) || expr->args[1]->kind != KEEL_EXPR_INTEGER)
        return false;
    const keel_translate_column *column = argument(t, expr->args[0], "length");
    if (column == NULL || column->type->kind != KEEL_PG_VARCHAR || column->type->length == 0)
        return false;
    return strtoll(expr->args[1]->text, NULL, 10) - below >= column->type->length;
}

bool keel_is_implied(keel_translation *t, const keel_expr *expr)
{
    const keel_translate_column *column;

    if (keel_typeof_test(t, expr, &column) == KEEL_TYPEOF_ALWAYS)
        return true;
    if (expr->kind == KEEL_EXPR_IN)
        return list(t, expr);
    if (expr->kind == KEEL_EXPR_BETWEEN)
        return zero_to_one(t, expr);
    if (expr->kind == KEEL_EXPR_FUNCTION)
        return valid_json(t, expr);
    if (expr->kind != KEEL_EXPR_BINARY)
        return false;
    if (keel_streq(expr->text, "=") && is_number(expr->args[1], "1", "TRUE"))
        return valid_json(t, expr->args[0]);
    return bounded_length(t, expr);
}
