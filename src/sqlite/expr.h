/* SQLite expressions (CHECK, DEFAULT, generated columns, index parts and predicates) as a tree. Parsed by our
 * own tokenizer and precedence parser after SQLite's documented grammar; what it does not know is "not
 * parseable", said with the place, never guessed. Double-quoted names stay marked, because SQLite reads one that
 * names no column as a string. */
#ifndef KEEL_SQLITE_EXPR_H
#define KEEL_SQLITE_EXPR_H

#include "base/arena.h"
#include "base/error.h"

typedef enum keel_expr_kind {
    KEEL_EXPR_NULL, KEEL_EXPR_INTEGER, KEEL_EXPR_REAL, KEEL_EXPR_TEXT, KEEL_EXPR_BLOB,
    KEEL_EXPR_KEYWORD,  /* CURRENT_TIMESTAMP, CURRENT_DATE, CURRENT_TIME, TRUE, FALSE: text */
    KEEL_EXPR_COLUMN,   /* text = name; double_quoted */
    KEEL_EXPR_UNARY,    /* text = "-", "+", "~", "NOT" ; args[0] */
    KEEL_EXPR_BINARY,   /* text = operator in upper case: "+", "||", "=", "<>", "AND", "IS", "IS NOT", "->>" ... */
    KEEL_EXPR_FUNCTION, /* text = name in lower case; args; star */
    KEEL_EXPR_IN,       /* args[0] IN (args[1..]); negated */
    KEEL_EXPR_BETWEEN,  /* args[0] BETWEEN args[1] AND args[2]; negated */
    KEEL_EXPR_LIKE,     /* text = "LIKE", "GLOB", "REGEXP", "MATCH"; args[0], args[1], [args[2] = ESCAPE]; negated */
    KEEL_EXPR_IS_NULL,  /* args[0]; negated = NOT NULL */
    KEEL_EXPR_CASE,     /* args: [base or NULL], when, then, ..., [else or NULL] */
    KEEL_EXPR_CAST,     /* args[0]; text = type as written */
    KEEL_EXPR_COLLATE,  /* args[0]; text = collation */
} keel_expr_kind;

typedef struct keel_expr keel_expr;
struct keel_expr {
    keel_expr_kind kind;
    const char *text;
    bool double_quoted, negated, star;
    const keel_expr **args;
    size_t arg_count;
    int height; /* of the tree, at most 1000 as in SQLite: a recursive walk is safe */
};

bool keel_expr_parse(keel_arena *arena, const char *sql, const keel_expr **ret_expr, keel_error *err);

#endif
