#include <string.h>

#include "base/str.h"
#include "transfer/plan.h"

typedef enum declared_form { PLAIN, DECIMAL, CHARACTER } declared_form;

typedef struct declared_type {
    const char *word;
    const char *name; /* without arguments */
    declared_form form;
} declared_type;

// clang-format off
static const declared_type EXACT[] = {
    {"SMALLINT", "smallint", PLAIN}, {"INT2", "smallint", PLAIN}, {"TINYINT", "smallint", PLAIN},
    {"MEDIUMINT", "integer", PLAIN}, {"INT4", "integer", PLAIN},
    {"BOOLEAN", "boolean", PLAIN}, {"BOOL", "boolean", PLAIN},
    {"REAL", "double precision", PLAIN},
    {"DECIMAL", "numeric", DECIMAL}, {"NUMERIC", "numeric", DECIMAL}, {"MONEY", "numeric", PLAIN},
    {"BYTEA", "bytea", PLAIN}, {"BINARY", "bytea", PLAIN}, {"VARBINARY", "bytea", PLAIN},
    {"DATE", "date", PLAIN},
    {"DATETIME", "timestamptz", PLAIN}, {"TIMESTAMP", "timestamptz", PLAIN},
    {"TIMESTAMPTZ", "timestamptz", PLAIN},
    {"TIMESTAMP WITH TIME ZONE", "timestamptz", PLAIN},
    {"TIMESTAMP WITHOUT TIME ZONE", "timestamp", PLAIN},
    {"TIME", "time", PLAIN}, {"TIME WITHOUT TIME ZONE", "time", PLAIN},
    {"JSON", "jsonb", PLAIN}, {"JSONB", "jsonb", PLAIN},
    {"UUID", "uuid", PLAIN}, {"GUID", "uuid", PLAIN}, {"INET", "inet", PLAIN},
};
/* The word begins with it. */
static const declared_type PREFIX[] = {
    {"FLOAT", "double precision", PLAIN}, {"DOUBLE", "double precision", PLAIN},
    {"STRING", "text", PLAIN},
};
/* The word holds it somewhere; the first that fits. */
static const declared_type PART[] = {
    {"CHAR", "text", CHARACTER}, {"CLOB", "text", PLAIN}, {"TEXT", "text", PLAIN},
    {"BLOB", "bytea", PLAIN}, {"INT", "bigint", PLAIN},
};
// clang-format on

/* They hold the letters INT and are no integers in anybody's mind: their cells decide. */
static const char *const NOT_INTEGERS[] = {"INTERVAL", "POINT"};

enum { MAX_PRECISION = 1000, MAX_LENGTH = 10485760 };

static bool is_silent(const char *word)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(NOT_INTEGERS); i++)
        if (strcmp(word, NOT_INTEGERS[i]) == 0)
            return true;
    return word[0] == '\0';
}

static const declared_type *find_declared(const char *word)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(EXACT); i++)
        if (strcmp(word, EXACT[i].word) == 0)
            return &EXACT[i];
    for (size_t i = 0; i < KEEL_COUNT_OF(PREFIX); i++)
        if (strncmp(word, PREFIX[i].word, strlen(PREFIX[i].word)) == 0)
            return &PREFIX[i];
    for (size_t i = 0; i < KEEL_COUNT_OF(PART); i++)
        if (strstr(word, PART[i].word) != NULL)
            return &PART[i];
    return NULL;
}

/* Arguments that PostgreSQL refuses are left out: a plain numeric holds every value. */
static const char *numeric_name(keel_arena *arena, const int args[2])
{
    if (args[0] < 1 || args[0] > MAX_PRECISION || args[1] < 0 || args[1] > args[0])
        return "numeric";
    return keel_arena_printf(arena, "numeric(%d,%d)", args[0], args[1]);
}

/* Never char(n): its padding would change values. */
static const char *character_name(keel_arena *arena, int length)
{
    if (length < 1 || length > MAX_LENGTH)
        return "text";
    return keel_arena_printf(arena, "varchar(%d)", length);
}

const char *keel_type_for_declaration(keel_arena *arena, const keel_sqlite_column *column)
{
    const char *word = column->type_word != NULL ? column->type_word : "";

    if (is_silent(word))
        return NULL;
    if (strcmp(word, "TINYINT") == 0 && column->type_args[0] == 1)
        return "boolean";
    const declared_type *declared = find_declared(word);
    if (declared == NULL)
        return NULL;
    if (declared->form == DECIMAL)
        return numeric_name(arena, column->type_args);
    if (declared->form == CHARACTER)
        return character_name(arena, column->type_args[0]);
    return declared->name;
}

static bool exact_as_double(int64_t integer)
{
    return integer >= -(INT64_C(1) << 53) && integer <= INT64_C(1) << 53;
}

static const char *number_type(const keel_sqlite_profile *profile)
{
    if (profile->class_counts[KEEL_CELL_REAL] == 0)
        return "bigint";
    if (profile->class_counts[KEEL_CELL_INTEGER] == 0)
        return "double precision";
    bool exact = exact_as_double(profile->min_integer) && exact_as_double(profile->max_integer);
    return exact ? "double precision" : "numeric";
}

const char *keel_type_for_cells(const keel_sqlite_profile *profile)
{
    int64_t texts = profile->class_counts[KEEL_CELL_TEXT];
    int64_t blobs = profile->class_counts[KEEL_CELL_BLOB];
    int64_t numbers =
        profile->class_counts[KEEL_CELL_INTEGER] + profile->class_counts[KEEL_CELL_REAL];

    if (numbers > texts && numbers > blobs)
        return number_type(profile);
    return blobs > texts ? "bytea" : "text";
}
