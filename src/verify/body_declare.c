/* DECLARE: names, and an expression that stands for a value of each one's type. */
#include <string.h>

#include "base/str.h"
#include "verify/body_inside.h"

static void declare(keel_body_reader *r, const char *name, const char *sql, bool composite)
{
    keel_body_add_variable(r->arena, r->scope, name, sql, composite);
}

static bool ends_with(const keel_body_reader *r, keel_body_span type, const char *word)
{
    if (type.to - type.from < 3)
        return false;
    keel_sql_token percent = r->tokens.items[type.to - 2];
    return keel_sql_is_word(r->source, r->tokens.items[type.to - 1], word) && percent.kind == KEEL_SQL_OPERATOR &&
           r->source[percent.start] == '%';
}

/* name%TYPE is another variable's, or a column's: table.column or schema.table.column. The column is looked up too. */
static void declare_like(keel_body_reader *r, const char *name, keel_body_span type)
{
    keel_body_span named = {type.from, type.to - 2};
    size_t parts = named.to - named.from;
    const keel_body_variable *other = parts == 1 ? keel_body_find(r->scope, keel_body_name(r, named.from)) : NULL;

    if (other != NULL)
        declare(r, name, other->sql, other->composite);
    if (parts == 1 || parts % 2 == 0 || keel_body_find(r->scope, keel_body_name(r, named.from)) != NULL) {
        if (other == NULL)
            declare(r, name, NULL, false);
        return;
    }
    const char *table = keel_body_text(r, (keel_body_span){named.from, named.to - 2});
    const char *column = keel_body_text(r, (keel_body_span){named.to - 1, named.to});
    keel_body_piece piece = {
        .sql = keel_arena_printf(r->arena, "SELECT %s FROM %s", column, table),
        .at = r->tokens.items[named.from].start,
        .prefix = strlen("SELECT  FROM ") + strlen(column) + strlen(table),
        .scope = NULL,
    };
    keel_arena_push(r->arena, &r->body->pieces, piece);
    declare(r, name, keel_arena_printf(r->arena, "(SELECT %s FROM %s LIMIT 0)", column, table), false);
}

static void declare_of_type(keel_body_reader *r, const char *name, keel_body_span type)
{
    if (ends_with(r, type, "type")) {
        declare_like(r, name, type);
        return;
    }
    if (ends_with(r, type, "rowtype"))
        type.to -= 2;
    const char *text = keel_body_text(r, type);
    if (type.to - type.from == 1 && strcasecmp(text, "record") == 0)
        declare(r, name, NULL, false);
    else
        declare(r, name, keel_arena_printf(r->arena, "(CAST(NULL AS %s))", text), true);
}

/* (name type, ...): the cursor's own variables. */
static bool read_cursor_arguments(keel_body_reader *r)
{
    int depth = 1;

    if (!keel_body_take_mark(r, '('))
        return true;
    while (depth > 0) {
        if (!keel_body_is_name(r, 0))
            return false;
        const char *name = keel_body_name(r, r->at++);
        keel_body_span type = {r->at, r->at};
        for (; depth > 0 && !(depth == 1 && keel_body_mark(r, 0, ',')); r->at++) {
            if (keel_body_peek(r, 0).kind == KEEL_SQL_END)
                return false;
            depth += keel_body_mark(r, 0, '(');
            depth -= keel_body_mark(r, 0, ')');
            type.to = depth > 0 ? r->at + 1 : r->at;
        }
        r->at += depth > 0; /* the comma */
        if (type.from == type.to)
            return false;
        declare_of_type(r, name, type);
    }
    return true;
}

static bool read_cursor(keel_body_reader *r, const char *name)
{
    static const char *const none[] = {NULL};
    keel_body_span query;

    declare(r, name, "(CAST(NULL AS pg_catalog.refcursor))", true);
    keel_body_open_scope(r); /* for its arguments */
    bool read = read_cursor_arguments(r) && (keel_body_take(r, "for") || keel_body_take(r, "is")) &&
                keel_body_until(r, none, true, &query);
    if (read)
        keel_body_add_query(r, query, false);
    keel_body_close_scope(r);
    return read && keel_body_take_mark(r, ';');
}

/* name ALIAS FOR other; */
static bool read_alias(keel_body_reader *r, const char *name)
{
    keel_sql_token token = keel_body_peek(r, 0);
    const keel_body_variable *other = NULL;

    if (token.kind == KEEL_SQL_PARAMETER)
        other = keel_body_parameter(r->scope, (int)strtol(r->source + token.start + 1, NULL, 10));
    else if (keel_body_is_name(r, 0))
        other = keel_body_find(r->scope, keel_body_name(r, r->at));
    if (other == NULL)
        return false;
    declare(r, name, other->sql, other->composite);
    r->at++;
    return keel_body_take_mark(r, ';');
}

static bool at_value(const keel_body_reader *r)
{
    bool assigned = keel_body_operator(r, 0, "=") ||
                    (keel_body_mark(r, 0, ':') && keel_body_operator(r, 1, "="));

    return assigned || keel_body_is(r, 0, "default");
}

/* The type ends before what may follow it. */
static bool read_type(keel_body_reader *r, keel_body_span *ret_type)
{
    int depth = 0;

    ret_type->from = r->at;
    for (;; r->at++) {
        bool stop = at_value(r) || keel_body_mark(r, 0, ';') || keel_body_is(r, 0, "collate") ||
                    (keel_body_is(r, 0, "not") && keel_body_is(r, 1, "null"));
        if (keel_body_peek(r, 0).kind == KEEL_SQL_END)
            return false;
        if (depth == 0 && stop)
            break;
        depth += keel_body_mark(r, 0, '(') - keel_body_mark(r, 0, ')');
    }
    ret_type->to = r->at;
    return ret_type->to > ret_type->from;
}

static bool read_variable(keel_body_reader *r, const char *name)
{
    static const char *const none[] = {NULL};
    keel_body_span type;
    keel_body_span value;

    keel_body_take(r, "constant");
    if (!read_type(r, &type))
        return false;
    if (keel_body_take(r, "collate"))
        for (r->at++; keel_body_take_mark(r, '.');)
            r->at++;
    if (keel_body_take(r, "not") && !keel_body_take(r, "null"))
        return false;
    if (at_value(r)) {
        r->at += keel_body_mark(r, 0, ':') ? 2 : 1;
        if (!keel_body_until(r, none, true, &value))
            return false;
        keel_body_add_expression(r, value);
    }
    declare_of_type(r, name, type);
    return keel_body_take_mark(r, ';');
}

bool keel_body_read_declarations(keel_body_reader *r)
{
    while (!keel_body_is(r, 0, "begin")) {
        if (keel_body_take(r, "declare"))
            continue;
        if (!keel_body_is_name(r, 0))
            return false;
        const char *name = keel_body_name(r, r->at++);
        bool scroll = keel_body_is(r, 0, "scroll") || (keel_body_is(r, 0, "no") && keel_body_is(r, 1, "scroll"));
        if (scroll)
            r->at += keel_body_is(r, 0, "no") ? 2 : 1;
        bool read = keel_body_take(r, "cursor") ? read_cursor(r, name)
                    : keel_body_is(r, 0, "alias") && keel_body_is(r, 1, "for") ? (r->at += 2, read_alias(r, name))
                                                                               : read_variable(r, name);
        if (!read)
            return false;
    }
    return true;
}
