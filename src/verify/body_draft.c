#include "verify/body_draft.h"

#include <stdlib.h>
#include <string.h>

keel_body_draft keel_body_start_draft(keel_arena *arena, const keel_body_piece *piece)
{
    keel_body_draft d = {.size = strlen(piece->sql)};

    d.text = keel_arena_strdup(arena, piece->sql);
    d.origin = keel_arena_alloc(arena, (d.size + 1) * sizeof *d.origin);
    d.stand = keel_arena_alloc(arena, (d.size + 1) * sizeof *d.stand);
    for (size_t i = 0; i < d.size; i++)
        d.origin[i] = piece->at + (i < piece->prefix ? 0 : i - piece->prefix);
    return d;
}

static keel_body_draft substitute(keel_arena *arena, const keel_body_draft *d, size_t start, size_t end, const char *text,
                        const keel_body_variable *variable)
{
    size_t length = strlen(text);
    keel_body_draft out = {.size = d->size - (end - start) + length};

    out.text = keel_arena_printf(arena, "%.*s%s%s", (int)start, d->text, text, d->text + end);
    out.origin = keel_arena_alloc(arena, (out.size + 1) * sizeof *out.origin);
    out.stand = keel_arena_alloc(arena, (out.size + 1) * sizeof *out.stand);
    for (size_t i = 0; i < out.size; i++) {
        bool new = i >= start && i < start + length;
        size_t from = i < start ? i : new ? start : i - length + (end - start);
        out.origin[i] = d->origin[from];
        out.stand[i] = new ? variable : d->stand[from];
    }
    return out;
}

static bool is_name(keel_sql_token token)
{
    return token.kind == KEEL_SQL_WORD || token.kind == KEEL_SQL_IDENTIFIER;
}

bool keel_body_read_chain(keel_arena *arena, const char *text, size_t size, size_t at, keel_body_chain *c)
{
    keel_sql_token token = keel_sql_next(text, size, at);

    *c = (keel_body_chain){.start = at};
    while (is_name(token) && c->count < KEEL_BODY_MOST_NAMES) {
        c->names[c->count] = keel_body_fold(arena, text + token.start, token.size);
        c->end = token.start + token.size;
        c->ends[c->count++] = c->end;
        if (c->end >= size || text[c->end] != '.')
            break;
        token = keel_sql_next(text, size, c->end + 1);
        c->star = token.kind == KEEL_SQL_OPERATOR && text[token.start] == '*' ? token.start + 1 : 0;
    }
    return c->count > 0;
}

/* The variable that a chain begins with, by itself or behind a label; how many of its names that takes. */
const keel_body_variable *keel_body_resolve(const keel_body_scope *scope, const keel_body_chain *c, size_t *ret_used)
{
    const keel_body_variable *variable = keel_body_find(scope, c->names[0]);

    *ret_used = 1;
    if (variable != NULL || c->count < 2)
        return variable;
    *ret_used = 2;
    return keel_body_find_in(scope, c->names[0], c->names[1]);
}

/* The two tokens before `at`. */
void keel_body_look_back(const keel_body_draft *d, size_t at, keel_sql_token before[2])
{
    for (size_t i = 0; i < at;) {
        keel_sql_token token = keel_sql_next(d->text, d->size, i);
        i = token.start + token.size;
        if (token.kind == KEEL_SQL_SPACE || token.kind == KEEL_SQL_COMMENT)
            continue;
        before[1] = before[0];
        before[0] = token;
    }
}

/* The first argument of a function, where "row.*" is the row as a whole. */
static bool is_argument(const keel_body_draft *d, size_t at)
{
    static const char *const lists[] = {"values", "row", "in", "select", "any"};
    keel_sql_token before[2] = {0};

    keel_body_look_back(d, at, before);
    if (!keel_sql_is_mark(d->text, before[0], '(') || !is_name(before[1]))
        return false;
    for (size_t i = 0; i < KEEL_COUNT_OF(lists); i++)
        if (keel_sql_is_word(d->text, before[1], lists[i]))
            return false;
    return true;
}

/* Puts the variable's expression where the chain stands; false if that cannot be done. */
bool keel_body_put_variable(keel_arena *arena, keel_body_draft *d, const keel_body_chain *c, const keel_body_variable *variable, size_t used)
{
    if (variable->relation != NULL) {
        *d = substitute(arena, d, c->start, c->ends[0], variable->relation, variable);
        return true;
    }
    if (variable->sql != NULL) {
        bool whole = c->star > 0 && used == c->count && is_argument(d, c->start);
        *d = substitute(arena, d, c->start, whole ? c->star : c->ends[used - 1], variable->sql, variable);
        return true;
    }
    if (c->star > 0)
        return false; /* all fields of a record that nobody knows */
    *d = substitute(arena, d, c->start, c->end, "NULL", variable);
    return true;
}

/* $1, $2, ... stand for parameters whatever the server thinks of them. */
bool keel_body_put_parameters(keel_arena *arena, keel_body_draft *d, const keel_body_scope *scope)
{
    for (size_t at = 0; at < d->size;) {
        keel_sql_token token = keel_sql_next(d->text, d->size, at);
        at = token.start + token.size;
        if (token.kind != KEEL_SQL_PARAMETER)
            continue;
        const keel_body_variable *variable =
            keel_body_parameter(scope, (int)strtol(d->text + token.start + 1, NULL, 10));
        if (variable == NULL)
            return false;
        const char *sql = variable->sql != NULL ? variable->sql : "NULL";
        *d = substitute(arena, d, token.start, at, sql, variable);
        at = token.start + strlen(sql);
    }
    return true;
}

/* Puts variables in wherever a name can hardly be anything else: one that no column has. */
void keel_body_put_likely(keel_arena *arena, keel_body_draft *d, const keel_body_scope *scope, const keel_map *columns)
{
    bool behind_dot = false;
    size_t used;
    keel_body_chain c;

    for (size_t at = 0; at < d->size;) {
        keel_sql_token token = keel_sql_next(d->text, d->size, at);
        size_t end = token.start + token.size;
        if (!is_name(token) || behind_dot || d->stand[at] != NULL || !keel_body_read_chain(arena, d->text, d->size, at, &c)) {
            behind_dot = keel_sql_is_mark(d->text, token, '.');
            at = end;
            continue;
        }
        const keel_body_variable *variable = keel_body_resolve(scope, &c, &used);
        size_t size = d->size;
        bool put = variable != NULL && keel_map_get(columns, c.names[0]) == NULL &&
                   keel_body_put_variable(arena, d, &c, variable, used);
        at = put ? KEEL_MAX(c.end, c.star) + d->size - size : c.end;
    }
}
