#include "base/str.h"
#include "lint/table_rewrite.h"

/* Types that columns are mostly widened to, from a narrower one of the kind, which does not rewrite. */
static const char *widened_from(const char *to)
{
    static const struct {
        const char *to, *from;
    } kinds[] = {{"text", "varchar"},           {"varchar", "varchar(n) or text"},    {"numeric", "numeric(p,s)"},
                 {"inet", "cidr"},              {"varbit", "varbit(n)"},              {"timestamp", "a timestamp"},
                 {"timestamptz", "a timestamp"}, {"timestamp(6)", "a timestamp"}, {"timestamptz(6)", "a timestamp"}};

    for (size_t i = 0; i < KEEL_COUNT_OF(kinds); i++)
        if (keel_streq(kinds[i].to, to))
            return kinds[i].from;
    return NULL;
}

static const char remedy[] =
    "Add a column of the new type, keep it by a trigger, fill it in batches, then change over in one short step.";

/* By the text alone; USING computes each row's value. */
static void judge_unknown(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *command, const char *to)
{
    const char *name = keel_sql_text_of(command, "name");
    const char *from = keel_sql_get(keel_sql_get(command, "def"), "raw_default") == NULL ? widened_from(to) : NULL;

    if (from != NULL)
        keel_lint_blocks(lint, s, command, KEEL_WARNING, remedy,
                         "the table and its indexes are rewritten, unless \"%s\" is %s now, which --live knows", name, from);
    else
        keel_lint_blocks(lint, s, command, KEEL_ERROR, remedy,
                         "the table and its indexes are rewritten: \"%s\" from what it is to %s", name, to);
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_AlterColumnType", &at)) != NULL) {
        const char *name = keel_sql_text_of(command, "name"), *to = keel_lint_type(lint, keel_sql_get(command, "def"));
        const keel_world_column *column = keel_world_column_find(table, name);
        if (column == NULL)
            judge_unknown(lint, s, command, to);
        else if (keel_lint_type_rewrites(lint, table, command))
            keel_lint_blocks(lint, s, command, KEEL_ERROR, remedy, "the table and its indexes are rewritten: \"%s\" from %s to %s",
                             name, column->type, to);
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
            "do not rewrite, and are not reported; without --live, where the type that the column has is not "
            "known, a change to the widest of its kind (text, numeric, timestamptz ...) is a warning.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text, w varchar(20)); INSERT INTO t "
             "SELECT i, i, i, repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "ALTER TABLE t ALTER COLUMN a TYPE bigint;",
    .good = "ALTER TABLE t ALTER COLUMN w TYPE varchar(60);",
    .kinds = kinds,
    .judge = judge,
};
