/* A precedence climber over SQLite's expression grammar (https://sqlite.org/lang_expr.html). */
#include "sqlite/expr.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite/tokenizer.h"

enum { HIGHEST_TREE = 1000, DEEPEST_NESTING = 400 };

/* How tightly operators bind; every one groups to the left. */
enum { ANY = 0, OR, AND, NOT, EQUALITY, ORDERING, BITS, SUM, PRODUCT, CONCAT, COLLATE };

typedef struct parser {
    keel_arena *arena;
    keel_tokens tokens;
    size_t at;
    int depth;
    keel_error *err;
} parser;

typedef struct infix {
    const char *token, *name;
    int binds;
} infix;

static const infix operators[] = {
    {"OR", "OR", OR},        {"AND", "AND", AND},      {"=", "=", EQUALITY},   {"==", "=", EQUALITY},
    {"<>", "<>", EQUALITY},  {"!=", "<>", EQUALITY},   {"<", "<", ORDERING},   {"<=", "<=", ORDERING},
    {">", ">", ORDERING},    {">=", ">=", ORDERING},   {"&", "&", BITS},       {"|", "|", BITS},
    {"<<", "<<", BITS},      {">>", ">>", BITS},       {"+", "+", SUM},        {"-", "-", SUM},
    {"*", "*", PRODUCT},     {"/", "/", PRODUCT},      {"%", "%", PRODUCT},    {"||", "||", CONCAT},
    {"->", "->", CONCAT},    {"->>", "->>", CONCAT},
};

static const keel_expr *parse(parser *p, int binds);

static const keel_token *peek(const parser *p)
{
    return &p->tokens.items[p->at];
}

static const keel_token *peek_second(const parser *p)
{
    return &p->tokens.items[KEEL_MIN(p->at + 1, p->tokens.count - 1)];
}

static bool accept(parser *p, const char *text)
{
    if (!keel_token_is(peek(p), text))
        return false;
    p->at++;
    return true;
}

static const keel_expr *refuse(parser *p, const char *message)
{
    keel_token_fail(&p->tokens, p->at, p->err, message);
    return NULL;
}

static bool expect(parser *p, const char *text, const char *message)
{
    return accept(p, text) || refuse(p, message) != NULL;
}

static char *cased(parser *p, const char *text, size_t size, int (*fold)(int))
{
    char *copy = keel_arena_strndup(p->arena, text, size);

    for (char *c = copy; *c != '\0'; c++)
        *c = (char)fold((unsigned char)*c);
    return copy;
}

static keel_expr *node(parser *p, keel_expr_kind kind, const char *text)
{
    keel_expr *made = keel_arena_alloc(p->arena, sizeof *made);

    made->kind = kind;
    made->text = text;
    made->height = 1;
    return made;
}

/* Adds an argument, which may be NULL where the kind allows it; false if the tree becomes too high. */
static bool add(parser *p, keel_expr *parent, const keel_expr *arg)
{
    size_t count = parent->arg_count;

    if ((count & (count - 1)) == 0) { /* at every power of two the block is full */
        const keel_expr **grown = keel_arena_alloc(p->arena, KEEL_MAX(count * 2, (size_t)1) * sizeof *grown);
        for (size_t i = 0; i < count; i++)
            grown[i] = parent->args[i];
        parent->args = grown;
    }
    parent->args[parent->arg_count++] = arg;
    if (arg != NULL)
        parent->height = KEEL_MAX(parent->height, arg->height + 1);
    return parent->height <= HIGHEST_TREE || refuse(p, "the expression is nested too deeply") != NULL;
}

static const keel_expr *hex_integer(parser *p, const keel_token *token)
{
    errno = 0;
    unsigned long long bits = strtoull(token->start + 2, NULL, 16);
    if (errno != 0)
        return refuse(p, "a hexadecimal number of more than 64 bits");
    p->at++;
    return node(p, KEEL_EXPR_INTEGER, keel_arena_printf(p->arena, "%" PRId64, (int64_t)bits));
}

static const keel_expr *decimal_integer(parser *p, const keel_token *token, bool negated)
{
    errno = 0;
    unsigned long long value = strtoull(token->start, NULL, 10);
    bool fits = errno == 0 && value <= (unsigned long long)INT64_MAX + negated;
    p->at++;
    return node(p, fits ? KEEL_EXPR_INTEGER : KEEL_EXPR_REAL,
                keel_arena_strndup(p->arena, token->start, token->size));
}

static const keel_expr *integer(parser *p, bool negated)
{
    const keel_token *token = peek(p);
    bool hex = token->size > 2 && (token->start[1] == 'x' || token->start[1] == 'X');

    return hex ? hex_integer(p, token) : decimal_integer(p, token, negated);
}

static const keel_expr *literal(parser *p, keel_expr_kind kind)
{
    const keel_token *token = peek(p);

    p->at++;
    if (kind == KEEL_EXPR_BLOB) /* the digits between x' and ' */
        return node(p, kind, cased(p, token->start + 2, token->size - 3, tolower));
    return node(p, kind, keel_token_unquote(p->arena, token));
}

static const keel_expr *case_expression(parser *p)
{
    keel_expr *made = node(p, KEEL_EXPR_CASE, NULL);
    const keel_expr *base = NULL;

    p->at++;
    if (!keel_token_is(peek(p), "WHEN") && (base = parse(p, ANY)) == NULL)
        return NULL;
    if (!add(p, made, base))
        return NULL;
    while (accept(p, "WHEN")) {
        const keel_expr *when = parse(p, ANY);
        if (when == NULL || !add(p, made, when) || !expect(p, "THEN", "THEN is missing"))
            return NULL;
        const keel_expr *then = parse(p, ANY);
        if (then == NULL || !add(p, made, then))
            return NULL;
    }
    if (made->arg_count == 1)
        return refuse(p, "WHEN is missing");
    const keel_expr *otherwise = NULL;
    if (accept(p, "ELSE") && (otherwise = parse(p, ANY)) == NULL)
        return NULL;
    return add(p, made, otherwise) && expect(p, "END", "END is missing") ? made : NULL;
}

static const keel_expr *cast(parser *p)
{
    keel_expr *made = node(p, KEEL_EXPR_CAST, NULL);

    p->at += 2; /* CAST ( */
    const keel_expr *operand = parse(p, ANY);
    if (operand == NULL || !add(p, made, operand) || !expect(p, "AS", "AS is missing in CAST"))
        return NULL;
    const keel_token *first = peek(p), *last = first;
    for (int depth = 0; depth > 0 || !keel_token_is(peek(p), ")"); p->at++) {
        if (peek(p)->kind == KEEL_TOKEN_END)
            return refuse(p, "a parenthesis is missing");
        depth += keel_token_is(peek(p), "(") - keel_token_is(peek(p), ")");
        last = peek(p);
    }
    if (keel_token_is(first, ")"))
        return refuse(p, "the type is missing in CAST");
    p->at++;
    made->text = keel_token_slice(p->arena, first, last);
    return made;
}

static bool arguments(parser *p, keel_expr *parent)
{
    if (accept(p, ")"))
        return true;
    do {
        const keel_expr *arg = parse(p, ANY);
        if (arg == NULL || !add(p, parent, arg))
            return false;
    } while (accept(p, ","));
    return expect(p, ")", "a parenthesis or comma is missing");
}

static const keel_expr *function(parser *p)
{
    const char *name = keel_token_unquote(p->arena, peek(p));
    keel_expr *made = node(p, KEEL_EXPR_FUNCTION, cased(p, name, strlen(name), tolower));

    p->at += 2; /* name ( */
    if (keel_token_is(peek(p), "*") && keel_token_is(peek_second(p), ")")) {
        p->at += 2;
        made->star = true;
        return made;
    }
    return arguments(p, made) ? made : NULL;
}

/* name, table.name or schema.table.name: the expression of a table can only mean its own columns. */
static const keel_expr *column(parser *p)
{
    bool qualified = false;

    while (keel_token_is(peek_second(p), ".")) {
        p->at += 2;
        qualified = true;
        if (!keel_token_is_name(peek(p)))
            return refuse(p, "a name is missing");
    }
    keel_expr *made = node(p, KEEL_EXPR_COLUMN, keel_token_unquote(p->arena, peek(p)));
    made->double_quoted = !qualified && peek(p)->kind == KEEL_TOKEN_DOUBLE_QUOTED;
    p->at++;
    return made;
}

static bool is_keyword_value(const keel_token *token)
{
    return keel_token_is(token, "CURRENT_TIMESTAMP") || keel_token_is(token, "CURRENT_DATE") ||
           keel_token_is(token, "CURRENT_TIME") || keel_token_is(token, "TRUE") || keel_token_is(token, "FALSE");
}

static const keel_expr *word(parser *p)
{
    const keel_token *token = peek(p);
    bool call = keel_token_is(peek_second(p), "(");

    if (keel_token_is(token, "NULL"))
        return literal(p, KEEL_EXPR_NULL);
    if (keel_token_is(token, "CASE"))
        return case_expression(p);
    if (keel_token_is(token, "CAST") && call)
        return cast(p);
    if (keel_token_is(token, "SELECT") || keel_token_is(token, "EXISTS"))
        return refuse(p, "a subquery is not read");
    if (keel_token_is(token, "RAISE") && call)
        return refuse(p, "RAISE is not read");
    if (keel_token_is_reserved(token))
        return refuse(p, "a keyword where a value should be");
    if (is_keyword_value(token) && !keel_token_is(peek_second(p), ".")) {
        p->at++;
        return node(p, KEEL_EXPR_KEYWORD, cased(p, token->start, token->size, toupper));
    }
    return call ? function(p) : column(p);
}

static const keel_expr *parenthesised(parser *p)
{
    p->at++;
    const keel_expr *inner = parse(p, ANY);
    if (inner == NULL)
        return NULL;
    if (keel_token_is(peek(p), ","))
        return refuse(p, "a row value is not read");
    return expect(p, ")", "a parenthesis is missing") ? inner : NULL;
}

static const keel_expr *primary(parser *p)
{
    switch (peek(p)->kind) {
    case KEEL_TOKEN_INTEGER:
        return integer(p, false);
    case KEEL_TOKEN_REAL:
        return literal(p, KEEL_EXPR_REAL);
    case KEEL_TOKEN_STRING:
        return keel_token_is(peek_second(p), ".") ? column(p) : literal(p, KEEL_EXPR_TEXT);
    case KEEL_TOKEN_BLOB:
        return literal(p, KEEL_EXPR_BLOB);
    case KEEL_TOKEN_QUOTED:
    case KEEL_TOKEN_DOUBLE_QUOTED:
        return keel_token_is(peek_second(p), "(") ? function(p) : column(p);
    case KEEL_TOKEN_WORD:
        return word(p);
    case KEEL_TOKEN_OPERATOR:
        return keel_token_is(peek(p), "(") ? parenthesised(p) : refuse(p, "a value is missing");
    case KEEL_TOKEN_END:
        return refuse(p, "a value is missing");
    case KEEL_TOKEN_ILLEGAL:
        return refuse(p, "not a token of SQL");
    }
    return NULL;
}

static const keel_expr *nested(parser *p, const keel_expr *(*rule)(parser *, int), int binds)
{
    if (p->depth >= DEEPEST_NESTING)
        return refuse(p, "the expression is nested too deeply");
    p->depth++;
    const keel_expr *made = rule(p, binds);
    p->depth--;
    return made;
}

/* A sign binds tighter than every operator, NOT looser than a comparison. */
static const keel_expr *prefix(parser *p, int unused)
{
    static const char *const signs[] = {"-", "+", "~"};
    bool minus = keel_token_is(peek(p), "-");
    const char *text = NULL;

    (void)unused;
    for (size_t i = 0; i < KEEL_COUNT_OF(signs) && text == NULL; i++)
        if (accept(p, signs[i]))
            text = signs[i];
    bool negation = text == NULL && accept(p, "NOT");
    if (text == NULL && !negation)
        return primary(p);
    keel_expr *made = node(p, KEEL_EXPR_UNARY, negation ? "NOT" : text);
    const keel_expr *operand;
    if (negation)
        operand = parse(p, EQUALITY);
    else if (minus && peek(p)->kind == KEEL_TOKEN_INTEGER)
        operand = integer(p, true);
    else
        operand = nested(p, prefix, ANY);
    return operand != NULL && add(p, made, operand) ? made : NULL;
}

static const keel_expr *is_null(parser *p, const keel_expr *left, bool negated)
{
    keel_expr *made = node(p, KEEL_EXPR_IS_NULL, NULL);

    made->negated = negated;
    return add(p, made, left) ? made : NULL;
}

static const keel_expr *binary(parser *p, const char *text, const keel_expr *left, int binds)
{
    keel_expr *made = node(p, KEEL_EXPR_BINARY, text);
    const keel_expr *right = parse(p, binds + 1);

    return right != NULL && add(p, made, left) && add(p, made, right) ? made : NULL;
}

static const keel_expr *is(parser *p, const keel_expr *left)
{
    bool negated = accept(p, "NOT");

    if (keel_token_is(peek(p), "DISTINCT") && keel_token_is(peek_second(p), "FROM")) {
        p->at += 2;
        return binary(p, negated ? "IS" : "IS NOT", left, EQUALITY);
    }
    if (accept(p, "NULL"))
        return is_null(p, left, negated);
    return binary(p, negated ? "IS NOT" : "IS", left, EQUALITY);
}

static const keel_expr *in(parser *p, const keel_expr *left, bool negated)
{
    keel_expr *made = node(p, KEEL_EXPR_IN, NULL);

    made->negated = negated;
    if (!accept(p, "("))
        return refuse(p, "IN with a table is not read");
    return add(p, made, left) && arguments(p, made) ? made : NULL;
}

static const keel_expr *between(parser *p, const keel_expr *left, bool negated)
{
    keel_expr *made = node(p, KEEL_EXPR_BETWEEN, NULL);

    made->negated = negated;
    const keel_expr *low = parse(p, ORDERING);
    if (low == NULL || !expect(p, "AND", "AND is missing in BETWEEN"))
        return NULL;
    const keel_expr *high = parse(p, ORDERING);
    return high != NULL && add(p, made, left) && add(p, made, low) && add(p, made, high) ? made : NULL;
}

static const char *pattern_word(parser *p)
{
    static const char *const words[] = {"LIKE", "GLOB", "REGEXP", "MATCH"};

    for (size_t i = 0; i < KEEL_COUNT_OF(words); i++)
        if (accept(p, words[i]))
            return words[i];
    return NULL;
}

static const keel_expr *pattern(parser *p, const char *text, const keel_expr *left, bool negated)
{
    keel_expr *made = node(p, KEEL_EXPR_LIKE, text);

    made->negated = negated;
    const keel_expr *right = parse(p, ORDERING);
    if (right == NULL || !add(p, made, left) || !add(p, made, right))
        return NULL;
    if (!accept(p, "ESCAPE"))
        return made;
    const keel_expr *escape = parse(p, ORDERING);
    return escape != NULL && add(p, made, escape) ? made : NULL;
}

static const keel_expr *collate(parser *p, const keel_expr *left)
{
    if (!keel_token_is_name(peek(p)))
        return refuse(p, "the name of the collation is missing");
    keel_expr *made = node(p, KEEL_EXPR_COLLATE, keel_token_unquote(p->arena, peek(p)));
    p->at++;
    return add(p, made, left) ? made : NULL;
}

/* The operators that are words and sit where = does. *ret_more is false if there is none of them here. */
static const keel_expr *word_operator(parser *p, const keel_expr *left, bool *ret_more)
{
    bool negated = keel_token_is(peek(p), "NOT");
    const char *text;

    *ret_more = true;
    if (!negated && accept(p, "IS"))
        return is(p, left);
    if (!negated && accept(p, "ISNULL"))
        return is_null(p, left, false);
    if (!negated && accept(p, "NOTNULL"))
        return is_null(p, left, true);
    p->at += negated;
    if (negated && accept(p, "NULL"))
        return is_null(p, left, true);
    if (accept(p, "IN"))
        return in(p, left, negated);
    if (accept(p, "BETWEEN"))
        return between(p, left, negated);
    if ((text = pattern_word(p)) != NULL)
        return pattern(p, text, left, negated);
    p->at -= negated;
    *ret_more = false;
    return left;
}

static const infix *infix_here(const parser *p, int binds)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(operators); i++)
        if (operators[i].binds >= binds && keel_token_is(peek(p), operators[i].token))
            return &operators[i];
    return NULL;
}

static const keel_expr *climb(parser *p, int binds)
{
    const keel_expr *left = prefix(p, ANY);

    for (bool more = true; more && left != NULL;) {
        const infix *found = infix_here(p, binds);
        if (found != NULL) {
            p->at++;
            left = binary(p, found->name, left, found->binds);
        } else if (accept(p, "COLLATE")) {
            left = collate(p, left);
        } else if (binds <= EQUALITY) {
            left = word_operator(p, left, &more);
        } else {
            more = false;
        }
    }
    return left;
}

static const keel_expr *parse(parser *p, int binds)
{
    return nested(p, climb, binds);
}

bool keel_expr_parse(keel_arena *arena, const char *sql, const keel_expr **ret_expr, keel_error *err)
{
    parser p = {.arena = arena, .err = err};

    keel_tokenize(arena, sql, &p.tokens);
    const keel_expr *parsed = parse(&p, ANY);
    if (parsed == NULL)
        return false;
    if (peek(&p)->kind != KEEL_TOKEN_END)
        return refuse(&p, "something follows the expression") != NULL;
    *ret_expr = parsed;
    return true;
}
