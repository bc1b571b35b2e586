/* The types that created tables use, known without asking the server: their oids are fixed since PostgreSQL 8.3. */
#include <stdlib.h>

#include "pg/catalog.h"

static const struct {
    const char *name;
    uint32_t oid;
    keel_pg_kind kind;
} builtins[] = {
    {"boolean", 16, KEEL_PG_BOOL},        {"bytea", 17, KEEL_PG_BYTEA},
    {"bigint", 20, KEEL_PG_INT8},         {"smallint", 21, KEEL_PG_INT2},
    {"integer", 23, KEEL_PG_INT4},        {"text", 25, KEEL_PG_TEXT},
    {"double precision", 701, KEEL_PG_FLOAT8}, {"inet", 869, KEEL_PG_INET},
    {"varchar", 1043, KEEL_PG_VARCHAR},   {"date", 1082, KEEL_PG_DATE},
    {"time", 1083, KEEL_PG_TIME},         {"timestamp", 1114, KEEL_PG_TIMESTAMP},
    {"timestamptz", 1184, KEEL_PG_TIMESTAMPTZ}, {"numeric", 1700, KEEL_PG_NUMERIC},
    {"uuid", 2950, KEEL_PG_UUID},         {"jsonb", 3802, KEEL_PG_JSONB},
};

/* "(10,2)" into two numbers; "" leaves them 0. */
static bool read_arguments(const char *text, int *first, int *second)
{
    char *end = NULL;

    if (*text == '\0')
        return true;
    if (*text != '(')
        return false;
    *first = (int)strtol(text + 1, &end, 10);
    if (*end == ',')
        *second = (int)strtol(end + 1, &end, 10);
    return strcmp(end, ")") == 0;
}

static bool takes_arguments(keel_pg_kind kind)
{
    return kind == KEEL_PG_VARCHAR || kind == KEEL_PG_NUMERIC;
}

static bool has_fraction(keel_pg_kind kind)
{
    return kind == KEEL_PG_TIME || kind == KEEL_PG_TIMESTAMP || kind == KEEL_PG_TIMESTAMPTZ;
}

const keel_pg_type *keel_pg_type_builtin(keel_arena *arena, const char *sql_name)
{
    size_t size = strcspn(sql_name, "(");
    int first = 0, second = 0;

    for (size_t i = 0; i < KEEL_COUNT_OF(builtins); i++) {
        if (strlen(builtins[i].name) != size || strncmp(builtins[i].name, sql_name, size) != 0)
            continue;
        bool plain = sql_name[size] == '\0';
        if (!read_arguments(sql_name + size, &first, &second) || (!plain && !takes_arguments(builtins[i].kind)))
            return NULL;
        keel_pg_type *type = keel_arena_alloc(arena, sizeof *type);
        *type = (keel_pg_type){.oid = builtins[i].oid,
                               .base_oid = builtins[i].oid,
                               .name = keel_arena_strdup(arena, sql_name),
                               .kind = builtins[i].kind,
                               .fraction_digits = has_fraction(builtins[i].kind) ? 6 : 0};
        if (type->kind == KEEL_PG_VARCHAR)
            type->length = first;
        if (type->kind == KEEL_PG_NUMERIC) {
            type->precision = first;
            type->scale = second;
        }
        return type;
    }
    return NULL;
}
