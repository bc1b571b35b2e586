#include "lint/rule.h"
#include "lint/session.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    keel_lint_unbounded(lint, s, KEEL_TIMEOUT_STATEMENT, KEEL_INFO, "nothing ends it if it holds its lock for longer than was thought",
                        keel_lint_options_of(lint)->other_runner ? "SET statement_timeout = '1min';"
                                                                 : "-- pgkeel: statement_timeout=1min");
}

const keel_lint_rule keel_lint_l051 = {
    .id = "L051",
    .name = "no-statement-timeout",
    .severity = KEEL_INFO,
    .lock = "the strong lock, for as long as the statement works",
    .help = "lock_timeout bounds the wait for a lock, statement_timeout the time that it is held by one statement. pgkeel migrate "
            "sets none of its own, since a scan that is cut is a scan to be done again; a step asks for one in a comment, "
            "statement_timeout=1min. Said where a file sets it to 0 in front of a strong lock, and with --other-runner where it "
            "sets none.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text);",
    .bad = "SET statement_timeout = 0;\n"
           "ALTER TABLE t ADD COLUMN n int;",
    .good = "SET statement_timeout = '1min';\n"
            "ALTER TABLE t ADD COLUMN n int;",
    .judge = judge,
};
