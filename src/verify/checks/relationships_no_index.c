#include <string.h>

#include "sql/parse.h"
#include "verify/indexes.h"

/* A child table whose rows take less than this is read as a whole in well under a millisecond. */
enum { SMALL_TABLE_BYTES = 128 * 1024 };

/* Foreign keys that a partition has from its parent. */
static const char inherited_sql[] =
    "SELECT o.conrelid, o.conname FROM pg_catalog.pg_constraint o"
    " WHERE o.contype = 'f' AND o.conparentid <> 0 AND o.conrelid = ANY ($1::pg_catalog.oid[])";

/* Where the rows of the selected tables stand, and the bytes they take; a plain table is its own only leaf. */
static const char leaves_sql[] =
    "WITH RECURSIVE tree(root, oid) AS ("
    "  SELECT c.oid, c.oid FROM pg_catalog.pg_class c"
    "   WHERE c.oid = ANY ($1::pg_catalog.oid[]) AND EXISTS ("
    "         SELECT FROM pg_catalog.pg_constraint o WHERE o.contype = 'f' AND o.conrelid = c.oid)"
    "   UNION ALL SELECT t.root, h.inhrelid FROM tree t JOIN pg_catalog.pg_inherits h ON h.inhparent = t.oid"
    "              JOIN pg_catalog.pg_class p ON p.oid = h.inhrelid AND p.relispartition)"
    "SELECT t.root, t.oid, " KEEL_SQL_BYTES("c") " FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid"
    " WHERE c.relkind = 'r' ORDER BY t.root";

typedef struct survey {
    keel_check_run *run;
    keel_index_list indexes;
    keel_pg_result *inherited, *leaves;
} survey;

static bool is_key_column(const int *columns, size_t count, int column)
{
    for (size_t i = 0; i < count; i++)
        if (columns[i] == column)
            return true;
    return false;
}

/* The first `count` keys of the index are these columns, in any order. */
static bool leads_with(const keel_index_facts *index, const int *columns, size_t count)
{
    if (index->key_count < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        bool among = false;
        for (size_t j = 0; j < count; j++)
            among = among || index->keys[j].column == columns[i];
        if (!among)
            return false;
    }
    return true;
}

/* One "column IS NOT NULL" about a column of the key: the look-up compares every one of them with a value. */
static bool is_harmless(const keel_sql_node *node, const keel_pg_table *table, const int *columns, size_t count)
{
    const keel_sql_node *parts;
    const keel_sql_node *fields;

    if (keel_sql_kind_is(node, "BoolExpr") && strcmp(keel_sql_text_of(node, "boolop"), "AND_EXPR") == 0) {
        size_t part_count = keel_sql_list(node, "args", &parts);
        for (size_t i = 0; i < part_count; i++)
            if (!is_harmless(&parts[i], table, columns, count))
                return false;
        return part_count > 0;
    }
    if (!keel_sql_kind_is(node, "NullTest") || strcmp(keel_sql_text_of(node, "nulltesttype"), "IS_NOT_NULL") != 0)
        return false;
    const keel_sql_node *reference = keel_sql_get(node, "arg");
    if (!keel_sql_kind_is(reference, "ColumnRef") || keel_sql_list(reference, "fields", &fields) != 1)
        return false;
    const keel_pg_column *column = keel_pg_table_column(table, keel_sql_name_of(reference, "fields"));
    return column != NULL && is_key_column(columns, count, column->number);
}

static bool predicate_is_harmless(keel_check_run *run, const keel_index_facts *index, const int *columns, size_t count)
{
    const keel_sql_node *select = NULL;
    const keel_sql_node *targets;
    keel_sql_complaint complaint;

    if (index->predicate == NULL)
        return true;
    const char *sql = keel_arena_printf(run->arena, "SELECT %s", index->predicate);
    if (!keel_sql_parse(run->arena, sql, strlen(sql), &select, &complaint) ||
        keel_sql_list(select, "targetList", &targets) != 1)
        return false;
    return is_harmless(keel_sql_get(&targets[0], "val"), index->table, columns, count);
}

static bool serves(keel_check_run *run, const keel_index_facts *index, const int *columns, size_t count)
{
    bool btree = strcmp(index->method, "btree") == 0;
    bool hash = strcmp(index->method, "hash") == 0 && count == 1;

    return index->usable && (btree || hash) && leads_with(index, columns, count) &&
           predicate_is_harmless(run, index, columns, count);
}

static bool is_served(const survey *s, const keel_pg_table *table, const int *columns, size_t count)
{
    for (size_t i = 0; i < s->indexes.count; i++)
        if (s->indexes.items[i].table == table && serves(s->run, &s->indexes.items[i], columns, count))
            return true;
    return false;
}

/* The same columns by name in a partition, where they may have other numbers. */
static bool leaf_is_served(const survey *s, const keel_pg_table *leaf, const keel_pg_table *table,
                           const keel_pg_constraint *key)
{
    int *columns = keel_arena_alloc(s->run->arena, key->column_count * sizeof *columns);

    for (size_t i = 0; i < key->column_count; i++) {
        const keel_pg_column *named = keel_pg_table_column_number(table, key->columns[i]);
        const keel_pg_column *column = named != NULL ? keel_pg_table_column(leaf, named->name) : NULL;
        if (column == NULL)
            return false;
        columns[i] = column->number;
    }
    return is_served(s, leaf, columns, key->column_count);
}

/* Leaves without an index of their own, and the bytes of them all. */
static void count_leaves(const survey *s, const keel_pg_table *table, const keel_pg_constraint *key, int64_t *ret_bare,
                         int64_t *ret_bytes)
{
    *ret_bare = 0;
    *ret_bytes = 0;
    for (int row = 0; row < keel_pg_rows(s->leaves); row++) {
        if (keel_word_oid(s->leaves, row, 0) != table->oid)
            continue;
        const keel_pg_table *leaf = keel_pg_catalog_find_oid(s->run->db->catalog, keel_word_oid(s->leaves, row, 1));
        *ret_bytes += keel_pg_int(s->leaves, row, 2);
        *ret_bare += leaf != NULL && (leaf == table || !leaf_is_served(s, leaf, table, key));
    }
}

static const char *remedy_for(keel_check_run *run, const keel_pg_table *table, const char *columns)
{
    const char *name = keel_word_sql_table(run, table);

    if (table->kind != 'p')
        return keel_arena_printf(run->arena, "CREATE INDEX CONCURRENTLY ON %s (%s);", name, columns);
    return keel_arena_printf(run->arena, "CREATE INDEX ON %s (%s); (holds back writes; without that: CREATE INDEX .. ON "
                                         "ONLY the table, CREATE INDEX CONCURRENTLY on each partition, ALTER INDEX .. "
                                         "ATTACH PARTITION)", name, columns);
}

static void judge(const survey *s, const keel_pg_table *table, const keel_pg_constraint *key)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    keel_check_run *run = s->run;
    const char **columns = keel_arena_alloc(run->arena, key->column_count * sizeof *columns);
    int64_t bare;
    int64_t bytes;
    keel_json json;

    if (is_served(s, table, key->columns, key->column_count))
        return;
    count_leaves(s, table, key, &bare, &bytes);
    if (bare == 0)
        return;
    for (size_t i = 0; i < key->column_count; i++) {
        const keel_pg_column *column = keel_pg_table_column_number(table, key->columns[i]);
        columns[i] = column != NULL ? column->name : "?";
    }
    keel_evidence_start(&json, &evidence);
    keel_json_kv_text(&json, "constraint", key->name);
    keel_json_kv_text(&json, "references", keel_word_name(run, key->parent_schema, key->parent_table));
    keel_json_kv_int(&json, "bytes", bytes);
    if (table->estimated_rows >= 0)
        keel_json_kv_int(&json, "estimated_rows", (int64_t)table->estimated_rows);
    if (table->kind == 'p')
        keel_json_kv_int(&json, "partitions_without", bare);
    bool small = bytes < SMALL_TABLE_BYTES;
    keel_check_found_as(run, small ? KEEL_INFO : run->check->severity,
                        keel_check_columns_name(run, table, columns, key->column_count), keel_evidence_finish(&json),
                        remedy_for(run, table, keel_word_sql_list(run, columns, key->column_count)),
                        "no index begins with the columns of foreign key \"%s\"%s: every DELETE or key change in %s reads "
                        "the whole table (%s)", key->name, small ? " (small today)" : "",
                        keel_word_name(run, key->parent_schema, key->parent_table), keel_word_bytes(run, bytes));
}

static bool is_inherited(const survey *s, const keel_pg_table *table, const keel_pg_constraint *key)
{
    for (int row = 0; row < keel_pg_rows(s->inherited); row++)
        if (keel_word_oid(s->inherited, row, 0) == table->oid &&
            strcmp(keel_pg_text(s->inherited, row, 1), key->name) == 0)
            return true;
    return false;
}

static void judge_all(const survey *s)
{
    int64_t looked = 0;

    for (size_t i = 0; i < s->run->db->table_count; i++) {
        const keel_pg_table *table = s->run->db->tables[i];
        for (size_t j = 0; j < table->constraints.count; j++) {
            const keel_pg_constraint *key = &table->constraints.items[j];
            if (key->type != 'f' || is_inherited(s, table, key))
                continue;
            looked++;
            judge(s, table, key);
        }
    }
    keel_check_looked(s->run, looked, "foreign keys");
}

static bool run_check(keel_check_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *inherited = NULL;
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *leaves = NULL;
    survey s = {.run = run};

    if (!keel_indexes_load(run, &s.indexes, err) || !keel_check_query(run, &inherited, err, inherited_sql) ||
        !keel_check_query(run, &leaves, err, leaves_sql))
        return false;
    s.inherited = inherited;
    s.leaves = leaves;
    judge_all(&s);
    return true;
}

const keel_check keel_check_relationships_no_index = {
    .id = "relationships.no_index",
    .group = KEEL_GROUP_RELATIONSHIPS,
    .severity = KEEL_WARNING,
    .title = "every foreign key has an index",
    .help = "Looks for foreign keys whose columns are not the leading columns, in any order, of a valid btree or hash index "
            "of the child table. Without one, each row deleted from the parent, and each change of its key, reads the whole "
            "child table, with the row locks held meanwhile. A partial index counts only if its predicate is that columns "
            "of the key are not null. A partitioned table is served by an index of its own or of every partition. If the "
            "rows of the child table take less than 128 kB it is an INFO: reading them costs nothing yet.",
    .triggers = "CREATE TABLE customers (id int PRIMARY KEY);"
                "CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers);"
                "INSERT INTO customers VALUES (1);"
                "INSERT INTO orders SELECT i, 1 FROM generate_series(1, 4000) i;",
    .passes = "CREATE TABLE customers (id int PRIMARY KEY);"
              "CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers);"
              "CREATE INDEX ON orders (customer_id) WHERE customer_id IS NOT NULL;",
    .run = run_check,
};
