#include "sqlite/tokenizer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The words of SQLite's grammar that do not fall back to a name, sorted. */
static const char *const reserved[] = {
    "ADD",     "ALL",        "ALTER",       "AND",     "AS",       "AUTOINCREMENT",
    "BETWEEN", "CASE",       "CHECK",       "COLLATE", "COMMIT",   "CONSTRAINT",
    "CREATE",  "DEFAULT",    "DEFERRABLE",  "DELETE",  "DISTINCT", "DROP",
    "ELSE",    "ESCAPE",     "EXCEPT",      "EXISTS",  "FOREIGN",  "FROM",
    "GROUP",   "HAVING",     "IN",          "INDEX",   "INSERT",   "INTERSECT",
    "INTO",    "IS",         "ISNULL",      "JOIN",    "LIMIT",    "NOT",
    "NOTHING", "NOTNULL",    "NULL",        "ON",      "OR",       "ORDER",
    "PRIMARY", "REFERENCES", "RETURNING",   "SELECT",  "SET",      "TABLE",
    "THEN",    "TO",         "TRANSACTION", "UNION",   "UNIQUE",   "UPDATE",
    "USING",   "VALUES",     "WHEN",        "WHERE",
};

/* The signs of more than one character, the longest first. */
static const char *const long_signs[] = {"->>", "->", "||", "<=", "<>",
                                         "<<",  ">=", ">>", "==", "!="};

static bool starts_word(unsigned char c)
{
    return isalpha(c) || c == '_' || c >= 0x80;
}

static bool in_word(unsigned char c)
{
    return isalnum(c) || c == '_' || c == '$' || c >= 0x80;
}

static const char *skip_space(const char *at)
{
    for (;;) {
        if (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\f' || *at == '\r') {
            at++;
        } else if (at[0] == '-' && at[1] == '-') {
            at += strcspn(at, "\n");
        } else if (at[0] == '/' && at[1] == '*') {
            const char *end = strstr(at + 2, "*/");
            at = end != NULL ? end + 2 : at + strlen(at);
        } else {
            return at;
        }
    }
}

/* A quote inside is doubled, except in [name]. */
static keel_token quoted(const char *start, keel_token_kind kind, char close)
{
    const char *at = start + 1;

    for (; *at != '\0'; at++) {
        if (*at != close)
            continue;
        if (close == ']' || at[1] != close)
            return (keel_token){kind, start, (size_t)(at + 1 - start)};
        at++;
    }
    return (keel_token){KEEL_TOKEN_ILLEGAL, start, (size_t)(at - start)};
}

static keel_token blob(const char *start)
{
    keel_token token = quoted(start + 1, KEEL_TOKEN_BLOB, '\'');
    const char *digits = start + 2;

    token.start = start;
    token.size++;
    if (token.kind != KEEL_TOKEN_BLOB)
        return token;
    size_t count = token.size - 3;
    for (size_t i = 0; i < count; i++)
        if (!isxdigit((unsigned char)digits[i]))
            token.kind = KEEL_TOKEN_ILLEGAL;
    if (count % 2 != 0)
        token.kind = KEEL_TOKEN_ILLEGAL;
    return token;
}

static const char *skip_digits(const char *at)
{
    while (isdigit((unsigned char)*at))
        at++;
    return at;
}

static keel_token number(const char *start)
{
    keel_token_kind kind = KEEL_TOKEN_INTEGER;
    const char *at = start;

    if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X') && isxdigit((unsigned char)at[2])) {
        for (at += 2; isxdigit((unsigned char)*at);)
            at++;
    } else {
        at = skip_digits(at);
        if (*at == '.') {
            kind = KEEL_TOKEN_REAL;
            at = skip_digits(at + 1);
        }
        const char *power = at + 1;
        if ((*at == 'e' || *at == 'E') && (*power == '+' || *power == '-'))
            power++;
        if ((*at == 'e' || *at == 'E') && isdigit((unsigned char)*power)) {
            kind = KEEL_TOKEN_REAL;
            at = skip_digits(power);
        }
    }
    for (; in_word((unsigned char)*at); at++)
        kind = KEEL_TOKEN_ILLEGAL;
    return (keel_token){kind, start, (size_t)(at - start)};
}

static keel_token sign(const char *start)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(long_signs); i++) {
        size_t size = strlen(long_signs[i]);
        if (strncmp(start, long_signs[i], size) == 0)
            return (keel_token){KEEL_TOKEN_OPERATOR, start, size};
    }
    bool known = strchr("()+-*/%<>=&|~,.;", *start) != NULL;
    return (keel_token){known ? KEEL_TOKEN_OPERATOR : KEEL_TOKEN_ILLEGAL, start, 1};
}

static keel_token next(const char *at)
{
    const char *start = skip_space(at);
    unsigned char c = (unsigned char)*start;

    if (c == '\0')
        return (keel_token){KEEL_TOKEN_END, start, 0};
    if (c == '\'')
        return quoted(start, KEEL_TOKEN_STRING, '\'');
    if (c == '"')
        return quoted(start, KEEL_TOKEN_DOUBLE_QUOTED, '"');
    if (c == '`')
        return quoted(start, KEEL_TOKEN_QUOTED, '`');
    if (c == '[')
        return quoted(start, KEEL_TOKEN_QUOTED, ']');
    if ((c == 'x' || c == 'X') && start[1] == '\'')
        return blob(start);
    if (isdigit(c) || (c == '.' && isdigit((unsigned char)start[1])))
        return number(start);
    if (!starts_word(c))
        return sign(start);
    size_t size = 1;
    while (in_word((unsigned char)start[size]))
        size++;
    return (keel_token){KEEL_TOKEN_WORD, start, size};
}

void keel_tokenize(keel_arena *arena, const char *sql, keel_tokens *ret_tokens)
{
    const char *at = sql;

    *ret_tokens = (keel_tokens){.sql = sql};
    do {
        keel_arena_push(arena, ret_tokens, next(at));
        at = ret_tokens->items[ret_tokens->count - 1].start +
             ret_tokens->items[ret_tokens->count - 1].size;
    } while (ret_tokens->items[ret_tokens->count - 1].kind != KEEL_TOKEN_END);
}

bool keel_token_is(const keel_token *token, const char *text)
{
    if (token->kind != KEEL_TOKEN_WORD && token->kind != KEEL_TOKEN_OPERATOR)
        return false;
    return token->size == strlen(text) && strncasecmp(token->start, text, token->size) == 0;
}

static int compare_reserved(const void *key, const void *item)
{
    const keel_token *token = key;
    const char *const *word = item;
    int order = strncasecmp(token->start, *word, token->size);

    return order != 0 ? order : -(int)((*word)[token->size] != '\0');
}

bool keel_token_is_reserved(const keel_token *token)
{
    return token->kind == KEEL_TOKEN_WORD && bsearch(token, reserved, KEEL_COUNT_OF(reserved),
                                                     sizeof *reserved, compare_reserved) != NULL;
}

bool keel_token_is_name(const keel_token *token)
{
    switch (token->kind) {
    case KEEL_TOKEN_WORD:
        return !keel_token_is_reserved(token);
    case KEEL_TOKEN_QUOTED:
    case KEEL_TOKEN_DOUBLE_QUOTED:
    case KEEL_TOKEN_STRING:
        return true;
    case KEEL_TOKEN_END:
    case KEEL_TOKEN_BLOB:
    case KEEL_TOKEN_INTEGER:
    case KEEL_TOKEN_REAL:
    case KEEL_TOKEN_OPERATOR:
    case KEEL_TOKEN_ILLEGAL:
        return false;
    }
    return false;
}

char *keel_token_unquote(keel_arena *arena, const keel_token *token)
{
    bool has_quotes = token->kind == KEEL_TOKEN_QUOTED || token->kind == KEEL_TOKEN_DOUBLE_QUOTED ||
                      token->kind == KEEL_TOKEN_STRING;

    if (!has_quotes)
        return keel_arena_strndup(arena, token->start, token->size);
    char *text = keel_arena_strndup(arena, token->start + 1, token->size - 2);
    if (token->start[0] == '[')
        return text;
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        *to++ = *from;
        if (*from == token->start[0])
            from++;
    }
    *to = '\0';
    return text;
}

char *keel_token_slice(keel_arena *arena, const keel_token *first, const keel_token *last)
{
    const char *end = last->start + last->size;

    return keel_arena_strndup(arena, first->start,
                              end > first->start ? (size_t)(end - first->start) : 0);
}

bool keel_token_fail(const keel_tokens *tokens, size_t at, keel_error *err, const char *message)
{
    const keel_token *token = &tokens->items[at];
    int line = 1, column = 1;

    for (const char *c = tokens->sql; c < token->start; c++) {
        line += *c == '\n';
        column = *c == '\n' ? 1 : column + 1;
    }
    if (token->kind == KEEL_TOKEN_END)
        return keel_fail(err, KEEL_ERR_SOURCE, "line %d, column %d: %s at the end", line, column,
                         message);
    return keel_fail(err, KEEL_ERR_SOURCE, "line %d, column %d: %s near \"%.*s\"", line, column,
                     message, (int)KEEL_MIN(token->size, (size_t)60), token->start);
}
