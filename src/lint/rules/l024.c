#include "base/str.h"
#include "lint/rule.h"
#include "lint/type_change.h"
#include "sql/token.h"

static bool names_column(const char *tokens, const char *column)
{
    size_t size = strlen(tokens), wanted = strlen(column);

    for (size_t at = 0; at < size;) {
        keel_sql_token token = keel_sql_next(tokens, size, at);
        bool quoted = token.kind == KEEL_SQL_IDENTIFIER;
        at = token.start + token.size;
        if ((quoted || token.kind == KEEL_SQL_WORD) && token.size == wanted + 2 * quoted &&
            memcmp(tokens + token.start + quoted, column, wanted) == 0)
            return true;
    }
    return false;
}

static const keel_world_constraint *check_naming(const keel_world_table *table, const char *column)
{
    for (size_t i = 0; table != NULL && i < table->constraints.count; i++) {
        const keel_world_constraint *c = &table->constraints.items[i];
        if (c->type == 'c' && c->check != NULL && names_column(c->check, column))
            return c;
    }
    return NULL;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_AlterColumnType", &at)) != NULL) {
        const char *name = keel_sql_text_of(command, "name");
        const keel_world_column *column = keel_world_column_find(table, name);
        keel_type_change change =
            column != NULL ? keel_type_change_of(keel_lint_arena(lint), column->type,
                                                 keel_lint_type(lint, keel_sql_get(command, "def")))
                           : KEEL_TYPE_REWRITE;
        const keel_world_constraint *check = change != KEEL_TYPE_REWRITE ? check_naming(table, name) : NULL;
        if (check != NULL && change != KEEL_TYPE_SAME)
            keel_lint_blocks(lint, s, command, KEEL_ERROR,
                             keel_arena_printf(keel_lint_arena(lint),
                                               "DROP CONSTRAINT %s first, alter the type, add it again NOT VALID, and VALIDATE it in a step of "
                                               "its own.", keel_lint_name(lint, check->name)),
                             "nothing is rewritten, but every row is checked again against \"%s\"", check->name);
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l024 = {
    .id = "L024",
    .name = "alter-type-with-check",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE for a scan",
    .help = "A change of type that rewrites nothing still has every row checked again if a CHECK names the "
            "column, under a lock that lets nobody through. Drop the CHECK, alter, add it NOT VALID, and "
            "VALIDATE it.",
    .setup = "CREATE TABLE q (id int, n numeric(12,2) CHECK (n > 0), m numeric(12,2), v text); INSERT INTO q "
             "SELECT i, i, i, repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE q;",
    .bad = "ALTER TABLE q ALTER COLUMN n TYPE numeric(14,2);",
    .good = "ALTER TABLE q ALTER COLUMN m TYPE numeric(14,2);",
    .kinds = kinds,
    .judge = judge,
};
