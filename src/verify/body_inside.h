/* What the files that read PL/pgSQL share. */
#ifndef KEEL_VERIFY_BODY_INSIDE_H
#define KEEL_VERIFY_BODY_INSIDE_H

#include "sql/token.h"
#include "verify/body.h"

typedef struct keel_body_reader {
    keel_arena *arena;
    const char *source;
    struct { keel_sql_token *items; size_t count, capacity; } tokens; /* without blanks and comments; an END behind */
    size_t at; /* the next token */
    const keel_body_scope *outermost;
    keel_body_scope *scope; /* the innermost open one */
    struct { keel_body_scope **items; size_t count, capacity; } scopes; /* all open ones */
    keel_body *body;
    const char *label; /* read, and waiting for its block or loop */
    int depth;
} keel_body_reader;

/* A run of tokens: [from, to). */
typedef struct keel_body_span {
    size_t from, to;
} keel_body_span;

void keel_body_tokenize(keel_body_reader *r);
keel_sql_token keel_body_peek(const keel_body_reader *r, size_t ahead);
bool keel_body_is(const keel_body_reader *r, size_t ahead, const char *word);  /* a keyword */
bool keel_body_mark(const keel_body_reader *r, size_t ahead, char mark);       /* punctuation */
bool keel_body_operator(const keel_body_reader *r, size_t ahead, const char *name);
bool keel_body_take(keel_body_reader *r, const char *word); /* takes the keyword, or is false */
bool keel_body_take_mark(keel_body_reader *r, char mark);
bool keel_body_is_name(const keel_body_reader *r, size_t ahead); /* a word or a quoted identifier */
const char *keel_body_name(const keel_body_reader *r, size_t index); /* folded; of the token at `index` */
/* Reads up to, not including, the first of the words outside of parentheses, or ';'; a ';' before any of the words is
 * wrong unless `semicolon`. False also at the end of the source. */
bool keel_body_until(keel_body_reader *r, const char *const *words, bool semicolon, keel_body_span *ret_span);
bool keel_body_skip_statement(keel_body_reader *r); /* to behind its ';' */
const char *keel_body_text(const keel_body_reader *r, keel_body_span span);
bool keel_body_has_word(const keel_body_reader *r, keel_body_span span, const char *const *words);

/* Asks which table fired the trigger; said of a span that may steer, by itself or through a variable. */
void keel_body_note_steering(keel_body_reader *r, keel_body_span span);

/* What is to be looked up. */
void keel_body_add_expression(keel_body_reader *r, keel_body_span span);
void keel_body_add_query(keel_body_reader *r, keel_body_span span, bool perform);
/* The condition of an IF, CASE, WHILE or WHEN: also an expression, and it steers. */
void keel_body_add_condition(keel_body_reader *r, keel_body_span span);

/* An expression up to a word or ';', looked up if there is one; a query up to its ';', which is taken. */
bool keel_body_expression_until(keel_body_reader *r, const char *const *words);
bool keel_body_query_until(keel_body_reader *r, bool perform);
bool keel_body_finish(keel_body_reader *r); /* takes the ';' */

void keel_body_open_scope(keel_body_reader *r); /* takes the waiting label */
void keel_body_close_scope(keel_body_reader *r);

bool keel_body_read_block(keel_body_reader *r);        /* from DECLARE or BEGIN to behind END [label] */
bool keel_body_read_declarations(keel_body_reader *r); /* behind DECLARE, up to BEGIN */
bool keel_body_read_statements(keel_body_reader *r, const char *const *ends); /* up to one of the words */
/* One statement each, from behind its word to behind its ';'. */
bool keel_body_read_if(keel_body_reader *r);
bool keel_body_read_case(keel_body_reader *r);
bool keel_body_read_while(keel_body_reader *r);
bool keel_body_read_foreach(keel_body_reader *r);
bool keel_body_read_exit(keel_body_reader *r);
bool keel_body_read_plain_loop(keel_body_reader *r);
bool keel_body_read_for(keel_body_reader *r);
bool keel_body_read_loop(keel_body_reader *r);         /* behind LOOP, to behind END LOOP [label]; */
bool keel_body_read_target(keel_body_reader *r, keel_body_span *ret_span); /* a.b[1] */

#endif
