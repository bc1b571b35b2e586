/* The operands of expressions, and the cursor that both files use. */
#include "sqlite/expr_parser.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HIGHEST_TREE = 1000 };

const keel_token *keel_expr_peek(const keel_expr_parser *p)
{
    return &p->tokens.items[p->at];
}

const keel_token *keel_expr_peek_second(const keel_expr_parser *p)
{
    return &p->tokens.items[KEEL_MIN(p->at + 1, p->tokens.count - 1)];
}

bool keel_expr_accept(keel_expr_parser *p, const char *text)
{
    if (!keel_token_is(keel_expr_peek(p), text))
        return false;
    p->at++;
    return true;
}

const keel_expr *keel_expr_refuse(keel_expr_parser *p, const char *message)
{
    keel_token_fail(&p->tokens, p->at, p->err, message);
    return NULL;
}

bool keel_expr_expect(keel_expr_parser *p, const char *text, const char *message)
{
    return keel_expr_accept(p, text) || keel_expr_refuse(p, message) != NULL;
}

static char *cased(keel_expr_parser *p, const char *text, size_t size, int (*fold)(int))
{
    char *copy = keel_arena_strndup(p->arena, text, size);

    for (char *c = copy; *c != '\0'; c++)
        *c = (char)fold((unsigned char)*c);
    return copy;
}

keel_expr *keel_expr_node(keel_expr_parser *p, keel_expr_kind kind, const char *text)
{
    keel_expr *made = keel_arena_alloc(p->arena, sizeof *made);

    made->kind = kind;
    made->text = text;
    made->height = 1;
    return made;
}

bool keel_expr_add(keel_expr_parser *p, keel_expr *parent, const keel_expr *arg)
{
    size_t count = parent->arg_count;

    if ((count & (count - 1)) == 0) { /* at every power of two the block is full */
        const keel_expr **grown =
            keel_arena_alloc(p->arena, KEEL_MAX(count * 2, (size_t)1) * sizeof *grown);
        for (size_t i = 0; i < count; i++)
            grown[i] = parent->args[i];
        parent->args = grown;
    }
    parent->args[parent->arg_count++] = arg;
    if (arg != NULL)
        parent->height = KEEL_MAX(parent->height, arg->height + 1);
    return parent->height <= HIGHEST_TREE ||
           keel_expr_refuse(p, "the expression is nested too deeply") != NULL;
}

static const keel_expr *hex_integer(keel_expr_parser *p, const keel_token *token)
{
    errno = 0;
    unsigned long long bits = strtoull(token->start + 2, NULL, 16);
    if (errno != 0)
        return keel_expr_refuse(p, "a hexadecimal number of more than 64 bits");
    p->at++;
    return keel_expr_node(p, KEEL_EXPR_INTEGER,
                          keel_arena_printf(p->arena, "%" PRId64, (int64_t)bits));
}

static const keel_expr *decimal_integer(keel_expr_parser *p, const keel_token *token, bool negated)
{
    errno = 0;
    unsigned long long value = strtoull(token->start, NULL, 10);
    bool fits = errno == 0 && value <= (unsigned long long)INT64_MAX + negated;
    p->at++;
    return keel_expr_node(p, fits ? KEEL_EXPR_INTEGER : KEEL_EXPR_REAL,
                          keel_arena_strndup(p->arena, token->start, token->size));
}

const keel_expr *keel_expr_integer(keel_expr_parser *p, bool negated)
{
    const keel_token *token = keel_expr_peek(p);
    bool hex = token->size > 2 && (token->start[1] == 'x' || token->start[1] == 'X');

    return hex ? hex_integer(p, token) : decimal_integer(p, token, negated);
}

static const keel_expr *literal(keel_expr_parser *p, keel_expr_kind kind)
{
    const keel_token *token = keel_expr_peek(p);

    p->at++;
    if (kind == KEEL_EXPR_BLOB) /* the digits between x' and ' */
        return keel_expr_node(p, kind, cased(p, token->start + 2, token->size - 3, tolower));
    return keel_expr_node(p, kind, keel_token_unquote(p->arena, token));
}

static const keel_expr *case_expression(keel_expr_parser *p)
{
    keel_expr *made = keel_expr_node(p, KEEL_EXPR_CASE, NULL);
    const keel_expr *base = NULL;

    p->at++;
    if (!keel_token_is(keel_expr_peek(p), "WHEN") && (base = keel_expr_any(p)) == NULL)
        return NULL;
    if (!keel_expr_add(p, made, base))
        return NULL;
    while (keel_expr_accept(p, "WHEN")) {
        const keel_expr *when = keel_expr_any(p);
        if (when == NULL || !keel_expr_add(p, made, when) ||
            !keel_expr_expect(p, "THEN", "THEN is missing"))
            return NULL;
        const keel_expr *then = keel_expr_any(p);
        if (then == NULL || !keel_expr_add(p, made, then))
            return NULL;
    }
    if (made->arg_count == 1)
        return keel_expr_refuse(p, "WHEN is missing");
    const keel_expr *otherwise = NULL;
    if (keel_expr_accept(p, "ELSE") && (otherwise = keel_expr_any(p)) == NULL)
        return NULL;
    return keel_expr_add(p, made, otherwise) && keel_expr_expect(p, "END", "END is missing") ? made
                                                                                             : NULL;
}

static const keel_expr *cast(keel_expr_parser *p)
{
    keel_expr *made = keel_expr_node(p, KEEL_EXPR_CAST, NULL);

    p->at += 2; /* CAST ( */
    const keel_expr *operand = keel_expr_any(p);
    if (operand == NULL || !keel_expr_add(p, made, operand) ||
        !keel_expr_expect(p, "AS", "AS is missing in CAST"))
        return NULL;
    const keel_token *first = keel_expr_peek(p), *last = first;
    for (int depth = 0; depth > 0 || !keel_token_is(keel_expr_peek(p), ")"); p->at++) {
        if (keel_expr_peek(p)->kind == KEEL_TOKEN_END)
            return keel_expr_refuse(p, "a parenthesis is missing");
        depth += keel_token_is(keel_expr_peek(p), "(") - keel_token_is(keel_expr_peek(p), ")");
        last = keel_expr_peek(p);
    }
    if (keel_token_is(first, ")"))
        return keel_expr_refuse(p, "the type is missing in CAST");
    p->at++;
    made->text = keel_token_slice(p->arena, first, last);
    return made;
}

bool keel_expr_arguments(keel_expr_parser *p, keel_expr *parent)
{
    if (keel_expr_accept(p, ")"))
        return true;
    do {
        const keel_expr *arg = keel_expr_any(p);
        if (arg == NULL || !keel_expr_add(p, parent, arg))
            return false;
    } while (keel_expr_accept(p, ","));
    return keel_expr_expect(p, ")", "a parenthesis or comma is missing");
}

static const keel_expr *function(keel_expr_parser *p)
{
    const char *name = keel_token_unquote(p->arena, keel_expr_peek(p));
    keel_expr *made = keel_expr_node(p, KEEL_EXPR_FUNCTION, cased(p, name, strlen(name), tolower));

    p->at += 2; /* name ( */
    if (keel_token_is(keel_expr_peek(p), "*") && keel_token_is(keel_expr_peek_second(p), ")")) {
        p->at += 2;
        made->star = true;
        return made;
    }
    return keel_expr_arguments(p, made) ? made : NULL;
}

/* name, table.name or schema.table.name: the expression of a table can only mean its own columns.
 */
static const keel_expr *column(keel_expr_parser *p)
{
    bool qualified = false;

    while (keel_token_is(keel_expr_peek_second(p), ".")) {
        p->at += 2;
        qualified = true;
        if (!keel_token_is_name(keel_expr_peek(p)))
            return keel_expr_refuse(p, "a name is missing");
    }
    keel_expr *made =
        keel_expr_node(p, KEEL_EXPR_COLUMN, keel_token_unquote(p->arena, keel_expr_peek(p)));
    made->double_quoted = !qualified && keel_expr_peek(p)->kind == KEEL_TOKEN_DOUBLE_QUOTED;
    p->at++;
    return made;
}

static bool is_keyword_value(const keel_token *token)
{
    return keel_token_is(token, "CURRENT_TIMESTAMP") || keel_token_is(token, "CURRENT_DATE") ||
           keel_token_is(token, "CURRENT_TIME") || keel_token_is(token, "TRUE") ||
           keel_token_is(token, "FALSE");
}

static const keel_expr *word(keel_expr_parser *p)
{
    const keel_token *token = keel_expr_peek(p);
    bool call = keel_token_is(keel_expr_peek_second(p), "(");

    if (keel_token_is(token, "NULL"))
        return literal(p, KEEL_EXPR_NULL);
    if (keel_token_is(token, "CASE"))
        return case_expression(p);
    if (keel_token_is(token, "CAST") && call)
        return cast(p);
    if (keel_token_is(token, "SELECT") || keel_token_is(token, "EXISTS"))
        return keel_expr_refuse(p, "a subquery is not read");
    if (keel_token_is(token, "RAISE") && call)
        return keel_expr_refuse(p, "RAISE is not read");
    if (keel_token_is_reserved(token))
        return keel_expr_refuse(p, "a keyword where a value should be");
    if (is_keyword_value(token) && !keel_token_is(keel_expr_peek_second(p), ".")) {
        p->at++;
        return keel_expr_node(p, KEEL_EXPR_KEYWORD, cased(p, token->start, token->size, toupper));
    }
    return call ? function(p) : column(p);
}

static const keel_expr *parenthesised(keel_expr_parser *p)
{
    p->at++;
    const keel_expr *inner = keel_expr_any(p);
    if (inner == NULL)
        return NULL;
    if (keel_token_is(keel_expr_peek(p), ","))
        return keel_expr_refuse(p, "a row value is not read");
    return keel_expr_expect(p, ")", "a parenthesis is missing") ? inner : NULL;
}

const keel_expr *keel_expr_primary(keel_expr_parser *p)
{
    switch (keel_expr_peek(p)->kind) {
    case KEEL_TOKEN_INTEGER:
        return keel_expr_integer(p, false);
    case KEEL_TOKEN_REAL:
        return literal(p, KEEL_EXPR_REAL);
    case KEEL_TOKEN_STRING:
        return keel_token_is(keel_expr_peek_second(p), ".") ? column(p)
                                                            : literal(p, KEEL_EXPR_TEXT);
    case KEEL_TOKEN_BLOB:
        return literal(p, KEEL_EXPR_BLOB);
    case KEEL_TOKEN_QUOTED:
    case KEEL_TOKEN_DOUBLE_QUOTED:
        return keel_token_is(keel_expr_peek_second(p), "(") ? function(p) : column(p);
    case KEEL_TOKEN_WORD:
        return word(p);
    case KEEL_TOKEN_OPERATOR:
        return keel_token_is(keel_expr_peek(p), "(") ? parenthesised(p)
                                                     : keel_expr_refuse(p, "a value is missing");
    case KEEL_TOKEN_END:
        return keel_expr_refuse(p, "a value is missing");
    case KEEL_TOKEN_ILLEGAL:
        return keel_expr_refuse(p, "not a token of SQL");
    }
    return NULL;
}
