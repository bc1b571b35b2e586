/* A precedence climber over SQLite's expression grammar (https://sqlite.org/lang_expr.html). */
#include "sqlite/expr.h"

#include "sqlite/expr_parser.h"

enum { DEEPEST_NESTING = 400 };

/* How tightly operators bind; every one groups to the left. */
enum { ANY = 0, OR, AND, NOT, EQUALITY, ORDERING, BITS, SUM, PRODUCT, CONCAT, COLLATE };

typedef struct infix {
    const char *token, *name;
    int binds;
} infix;

static const infix operators[] = {
    {"OR", "OR", OR},       {"AND", "AND", AND},    {"=", "=", EQUALITY}, {"==", "=", EQUALITY},
    {"<>", "<>", EQUALITY}, {"!=", "<>", EQUALITY}, {"<", "<", ORDERING}, {"<=", "<=", ORDERING},
    {">", ">", ORDERING},   {">=", ">=", ORDERING}, {"&", "&", BITS},     {"|", "|", BITS},
    {"<<", "<<", BITS},     {">>", ">>", BITS},     {"+", "+", SUM},      {"-", "-", SUM},
    {"*", "*", PRODUCT},    {"/", "/", PRODUCT},    {"%", "%", PRODUCT},  {"||", "||", CONCAT},
    {"->", "->", CONCAT},   {"->>", "->>", CONCAT},
};

static const keel_expr *parse(keel_expr_parser *p, int binds);

static const keel_expr *
nested(keel_expr_parser *p, const keel_expr *(*rule)(keel_expr_parser *, int), int binds)
{
    if (p->depth >= DEEPEST_NESTING)
        return keel_expr_refuse(p, "the expression is nested too deeply");
    p->depth++;
    const keel_expr *made = rule(p, binds);
    p->depth--;
    return made;
}

/* A sign binds tighter than every operator, NOT looser than a comparison. */
static const keel_expr *prefix(keel_expr_parser *p, int unused)
{
    static const char *const signs[] = {"-", "+", "~"};
    bool minus = keel_token_is(keel_expr_peek(p), "-");
    const char *text = NULL;

    (void)unused;
    for (size_t i = 0; i < KEEL_COUNT_OF(signs) && text == NULL; i++)
        if (keel_expr_accept(p, signs[i]))
            text = signs[i];
    bool negation = text == NULL && keel_expr_accept(p, "NOT");
    if (text == NULL && !negation)
        return keel_expr_primary(p);
    keel_expr *made = keel_expr_node(p, KEEL_EXPR_UNARY, negation ? "NOT" : text);
    const keel_expr *operand;
    if (negation)
        operand = parse(p, EQUALITY);
    else if (minus && keel_expr_peek(p)->kind == KEEL_TOKEN_INTEGER)
        operand = keel_expr_integer(p, true);
    else
        operand = nested(p, prefix, ANY);
    return operand != NULL && keel_expr_add(p, made, operand) ? made : NULL;
}

static const keel_expr *is_null(keel_expr_parser *p, const keel_expr *left, bool negated)
{
    keel_expr *made = keel_expr_node(p, KEEL_EXPR_IS_NULL, NULL);

    made->negated = negated;
    return keel_expr_add(p, made, left) ? made : NULL;
}

static const keel_expr *
binary(keel_expr_parser *p, const char *text, const keel_expr *left, int binds)
{
    keel_expr *made = keel_expr_node(p, KEEL_EXPR_BINARY, text);
    const keel_expr *right = parse(p, binds + 1);

    return right != NULL && keel_expr_add(p, made, left) && keel_expr_add(p, made, right) ? made
                                                                                          : NULL;
}

static const keel_expr *is(keel_expr_parser *p, const keel_expr *left)
{
    bool negated = keel_expr_accept(p, "NOT");

    if (keel_token_is(keel_expr_peek(p), "DISTINCT") &&
        keel_token_is(keel_expr_peek_second(p), "FROM")) {
        p->at += 2;
        return binary(p, negated ? "IS" : "IS NOT", left, EQUALITY);
    }
    if (keel_expr_accept(p, "NULL"))
        return is_null(p, left, negated);
    return binary(p, negated ? "IS NOT" : "IS", left, EQUALITY);
}

static const keel_expr *in(keel_expr_parser *p, const keel_expr *left, bool negated)
{
    keel_expr *made = keel_expr_node(p, KEEL_EXPR_IN, NULL);

    made->negated = negated;
    if (!keel_expr_accept(p, "("))
        return keel_expr_refuse(p, "IN with a table is not read");
    return keel_expr_add(p, made, left) && keel_expr_arguments(p, made) ? made : NULL;
}

static const keel_expr *between(keel_expr_parser *p, const keel_expr *left, bool negated)
{
    keel_expr *made = keel_expr_node(p, KEEL_EXPR_BETWEEN, NULL);

    made->negated = negated;
    const keel_expr *low = parse(p, ORDERING);
    if (low == NULL || !keel_expr_expect(p, "AND", "AND is missing in BETWEEN"))
        return NULL;
    const keel_expr *high = parse(p, ORDERING);
    return high != NULL && keel_expr_add(p, made, left) && keel_expr_add(p, made, low) &&
                   keel_expr_add(p, made, high)
               ? made
               : NULL;
}

static const char *pattern_word(keel_expr_parser *p)
{
    static const char *const words[] = {"LIKE", "GLOB", "REGEXP", "MATCH"};

    for (size_t i = 0; i < KEEL_COUNT_OF(words); i++)
        if (keel_expr_accept(p, words[i]))
            return words[i];
    return NULL;
}

static const keel_expr *
pattern(keel_expr_parser *p, const char *text, const keel_expr *left, bool negated)
{
    keel_expr *made = keel_expr_node(p, KEEL_EXPR_LIKE, text);

    made->negated = negated;
    const keel_expr *right = parse(p, ORDERING);
    if (right == NULL || !keel_expr_add(p, made, left) || !keel_expr_add(p, made, right))
        return NULL;
    if (!keel_expr_accept(p, "ESCAPE"))
        return made;
    const keel_expr *escape = parse(p, ORDERING);
    return escape != NULL && keel_expr_add(p, made, escape) ? made : NULL;
}

static const keel_expr *collate(keel_expr_parser *p, const keel_expr *left)
{
    if (!keel_token_is_name(keel_expr_peek(p)))
        return keel_expr_refuse(p, "the name of the collation is missing");
    keel_expr *made =
        keel_expr_node(p, KEEL_EXPR_COLLATE, keel_token_unquote(p->arena, keel_expr_peek(p)));
    p->at++;
    return keel_expr_add(p, made, left) ? made : NULL;
}

/* The operators that are words and sit where = does. *ret_more is false if there is none of them
 * here. */
static const keel_expr *word_operator(keel_expr_parser *p, const keel_expr *left, bool *ret_more)
{
    bool negated = keel_token_is(keel_expr_peek(p), "NOT");
    const char *text;

    *ret_more = true;
    if (!negated && keel_expr_accept(p, "IS"))
        return is(p, left);
    if (!negated && keel_expr_accept(p, "ISNULL"))
        return is_null(p, left, false);
    if (!negated && keel_expr_accept(p, "NOTNULL"))
        return is_null(p, left, true);
    p->at += negated;
    if (negated && keel_expr_accept(p, "NULL"))
        return is_null(p, left, true);
    if (keel_expr_accept(p, "IN"))
        return in(p, left, negated);
    if (keel_expr_accept(p, "BETWEEN"))
        return between(p, left, negated);
    if ((text = pattern_word(p)) != NULL)
        return pattern(p, text, left, negated);
    p->at -= negated;
    *ret_more = false;
    return left;
}

static const infix *infix_here(const keel_expr_parser *p, int binds)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(operators); i++)
        if (operators[i].binds >= binds && keel_token_is(keel_expr_peek(p), operators[i].token))
            return &operators[i];
    return NULL;
}

static const keel_expr *climb(keel_expr_parser *p, int binds)
{
    const keel_expr *left = prefix(p, ANY);

    for (bool more = true; more && left != NULL;) {
        const infix *found = infix_here(p, binds);
        if (found != NULL) {
            p->at++;
            left = binary(p, found->name, left, found->binds);
        } else if (keel_expr_accept(p, "COLLATE")) {
            left = collate(p, left);
        } else if (binds <= EQUALITY) {
            left = word_operator(p, left, &more);
        } else {
            more = false;
        }
    }
    return left;
}

static const keel_expr *parse(keel_expr_parser *p, int binds)
{
    return nested(p, climb, binds);
}

const keel_expr *keel_expr_any(keel_expr_parser *p)
{
    return parse(p, ANY);
}

bool keel_expr_parse(keel_arena *arena,
                     const char *sql,
                     const keel_expr **ret_expr,
                     keel_error *err)
{
    keel_expr_parser p = {.arena = arena, .err = err};

    keel_tokenize(arena, sql, &p.tokens);
    const keel_expr *parsed = keel_expr_any(&p);
    if (parsed == NULL)
        return false;
    if (keel_expr_peek(&p)->kind != KEEL_TOKEN_END)
        return keel_expr_refuse(&p, "something follows the expression") != NULL;
    *ret_expr = parsed;
    return true;
}
