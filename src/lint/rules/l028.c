#include "base/str.h"
#include "lint/rule.h"

static const keel_world_table *default_of(const keel_lint *lint, const keel_world_table *parent)
{
    const char *dot = parent->default_partition != NULL ? strchr(parent->default_partition, '.') : NULL;

    return dot != NULL ? keel_world_table_find(keel_lint_world(lint), parent->schema, dot + 1) : NULL;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *parents = NULL;
    size_t count = keel_sql_get(s->node, "partbound") != NULL ? keel_sql_list(s->node, "inhRelations", &parents) : 0;

    for (size_t i = 0; i < count; i++) {
        const keel_world_table *parent = keel_world_relation(keel_lint_world(lint), &parents[i]);
        if (keel_lint_made_here(parent) || (keel_lint_live(lint) && (parent == NULL || parent->default_partition == NULL)))
            continue;
        const char *name = keel_sql_text_of(&parents[i], "relname"), *why = NULL;
        const keel_world_table *rest = parent != NULL ? default_of(lint, parent) : NULL;
        keel_severity severity = keel_lint_live(lint) ? keel_lint_weigh(lint, rest, KEEL_ERROR, &why) : KEEL_WARNING;
        keel_lint_found(lint, s, &parents[i], severity, name,
                        "CREATE TABLE .. (LIKE parent), a validated CHECK on the default partition that excludes the new bounds, then ATTACH "
                        "PARTITION.",
                        "\"%s\" is locked, and its default partition, if it has one, is read under the lock", name);
    }
}

static const char *const kinds[] = {"CreateStmt", NULL};

const keel_lint_rule keel_lint_l028 = {
    .id = "L028",
    .name = "create-partition-of",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE on the parent, and on the default partition for a scan",
    .help = "CREATE TABLE .. PARTITION OF reads the default partition, under locks on it and on the parent that "
            "let nobody through, to see that none of its rows belongs to the new one. Make the table with LIKE, "
            "and ATTACH it behind a CHECK on the default partition.",
    .setup = "CREATE TABLE d (id int, v text) PARTITION BY RANGE (id); CREATE TABLE d_rest PARTITION OF d "
             "DEFAULT; INSERT INTO d SELECT i, repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE d_rest;",
    .bad = "CREATE TABLE d2 PARTITION OF d FOR VALUES FROM (1000000) TO (2000000);",
    .good = "CREATE TABLE d2 (LIKE d);",
    .kinds = kinds,
    .judge = judge,
};
