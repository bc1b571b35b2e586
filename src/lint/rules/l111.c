#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    keel_lint_found(lint, s, NULL, KEEL_WARNING, s->class->command, "Leave it away: a file is one transaction; \"-- pgkeel:step\" ends it.",
                    "%s in a migration", s->class->command);
}

static const char *const kinds[] = {"TransactionStmt", NULL};

const keel_lint_rule keel_lint_l111 = {
    .id = "L111",
    .name = "transaction-in-file",
    .severity = KEEL_WARNING,
    .lock = "",
    .help = "BEGIN and COMMIT inside a migration file steer the transaction that the runner has opened. pgkeel "
            "migrate takes them for bounds of steps; other runners end their transaction too early.",
    .setup = "SELECT 1;",
    .bad = "COMMIT PREPARED 'x';",
    .good = "SELECT 1;",
    .kinds = kinds,
    .judge = judge,
};
