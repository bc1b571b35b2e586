#include "base/str.h"
#include "lint/rule.h"

/* What people bring along from elsewhere, and what PostgreSQL has for it. */
static const struct {
    const char *name, *remedy;
} elsewhere[] = {
    {"date_format", "to_char(x, 'YYYY-MM-DD')"},      {"datetime", "now() - interval '1 day', or a cast: x::timestamptz"},
    {"group_concat", "string_agg(x, ',')"},           {"ifnull", "coalesce(x, y)"},
    {"instr", "strpos(x, y)"},                        {"julianday", "extract(epoch FROM x) / 86400"},
    {"last_insert_rowid", "INSERT .. RETURNING id"},  {"strftime", "to_char(x, 'YYYY-MM-DD')"},
    {"unixepoch", "extract(epoch FROM x)"},           {"unix_timestamp", "extract(epoch FROM x)"},
};

typedef struct search {
    keel_lint *lint;
    const keel_lint_statement *statement;
} search;

/* The run makes it, or may make it: what an extension or a DO block brings cannot be seen. */
static bool may_be_made(keel_lint *lint, const char *function)
{
    const keel_lint_script *script = keel_lint_whole(lint);

    for (size_t i = 0; i < script->count; i++) {
        const keel_sql_node *node = script->items[i].node;
        if (node == NULL || keel_sql_kind_is(node, "DoStmt") || keel_sql_kind_is(node, "CreateExtensionStmt") ||
            keel_sql_kind_is(node, "DefineStmt") || keel_sql_kind_is(node, "VariableSetStmt") ||
            (keel_sql_kind_is(node, "CreateFunctionStmt") && keel_streq(keel_sql_name_of(node, "funcname"), function)))
            return true;
    }
    return false;
}

static const char *remedy_of(const char *function)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(elsewhere); i++)
        if (keel_streq(elsewhere[i].name, function))
            return elsewhere[i].remedy;
    return "Make the function first, or the extension that has it.";
}

static bool look(const keel_sql_node *node, void *context)
{
    /* A type's name may be called like a function. */
    static const char sql[] = "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_proc WHERE proname = $1)"
                              " AND NOT EXISTS (SELECT FROM pg_catalog.pg_type WHERE typname = $1)";
    const search *s = context;
    const char *function = keel_sql_name_of(node, "funcname");
    /* what stands for EXTRACT(..) and the like is another function on older servers */
    bool calls = keel_sql_kind_is(node, "FuncCall") && !keel_streq(keel_sql_text_of(node, "funcformat"), "COERCE_SQL_SYNTAX");

    if (calls && !may_be_made(s->lint, function) && keel_lint_ask(s->lint, sql, function))
        keel_lint_found(s->lint, s->statement, node, KEEL_ERROR, function, remedy_of(function),
                        "there is no function %s(): the statement fails", function);
    return false;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    search found = {lint, s};

    keel_sql_walk(s->node, look, &found);
}

static const char *const kinds[] = {"ViewStmt",   "CreateTableAsStmt", "CreateStmt", "AlterTableStmt", "IndexStmt",
                                    "SelectStmt", "InsertStmt",        "UpdateStmt", "DeleteStmt",     NULL};

const keel_lint_rule keel_lint_l124 = {
    .id = "L124",
    .name = "function-missing",
    .severity = KEEL_ERROR,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "none: it fails",
    .help = "The statement calls a function that neither the database nor the run before it has: one of another database "
            "system, a typo, or one whose extension is missing.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, at timestamptz);",
    .bad = "CREATE VIEW v AS SELECT * FROM t WHERE at > datetime('now', '-1 day');",
    .good = "CREATE VIEW v AS SELECT * FROM t WHERE at > now() - interval '1 day';",
    .kinds = kinds,
    .judge = judge,
};
