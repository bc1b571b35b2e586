#include "base/str.h"
#include "lint/rule.h"
#include "lint/type_change.h"

static const char remedy[] = "Clients that keep prepared statements, poolers above all, have to prepare them anew: reconnect them.";

/* A column's type: every prepared query that returns it. */
static void judge_type(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *command)
{
    const char *name = keel_sql_text_of(command, "name");
    const keel_world_column *column = keel_world_column_find(keel_lint_table(lint, s), name);
    bool same = column != NULL && keel_type_change_of(keel_lint_arena(lint), column->type,
                                                      keel_lint_type(lint, keel_sql_get(command, "def"))) == KEEL_TYPE_SAME;

    if (same || (column != NULL && column->since > 0))
        return;
    keel_lint_says(lint, s, command, KEEL_INFO, remedy,
                   "prepared statements that return \"%s\" fail until they are prepared anew: cached plan must not change result type", name);
}

/* Its columns: those that return all of them, if there are any. */
static void judge_columns(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *command)
{
    const char *table = keel_sql_text_of(keel_sql_get(s->node, "relation"), "relname");
    const keel_world_star *star = keel_world_star_of(keel_lint_world(lint), table);

    if (star != NULL && keel_lint_once(lint, table))
        keel_lint_says(lint, s, command, KEEL_INFO, remedy,
                       "where it is prepared, \"%s\" (%.0f calls) fails until it is prepared anew: cached plan must not change "
                       "result type", star->query,
                       star->calls);
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    static const char *const changes[] = {"AT_AddColumn", "AT_DropColumn"};
    const keel_sql_node *command;

    for (size_t at = 0; (command = keel_lint_command(s, "AT_AlterColumnType", &at)) != NULL;)
        judge_type(lint, s, command);
    for (size_t i = 0; i < KEEL_COUNT_OF(changes); i++)
        for (size_t at = 0; (command = keel_lint_command(s, changes[i], &at)) != NULL;)
            judge_columns(lint, s, command);
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l086 = {
    .id = "L086",
    .name = "cached-plan-result-type",
    .severity = KEEL_INFO,
    .lock = "none: clients fail",
    .help = "A prepared statement whose result changes its columns or their types fails with \"cached plan must not change result type\", "
            "in a transaction with all of it, until it is prepared anew. That is said of every change of type, of lengths too. Of ADD "
            "and DROP COLUMN it is said where pg_stat_statements knows a SELECT * that reads the table: a query that names its columns "
            "goes on.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, w varchar(20));",
    .bad = "ALTER TABLE t ALTER COLUMN w TYPE varchar(60);",
    .good = "ALTER TABLE t ADD COLUMN n int;",
    .kinds = kinds,
    .judge = judge,
};
