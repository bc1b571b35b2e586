#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);

    for (size_t i = 0; table != NULL && i < table->indexes.count; i++)
        if (!table->indexes.items[i].valid)
            keel_lint_says(lint, s, NULL, KEEL_WARNING,
                           keel_arena_printf(keel_lint_arena(lint), "REINDEX INDEX CONCURRENTLY %s;",
                                             keel_lint_name(lint, table->indexes.items[i].name)),
                           "the index \"%s\" of the table is INVALID", table->indexes.items[i].name);
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l006 = {
    .id = "L006",
    .name = "invalid-index-present",
    .severity = KEEL_WARNING,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "none",
    .help = "An index that is INVALID is written by every change and read by nobody. A migration that touches "
            "its table is the moment to rebuild it or drop it.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t; CREATE TABLE u (id int); CREATE INDEX "
             "t_a ON t (a); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_a'::regclass;",
    .bad = "ALTER TABLE t ADD COLUMN n int;",
    .good = "ALTER TABLE u ADD COLUMN n int;",
    .kinds = kinds,
    .judge = judge,
};
