#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    for (size_t i = 0; i < s->class->relations.count; i++)
        if (s->class->relations.items[i].lock >= KEEL_LOCK_SHARE)
            keel_lint_found(lint, s, NULL, KEEL_WARNING, s->class->relations.items[i].name, "Say the weakest mode that will do, or leave it away.",
                            "%s until the transaction ends", keel_sql_lock_name(s->class->relations.items[i].lock));
}

static const char *const kinds[] = {"LockStmt", NULL};

const keel_lint_rule keel_lint_l058 = {
    .id = "L058",
    .name = "lock-table",
    .severity = KEEL_WARNING,
    .lock = "as it says; ACCESS EXCLUSIVE if it says nothing",
    .help = "LOCK TABLE without a mode locks out readers too, until the transaction ends.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY "
             "KEY, a int);",
    .bad = "LOCK TABLE t;",
    .good = "LOCK TABLE t IN ROW SHARE MODE;",
    .kinds = kinds,
    .judge = judge,
};
