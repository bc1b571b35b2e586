/* The body of a function in PL/pgSQL or SQL, taken apart: the queries and expressions in it that PostgreSQL looks up
 * only when they run, each with the variables that it can see. Knows PL/pgSQL's statements and SQL's tokens, not SQL's
 * grammar. What it does not understand makes the whole body unread; nothing is guessed. Everything lives in the arena
 * or points into the source. Thread-safe. */
#ifndef KEEL_VERIFY_BODY_H
#define KEEL_VERIFY_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* What stands for a variable in a query that is only looked up, never run. */
typedef struct keel_body_variable {
    const char *name; /* folded as PostgreSQL folds it; "" for a parameter without a name */
    const char *sql;  /* an expression of its type: "(CAST(NULL AS int))"; NULL: the type is not known */
    bool composite;   /* sql is a CAST, so that what lies behind a dot can be looked up in it */
    int parameter;    /* $n, or 0 */
    const char *relation; /* not a value but a set of rows (a trigger's transition table): the table it is like */
} keel_body_variable;

typedef struct keel_body_scope keel_body_scope;
struct keel_body_scope {
    const keel_body_scope *outer; /* or NULL */
    const char *label;            /* folded, or NULL; of the outermost: the function's name */
    struct { keel_body_variable *items; size_t count, capacity; } variables;
};

/* The innermost variable of that name, or NULL. */
const keel_body_variable *keel_body_find(const keel_body_scope *scope, const char *name);
const keel_body_variable *keel_body_find_in(const keel_body_scope *scope, const char *label, const char *name);
const keel_body_variable *keel_body_parameter(const keel_body_scope *scope, int number);

typedef struct keel_body_piece {
    const char *sql; /* to be looked up: a query without its INTO, or "SELECT expression" */
    size_t at;       /* where in the source its last `size - prefix` bytes stand */
    size_t prefix;   /* bytes of sql that do not stand in the source */
    const keel_body_scope *scope;
    bool excused;   /* a handler waits for a missing table or column */
    bool swallowed; /* WHEN OTHERS catches whatever it does */
} keel_body_piece;

typedef struct keel_body {
    struct { keel_body_piece *items; size_t count, capacity; } pieces;
    int opaque;         /* statements that cannot be looked up: EXECUTE, and those that change the schema */
    bool asks_table;    /* its way depends on which table fired the trigger */
    bool asks_schema;   /* looks into the catalogue, so it may know what is there */
    bool makes_unnamed; /* creates tables by names that are made when it runs */
} keel_body;

/* `outermost` holds the parameters and, for triggers, NEW and OLD. False: not understood. */
bool keel_body_read_plpgsql(keel_arena *arena, const char *source, const keel_body_scope *outermost, keel_body *ret_body);
/* Never fails: SQL bodies are statements, one after the other. */
void keel_body_read_sql(keel_arena *arena, const char *source, const keel_body_scope *outermost, keel_body *ret_body);

/* Names that a body gives to tables and views that it creates, also inside of strings; each is handed to `take`. */
typedef void keel_body_take_name(void *context, const char *name);
void keel_body_made_names(keel_arena *arena, const char *source, keel_body_take_name *take, void *context);

/* An identifier as PostgreSQL compares it: folded, or without its quotes. In the arena. */
const char *keel_body_fold(keel_arena *arena, const char *text, size_t size);
void keel_body_add_variable(keel_arena *arena, keel_body_scope *scope, const char *name, const char *sql, bool composite);

#endif
