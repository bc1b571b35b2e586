/* The statements of PL/pgSQL, in a table by the word that they begin with. */
#include <string.h>

#include "verify/body_inside.h"

enum { DEEPEST = 100 };

static const char *const none[] = {NULL};

typedef bool statement_reader(keel_body_reader *r);

bool keel_body_finish(keel_body_reader *r)
{
    return keel_body_take_mark(r, ';');
}

/* An expression up to a word or ';', looked up if there is one. */
bool keel_body_expression_until(keel_body_reader *r, const char *const *words)
{
    keel_body_span span;

    if (!keel_body_until(r, words, true, &span))
        return false;
    keel_body_add_expression(r, span);
    return true;
}

bool keel_body_query_until(keel_body_reader *r, bool perform)
{
    keel_body_span span;

    if (!keel_body_until(r, none, true, &span) || span.from == span.to)
        return false;
    keel_body_add_query(r, span, perform);
    return keel_body_finish(r);
}

/* EXECUTE text [INTO ..] [USING ..]: what it runs is not known, but the text itself is an expression. */
static bool read_execute(keel_body_reader *r)
{
    static const char *const clauses[] = {"into", "using", NULL};
    keel_body_span skipped;

    r->body->opaque++;
    if (!keel_body_expression_until(r, clauses))
        return false;
    while (!keel_body_mark(r, 0, ';')) {
        bool into = keel_body_take(r, "into");
        if (!into && !keel_body_take(r, "using"))
            return false;
        if (into ? !keel_body_until(r, clauses, true, &skipped) : !keel_body_expression_until(r, clauses))
            return false;
    }
    return keel_body_finish(r);
}

static bool read_return(keel_body_reader *r)
{
    if (keel_body_is(r, 0, "query") && !keel_body_mark(r, 1, ';')) {
        r->at++;
        return keel_body_take(r, "execute") ? read_execute(r) : keel_body_query_until(r, false);
    }
    keel_body_take(r, "next");
    return keel_body_expression_until(r, none) && keel_body_finish(r);
}

/* name = expression [, ...] behind USING. */
static bool read_raise_options(keel_body_reader *r)
{
    keel_body_span values;

    do {
        r->at++; /* the option's name */
        if (keel_body_take_mark(r, ':') || keel_body_operator(r, 0, "="))
            r->at++;
        else
            return false;
        size_t from = r->at;
        for (int depth = 0; depth > 0 || !(keel_body_mark(r, 0, ',') || keel_body_mark(r, 0, ';')); r->at++) {
            if (keel_body_peek(r, 0).kind == KEEL_SQL_END)
                return false;
            depth += keel_body_mark(r, 0, '(') || keel_body_mark(r, 0, '[');
            depth -= keel_body_mark(r, 0, ')') || keel_body_mark(r, 0, ']');
        }
        values = (keel_body_span){from, r->at};
        keel_body_add_expression(r, values);
    } while (keel_body_take_mark(r, ','));
    return keel_body_finish(r);
}

static bool is_string(const keel_body_reader *r)
{
    return keel_body_peek(r, 0).kind == KEEL_SQL_STRING || keel_body_peek(r, 0).kind == KEEL_SQL_DOLLAR;
}

/* RAISE [level] ['format' [, expression]... | condition | SQLSTATE 'xxxxx'] [USING ...]; */
static bool read_raise(keel_body_reader *r)
{
    static const char *const levels[] = {"debug", "log", "info", "notice", "warning", "exception"};
    static const char *const using[] = {"using", NULL};

    for (size_t i = 0; i < KEEL_COUNT_OF(levels); i++)
        if (keel_body_take(r, levels[i]))
            break;
    bool format = is_string(r);
    keel_body_span other;
    if (format) {
        while (is_string(r))
            r->at++;
        if (keel_body_take_mark(r, ',') && !keel_body_expression_until(r, using))
            return false;
    } else if (!keel_body_until(r, using, true, &other)) {
        return false;
    }
    return keel_body_take(r, "using") ? read_raise_options(r) : keel_body_finish(r);
}

static bool read_assert(keel_body_reader *r)
{
    return keel_body_expression_until(r, none) && keel_body_finish(r);
}

static bool read_perform(keel_body_reader *r)
{
    r->at--; /* the word becomes SELECT */
    return keel_body_query_until(r, true);
}

static bool read_query(keel_body_reader *r)
{
    r->at--;
    return keel_body_query_until(r, false);
}

/* OPEN cursor [[NO] SCROLL] FOR query | FOR EXECUTE .. | (arguments) */
static bool read_open(keel_body_reader *r)
{
    static const char *const for_word[] = {"for", NULL};
    keel_body_span cursor;

    if (!keel_body_until(r, for_word, true, &cursor))
        return false;
    if (!keel_body_take(r, "for"))
        return keel_body_finish(r);
    return keel_body_take(r, "execute") ? read_execute(r) : keel_body_query_until(r, false);
}

/* Statements that look nothing up of their own. */
static bool read_over(keel_body_reader *r)
{
    return keel_body_skip_statement(r);
}

static bool read_block_inside(keel_body_reader *r)
{
    r->at--;
    return keel_body_read_block(r) && keel_body_finish(r);
}

static const struct {
    const char *word;
    statement_reader *read; /* behind the word */
} statements[] = {
    {"if", keel_body_read_if},           {"case", keel_body_read_case},       {"loop", keel_body_read_plain_loop},
    {"while", keel_body_read_while},     {"for", keel_body_read_for}, {"foreach", keel_body_read_foreach},
    {"exit", keel_body_read_exit},       {"continue", keel_body_read_exit},   {"return", read_return},
    {"raise", read_raise},     {"assert", read_assert},   {"perform", read_perform},
    {"execute", read_execute}, {"select", read_query},    {"insert", read_query},
    {"update", read_query},    {"delete", read_query},    {"with", read_query},
    {"merge", read_query},     {"values", read_query},    {"table", read_query},
    {"open", read_open},       {"fetch", read_over},      {"move", read_over},
    {"close", read_over},      {"get", read_over},        {"null", read_over},
    {"commit", read_over},     {"rollback", read_over},   {"declare", read_block_inside},
    {"begin", read_block_inside},
};

static bool skip_subscript(keel_body_reader *r)
{
    for (int depth = 1; depth > 0; r->at++) {
        if (keel_body_peek(r, 0).kind == KEEL_SQL_END)
            return false;
        depth += keel_body_mark(r, 0, '[') - keel_body_mark(r, 0, ']');
    }
    return true;
}

bool keel_body_read_target(keel_body_reader *r, keel_body_span *ret_span)
{
    size_t from = r->at;
    size_t to = 0; /* where the first subscript is */

    if (!keel_body_is_name(r, 0) && keel_body_peek(r, 0).kind != KEEL_SQL_PARAMETER)
        return false;
    r->at++;
    for (;;) {
        if (keel_body_mark(r, 0, '.') && keel_body_is_name(r, 1)) {
            r->at += 2;
            continue;
        }
        to = to == 0 ? r->at : to;
        if (!keel_body_take_mark(r, '['))
            break;
        if (!skip_subscript(r))
            return false;
    }
    *ret_span = (keel_body_span){from, to};
    return true;
}

/* target := expression; *ret_assigned tells whether it was one at all. */
static bool read_assignment(keel_body_reader *r, bool *ret_assigned)
{
    size_t start = r->at;
    keel_body_span target;
    keel_body_span value;

    bool colon = false;
    *ret_assigned = keel_body_read_target(r, &target);
    if (*ret_assigned) {
        colon = keel_body_mark(r, 0, ':') && keel_body_operator(r, 1, "=");
        *ret_assigned = colon || keel_body_operator(r, 0, "=");
    }
    if (!*ret_assigned) {
        r->at = start;
        return true;
    }
    r->at += colon ? 2 : 1;
    if (!keel_body_until(r, none, true, &value))
        return false;
    keel_body_note_steering(r, value);
    if (target.to - target.from > 1)
        keel_body_add_expression(r, target);
    keel_body_add_expression(r, value);
    return keel_body_finish(r);
}

static bool read_label(keel_body_reader *r)
{
    r->at++;
    if (!keel_body_is_name(r, 0))
        return false;
    r->label = keel_body_name(r, r->at++);
    bool closed = keel_body_operator(r, 0, ">>");
    r->at++;
    return closed;
}

static bool read_statement(keel_body_reader *r)
{
    bool assigned = false;

    while (keel_body_operator(r, 0, "<<"))
        if (!read_label(r))
            return false;
    if (!read_assignment(r, &assigned) || assigned)
        return assigned;
    for (size_t i = 0; i < KEEL_COUNT_OF(statements); i++)
        if (keel_body_take(r, statements[i].word))
            return statements[i].read(r);
    if (keel_body_mark(r, 0, '(')) {
        r->at++;
        return read_query(r);
    }
    if (!keel_body_is_name(r, 0))
        return false;
    r->body->opaque++; /* CREATE, DROP, CALL, SET, ...: not for PREPARE */
    return keel_body_skip_statement(r);
}

static bool at_end(const keel_body_reader *r, const char *const *ends)
{
    for (; *ends != NULL; ends++)
        if (keel_body_is(r, 0, *ends))
            return true;
    return false;
}

bool keel_body_read_statements(keel_body_reader *r, const char *const *ends)
{
    if (++r->depth > DEEPEST)
        return false;
    while (!at_end(r, ends)) {
        if (keel_body_peek(r, 0).kind == KEEL_SQL_END || !read_statement(r))
            return false;
    }
    r->depth--;
    return true;
}
