#include "lint/rule.h"
#include "lint/session.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    keel_lint_unbounded(lint, s, KEEL_TIMEOUT_LOCK, KEEL_WARNING,
                        "while the statement waits for its lock, everybody who comes later waits behind it",
                        keel_lint_options_of(lint)->other_runner ? "SET lock_timeout = '2s'; and let the runner try again."
                                                                 : "Take it away: pgkeel migrate sets one, and tries again.");
}

const keel_lint_rule keel_lint_l050 = {
    .id = "L050",
    .name = "no-lock-timeout",
    .severity = KEEL_WARNING,
    .lock = "the queue behind a lock that is waited for",
    .help = "A statement that waits for a strong lock makes everybody wait who comes later, readers too. pgkeel migrate waits "
            "500 ms, gives way and tries again, so nothing is said unless a file takes that away: lock_timeout 0, more than "
            "10 s, or RESET. Where --other-runner says that something else applies the files, a file that sets none is "
            "reported too, at its first statement that locks a table which was there.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text);",
    .bad = "SET lock_timeout = 0;\n"
           "ALTER TABLE t ADD COLUMN n int;",
    .good = "SET lock_timeout = '2s';\n"
            "ALTER TABLE t ADD COLUMN n int;",
    .judge = judge,
};
