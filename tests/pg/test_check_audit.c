/* business.audit_trail: a write leaves its audit row; the probe leaves nothing. */
#include <stdlib.h>

#include "check_case.h"

#define AUDIT "business.audit_trail"
#define LOTS "CREATE TABLE lots (id int PRIMARY KEY, state text, twice int GENERATED ALWAYS AS (id * 2) STORED," \
             " n int GENERATED ALWAYS AS IDENTITY); INSERT INTO lots VALUES (1, 'a'), (2, 'b');"
#define LOG "CREATE TABLE audit (id bigserial PRIMARY KEY, entity text, who int);"
/* body: statements; END is caught as NeuroHub's does if CAUGHT stands behind them */
#define TRIGGER(when, body)                                                                                  \
    "CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " body " RETURN NULL; END $$;"      \
    "CREATE TRIGGER audit AFTER " when " ON lots FOR EACH ROW EXECUTE FUNCTION audit();"
#define CAUGHT(body) "BEGIN " body " EXCEPTION WHEN OTHERS THEN RAISE WARNING 'audit failed: %', SQLERRM; END;"
#define WRITE_IT "INSERT INTO audit (entity) VALUES (TG_TABLE_NAME);"
#define ANY "INSERT OR UPDATE OR DELETE"
#define SUITE "tables: {lots: {audit: audit}}"

static const check_case kept[] = {
    {.name = "a trigger that writes", .check = AUDIT, .sql = LOTS LOG TRIGGER(ANY, WRITE_IT), .suite = SUITE, .found = "",
     .note = "1 audited table: public.lots to public.audit"},
    {.name = "one that catches what does not happen", .check = AUDIT, .sql = LOTS LOG TRIGGER(ANY, CAUGHT(WRITE_IT)), .suite = SUITE,
     .found = ""},
    {.name = "one that fires on a certain column", .check = AUDIT, .sql = LOTS LOG TRIGGER("UPDATE OF state", WRITE_IT),
     .suite = SUITE, .found = ""},
    {.name = "one that waits for the commit",
     .check = AUDIT,
     .sql = LOTS LOG "CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " WRITE_IT " RETURN NULL; END $$;"
            "CREATE CONSTRAINT TRIGGER audit AFTER UPDATE ON lots DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit()",
     .suite = SUITE,
     .found = ""},
    {.name = "into partitions, from partitions, in other schemas, under hostile names",
     .check = AUDIT,
     .sql = "CREATE SCHEMA \"S'\"; CREATE TABLE \"S'\".\"Au\"\"dit%s\" (id bigserial, at timestamptz NOT NULL) PARTITION BY RANGE (at);"
            "CREATE TABLE \"S'\".\"old\" PARTITION OF \"S'\".\"Au\"\"dit%s\" FOR VALUES FROM (MINVALUE) TO ('2020-01-01');"
            "CREATE TABLE \"S'\".\"n o'w\" PARTITION OF \"S'\".\"Au\"\"dit%s\" FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);"
            "CREATE TABLE \"select\" (\"i d\" int, \"t\" text) PARTITION BY LIST (\"i d\"); CREATE TABLE p1 PARTITION OF \"select\" DEFAULT;"
            "CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO \"S'\".\"Au\"\"dit%s\" (at) VALUES (now());"
            " RETURN NULL; END $$; CREATE TRIGGER audit AFTER UPDATE ON \"select\" FOR EACH STATEMENT EXECUTE FUNCTION audit();"
            "INSERT INTO \"select\" VALUES (7, 'x')",
     .suite = "tables: {select: {audit: '\"S''\".\"Au\"\"dit%s\"'}}",
     .found = "",
     .note = "1 audited table: public.select to S'.Au\"dit%s"},
    {.name = "a trigger that wants a real change, with a write of the suite's",
     .check = AUDIT,
     .sql = LOTS LOG TRIGGER("UPDATE", WRITE_IT) "DROP TRIGGER audit ON lots; CREATE TRIGGER audit AFTER UPDATE ON lots FOR EACH ROW"
            " WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION audit()",
     .suite = "tables: {lots: {audit: {into: audit, sql: \"UPDATE lots SET state = state || '!' WHERE id = 2\"}}}",
     .found = ""},
    {.name = "what the application sets can be set (trap 14)",
     .check = AUDIT,
     .sql = LOTS LOG TRIGGER("UPDATE", CAUGHT("INSERT INTO audit (who) VALUES (current_setting('app.user_id')::int);")),
     .suite = "tables: {lots: {audit: {into: audit, sql: \"UPDATE lots SET state = 'x' WHERE id = 1 AND set_config('app.user_id', '7',"
              " true) IS NOT NULL\"}}}",
     .found = ""},
    {.name = "a row that takes no UPDATE is passed over",
     .check = AUDIT,
     .sql = LOTS LOG TRIGGER(ANY, WRITE_IT) "UPDATE lots SET state = 'A' WHERE id = 2; DELETE FROM lots WHERE id = 1; INSERT INTO lots VALUES (1, 'a');"
            "ALTER TABLE lots ADD CHECK (state = 'a') NOT VALID; TRUNCATE audit",
     .suite = SUITE, .found = ""},
    {.name = "no audit in the suite", .check = AUDIT, .sql = LOTS, .suite = "tables: [lots]", .found = NULL, .note = "no audited tables"},
};

static const check_case lost[] = {
    {.name = "no trigger at all",
     .check = AUDIT,
     .sql = LOTS LOG,
     .suite = SUITE,
     .found = "error public.lots: a write leaves no row in public.audit",
     .evidence = "{\"write\":\"UPDATE \\\"public\\\".\\\"lots\\\" AS t SET \\\"id\\\" = t.\\\"id\\\", \\\"state\\\" = t.\\\"state\\\" WHERE"
                 " t.tableoid = NUMBER AND t.ctid = '(0,1)'\"}"},
    {.name = "a trigger that is disabled", .check = AUDIT, .sql = LOTS LOG TRIGGER(ANY, WRITE_IT) "ALTER TABLE lots DISABLE TRIGGER audit",
     .suite = SUITE, .found = "error public.lots: a write leaves no row in public.audit"},
    {.name = "no partition for today, swallowed (trap 14, S4-67)",
     .check = AUDIT,
     .sql = LOTS "CREATE TABLE audit (id bigserial, entity text, at timestamptz NOT NULL DEFAULT now()) PARTITION BY RANGE (at);"
            "CREATE TABLE audit_old PARTITION OF audit FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');" TRIGGER(ANY, CAUGHT(WRITE_IT)),
     .suite = SUITE,
     .found = "error public.lots: a write leaves no row in public.audit; the server warned: audit failed: no partition of relation"
              " \"audit\" found for row"},
    {.name = "a user who does not exist, swallowed: the row was there for a moment (trap 14)",
     .check = AUDIT,
     .sql = LOTS "CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE audit (id bigserial, entity text, who int DEFAULT 0 REFERENCES users);"
            TRIGGER(ANY, CAUGHT(WRITE_IT)),
     .suite = SUITE,
     .found = "error public.lots: the row that a write leaves in public.audit is taken back by an exception that somebody caught;"
              " the server warned: audit failed: insert or update on table \"audit\" violates foreign key constraint \"audit_who_fkey\""},
    {.name = "rows that others wrote are no proof",
     .check = AUDIT,
     .sql = LOTS LOG "INSERT INTO audit (entity) SELECT 'x' FROM generate_series(1, 1000);"
            TRIGGER(ANY, CAUGHT(WRITE_IT "RAISE EXCEPTION 'no';")),
     .suite = SUITE,
     .found = "error public.lots: the row that a write leaves in public.audit is taken back by an exception that somebody caught;"
              " the server warned: audit failed: no"},
    {.name = "a trigger that refuses",
     .check = AUDIT,
     .sql = LOTS LOG TRIGGER("UPDATE", "RAISE EXCEPTION 'record \"new\" has no field \"updated_at\"';"),
     .suite = SUITE,
     .found = "error public.lots: the write that should leave a row in public.audit fails: record \"new\" has no field \"updated_at\""},
    {.name = "an empty table, and a write that finds nothing, prove nothing",
     .check = AUDIT,
     .sql = LOTS LOG "CREATE TABLE empty (id int)",
     .suite = "tables: {empty: {audit: audit}, lots: {audit: {into: audit, sql: DELETE FROM lots WHERE id = 9}}}",
     .found = "warning public.empty: not tried: the write found no row to write to\n"
              "warning public.lots: not tried: the write found no row to write to",
     .note = "2 audited tables, 2 warnings"},
    {.name = "no such audit table", .check = AUDIT, .sql = LOTS, .suite = SUITE,
     .found = "error public.lots: there is no audit table \"audit\""},
    {.name = "a write that ends the transaction",
     .check = AUDIT,
     .sql = LOTS LOG,
     .suite = "tables: {lots: {audit: {into: audit, sql: COMMIT}}}",
     .found = "error public.lots: the write that should leave a row in public.audit fails: it ended the transaction"},
};

/* Of the UPDATE the number of the relation moves. */
static void hide_number(char *text)
{
    char *at = strstr(text, "tableoid = ");

    if (at == NULL)
        return;
    at += strlen("tableoid = ");
    size_t digits = strspn(at, "0123456789");
    char rest[256];
    snprintf(rest, sizeof rest, "NUMBER%s", at + digits);
    memcpy(at, rest, strlen(rest) + 1);
}

static void test_leaves_nothing(keel_scratch *cluster)
{
    static const char sql[] = LOTS LOG TRIGGER(ANY, WRITE_IT) "ALTER TABLE lots ADD touched timestamptz;"
                              "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.touched = now(); RETURN NEW; END $$;"
                              "CREATE TRIGGER touch BEFORE UPDATE ON lots FOR EACH ROW EXECUTE FUNCTION touch()";
    const check_case c = {.name = "a row that somebody holds is passed over", .check = AUDIT, .suite = SUITE, .found = ""};
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "nothing", conninfo);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *holder = cluster_connect(conninfo);

    cluster_exec(pg, sql);
    cluster_exec(holder, "BEGIN; SELECT FROM lots WHERE id = 1 FOR UPDATE");
    check_case_judge(conninfo, &c);
    cluster_exec(holder, "COMMIT");
    is_str(cluster_value(pg, "SELECT count(*) FROM audit"), "0", "no audit row is left");
    is_str(cluster_value(pg, "SELECT string_agg(id || state || coalesce(touched::text, '-'), ' ' ORDER BY id) FROM lots"), "1a- 2b-",
           "the table is as it was");
    is_str(cluster_value(pg, "SELECT is_called FROM audit_id_seq"), "t", "numbers of sequences are gone, as the help says");
    is_str(cluster_value(pg, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgkeel audit probe'"), "0",
           "its connection is closed");
}

static void test_evidence(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE], text[512];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "evidence", conninfo);

    cluster_exec(pg, lost[0].sql);
    check_seen seen = check_case_see(conninfo, &lost[0]);
    is_str(seen.found, lost[0].found, "%s", lost[0].name);
    snprintf(text, sizeof text, "%s", seen.evidence != NULL ? seen.evidence : "");
    hide_number(text);
    is_str(text, lost[0].evidence, "the evidence is the write that was tried");
}

/* A read-only role default is the role's wish for its own sessions, not an answer. */
static void test_read_only_default(keel_scratch *cluster)
{
    const check_case c = {.name = "sessions that are read only by default", .check = AUDIT,
                          .sql = LOTS LOG TRIGGER(ANY, WRITE_IT)
                                 "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$",
                          .suite = SUITE, .found = ""};

    check_case_run(cluster, &c);
}

static void test_standby(keel_scratch *cluster)
{
    const check_case c = {.name = "a standby", .check = AUDIT, .suite = SUITE, .found = NULL,
                          .note = "a standby takes no write; run it on the primary"};
    char conninfo[CLUSTER_CONNINFO_SIZE], signal[512];
    keel_error err = {0};
    keel_pg *pg = cluster_database(cluster, "standby", conninfo);

    cluster_exec(pg, LOTS LOG TRIGGER(ANY, WRITE_IT));
    snprintf(signal, sizeof signal, "%s/standby.signal", cluster_value(pg, "SHOW data_directory"));
    keel_pg_close(pg);
    FILE *file = fopen(signal, "w");
    if (file == NULL || fclose(file) != 0)
        exit(2);
    if (!ok(keel_scratch_restart(cluster, &err), "the server comes back as a standby: %s", err.message))
        return;
    pg = cluster_connect(conninfo);
    is_str(cluster_value(pg, "SELECT pg_is_in_recovery()"), "t", "it is one");
    keel_pg_close(pg);
    check_case_judge(conninfo, &c);
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);

    for (size_t i = 0; i < KEEL_COUNT_OF(kept); i++)
        check_case_run(cluster, &kept[i]);
    for (size_t i = 1; i < KEEL_COUNT_OF(lost); i++)
        check_case_run(cluster, &lost[i]);
    test_evidence(cluster);
    test_leaves_nothing(cluster);
    test_read_only_default(cluster);
    test_standby(cluster);
    return done_testing();
}
