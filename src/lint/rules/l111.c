#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    bool first = s == keel_lint_whole(lint)->items || s[-1].transaction != s->transaction;

    if (s->bounded && first)
        keel_lint_found(lint, s, NULL, KEEL_WARNING, s->class->object != NULL ? s->class->object : s->class->command,
                        "Leave BEGIN and COMMIT away; or mark the file as one that its runner opens no transaction for.",
                        "the COMMIT behind this ends the transaction of the runner, not only the file's");
}

const keel_lint_rule keel_lint_l111 = {
    .id = "L111",
    .name = "begin-in-file",
    .severity = KEEL_WARNING,
    .flags = KEEL_LINT_OTHER_RUNNER,
    .lock = "",
    .help = "Most runners put a file and their own note of it into one transaction. A BEGIN in the file is a warning then, and "
            "its COMMIT ends the runner's transaction: what fails behind it leaves half a file, and no note. For pgkeel migrate "
            "BEGIN and COMMIT bound the steps of the file, and are refused where they do not pair.",
    .setup = "SELECT 1;",
    .bad = "BEGIN;\n"
           "CREATE TABLE n (id bigint PRIMARY KEY);\n"
           "COMMIT;",
    .good = "CREATE TABLE n (id bigint PRIMARY KEY);",
    .judge = judge,
};
