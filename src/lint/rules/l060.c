#include "base/str.h"
#include "lint/rule.h"

/* Subcommands of ALTER TABLE that change the catalogue alone. */
static bool brief_command(const char *subtype)
{
    static const char *const brief[] = {
        "AT_ColumnDefault", "AT_DropNotNull",     "AT_DropColumn",         "AT_DropConstraint",       "AT_SetStorage",
        "AT_SetCompression", "AT_ReplicaIdentity", "AT_ChangeOwner",       "AT_EnableRowSecurity",    "AT_DisableRowSecurity",
        "AT_ForceRowSecurity", "AT_NoForceRowSecurity", "AT_DropIdentity", "AT_SetIdentity",          "AT_DropExpression",
        "AT_EnableRule",    "AT_DisableRule",     "AT_DropInherit",        "AT_AddOf",                "AT_DropOf",
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(brief); i++)
        if (keel_streq(subtype, brief[i]))
            return true;
    return false;
}

static bool is_brief(const keel_lint_statement *s)
{
    static const char *const drops[] = {"DROP TRIGGER", "DROP POLICY", "DROP RULE", "DROP VIEW"};
    const keel_sql_node *commands = NULL;
    size_t count = keel_sql_list(s->node, "cmds", &commands);

    for (size_t i = 0; i < count; i++)
        if (!brief_command(keel_sql_text_of(&commands[i], "subtype")))
            return false;
    for (size_t i = 0; keel_sql_kind_is(s->node, "DropStmt") && i < KEEL_COUNT_OF(drops); i++)
        if (keel_streq(s->class->command, drops[i]))
            return true;
    return !keel_sql_kind_is(s->node, "DropStmt");
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    for (size_t i = 0; is_brief(s) && i < s->class->relations.count; i++) {
        const keel_sql_relation *r = &s->class->relations.items[i];
        if (r->lock == KEEL_LOCK_ACCESS_EXCLUSIVE && keel_lint_was_there(lint, r))
            keel_lint_found(lint, s, NULL, KEEL_INFO, r->name, NULL, "\"%s\" is locked against everybody for a moment", r->name);
    }
}

static const char *const kinds[] = {"AlterTableStmt", "RenameStmt", "AlterObjectSchemaStmt", "CreatePolicyStmt", "AlterPolicyStmt",
                                    "RuleStmt", "ViewStmt", "DropStmt", NULL};

const keel_lint_rule keel_lint_l060 = {
    .id = "L060",
    .name = "brief-access-exclusive",
    .severity = KEEL_INFO,
    .flags = KEEL_LINT_OFF,
    .lock = "ACCESS EXCLUSIVE, for a moment",
    .help = "Renaming, SET and DROP DEFAULT, DROP NOT NULL, DROP COLUMN, DROP CONSTRAINT, SET STORAGE, REPLICA IDENTITY, OWNER TO, row "
            "level security, policies, rules and DROP TRIGGER change the catalogue alone, but lock out readers and writers while they "
            "do. With a lock_timeout and retries, which pgkeel migrate has, that is harmless, so this rule is off: name it to get a "
            "list of what wants a quiet moment. Where a long transaction would stand in front, L062 says so.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text);",
    .bad = "ALTER TABLE t ALTER COLUMN a SET DEFAULT 7;",
    .good = "ALTER TABLE t ALTER COLUMN a SET STATISTICS 500;",
    .kinds = kinds,
    .judge = judge,
};
