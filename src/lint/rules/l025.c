#include "base/str.h"
#include "lint/rule.h"

/* Is there an index that the change would have built anew? Without a live table: assumed. */
static bool has_index(const keel_world_table *table, const char *column)
{
    if (table == NULL || !table->known)
        return true;
    for (size_t i = 0; i < table->indexes.count; i++)
        for (size_t k = 0; k < table->indexes.items[i].column_count; k++)
            if (table->indexes.items[i].columns[k] == NULL || keel_streq(table->indexes.items[i].columns[k], column))
                return true;
    return false;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_AlterColumnType", &at)) != NULL)
        if (keel_sql_get(keel_sql_get(command, "def"), "collClause") != NULL &&
            has_index(keel_lint_table(lint, s), keel_sql_text_of(command, "name")))
            keel_lint_blocks(lint, s, command, KEEL_ERROR,
                             "Build indexes of the new collation CONCURRENTLY and drop the old ones before this step.",
                             "the indexes of \"%s\" are built anew under the lock", keel_sql_text_of(command, "name"));
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l025 = {
    .id = "L025",
    .name = "alter-type-collation",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE while the column's indexes are built anew",
    .help = "Another collation keeps the heap but rebuilds every index of the column under a lock that lets "
            "nobody through. Build indexes of the new collation CONCURRENTLY first, drop the old ones, then "
            "change it.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text, w varchar(20)); INSERT INTO t "
             "SELECT i, i, i, repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t; CREATE INDEX t_v ON t "
             "(v);",
    .bad = "ALTER TABLE t ALTER COLUMN v TYPE text COLLATE \"C\";",
    .good = "ALTER TABLE t ALTER COLUMN w TYPE text;",
    .kinds = kinds,
    .judge = judge,
};
