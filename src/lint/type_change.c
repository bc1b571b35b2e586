#include "lint/type_change.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { NONE = -1 };

typedef struct type {
    const char *name; /* internal: "varchar", "int4" */
    int first, second; /* modifiers, NONE without */
    bool array;
} type;

static const char *const spellings[][2] = {
    {"character varying", "varchar"}, {"character", "bpchar"}, {"char", "bpchar"},
    {"integer", "int4"}, {"int", "int4"}, {"bigint", "int8"}, {"smallint", "int2"},
    {"timestamp without time zone", "timestamp"}, {"timestamp with time zone", "timestamptz"},
    {"time without time zone", "time"}, {"time with time zone", "timetz"},
    {"double precision", "float8"}, {"real", "float4"}, {"boolean", "bool"},
    {"bit varying", "varbit"}, {"decimal", "numeric"},
};

/* "timestamp(3) without time zone" is "timestamp without time zone" with a modifier. */
static type read_type(keel_arena *arena, const char *text)
{
    type t = {.first = NONE, .second = NONE};
    const char *open = strchr(text, '('), *close = open != NULL ? strchr(open, ')') : NULL;
    const char *name = text;

    if (open != NULL && close != NULL) {
        char *end = NULL;
        name = keel_arena_printf(arena, "%.*s%s", (int)(open - text), text, close + 1);
        t.first = (int)strtol(open + 1, &end, 10);
        if (*end == ',')
            t.second = (int)strtol(end + 1, NULL, 10);
    }
    size_t size = strlen(name);
    t.array = size > 2 && strcmp(name + size - 2, "[]") == 0;
    t.name = t.array ? keel_arena_strndup(arena, name, size - 2) : name;
    for (size_t i = 0; i < KEEL_COUNT_OF(spellings); i++)
        if (strcmp(t.name, spellings[i][0]) == 0)
            t.name = spellings[i][1];
    return t;
}

static bool is(const type *t, const char *name)
{
    return strcmp(t->name, name) == 0;
}

static bool is_text(const type *t)
{
    return is(t, "text") || is(t, "varchar");
}

/* The new limit is none, or not below the old one. */
static bool widens(int from, int to)
{
    return to == NONE || (from != NONE && to >= from);
}

static bool numeric_widens(const type *from, const type *to)
{
    int old_scale = from->second == NONE ? 0 : from->second, new_scale = to->second == NONE ? 0 : to->second;

    return to->first == NONE || (from->first != NONE && to->first >= from->first && old_scale == new_scale);
}

static bool precise_time(const type *t)
{
    return is(t, "timestamp") || is(t, "timestamptz") || is(t, "time") || is(t, "timetz");
}

static keel_type_change same_name(const type *from, const type *to)
{
    bool free_change = false;

    if (from->first == to->first && from->second == to->second)
        return KEEL_TYPE_SAME;
    if (is(from, "varchar") || is(from, "varbit"))
        free_change = widens(from->first, to->first);
    else if (is(from, "numeric"))
        free_change = numeric_widens(from, to);
    else if (precise_time(from))
        free_change = widens(from->first == NONE ? 6 : from->first, to->first == NONE ? 6 : to->first);
    return free_change ? KEEL_TYPE_FREE : KEEL_TYPE_REWRITE;
}

keel_type_change keel_type_change_of(keel_arena *arena, const char *from_text, const char *to_text)
{
    type from = read_type(arena, from_text), to = read_type(arena, to_text);
    bool zones = (is(&from, "timestamp") && is(&to, "timestamptz")) || (is(&from, "timestamptz") && is(&to, "timestamp"));

    if (from.array != to.array)
        return KEEL_TYPE_REWRITE;
    if (is(&from, to.name))
        return same_name(&from, &to);
    if (is_text(&from) && is_text(&to))
        return widens(is(&from, "text") ? NONE : from.first, is(&to, "text") ? NONE : to.first) ? KEEL_TYPE_FREE : KEEL_TYPE_REWRITE;
    if (is(&from, "cidr") && is(&to, "inet"))
        return KEEL_TYPE_FREE;
    return zones && widens(from.first, to.first) ? KEEL_TYPE_ZONE : KEEL_TYPE_REWRITE;
}

bool keel_type_same_for_clients(keel_arena *arena, const char *from_text, const char *to_text)
{
    type from = read_type(arena, from_text), to = read_type(arena, to_text);

    return from.array == to.array && (is(&from, to.name) || (is_text(&from) && is_text(&to)));
}
