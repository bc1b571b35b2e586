#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    if (strcasestr(s->sql, "concurrently") != NULL &&
        (strcasestr(s->sql, "index concurrently") != NULL || strcasestr(s->sql, "reindex") != NULL))
        keel_lint_found(lint, s, NULL, KEEL_ERROR, s->class->command, "Write the statement by itself, outside of the function.",
                        "CONCURRENTLY cannot be executed from a function");
}

static const char *const kinds[] = {"DoStmt", "CreateFunctionStmt", NULL};

const keel_lint_rule keel_lint_l004 = {
    .id = "L004",
    .name = "cic-in-transaction",
    .severity = KEEL_ERROR,
    .lock = "none: it fails",
    .help = "A statement that no transaction takes stands between BEGIN and COMMIT, or in a DO block: it fails. "
            "In a step of its own it does not; pgkeel migrate makes one by itself outside of BEGIN.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY "
             "KEY, a int);",
    .bad = "DO $$ BEGIN EXECUTE 'CREATE INDEX CONCURRENTLY t_a ON t (a)'; END $$;",
    .good = "CREATE INDEX CONCURRENTLY t_a ON t (a);",
    .kinds = kinds,
    .judge = judge,
};
