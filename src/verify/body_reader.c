/* The tokens of a PL/pgSQL body, and what is cut out of them. */
#include <string.h>

#include "base/str.h"
#include "verify/body_inside.h"

void keel_body_tokenize(keel_body_reader *r)
{
    size_t size = strlen(r->source);
    keel_sql_token token = {0};

    for (size_t at = 0; token.kind != KEEL_SQL_END || r->tokens.count == 0; at = token.start + token.size) {
        token = keel_sql_next(r->source, size, at);
        bool range = token.kind == KEEL_SQL_NUMBER && r->source[token.start] == '.' && at > 0 && r->source[at - 1] == '.';
        if (range) /* of "1..2" the second dot is no part of a number */
            token = (keel_sql_token){.kind = KEEL_SQL_PUNCTUATION, .start = at, .size = 1};
        if (token.kind != KEEL_SQL_SPACE && token.kind != KEEL_SQL_COMMENT)
            keel_arena_push(r->arena, &r->tokens, token);
        if (token.kind == KEEL_SQL_END)
            return;
    }
}

keel_sql_token keel_body_peek(const keel_body_reader *r, size_t ahead)
{
    size_t index = r->at + ahead;

    return r->tokens.items[index < r->tokens.count ? index : r->tokens.count - 1];
}

bool keel_body_is(const keel_body_reader *r, size_t ahead, const char *word)
{
    return keel_sql_is_word(r->source, keel_body_peek(r, ahead), word);
}

bool keel_body_mark(const keel_body_reader *r, size_t ahead, char mark)
{
    return keel_sql_is_mark(r->source, keel_body_peek(r, ahead), mark);
}

bool keel_body_operator(const keel_body_reader *r, size_t ahead, const char *name)
{
    keel_sql_token token = keel_body_peek(r, ahead);

    return token.kind == KEEL_SQL_OPERATOR && token.size == strlen(name) &&
           memcmp(r->source + token.start, name, token.size) == 0;
}

bool keel_body_take(keel_body_reader *r, const char *word)
{
    bool there = keel_body_is(r, 0, word);

    r->at += there;
    return there;
}

bool keel_body_take_mark(keel_body_reader *r, char mark)
{
    bool there = keel_body_mark(r, 0, mark);

    r->at += there;
    return there;
}

bool keel_body_is_name(const keel_body_reader *r, size_t ahead)
{
    keel_sql_token token = keel_body_peek(r, ahead);

    return token.kind == KEEL_SQL_WORD || token.kind == KEEL_SQL_IDENTIFIER;
}

const char *keel_body_name(const keel_body_reader *r, size_t index)
{
    keel_sql_token token = r->tokens.items[index];

    return keel_body_fold(r->arena, r->source + token.start, token.size);
}

static bool is_one_of(const keel_body_reader *r, size_t ahead, const char *const *words)
{
    for (; *words != NULL; words++)
        if (keel_body_is(r, ahead, *words))
            return true;
    return false;
}

bool keel_body_until(keel_body_reader *r, const char *const *words, bool semicolon, keel_body_span *ret_span)
{
    size_t from = r->at;
    int depth = 0;

    for (;; r->at++) {
        keel_sql_token token = keel_body_peek(r, 0);
        if (token.kind == KEEL_SQL_END || token.open)
            return false;
        bool closed = depth == 0;
        if (closed && keel_body_mark(r, 0, ';') && !semicolon)
            return false;
        if (closed && (keel_body_mark(r, 0, ';') || is_one_of(r, 0, words)))
            break;
        depth += keel_body_mark(r, 0, '(') || keel_body_mark(r, 0, '[');
        depth -= keel_body_mark(r, 0, ')') || keel_body_mark(r, 0, ']');
        if (depth < 0)
            return false;
    }
    *ret_span = (keel_body_span){from, r->at};
    return true;
}

bool keel_body_skip_statement(keel_body_reader *r)
{
    static const char *const none[] = {NULL};
    keel_body_span skipped;

    return keel_body_until(r, none, true, &skipped) && keel_body_take_mark(r, ';');
}

const char *keel_body_text(const keel_body_reader *r, keel_body_span span)
{
    if (span.from >= span.to)
        return "";
    keel_sql_token first = r->tokens.items[span.from];
    keel_sql_token last = r->tokens.items[span.to - 1];
    return keel_arena_strndup(r->arena, r->source + first.start, last.start + last.size - first.start);
}

bool keel_body_has_word(const keel_body_reader *r, keel_body_span span, const char *const *words)
{
    for (size_t i = span.from; i < span.to; i++)
        for (const char *const *word = words; *word != NULL; word++)
            if (keel_sql_is_word(r->source, r->tokens.items[i], *word))
                return true;
    return false;
}

static void add(keel_body_reader *r, const char *prefix, const char *text, keel_body_span span)
{
    keel_body_piece piece = {
        .sql = keel_arena_printf(r->arena, "%s%s", prefix, text),
        .at = r->tokens.items[span.from].start,
        .prefix = strlen(prefix),
        .scope = r->scope,
    };

    keel_arena_push(r->arena, &r->body->pieces, piece);
}

void keel_body_add_expression(keel_body_reader *r, keel_body_span span)
{
    if (span.from < span.to)
        add(r, "SELECT ", keel_body_text(r, span), span);
}

void keel_body_note_steering(keel_body_reader *r, keel_body_span span)
{
    static const char *const words[] = {"tg_table_name", "tg_relname", "tg_relid", "tg_table_schema",
                                        "tg_name",       "tg_argv",    "tg_nargs", NULL};

    if (keel_body_has_word(r, span, words))
        r->body->asks_table = true;
}

void keel_body_add_condition(keel_body_reader *r, keel_body_span span)
{
    keel_body_note_steering(r, span);
    keel_body_add_expression(r, span);
}

/* Where an INTO of PL/pgSQL's own stands (that of INSERT INTO and MERGE INTO is SQL's); span.to if nowhere. */
static size_t find_into(const keel_body_reader *r, keel_body_span span)
{
    for (size_t i = span.from; i < span.to; i++) {
        bool of_sql = i > span.from && (keel_sql_is_word(r->source, r->tokens.items[i - 1], "insert") ||
                                        keel_sql_is_word(r->source, r->tokens.items[i - 1], "merge"));
        if (keel_sql_is_word(r->source, r->tokens.items[i], "into") && !of_sql)
            return i;
    }
    return span.to;
}

/* [STRICT] target [, target]...: where it ends. The targets are looked up as well. */
static size_t read_targets(keel_body_reader *r, size_t from)
{
    size_t back = r->at;
    keel_body_span target;

    r->at = from;
    keel_body_take(r, "strict");
    do {
        if (!keel_body_read_target(r, &target))
            break;
        if (target.to - target.from > 1)
            keel_body_add_expression(r, target);
    } while (keel_body_take_mark(r, ','));
    size_t end = r->at;
    r->at = back;
    return end;
}

void keel_body_add_query(keel_body_reader *r, keel_body_span span, bool perform)
{
    enum { VERB = 7 }; /* PERFORM, and "SELECT " in its place */
    size_t into = find_into(r, span);
    char *text = keel_arena_strdup(r->arena, keel_body_text(r, span));
    size_t start = r->tokens.items[span.from].start;

    if (perform)
        memcpy(text, "SELECT ", VERB);
    if (into < span.to) {
        size_t end = read_targets(r, into + 1);
        keel_body_note_steering(r, span);
        keel_sql_token last = r->tokens.items[end - 1];
        memset(text + r->tokens.items[into].start - start, ' ', last.start + last.size - r->tokens.items[into].start);
    }
    add(r, "", text, span);
}

void keel_body_open_scope(keel_body_reader *r)
{
    keel_body_scope *scope = keel_arena_alloc(r->arena, sizeof *scope);

    scope->outer = r->scope != NULL ? r->scope : r->outermost;
    scope->label = r->label;
    r->label = NULL;
    r->scope = scope;
    keel_arena_push(r->arena, &r->scopes, scope);
}

void keel_body_close_scope(keel_body_reader *r)
{
    r->scopes.count--;
    r->scope = r->scopes.count > 0 ? r->scopes.items[r->scopes.count - 1] : NULL;
}
