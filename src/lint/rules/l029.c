#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_DetachPartition", &at)) != NULL) {
        const keel_world_table *parent = keel_lint_table(lint, s);
        bool concurrent = keel_sql_true(keel_sql_get(command, "def"), "concurrent");
        bool rest = parent != NULL && parent->default_partition != NULL;
        if (concurrent && rest)
            keel_lint_says(lint, s, command, KEEL_ERROR, "Detach without CONCURRENTLY, behind a short lock_timeout.",
                           "CONCURRENTLY is refused: there is a default partition");
        if (!concurrent)
            keel_lint_says(lint, s, command, KEEL_WARNING,
                           rest ? NULL : "ALTER TABLE .. DETACH PARTITION .. CONCURRENTLY, in a step of its own (PostgreSQL 14 and later).",
                           "readers and writers of the parent are locked out for a moment");
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l029 = {
    .id = "L029",
    .name = "detach-partition",
    .severity = KEEL_WARNING,
    .lock = "ACCESS EXCLUSIVE on parent, partition and default partition, for a moment",
    .help = "DETACH PARTITION locks the parent against readers and writers. From PostgreSQL 14 DETACH .. "
            "CONCURRENTLY does not, where there is no default partition.",
    .setup = "CREATE TABLE m (id int, a int) PARTITION BY RANGE (id); CREATE TABLE m1 PARTITION OF m FOR VALUES "
             "FROM (0) TO (1000000);",
    .bad = "ALTER TABLE m DETACH PARTITION m1;",
    .good = "ALTER TABLE m DETACH PARTITION m1 CONCURRENTLY;",
    .kinds = kinds,
    .judge = judge,
};
