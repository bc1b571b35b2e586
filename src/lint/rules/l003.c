#include "base/str.h"
#include "lint/rule.h"

static const char *name_of(keel_lint *lint, const keel_sql_node *object)
{
    const keel_sql_node *words = NULL;
    size_t count = keel_sql_list(object, "items", &words);
    const char *name = "";

    for (size_t i = 0; i < count; i++)
        name = keel_arena_printf(keel_lint_arena(lint), "%s%s%s", name, i > 0 ? "." : "",
                                 keel_lint_name(lint, keel_sql_text_of(&words[i], "sval")));
    return name;
}

/* CONCURRENTLY takes one index, no CASCADE, and none of a partitioned table. */
static const char *one_by_one(keel_lint *lint, const keel_lint_statement *s, const keel_world_table *table)
{
    const keel_sql_node *objects = NULL;
    size_t count = keel_sql_list(s->node, "objects", &objects);
    const char *exists = keel_sql_true(s->node, "missing_ok") ? "IF EXISTS " : "", *others = NULL;
    keel_rewrite rewrite = {.statement = s, .outside = true};

    if (keel_streq(keel_sql_text_of(s->node, "behavior"), "DROP_CASCADE") || (table != NULL && table->kind == 'p'))
        return "DROP INDEX CONCURRENTLY takes neither CASCADE nor an index of a partitioned table: drop it behind a short lock_timeout.";
    for (size_t i = 1; i < count; i++)
        others = keel_arena_printf(keel_lint_arena(lint), "%s%sDROP INDEX CONCURRENTLY %s%s;", others != NULL ? others : "",
                                   others != NULL ? "\n" : "", exists, name_of(lint, &objects[i]));
    rewrite.edits[0] = (keel_rewrite_edit){
        0, s->size, keel_arena_printf(keel_lint_arena(lint), "DROP INDEX CONCURRENTLY %s%s", exists, name_of(lint, &objects[0]))};
    rewrite.after = others;
    return keel_lint_rewrite(lint, &rewrite);
}

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
        keel_lint_found(lint, s, NULL, severity, name, one_by_one(lint, s, table),
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
