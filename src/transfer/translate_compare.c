/* Comparisons: carried between equal families, by the collation that SQLite would use. */
#include <ctype.h>
#include <strings.h>

#include "transfer/translate_inside.h"

static bool is_equality(const char *operation)
{
    return keel_streq(operation, "=") || keel_streq(operation, "<>") ||
           keel_streq(operation, "IS") || keel_streq(operation, "IS NOT");
}

static const char *in_target(const char *operation)
{
    if (keel_streq(operation, "IS"))
        return "IS NOT DISTINCT FROM";
    return keel_streq(operation, "IS NOT") ? "IS DISTINCT FROM" : operation;
}

static bool write(keel_translation *t,
                  const char *operation,
                  const char *left,
                  const char *right,
                  keel_piece *ret_piece)
{
    *ret_piece = (keel_piece){.family = KEEL_FAMILY_BOOL};
    ret_piece->sql = keel_arena_printf(t->arena, "%s %s %s", left, in_target(operation), right);
    return true;
}

static bool plain(keel_translation *t,
                  const char *operation,
                  const keel_piece *left,
                  const keel_piece *right,
                  keel_piece *ret_piece)
{
    return write(t, operation, keel_operand(t, left), keel_operand(t, right), ret_piece);
}

/* A written COLLATE wins, then the left column, then the right one. */
static const char *collation_of(const keel_piece *left, const keel_piece *right)
{
    const char *collation = left->collation;

    bool written = right->explicit_collation && !left->explicit_collation;
    if (written || (collation == NULL && left->column == NULL))
        collation = right->collation;
    return collation != NULL ? collation : "BINARY";
}

static bool looks_numeric(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    text += *text == '-' || *text == '+';
    return isdigit((unsigned char)*text) || (*text == '.' && isdigit((unsigned char)text[1]));
}

/* A column without TEXT affinity may hold numbers that the target keeps as text. */
static bool loose_is_safe(const char *operation, const keel_piece *left, const keel_piece *right)
{
    const char *constant = left->loose ? keel_text_constant(right) : keel_text_constant(left);

    if (!left->loose && !right->loose)
        return true;
    return is_equality(operation) && constant != NULL && !looks_numeric(constant);
}

static const char *folded(keel_translation *t, const keel_piece *piece)
{
    return keel_arena_printf(t->arena, "lower(%s COLLATE \"C\")", keel_operand(t, piece));
}

static bool text(keel_translation *t,
                 const char *operation,
                 const keel_piece *left,
                 const keel_piece *right,
                 keel_piece *ret_piece)
{
    const char *collation = collation_of(left, right);

    if (!loose_is_safe(operation, left, right))
        return keel_differ(
            t,
            "a column without TEXT affinity is compared with text, SQLite may hold numbers there");
    if (strcasecmp(collation, "NOCASE") == 0) {
        keel_note(t, "COLLATE NOCASE is kept as lower() of ASCII letters");
        return write(t, operation, folded(t, left), folded(t, right), ret_piece);
    }
    if (strcasecmp(collation, "BINARY") != 0)
        return keel_differ(t, "COLLATE %s has no equal in PostgreSQL", collation);
    if (is_equality(operation))
        return plain(t, operation, left, right, ret_piece);
    const keel_piece *carrier = left->literal == NULL ? left : right;
    const char *collated =
        keel_arena_printf(t->arena, "%s COLLATE \"C\"", keel_operand(t, carrier));
    keel_note(t, "text is ordered by its bytes, kept by COLLATE \"C\"");
    return carrier == left ? write(t, operation, collated, keel_operand(t, right), ret_piece)
                           : write(t, operation, keel_operand(t, left), collated, ret_piece);
}

/* flag = 1 is flag, flag <> 1 is NOT flag; with IS the answer is never NULL. */
static bool truth_with_constant(keel_translation *t,
                                const char *operation,
                                const keel_piece *truth,
                                bool one,
                                keel_piece *ret_piece)
{
    bool negated = keel_streq(operation, "<>") || keel_streq(operation, "IS NOT");

    if (!is_equality(operation))
        return keel_differ(t, "a boolean is compared with %s", operation);
    *ret_piece = (keel_piece){.family = KEEL_FAMILY_BOOL};
    if (operation[0] == 'I')
        ret_piece->sql = keel_arena_printf(t->arena, "%s IS %s%s", keel_operand(t, truth),
                                           negated ? "NOT " : "", one ? "TRUE" : "FALSE");
    else if (one != negated)
        *ret_piece = *truth;
    else
        ret_piece->sql = keel_arena_printf(t->arena, "NOT %s", keel_operand(t, truth));
    ret_piece->column = NULL;
    return true;
}

static bool boolean(keel_translation *t,
                    const char *operation,
                    const keel_piece *left,
                    const keel_piece *right,
                    keel_piece *ret_piece)
{
    bool one;

    if (keel_is_zero_or_one(right, &one))
        return truth_with_constant(t, operation, left, one, ret_piece);
    if (keel_is_zero_or_one(left, &one))
        return truth_with_constant(t, operation, right, one, ret_piece);
    if (left->family != right->family)
        return keel_differ(
            t, "a boolean is compared with %s",
            keel_family_name(left->family == KEEL_FAMILY_BOOL ? right->family : left->family));
    return plain(t, operation, left, right, ret_piece); /* false < true as 0 < 1 */
}

static bool is_label(const keel_pg_type *type, const char *word)
{
    for (size_t i = 0; i < type->label_count; i++)
        if (keel_streq(type->labels[i], word))
            return true;
    return false;
}

/* An enum equals one of its own labels; its order is not the order of text. */
static bool label(keel_translation *t,
                  const char *operation,
                  const keel_piece *left,
                  const keel_piece *right,
                  keel_piece *ret_piece)
{
    const keel_piece *column = left->family == KEEL_FAMILY_ENUM ? left : right;
    const char *word = keel_text_constant(column == left ? right : left);
    const char *collation = collation_of(left, right);

    if (word == NULL || column->column == NULL || !is_equality(operation) ||
        strcasecmp(collation, "BINARY") != 0)
        return keel_differ(t, "an enum is compared with something else than its labels");
    if (!is_label(column->column->type, word))
        return keel_differ(t, "'%s' is no label of %s", word, column->column->type->name);
    return plain(t, operation, left, right, ret_piece);
}

/* A date and the constant of a day, both written the one way that sorts as text. */
static bool day(keel_translation *t,
                const char *operation,
                const keel_piece *left,
                const keel_piece *right,
                keel_piece *ret_piece)
{
    bool is_left = left->family == KEEL_FAMILY_DATE;
    const char *constant = keel_text_constant(is_left ? right : left);

    if (constant == NULL || !keel_is_day(constant))
        return keel_differ(t, "a date is compared with something else than the constant of a day");
    const char *sql = keel_arena_printf(t->arena, "date '%s'", constant);
    return is_left ? write(t, operation, keel_operand(t, left), sql, ret_piece)
                   : write(t, operation, sql, keel_operand(t, right), ret_piece);
}

static bool either(const keel_piece *left, const keel_piece *right, keel_family family)
{
    return left->family == family || right->family == family;
}

bool keel_translate_compare(keel_translation *t,
                            const char *operation,
                            const keel_piece *left,
                            const keel_piece *right,
                            keel_piece *ret_piece)
{
    if (either(left, right, KEEL_FAMILY_NULL))
        return keel_differ(t, "a comparison with NULL");
    if (either(left, right, KEEL_FAMILY_OTHER) || either(left, right, KEEL_FAMILY_JSON) ||
        either(left, right, KEEL_FAMILY_TIME)) {
        const keel_piece *odd = left->column != NULL ? left : right;
        return keel_differ(t, "\"%s\" compares otherwise in SQLite than %s does",
                           odd->column != NULL ? odd->column->source_name : odd->sql,
                           odd->column != NULL ? odd->column->type->name : "PostgreSQL");
    }
    if (either(left, right, KEEL_FAMILY_BOOL))
        return boolean(t, operation, left, right, ret_piece);
    if (either(left, right, KEEL_FAMILY_ENUM))
        return label(t, operation, left, right, ret_piece);
    if (either(left, right, KEEL_FAMILY_DATE))
        return day(t, operation, left, right, ret_piece);
    if (keel_is_number(left) && keel_is_number(right))
        return plain(t, operation, left, right, ret_piece);
    if (left->family != right->family)
        return keel_differ(t, "%s is compared with %s", keel_family_name(left->family),
                           keel_family_name(right->family));
    return left->family == KEEL_FAMILY_TEXT ? text(t, operation, left, right, ret_piece)
                                            : plain(t, operation, left, right, ret_piece);
}

/* x IS TRUE asks for the truth of x, not for the number 1. */
static bool is_truth_test(const keel_expr *expr)
{
    const keel_expr *right = expr->args[1];

    return expr->text[0] == 'I' && right->kind == KEEL_EXPR_KEYWORD &&
           (keel_streq(right->text, "TRUE") || keel_streq(right->text, "FALSE"));
}

bool keel_walk_comparison(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    keel_piece left = {0}, right = {0};

    if (is_truth_test(expr)) {
        if (!keel_walk_truth(t, expr->args[0], &left))
            return false;
        return truth_with_constant(t, expr->text, &left, keel_streq(expr->args[1]->text, "TRUE"),
                                   ret_piece);
    }
    return keel_walk(t, expr->args[0], &left) && keel_walk(t, expr->args[1], &right) &&
           keel_translate_compare(t, expr->text, &left, &right, ret_piece);
}

/* The elements of an IN list as comparisons that all begin alike: "x = 'a'" gives "'a'". */
static bool
list_items(keel_translation *t, const keel_expr *expr, const keel_piece *left, keel_str *list)
{
    for (size_t i = 1; i < expr->arg_count; i++) {
        keel_piece item = {0}, compared = {0};
        if (!keel_walk(t, expr->args[i], &item) ||
            !keel_translate_compare(t, "=", left, &item, &compared))
            return false;
        if (item.literal == NULL && item.family == KEEL_FAMILY_TEXT)
            return keel_differ(t, "IN with something else than constants");
        keel_str_add(list, i > 1 ? ", " : "");
        keel_str_add(list, item.sql);
    }
    return true;
}

/* Families whose IN cannot be written as a list become x = a OR x = b. */
static bool
any_equal(keel_translation *t, const keel_expr *expr, const keel_piece *left, keel_piece *ret_piece)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    for (size_t i = 1; i < expr->arg_count; i++) {
        keel_piece item = {0}, compared = {0};
        if (!keel_walk(t, expr->args[i], &item) ||
            !keel_translate_compare(t, "=", left, &item, &compared))
            return false;
        keel_str_addf(&sql, "%s%s", i > 1 ? " OR " : "", keel_operand(t, &compared));
    }
    *ret_piece = (keel_piece){.family = KEEL_FAMILY_BOOL};
    ret_piece->sql =
        keel_arena_printf(t->arena, "%s(%s)", expr->negated ? "NOT " : "", keel_str_text(&sql));
    return true;
}

bool keel_walk_in(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    KEEL_CLEANUP(keel_str_free) keel_str list = {0};
    keel_piece left = {0};

    if (!keel_walk(t, expr->args[0], &left))
        return false;
    if (expr->arg_count == 1)
        return keel_differ(t, "an empty IN list");
    bool no_case = left.collation != NULL && strcasecmp(left.collation, "BINARY") != 0;
    bool plain_list = keel_is_number(&left) || left.family == KEEL_FAMILY_ENUM ||
                      (left.family == KEEL_FAMILY_TEXT && !no_case);
    if (!plain_list)
        return any_equal(t, expr, &left, ret_piece);
    if (!list_items(t, expr, &left, &list))
        return false;
    *ret_piece = (keel_piece){.family = KEEL_FAMILY_BOOL};
    ret_piece->sql = keel_arena_printf(t->arena, "%s %sIN (%s)", keel_operand(t, &left),
                                       expr->negated ? "NOT " : "", keel_str_text(&list));
    return true;
}

bool keel_walk_between(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    keel_piece value = {0}, low = {0}, high = {0}, above = {0}, below = {0};

    if (!keel_walk(t, expr->args[0], &value) || !keel_walk(t, expr->args[1], &low) ||
        !keel_walk(t, expr->args[2], &high))
        return false;
    if (!keel_translate_compare(t, ">=", &value, &low, &above) ||
        !keel_translate_compare(t, "<=", &value, &high, &below))
        return false;
    *ret_piece = (keel_piece){.family = KEEL_FAMILY_BOOL};
    if (keel_is_number(&value))
        ret_piece->sql = keel_arena_printf(t->arena, "%s %sBETWEEN %s AND %s",
                                           keel_operand(t, &value), expr->negated ? "NOT " : "",
                                           keel_operand(t, &low), keel_operand(t, &high));
    else
        ret_piece->sql = keel_arena_printf(
            t->arena, expr->negated ? "NOT (%s AND %s)" : "%s AND %s", above.sql, below.sql);
    return true;
}
