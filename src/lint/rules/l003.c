#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *objects = NULL, *words = NULL;
    size_t count = keel_sql_list(s->node, "objects", &objects);
    const keel_world_index *index = NULL;

    if (!keel_streq(keel_sql_text_of(s->node, "removeType"), "OBJECT_INDEX") || keel_sql_true(s->node, "concurrent"))
        return;
    for (size_t i = 0; i < count; i++) {
        size_t size = keel_sql_list(&objects[i], "items", &words);
        const char *name = size > 0 ? keel_sql_text_of(&words[size - 1], "sval") : "";
        const char *schema = size > 1 ? keel_sql_text_of(&words[size - 2], "sval") : "";
        const keel_world_table *table = keel_world_index_table(keel_lint_world(lint), schema, name, &index);
        const char *why = NULL;
        if (keel_lint_made_here(table))
            continue;
        keel_severity severity = keel_lint_weigh(lint, table, KEEL_WARNING, &why);
        keel_lint_found(lint, s, NULL, severity, name,
                        keel_arena_printf(keel_lint_arena(lint), "DROP INDEX CONCURRENTLY %s;", keel_lint_name(lint, name)),
                        "readers and writers of its table are locked out for a moment: %s", why);
    }
}

static const char *const kinds[] = {"DropStmt", NULL};

const keel_lint_rule keel_lint_l003 = {
    .id = "L003",
    .name = "drop-index-plain",
    .severity = KEEL_WARNING,
    .lock = "ACCESS EXCLUSIVE on the table, for a moment",
    .help = "DROP INDEX locks out readers and writers of the table. The lock is short, but whoever waits for it "
            "makes everybody behind it wait. DROP INDEX CONCURRENTLY does not; it takes one name, and no index "
            "of a constraint.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t; CREATE INDEX t_a ON t (a);",
    .bad = "DROP INDEX t_a;",
    .good = "DROP INDEX CONCURRENTLY t_a;",
    .kinds = kinds,
    .judge = judge,
};
