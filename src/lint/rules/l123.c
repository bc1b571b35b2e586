#include <string.h>

#include "base/str.h"
#include "lint/rule.h"

typedef struct search {
    keel_lint *lint;
    const char *name; /* of what was found */
} search;

/* Live: if no function of that name is IMMUTABLE. */
static bool moves(keel_lint *lint, const char *function)
{
    static const char sql[] = "SELECT pg_catalog.bool_and(provolatile <> 'i') FROM pg_catalog.pg_proc WHERE proname = $1";

    if (keel_lint_live(lint))
        return keel_lint_ask(lint, sql, function);
    char volatility = keel_world_volatility(keel_lint_world(lint), "", function);
    return volatility == 's' || volatility == 'v';
}

static bool is_moving(const keel_sql_node *node, void *context)
{
    search *found = context;

    if (keel_sql_kind_is(node, "SQLValueFunction")) {
        found->name = keel_sql_text_of(node, "op") + strlen("SVFOP_");
        return true;
    }
    found->name = keel_sql_name_of(node, "funcname");
    return keel_sql_kind_is(node, "FuncCall") && moves(found->lint, found->name);
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    search found = {.lint = lint};
    bool predicate = keel_sql_walk(keel_sql_get(s->node, "whereClause"), is_moving, &found);

    if (predicate || keel_sql_walk(keel_sql_get(s->node, "indexParams"), is_moving, &found))
        keel_lint_found(lint, s, NULL, KEEL_ERROR, keel_lint_relation(lint, s->node, "relation"),
                        predicate ? "Leave the predicate away: an index of all rows finds recent ones as fast."
                                  : "Index the column itself, or by a function that is IMMUTABLE.",
                        "%s is not IMMUTABLE: no index can be built on it", found.name);
}

static const char *const kinds[] = {"IndexStmt", NULL};

const keel_lint_rule keel_lint_l123 = {
    .id = "L123",
    .name = "index-not-immutable",
    .severity = KEEL_ERROR,
    .lock = "none: it fails",
    .help = "What an index holds must not change while nobody writes to the table. An expression or a predicate with the "
            "time of day, with now() or with anything else that is not IMMUTABLE is refused.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, at timestamptz);",
    .bad = "CREATE INDEX CONCURRENTLY t_recent ON t (at) WHERE at > CURRENT_TIMESTAMP - interval '30 days';",
    .good = "CREATE INDEX CONCURRENTLY t_at ON t (at) WHERE at > timestamptz '2026-01-01 00:00:00+00';",
    .kinds = kinds,
    .judge = judge,
};
