/* SQL text of SQLite cut into tokens after its documented rules: comments and white space are
 * skipped, quoted names and strings keep their quotes (keel_token_name and keel_token_unquote take
 * them off). */
#ifndef KEEL_SQLITE_TOKENIZER_H
#define KEEL_SQLITE_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

typedef enum keel_token_kind {
    KEEL_TOKEN_END,
    KEEL_TOKEN_WORD,          /* keyword or plain name */
    KEEL_TOKEN_QUOTED,        /* [name] or `name` */
    KEEL_TOKEN_DOUBLE_QUOTED, /* "name", or a string if nothing has that name */
    KEEL_TOKEN_STRING,        /* 'text' */
    KEEL_TOKEN_BLOB,          /* x'00ff' */
    KEEL_TOKEN_INTEGER,       /* decimal or 0x hex */
    KEEL_TOKEN_REAL,
    KEEL_TOKEN_OPERATOR, /* every sign: "(", ",", "||", "->>" ... */
    KEEL_TOKEN_ILLEGAL,
} keel_token_kind;

typedef struct keel_token {
    keel_token_kind kind;
    const char *start;
    size_t size;
} keel_token;

/* All tokens of a text, an END behind the last. The tokens point into `sql`. */
typedef struct keel_tokens {
    const char *sql;
    keel_token *items;
    size_t count, capacity;
} keel_tokens;

void keel_tokenize(keel_arena *arena, const char *sql, keel_tokens *ret_tokens);

/* The token is this sign, or this word unquoted and in any case. */
bool keel_token_is(const keel_token *token, const char *text);
/* The token can stand where SQLite wants a name: a quoted one, a string, or a word that is not
 * reserved. */
bool keel_token_is_name(const keel_token *token);
/* A word that SQLite never reads as a name. */
bool keel_token_is_reserved(const keel_token *token);
/* Its text without quotes, doubled quotes made single. */
char *keel_token_unquote(keel_arena *arena, const keel_token *token);
/* Text from the start of one token to the end of another, as written. */
char *keel_token_slice(keel_arena *arena, const keel_token *first, const keel_token *last);
/* KEEL_ERR_SOURCE "line L, column C: message near "token"". */
bool keel_token_fail(const keel_tokens *tokens, size_t at, keel_error *err, const char *message);

#endif
