#include "base/str.h"
#include "lint/rule.h"

/* Some validated CHECK: whether it says what the bounds say is PostgreSQL's to prove. */
static bool has_check(const keel_world_table *part)
{
    for (size_t i = 0; part != NULL && i < part->constraints.count; i++)
        if (part->constraints.items[i].type == 'c' && part->constraints.items[i].validated)
            return true;
    return false;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_AttachPartition", &at)) != NULL) {
        const keel_sql_node *def = keel_sql_get(command, "def");
        const keel_world_table *part = keel_world_relation(keel_lint_world(lint), keel_sql_get(def, "name"));
        const keel_world_table *parent = keel_lint_table(lint, s);
        const char *why = NULL;
        keel_severity severity = keel_lint_weigh(lint, part, KEEL_ERROR, &why);
        if (keel_streq(keel_sql_text_of(s->node, "objtype"), "OBJECT_INDEX"))
            continue;
        if (!has_check(part) && !keel_lint_made_here(part))
            keel_lint_found(lint, s, command, severity, keel_lint_relation(lint, def, "name"),
                            "Add a CHECK of the partition's bounds (with IS NOT NULL) NOT VALID, VALIDATE it in a step of its own, then "
                            "attach, then drop the CHECK.",
                            "every row of the new partition is read under its lock: %s", why);
        if (parent != NULL && parent->default_partition != NULL)
            keel_lint_found(lint, s, command, KEEL_ERROR, parent->default_partition,
                            "Add a validated CHECK to the default partition that excludes the new bounds first.",
                            "every row of the default partition is read under its lock");
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l027 = {
    .id = "L027",
    .name = "attach-partition",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE on the new partition and the default one, for a scan of each",
    .help = "ATTACH PARTITION reads the new partition to see that its rows fit, and the default partition to see "
            "that none belongs to the new one, both under locks that let nobody through. A validated CHECK that "
            "says the same saves each scan.",
    .setup = "CREATE TABLE m (id int, v text) PARTITION BY RANGE (id); CREATE TABLE m1 PARTITION OF m FOR VALUES "
             "FROM (0) TO (1000000); CREATE TABLE m2 (id int, v text); INSERT INTO m2 SELECT i + 1000000, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE m2;",
    .bad = "ALTER TABLE m ATTACH PARTITION m2 FOR VALUES FROM (1000000) TO (2000000);",
    .good = "ALTER TABLE m2 ADD CONSTRAINT m2_range CHECK (id IS NOT NULL AND id >= 1000000 AND id < 2000000) "
            "NOT VALID;\n"
            "-- pgkeel:step\n"
            "ALTER TABLE m2 VALIDATE CONSTRAINT m2_range;\n"
            "-- pgkeel:step\n"
            "ALTER TABLE m ATTACH PARTITION m2 FOR VALUES FROM (1000000) TO (2000000);",
    .kinds = kinds,
    .judge = judge,
};
