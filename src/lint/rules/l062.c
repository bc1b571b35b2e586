#include "base/str.h"
#include "lint/rule.h"

static const char *way_out(keel_arena *arena, const keel_world_session *other)
{
    if (other->vacuum)
        return "Let it end; pg_stat_progress_vacuum shows how far it is. Cancelled, it starts again.";
    if (other->pid == 0)
        return keel_arena_printf(arena, "COMMIT PREPARED '%s'; or ROLLBACK PREPARED '%s';", other->name, other->name);
    return keel_arena_printf(arena, "See what it waits for, then end it: SELECT pg_catalog.pg_terminate_backend(%d);", other->pid);
}

/* The oldest that holds what the statement would wait for. */
static const keel_world_session *in_front(const keel_lint *lint, const keel_sql_relation *r)
{
    const keel_world_session *other;

    for (size_t i = 0; (other = keel_world_session_at(keel_lint_world(lint), i)) != NULL; i++)
        if ((other->vacuum || keel_lint_is_old(lint, other)) && keel_world_session_holds(other, r->schema, r->name, r->lock))
            return other;
    return NULL;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    for (size_t i = 0; i < s->class->relations.count; i++) {
        const keel_sql_relation *r = &s->class->relations.items[i];
        const keel_world_session *other = r->lock >= KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE ? in_front(lint, r) : NULL;
        if (other != NULL && keel_lint_once(lint, r->name))
            keel_lint_found(lint, s, NULL, KEEL_WARNING, r->name, way_out(keel_lint_arena(lint), other),
                            "\"%s\" has been held for %.0f s by %s", r->name, other->seconds, other->who);
    }
}

const keel_lint_rule keel_lint_l062 = {
    .id = "L062",
    .name = "old-transaction-on-table",
    .severity = KEEL_WARNING,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "waits for the lock, and everybody else behind it",
    .help = "At this moment another transaction, open or prepared, that is older than --old-transaction (a minute) holds a lock on the "
            "table which the statement would wait for; or autovacuum works on it against wraparound, which does not give way as it "
            "does otherwise. pgkeel migrate would try again and again, and give up. Ages of other roles' transactions are seen by "
            "superusers and members of pg_monitor only.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY KEY);",
    .bad = "ALTER TABLE t ADD COLUMN n int;",
    .good = "-- when that transaction has ended\n"
            "ALTER TABLE t ADD COLUMN n int;",
    .beside = "BEGIN;\n"
              "SELECT count(*) FROM t;",
    .judge = judge,
};
