#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *objects = NULL, *words = NULL;
    const keel_world_index *index = NULL;
    size_t count = keel_sql_list(s->node, "objects", &objects);

    for (size_t i = 0; i < count && keel_streq(keel_sql_text_of(s->node, "removeType"), "OBJECT_INDEX"); i++) {
        size_t size = keel_sql_list(&objects[i], "items", &words);
        const char *name = size > 0 ? keel_sql_text_of(&words[size - 1], "sval") : "";
        if (keel_world_index_table(keel_lint_world(lint), "", name, &index) != NULL && index->scans > 0)
            keel_lint_found(lint, s, NULL, KEEL_WARNING, name, "See which queries use it first (pg_stat_statements, EXPLAIN).",
                            "it has been used %lld times since the statistics began", (long long)index->scans);
    }
}

static const char *const kinds[] = {"DropStmt", NULL};

const keel_lint_rule keel_lint_l081 = {
    .id = "L081",
    .name = "index-still-used",
    .severity = KEEL_WARNING,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "none",
    .help = "The index that is dropped has been used since the statistics began: queries that need it will read "
            "the whole table.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY "
             "KEY, a int); CREATE INDEX t_a ON t (a); CREATE INDEX t_b ON t (b); INSERT INTO t SELECT i, i, i "
             "FROM generate_series(1, 5000) i; ANALYZE t; SET enable_seqscan = off; SELECT * FROM t WHERE a = 1; "
             "SELECT pg_stat_force_next_flush(); SELECT pg_sleep(0);",
    .bad = "DROP INDEX CONCURRENTLY t_a;",
    .good = "DROP INDEX CONCURRENTLY t_b;",
    .kinds = kinds,
    .judge = judge,
};
