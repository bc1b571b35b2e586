#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *column = NULL, *def;

    for (size_t at = 0; (def = keel_lint_constraint(s, "CONSTR_FOREIGN", &at, &column)) != NULL;)
        if (keel_streq(keel_sql_text_of(def, "fk_del_action"), "c"))
            keel_lint_found(lint, s, def, KEEL_INFO, keel_lint_relation(lint, s->node, "relation"),
                            "ON DELETE RESTRICT, and delete what has to go by name.",
                            "a deleted row of \"%s\" takes the rows here with it",
                            keel_sql_text_of(keel_sql_get(def, "pktable"), "relname"));
}

static const char *const kinds[] = {"CreateStmt", "AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l109 = {
    .id = "L109",
    .name = "on-delete-cascade",
    .severity = KEEL_INFO,
    .flags = KEEL_LINT_OFF,
    .lock = "",
    .help = "ON DELETE CASCADE lets one DELETE remove any number of rows in other tables, without naming them, and locks them "
            "for as long as it takes.",
    .setup = "CREATE TABLE p (id bigint PRIMARY KEY);",
    .bad = "CREATE TABLE n (id bigint PRIMARY KEY, p_id bigint REFERENCES p ON DELETE CASCADE);",
    .good = "CREATE TABLE n (id bigint PRIMARY KEY, p_id bigint REFERENCES p ON DELETE RESTRICT);",
    .kinds = kinds,
    .judge = judge,
};
