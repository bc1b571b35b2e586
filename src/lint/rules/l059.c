#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    keel_lint_says(lint, s, NULL, KEEL_INFO, NULL, "writers are locked out for a moment");
}

static const char *const kinds[] = {"CreateTrigStmt", NULL};

const keel_lint_rule keel_lint_l059 = {
    .id = "L059",
    .name = "create-trigger",
    .severity = KEEL_INFO,
    .lock = "SHARE ROW EXCLUSIVE, for a moment",
    .help = "Making, enabling or disabling a trigger locks writers out for a moment; behind a long writer "
            "everybody waits. A lock_timeout with retries, which pgkeel migrate has, is enough.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY "
             "KEY, a int);",
    .bad = "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION "
           "suppress_redundant_updates_trigger();",
    .good = "SELECT 1;",
    .kinds = kinds,
    .judge = judge,
};
