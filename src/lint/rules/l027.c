#include "base/str.h"
#include "lint/rule.h"
#include "sql/token.h"

/* Some validated CHECK: whether it says what the bounds say is PostgreSQL's to prove. */
static bool has_check(const keel_world_table *part)
{
    for (size_t i = 0; part != NULL && i < part->constraints.count; i++)
        if (part->constraints.items[i].type == 'c' && part->constraints.items[i].validated)
            return true;
    return false;
}

/* What stands in parentheses behind this word, from offset `from` on; *ret_end: behind them. NULL if nothing does. */
static const char *behind(keel_lint *lint, const keel_lint_statement *s, const char *word, size_t from, size_t *ret_end)
{
    size_t at = keel_text_behind_word(s, word, from, s->size), start = 0;

    for (int depth = 0; at > 0 && at < s->size;) {
        keel_sql_token token = keel_sql_next(s->sql, s->size, at);
        at = token.start + token.size;
        depth += keel_sql_is_mark(s->sql, token, '(');
        start = depth == 1 && start == 0 ? at : start;
        depth -= keel_sql_is_mark(s->sql, token, ')');
        if (depth > 0 || token.kind == KEEL_SQL_SPACE)
            continue;
        *ret_end = at;
        return start > 0 ? keel_arena_strndup(keel_lint_arena(lint), s->sql + start, token.start - start) : NULL;
    }
    return NULL;
}

static bool is_open(const char *bound)
{
    return strcasestr(bound, "minvalue") != NULL || strcasestr(bound, "maxvalue") != NULL;
}

/* The bounds said about the key, a column; NULL where they cannot be. */
static const char *bounds_of(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *bound, const char *key)
{
    keel_arena *arena = keel_lint_arena(lint);
    size_t at = keel_text_behind_word(s, "values", 0, s->size), end = at;
    const char *from = NULL, *to = NULL, *strategy = keel_sql_text_of(bound, "strategy");

    if (keel_streq(strategy, "l")) {
        from = at > 0 ? behind(lint, s, "in", at, &end) : NULL;
        return from != NULL && strcasestr(from, "null") == NULL
                   ? keel_arena_printf(arena, "%s IS NOT NULL AND %s IN (%s)", key, key, from) : NULL;
    }
    from = keel_streq(strategy, "r") && at > 0 ? behind(lint, s, "from", at, &end) : NULL;
    to = from != NULL ? behind(lint, s, "to", end, &end) : NULL;
    if (to == NULL)
        return NULL;
    return keel_arena_printf(arena, "%s IS NOT NULL%s%s", key,
                             is_open(from) ? "" : keel_arena_printf(arena, " AND %s >= %s", key, from),
                             is_open(to) ? "" : keel_arena_printf(arena, " AND %s < %s", key, to));
}

static const char key_sql[] =
    "SELECT a.attname FROM pg_catalog.pg_partitioned_table p JOIN pg_catalog.pg_attribute a ON a.attrelid = p.partrelid"
    " AND a.attnum = p.partattrs[0] WHERE p.partrelid = pg_catalog.to_regclass($1) AND p.partnatts = 1";

/* Behind a CHECK that says what the bounds say; a live table's, partitioned by one column. */
static const char *behind_check(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *def)
{
    keel_arena *arena = keel_lint_arena(lint);
    const char *part = keel_lint_relation(lint, def, "name");
    const char *key = keel_lint_ask_text(lint, key_sql, keel_lint_relation(lint, s->node, "relation"));
    const char *bounds = key != NULL ? bounds_of(lint, s, keel_sql_get(def, "bound"), keel_lint_name(lint, key)) : NULL;
    const char *check = keel_lint_name(
        lint, keel_lint_object_name(arena, keel_sql_text_of(keel_sql_get(def, "name"), "relname"), "", "bounds"));
    keel_rewrite rewrite = {.statement = s};

    if (bounds == NULL)
        return "Add a CHECK of the partition's bounds (with IS NOT NULL) NOT VALID, VALIDATE it in a step of its own, then "
               "attach, then drop the CHECK.";
    rewrite.before = keel_arena_printf(arena, "ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s) NOT VALID;\n-- pgkeel:step\n"
                                       "ALTER TABLE %s VALIDATE CONSTRAINT %s;", part, check, bounds, part, check);
    rewrite.after = keel_arena_printf(arena, "ALTER TABLE %s DROP CONSTRAINT %s;", part, check);
    return keel_lint_rewrite(lint, &rewrite);
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_AttachPartition", &at)) != NULL) {
        const keel_sql_node *def = keel_sql_get(command, "def");
        const keel_world_table *part = keel_world_relation(keel_lint_world(lint), keel_sql_get(def, "name"));
        const keel_world_table *parent = keel_lint_table(lint, s);
        const char *why = NULL;
        keel_severity severity = keel_lint_weigh(lint, part, KEEL_ERROR, &why);
        if (keel_streq(keel_sql_text_of(s->node, "objtype"), "OBJECT_INDEX"))
            continue;
        if (!has_check(part) && !keel_lint_made_here(part))
            keel_lint_found(lint, s, command, severity, keel_lint_relation(lint, def, "name"), behind_check(lint, s, def),
                            "every row of the new partition is read under its lock: %s", why);
        if (parent != NULL && parent->default_partition != NULL)
            keel_lint_found(lint, s, command, KEEL_ERROR, parent->default_partition,
                            "Add a validated CHECK to the default partition that excludes the new bounds first.",
                            "every row of the default partition is read under its lock");
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l027 = {
    .id = "L027",
    .name = "attach-partition",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE on the new partition and the default one, for a scan of each",
    .help = "ATTACH PARTITION reads the new partition to see that its rows fit, and the default partition to see "
            "that none belongs to the new one, both under locks that let nobody through. A validated CHECK that "
            "says the same saves each scan.",
    .setup = "CREATE TABLE m (id int, v text) PARTITION BY RANGE (id); CREATE TABLE m1 PARTITION OF m FOR VALUES "
             "FROM (0) TO (1000000); CREATE TABLE m2 (id int, v text); INSERT INTO m2 SELECT i + 1000000, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE m2;",
    .bad = "ALTER TABLE m ATTACH PARTITION m2 FOR VALUES FROM (1000000) TO (2000000);",
    .good = "ALTER TABLE m2 ADD CONSTRAINT m2_range CHECK (id IS NOT NULL AND id >= 1000000 AND id < 2000000) "
            "NOT VALID;\n"
            "-- pgkeel:step\n"
            "ALTER TABLE m2 VALIDATE CONSTRAINT m2_range;\n"
            "-- pgkeel:step\n"
            "ALTER TABLE m ATTACH PARTITION m2 FOR VALUES FROM (1000000) TO (2000000);",
    .kinds = kinds,
    .judge = judge,
};
