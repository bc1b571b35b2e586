#include "sql/token.h"

#include <string.h>

typedef struct reader {
    const unsigned char *text;
    size_t size;
} reader;

static unsigned char at(reader r, size_t i)
{
    return i < r.size ? r.text[i] : 0;
}

static bool is_space(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool starts_word(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static bool continues_word(unsigned char c)
{
    return starts_word(c) || is_digit(c) || c == '$';
}

static bool is_operator(unsigned char c)
{
    return c != 0 && strchr("~!@#^&|`?+-*/%<>=", c) != NULL;
}

static size_t end_of_line(reader r, size_t i)
{
    while (i < r.size && r.text[i] != '\n' && r.text[i] != '\r')
        i++;
    return i;
}

static keel_sql_token made(keel_sql_kind kind, size_t start, size_t end, bool open)
{
    return (keel_sql_token){.kind = kind, .start = start, .size = end - start, .open = open};
}

static keel_sql_token block_comment(reader r, size_t start)
{
    int depth = 1;
    size_t i = start + 2;

    for (; i < r.size && depth > 0; i++) {
        bool opens = at(r, i) == '/' && at(r, i + 1) == '*';
        bool closes = at(r, i) == '*' && at(r, i + 1) == '/';
        if (opens || closes) {
            depth += opens ? 1 : -1;
            i++;
        }
    }
    return made(KEEL_SQL_COMMENT, start, i < r.size ? i : r.size, depth > 0);
}

/* From the opening quote on; a doubled quote is part of it, and with `escapes` a backslash hides what follows. */
static keel_sql_token quoted(reader r, keel_sql_kind kind, size_t start, size_t quote, bool escapes)
{
    unsigned char mark = at(r, quote);

    for (size_t i = quote + 1; i < r.size; i++) {
        bool escaped = escapes && r.text[i] == '\\', doubled = r.text[i] == mark && at(r, i + 1) == mark;
        if (escaped || doubled)
            i++;
        else if (r.text[i] == mark)
            return made(kind, start, i + 1, false);
    }
    return made(kind, start, r.size, true);
}

/* The length of $tag$ at i, or 0. */
static size_t dollar_tag(reader r, size_t i)
{
    size_t end = i + 1;

    if (starts_word(at(r, end)))
        while (starts_word(at(r, end)) || is_digit(at(r, end)))
            end++;
    return at(r, end) == '$' ? end + 1 - i : 0;
}

static keel_sql_token dollar(reader r, size_t start)
{
    size_t tag = dollar_tag(r, start);
    size_t i = start + 1;

    if (tag > 0) {
        const unsigned char *end =
            memmem(r.text + start + tag, r.size - start - tag, r.text + start, tag);
        return end != NULL ? made(KEEL_SQL_DOLLAR, start, (size_t)(end - r.text) + tag, false)
                           : made(KEEL_SQL_DOLLAR, start, r.size, true);
    }
    while (is_digit(at(r, i)))
        i++;
    return made(i > start + 1 ? KEEL_SQL_PARAMETER : KEEL_SQL_BYTE, start, i, false);
}

static size_t digits(reader r, size_t i)
{
    while (is_digit(at(r, i)) || (at(r, i) == '_' && is_digit(at(r, i + 1))))
        i++;
    return i;
}

static keel_sql_token number(reader r, size_t start)
{
    size_t i = start;

    if (at(r, i) == '0' && strchr("xXoObB", at(r, i + 1) ? at(r, i + 1) : ' ') != NULL) {
        for (i += 2; is_digit(at(r, i)) || starts_word(at(r, i));)
            i++;
        return made(KEEL_SQL_NUMBER, start, i, false);
    }
    i = digits(r, i);
    if (at(r, i) == '.' && at(r, i + 1) != '.')
        i = digits(r, i + 1);
    if (at(r, i) == 'e' || at(r, i) == 'E') {
        size_t exponent = i + 1 + (at(r, i + 1) == '+' || at(r, i + 1) == '-');
        if (is_digit(at(r, exponent)))
            i = digits(r, exponent);
    }
    return made(KEEL_SQL_NUMBER, start, i, false);
}

/* An operator ends before a comment, and ends in + or - only if it holds one of the marks that SQL has no use for. */
static keel_sql_token operator_at(reader r, size_t start)
{
    size_t end = start;
    bool free_ending = false;

    while (is_operator(at(r, end))) {
        if ((at(r, end) == '-' && at(r, end + 1) == '-') || (at(r, end) == '/' && at(r, end + 1) == '*'))
            break;
        free_ending = free_ending || strchr("~!@#^&|`?%", at(r, end)) != NULL;
        end++;
    }
    while (!free_ending && end > start + 1 && (at(r, end - 1) == '+' || at(r, end - 1) == '-'))
        end--;
    return made(KEEL_SQL_OPERATOR, start, end, false);
}

static keel_sql_token word(reader r, size_t start)
{
    unsigned char first = at(r, start) | 0x20;
    size_t i = start;

    if (at(r, start + 1) == '\'' && (first == 'e' || first == 'b' || first == 'x' || first == 'n'))
        return quoted(r, KEEL_SQL_STRING, start, start + 1, first == 'e');
    if (first == 'u' && at(r, start + 1) == '&' && (at(r, start + 2) == '\'' || at(r, start + 2) == '"'))
        return quoted(r, at(r, start + 2) == '"' ? KEEL_SQL_IDENTIFIER : KEEL_SQL_STRING, start, start + 2, false);
    while (continues_word(at(r, i)))
        i++;
    return made(KEEL_SQL_WORD, start, i, false);
}

static keel_sql_token space(reader r, size_t start)
{
    size_t i = start;

    while (is_space(at(r, i)))
        i++;
    return made(KEEL_SQL_SPACE, start, i, false);
}

keel_sql_token keel_sql_next(const char *text, size_t size, size_t start)
{
    reader r = {(const unsigned char *)text, size};
    unsigned char c = at(r, start), next = at(r, start + 1);

    if (start >= size)
        return made(KEEL_SQL_END, size, size, false);
    if (is_space(c))
        return space(r, start);
    if (c == '-' && next == '-')
        return made(KEEL_SQL_COMMENT, start, end_of_line(r, start), false);
    if (c == '/' && next == '*')
        return block_comment(r, start);
    if (c == '\'')
        return quoted(r, KEEL_SQL_STRING, start, start, false);
    if (c == '"')
        return quoted(r, KEEL_SQL_IDENTIFIER, start, start, false);
    if (c == '$')
        return dollar(r, start);
    if (is_digit(c) || (c == '.' && is_digit(next)))
        return number(r, start);
    if (starts_word(c))
        return word(r, start);
    if (is_operator(c))
        return operator_at(r, start);
    if (c == '\\')
        return made(KEEL_SQL_META, start, end_of_line(r, start), false);
    return made(c != 0 && strchr("()[],;:.", c) != NULL ? KEEL_SQL_PUNCTUATION : KEEL_SQL_BYTE, start, start + 1, false);
}

bool keel_sql_is_word(const char *text, keel_sql_token token, const char *word)
{
    return token.kind == KEEL_SQL_WORD && strlen(word) == token.size &&
           strncasecmp(text + token.start, word, token.size) == 0;
}

bool keel_sql_is_mark(const char *text, keel_sql_token token, char mark)
{
    return token.kind == KEEL_SQL_PUNCTUATION && text[token.start] == mark;
}

keel_sql_place keel_sql_place_of(const char *text, size_t size, size_t offset)
{
    keel_sql_place place = {1, 1};

    for (size_t i = 0; i < offset && i < size; i++) {
        if (text[i] == '\n') {
            place.line++;
            place.column = 1;
        } else if (((unsigned char)text[i] & 0xc0) != 0x80) {
            place.column++;
        }
    }
    return place;
}
