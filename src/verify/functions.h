/* The functions whose bodies are text that PostgreSQL reads only when it runs them (PL/pgSQL, and SQL without BEGIN
 * ATOMIC), with their parameters and the triggers that call them. Those of extensions are left to the extensions. */
#ifndef KEEL_VERIFY_FUNCTIONS_H
#define KEEL_VERIFY_FUNCTIONS_H

#include "base/map.h"
#include "verify/body.h"
#include "verify/wording.h"

typedef struct keel_function_trigger {
    const char *schema, *table, *name;
    const char *old_rows, *new_rows; /* REFERENCING OLD/NEW TABLE AS, or NULL */
} keel_function_trigger;

typedef struct keel_function {
    uint32_t oid;
    const char *schema, *name;
    const char *signature; /* as regprocedure reads it: public.touch() */
    const char *source;
    const char *path; /* its own search_path setting, or NULL */
    bool plpgsql;     /* else SQL */
    bool trigger;     /* RETURNS trigger */
    keel_body_scope parameters;
    struct { keel_function_trigger *items; size_t count, capacity; } triggers; /* enabled ones */
} keel_function;

typedef struct keel_function_list {
    keel_function *items;
    size_t count, capacity;
    const char *path; /* the session's search_path */
} keel_function_list;

/* If only some tables are selected: the functions that their triggers call. Uses a savepoint. */
bool keel_functions_load(keel_check_run *run, keel_function_list *ret_list, keel_error *err);

/* Name -> int: how many schemas have a relation of that name; a large number for names that some body gives to what it
 * creates itself. The map is the caller's, the numbers live in the arena. */
bool keel_relation_names_load(keel_check_run *run, const keel_function_list *functions, keel_map *names,
                              keel_error *err);
/* The names of all columns as keys. */
bool keel_column_names_load(keel_check_run *run, keel_map *names, keel_error *err);

#endif
