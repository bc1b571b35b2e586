/* ${NAME} in migration files. Nothing is replaced unless its name is named: by --var, --env or pgkeel.yaml. Replacing is
 * textual and happens per statement, after the file has been cut into statements: a value cannot make two of one. Hashes
 * and the journal keep the text as it stands in the file; values are kept nowhere. `$${` is a dollar quote and a brace. */
#ifndef KEEL_MIGRATE_VARIABLES_H
#define KEEL_MIGRATE_VARIABLES_H

#include "base/arena.h"
#include "base/error.h"

typedef struct keel_variable {
    const char *name;
    const char *value; /* NULL: named, but not set: an error where it is used */
} keel_variable;

typedef struct keel_variables {
    keel_variable *items;
    size_t count, capacity;
} keel_variables;

/* A later one of the same name replaces the earlier. Names are letters, digits, "_", "." and ":", no digit first; USAGE
 * otherwise. Name and value are copied. */
bool keel_variables_add(keel_arena *arena, keel_variables *variables, const char *name, const char *value,
                        keel_error *err);
/* "NAME=VALUE" */
bool keel_variables_add_pair(keel_arena *arena, keel_variables *variables, const char *pair, keel_error *err);
/* The value that the environment has, or none. */
bool keel_variables_add_environment(keel_arena *arena, keel_variables *variables, const char *name, keel_error *err);

/* One ${NAME} of a text. */
typedef struct keel_variable_use {
    size_t start, size; /* from "$" to "}" */
    const char *name;   /* in the arena */
    const keel_variable *variable; /* NULL: no such name is named */
} keel_variable_use;

/* The first use at or behind `at`; false if there is none. `variables` may be NULL here and below. */
bool keel_variables_next(keel_arena *arena, const keel_variables *variables, const char *text, size_t size, size_t at,
                         keel_variable_use *ret_use);
/* The first thing at or behind `at` that shells and goose would replace and this does not: $NAME, ${NAME:-x}. */
bool keel_variables_other(const char *text, size_t size, size_t at, size_t *ret_at);
/* The text with its values; the very same pointer when nothing is replaced. Variables without a value stay. */
const char *keel_variables_replace(keel_arena *arena, const keel_variables *variables, const char *text, size_t size,
                                   size_t *ret_size);
/* Where in `text` stands what is at `at` of the replaced text: inside of a value, its "$". */
size_t keel_variables_origin(keel_arena *arena, const keel_variables *variables, const char *text, size_t size, size_t at);

#endif
