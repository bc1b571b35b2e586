#include "base/str.h"
#include "lint/rule.h"
#include "lint/settings.h"

/* Features that a kind of statement makes, or one with this member. */
static const struct {
    unsigned feature;
    const char *name, *kind, *member;
} features[] = {
    {KEEL_LINT_PARTITIONS, "partitioned tables", "CreateStmt", "partspec"},
    {KEEL_LINT_PARTITIONS, "partitions", "CreateStmt", "partbound"},
    {KEEL_LINT_RULES, "rules", "RuleStmt", NULL},
    {KEEL_LINT_TRIGGERS, "triggers", "CreateTrigStmt", NULL},
};

static void forbid(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *at, const char *what)
{
    keel_lint_found(lint, s, at, KEEL_WARNING, keel_lint_relation(lint, s->node, "relation"),
                    "Do without, or suppress this with the reason.", "%s are not used in this house", what);
}

static void judge_statement(keel_lint *lint, const keel_lint_statement *s, unsigned forbidden)
{
    const keel_sql_node *relation = keel_sql_get(s->node, "relation"), *parents = NULL, *column = NULL, *def;
    bool inherits = keel_sql_list(s->node, "inhRelations", &parents) > 0 && keel_sql_get(s->node, "partbound") == NULL;
    size_t at = 0;

    for (size_t i = 0; i < KEEL_COUNT_OF(features); i++)
        if ((forbidden & features[i].feature) != 0 && keel_sql_kind_is(s->node, features[i].kind) &&
            (features[i].member == NULL || keel_sql_get(s->node, features[i].member) != NULL))
            forbid(lint, s, NULL, features[i].name);
    if ((forbidden & KEEL_LINT_INHERITANCE) != 0 && inherits)
        forbid(lint, s, NULL, "tables that inherit");
    if ((forbidden & KEEL_LINT_UNLOGGED) != 0 && keel_streq(keel_sql_text_of(relation, "relpersistence"), "u"))
        forbid(lint, s, NULL, "unlogged tables");
    while ((forbidden & KEEL_LINT_FOREIGN_KEYS) != 0 && (def = keel_lint_constraint(s, "CONSTR_FOREIGN", &at, &column)) != NULL)
        forbid(lint, s, def, "foreign keys");
}

/* "integer" as the grammar has it: "int4". */
static const char *canonical(keel_lint *lint, const char *type)
{
    const char *sql = keel_arena_printf(keel_lint_arena(lint), "CREATE TABLE x (y %s)", type);
    const keel_sql_node *node = NULL, *items = NULL;
    keel_sql_complaint ignored;

    if (!keel_sql_parse(keel_lint_arena(lint), sql, strlen(sql), &node, &ignored) ||
        keel_sql_list(node, "tableElts", &items) != 1)
        return type;
    return keel_sql_name_of(keel_sql_get(&items[0], "typeName"), "names");
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_lint_policy *policy = keel_lint_policy_of(lint);

    judge_statement(lint, s, policy->forbidden_features);
    for (const char *const *type = policy->forbidden_types; type != NULL && *type != NULL; type++)
        keel_lint_column_types(lint, s, canonical(lint, *type), KEEL_WARNING, *type, "Use another type.");
}

static const char *const kinds[] = {"CreateStmt", "AlterTableStmt", "RuleStmt", "CreateTrigStmt", NULL};

const keel_lint_rule keel_lint_l106 = {
    .id = "L106",
    .name = "forbidden",
    .severity = KEEL_WARNING,
    .lock = "",
    .help = "What the policy wants nobody to make: features (foreign_keys, inheritance, partitions, rules, triggers, "
            "unlogged_tables), and types of columns by name.",
    .setup = "SELECT 1;",
    .bad = "CREATE TABLE n (id bigint PRIMARY KEY, price money);",
    .good = "CREATE TABLE n (id bigint PRIMARY KEY, price numeric(12,2));",
    .policy = "forbidden",
    .policy_example = "forbidden: {features: [rules, triggers], types: [money]}",
    .kinds = kinds,
    .judge = judge,
};
