#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const char *name = keel_sql_text_of(s->node, "name");
    bool matters = keel_streq(name, "search_path") || keel_streq(name, "role") || keel_streq(name, "session_authorization") ||
                   keel_streq(name, "session_replication_role");

    if (matters && !keel_sql_true(s->node, "is_local") && !keel_streq(keel_sql_text_of(s->node, "kind"), "VAR_RESET"))
        keel_lint_found(lint, s, NULL, KEEL_WARNING, name, "SET LOCAL, or RESET at the end of the file.", "\"%s\" stays set behind this file", name);
}

static const char *const kinds[] = {"VariableSetStmt", NULL};

const keel_lint_rule keel_lint_l114 = {
    .id = "L114",
    .name = "session-leak",
    .severity = KEEL_WARNING,
    .lock = "",
    .help = "SET changes the session for whatever runs next: later files find another search_path or role than "
            "their authors did. SET LOCAL ends with its transaction. pgkeel migrate resets the session behind "
            "each file.",
    .setup = "SELECT 1;",
    .bad = "SET search_path = app;",
    .good = "SET LOCAL search_path = app;",
    .kinds = kinds,
    .judge = judge,
};
