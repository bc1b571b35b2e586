#include "base/str.h"
#include "lint/rule.h"
#include "lint/session.h"

enum { FIRST_VERSION = 170000 };

/* Before PostgreSQL 17 there is none. */
static void judge_set(keel_lint *lint, const keel_lint_statement *s)
{
    bool resets = keel_streq(keel_sql_text_of(s->node, "kind"), "VAR_RESET_ALL");

    if (!resets && keel_streq(keel_sql_text_of(s->node, "name"), keel_lint_timeout_word(KEEL_TIMEOUT_TRANSACTION)) &&
        keel_lint_server_version(lint) < FIRST_VERSION)
        keel_lint_found(lint, s, NULL, keel_lint_version_known(lint) ? KEEL_ERROR : KEEL_INFO, "transaction_timeout",
                        "SET lock_timeout and statement_timeout instead.", "transaction_timeout is known from PostgreSQL 17 on");
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    if (keel_sql_kind_is(s->node, "VariableSetStmt"))
        judge_set(lint, s);
    else if (keel_lint_options_of(lint)->other_runner && keel_lint_version_known(lint) &&
             keel_lint_server_version(lint) >= FIRST_VERSION)
        keel_lint_unbounded(lint, s, KEEL_TIMEOUT_TRANSACTION, KEEL_INFO, "many short statements may hold their locks for long together",
                            "SET transaction_timeout = '1min';");
}

const keel_lint_rule keel_lint_l053 = {
    .id = "L053",
    .name = "transaction-timeout",
    .severity = KEEL_ERROR,
    .lock = "none: it fails",
    .help = "transaction_timeout, of PostgreSQL 17 and later, bounds a transaction as a whole; it ends the session, not just the "
            "statement. Older servers refuse it, which is an ERROR where the version is known (--live, --server) and an INFO where "
            "it is not. With --other-runner, a file for 17 or later that sets none is an INFO.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text);",
    .bad = "SET transaction_timeout = '1min';\n"
           "ALTER TABLE t ADD COLUMN n int;",
    .good = "SET lock_timeout = '2s';\n"
            "SET statement_timeout = '1min';\n"
            "ALTER TABLE t ADD COLUMN n int;",
    .server = 160000,
    .judge = judge,
};
