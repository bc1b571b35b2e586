/* A column of CREATE TABLE: its name, its type, its constraints. */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "sqlite/ddl_parser.h"

keel_sqlite_column *keel_ddl_current_column(keel_ddl *ddl)
{
    return &ddl->table->columns.items[ddl->table->columns.count - 1];
}

static bool type_arguments(keel_ddl *ddl, keel_str *type)
{
    if (!keel_ddl_accept(ddl, "("))
        return true;
    keel_str_addc(type, '(');
    for (; !keel_token_is(keel_ddl_peek(ddl), ")"); ddl->at++) {
        const keel_token *token = keel_ddl_peek(ddl);
        if (token->kind == KEEL_TOKEN_END || token->kind == KEEL_TOKEN_ILLEGAL ||
            keel_token_is(token, "("))
            return keel_ddl_fail(ddl, "the type is not closed");
        keel_str_addn(type, token->start, token->size);
    }
    ddl->at++;
    keel_str_addc(type, ')');
    return true;
}

/* GENERATED and ALWAYS are plain words to the tokenizer, so the type ends in front of them by
 * looking. */
static bool starts_generated(const keel_ddl *ddl)
{
    return keel_token_is(keel_ddl_peek(ddl), "GENERATED") &&
           keel_token_is(keel_ddl_peek(ddl) + 1, "ALWAYS");
}

static bool type(keel_ddl *ddl)
{
    KEEL_CLEANUP(keel_str_free) keel_str words = {0};

    while (keel_token_is_name(keel_ddl_peek(ddl)) && !starts_generated(ddl)) {
        if (words.size > 0)
            keel_str_addc(&words, ' ');
        keel_str_add(&words, keel_token_unquote(ddl->arena, keel_ddl_peek(ddl)));
        ddl->at++;
    }
    if (words.size > 0 && !type_arguments(ddl, &words))
        return false;
    keel_ddl_set_type(ddl->arena, keel_ddl_current_column(ddl), keel_str_text(&words), false);
    return true;
}

const keel_expr *keel_ddl_parse_default(keel_arena *arena, const char *sql)
{
    const keel_expr *tree = NULL;
    keel_error unreadable;

    if (!keel_expr_parse(arena, sql, &tree, &unreadable))
        return NULL;
    if (tree->kind != KEEL_EXPR_COLUMN)
        return tree;
    keel_expr *text = keel_arena_alloc(arena, sizeof *text);
    *text = *tree;
    text->kind = KEEL_EXPR_TEXT;
    return text;
}

static bool is_sign(const keel_token *token)
{
    return keel_token_is(token, "-") || keel_token_is(token, "+");
}

/* DEFAULT (expression), or one term with at most a sign. */
static bool default_value(keel_ddl *ddl)
{
    keel_sqlite_column *column = keel_ddl_current_column(ddl);
    keel_ddl_span span = {ddl->at, ddl->at};

    if (keel_token_is(keel_ddl_peek(ddl), "(")) {
        if (!keel_ddl_parentheses(ddl, &span))
            return false;
    } else {
        ddl->at += is_sign(keel_ddl_peek(ddl));
        const keel_token *term = keel_ddl_peek(ddl);
        bool is_null = keel_token_is(term, "NULL");
        if (term->kind == KEEL_TOKEN_END || term->kind == KEEL_TOKEN_ILLEGAL ||
            term->kind == KEEL_TOKEN_OPERATOR || (keel_token_is_reserved(term) && !is_null))
            return keel_ddl_fail(ddl, "the default is missing");
        span.last = ddl->at++;
    }
    column->default_sql = keel_ddl_text(ddl, span);
    column->default_expr = keel_ddl_parse_default(ddl->arena, column->default_sql);
    return true;
}

static bool generated(keel_ddl *ddl)
{
    keel_sqlite_column *column = keel_ddl_current_column(ddl);
    keel_ddl_span span = {0};

    if (!keel_ddl_parentheses(ddl, &span))
        return false;
    column->generated_sql = keel_ddl_text(ddl, span);
    column->generated_expr = keel_ddl_expression(ddl, column->generated_sql);
    column->generated =
        keel_ddl_accept(ddl, "STORED") ? KEEL_GENERATED_STORED : KEEL_GENERATED_VIRTUAL;
    keel_ddl_accept(ddl, "VIRTUAL");
    return true;
}

/* A key or unique index of this one column. */
static keel_sqlite_index own_index(keel_ddl *ddl, char origin)
{
    keel_sqlite_column *column = keel_ddl_current_column(ddl);
    keel_sqlite_index index = {.origin = origin, .unique = true, .part_count = 1};

    index.constraint_name = keel_ddl_take_constraint_name(ddl);
    index.parts = keel_arena_alloc(ddl->arena, sizeof *index.parts);
    index.parts[0] = (keel_sqlite_index_part){.column = column->name, .sql = column->name};
    return index;
}

/* "UNIQUE of "email"": what a conflict clause belongs to. */
static const char *of_column(keel_ddl *ddl, const char *constraint)
{
    return keel_arena_printf(ddl->arena, "\"%s\" %s", keel_ddl_current_column(ddl)->name,
                             constraint);
}

static bool primary_key(keel_ddl *ddl)
{
    keel_sqlite_index key = own_index(ddl, 'p');

    key.parts[0].descending = keel_ddl_accept(ddl, "DESC");
    keel_ddl_accept(ddl, "ASC");
    if (!keel_ddl_conflict(ddl, of_column(ddl, "PRIMARY KEY")))
        return false;
    if (keel_ddl_accept(ddl, "AUTOINCREMENT"))
        ddl->table->autoincrement = true;
    return keel_ddl_primary_key(ddl, &key, key.parts[0].descending);
}

static bool not_null(keel_ddl *ddl)
{
    keel_ddl_take_constraint_name(ddl);
    keel_ddl_current_column(ddl)->not_null = true;
    return keel_ddl_conflict(ddl, of_column(ddl, "NOT NULL"));
}

static bool unique(keel_ddl *ddl)
{
    keel_sqlite_index index = own_index(ddl, 'u');

    keel_arena_push(ddl->arena, &ddl->table->indexes, index);
    return keel_ddl_conflict(ddl, of_column(ddl, "UNIQUE"));
}

static bool references(keel_ddl *ddl)
{
    const char **columns = keel_arena_alloc(ddl->arena, sizeof *columns);

    columns[0] = keel_ddl_current_column(ddl)->name;
    return keel_ddl_references(ddl, columns, 1);
}

static bool collation(keel_ddl *ddl)
{
    const char *name = NULL;

    if (!keel_ddl_name(ddl, &name))
        return false;
    keel_ddl_current_column(ddl)->collation = keel_ddl_collation(name);
    return true;
}

/* DEFERRABLE may stand apart from its REFERENCES; it means the last one. */
static bool late_deferral(keel_ddl *ddl, bool *ret_found)
{
    size_t start = ddl->at;
    keel_sqlite_foreign_key unused = {0};
    size_t count = ddl->table->foreign_keys.count;
    keel_sqlite_foreign_key *last =
        count > 0 ? &ddl->table->foreign_keys.items[count - 1] : &unused;

    bool read = keel_ddl_deferral(ddl, last);
    *ret_found = ddl->at > start;
    return read;
}

/* *ret_more is false where no constraint starts. */
static bool constraint(keel_ddl *ddl, bool *ret_more)
{
    *ret_more = true;
    if (keel_ddl_accept(ddl, "CONSTRAINT"))
        return keel_ddl_name(ddl, &ddl->constraint_name);
    if (keel_ddl_accept(ddl, "DEFAULT"))
        return default_value(ddl);
    if (keel_ddl_accept_both(ddl, "NOT", "NULL"))
        return not_null(ddl);
    if (keel_ddl_accept(ddl, "NULL"))
        return keel_ddl_conflict(ddl, "NULL");
    if (keel_ddl_accept_both(ddl, "PRIMARY", "KEY"))
        return primary_key(ddl);
    if (keel_ddl_accept(ddl, "UNIQUE"))
        return unique(ddl);
    if (keel_ddl_accept(ddl, "CHECK"))
        return keel_ddl_check(ddl);
    if (keel_ddl_accept(ddl, "REFERENCES"))
        return references(ddl);
    if (keel_ddl_accept(ddl, "COLLATE"))
        return collation(ddl);
    if (keel_ddl_accept_both(ddl, "GENERATED", "ALWAYS"))
        return keel_ddl_expect(ddl, "AS") && generated(ddl);
    if (keel_ddl_accept(ddl, "AS"))
        return generated(ddl);
    return late_deferral(ddl, ret_more);
}

bool keel_ddl_column(keel_ddl *ddl)
{
    keel_sqlite_column column = {.collation = "BINARY"};

    if (!keel_ddl_name(ddl, &column.name))
        return false;
    keel_arena_push(ddl->arena, &ddl->table->columns, column);
    if (!type(ddl))
        return false;
    for (bool more = true; more;)
        if (!constraint(ddl, &more))
            return false;
    keel_ddl_take_constraint_name(ddl);
    return true;
}
