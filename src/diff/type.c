/* What two types have in common. Bytes that travel must mean the same on both sides, whatever the databases call
 * their types: enums travel by label, domains as what they stand for, oids of made types not at all. */
#include <string.h>

#include "diff/inside.h"

enum { FIRST_MADE_OID = 16384 };

typedef struct common { /* a type and the casts to it; NULL = none is needed */
    const char *type, *source, *target;
} common;

static bool is_int(keel_pg_kind kind)
{
    return kind == KEEL_PG_INT2 || kind == KEEL_PG_INT4 || kind == KEEL_PG_INT8;
}

static bool is_float(keel_pg_kind kind)
{
    return kind == KEEL_PG_FLOAT4 || kind == KEEL_PG_FLOAT8;
}

static bool is_text(keel_pg_kind kind)
{
    return kind == KEEL_PG_TEXT || kind == KEEL_PG_VARCHAR || kind == KEEL_PG_CHAR || kind == KEEL_PG_ENUM;
}

static bool is_json(keel_pg_kind kind)
{
    return kind == KEEL_PG_JSON || kind == KEEL_PG_JSONB;
}

static bool is_moment(keel_pg_kind kind)
{
    return kind == KEEL_PG_DATE || kind == KEEL_PG_TIMESTAMP || kind == KEEL_PG_TIMESTAMPTZ;
}

static bool is_network(keel_pg_kind kind)
{
    return kind == KEEL_PG_INET || kind == KEEL_PG_CIDR;
}

/* "interval(3)" and "app.mood" without modifier and schema. */
static const char *bare_name(keel_arena *arena, const char *name)
{
    const char *dot = strrchr(name, '.'), *start = dot != NULL ? dot + 1 : name;

    return keel_arena_strndup(arena, start, strcspn(start, "("));
}

static const char *fixed(const char *cast, keel_pg_kind kind, keel_pg_kind wanted)
{
    return kind == wanted ? NULL : cast;
}

/* A float's shortest digits, so that no other decimal passes for it. */
static const char *to_numeric(keel_pg_kind kind)
{
    if (is_float(kind))
        return "::pg_catalog.text::pg_catalog.numeric";
    return fixed("::pg_catalog.numeric", kind, KEEL_PG_NUMERIC);
}

static bool numbers(keel_pg_kind a, keel_pg_kind b, common *ret)
{
    bool number_a = is_int(a) || is_float(a) || a == KEEL_PG_NUMERIC;
    bool number_b = is_int(b) || is_float(b) || b == KEEL_PG_NUMERIC;

    if (!number_a || !number_b)
        return false;
    if (is_int(a) && is_int(b))
        *ret = (common){"bigint", fixed("::pg_catalog.int8", a, KEEL_PG_INT8), fixed("::pg_catalog.int8", b, KEEL_PG_INT8)};
    else if (is_float(a) && is_float(b))
        *ret = (common){"double precision", fixed("::pg_catalog.float8", a, KEEL_PG_FLOAT8),
                        fixed("::pg_catalog.float8", b, KEEL_PG_FLOAT8)};
    else
        *ret = (common){"numeric", to_numeric(a), to_numeric(b)};
    return true;
}

/* A char(n) loses its padding; an enum's label is text already. */
static const char *to_text(keel_pg_kind kind)
{
    bool is_one = kind == KEEL_PG_TEXT || kind == KEEL_PG_VARCHAR || kind == KEEL_PG_ENUM;

    return is_one ? NULL : "::pg_catalog.text";
}

static const char *to_moment(keel_pg_kind kind, keel_pg_kind wanted)
{
    return fixed(wanted == KEEL_PG_TIMESTAMPTZ ? "::pg_catalog.timestamptz" : "::pg_catalog.timestamp", kind, wanted);
}

static bool moments(keel_pg_kind a, keel_pg_kind b, common *ret)
{
    if (!is_moment(a) || !is_moment(b))
        return false;
    bool zoned = a == KEEL_PG_TIMESTAMPTZ || b == KEEL_PG_TIMESTAMPTZ;
    keel_pg_kind wanted = zoned ? KEEL_PG_TIMESTAMPTZ : KEEL_PG_TIMESTAMP;
    *ret = (common){zoned ? "timestamptz" : "timestamp", to_moment(a, wanted), to_moment(b, wanted)};
    return true;
}

/* Of scalars of different families. */
static bool unlike(keel_pg_kind a, keel_pg_kind b, common *ret)
{
    if (numbers(a, b, ret) || moments(a, b, ret))
        return true;
    if (is_json(a) && is_json(b))
        *ret = (common){"jsonb", fixed("::pg_catalog.jsonb", a, KEEL_PG_JSONB), fixed("::pg_catalog.jsonb", b, KEEL_PG_JSONB)};
    else if (is_network(a) && is_network(b))
        *ret = (common){"inet", fixed("::pg_catalog.inet", a, KEEL_PG_INET), fixed("::pg_catalog.inet", b, KEEL_PG_INET)};
    else if ((is_text(a) && (is_text(b) || b == KEEL_PG_UUID || b == KEEL_PG_OTHER)) ||
             (is_text(b) && (a == KEEL_PG_UUID || a == KEEL_PG_OTHER)))
        *ret = (common){"text", to_text(a), to_text(b)};
    else
        return false;
    return true;
}

static bool same_made_type(keel_arena *arena, const keel_pg_type *a, const keel_pg_type *b)
{
    if (a->base_oid < FIRST_MADE_OID || b->base_oid < FIRST_MADE_OID)
        return a->base_oid == b->base_oid;
    return keel_streq(bare_name(arena, a->name), bare_name(arena, b->name));
}

static bool scalars(keel_arena *arena, const keel_pg_type *a, const keel_pg_type *b, common *ret)
{
    static const common as_text = {"text", "::pg_catalog.text", "::pg_catalog.text"};

    *ret = (common){0};
    if (a->kind != b->kind)
        return unlike(a->kind, b->kind, ret);
    if (a->kind == KEEL_PG_ENUM)
        ret->type = "text";
    if (a->kind == KEEL_PG_OTHER)
        *ret = as_text;
    return a->kind != KEEL_PG_OTHER || same_made_type(arena, a, b);
}

static const char *array_cast(keel_arena *arena, keel_pg_kind from, const char *type)
{
    bool by_digits = is_float(from) && strcmp(type, "numeric") == 0;

    return keel_arena_printf(arena, "%s::%s[]", by_digits ? "::pg_catalog.text[]" : "", type);
}

/* The header of an array names the type of its elements by oid. */
static bool element_travels(const keel_pg_type *element)
{
    return !element->domain && element->oid < FIRST_MADE_OID;
}

static const keel_pg_type *array_of(keel_arena *arena, const keel_pg_type *element)
{
    keel_pg_type *type = keel_arena_alloc(arena, sizeof *type);

    *type = (keel_pg_type){.name = keel_arena_printf(arena, "%s[]", element->name), .kind = KEEL_PG_ARRAY, .element = element};
    return type;
}

/* The name of a built-in type that an element of a made type is cast to. */
static const char *plain_name(const keel_pg_type *element)
{
    static const char *const names[KEEL_PG_OTHER] = {
        [KEEL_PG_BOOL] = "bool",       [KEEL_PG_INT2] = "int2",           [KEEL_PG_INT4] = "int4",
        [KEEL_PG_INT8] = "int8",       [KEEL_PG_FLOAT4] = "float4",       [KEEL_PG_FLOAT8] = "float8",
        [KEEL_PG_NUMERIC] = "numeric", [KEEL_PG_TEXT] = "text",           [KEEL_PG_VARCHAR] = "text",
        [KEEL_PG_CHAR] = "text",       [KEEL_PG_BYTEA] = "bytea",         [KEEL_PG_DATE] = "date",
        [KEEL_PG_TIME] = "time",       [KEEL_PG_TIMESTAMP] = "timestamp", [KEEL_PG_TIMESTAMPTZ] = "timestamptz",
        [KEEL_PG_UUID] = "uuid",       [KEEL_PG_JSON] = "json",           [KEEL_PG_JSONB] = "jsonb",
        [KEEL_PG_INET] = "inet",       [KEEL_PG_CIDR] = "cidr",           [KEEL_PG_ENUM] = "text",
    };

    return names[element->kind];
}

static const char *plain_array_cast(keel_arena *arena, const keel_pg_type *element)
{
    return keel_arena_printf(arena, "::pg_catalog.%s[]", plain_name(element));
}

static bool arrays(keel_arena *arena, keel_diff_column *column, const keel_pg_type *a, const keel_pg_type *b)
{
    static const char as_text[] = "::pg_catalog.text";
    common of_elements;

    if (a == NULL || b == NULL || !scalars(arena, a, b, &of_elements))
        return false;
    if (a->kind == KEEL_PG_OTHER || b->kind == KEEL_PG_OTHER || a->kind == KEEL_PG_ARRAY) {
        column->cast[KEEL_SOURCE] = column->cast[KEEL_TARGET] = as_text;
        column->type = keel_pg_type_builtin(arena, "text");
        return true;
    }
    if (a->kind == b->kind && element_travels(a) && element_travels(b)) {
        column->type = column->declared[KEEL_TARGET];
        return true;
    }
    if (a->kind == b->kind) {
        column->cast[KEEL_SOURCE] = column->cast[KEEL_TARGET] = plain_array_cast(arena, a);
        column->type = array_of(arena, is_text(a->kind) ? keel_pg_type_builtin(arena, "text") : a);
        return true;
    }
    column->type = array_of(arena, keel_pg_type_builtin(arena, of_elements.type));
    column->cast[KEEL_SOURCE] = array_cast(arena, a->kind, of_elements.type);
    column->cast[KEEL_TARGET] = array_cast(arena, b->kind, of_elements.type);
    return true;
}

bool keel_diff_common_type(keel_arena *arena, keel_diff_column *column)
{
    const keel_pg_type *a = column->declared[KEEL_SOURCE], *b = column->declared[KEEL_TARGET];
    common found;

    column->cast[KEEL_SOURCE] = column->cast[KEEL_TARGET] = "";
    if (a->kind == KEEL_PG_ARRAY && b->kind == KEEL_PG_ARRAY)
        return arrays(arena, column, a->element, b->element);
    if (!scalars(arena, a, b, &found))
        return false;
    column->type = found.type != NULL ? keel_pg_type_builtin(arena, found.type) : b;
    column->cast[KEEL_SOURCE] = found.source != NULL ? found.source : "";
    column->cast[KEEL_TARGET] = found.target != NULL ? found.target : "";
    return true;
}
