/* The walk over an expression: constants here, everything else where it belongs. */
#include <strings.h>

#include "transfer/translate_inside.h"

static void
constant(keel_piece *ret_piece, keel_family family, const keel_expr *expr, const char *sql)
{
    *ret_piece = (keel_piece){.family = family, .sql = sql, .atom = true, .literal = expr};
}

static void bytes(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    constant(ret_piece, KEEL_FAMILY_BYTES, expr,
             keel_arena_printf(t->arena, "'\\x%s'::bytea", expr->text));
}

/* TRUE and FALSE are the integers 1 and 0. */
static bool keyword(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    bool is_true = keel_streq(expr->text, "TRUE");

    if (!is_true && !keel_streq(expr->text, "FALSE"))
        return keel_differ(t, "%s changes with time", expr->text);
    constant(ret_piece, KEEL_FAMILY_INTEGER, expr, is_true ? "1" : "0");
    return true;
}

static bool collate(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    if (!keel_walk(t, expr->args[0], ret_piece))
        return false;
    ret_piece->collation = expr->text;
    ret_piece->explicit_collation = true;
    return true;
}

static bool is_null(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    keel_piece operand = {0};

    if (!keel_walk(t, expr->args[0], &operand))
        return false;
    *ret_piece = (keel_piece){.family = KEEL_FAMILY_BOOL};
    ret_piece->sql = keel_arena_printf(t->arena, "%s IS %sNULL", keel_operand(t, &operand),
                                       expr->negated ? "NOT " : "");
    return true;
}

static bool connective(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    keel_piece left = {0}, right = {0};

    if (!keel_walk_truth(t, expr->args[0], &left) || !keel_walk_truth(t, expr->args[1], &right))
        return false;
    *ret_piece = (keel_piece){.family = KEEL_FAMILY_BOOL};
    ret_piece->sql = keel_arena_printf(t->arena, "%s %s %s", keel_operand(t, &left), expr->text,
                                       keel_operand(t, &right));
    return true;
}

static bool negation(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    keel_piece operand = {0};

    if (!keel_walk_truth(t, expr->args[0], &operand))
        return false;
    *ret_piece = (keel_piece){.family = KEEL_FAMILY_BOOL};
    ret_piece->sql = keel_arena_printf(t->arena, "NOT %s", keel_operand(t, &operand));
    return true;
}

static bool binary(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    static const char *const comparisons[] = {"=", "<>", "<", "<=", ">", ">=", "IS", "IS NOT"};

    if (keel_streq(expr->text, "AND") || keel_streq(expr->text, "OR"))
        return connective(t, expr, ret_piece);
    for (size_t i = 0; i < KEEL_COUNT_OF(comparisons); i++)
        if (keel_streq(expr->text, comparisons[i]))
            return keel_walk_comparison(t, expr, ret_piece);
    return keel_walk_arithmetic(t, expr, ret_piece);
}

static bool unary(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    return keel_streq(expr->text, "NOT") ? negation(t, expr, ret_piece)
                                         : keel_walk_sign(t, expr, ret_piece);
}

/* typeof(x) = 'integer' on a bigint column asks only whether x is NULL. */
static bool typeof_test(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    const keel_translate_column *column;
    keel_typeof_answer answer = keel_typeof_test(t, expr, &column);

    if (answer != KEEL_TYPEOF_NULL && answer != KEEL_TYPEOF_NOT_NULL)
        return false;
    keel_pg_add_identifier(&name, column->target_name);
    *ret_piece = (keel_piece){.family = KEEL_FAMILY_BOOL};
    ret_piece->sql = keel_arena_printf(t->arena, "%s IS %sNULL", keel_str_text(&name),
                                       answer == KEEL_TYPEOF_NULL ? "" : "NOT ");
    return true;
}

bool keel_walk(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    if (typeof_test(t, expr, ret_piece))
        return true;
    switch (expr->kind) {
    case KEEL_EXPR_NULL:
        constant(ret_piece, KEEL_FAMILY_NULL, expr, "NULL");
        return true;
    case KEEL_EXPR_INTEGER:
        constant(ret_piece, KEEL_FAMILY_INTEGER, expr, expr->text);
        ret_piece->atom = expr->text[0] != '-';
        return true;
    case KEEL_EXPR_REAL:
        constant(ret_piece, KEEL_FAMILY_REAL, expr, expr->text);
        ret_piece->real = true;
        return true;
    case KEEL_EXPR_TEXT:
        constant(ret_piece, KEEL_FAMILY_TEXT, expr, keel_literal_sql(t, expr->text));
        return true;
    case KEEL_EXPR_BLOB:
        bytes(t, expr, ret_piece);
        return true;
    case KEEL_EXPR_KEYWORD:
        return keyword(t, expr, ret_piece);
    case KEEL_EXPR_COLUMN:
        return keel_walk_column(t, expr, ret_piece);
    case KEEL_EXPR_UNARY:
        return unary(t, expr, ret_piece);
    case KEEL_EXPR_BINARY:
        return binary(t, expr, ret_piece);
    case KEEL_EXPR_FUNCTION:
        return keel_walk_function(t, expr, ret_piece);
    case KEEL_EXPR_IN:
        return keel_walk_in(t, expr, ret_piece);
    case KEEL_EXPR_BETWEEN:
        return keel_walk_between(t, expr, ret_piece);
    case KEEL_EXPR_LIKE:
        return keel_walk_pattern(t, expr, ret_piece);
    case KEEL_EXPR_IS_NULL:
        return is_null(t, expr, ret_piece);
    case KEEL_EXPR_CASE:
        return keel_walk_case(t, expr, ret_piece);
    case KEEL_EXPR_CAST:
        return keel_walk_cast(t, expr, ret_piece);
    case KEEL_EXPR_COLLATE:
        return collate(t, expr, ret_piece);
    }
    return keel_differ(t, "an expression of an unknown kind");
}

bool keel_walk_truth(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    keel_piece piece = {0};
    bool one;

    if (!keel_walk(t, expr, &piece))
        return false;
    if (piece.family == KEEL_FAMILY_BOOL) {
        *ret_piece = piece;
        return true;
    }
    if (keel_is_zero_or_one(&piece, &one)) {
        *ret_piece =
            (keel_piece){.family = KEEL_FAMILY_BOOL, .sql = one ? "true" : "false", .atom = true};
        return true;
    }
    if (!keel_is_number(&piece))
        return keel_differ(t, "%s is used as a condition", keel_family_name(piece.family));
    *ret_piece = (keel_piece){.family = KEEL_FAMILY_BOOL};
    ret_piece->sql = keel_arena_printf(t->arena, "%s <> 0", keel_operand(t, &piece));
    return true;
}
