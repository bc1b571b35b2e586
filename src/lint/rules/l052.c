#include "lint/rule.h"
#include "lint/session.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    keel_lint_unbounded(lint, s, KEEL_TIMEOUT_IDLE, KEEL_INFO, "a runner that hangs between two statements keeps the lock",
                        "SET idle_in_transaction_session_timeout = '10s';");
}

const keel_lint_rule keel_lint_l052 = {
    .id = "L052",
    .name = "no-idle-timeout",
    .severity = KEEL_INFO,
    .lock = "the strong lock, for as long as nobody says COMMIT",
    .help = "A client that stops between a statement and its COMMIT (a laptop that sleeps, a pod that is frozen) holds the locks of the "
            "transaction. idle_in_transaction_session_timeout ends it. pgkeel migrate sends each step as one message and is never "
            "idle inside of it. Said where a file sets it to 0 in front of a strong lock, and with --other-runner where it sets none.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text);",
    .bad = "SET idle_in_transaction_session_timeout = 0;\n"
           "ALTER TABLE t ADD COLUMN n int;",
    .good = "SET idle_in_transaction_session_timeout = '10s';\n"
            "ALTER TABLE t ADD COLUMN n int;",
    .judge = judge,
};
