#include "base/str.h"
#include "lint/rule.h"

/* One index or table; what is of the system, or of all of a schema, may not be rebuilt so. */
static const char *concurrently(keel_lint *lint, const keel_lint_statement *s)
{
    const char *kind = keel_sql_text_of(s->node, "kind");
    const char *word = keel_streq(kind, "REINDEX_OBJECT_INDEX") ? "index" : keel_streq(kind, "REINDEX_OBJECT_TABLE") ? "table" : "";
    keel_rewrite rewrite = {.statement = s, .outside = true};
    size_t at = keel_text_behind_word(s, word, 0, s->size);

    if (at == 0 || keel_lint_server_version(lint) < 120000)
        return "REINDEX .. CONCURRENTLY, in a step of its own (PostgreSQL 12 and later).";
    rewrite.edits[0] = (keel_rewrite_edit){at, 0, " CONCURRENTLY"};
    return keel_lint_rewrite(lint, &rewrite);
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *options = NULL;
    size_t count = keel_sql_list(s->node, "params", &options);
    const char *name = keel_sql_text_of(keel_sql_get(s->node, "relation"), "relname"), *why = NULL;
    const keel_world_index *index = NULL;
    const keel_world_table *table = keel_lint_table(lint, s);

    for (size_t i = 0; i < count; i++)
        if (keel_streq(keel_sql_text_of(&options[i], "defname"), "concurrently"))
            return;
    if (table == NULL)
        table = keel_world_index_table(keel_lint_world(lint), "", name, &index);
    if (keel_lint_made_here(table))
        return;
    keel_severity severity = keel_lint_weigh(lint, table, KEEL_ERROR, &why);
    keel_lint_found(lint, s, NULL, severity, name, concurrently(lint, s),
                    "writers, and in effect readers, wait while it is built anew: %s", why);
}

static const char *const kinds[] = {"ReindexStmt", NULL};

const keel_lint_rule keel_lint_l032 = {
    .id = "L032",
    .name = "reindex",
    .severity = KEEL_ERROR,
    .lock = "SHARE on the table, ACCESS EXCLUSIVE on the index, while it is built",
    .help = "REINDEX locks writers out of the table, and in effect readers too, since planning any query wants "
            "the index. From PostgreSQL 12 REINDEX CONCURRENTLY does not.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "REINDEX TABLE t;",
    .good = "REINDEX TABLE CONCURRENTLY t;",
    .kinds = kinds,
    .judge = judge,
};
