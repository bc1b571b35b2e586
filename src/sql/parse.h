/* PostgreSQL's own grammar (libpg_query, PostgreSQL 15): a statement becomes a tree of nodes in the arena. The names of
 * kinds and fields are those of PostgreSQL's parse nodes (src/include/nodes/parsenodes.h); fields that are zero, false
 * or NULL are absent, and the functions below answer for them. <pg_query.h> stays behind parse.c. Thread-safe. */
#ifndef KEEL_SQL_PARSE_H
#define KEEL_SQL_PARSE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

typedef enum keel_sql_shape {
    KEEL_SQL_OBJECT, KEEL_SQL_LIST, KEEL_SQL_TEXT, KEEL_SQL_NUMBER_VALUE, KEEL_SQL_TRUTH,
} keel_sql_shape;

typedef struct keel_sql_node keel_sql_node;
struct keel_sql_node {
    keel_sql_shape shape;
    const char *kind; /* OBJECT: "AlterTableStmt"; NULL where the field's type says it ("relation") */
    const char *key;  /* as a member of an OBJECT: "relation" */
    const char *text; /* TEXT and enumerations: "AT_AddColumn" */
    int64_t number;   /* NUMBER_VALUE; TRUTH: 0 or 1 */
    keel_sql_node *items; /* of OBJECT and LIST */
    size_t count;
};

/* What the grammar says against a statement. */
typedef struct keel_sql_complaint {
    char message[256]; /* "syntax error at or near \"FORM\"" */
    size_t at;         /* byte offset in the text */
    bool ours;         /* not the text's fault: the grammar takes it, but it is nested deeper than we follow */
} keel_sql_complaint;

/* Reads one statement (without its semicolon). False: it is none of PostgreSQL 15's, the complaint says why; such text
 * may still be a statement of a newer server. */
bool keel_sql_parse(keel_arena *arena, const char *text, size_t size, const keel_sql_node **ret_node,
                    keel_sql_complaint *ret_complaint);

/* Members by name; all answer for a NULL node and an absent field: NULL, "", 0, false, an empty list. */
const keel_sql_node *keel_sql_get(const keel_sql_node *node, const char *key);
const char *keel_sql_text_of(const keel_sql_node *node, const char *key);   /* "" if absent */
int64_t keel_sql_number_of(const keel_sql_node *node, const char *key);
bool keel_sql_true(const keel_sql_node *node, const char *key);
bool keel_sql_kind_is(const keel_sql_node *node, const char *kind);
/* The items of a list member, and how many. */
size_t keel_sql_list(const keel_sql_node *node, const char *key, const keel_sql_node **ret_items);
/* The last word of a name given as a list of String nodes ("pg_catalog", "int4" gives "int4"), and the one before. */
const char *keel_sql_name_of(const keel_sql_node *node, const char *key);
const char *keel_sql_schema_of(const keel_sql_node *node, const char *key);
/* Walks the tree, parents first; stops and returns true when `visit` does. */
typedef bool keel_sql_visit(const keel_sql_node *node, void *context);
bool keel_sql_walk(const keel_sql_node *node, keel_sql_visit *visit, void *context);

#endif
