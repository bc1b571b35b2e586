#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    keel_lint_column_types(lint, s, "bpchar", KEEL_INFO, "char(n)", "Write text.");
}

static const char *const kinds[] = {"CreateStmt", "AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l095 = {
    .id = "L095",
    .name = "char-n",
    .severity = KEEL_INFO,
    .lock = "",
    .help = "char(n) is padded with blanks, which count in some comparisons and not in others. Nothing is saved.",
    .setup = "SELECT 1;",
    .bad = "CREATE TABLE n (x char(8));",
    .good = "CREATE TABLE n (x text);",
    .kinds = kinds,
    .judge = judge,
};
