/* A task that could not look: who or what kept it from looking, and what to do. One finding per
 * table, however many checks wanted to read it. */
#include <string.h>

#include "verify/engine_inside.h"

keel_engine_cause keel_engine_cause_of(const keel_error *err)
{
    static const struct {
        const char *sqlstate;
        keel_engine_cause cause;
    } causes[] = {
        {"55P03", KEEL_CAUSE_LOCKED},   {"40P01", KEEL_CAUSE_LOCKED},
        {"42501", KEEL_CAUSE_DENIED},   {"57014", KEEL_CAUSE_SLOW},
        {"42P01", KEEL_CAUSE_GONE},     {"3F000", KEEL_CAUSE_GONE},
        {"40001", KEEL_CAUSE_RECOVERY}, {"72000", KEEL_CAUSE_RECOVERY},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(causes); i++)
        if (strcmp(err->sqlstate, causes[i].sqlstate) == 0)
            return causes[i].cause;
    return KEEL_CAUSE_OTHER;
}

bool keel_engine_is_closed(const keel_engine *e, uint32_t oid)
{
    for (size_t i = 0; i < e->reported_count; i++)
        if (e->reported[i].oid == oid)
            return e->reported[i].closed;
    return false;
}

/* True for the first who asks. */
static bool report_once(keel_engine *e, uint32_t oid, bool closed)
{
    bool first = true;

    pthread_mutex_lock(&e->lock);
    for (size_t i = 0; i < e->reported_count && first; i++) {
        first = e->reported[i].oid != oid;
        e->reported[i].closed = e->reported[i].closed || (!first && closed);
    }
    if (first)
        e->reported[e->reported_count++] = (keel_engine_closed){oid, closed};
    pthread_mutex_unlock(&e->lock);
    return first;
}

static void add_table(keel_str *out, const keel_pg_table *table)
{
    keel_str_addf(out, "%s.%s", table->schema, table->name);
}

typedef struct blocker {
    bool known, of_the_table; /* does he hold the table of the task, or another that it reads? */
    keel_str words;           /* "it is locked by process 4711 (psql), idle in transaction" */
} blocker;

static void find_blocker(keel_engine_worker *w, const keel_pg_table *table, blocker *b)
{
    static const char sql[] =
        "SELECT n.nspname || '.' || c.relname, " KEEL_ENGINE_HOLDER ", c.oid = $1::pg_catalog.oid"
        "  FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid"
        "  JOIN pg_catalog.pg_class c ON c.oid = l.relation"
        "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE " KEEL_ENGINE_HELD " AND c.relkind IN ('r', 'p') AND c.oid >= 16384"
        " ORDER BY 3 DESC, l.granted DESC, l.pid LIMIT 1";
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    keel_error ignored = {0};
    char oid[16];
    const char *params[] = {oid};

    snprintf(oid, sizeof oid, "%u", table != NULL ? table->oid : 0);
    b->known = keel_pg_query(w->pg, &rows, &ignored, sql, 1, params) && keel_pg_rows(rows) > 0;
    b->of_the_table = b->known ? keel_pg_bool(rows, 0, 2) : table != NULL;
    if (b->known)
        keel_str_addf(&b->words, "%s is locked by %s",
                      b->of_the_table ? "it" : keel_pg_text(rows, 0, 0), keel_pg_text(rows, 0, 1));
    else
        keel_str_addf(&b->words, "%s was locked by somebody who has left since",
                      table != NULL ? "it" : "a table");
}

/* By its own number, in a transaction of its own: the common snapshot would still show it. */
static bool table_is_gone(keel_engine_worker *w, const keel_pg_table *table)
{
    KEEL_CLEANUP(keel_str_free) keel_str answer = {0};
    keel_error ignored = {0};
    char oid[16];
    const char *params[] = {oid};

    snprintf(oid, sizeof oid, "%u", table->oid);
    return keel_pg_query_value(w->pg, &answer, NULL, &ignored,
                               "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = "
                               "$1::pg_catalog.oid)",
                               1, params) &&
           answer.data[0] == 't';
}

static const char wait_for_lock[] =
    "Run the check again when that transaction has ended; a check never waits long for a "
    "lock, because everybody else would wait behind it.";

typedef struct reason {
    keel_str message, remedy;
} reason;

static void free_blocker(blocker *b)
{
    keel_str_free(&b->words);
}

static void free_reason(reason *r)
{
    keel_str_free(&r->message);
    keel_str_free(&r->remedy);
}

static void
say_denied(const keel_engine *e, const keel_pg_table *table, const keel_error *failure, reason *r)
{
    keel_str_add(&r->message, failure->message);
    if (strstr(failure->message, "row-level security") != NULL || table->row_security) {
        keel_str_add(
            &r->remedy,
            "Use a role with BYPASSRLS, or the owner of the table: policies would hide rows from "
            "the checks.");
        return;
    }
    keel_str_add(&r->remedy, "GRANT USAGE ON SCHEMA ");
    keel_pg_add_identifier(&r->remedy, table->schema);
    keel_str_add(&r->remedy, " TO ");
    keel_pg_add_identifier(&r->remedy, e->role);
    keel_str_add(&r->remedy, "; GRANT SELECT ON ");
    keel_pg_add_qualified(&r->remedy, table->schema, table->name);
    keel_str_add(&r->remedy, " TO ");
    keel_pg_add_identifier(&r->remedy, e->role);
    keel_str_addc(&r->remedy, ';');
}

static void say_why(const keel_engine *e,
                    const keel_engine_task *task,
                    const keel_error *failure,
                    const blocker *in_the_way,
                    reason *r)
{
    keel_engine_cause cause = keel_engine_cause_of(failure);

    keel_str_addf(&r->message, "could not be %s: ", task->table != NULL ? "read" : "checked");
    if (cause == KEEL_CAUSE_DENIED && task->scan && task->table != NULL) {
        say_denied(e, task->table, failure, r);
        return;
    }
    keel_str_add(&r->message,
                 in_the_way->words.size > 0 ? in_the_way->words.data : failure->message);
    if (cause == KEEL_CAUSE_LOCKED)
        keel_str_add(&r->remedy, wait_for_lock);
    else if (cause == KEEL_CAUSE_SLOW)
        keel_str_add(&r->remedy, "Give it more time with --statement-timeout SECONDS, or look at a "
                                 "sample with --quick.");
    else if (cause == KEEL_CAUSE_RECOVERY)
        keel_str_add(&r->remedy,
                     "Use --snapshot table, or set hot_standby_feedback = on on this standby.");
    else
        keel_str_add(&r->remedy, failure->hint);
}

void keel_engine_count_unread(keel_engine *e, const keel_engine_task *task)
{
    pthread_mutex_lock(&e->lock);
    for (size_t i = 0; i < e->entries.count; i++) {
        keel_engine_entry *entry = &e->entries.items[i];
        if (keel_engine_concerns(task, entry))
            entry->unread++;
    }
    pthread_mutex_unlock(&e->lock);
}

static void report_gone(keel_engine *e, const keel_pg_table *table)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};

    add_table(&name, table);
    if (report_once(e, table->oid, true))
        keel_report_addf(e->found, KEEL_INFO, "check.dropped", name.data, NULL, NULL,
                         "was dropped while the checks ran");
}

/* A table that is kept from us is one finding for all checks; a check whose own question failed
 * speaks for itself. */
static bool concerns_all(const keel_engine_task *task, keel_engine_cause cause, const blocker *b)
{
    if (task->table == NULL)
        return false;
    if (task->scan)
        return task->entry == NULL || cause != KEEL_CAUSE_OTHER;
    return cause == KEEL_CAUSE_LOCKED && b->of_the_table;
}

static void
report_unread(keel_engine_worker *w, const keel_engine_task *task, const keel_error *failure)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    KEEL_CLEANUP(free_reason) reason why = {0};
    KEEL_CLEANUP(free_blocker) blocker in_the_way = {0};
    keel_engine_cause cause = keel_engine_cause_of(failure);

    if (cause == KEEL_CAUSE_LOCKED)
        find_blocker(w, task->table, &in_the_way);
    bool for_all = concerns_all(task, cause, &in_the_way);
    if (for_all && !report_once(w->engine, task->table->oid, cause != KEEL_CAUSE_DENIED))
        return;
    say_why(w->engine, task, failure, &in_the_way, &why);
    if (task->table != NULL)
        add_table(&name, task->table);
    else
        keel_str_add(&name, "database");
    keel_report_addf(w->engine->found, KEEL_ERROR,
                     for_all ? "check.unreadable" : task->entry->check->id, name.data, NULL,
                     why.remedy.size > 0 ? why.remedy.data : NULL, "%s", why.message.data);
}

void keel_engine_report_failure(keel_engine_worker *w,
                                const keel_engine_task *task,
                                const keel_error *failure)
{
    if (task->table != NULL && table_is_gone(w, task->table)) {
        report_gone(w->engine, task->table);
        return;
    }
    keel_engine_count_unread(w->engine, task);
    report_unread(w, task, failure);
}

static void report_denied(keel_engine *e, const keel_pg_table *table, bool schema)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    KEEL_CLEANUP(free_reason) reason why = {0};
    keel_error failure = {0};

    keel_fail(&failure, KEEL_ERR_SERVER, "permission denied for %s %s", schema ? "table" : "schema",
              schema ? table->name : table->schema);
    add_table(&name, table);
    keel_str_add(&why.message, "could not be read: ");
    say_denied(e, table, &failure, &why);
    if (report_once(e, table->oid, true))
        keel_report_addf(e->found, KEEL_ERROR, "check.unreadable", name.data, NULL, why.remedy.data,
                         "%s", why.message.data);
}

/* Nothing is known of such a table, so no check can have passed. */
static void report_withheld(keel_engine *e, const keel_engine_withheld *withheld)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};

    if (!keel_engine_table_wanted(e, withheld->table))
        return;
    add_table(&name, withheld->table);
    keel_report_addf(e->found, KEEL_ERROR, "check.unreadable", name.data, NULL, wait_for_lock,
                     "could not be read: it is locked by %s", withheld->holder);
    for (size_t i = 0; i < e->entries.count; i++)
        e->entries.items[i].unread++;
}

bool keel_engine_find_denied(keel_engine *e, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    e->reported = keel_arena_alloc(e->arena, (e->db.table_count + 1) * sizeof *e->reported);
    for (size_t i = 0; i < e->withheld.count; i++)
        report_withheld(e, &e->withheld.items[i]);
    if (!keel_engine_reads_rows(e))
        return true;
    if (!keel_pg_query(e->lead, &rows, err,
                       "SELECT c.oid, pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE')"
                       "  FROM pg_catalog.pg_class c"
                       " WHERE c.oid = ANY ($1::pg_catalog.oid[]) AND c.relkind = 'r'"
                       "   AND NOT (pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE')"
                       "            AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT'))"
                       " ORDER BY c.oid",
                       1, &e->db.oids))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        const keel_pg_table *table =
            keel_pg_catalog_find_oid(e->db.catalog, (uint32_t)keel_pg_int(rows, row, 0));
        if (table != NULL)
            report_denied(e, table, keel_pg_bool(rows, row, 1));
    }
    return true;
}
