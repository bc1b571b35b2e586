#include "base/str.h"
#include "lint/rule.h"
#include "lint/type_change.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_AlterColumnType", &at)) != NULL) {
        const char *name = keel_sql_text_of(command, "name"), *to = keel_lint_type(lint, keel_sql_get(command, "def"));
        const keel_world_column *column = keel_world_column_find(table, name);
        bool computed = keel_sql_get(keel_sql_get(command, "def"), "raw_default") != NULL;
        keel_type_change change = column == NULL || computed ? KEEL_TYPE_REWRITE
                                                             : keel_type_change_of(keel_lint_arena(lint), column->type, to);
        bool zone = change == KEEL_TYPE_ZONE && !keel_lint_ask(lint, "SELECT current_setting('TimeZone') IN ('UTC', 'Etc/UTC', 'GMT') AND $1 <> ''", to);
        if (change != KEEL_TYPE_REWRITE && !zone)
            continue;
        keel_lint_blocks(lint, s, command, KEEL_ERROR,
                         "Add a column of the new type, keep it by a trigger, fill it in batches, then change over in one short step.",
                         "the table and its indexes are rewritten: \"%s\" from %s to %s", name,
                         column != NULL ? column->type : "what it is", to);
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l022 = {
    .id = "L022",
    .name = "alter-type-rewrite",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE for a rewrite of the table and its indexes",
    .help = "Most changes of a column's type rewrite the table and all of its indexes under a lock that lets "
            "nobody through. Add a column of the new type, keep it by a trigger, fill it in batches, and change "
            "over. Widening a varchar, a numeric's precision or a timestamp's, varchar to text and cidr to inet "
            "do not rewrite, and are not reported.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text, w varchar(20)); INSERT INTO t "
             "SELECT i, i, i, repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "ALTER TABLE t ALTER COLUMN a TYPE bigint;",
    .good = "ALTER TABLE t ALTER COLUMN w TYPE varchar(60);",
    .kinds = kinds,
    .judge = judge,
};
