/* Arithmetic: 64-bit integers and double precision, as SQLite computes, whatever the columns are.
 */
#include <string.h>

#include "transfer/translate_inside.h"

static bool to_number(keel_translation *t, keel_piece *piece)
{
    if (keel_is_number(piece))
        return true;
    if (piece->family != KEEL_FAMILY_BOOL)
        return keel_differ(t, "arithmetic on %s", keel_family_name(piece->family));
    *piece = (keel_piece){.family = KEEL_FAMILY_INTEGER,
                          .sql = keel_arena_printf(t->arena, "%s::integer", keel_operand(t, piece)),
                          .atom = true};
    return true;
}

static const char *cast(keel_translation *t, const keel_piece *piece, const char *type)
{
    return keel_arena_printf(t->arena, "%s::%s", keel_operand(t, piece), type);
}

static bool numbers(keel_translation *t, const keel_expr *expr, keel_piece *left, keel_piece *right)
{
    return keel_walk(t, expr->args[0], left) && keel_walk(t, expr->args[1], right) &&
           to_number(t, left) && to_number(t, right);
}

/* A product of two int4 would overflow where SQLite's 64 bits do not. */
static bool integers(keel_translation *t,
                     const char *sign,
                     const keel_piece *left,
                     const keel_piece *right,
                     keel_piece *ret_piece)
{
    bool wide = left->wide || right->wide;

    *ret_piece = (keel_piece){.family = KEEL_FAMILY_INTEGER, .wide = true};
    ret_piece->sql = keel_arena_printf(t->arena, "%s %s %s",
                                       wide ? keel_operand(t, left) : cast(t, left, "bigint"), sign,
                                       keel_operand(t, right));
    return true;
}

static const char *as_double(keel_translation *t, const keel_piece *piece)
{
    bool is_double = piece->family == KEEL_FAMILY_REAL && piece->literal == NULL;

    if (piece->family == KEEL_FAMILY_NUMERIC)
        keel_note(t, "computed in double precision, as SQLite does");
    return is_double ? keel_operand(t, piece) : cast(t, piece, "double precision");
}

static bool doubles(keel_translation *t,
                    const char *sign,
                    const keel_piece *left,
                    const keel_piece *right,
                    keel_piece *ret_piece)
{
    *ret_piece = (keel_piece){.family = KEEL_FAMILY_REAL, .real = left->real || right->real};
    ret_piece->sql =
        keel_arena_printf(t->arena, "%s %s %s", as_double(t, left), sign, as_double(t, right));
    return true;
}

static bool is_nonzero_constant(const keel_piece *piece)
{
    return piece->literal != NULL && piece->literal->kind != KEEL_EXPR_KEYWORD &&
           strcspn(piece->literal->text, "123456789") < strcspn(piece->literal->text, "eE");
}

/* A zero divisor is NULL in SQLite and an error in PostgreSQL. */
static bool division(keel_translation *t,
                     const char *sign,
                     const keel_piece *left,
                     const keel_piece *right,
                     keel_piece *ret_piece)
{
    bool whole = left->family == KEEL_FAMILY_INTEGER && right->family == KEEL_FAMILY_INTEGER;

    if (!is_nonzero_constant(right))
        return keel_differ(
            t,
            "%s by something else than a constant: division by zero is NULL in SQLite, an error "
            "in PostgreSQL",
            sign);
    if (whole)
        return integers(t, sign, left, right, ret_piece);
    if (*sign == '%')
        return keel_differ(t, "%% on numbers that are not integers");
    if (!left->real && !right->real)
        return keel_differ(t,
                           "/ is an integer division in SQLite where the column holds an integer");
    return doubles(t, sign, left, right, ret_piece);
}

static bool bits(keel_translation *t,
                 const char *sign,
                 const keel_piece *left,
                 const keel_piece *right,
                 keel_piece *ret_piece)
{
    if (left->family != KEEL_FAMILY_INTEGER || right->family != KEEL_FAMILY_INTEGER)
        return keel_differ(t, "%s on numbers that are not integers", sign);
    return integers(t, sign, left, right, ret_piece);
}

static bool as_text(keel_translation *t, keel_piece *piece)
{
    if (piece->family == KEEL_FAMILY_TEXT && !piece->loose)
        return true;
    if (piece->family != KEEL_FAMILY_INTEGER)
        return keel_differ(t, "|| on %s", keel_family_name(piece->family));
    *piece = (keel_piece){.family = KEEL_FAMILY_TEXT, .sql = cast(t, piece, "text"), .atom = true};
    return true;
}

static bool concatenation(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    keel_piece left = {0}, right = {0};

    if (!keel_walk(t, expr->args[0], &left) || !keel_walk(t, expr->args[1], &right) ||
        !as_text(t, &left) || !as_text(t, &right))
        return false;
    *ret_piece = (keel_piece){.family = KEEL_FAMILY_TEXT};
    ret_piece->sql =
        keel_arena_printf(t->arena, "%s || %s", keel_operand(t, &left), keel_operand(t, &right));
    return true;
}

bool keel_walk_arithmetic(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    const char *sign = expr->text;
    keel_piece left = {0}, right = {0};

    if (keel_streq(sign, "||"))
        return concatenation(t, expr, ret_piece);
    if (keel_streq(sign, "->") || keel_streq(sign, "->>"))
        return keel_differ(t, "%s gives typed values in SQLite and text or JSON in PostgreSQL",
                           sign);
    if (keel_streq(sign, "<<") || keel_streq(sign, ">>"))
        return keel_differ(t, "%s is not carried", sign);
    if (!numbers(t, expr, &left, &right))
        return false;
    if (*sign == '/' || *sign == '%')
        return division(t, sign, &left, &right, ret_piece);
    if (*sign == '&' || *sign == '|')
        return bits(t, sign, &left, &right, ret_piece);
    if (left.family == KEEL_FAMILY_INTEGER && right.family == KEEL_FAMILY_INTEGER)
        return integers(t, sign, &left, &right, ret_piece);
    return doubles(t, sign, &left, &right, ret_piece);
}

bool keel_walk_sign(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    keel_piece operand = {0};

    if (!keel_walk(t, expr->args[0], &operand) || !to_number(t, &operand))
        return false;
    if (*expr->text == '~' && operand.family != KEEL_FAMILY_INTEGER)
        return keel_differ(t, "~ on numbers that are not integers");
    *ret_piece = operand;
    ret_piece->column = NULL;
    if (*expr->text == '+')
        return true;
    ret_piece->literal = NULL;
    ret_piece->atom = false;
    ret_piece->sql = keel_arena_printf(t->arena, "%c%s", *expr->text, keel_operand(t, &operand));
    return true;
}
