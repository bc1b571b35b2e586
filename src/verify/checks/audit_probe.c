#include "verify/checks/audit_probe.h"

/* REPEATABLE READ: every row that the transaction sees and that is younger than itself is its own. */
static const char begin_sql[] =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE; SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '10s';"
    " SET LOCAL idle_in_transaction_session_timeout = '30s'; SET LOCAL client_min_messages = 'warning'";
static const char number_sql[] = "SELECT pg_catalog.txid_current()";

static const int most_attempts = 5; /* others may write to the very row between our snapshot and us */

typedef struct probing {
    keel_check_run *run;
    const keel_audit_probe *probe;
    keel_pg *pg;
    keel_audit_answer answer;
} probing;

static void answer(probing *p, keel_audit_outcome outcome, const char *said)
{
    p->answer.outcome = outcome;
    p->answer.write = p->answer.write != NULL ? p->answer.write : "";
    p->answer.said = keel_arena_strdup(p->run->arena, said);
}

static bool may_be_set(const keel_pg_column *column)
{
    return !column->generated && column->identity != 'a';
}

/* Every column to itself, so that a trigger that fires on certain columns fires. */
static const char *update_sql(keel_check_run *run, const keel_pg_table *table, const char *leaf, const char *ctid)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    bool first = true;

    keel_str_add(&sql, "UPDATE ");
    keel_pg_add_qualified(&sql, table->schema, table->name);
    keel_str_add(&sql, " AS t SET ");
    for (size_t i = 0; i < table->columns.count; i++) {
        if (!may_be_set(&table->columns.items[i]))
            continue;
        keel_str_add(&sql, first ? "" : ", ");
        keel_pg_add_identifier(&sql, table->columns.items[i].name);
        keel_str_add(&sql, " = t.");
        keel_pg_add_identifier(&sql, table->columns.items[i].name);
        first = false;
    }
    keel_str_addf(&sql, " WHERE t.tableoid = %s AND t.ctid = '%s'", leaf, ctid);
    return first ? NULL : keel_arena_strdup(run->arena, sql.data);
}

/* The rows that this transaction has inserted into the relations of the audit table, taken back or not, and the last
 * pages of each, where a new row most likely is. */
static const char inserted_sql[] =
    "SELECT r.relid::pg_catalog.regclass, pg_catalog.pg_stat_get_xact_tuples_inserted(r.relid),"
    "       greatest(pg_catalog.pg_relation_size(r.relid) / pg_catalog.current_setting('block_size')::pg_catalog.int8 - 64, 0),"
    "       pg_catalog.current_setting('track_counts')"
    "  FROM (SELECT relid FROM pg_catalog.pg_partition_tree($1::pg_catalog.regclass)"
    "         UNION SELECT $1::pg_catalog.regclass) r"
    "  JOIN pg_catalog.pg_class c ON c.oid = r.relid WHERE c.relkind = 'r' ORDER BY 2 DESC, 1";

/* The bounds keep out a row that was frozen four thousand million transactions ago. */
static bool is_in(probing *p, const char *relation, const char *from_page, bool *ret_found, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str found = {0};
    const char *sql = keel_arena_printf(p->run->arena,
                                        "SELECT EXISTS (SELECT FROM ONLY %s a WHERE a.ctid >= '(%s,0)'"
                                        " AND pg_catalog.age(a.xmin) BETWEEN -1000000 AND 0)",
                                        relation, from_page);

    if (!keel_pg_query_value(p->pg, &found, NULL, err, sql, 0, NULL))
        return false;
    *ret_found = found.data[0] == 't';
    return true;
}

static bool find_audit_row(probing *p, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *leaves = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    const char *params[1];
    bool found = false, inserted = false;

    keel_pg_add_qualified(&name, p->probe->into->schema, p->probe->into->name);
    params[0] = name.data;
    if (!keel_pg_query(p->pg, &leaves, err, inserted_sql, 1, params))
        return false;
    for (int row = 0; row < keel_pg_rows(leaves) && !found; row++) {
        bool counted = strcmp(keel_pg_text(leaves, row, 3), "on") == 0;
        if (counted && keel_pg_int(leaves, row, 1) == 0)
            continue;
        inserted = true;
        if (!is_in(p, keel_pg_text(leaves, row, 0), keel_pg_text(leaves, row, 2), &found, err) ||
            (!found && !is_in(p, keel_pg_text(leaves, row, 0), "0", &found, err)))
            return false;
    }
    keel_audit_outcome missing = inserted ? KEEL_AUDIT_TAKEN_BACK : KEEL_AUDIT_LOST;
    answer(p, found ? KEEL_AUDIT_KEPT : missing, keel_pg_last_warning(p->pg));
    return true;
}

/* A connection lost, a lock or a conflict is no answer. */
static bool is_an_answer(const keel_error *refused)
{
    return refused->kind == KEEL_ERR_SERVER && strcmp(refused->sqlstate, "55P03") != 0 &&
           strcmp(refused->sqlstate, "57014") != 0 && strncmp(refused->sqlstate, "40", 2) != 0;
}

/* Deferred triggers fire now, as there will be no commit. */
static bool write_and_look(probing *p, const char *sql, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *written = NULL;
    keel_error refused = {0};

    p->answer.write = sql;
    bool done = keel_pg_query(p->pg, &written, &refused, sql, 0, NULL) &&
                keel_pg_exec(p->pg, &refused, "SET CONSTRAINTS ALL IMMEDIATE");
    if (!done && !is_an_answer(&refused)) {
        *err = refused;
        return false;
    }
    if (!done)
        answer(p, KEEL_AUDIT_REFUSED, refused.message);
    else if (!keel_pg_in_transaction(p->pg))
        answer(p, KEEL_AUDIT_REFUSED, "it ended the transaction");
    else if (keel_pg_affected(written) == 0)
        answer(p, KEEL_AUDIT_NO_ROW, "");
    else
        return find_audit_row(p, err);
    return true;
}

/* Rows that nobody else is writing to. Several, because one that breaks a CHECK NOT VALID takes no UPDATE. */
static bool try_rows(probing *p, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    const char *sql =
        keel_arena_printf(p->run->arena, "SELECT t.tableoid, t.ctid FROM %s LIMIT 20 FOR UPDATE SKIP LOCKED",
                          keel_row_whole(p->run, p->probe->table));

    answer(p, KEEL_AUDIT_NO_ROW, "");
    if (!keel_pg_query(p->pg, &rows, err, sql, 0, NULL))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        sql = update_sql(p->run, p->probe->table, keel_pg_text(rows, row, 0), keel_pg_text(rows, row, 1));
        if (sql == NULL)
            return true;
        if (!keel_pg_exec(p->pg, err, "SAVEPOINT keel_audit") || !write_and_look(p, sql, err))
            return false;
        if (p->answer.outcome != KEEL_AUDIT_REFUSED)
            return true;
        if (!keel_pg_exec(p->pg, err, "ROLLBACK TO SAVEPOINT keel_audit"))
            return false;
    }
    return true;
}

static bool attempt(probing *p, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str number = {0};

    if (!keel_pg_open(p->run->conninfo, "audit probe", &pg, err))
        return false;
    p->pg = pg;
    bool done = keel_pg_exec(pg, err, begin_sql) &&
                keel_pg_query_value(pg, &number, NULL, err, number_sql, 0, NULL) &&
                (p->probe->sql != NULL ? write_and_look(p, p->probe->sql, err) : try_rows(p, err));
    keel_pg_rollback(pg);
    return done;
}

bool keel_audit_try(keel_check_run *run, const keel_audit_probe *probe, keel_audit_answer *ret_answer,
                    keel_error *err)
{
    probing p = {.run = run, .probe = probe};

    for (int i = 1;; i++) {
        if (attempt(&p, err)) {
            *ret_answer = p.answer;
            return true;
        }
        if (i == most_attempts || strncmp(err->sqlstate, "40", 2) != 0)
            return false;
    }
}
