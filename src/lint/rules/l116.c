#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *options = NULL;
    size_t count = keel_sql_list(s->node, "options", &options);
    bool definer = false, pinned = false;

    for (size_t i = 0; i < count; i++) {
        const char *name = keel_sql_text_of(&options[i], "defname");
        const keel_sql_node *value = keel_sql_get(&options[i], "arg");
        definer = definer || (keel_streq(name, "security") && keel_sql_true(value, "boolval"));
        pinned = pinned || (keel_streq(name, "set") && keel_streq(keel_sql_text_of(value, "name"), "search_path"));
    }
    if (definer && !pinned)
        keel_lint_found(lint, s, NULL, KEEL_ERROR, keel_sql_name_of(s->node, "funcname"), "Add SET search_path = pg_catalog, and qualify the names inside.",
                        "SECURITY DEFINER without a search_path of its own");
}

static const char *const kinds[] = {"CreateFunctionStmt", NULL};

const keel_lint_rule keel_lint_l116 = {
    .id = "L116",
    .name = "security-definer-search-path",
    .severity = KEEL_ERROR,
    .lock = "",
    .help = "A SECURITY DEFINER function without a search_path of its own runs with its owner's rights on "
            "whatever the caller's search_path finds: anybody who can make a table or function there can take "
            "the rights over.",
    .setup = "SELECT 1;",
    .bad = "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';",
    .good = "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS "
            "'SELECT 1';",
    .kinds = kinds,
    .judge = judge,
};
