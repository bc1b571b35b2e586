#include "base/str.h"
#include "lint/rule.h"

/* X IN (..., NULL). */
static bool has_null_in_list(const keel_sql_node *node, void *context)
{
    const keel_sql_node *items = NULL, *name = NULL;

    (void)context;
    if (!keel_sql_kind_is(node, "A_Expr") || !keel_streq(keel_sql_text_of(node, "kind"), "AEXPR_IN") ||
        keel_sql_list(node, "name", &name) == 0 || !keel_streq(keel_sql_name_of(node, "name"), "="))
        return false;
    size_t count = keel_sql_list(keel_sql_get(node, "rexpr"), "items", &items);
    for (size_t i = 0; i < count; i++)
        if (keel_sql_true(&items[i], "isnull"))
            return true;
    return false;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *check, *column = NULL;
    size_t at = 0;

    while ((check = keel_lint_constraint(s, "CONSTR_CHECK", &at, &column)) != NULL)
        if (keel_sql_walk(keel_sql_get(check, "raw_expr"), has_null_in_list, NULL))
            keel_lint_found(lint, s, check, KEEL_ERROR, keel_lint_relation(lint, s->node, "relation"),
                            "Leave the NULL out: a CHECK lets NULL pass anyway. Then look what has come in meanwhile.",
                            "IN (.., NULL) is true or unknown, never false: the CHECK keeps nothing off");
}

static const char *const kinds[] = {"CreateStmt", "AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l122 = {
    .id = "L122",
    .name = "check-never-false",
    .severity = KEEL_ERROR,
    .lock = "",
    .help = "A value that is not in the list is compared with NULL too, which gives unknown, and a CHECK lets unknown "
            "pass: every value is let in. Without the NULL in the list, NULL passes all the same.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, v text);",
    .bad = "ALTER TABLE t ADD CONSTRAINT t_v CHECK (v IN ('pass', 'fail', NULL)) NOT VALID;",
    .good = "ALTER TABLE t ADD CONSTRAINT t_v CHECK (v IN ('pass', 'fail')) NOT VALID;",
    .kinds = kinds,
    .judge = judge,
};
