#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *items = NULL;
    size_t count = keel_sql_list(s->node, "tableElts", &items);

    for (size_t i = 0; i < count; i++) {
        const char *type = keel_sql_name_of(keel_sql_get(&items[i], "typeName"), "names");
        bool narrow = keel_streq(type, "int4") || keel_streq(type, "int2") || keel_streq(type, "serial") || keel_streq(type, "smallserial");
        if (narrow && keel_lint_column_constraint(&items[i], "CONSTR_PRIMARY") != NULL)
            keel_lint_found(lint, s, &items[i], KEEL_WARNING, keel_lint_relation(lint, s->node, "relation"), "Write bigint.",
                            "the key \"%s\" ends at 2,147,483,647", keel_sql_text_of(&items[i], "colname"));
    }
}

static const char *const kinds[] = {"CreateStmt", NULL};

const keel_lint_rule keel_lint_l097 = {
    .id = "L097",
    .name = "int-key",
    .severity = KEEL_WARNING,
    .lock = "",
    .help = "A four-byte key ends at 2,147,483,647; changing its type then rewrites the table and every table "
            "that refers to it, under locks. Keys are bigint from the start.",
    .setup = "SELECT 1;",
    .bad = "CREATE TABLE n (id int PRIMARY KEY);",
    .good = "CREATE TABLE n (id bigint PRIMARY KEY, x int);",
    .kinds = kinds,
    .judge = judge,
};
