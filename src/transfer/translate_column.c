/* A column: its type in the target and its affinity in SQLite make its family, or nothing does. */
#include <strings.h>

#include "transfer/translate_inside.h"

/* The affinities, as bits, under which the stored values compare like those of the target type. */
#define BIT(affinity) (1u << KEEL_AFFINITY_##affinity)
enum {
    UNTYPED = BIT(BLOB),
    EXACT = BIT(BLOB) | BIT(NUMERIC) | BIT(INTEGER),
    NUMBERS = EXACT | BIT(REAL)
};
enum { ANY_AFFINITY = NUMBERS | BIT(TEXT) };

typedef struct kind_rule {
    keel_family family;
    unsigned affinities;
} kind_rule;

static const kind_rule rules[] = {
    [KEEL_PG_BOOL] = {KEEL_FAMILY_BOOL, EXACT},
    [KEEL_PG_INT2] = {KEEL_FAMILY_INTEGER, EXACT},
    [KEEL_PG_INT4] = {KEEL_FAMILY_INTEGER, EXACT},
    [KEEL_PG_INT8] = {KEEL_FAMILY_INTEGER, EXACT},
    [KEEL_PG_FLOAT4] = {KEEL_FAMILY_OTHER, ANY_AFFINITY}, /* rounded: compares otherwise */
    [KEEL_PG_FLOAT8] = {KEEL_FAMILY_REAL, NUMBERS},
    [KEEL_PG_NUMERIC] = {KEEL_FAMILY_NUMERIC, NUMBERS},
    [KEEL_PG_TEXT] = {KEEL_FAMILY_TEXT, ANY_AFFINITY},
    [KEEL_PG_VARCHAR] = {KEEL_FAMILY_TEXT, ANY_AFFINITY},
    [KEEL_PG_CHAR] = {KEEL_FAMILY_OTHER, ANY_AFFINITY}, /* ignores spaces at the end */
    [KEEL_PG_BYTEA] = {KEEL_FAMILY_BYTES, UNTYPED},
    [KEEL_PG_DATE] = {KEEL_FAMILY_DATE, ANY_AFFINITY},
    [KEEL_PG_TIME] = {KEEL_FAMILY_TIME, ANY_AFFINITY},
    [KEEL_PG_TIMESTAMP] = {KEEL_FAMILY_TIME, ANY_AFFINITY},
    [KEEL_PG_TIMESTAMPTZ] = {KEEL_FAMILY_TIME, ANY_AFFINITY},
    [KEEL_PG_UUID] = {KEEL_FAMILY_OTHER, ANY_AFFINITY},
    [KEEL_PG_JSON] = {KEEL_FAMILY_JSON, ANY_AFFINITY},
    [KEEL_PG_JSONB] = {KEEL_FAMILY_JSON, ANY_AFFINITY},
    [KEEL_PG_INET] = {KEEL_FAMILY_OTHER, ANY_AFFINITY},
    [KEEL_PG_CIDR] = {KEEL_FAMILY_OTHER, ANY_AFFINITY},
    [KEEL_PG_ENUM] = {KEEL_FAMILY_ENUM, ANY_AFFINITY},
    [KEEL_PG_ARRAY] = {KEEL_FAMILY_OTHER, ANY_AFFINITY},
    [KEEL_PG_OTHER] = {KEEL_FAMILY_OTHER, ANY_AFFINITY},
};

static bool unknown_name(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    if (!expr->double_quoted)
        return keel_differ(t, "\"%s\" is no column of the target table", expr->text);
    keel_expr *text = keel_arena_alloc(t->arena, sizeof *text);
    *text = (keel_expr){.kind = KEEL_EXPR_TEXT, .text = expr->text, .height = 1};
    keel_note(t, keel_arena_printf(t->arena, "\"%s\" names no column, so SQLite reads it as a text",
                                   expr->text));
    return keel_walk(t, text, ret_piece);
}

bool keel_walk_column(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    const keel_translate_column *column = keel_find_source(t, expr->text);

    if (column == NULL)
        return unknown_name(t, expr, ret_piece);
    kind_rule rule = rules[column->type->kind];
    if ((rule.affinities & (1u << column->affinity)) ==
        0) /* "5" > "10" in SQLite, 5 < 10 in the target */
        rule.family = KEEL_FAMILY_OTHER;
    keel_pg_add_identifier(&name, column->target_name);
    *ret_piece = (keel_piece){.family = rule.family,
                              .sql = keel_arena_strdup(t->arena, keel_str_text(&name)),
                              .atom = true,
                              .column = column,
                              .collation = column->collation,
                              .wide = column->type->kind == KEEL_PG_INT8,
                              .real = column->affinity == KEEL_AFFINITY_REAL,
                              .loose = rule.family == KEEL_FAMILY_TEXT &&
                                       column->affinity != KEEL_AFFINITY_TEXT};
    return true;
}
