/* The parts of indexes and keys, and CREATE INDEX. */
#include <strings.h>

#include "sqlite/ddl_parser.h"

/* The end of the part that starts here: the token in front of a comma or of the closing
 * parenthesis. */
static bool find_part(keel_ddl *ddl, keel_ddl_span *ret_span)
{
    size_t first = ddl->at;

    for (int depth = 0;; ddl->at++) {
        const keel_token *token = keel_ddl_peek(ddl);
        if (token->kind == KEEL_TOKEN_END || token->kind == KEEL_TOKEN_ILLEGAL)
            return keel_ddl_fail(ddl, "a parenthesis is missing");
        if (depth == 0 && (keel_token_is(token, ",") || keel_token_is(token, ")")))
            break;
        depth += keel_token_is(token, "(") - keel_token_is(token, ")");
    }
    if (ddl->at == first)
        return keel_ddl_fail(ddl, "a column is missing");
    *ret_span = (keel_ddl_span){first, ddl->at - 1};
    return true;
}

static bool ends_with(const keel_ddl *ddl, keel_ddl_span span, const char *word)
{
    return span.last > span.first && keel_token_is(&ddl->tokens.items[span.last], word);
}

/* Takes ASC, DESC and AUTOINCREMENT off the end. */
static keel_ddl_span strip_order(keel_ddl *ddl, keel_ddl_span span, keel_sqlite_index_part *part)
{
    if (ends_with(ddl, span, "AUTOINCREMENT")) {
        ddl->table->autoincrement = true;
        span.last--;
    }
    part->descending = ends_with(ddl, span, "DESC");
    if (part->descending || ends_with(ddl, span, "ASC"))
        span.last--;
    return span;
}

/* A plain column may carry a collation; a text literal in its place is the name of a column. */
static void understand(keel_sqlite_index_part *part)
{
    const keel_expr *tree = part->expr;

    if (tree != NULL && tree->kind == KEEL_EXPR_COLLATE) {
        part->collation = keel_ddl_collation(tree->text);
        tree = tree->args[0];
    }
    if (tree != NULL && (tree->kind == KEEL_EXPR_COLUMN || tree->kind == KEEL_EXPR_TEXT))
        part->column = tree->text;
}

static bool read_part(keel_ddl *ddl, keel_sqlite_index_part *ret_part)
{
    keel_sqlite_index_part part = {0};
    keel_ddl_span span = {0};

    if (!find_part(ddl, &span))
        return false;
    span = strip_order(ddl, span, &part);
    part.sql = keel_ddl_text(ddl, span);
    part.expr = keel_ddl_expression(ddl, part.sql);
    understand(&part);
    *ret_part = part;
    return true;
}

bool keel_ddl_parts(keel_ddl *ddl, keel_sqlite_index *index)
{
    struct {
        keel_sqlite_index_part *items;
        size_t count, capacity;
    } parts = {0};

    if (!keel_ddl_expect(ddl, "("))
        return false;
    do {
        keel_sqlite_index_part part;
        if (!read_part(ddl, &part))
            return false;
        keel_arena_push(ddl->arena, &parts, part);
    } while (keel_ddl_accept(ddl, ","));
    index->parts = parts.items;
    index->part_count = parts.count;
    return keel_ddl_expect(ddl, ")");
}

static bool where(keel_ddl *ddl, keel_sqlite_index *index)
{
    if (!keel_ddl_accept(ddl, "WHERE"))
        return true;
    keel_ddl_span span = {ddl->at, ddl->at};
    while (keel_ddl_peek(ddl)->kind != KEEL_TOKEN_END && !keel_token_is(keel_ddl_peek(ddl), ";"))
        ddl->at++;
    if (ddl->at == span.first)
        return keel_ddl_fail(ddl, "a condition is missing");
    span.last = ddl->at - 1;
    index->where_sql = keel_ddl_text(ddl, span);
    index->where_expr = keel_ddl_expression(ddl, index->where_sql);
    return true;
}

bool keel_ddl_parse_index(keel_arena *arena,
                          const char *sql,
                          keel_sqlite_index *index,
                          keel_error *err)
{
    keel_sqlite_table nowhere = {0}; /* AUTOINCREMENT has no meaning in an index */
    keel_ddl ddl = {.arena = arena, .table = &nowhere, .err = err};
    const char *table;

    keel_tokenize(arena, sql, &ddl.tokens);
    index->origin = 'c';
    index->sql = sql;
    if (!keel_ddl_expect(&ddl, "CREATE"))
        return false;
    index->unique = keel_ddl_accept(&ddl, "UNIQUE");
    if (!keel_ddl_expect(&ddl, "INDEX"))
        return false;
    if (keel_ddl_accept_both(&ddl, "IF", "NOT") && !keel_ddl_expect(&ddl, "EXISTS"))
        return false;
    if (!keel_ddl_name(&ddl, &index->name))
        return false;
    if (keel_ddl_accept(&ddl, ".") && !keel_ddl_name(&ddl, &index->name))
        return false;
    if (!keel_ddl_expect(&ddl, "ON") || !keel_ddl_name(&ddl, &table))
        return false;
    if (!keel_ddl_parts(&ddl, index) || !where(&ddl, index))
        return false;
    keel_ddl_accept(&ddl, ";");
    return keel_ddl_peek(&ddl)->kind == KEEL_TOKEN_END ||
           keel_ddl_fail(&ddl, "something follows the index");
}
