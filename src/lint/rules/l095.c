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
        if (keel_sql_kind_is(def, "ColumnDef") && keel_streq(type, "bpchar"))
            keel_lint_found(lint, s, def, KEEL_INFO, keel_lint_relation(lint, s->node, "relation"), "Write text.",
                            "\"%s\" is char(n)", keel_sql_text_of(def, "colname"));
    }
}

static const char *const kinds[] = {"CreateStmt", "AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l095 = {
    .id = "L095",
    .name = "char-n",
    .severity = KEEL_INFO,
    .lock = "",
    .help = "char(n) is padded with blanks, which count in some comparisons and not in others. Nothing is saved.",
    .setup = "SELECT 1;",
    .bad = "CREATE TABLE n (x char(8));",
    .good = "CREATE TABLE n (x text);",
    .kinds = kinds,
    .judge = judge,
};
