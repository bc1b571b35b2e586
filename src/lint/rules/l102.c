#include "base/str.h"
#include "lint/rule.h"

enum { MANY = 5 };

/* Does the longer one begin with the columns of the shorter, in their order? */
static bool begins_with(const keel_world_index *longer, const keel_world_index *shorter)
{
    if (shorter->column_count > longer->column_count)
        return false;
    for (size_t i = 0; i < shorter->column_count; i++)
        if (!keel_streq(longer->columns[i], shorter->columns[i]))
            return false;
    return true;
}

static bool drops(const keel_sql_node *node, const char *index)
{
    const keel_sql_node *objects = NULL, *words = NULL;
    size_t count = keel_sql_kind_is(node, "DropStmt") ? keel_sql_list(node, "objects", &objects) : 0;

    for (size_t i = 0; i < count; i++) {
        size_t size = keel_sql_list(&objects[i], "items", &words);
        if (size > 0 && keel_streq(keel_sql_text_of(&words[size - 1], "sval"), index))
            return true;
    }
    return false;
}

static bool dropped_later(const keel_lint *lint, const keel_lint_statement *s, const char *index)
{
    const keel_lint_script *script = keel_lint_whole(lint);

    for (const keel_lint_statement *after = s + 1; after < script->items + script->count; after++)
        if (drops(after->node, index))
            return true;
    return false;
}

static void compare(keel_lint *lint, const keel_lint_statement *s, const keel_world_index *made, const keel_world_index *there)
{
    bool same = made->column_count == there->column_count;
    const char *name = *there->name != '\0' ? there->name : "an index without a name";

    if (begins_with(there, made) && (!made->unique || (same && there->unique)))
        keel_lint_says(lint, s, NULL, same ? KEEL_WARNING : KEEL_INFO, "Leave it away, or drop the other one afterwards.",
                       "\"%s\" %s already", name, same ? "has the same columns" : "begins with these columns");
    else if (begins_with(made, there) && !there->unique && !there->of_constraint)
        keel_lint_says(lint, s, NULL, KEEL_INFO,
                       keel_arena_printf(keel_lint_arena(lint), "DROP INDEX CONCURRENTLY %s; in a step behind this one.",
                                         keel_lint_name(lint, name)),
                       "\"%s\" is not needed beside it: this one begins with its columns", name);
}

static bool is_another(const keel_world_index *there, const keel_world_index *made)
{
    return there->plain && there->valid && there->name != NULL && (*there->name == '\0' || !keel_streq(there->name, made->name));
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    keel_world_index made = keel_world_index_of(keel_lint_arena(lint), s->node);

    if (made.column_count > MANY)
        keel_lint_found(lint, s, NULL, KEEL_INFO, keel_lint_relation(lint, s->node, "relation"),
                        "Keep the columns that searches lead with; the rest costs every write.", "an index of %zu columns",
                        made.column_count);
    for (size_t i = 0; table != NULL && made.plain && i < table->indexes.count; i++) {
        const keel_world_index *there = &table->indexes.items[i];
        if (is_another(there, &made) && (begins_with(there, &made) || begins_with(&made, there)) &&
            !dropped_later(lint, s, there->name))
            compare(lint, s, &made, there);
    }
}

static const char *const kinds[] = {"IndexStmt", NULL};

const keel_lint_rule keel_lint_l102 = {
    .id = "L102",
    .name = "redundant-index",
    .severity = KEEL_WARNING,
    .lock = "none; every write keeps one index more",
    .help = "An index whose columns are the first ones of another index answers nothing that the other does not; both are kept "
            "up to date by every write. Beyond five columns an index is rarely used to its end. Only plain btree indexes are "
            "compared: without expressions, conditions, INCLUDE, operator classes or an order of their own.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "CREATE INDEX CONCURRENTLY t_ab ON t (a, b);\n"
           "CREATE INDEX CONCURRENTLY t_ab_again ON t (a, b);",
    .good = "CREATE INDEX CONCURRENTLY t_ab ON t (a, b);\n"
            "CREATE INDEX CONCURRENTLY t_b_late ON t (b) WHERE a > 30000;",
    .kinds = kinds,
    .judge = judge,
};
