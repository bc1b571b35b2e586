#include "base/str.h"
#include "lint/rule.h"

/* IF NOT EXISTS stays: pgkeel migrate looks whether the index that exists is the one, and valid. */
static const char *concurrently(keel_lint *lint, const keel_lint_statement *s)
{
    keel_rewrite rewrite = {.statement = s, .outside = true};

    rewrite.edits[0] = (keel_rewrite_edit){keel_text_behind_word(s, "index", 0, s->size), 0, " CONCURRENTLY"};
    if (keel_sql_true(s->node, "if_not_exists"))
        rewrite.edits[1] = (keel_rewrite_edit){
            0, 0, "-- pgkeel:allow=L005 \"pgkeel migrate rebuilds an INVALID index\"\n"};
    return keel_lint_rewrite(lint, &rewrite);
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_world_relation(keel_lint_world(lint), keel_sql_get(s->node, "relation"));
    bool only = !keel_sql_true(keel_sql_get(s->node, "relation"), "inh"); /* ON ONLY a partitioned table builds nothing */
    const char *why = NULL;

    if (keel_sql_true(s->node, "concurrent") || (table != NULL && (table->since > 0 || table->kind == 'p')) ||
        (only && (table == NULL || !table->known)))
        return;
    keel_severity severity = keel_lint_weigh(lint, table, KEEL_ERROR, &why);
    keel_lint_found(lint, s, keel_sql_get(s->node, "relation"), severity, keel_lint_relation(lint, s->node, "relation"),
                    concurrently(lint, s), "writers wait until the index is built: %s", why);
}

static const char *const kinds[] = {"IndexStmt", NULL};

const keel_lint_rule keel_lint_l001 = {
    .id = "L001",
    .name = "create-index-plain",
    .severity = KEEL_ERROR,
    .lock = "SHARE on the table while the index is built",
    .help = "CREATE INDEX lets nobody write to the table while it reads all of it and sorts. Build it CONCURRENTLY, in a step of its "
            "own; pgkeel migrate removes what a failed build leaves.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, v text); INSERT INTO t SELECT i, i, repeat('x', 300) FROM generate_series(1, 40000) i; "
             "ANALYZE t;",
    .bad = "CREATE INDEX t_a ON t (a);",
    .good = "CREATE INDEX CONCURRENTLY t_a ON t (a);",
    .kinds = kinds,
    .judge = judge,
};
