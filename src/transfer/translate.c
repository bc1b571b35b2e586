#include "transfer/translate.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "transfer/translate_inside.h"

bool keel_differ(keel_translation *t, const char *fmt, ...)
{
    char reason[512];
    va_list args;

    if (t->reason != NULL)
        return false;
    va_start(args, fmt);
    vsnprintf(reason, sizeof reason, fmt, args);
    va_end(args);
    t->reason = keel_arena_strdup(t->arena, reason);
    return false;
}

void keel_note(keel_translation *t, const char *note)
{
    if (t->note == NULL)
        t->note = note;
    else if (strstr(t->note, note) == NULL)
        t->note = keel_arena_printf(t->arena, "%s; %s", t->note, note);
}

const char *keel_operand(keel_translation *t, const keel_piece *piece)
{
    return piece->atom ? piece->sql : keel_arena_printf(t->arena, "(%s)", piece->sql);
}

const char *keel_literal_sql(keel_translation *t, const char *text)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_pg_add_literal(&sql, text);
    return keel_arena_strdup(t->arena, keel_str_text(&sql));
}

const char *keel_family_name(keel_family family)
{
    static const char *const names[] = {
        [KEEL_FAMILY_NULL] = "NULL",     [KEEL_FAMILY_INTEGER] = "an integer",
        [KEEL_FAMILY_REAL] = "a number", [KEEL_FAMILY_NUMERIC] = "a number",
        [KEEL_FAMILY_TEXT] = "text",     [KEEL_FAMILY_BOOL] = "a boolean",
        [KEEL_FAMILY_BYTES] = "bytes",   [KEEL_FAMILY_DATE] = "a date",
        [KEEL_FAMILY_TIME] = "a time",   [KEEL_FAMILY_JSON] = "JSON",
        [KEEL_FAMILY_ENUM] = "an enum",  [KEEL_FAMILY_OTHER] = "another type",
    };

    return names[family];
}

bool keel_is_number(const keel_piece *piece)
{
    return piece->family == KEEL_FAMILY_INTEGER || piece->family == KEEL_FAMILY_REAL ||
           piece->family == KEEL_FAMILY_NUMERIC;
}

bool keel_is_zero_or_one(const keel_piece *piece, bool *ret_one)
{
    const keel_expr *literal = piece->literal;

    if (literal == NULL || piece->family != KEEL_FAMILY_INTEGER)
        return false;
    *ret_one = keel_streq(literal->text, "1") || keel_streq(literal->text, "TRUE");
    return *ret_one || keel_streq(literal->text, "0") || keel_streq(literal->text, "FALSE");
}

const char *keel_text_constant(const keel_piece *piece)
{
    return piece->literal != NULL && piece->family == KEEL_FAMILY_TEXT ? piece->literal->text
                                                                       : NULL;
}

const keel_translate_column *keel_find_source(const keel_translation *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcasecmp(t->columns[i].source_name, name) == 0)
            return &t->columns[i];
    return NULL;
}

/* AND and OR of a CHECK part by part: a part that the types guarantee falls away from an AND and
 * decides an OR, because a CHECK is content with NULL. *ret_implied tells that nothing is left. */
static bool
check(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece, bool *ret_implied)
{
    bool is_and = expr->kind == KEEL_EXPR_BINARY && keel_streq(expr->text, "AND");
    bool is_or = expr->kind == KEEL_EXPR_BINARY && keel_streq(expr->text, "OR");
    keel_piece left = {0}, right = {0};
    bool left_implied, right_implied;

    *ret_implied = keel_is_implied(t, expr);
    if (*ret_implied)
        return true;
    if (!is_and && !is_or)
        return keel_walk_truth(t, expr, ret_piece);
    if (!check(t, expr->args[0], &left, &left_implied) ||
        !check(t, expr->args[1], &right, &right_implied))
        return false;
    *ret_implied = is_and ? left_implied && right_implied : left_implied || right_implied;
    if (*ret_implied)
        return true;
    if (left_implied || right_implied) {
        *ret_piece = left_implied ? right : left;
        return true;
    }
    *ret_piece = (keel_piece){.family = KEEL_FAMILY_BOOL};
    ret_piece->sql = keel_arena_printf(t->arena, "%s %s %s", keel_operand(t, &left), expr->text,
                                       keel_operand(t, &right));
    return true;
}

/* An index part: a written collation decides what the index orders by. */
static bool index_part(keel_translation *t, const keel_expr *expr, const char **ret_sql)
{
    keel_piece piece = {0};

    if (!keel_walk(t, expr, &piece))
        return false;
    *ret_sql = piece.sql;
    if (piece.collation == NULL || strcasecmp(piece.collation, "BINARY") == 0)
        return true;
    if (piece.family != KEEL_FAMILY_TEXT || strcasecmp(piece.collation, "NOCASE") != 0)
        return keel_differ(t, "COLLATE %s has no equal in PostgreSQL", piece.collation);
    *ret_sql = keel_arena_printf(t->arena, "lower(%s COLLATE \"C\")", keel_operand(t, &piece));
    keel_note(t, "COLLATE NOCASE is kept as lower() of ASCII letters");
    return true;
}

static bool translate(keel_translation *t,
                      const keel_expr *expr,
                      const keel_pg_type *wanted,
                      const char **ret_sql,
                      bool *ret_implied)
{
    keel_piece piece = {0};
    bool done = false;

    switch (t->use) {
    case KEEL_TRANSLATE_DEFAULT:
        return keel_translate_default(t, expr, wanted, ret_sql);
    case KEEL_TRANSLATE_GENERATED:
        return keel_walk(t, expr, &piece) && keel_fit_generated(t, &piece, wanted, ret_sql);
    case KEEL_TRANSLATE_INDEX:
        return index_part(t, expr, ret_sql);
    case KEEL_TRANSLATE_CHECK:
        done = check(t, expr, &piece, ret_implied);
        break;
    case KEEL_TRANSLATE_PREDICATE:
        done = keel_walk_truth(t, expr, &piece);
        break;
    }
    *ret_sql = piece.sql;
    return done;
}

keel_translate_outcome keel_translate(keel_arena *arena,
                                      keel_translate_use use,
                                      const keel_expr *expr,
                                      const keel_translate_column *columns,
                                      size_t count,
                                      const keel_pg_type *wanted,
                                      const char **ret_sql,
                                      const char **ret_note)
{
    keel_translation t = {.arena = arena, .use = use, .columns = columns, .count = count};
    const char *sql = NULL;
    bool implied = false;

    *ret_sql = NULL;
    if (expr == NULL)
        keel_differ(&t, "the expression cannot be read");
    else if (translate(&t, expr, wanted, &sql, &implied)) {
        *ret_sql = implied ? NULL : sql;
        *ret_note = t.note;
        return implied ? KEEL_TRANSLATE_IMPLIED : KEEL_TRANSLATED;
    }
    *ret_note = t.reason;
    return KEEL_TRANSLATE_DIFFERS;
}
