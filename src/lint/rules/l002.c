#include "base/str.h"
#include "lint/rule.h"

/* A partition that the run itself has made or attached is not in the catalogue yet. */
static bool run_adds_partitions(const keel_lint *lint, const keel_lint_statement *s)
{
    for (const keel_lint_statement *before = keel_lint_whole(lint)->items; before < s; before++) {
        size_t at = 0;
        if (keel_sql_get(before->node, "partbound") != NULL || keel_lint_command(before, "AT_AttachPartition", &at) != NULL)
            return true;
    }
    return false;
}

static const char *qualified(keel_lint *lint, const char *schema, const char *name)
{
    const char *quoted = keel_lint_name(lint, name);

    return schema != NULL && *schema != '\0'
               ? keel_arena_printf(keel_lint_arena(lint), "%s.%s", keel_lint_name(lint, schema), quoted) : quoted;
}

/* "a_b"; NULL if an expression is among them, whose name is the server's to choose. */
static const char *columns_of(keel_lint *lint, const keel_lint_statement *s)
{
    static const char *const keys[] = {"indexParams", "indexIncludingParams"};
    const char *columns = "";

    for (size_t k = 0; k < KEEL_COUNT_OF(keys); k++) {
        const keel_sql_node *items = NULL;
        size_t count = keel_sql_list(s->node, keys[k], &items);
        for (size_t i = 0; i < count; i++) {
            const char *name = keel_sql_text_of(&items[i], "name");
            if (*name == '\0')
                return NULL;
            columns = keel_arena_printf(keel_lint_arena(lint), "%s%s%s", columns, *columns != '\0' ? "_" : "", name);
        }
    }
    return columns;
}

static bool has_columns(const keel_world_index *index, const keel_lint_statement *s)
{
    const keel_sql_node *keys = NULL;
    size_t count = keel_sql_list(s->node, "indexParams", &keys);

    for (size_t i = 0; i < count && i < index->column_count; i++)
        if (!keel_streq(index->columns[i], keel_sql_text_of(&keys[i], "name")))
            return false;
    return index->column_count == count;
}

/* Can its index be built by itself, under the name that the server would have chosen? An index that is like the new one
 * already would be attached. */
static bool fits(const keel_lint *lint, const keel_lint_statement *s, const keel_world_table *part, const char *index)
{
    for (size_t i = 0; i < part->indexes.count; i++)
        if (has_columns(&part->indexes.items[i], s))
            return false;
    return part->kind == 'r' && !keel_world_name_taken(keel_lint_world(lint), part->schema, index);
}

typedef struct pieces {
    const char *head; /* "CREATE UNIQUE INDEX" */
    const char *tail; /* " USING btree (a)" */
    const char *schema;
    const char *columns, *index;
} pieces;

static bool cut(keel_lint *lint, const keel_lint_statement *s, const keel_world_table *table, pieces *ret_pieces)
{
    const keel_sql_node *relation = keel_sql_get(s->node, "relation");
    size_t head = keel_text_behind_word(s, "index", 0, s->size);
    size_t tail = keel_text_behind_name(s, (size_t)keel_sql_number_of(relation, "location"));
    const char *name = keel_sql_text_of(s->node, "idxname");

    if (head == 0 || tail <= head || keel_sql_true(s->node, "if_not_exists"))
        return false;
    *ret_pieces = (pieces){.head = keel_arena_strndup(keel_lint_arena(lint), s->sql, head),
                           .tail = s->sql + tail,
                           .schema = keel_sql_text_of(relation, "schemaname"),
                           .columns = columns_of(lint, s)};
    if (ret_pieces->columns == NULL || table->kind != 'p')
        return false;
    ret_pieces->index = *name != '\0' ? name : keel_lint_choose_name(lint, s, s->node, ret_pieces->columns, "idx");
    return ret_pieces->index != NULL;
}

/* On the parent alone, then CONCURRENTLY on each partition, then put together. */
static const char *one_by_one(keel_lint *lint, const keel_lint_statement *s, const keel_world_table *table)
{
    keel_arena *arena = keel_lint_arena(lint);
    const keel_world_table *part;
    const char *builds = NULL, *attaches = "";
    size_t at = 0;
    pieces p;

    if (!keel_lint_live(lint) || keel_sql_true(s->node, "concurrent") || run_adds_partitions(lint, s) || !cut(lint, s, table, &p))
        return NULL;
    while ((part = keel_world_partition(keel_lint_world(lint), table, &at)) != NULL) {
        const char *index = keel_lint_object_name(arena, part->name, p.columns, "idx");
        if (!fits(lint, s, part, index))
            return NULL;
        builds = keel_arena_printf(arena, "%s%s%s CONCURRENTLY %s ON %s%s;", builds != NULL ? builds : "",
                                   builds != NULL ? "\n-- pgkeel:step\n" : "", p.head, keel_lint_name(lint, index),
                                   qualified(lint, part->schema, part->name), p.tail);
        attaches = keel_arena_printf(arena, "%s\n-- pgkeel:step\nALTER INDEX %s ATTACH PARTITION %s;", attaches,
                                     qualified(lint, p.schema, p.index), qualified(lint, part->schema, index));
    }
    if (builds == NULL)
        return NULL;
    keel_rewrite rewrite = {.statement = s, .outside = true, .after = keel_arena_printf(arena, "%s%s", builds, attaches)};
    rewrite.edits[0] = (keel_rewrite_edit){
        0, s->size, keel_arena_printf(arena, "%s %s ON ONLY %s%s", p.head, keel_lint_name(lint, p.index),
                                      keel_lint_relation(lint, s->node, "relation"), p.tail)};
    return keel_lint_rewrite(lint, &rewrite);
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    bool only = !keel_sql_true(keel_sql_get(s->node, "relation"), "inh");

    if (table == NULL || table->kind != 'p' || only)
        return;
    const char *safe = one_by_one(lint, s, table);
    keel_lint_blocks(lint, s, keel_sql_get(s->node, "relation"), KEEL_ERROR,
                     safe != NULL ? safe
                     : keel_sql_true(s->node, "concurrent")
                         ? "CONCURRENTLY is refused on a partitioned table: CREATE INDEX .. ON ONLY the parent, CONCURRENTLY on "
                           "each partition, then ALTER INDEX .. ATTACH PARTITION."
                         : "CREATE INDEX .. ON ONLY the parent, CREATE INDEX CONCURRENTLY on each partition, then "
                           "ALTER INDEX .. ATTACH PARTITION.",
                     "every partition is locked against writers until all are built");
}

static const char *const kinds[] = {"IndexStmt", NULL};

const keel_lint_rule keel_lint_l002 = {
    .id = "L002",
    .name = "create-index-on-partitioned",
    .severity = KEEL_ERROR,
    .lock = "SHARE on the parent and every partition while all are built",
    .help = "An index on a partitioned table builds one on every partition in one transaction; nobody writes to "
            "any of them meanwhile, and CONCURRENTLY is refused. Make it ON ONLY the parent, build each "
            "partition's CONCURRENTLY, and ATTACH them.",
    .setup = "CREATE TABLE m (id int, a int) PARTITION BY RANGE (id); CREATE TABLE m1 PARTITION OF m FOR VALUES "
             "FROM (0) TO (1000000);INSERT INTO m SELECT i, i FROM generate_series(1, 300000) i; ANALYZE m1;",
    .bad = "CREATE INDEX m_a ON m (a);",
    .good = "CREATE INDEX m_a ON ONLY m (a);\n"
            "-- pgkeel:step\n"
            "CREATE INDEX CONCURRENTLY m1_a ON m1 (a);\n"
            "-- pgkeel:step\n"
            "ALTER INDEX m_a ATTACH PARTITION m1_a;",
    .kinds = kinds,
    .judge = judge,
};
