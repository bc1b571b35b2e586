#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    if (keel_sql_kind_is(s->node, "SelectStmt") && keel_sql_get(s->node, "fromClause") == NULL)
        return;
    for (const keel_lint_statement *before = keel_lint_first_near(lint, s); before < s; before++) {
        for (size_t i = 0; i < before->class->relations.count; i++) {
            const keel_sql_relation *r = &before->class->relations.items[i];
            if (r->lock != KEEL_LOCK_ACCESS_EXCLUSIVE || before->class->manner != KEEL_MANNER_BRIEF ||
                keel_lint_made_here(keel_world_table_find(keel_lint_world(lint), r->schema, r->name)))
                continue;
            keel_lint_found(lint, s, NULL, KEEL_WARNING, r->name, keel_safe_step(lint, s),
                            "it runs while \"%s\" is locked against everybody by line %d", r->name, before->line);
            return;
        }
    }
}

static const char *const kinds[] = {"InsertStmt", "UpdateStmt", "DeleteStmt", "CopyStmt", "SelectStmt", "MergeStmt", NULL};

const keel_lint_rule keel_lint_l054 = {
    .id = "L054",
    .name = "more-work-after-ax",
    .severity = KEEL_WARNING,
    .lock = "the strong lock, held until the end of the transaction",
    .help = "What stands behind a statement that locks a table against everybody runs under that lock. Work with "
            "data belongs in a step of its own.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY "
             "KEY, a int);",
    .bad = "ALTER TABLE t ADD COLUMN n int;\n"
           "UPDATE t SET n = 0 WHERE id < 100;",
    .good = "ALTER TABLE t ADD COLUMN n int;\n"
            "-- pgkeel:step\n"
            "UPDATE t SET n = 0 WHERE id < 100;",
    .kinds = kinds,
    .judge = judge,
};
