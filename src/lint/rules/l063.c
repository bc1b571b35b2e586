#include "base/str.h"
#include "lint/rule.h"

/* What the statement waits for to be let go of: transactions that hold this lock on the table, old snapshots, or both. */
typedef struct waiting {
    const char *schema, *name;
    keel_sql_lock lock;
    bool snapshots;
} waiting;

static bool wait_of_drop(const keel_lint *lint, const keel_lint_statement *s, waiting *w)
{
    const keel_sql_relation *index = s->class->relations.count > 0 ? &s->class->relations.items[0] : NULL;
    const keel_world_index *ignored = NULL;

    if (!keel_sql_true(s->node, "concurrent") || index == NULL)
        return false;
    const keel_world_table *table = keel_world_index_table(keel_lint_world(lint), index->schema, index->name, &ignored);
    if (table == NULL)
        return false;
    *w = (waiting){table->schema, table->name, KEEL_LOCK_ACCESS_EXCLUSIVE, false};
    return true;
}

static bool wait_of(const keel_lint *lint, const keel_lint_statement *s, waiting *w)
{
    const keel_sql_node *relation = keel_sql_get(s->node, "relation");

    if (keel_sql_kind_is(s->node, "DropStmt"))
        return wait_of_drop(lint, s, w);
    *w = (waiting){keel_sql_text_of(relation, "schemaname"), keel_sql_text_of(relation, "relname"), KEEL_LOCK_SHARE, true};
    return keel_sql_kind_is(s->node, "IndexStmt") ? keel_sql_true(s->node, "concurrent")
                                                  : keel_streq(s->class->command, "REINDEX CONCURRENTLY");
}

static bool is_waited_for(const keel_world_session *other, const waiting *w)
{
    return !other->vacuum && ((w->snapshots && other->snapshot) || keel_world_session_holds(other, w->schema, w->name, w->lock));
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_session *other = NULL;
    waiting w;

    if (!wait_of(lint, s, &w))
        return;
    for (size_t i = 0; (other = keel_world_session_at(keel_lint_world(lint), i)) != NULL; i++)
        if (keel_lint_is_old(lint, other) && is_waited_for(other, &w))
            break;
    if (other != NULL && keel_lint_once(lint, other->who))
        keel_lint_found(lint, s, NULL, KEEL_WARNING, w.name, "End that transaction first, or run this when it has ended.",
                        "it waits for %s, whose transaction is %.0f s old", other->who, other->seconds);
}

static const char *const kinds[] = {"IndexStmt", "ReindexStmt", "DropStmt", NULL};

const keel_lint_rule keel_lint_l063 = {
    .id = "L063",
    .name = "concurrently-waits",
    .severity = KEEL_WARNING,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "SHARE UPDATE EXCLUSIVE, held while it waits",
    .help = "CREATE INDEX CONCURRENTLY and REINDEX CONCURRENTLY wait for the end of every transaction of the database that has a snapshot "
            "older than theirs, on whatever table; DROP INDEX CONCURRENTLY for every one that uses the table. At this moment there "
            "is one that is older than --old-transaction (a minute): a report, a backup, a forgotten psql. Nobody is kept waiting, "
            "but the step does not end before it does.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text);",
    .bad = "CREATE INDEX CONCURRENTLY t_a ON t (a);",
    .good = "-- when that transaction has ended\n"
            "CREATE INDEX CONCURRENTLY t_a ON t (a);",
    .beside = "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
              "SELECT 1;",
    .kinds = kinds,
    .judge = judge,
};
