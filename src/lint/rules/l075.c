#include "base/str.h"
#include "lint/rule.h"

/* What is renamed, beside tables and their columns, and how clients call it. */
static const char *renamed(const keel_sql_node *node)
{
    static const char *const types[][2] = {
        {"OBJECT_SCHEMA", "schema"},     {"OBJECT_TYPE", "type"},          {"OBJECT_DOMAIN", "domain"},
        {"OBJECT_VIEW", "view"},         {"OBJECT_MATVIEW", "view"},       {"OBJECT_SEQUENCE", "sequence"},
        {"OBJECT_FUNCTION", "function"}, {"OBJECT_PROCEDURE", "procedure"}, {"OBJECT_FOREIGN_TABLE", "table"},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(types); i++)
        if (keel_streq(keel_sql_text_of(node, "renameType"), types[i][0]))
            return types[i][1];
    return NULL;
}

/* The name as the node has it: of a schema in subname, of relations in a RangeVar, else as a list of words. */
static const char *name_of(const keel_sql_node *node)
{
    const keel_sql_node *object = keel_sql_get(node, "object");
    const char *relation = keel_sql_text_of(keel_sql_get(node, "relation"), "relname"), *schema = keel_sql_text_of(node, "subname");

    if (*relation != '\0' || *schema != '\0')
        return *relation != '\0' ? relation : schema;
    return keel_sql_kind_is(object, "ObjectWithArgs") ? keel_sql_name_of(object, "objname") : keel_sql_name_of(object, "items");
}

/* Has the run made a thing of this name? Nobody knows it yet. */
static bool made_before(const keel_lint *lint, const keel_lint_statement *s, const char *name)
{
    for (const keel_lint_statement *before = keel_lint_whole(lint)->items; before < s; before++) {
        const keel_sql_node *node = before->node;
        if (strncmp(before->class->command, "CREATE", 6) == 0 &&
            (keel_streq(keel_sql_text_of(node, "schemaname"), name) || keel_streq(keel_sql_name_of(node, "typeName"), name) ||
             keel_streq(keel_sql_name_of(node, "domainname"), name) || keel_streq(keel_sql_name_of(node, "funcname"), name) ||
             keel_streq(before->class->object, name)))
            return true;
    }
    return keel_lint_made_here(keel_lint_table(lint, s));
}

static void judge_rename(keel_lint *lint, const keel_lint_statement *s)
{
    const char *what = renamed(s->node), *name = name_of(s->node);

    if (what != NULL && !made_before(lint, s, name))
        keel_lint_found(lint, s, NULL, KEEL_WARNING, name, "Keep the old name beside the new one until no client uses it.",
                        "clients that name the %s \"%s\" break", what, name);
}

static void judge_value(keel_lint *lint, const keel_lint_statement *s)
{
    const char *old = keel_sql_text_of(s->node, "oldVal"), *type = keel_sql_name_of(s->node, "typeName");

    if (*old != '\0' && !made_before(lint, s, type))
        keel_lint_found(lint, s, NULL, KEEL_WARNING, type, "Add the new value, let clients take both, and change the rows.",
                        "clients that write or expect '%s' break", old);
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const char *name = name_of(s->node);

    if (keel_sql_kind_is(s->node, "AlterEnumStmt"))
        judge_value(lint, s);
    else if (keel_sql_kind_is(s->node, "RenameStmt"))
        judge_rename(lint, s);
    else if (!keel_streq(keel_sql_text_of(s->node, "objectType"), "OBJECT_EXTENSION") && !made_before(lint, s, name))
        keel_lint_found(lint, s, NULL, KEEL_WARNING, name, "Leave a view or a function under the old name.",
                        "clients that look for \"%s\" where it was break", name);
}

static const char *const kinds[] = {"RenameStmt", "AlterEnumStmt", "AlterObjectSchemaStmt", NULL};

const keel_lint_rule keel_lint_l075 = {
    .id = "L075",
    .name = "rename-other",
    .severity = KEEL_WARNING,
    .lock = "ACCESS EXCLUSIVE on a view that is renamed, for a moment; none else",
    .help = "A schema, type, view, sequence or function that is renamed or moved to another schema, or a value of an enum that is renamed, "
            "is no longer there for clients that know the old name. What the same run has made is left alone.",
    .setup = "CREATE SCHEMA sales; CREATE TABLE sales.t (id int); CREATE TYPE mood AS ENUM ('bad', 'fine');",
    .bad = "ALTER TYPE mood RENAME VALUE 'fine' TO 'good';\n"
           "ALTER SCHEMA sales RENAME TO selling;",
    .good = "ALTER TYPE mood ADD VALUE 'good';",
    .kinds = kinds,
    .judge = judge,
};
