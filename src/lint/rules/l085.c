#include "base/str.h"
#include "lint/rule.h"
#include "lint/session.h"

/* The column that the subcommand makes required: by SET NOT NULL, or by a CHECK that says the same. */
static const char *required(const keel_sql_node *command)
{
    const keel_sql_node *def = keel_sql_get(command, "def"), *fields = NULL;
    const keel_sql_node *test = keel_sql_get(def, "raw_expr"), *argument = keel_sql_get(test, "arg");

    if (keel_streq(keel_sql_text_of(command, "subtype"), "AT_SetNotNull"))
        return keel_sql_text_of(command, "name");
    bool says_so = keel_streq(keel_sql_text_of(command, "subtype"), "AT_AddConstraint") && keel_sql_kind_is(test, "NullTest") &&
                   keel_streq(keel_sql_text_of(test, "nulltesttype"), "IS_NOT_NULL");
    return says_so && keel_sql_list(argument, "fields", &fields) == 1 ? keel_sql_text_of(&fields[0], "sval") : NULL;
}

/* The statement in front of it, in the same file; or NULL. */
static const keel_lint_statement *in_front(const keel_lint *lint, const keel_lint_statement *s)
{
    return s > keel_lint_whole(lint)->items && keel_streq(s[-1].file, s->file) ? s - 1 : NULL;
}

/* The statement of the same file that adds the column; or NULL. *ret_def: its definition. */
static const keel_lint_statement *adds(const keel_lint *lint, const keel_lint_statement *s, const char *column,
                                       const keel_sql_node **ret_def)
{
    const char *relation = keel_sql_text_of(keel_sql_get(s->node, "relation"), "relname");
    const keel_sql_node *command;

    for (const keel_lint_statement *before = s; before != NULL; before = in_front(lint, before)) {
        if (!keel_sql_kind_is(before->node, "AlterTableStmt") ||
            !keel_streq(keel_sql_text_of(keel_sql_get(before->node, "relation"), "relname"), relation))
            continue;
        for (size_t at = 0; (command = keel_lint_command(before, "AT_AddColumn", &at)) != NULL;) {
            *ret_def = keel_sql_get(command, "def");
            if (keel_streq(keel_sql_text_of(*ret_def, "colname"), column))
                return before;
        }
    }
    return NULL;
}

static bool sets_default(const keel_lint *lint, const keel_lint_statement *s, const char *column)
{
    const keel_sql_node *command;

    for (const keel_lint_statement *before = s; before != NULL; before = in_front(lint, before))
        for (size_t at = 0; (command = keel_lint_command(before, "AT_ColumnDefault", &at)) != NULL;)
            if (keel_sql_get(command, "def") != NULL && keel_streq(keel_sql_text_of(command, "name"), column))
                return true;
    return false;
}

static void judge_required(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *command, const char *column)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    const keel_world_column *known = keel_world_column_find(table, column);
    bool has_default = sets_default(lint, s, column) || (known != NULL && known->has_default);
    const keel_sql_node *def = NULL;
    const keel_lint_statement *added = has_default ? NULL : adds(lint, s, column, &def);

    if (added != NULL && !keel_lint_column_filled(def) && keel_lint_once(lint, keel_arena_printf(keel_lint_arena(lint), "%s %s", s->file, column)))
        keel_lint_says(lint, s, command, KEEL_WARNING, "Give it a DEFAULT; or require it in a later migration, when all clients write it.",
                       "line %d adds \"%s\" without a default: clients of today cannot write it, and fail from here on",
                       added->line, column);
    else if (added == NULL && !has_default && (known == NULL || (known->since == 0 && !known->not_null)) &&
             !keel_world_proves_not_null(table, column, s->transaction) && keel_streq(keel_lint_phase(lint, s), "expand"))
        keel_lint_says(lint, s, command, KEEL_WARNING, "Move it to a step of phase=contract.",
                       "a step of phase=expand requires \"%s\" of clients that may not write it", column);
}

/* DROP DEFAULT of a column that the file has added NOT NULL, as ORMs like to write it. */
static void judge_dropped(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *command)
{
    const char *column = keel_sql_text_of(command, "name");
    const keel_world_column *known = keel_world_column_find(keel_lint_table(lint, s), column);
    const keel_sql_node *def = NULL;
    const keel_lint_statement *added = known != NULL && known->since > 0 && known->not_null ? adds(lint, s, column, &def) : NULL;

    if (added != NULL)
        keel_lint_says(lint, s, command, KEEL_WARNING, "Drop the default in a later migration, when all clients write the column.",
                       "line %d adds \"%s\" NOT NULL: clients of today, who leave it out, fail without its default", added->line, column);
}

static void judge_unique(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *column = NULL, *def = NULL;
    size_t at = 0;
    bool index = keel_sql_kind_is(s->node, "IndexStmt") && keel_sql_true(s->node, "unique");

    if (!index && (def = keel_lint_constraint(s, "CONSTR_UNIQUE", &at, &column)) == NULL)
        return;
    if (column == NULL && keel_streq(keel_lint_phase(lint, s), "expand"))
        keel_lint_says(lint, s, def, KEEL_WARNING, "Move it to a step of phase=contract.",
                       "a step of phase=expand forbids rows that clients of today may write");
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *commands = NULL;
    size_t count = keel_sql_list(s->node, "cmds", &commands);

    for (size_t i = 0; i < count; i++) {
        const char *column = required(&commands[i]);
        if (column != NULL)
            judge_required(lint, s, &commands[i], column);
        if (keel_streq(keel_sql_text_of(&commands[i], "subtype"), "AT_ColumnDefault") && keel_sql_get(&commands[i], "def") == NULL)
            judge_dropped(lint, s, &commands[i]);
    }
    judge_unique(lint, s);
}

static const char *const kinds[] = {"AlterTableStmt", "IndexStmt", NULL};

const keel_lint_rule keel_lint_l085 = {
    .id = "L085",
    .name = "old-writers-fail",
    .severity = KEEL_WARNING,
    .lock = "none: it is clients that fail",
    .help = "Clients of the version before do not write a column that they do not know. Reported is a file that adds a column "
            "without a default and requires it too (SET NOT NULL, or CHECK IS NOT NULL, which NOT VALID does not soften for new "
            "rows), or adds it NOT NULL and drops its default: in between nobody can be deployed. And a step whose comment says "
            "phase=expand that requires a column which was there, or makes it UNIQUE: that is a contract. A later file that "
            "requires the column is left alone, since a deployment may stand in between.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text);",
    .bad = "ALTER TABLE t ADD COLUMN n int;\n"
           "-- pgkeel:step\n"
           "ALTER TABLE t ADD CONSTRAINT t_n_nn CHECK (n IS NOT NULL) NOT VALID;",
    .good = "ALTER TABLE t ADD COLUMN n int DEFAULT 0;\n"
            "-- pgkeel:step\n"
            "ALTER TABLE t ADD CONSTRAINT t_n_nn CHECK (n IS NOT NULL) NOT VALID;",
    .kinds = kinds,
    .judge = judge,
};
