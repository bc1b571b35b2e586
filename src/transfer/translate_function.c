/* Functions, CASE and CAST. A function that is not in the list is not carried. */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "sqlite/ddl.h"
#include "transfer/translate_inside.h"

enum { MOST_ARGUMENTS = 100 };

typedef struct arguments {
    keel_piece *items;
    size_t count;
} arguments;

typedef struct rule {
    const char *name;
    size_t least, most;
    bool (*write)(keel_translation *t,
                  const struct rule *rule,
                  const arguments *args,
                  keel_piece *ret_piece);
    const char *target; /* its name in PostgreSQL */
} rule;

static bool is_text(keel_translation *t, const char *name, const keel_piece *piece)
{
    if (piece->family == KEEL_FAMILY_TEXT && !piece->loose)
        return true;
    return keel_differ(t, "%s() on something else than text", name);
}

/* name(a, b, ...) where all are text. */
static bool call(keel_translation *t,
                 const rule *of,
                 const arguments *args,
                 keel_family family,
                 keel_piece *ret_piece)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    for (size_t i = 0; i < args->count; i++)
        keel_str_addf(&sql, "%s%s", i > 0 ? ", " : "", args->items[i].sql);
    *ret_piece = (keel_piece){.family = family, .atom = true};
    ret_piece->sql = keel_arena_printf(t->arena, "%s(%s)", of->target, keel_str_text(&sql));
    return true;
}

static bool
text_to_text(keel_translation *t, const rule *of, const arguments *args, keel_piece *ret_piece)
{
    for (size_t i = 0; i < args->count; i++)
        if (!is_text(t, of->name, &args->items[i]))
            return false;
    return call(t, of, args, KEEL_FAMILY_TEXT, ret_piece);
}

static bool
text_to_integer(keel_translation *t, const rule *of, const arguments *args, keel_piece *ret_piece)
{
    if (args->count == 1 && args->items[0].family == KEEL_FAMILY_BYTES) {
        const rule octets = {.name = of->name, .target = "octet_length"};
        return call(t, &octets, args, KEEL_FAMILY_INTEGER, ret_piece);
    }
    for (size_t i = 0; i < args->count; i++)
        if (!is_text(t, of->name, &args->items[i]))
            return false;
    return call(t, of, args, KEEL_FAMILY_INTEGER, ret_piece);
}

static bool fold(keel_translation *t, const rule *of, const arguments *args, keel_piece *ret_piece)
{
    if (!is_text(t, of->name, &args->items[0]))
        return false;
    keel_note(
        t, keel_arena_printf(t->arena, "%s() folds ASCII only, kept by COLLATE \"C\"", of->name));
    *ret_piece = (keel_piece){.family = KEEL_FAMILY_TEXT, .atom = true};
    ret_piece->sql = keel_arena_printf(t->arena, "%s(%s COLLATE \"C\")", of->target,
                                       keel_operand(t, &args->items[0]));
    return true;
}

/* Positions from 1 and lengths from 0 mean the same; zero and negative ones do not. */
static bool
substring(keel_translation *t, const rule *of, const arguments *args, keel_piece *ret_piece)
{
    if (!is_text(t, of->name, &args->items[0]))
        return false;
    for (size_t i = 1; i < args->count; i++) {
        const keel_expr *literal = args->items[i].literal;
        bool counts = literal != NULL && literal->kind == KEEL_EXPR_INTEGER &&
                      isdigit((unsigned char)*literal->text);
        if (!counts || strlen(literal->text) > 9 ||
            (i == 1 && strspn(literal->text, "0") == strlen(literal->text)))
            return keel_differ(t, "%s() with a position that is not a positive constant", of->name);
    }
    return call(t, of, args, KEEL_FAMILY_TEXT, ret_piece);
}

static bool
absolute(keel_translation *t, const rule *of, const arguments *args, keel_piece *ret_piece)
{
    if (!keel_is_number(&args->items[0]))
        return keel_differ(t, "%s() on something else than a number", of->name);
    call(t, of, args, args->items[0].family, ret_piece);
    ret_piece->wide = args->items[0].wide;
    ret_piece->real = args->items[0].real;
    return true;
}

/* Beside booleans the constants 0 and 1 are booleans. */
static bool settle_booleans(keel_translation *t, keel_piece *pieces, size_t count)
{
    bool any = false, one;

    for (size_t i = 0; i < count; i++)
        any |= pieces[i].family == KEEL_FAMILY_BOOL;
    for (size_t i = 0; any && i < count; i++) {
        if (pieces[i].family == KEEL_FAMILY_BOOL || pieces[i].family == KEEL_FAMILY_NULL)
            continue;
        if (!keel_is_zero_or_one(&pieces[i], &one))
            return keel_differ(t, "a boolean beside %s", keel_family_name(pieces[i].family));
        pieces[i] =
            (keel_piece){.family = KEEL_FAMILY_BOOL, .sql = one ? "true" : "false", .atom = true};
    }
    return true;
}

/* One family for values of which one is chosen. */
static bool unify(keel_translation *t, keel_piece *pieces, size_t count, keel_piece *ret_kind)
{
    keel_piece kind = {.family = KEEL_FAMILY_NULL, .wide = true, .real = true};

    if (!settle_booleans(t, pieces, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        const keel_piece *piece = &pieces[i];
        if (piece->family == KEEL_FAMILY_NULL)
            continue;
        if (kind.family != KEEL_FAMILY_NULL && kind.family != piece->family)
            return keel_differ(t, "a choice between %s and %s", keel_family_name(kind.family),
                               keel_family_name(piece->family));
        kind.family = piece->family;
        kind.loose |= piece->loose;
        kind.wide &= piece->wide;
        kind.real &= piece->real;
    }
    if (kind.family == KEEL_FAMILY_NULL || kind.family == KEEL_FAMILY_OTHER ||
        kind.family == KEEL_FAMILY_ENUM)
        return keel_differ(t, "a choice between values of %s", keel_family_name(kind.family));
    *ret_kind = kind;
    return true;
}

static bool
choose_first(keel_translation *t, const rule *of, const arguments *args, keel_piece *ret_piece)
{
    keel_piece kind = {0};

    if (!unify(t, args->items, args->count, &kind) || !call(t, of, args, kind.family, ret_piece))
        return false;
    ret_piece->loose = kind.loose;
    ret_piece->wide = kind.wide;
    ret_piece->real = kind.real;
    return true;
}

static bool
null_if(keel_translation *t, const rule *of, const arguments *args, keel_piece *ret_piece)
{
    keel_piece compared = {0}, kind = {0};
    const char *collation = args->items[0].collation;

    if (collation != NULL && strcasecmp(collation, "BINARY") != 0)
        return keel_differ(t, "nullif() by COLLATE %s", collation);
    if (!unify(t, args->items, args->count, &kind) ||
        !keel_translate_compare(t, "=", &args->items[0], &args->items[1], &compared))
        return false;
    call(t, of, args, kind.family, ret_piece);
    ret_piece->wide = args->items[0].wide;
    ret_piece->real = args->items[0].real;
    return true;
}

static const rule rules[] = {
    {"abs", 1, 1, absolute, "abs"},
    {"coalesce", 2, MOST_ARGUMENTS, choose_first, "COALESCE"},
    {"ifnull", 2, 2, choose_first, "COALESCE"},
    {"instr", 2, 2, text_to_integer, "strpos"},
    {"length", 1, 1, text_to_integer, "char_length"},
    {"lower", 1, 1, fold, "lower"},
    {"ltrim", 1, 1, text_to_text, "ltrim"},
    {"nullif", 2, 2, null_if, "NULLIF"},
    {"replace", 3, 3, text_to_text, "replace"},
    {"rtrim", 1, 1, text_to_text, "rtrim"},
    {"substr", 2, 3, substring, "substr"},
    {"substring", 2, 3, substring, "substr"},
    {"trim", 1, 1, text_to_text, "btrim"},
    {"upper", 1, 1, fold, "upper"},
};

static const rule *find_rule(const keel_expr *expr)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(rules); i++)
        if (keel_streq(rules[i].name, expr->text) && expr->arg_count >= rules[i].least &&
            expr->arg_count <= rules[i].most && !expr->star)
            return &rules[i];
    return NULL;
}

static bool write_case(keel_translation *t,
                       const keel_piece *conditions,
                       keel_piece *values,
                       size_t count,
                       bool has_else,
                       keel_piece *ret_piece)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    keel_piece kind = {0};

    if (!unify(t, values, count + has_else, &kind))
        return false;
    keel_str_add(&sql, "CASE");
    for (size_t i = 0; i < count; i++)
        keel_str_addf(&sql, " WHEN %s THEN %s", conditions[i].sql, values[i].sql);
    if (has_else)
        keel_str_addf(&sql, " ELSE %s", values[count].sql);
    keel_str_add(&sql, " END");
    *ret_piece = (keel_piece){
        .family = kind.family, .wide = kind.wide, .real = kind.real, .loose = kind.loose};
    ret_piece->sql = keel_arena_strdup(t->arena, keel_str_text(&sql));
    ret_piece->atom = true;
    return true;
}

/* iif(condition, a, b) */
static bool iif(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    keel_piece condition = {0}, values[2] = {0};

    if (!keel_walk_truth(t, expr->args[0], &condition) ||
        !keel_walk(t, expr->args[1], &values[0]) || !keel_walk(t, expr->args[2], &values[1]))
        return false;
    return write_case(t, &condition, values, 1, true, ret_piece);
}

bool keel_walk_function(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    const rule *found = find_rule(expr);

    if (keel_streq(expr->text, "iif") && expr->arg_count == 3)
        return iif(t, expr, ret_piece);
    if (found == NULL)
        return keel_differ(t, "%s() is not known to mean the same in PostgreSQL", expr->text);
    arguments args = {keel_arena_alloc(t->arena, expr->arg_count * sizeof(keel_piece)),
                      expr->arg_count};
    for (size_t i = 0; i < args.count; i++)
        if (!keel_walk(t, expr->args[i], &args.items[i]))
            return false;
    return found->write(t, found, &args, ret_piece);
}

static bool case_condition(keel_translation *t,
                           const keel_expr *base,
                           const keel_expr *when,
                           keel_piece *ret_piece)
{
    keel_piece left = {0}, right = {0};

    if (base == NULL)
        return keel_walk_truth(t, when, ret_piece);
    return keel_walk(t, base, &left) && keel_walk(t, when, &right) &&
           keel_translate_compare(t, "=", &left, &right, ret_piece);
}

/* args: base or NULL, when, then, ..., else or NULL */
bool keel_walk_case(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    size_t count = (expr->arg_count - 2) / 2;
    const keel_expr *otherwise = expr->args[expr->arg_count - 1];
    keel_piece *conditions = keel_arena_alloc(t->arena, count * sizeof *conditions);
    keel_piece *values = keel_arena_alloc(t->arena, (count + 1) * sizeof *values);

    for (size_t i = 0; i < count; i++)
        if (!case_condition(t, expr->args[0], expr->args[2 * i + 1], &conditions[i]) ||
            !keel_walk(t, expr->args[2 * i + 2], &values[i]))
            return false;
    if (otherwise != NULL && !keel_walk(t, otherwise, &values[count]))
        return false;
    return write_case(t, conditions, values, count, otherwise != NULL, ret_piece);
}

/* Only casts that cannot change a value: SQLite cuts a number off, PostgreSQL rounds it. */
bool keel_walk_cast(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    keel_sqlite_column type = {0};

    keel_ddl_set_type(t->arena, &type, expr->text, false);
    if (!keel_walk(t, expr->args[0], ret_piece))
        return false;
    bool same =
        (ret_piece->family == KEEL_FAMILY_INTEGER && type.affinity == KEEL_AFFINITY_INTEGER) ||
        (ret_piece->family == KEEL_FAMILY_TEXT && type.affinity == KEEL_AFFINITY_TEXT &&
         !ret_piece->loose);
    if (same)
        return true;
    bool number = ret_piece->family == KEEL_FAMILY_INTEGER || ret_piece->family == KEEL_FAMILY_REAL;
    bool to_text = type.affinity == KEEL_AFFINITY_TEXT && ret_piece->family == KEEL_FAMILY_INTEGER;
    bool to_real = type.affinity == KEEL_AFFINITY_REAL && number;
    if (!to_text && !to_real)
        return keel_differ(t, "CAST of %s AS %s", keel_family_name(ret_piece->family), expr->text);
    *ret_piece =
        (keel_piece){.family = to_text ? KEEL_FAMILY_TEXT : KEEL_FAMILY_REAL,
                     .sql = keel_arena_printf(t->arena, "%s::%s", keel_operand(t, ret_piece),
                                              to_text ? "text" : "double precision"),
                     .atom = true,
                     .real = to_real};
    return true;
}
