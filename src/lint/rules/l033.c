#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *options = NULL, *relations = NULL;
    size_t count = keel_sql_list(s->node, "options", &options), tables = keel_sql_list(s->node, "rels", &relations);
    bool full = keel_sql_kind_is(s->node, "ClusterStmt");

    for (size_t i = 0; i < count; i++)
        full = full || keel_streq(keel_sql_text_of(&options[i], "defname"), "full");
    const keel_sql_node *relation = tables > 0 ? keel_sql_get(&relations[0], "relation") : keel_sql_get(s->node, "relation");
    const keel_world_table *table = keel_world_relation(keel_lint_world(lint), relation);
    const char *why = NULL;
    if (!full || keel_lint_made_here(table))
        return;
    keel_severity severity = keel_lint_weigh(lint, table, KEEL_ERROR, &why);
    keel_lint_found(lint, s, NULL, severity, keel_sql_text_of(relation, "relname"), "Plain VACUUM; or pg_repack to give space back online.",
                    "the table is written anew while everybody waits: %s", why);
}

static const char *const kinds[] = {"VacuumStmt", "ClusterStmt", NULL};

const keel_lint_rule keel_lint_l033 = {
    .id = "L033",
    .name = "vacuum-full",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE for a rewrite",
    .help = "VACUUM FULL and CLUSTER write the whole table anew under a lock that lets nobody through. Plain "
            "VACUUM does not; to give space back online there is pg_repack.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "VACUUM FULL t;",
    .good = "VACUUM t;",
    .kinds = kinds,
    .judge = judge,
};
