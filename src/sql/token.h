/* PostgreSQL's lexical rules (those of its own scanner, standard_conforming_strings on), for text that may be wrong:
 * nothing is refused, what does not end is a token that says so. Knows no grammar. Never allocates; thread-safe. */
#ifndef KEEL_SQL_TOKEN_H
#define KEEL_SQL_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

typedef enum keel_sql_kind {
    KEEL_SQL_END,
    KEEL_SQL_SPACE,      /* blanks and line ends */
    KEEL_SQL_COMMENT,    /* -- to the line's end, or a nested block comment */
    KEEL_SQL_WORD,       /* a keyword or an identifier without quotes */
    KEEL_SQL_IDENTIFIER, /* "..." and U&"..." */
    KEEL_SQL_STRING,     /* '...', E'...', U&'...', B'...', X'...', N'...' */
    KEEL_SQL_DOLLAR,     /* $$...$$, $tag$...$tag$ */
    KEEL_SQL_NUMBER,
    KEEL_SQL_PARAMETER,  /* $1 */
    KEEL_SQL_OPERATOR,   /* one operator, as long as PostgreSQL takes it */
    KEEL_SQL_PUNCTUATION,/* one of ( ) [ ] , ; : . */
    KEEL_SQL_META,       /* a backslash: psql's own command, to the end of its line */
    KEEL_SQL_BYTE,       /* a byte that no token starts with */
} keel_sql_kind;

typedef struct keel_sql_token {
    keel_sql_kind kind;
    size_t start, size; /* in the text */
    bool open;          /* a quote or comment that the text ends inside of */
} keel_sql_token;

/* The token at `at`; at the end of the text its kind is END and its size 0. */
keel_sql_token keel_sql_next(const char *text, size_t size, size_t at);
/* Is it this keyword? `word` in lower case. Quoted identifiers are no keywords. */
bool keel_sql_is_word(const char *text, keel_sql_token token, const char *word);
bool keel_sql_is_mark(const char *text, keel_sql_token token, char mark);

/* Line and column (bytes of UTF-8 counted as characters), both from 1, of an offset. */
typedef struct keel_sql_place {
    int line, column;
} keel_sql_place;
keel_sql_place keel_sql_place_of(const char *text, size_t size, size_t at);

#endif
