/* A declared type: its words, its numbers, its affinity (https://sqlite.org/datatype3.html,
 * section 3.1). */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <strings.h>

#include "sqlite/ddl_parser.h"

static keel_affinity affinity_of(const char *type, bool strict)
{
    if (strcasestr(type, "INT") != NULL)
        return KEEL_AFFINITY_INTEGER;
    if (strcasestr(type, "CHAR") != NULL || strcasestr(type, "CLOB") != NULL ||
        strcasestr(type, "TEXT") != NULL)
        return KEEL_AFFINITY_TEXT;
    if (type[0] == '\0' || strcasestr(type, "BLOB") != NULL ||
        (strict && strcasecmp(type, "ANY") == 0))
        return KEEL_AFFINITY_BLOB;
    if (strcasestr(type, "REAL") != NULL || strcasestr(type, "FLOA") != NULL ||
        strcasestr(type, "DOUB") != NULL)
        return KEEL_AFFINITY_REAL;
    return KEEL_AFFINITY_NUMERIC;
}

const char *keel_ddl_collation(const char *name)
{
    static const char *const built_in[] = {"BINARY", "NOCASE", "RTRIM"};

    for (size_t i = 0; name != NULL && i < KEEL_COUNT_OF(built_in); i++)
        if (strcasecmp(name, built_in[i]) == 0)
            return built_in[i];
    return name;
}

static int type_number(const char *text)
{
    long value = strtol(text, NULL, 10);

    return value < 0 || value > INT_MAX ? 0 : (int)value;
}

void keel_ddl_set_type(keel_arena *arena, keel_sqlite_column *column, const char *type, bool strict)
{
    const char *open = strchr(type, '(');
    size_t size = open != NULL ? (size_t)(open - type) : strlen(type);

    while (size > 0 && isspace((unsigned char)type[size - 1]))
        size--;
    char *word = keel_arena_strndup(arena, type, size);
    for (char *c = word; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    column->type = keel_arena_strdup(arena, type);
    column->type_word = word;
    column->type_args[0] = open != NULL ? type_number(open + 1) : 0;
    const char *comma = open != NULL ? strchr(open, ',') : NULL;
    column->type_args[1] = comma != NULL ? type_number(comma + 1) : 0;
    column->affinity = affinity_of(type, strict);
}
