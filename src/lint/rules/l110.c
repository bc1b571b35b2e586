#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *constraints = NULL;
    size_t count = keel_sql_list(s->node, "constraints", &constraints);

    if (count > 0)
        keel_lint_found(lint, s, NULL, KEEL_INFO, keel_sql_name_of(s->node, "domainname"), "Put the CHECK on the columns.",
                        "what the domain checks can be changed later only for all of its columns at once");
}

static const char *const kinds[] = {"CreateDomainStmt", NULL};

const keel_lint_rule keel_lint_l110 = {
    .id = "L110",
    .name = "domain-with-constraint",
    .severity = KEEL_INFO,
    .flags = KEEL_LINT_OFF,
    .lock = "",
    .help = "A constraint of a domain holds for every column of it: to change it later, all tables that use it are read while "
            "their writers wait. A CHECK on a column is changed for one table at a time.",
    .setup = "SELECT 1;",
    .bad = "CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 0 AND 100);",
    .good = "CREATE TABLE n (id bigint PRIMARY KEY, share int CHECK (share BETWEEN 0 AND 100));",
    .kinds = kinds,
    .judge = judge,
};
