#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    for (size_t i = 0; i < s->class->relations.count; i++) {
        const keel_sql_relation *parent = &s->class->relations.items[i];
        const keel_world_table *table = keel_world_table_find(keel_lint_world(lint), parent->schema, parent->name);
        if (parent->lock == KEEL_LOCK_SHARE_ROW_EXCLUSIVE && !keel_lint_made_here(table))
            keel_lint_found(lint, s, NULL, KEEL_INFO, parent->name, NULL,
                            "writers of \"%s\" are locked out for a moment by the new foreign key", parent->name);
    }
}

static const char *const kinds[] = {"CreateStmt", NULL};

const keel_lint_rule keel_lint_l014 = {
    .id = "L014",
    .name = "create-table-references",
    .severity = KEEL_INFO,
    .lock = "SHARE ROW EXCLUSIVE on the parent, for a moment",
    .help = "A new table with a foreign key locks the table that it points at against writers for a moment; "
            "behind a long reader or writer of it, everybody waits. A lock_timeout with retries, which pgkeel "
            "migrate has, is enough.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "CREATE TABLE c (id int, t_id int REFERENCES t (id));",
    .good = "CREATE TABLE c (id int, t_id int);",
    .kinds = kinds,
    .judge = judge,
};
