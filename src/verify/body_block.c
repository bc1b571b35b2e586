/* Blocks and loops of PL/pgSQL, and the body as a whole. */
#include <string.h>

#include "verify/body_inside.h"

/* WHEN condition [OR condition]... THEN: what it says about the statements that it guards. */
static bool read_conditions(keel_body_reader *r, bool *excused, bool *swallowed)
{
    static const char *const then[] = {"then", NULL};
    static const char *const excuses[] = {"undefined_column", "undefined_table", "undefined_object", "undefined_function",
                                          "invalid_schema_name", "syntax_error_or_access_rule_violation", "sqlstate",
                                          NULL};
    static const char *const others[] = {"others", NULL};
    keel_body_span conditions;

    if (!keel_body_until(r, then, false, &conditions))
        return false;
    *excused = *excused || keel_body_has_word(r, conditions, excuses);
    *swallowed = *swallowed || keel_body_has_word(r, conditions, others);
    return keel_body_take(r, "then");
}

static bool read_handlers(keel_body_reader *r, size_t first_piece)
{
    static const char *const ends[] = {"when", "end", NULL};
    size_t guarded = r->body->pieces.count;
    bool excused = false;
    bool swallowed = false;

    while (keel_body_take(r, "when"))
        if (!read_conditions(r, &excused, &swallowed) || !keel_body_read_statements(r, ends))
            return false;
    for (size_t i = first_piece; i < guarded; i++) {
        r->body->pieces.items[i].excused = r->body->pieces.items[i].excused || excused;
        r->body->pieces.items[i].swallowed = r->body->pieces.items[i].swallowed || swallowed;
    }
    return true;
}

static bool read_inside_block(keel_body_reader *r)
{
    static const char *const ends[] = {"exception", "end", NULL};

    if (keel_body_take(r, "declare") && !keel_body_read_declarations(r))
        return false;
    if (!keel_body_take(r, "begin"))
        return false;
    size_t first = r->body->pieces.count;
    if (!keel_body_read_statements(r, ends))
        return false;
    if (keel_body_take(r, "exception") && !read_handlers(r, first))
        return false;
    if (!keel_body_take(r, "end"))
        return false;
    r->at += keel_body_is_name(r, 0); /* the label again */
    return true;
}

bool keel_body_read_block(keel_body_reader *r)
{
    keel_body_open_scope(r);
    bool read = read_inside_block(r);
    keel_body_close_scope(r);
    return read;
}

bool keel_body_read_loop(keel_body_reader *r)
{
    static const char *const ends[] = {"end", NULL};

    if (!keel_body_read_statements(r, ends) || !keel_body_take(r, "end") || !keel_body_take(r, "loop"))
        return false;
    r->at += keel_body_is_name(r, 0);
    return keel_body_take_mark(r, ';');
}

/* Where ".." stands outside of parentheses; span.to if nowhere. */
static size_t find_range(const keel_body_reader *r, keel_body_span span)
{
    int depth = 0;

    for (size_t i = span.from; i + 1 < span.to; i++) {
        keel_sql_token a = r->tokens.items[i];
        keel_sql_token b = r->tokens.items[i + 1];
        depth += keel_sql_is_mark(r->source, a, '(') - keel_sql_is_mark(r->source, a, ')');
        if (depth == 0 && keel_sql_is_mark(r->source, a, '.') && keel_sql_is_mark(r->source, b, '.') &&
            b.start == a.start + 1)
            return i;
    }
    return span.to;
}

/* [REVERSE] a .. b [BY c]: the variable is the loop's own, an int. */
static bool read_integer_loop(keel_body_reader *r, keel_body_span target, keel_body_span range, size_t dots)
{
    size_t by = dots + 2;

    while (by < range.to && !keel_sql_is_word(r->source, r->tokens.items[by], "by"))
        by++;
    range.from += keel_sql_is_word(r->source, r->tokens.items[range.from], "reverse");
    keel_body_add_expression(r, (keel_body_span){range.from, dots});
    keel_body_add_expression(r, (keel_body_span){dots + 2, by});
    if (by + 1 < range.to)
        keel_body_add_expression(r, (keel_body_span){by + 1, range.to});
    keel_body_open_scope(r);
    keel_body_add_variable(r->arena, r->scope, keel_body_name(r, target.from), "(CAST(NULL AS int))", true);
    bool read = keel_body_read_loop(r);
    keel_body_close_scope(r);
    return read;
}

static bool begins_query(const keel_body_reader *r, keel_body_span span)
{
    static const char *const words[] = {"select", "insert", "update", "delete", "with", "merge", "values", "table"};
    keel_sql_token first = r->tokens.items[span.from];
    bool query = keel_sql_is_mark(r->source, first, '(');

    for (size_t i = 0; i < KEEL_COUNT_OF(words); i++)
        query = query || keel_sql_is_word(r->source, first, words[i]);
    return query;
}

/* Over a query, or over a cursor, whose record is the loop's own. */
static bool read_row_loop(keel_body_reader *r, keel_body_span target, keel_body_span rows)
{
    bool query = begins_query(r, rows);

    if (query)
        keel_body_add_query(r, rows, false);
    keel_body_open_scope(r);
    if (!query)
        keel_body_add_variable(r->arena, r->scope, keel_body_name(r, target.from), NULL, false);
    bool read = keel_body_read_loop(r);
    keel_body_close_scope(r);
    return read;
}

static bool read_execute_loop(keel_body_reader *r)
{
    static const char *const ends[] = {"using", "loop", NULL};
    static const char *const loop[] = {"loop", NULL};
    keel_body_span part;

    r->body->opaque++;
    if (!keel_body_until(r, ends, false, &part))
        return false;
    keel_body_add_expression(r, part);
    if (keel_body_take(r, "using")) {
        if (!keel_body_until(r, loop, false, &part))
            return false;
        keel_body_add_expression(r, part);
    }
    r->label = NULL;
    return keel_body_take(r, "loop") && keel_body_read_loop(r);
}

bool keel_body_read_for(keel_body_reader *r)
{
    static const char *const in[] = {"in", NULL};
    static const char *const loop[] = {"loop", NULL};
    keel_body_span target;
    keel_body_span rows;

    if (!keel_body_until(r, in, false, &target) || target.from == target.to || !keel_body_take(r, "in"))
        return false;
    if (keel_body_take(r, "execute"))
        return read_execute_loop(r);
    if (!keel_body_until(r, loop, false, &rows) || rows.from == rows.to || !keel_body_take(r, "loop"))
        return false;
    size_t dots = find_range(r, rows);
    return dots < rows.to ? read_integer_loop(r, target, rows, dots) : read_row_loop(r, target, rows);
}

static bool mentions(const keel_body_reader *r, const char *const *words)
{
    return keel_body_has_word(r, (keel_body_span){0, r->tokens.count}, words);
}

/* Does it ask the catalogue or the row itself what is there, before it uses it? */
static bool asks_schema(const keel_body_reader *r)
{
    static const char *const words[] = {"to_regclass", "information_schema", "pg_class", "pg_tables", "pg_views",
                                        "pg_attribute", "pg_namespace", "pg_table_is_visible", "has_table_privilege",
                                        "has_column_privilege", "jsonb_exists", "exist", "pg_inherits", "table_exists",
                                        NULL};

    for (size_t i = 0; i < r->tokens.count; i++)
        if (r->tokens.items[i].kind == KEEL_SQL_OPERATOR && r->source[r->tokens.items[i].start] == '?')
            return true;
    return mentions(r, words);
}

/* EXECUTE of a text with CREATE or ALTER in it, and a place in it that is filled in. */
static bool makes_unnamed(const keel_body_reader *r)
{
    static const char *const execute[] = {"execute", NULL};
    bool execs = mentions(r, execute);

    return execs && (strcasestr(r->source, "create") != NULL || strcasestr(r->source, "rename") != NULL) &&
           (strchr(r->source, '%') != NULL || strstr(r->source, "||") != NULL);
}

/* #variable_conflict use_column and the like stand before the block. */
static void skip_directives(keel_body_reader *r)
{
    while (keel_body_operator(r, 0, "#"))
        r->at += 3;
}

bool keel_body_read_plpgsql(keel_arena *arena, const char *source, const keel_body_scope *outermost, keel_body *ret_body)
{
    keel_body body = {0};
    keel_body_reader r = {.arena = arena, .source = source, .outermost = outermost, .body = &body};

    keel_body_tokenize(&r);
    body.asks_schema = asks_schema(&r);
    body.makes_unnamed = makes_unnamed(&r);
    skip_directives(&r);
    if (keel_body_operator(&r, 0, "<<")) {
        if (!keel_body_is_name(&r, 1) || !keel_body_operator(&r, 2, ">>"))
            return false;
        r.label = keel_body_name(&r, 1 + r.at);
        r.at += 3;
    }
    if (!keel_body_read_block(&r))
        return false;
    keel_body_take_mark(&r, ';');
    if (keel_body_peek(&r, 0).kind != KEEL_SQL_END)
        return false;
    *ret_body = body;
    return true;
}
