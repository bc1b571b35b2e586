#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *items = NULL;
    bool alters = keel_sql_kind_is(s->node, "AlterTableStmt");
    size_t count = keel_sql_list(s->node, alters ? "cmds" : "tableElts", &items);

    for (size_t i = 0; i < count; i++) {
        const keel_sql_node *def = alters ? keel_sql_get(&items[i], "def") : &items[i];
        const char *type = keel_sql_name_of(keel_sql_get(def, "typeName"), "names");
        if (keel_sql_kind_is(def, "ColumnDef") && keel_streq(type, "json"))
            keel_lint_found(lint, s, def, KEEL_INFO, keel_lint_relation(lint, s->node, "relation"), "Write jsonb.",
                            "\"%s\" is json", keel_sql_text_of(def, "colname"));
    }
}

static const char *const kinds[] = {"CreateStmt", "AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l093 = {
    .id = "L093",
    .name = "json-not-jsonb",
    .severity = KEEL_INFO,
    .lock = "",
    .help = "A json column keeps the text as it came: no index, no equality, parsed at every look. jsonb is "
            "nearly always meant.",
    .setup = "SELECT 1;",
    .bad = "CREATE TABLE n (x json);",
    .good = "CREATE TABLE n (x jsonb);",
    .kinds = kinds,
    .judge = judge,
};
