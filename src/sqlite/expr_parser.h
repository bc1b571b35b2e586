/* What the two files of the expression parser share: a cursor over the tokens, and nodes. */
#ifndef KEEL_SQLITE_EXPR_PARSER_H
#define KEEL_SQLITE_EXPR_PARSER_H

#include "sqlite/expr.h"
#include "sqlite/tokenizer.h"

typedef struct keel_expr_parser {
    keel_arena *arena;
    keel_tokens tokens;
    size_t at;
    int depth; /* of nested calls */
    keel_error *err;
} keel_expr_parser;

const keel_token *keel_expr_peek(const keel_expr_parser *p);
const keel_token *keel_expr_peek_second(const keel_expr_parser *p);
bool keel_expr_accept(keel_expr_parser *p, const char *text);
bool keel_expr_expect(keel_expr_parser *p, const char *text, const char *message);
const keel_expr *keel_expr_refuse(keel_expr_parser *p, const char *message); /* returns NULL */

keel_expr *keel_expr_node(keel_expr_parser *p, keel_expr_kind kind, const char *text);
/* Adds an argument, which may be NULL where the kind allows it; false if the tree becomes too high.
 */
bool keel_expr_add(keel_expr_parser *p, keel_expr *parent, const keel_expr *arg);

/* A whole expression (expr.c). NULL on failure, as all below. */
const keel_expr *keel_expr_any(keel_expr_parser *p);
/* "a, b)": the opening parenthesis has been accepted. */
bool keel_expr_arguments(keel_expr_parser *p, keel_expr *parent);
/* A literal, name, call, CASE, CAST or parenthesis (expr_operand.c). */
const keel_expr *keel_expr_primary(keel_expr_parser *p);
/* 2^63 is an integer only behind a minus. */
const keel_expr *keel_expr_integer(keel_expr_parser *p, bool negated);

#endif
