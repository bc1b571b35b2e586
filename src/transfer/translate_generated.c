/* A generated value into its column: only where storing it changes nothing. */
#include "transfer/translate_inside.h"

static bool same_type(const keel_piece *piece, const keel_pg_type *wanted)
{
    return piece->column != NULL && keel_streq(piece->column->type->name, wanted->name);
}

static bool fits(const keel_piece *piece, keel_pg_kind kind)
{
    switch (piece->family) {
    case KEEL_FAMILY_INTEGER:
        return kind == KEEL_PG_INT2 || kind == KEEL_PG_INT4 || kind == KEEL_PG_INT8 ||
               kind == KEEL_PG_FLOAT8 || kind == KEEL_PG_NUMERIC;
    case KEEL_FAMILY_REAL:
        return kind == KEEL_PG_FLOAT8; /* numeric would keep 15 digits of it */
    case KEEL_FAMILY_TEXT:
        return (kind == KEEL_PG_TEXT || kind == KEEL_PG_VARCHAR) && !piece->loose;
    case KEEL_FAMILY_BOOL:
        return kind == KEEL_PG_BOOL;
    case KEEL_FAMILY_BYTES:
        return kind == KEEL_PG_BYTEA;
    case KEEL_FAMILY_NULL:
    case KEEL_FAMILY_NUMERIC:
    case KEEL_FAMILY_DATE:
    case KEEL_FAMILY_TIME:
    case KEEL_FAMILY_JSON:
    case KEEL_FAMILY_ENUM:
    case KEEL_FAMILY_OTHER:
        return false;
    }
    return false;
}

bool keel_fit_generated(keel_translation *t,
                        const keel_piece *piece,
                        const keel_pg_type *wanted,
                        const char **ret_sql)
{
    bool whole = wanted->kind == KEEL_PG_INT2 || wanted->kind == KEEL_PG_INT4 ||
                 wanted->kind == KEEL_PG_INT8;

    *ret_sql = piece->sql;
    if (same_type(piece, wanted) || fits(piece, wanted->kind))
        return true;
    if (piece->family != KEEL_FAMILY_BOOL || !whole)
        return keel_differ(t, "the expression gives %s, the column is %s",
                           keel_family_name(piece->family), wanted->name);
    *ret_sql = keel_arena_printf(t->arena, "%s::integer", keel_operand(t, piece));
    return true;
}
