#include <string.h>

#include "base/str.h"
#include "lint/rule.h"

typedef struct search {
    keel_lint *lint;
    const keel_lint_statement *statement;
} search;

/* The run makes it, or may make it in a block that cannot be looked into. */
static bool may_be_made(keel_lint *lint, const char *role)
{
    const keel_lint_script *script = keel_lint_whole(lint);

    for (size_t i = 0; i < script->count; i++) {
        const keel_lint_statement *s = &script->items[i];
        if (s->node == NULL || (keel_sql_kind_is(s->node, "DoStmt") && strcasestr(s->sql, "role") != NULL) ||
            (keel_sql_kind_is(s->node, "CreateRoleStmt") && keel_streq(keel_sql_text_of(s->node, "role"), role)))
            return true;
    }
    return false;
}

static bool look(const keel_sql_node *node, void *context)
{
    static const char sql[] = "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)";
    const search *s = context;
    const char *role = keel_sql_text_of(node, "rolename");

    if (keel_streq(keel_sql_text_of(node, "roletype"), "ROLESPEC_CSTRING") && !may_be_made(s->lint, role) &&
        keel_lint_ask(s->lint, sql, role))
        keel_lint_found(s->lint, s->statement, node, KEEL_ERROR, role,
                        keel_arena_printf(keel_lint_arena(s->lint), "CREATE ROLE %s;", keel_lint_name(s->lint, role)),
                        "there is no role \"%s\": the statement fails", role);
    return false;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    search found = {lint, s};

    keel_sql_walk(s->node, look, &found);
}

static const char *const kinds[] = {"GrantStmt",    "GrantRoleStmt",    "AlterDefaultPrivilegesStmt", "AlterOwnerStmt",
                                    "AlterTableStmt", "CreatePolicyStmt", "CreateSchemaStmt",           NULL};

const keel_lint_rule keel_lint_l126 = {
    .id = "L126",
    .name = "role-missing",
    .severity = KEEL_ERROR,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "none: it fails",
    .help = "Roles belong to the server, not to the database: a script that ran on one server fails on another. psql without "
            "ON_ERROR_STOP goes on behind the failure, and the rights are never granted.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY);",
    .bad = "GRANT SELECT ON t TO nobody_at_all;",
    .good = "GRANT SELECT ON t TO pg_monitor;",
    .kinds = kinds,
    .judge = judge,
};
