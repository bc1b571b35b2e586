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
        if (keel_sql_kind_is(def, "ColumnDef") && keel_streq(type, "timestamp"))
            keel_lint_found(lint, s, def, KEEL_WARNING, keel_lint_relation(lint, s->node, "relation"), "Write timestamptz.",
                            "\"%s\" is timestamp", keel_sql_text_of(def, "colname"));
    }
}

static const char *const kinds[] = {"CreateStmt", "AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l094 = {
    .id = "L094",
    .name = "timestamp-without-zone",
    .severity = KEEL_WARNING,
    .lock = "",
    .help = "A timestamp without time zone means another instant to every session that has another TimeZone.",
    .setup = "SELECT 1;",
    .bad = "CREATE TABLE n (x timestamp);",
    .good = "CREATE TABLE n (x timestamptz);",
    .kinds = kinds,
    .judge = judge,
};
