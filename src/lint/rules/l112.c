#include "base/str.h"
#include "lint/rule.h"

static bool is_last_of_file(const keel_lint *lint, const keel_lint_statement *s)
{
    const keel_lint_script *script = keel_lint_whole(lint);

    return s + 1 == script->items + script->count || !keel_streq(s->file, s[1].file);
}

/* Does it hold a statement that no transaction takes, so that its runner cannot open one? */
static bool is_without_transaction(const keel_lint *lint, const char *file)
{
    const keel_lint_script *script = keel_lint_whole(lint);

    for (size_t i = 0; i < script->count; i++)
        if (!script->items[i].class->transactional && keel_streq(script->items[i].file, file))
            return true;
    return false;
}

static bool alters_again(const keel_sql_node *node)
{
    static const char *const once[] = {"AT_AddColumn", "AT_DropColumn", "AT_AddConstraint", "AT_DropConstraint"};
    const keel_sql_node *commands = NULL;
    size_t count = keel_sql_list(node, "cmds", &commands);

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < KEEL_COUNT_OF(once); k++)
            if (keel_streq(keel_sql_text_of(&commands[i], "subtype"), once[k]) && !keel_sql_true(&commands[i], "missing_ok"))
                return false;
    return true;
}

/* Does it do no harm when it is run once more? */
static bool is_repeatable(const keel_sql_node *node)
{
    static const char *const once[] = {"CreateStmt",    "CreateTableAsStmt", "IndexStmt",      "CreateSchemaStmt", "CreateSeqStmt",
                                       "CreateTrigStmt", "CreateEnumStmt",   "CreateDomainStmt", "CompositeTypeStmt", "ViewStmt",
                                       "CreateFunctionStmt", "DropStmt",     "RenameStmt",     "AlterEnumStmt",    "CreatePolicyStmt",
                                       "CreateExtensionStmt", "CreatedbStmt", "DropdbStmt"};
    static const char *const pardons[] = {"if_not_exists", "missing_ok", "replace", "skipIfNewValExists"};

    if (keel_sql_kind_is(node, "AlterTableStmt"))
        return alters_again(node);
    if (keel_sql_kind_is(node, "InsertStmt"))
        return keel_sql_get(node, "onConflictClause") != NULL;
    for (size_t i = 0; i < KEEL_COUNT_OF(pardons); i++)
        if (keel_sql_true(node, pardons[i]))
            return true;
    for (size_t i = 0; i < KEEL_COUNT_OF(once); i++)
        if (keel_sql_kind_is(node, once[i]))
            return false;
    return true;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    if (!is_last_of_file(lint, s) && !is_repeatable(s->node) && is_without_transaction(lint, s->file))
        keel_lint_found(lint, s, NULL, KEEL_WARNING, s->class->object != NULL ? s->class->object : s->class->command,
                        "Put each statement into a file of its own.",
                        "no transaction holds the file together: when a later statement fails, this one cannot run again");
}

const keel_lint_rule keel_lint_l112 = {
    .id = "L112",
    .name = "cannot-run-again",
    .severity = KEEL_WARNING,
    .flags = KEEL_LINT_OTHER_RUNNER,
    .lock = "",
    .help = "A file with a statement that no transaction takes (CONCURRENTLY, VACUUM) is run without one. When a statement "
            "fails, those before it stay; run again, the file fails at the first of them. pgkeel migrate journals each "
            "statement of such a file, and goes on behind what is done.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int);",
    .bad = "ALTER TABLE t ADD COLUMN n int;\n"
           "CREATE INDEX CONCURRENTLY t_n ON t (n);",
    .good = "ALTER TABLE t ADD COLUMN IF NOT EXISTS n int;\n"
            "CREATE INDEX CONCURRENTLY t_n ON t (n);",
    .judge = judge,
};
