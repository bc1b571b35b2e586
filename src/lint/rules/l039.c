#include "base/str.h"
#include "lint/rule.h"
#include "sql/token.h"

/* What the unique index would be of, as SQL. */
typedef struct unique_key {
    const char **terms;
    size_t count;
    const char *predicate; /* of a partial index, or NULL */
    bool nulls_equal;
    const char *names;     /* for people: "a, b" */
} unique_key;

static const char *identifier(keel_lint *lint, const char *name)
{
    KEEL_CLEANUP(keel_str_free) keel_str quoted = {0};

    keel_pg_add_identifier(&quoted, name);
    return keel_arena_strdup(keel_lint_arena(lint), keel_str_text(&quoted));
}

static bool add_term(keel_lint *lint, unique_key *key, const char *name)
{
    key->terms[key->count++] = identifier(lint, name);
    key->names = keel_arena_printf(keel_lint_arena(lint), "%s%s%s", key->names, key->count > 1 ? ", " : "", name);
    return *name != '\0';
}

/* Behind the last WHERE outside of parentheses: nothing else may follow in a CREATE INDEX. */
static const char *predicate_of(keel_arena *arena, const keel_lint_statement *s)
{
    size_t behind = 0;
    int depth = 0;

    for (size_t at = 0; at < s->size;) {
        keel_sql_token token = keel_sql_next(s->sql, s->size, at);
        at = token.start + token.size;
        depth += keel_sql_is_mark(s->sql, token, '(') - keel_sql_is_mark(s->sql, token, ')');
        if (depth == 0 && keel_sql_is_word(s->sql, token, "where"))
            behind = at;
    }
    return behind > 0 ? keel_arena_strndup(arena, s->sql + behind, s->size - behind) : NULL;
}

/* False: an expression is among them, which is not looked at. */
static bool key_of_index(keel_lint *lint, const keel_lint_statement *s, unique_key *key)
{
    const keel_sql_node *items = NULL;
    size_t count = keel_sql_list(s->node, "indexParams", &items);

    *key = (unique_key){.names = "", .nulls_equal = keel_sql_true(s->node, "nulls_not_distinct")};
    key->terms = keel_arena_alloc(keel_lint_arena(lint), (count + 1) * sizeof *key->terms);
    if (keel_sql_get(s->node, "whereClause") != NULL)
        key->predicate = predicate_of(keel_lint_arena(lint), s);
    for (size_t i = 0; i < count; i++)
        if (!add_term(lint, key, keel_sql_text_of(&items[i], "name")))
            return false;
    return count > 0;
}

static bool key_of_constraint(keel_lint *lint, const keel_sql_node *def, const keel_sql_node *column, unique_key *key)
{
    const keel_sql_node *items = NULL;
    size_t count = keel_sql_list(def, "keys", &items);

    *key = (unique_key){.names = "", .nulls_equal = keel_sql_true(def, "nulls_not_distinct")};
    key->terms = keel_arena_alloc(keel_lint_arena(lint), (count + 1) * sizeof *key->terms);
    for (size_t i = 0; i < count; i++)
        add_term(lint, key, keel_sql_text_of(&items[i], "sval"));
    return count > 0 && column == NULL; /* a column that is added has no rows yet */
}

static void add_list(const unique_key *key, const char *between, const char *behind, keel_str *out)
{
    for (size_t i = 0; i < key->count; i++)
        keel_str_addf(out, "%s%s%s", i > 0 ? between : "", key->terms[i], behind);
}

static void add_query(const keel_world_table *table, const unique_key *key, keel_str *sql)
{
    keel_str_add(sql, "SELECT pg_catalog.left(pg_catalog.concat_ws(', ', ");
    add_list(key, ", ", "", sql);
    keel_str_add(sql, "), 60), pg_catalog.count(*) FROM ");
    keel_pg_add_qualified(sql, table->schema, table->name);
    keel_str_add(sql, " WHERE true");
    if (key->predicate != NULL)
        keel_str_addf(sql, " AND (%s\n)", key->predicate);
    if (!key->nulls_equal) {
        keel_str_add(sql, " AND ");
        add_list(key, " AND ", " IS NOT NULL", sql);
    }
    keel_str_add(sql, " GROUP BY ");
    add_list(key, ", ", "", sql);
    keel_str_add(sql, " HAVING pg_catalog.count(*) > 1 LIMIT 3");
}

static const char *samples(keel_arena *arena, const keel_pg_result *r)
{
    const char *text = "";

    for (int row = 0; row < keel_pg_rows(r); row++)
        text = keel_arena_printf(arena, "%s%s(%s) in %s rows", text, row > 0 ? ", " : "", keel_pg_text(r, row, 0),
                                 keel_pg_text(r, row, 1));
    return text;
}

/* A statement of the run that may have taken the duplicates away. */
static const keel_lint_statement *cleaned(const keel_lint *lint, const keel_lint_statement *s)
{
    const keel_lint_statement *before = keel_lint_earlier(lint, s, "DeleteStmt", false);

    return before != NULL ? before : keel_lint_earlier(lint, s, "UpdateStmt", false);
}

static void look(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *at, const unique_key *key)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    bool slow = false;

    if (table == NULL || table->since > 0)
        return;
    add_query(table, key, &sql);
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = keel_lint_probe(lint, keel_str_text(&sql), 0, NULL, &slow);
    const keel_lint_statement *before = cleaned(lint, s);
    if (slow)
        keel_lint_says(lint, s, at, KEEL_INFO, keel_arena_strdup(keel_lint_arena(lint), keel_str_text(&sql)),
                       "(%s) was not looked at for duplicates, which would take longer than 3 s", key->names);
    else if (r != NULL && keel_pg_rows(r) > 0 && before != NULL)
        keel_lint_says(lint, s, at, KEEL_INFO, NULL, "(%s) has duplicates today, e.g. %s; see that line %d takes them away", key->names,
                       samples(keel_lint_arena(lint), r), before->line);
    else if (r != NULL && keel_pg_rows(r) > 0)
        keel_lint_says(lint, s, at, KEEL_ERROR, "Take the duplicates away in a step before.", "(%s) has duplicates, e.g. %s: it will fail",
                       key->names, samples(keel_lint_arena(lint), r));
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    static const char *const contypes[] = {"CONSTR_UNIQUE", "CONSTR_PRIMARY"};
    const keel_sql_node *column = NULL, *def;
    unique_key key;

    if (keel_sql_kind_is(s->node, "IndexStmt") && keel_sql_true(s->node, "unique") && key_of_index(lint, s, &key))
        look(lint, s, NULL, &key);
    for (size_t i = 0; i < KEEL_COUNT_OF(contypes); i++)
        for (size_t at = 0; (def = keel_lint_constraint(s, contypes[i], &at, &column)) != NULL;)
            if (key_of_constraint(lint, def, column, &key))
                look(lint, s, def, &key);
}

static const char *const kinds[] = {"IndexStmt", "AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l039 = {
    .id = "L039",
    .name = "unique-on-duplicates",
    .severity = KEEL_ERROR,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "none: it fails, after all rows were read",
    .help = "A unique index or constraint on rows that are not unique fails at its end, after the work, and CONCURRENTLY leaves an "
            "INVALID index. The table is asked beforehand for three duplicate keys, for at most 3 seconds and without waiting for a "
            "lock; where that is too short, the query is given to be run by hand. Keys with expressions are not looked at. If a "
            "DELETE or UPDATE of the run comes before, this is an INFO: it may take the duplicates away.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i / 2, i, 'x' FROM "
             "generate_series(1, 5000) i; ANALYZE t;",
    .bad = "CREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a);",
    .good = "CREATE UNIQUE INDEX CONCURRENTLY t_b ON t (b);",
    .kinds = kinds,
    .judge = judge,
};
