#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    static const char method_sql[] =
        "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_am a ON a.oid = c.relam"
        " WHERE c.oid::regclass::text || ' ' || a.amname = $1)";
    static const char *const subtypes[] = {"AT_SetLogged", "AT_SetUnLogged", "AT_SetTableSpace", "AT_SetAccessMethod"};
    const keel_world_table *table = keel_lint_table(lint, s);

    for (size_t i = 0; i < KEEL_COUNT_OF(subtypes); i++) {
        size_t at = 0;
        const keel_sql_node *command = keel_lint_command(s, subtypes[i], &at);
        bool same_method = i == 3 && command != NULL &&
                           keel_lint_ask(lint, method_sql,
                                         keel_arena_printf(keel_lint_arena(lint), "%s %s", keel_lint_relation(lint, s->node, "relation"),
                                                           keel_sql_text_of(command, "name")));
        bool already = same_method ||
                       (table != NULL && table->known && i < 2 && table->unlogged == (i == 1));
        if (command != NULL && !already)
            keel_lint_blocks(lint, s, command, KEEL_ERROR, "A new table, filled in batches, and a change of names.",
                             "the table is written anew while everybody waits");
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l034 = {
    .id = "L034",
    .name = "set-storage-rewrite",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE for a rewrite",
    .help = "SET LOGGED, SET UNLOGGED, SET TABLESPACE and SET ACCESS METHOD write the whole table anew under a "
            "lock that lets nobody through.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "ALTER TABLE t SET UNLOGGED;",
    .good = "ALTER TABLE t SET LOGGED;",
    .kinds = kinds,
    .judge = judge,
};
