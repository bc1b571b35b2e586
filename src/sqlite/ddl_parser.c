#include "sqlite/ddl_parser.h"

#include <strings.h>

const keel_token *keel_ddl_peek(const keel_ddl *ddl)
{
    return &ddl->tokens.items[ddl->at];
}

bool keel_ddl_accept(keel_ddl *ddl, const char *text)
{
    if (!keel_token_is(keel_ddl_peek(ddl), text))
        return false;
    ddl->at++;
    return true;
}

bool keel_ddl_accept_both(keel_ddl *ddl, const char *first, const char *second)
{
    if (!keel_ddl_accept(ddl, first))
        return false;
    if (keel_ddl_accept(ddl, second))
        return true;
    ddl->at--;
    return false;
}

bool keel_ddl_fail(keel_ddl *ddl, const char *message)
{
    return keel_token_fail(&ddl->tokens, ddl->at, ddl->err, message);
}

bool keel_ddl_expect(keel_ddl *ddl, const char *text)
{
    if (keel_ddl_accept(ddl, text))
        return true;
    return keel_ddl_fail(ddl, keel_arena_printf(ddl->arena, "%s is missing", text));
}

bool keel_ddl_name(keel_ddl *ddl, const char **ret_name)
{
    if (!keel_token_is_name(keel_ddl_peek(ddl)))
        return keel_ddl_fail(ddl, "a name is missing");
    *ret_name = keel_token_unquote(ddl->arena, keel_ddl_peek(ddl));
    ddl->at++;
    return true;
}

const char *keel_ddl_take_constraint_name(keel_ddl *ddl)
{
    const char *name = ddl->constraint_name;

    ddl->constraint_name = NULL;
    return name;
}

bool keel_ddl_parentheses(keel_ddl *ddl, keel_ddl_span *ret_span)
{
    if (!keel_ddl_expect(ddl, "("))
        return false;
    size_t first = ddl->at;
    for (int depth = 1; depth > 0; ddl->at++) {
        if (keel_ddl_peek(ddl)->kind == KEEL_TOKEN_END ||
            keel_ddl_peek(ddl)->kind == KEEL_TOKEN_ILLEGAL)
            return keel_ddl_fail(ddl, "a parenthesis is missing");
        depth += keel_token_is(keel_ddl_peek(ddl), "(") - keel_token_is(keel_ddl_peek(ddl), ")");
    }
    *ret_span = (keel_ddl_span){first, ddl->at - 2};
    return true;
}

char *keel_ddl_text(const keel_ddl *ddl, keel_ddl_span span)
{
    if (span.last < span.first)
        return keel_arena_strdup(ddl->arena, "");
    return keel_token_slice(ddl->arena, &ddl->tokens.items[span.first],
                            &ddl->tokens.items[span.last]);
}

const keel_expr *keel_ddl_expression(keel_ddl *ddl, const char *sql)
{
    const keel_expr *tree = NULL;
    keel_error unreadable;

    return keel_expr_parse(ddl->arena, sql, &tree, &unreadable) ? tree : NULL;
}

bool keel_ddl_conflict(keel_ddl *ddl, const char *constraint)
{
    static const char *const resolutions[] = {"ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE"};

    if (!keel_ddl_accept_both(ddl, "ON", "CONFLICT"))
        return true;
    for (size_t i = 0; i < KEEL_COUNT_OF(resolutions); i++) {
        if (!keel_ddl_accept(ddl, resolutions[i]))
            continue;
        const char *clause =
            keel_arena_printf(ddl->arena, "%s ON CONFLICT %s", constraint, resolutions[i]);
        if (!keel_streq(resolutions[i], "ABORT"))
            keel_arena_push(ddl->arena, &ddl->table->conflict_clauses, clause);
        return true;
    }
    return keel_ddl_fail(ddl, "not a conflict resolution");
}

bool keel_ddl_check(keel_ddl *ddl)
{
    keel_sqlite_check check = {.name = keel_ddl_take_constraint_name(ddl)};
    keel_ddl_span span = {0};

    if (!keel_ddl_parentheses(ddl, &span))
        return false;
    check.sql = keel_ddl_text(ddl, span);
    check.expr = keel_ddl_expression(ddl, check.sql);
    keel_arena_push(ddl->arena, &ddl->table->checks, check);
    return keel_ddl_conflict(ddl, "CHECK");
}

static bool parent_columns(keel_ddl *ddl, keel_sqlite_foreign_key *key)
{
    struct {
        const char **items;
        size_t count, capacity;
    } names = {0};

    if (!keel_ddl_accept(ddl, "("))
        return true;
    do {
        const char *name = NULL;
        if (!keel_ddl_name(ddl, &name))
            return false;
        keel_arena_push(ddl->arena, &names, name);
    } while (keel_ddl_accept(ddl, ","));
    if (names.count != key->count)
        return keel_ddl_fail(
            ddl, "the foreign key and its parent key differ in their number of columns");
    key->parent_columns = names.items;
    return keel_ddl_expect(ddl, ")");
}

static bool action(keel_ddl *ddl, const char **ret_action)
{
    static const char *const actions[][2] = {{"NO", "ACTION"}, {"SET", "NULL"}, {"SET", "DEFAULT"}};
    static const char *const names[] = {"NO ACTION", "SET NULL", "SET DEFAULT"};

    for (size_t i = 0; i < KEEL_COUNT_OF(names); i++) {
        if (keel_ddl_accept_both(ddl, actions[i][0], actions[i][1])) {
            *ret_action = names[i];
            return true;
        }
    }
    if (keel_ddl_accept(ddl, "CASCADE"))
        *ret_action = "CASCADE";
    else if (keel_ddl_accept(ddl, "RESTRICT"))
        *ret_action = "RESTRICT";
    else
        return keel_ddl_fail(ddl, "not an action of a foreign key");
    return true;
}

bool keel_ddl_deferral(keel_ddl *ddl, keel_sqlite_foreign_key *key)
{
    bool immediate = keel_ddl_accept_both(ddl, "NOT", "DEFERRABLE");

    if (!immediate && !keel_ddl_accept(ddl, "DEFERRABLE"))
        return true;
    if (!keel_ddl_accept(ddl, "INITIALLY"))
        return true;
    bool deferred = keel_ddl_accept(ddl, "DEFERRED");
    key->deferrable_initially_deferred = deferred && !immediate;
    return deferred || keel_ddl_expect(ddl, "IMMEDIATE");
}

bool keel_ddl_references(keel_ddl *ddl, const char **columns, size_t count)
{
    keel_sqlite_foreign_key key = {.name = keel_ddl_take_constraint_name(ddl),
                                   .columns = columns,
                                   .count = count,
                                   .on_delete = "NO ACTION",
                                   .on_update = "NO ACTION"};
    const char *ignored;

    if (!keel_ddl_name(ddl, &key.parent) || !parent_columns(ddl, &key))
        return false;
    for (;;) {
        bool read = true;
        if (keel_ddl_accept_both(ddl, "ON", "DELETE"))
            read = action(ddl, &key.on_delete);
        else if (keel_ddl_accept_both(ddl, "ON", "UPDATE"))
            read = action(ddl, &key.on_update);
        else if (keel_ddl_accept_both(ddl, "ON", "INSERT")) /* accepted and ignored by SQLite */
            read = action(ddl, &ignored);
        else if (keel_ddl_accept(ddl, "MATCH"))
            read = keel_ddl_name(ddl, &key.match);
        else
            break;
        if (!read)
            return false;
    }
    if (!keel_ddl_deferral(ddl, &key))
        return false;
    keel_arena_push(ddl->arena, &ddl->table->foreign_keys, key);
    return true;
}
