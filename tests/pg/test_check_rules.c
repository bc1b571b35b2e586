/* The application's statements and the team's own rules. The numbers in the names are those
 * of the requirements. */
#include <stdlib.h>

#include "check_case.h"
#include "checked.h"

#define MESSAGES "CREATE TABLE messages (id int PRIMARY KEY, version text, text text);"
static const check_case STATEMENTS[] = {
    {.name = "statements that fit", .check = "schema.statement",
     .sql = MESSAGES "CREATE UNIQUE INDEX ON messages (version); CREATE DOMAIN d AS int NOT NULL CHECK (VALUE > 0);"
                     "CREATE FUNCTION f(d) RETURNS int LANGUAGE sql AS 'SELECT 1'",
     .suite = "statements:\n"
              "  insert: INSERT INTO messages (id, version) VALUES ($1, $2) ON CONFLICT (version) DO NOTHING;\n"
              "  update: \"UPDATE messages SET text = $1 WHERE id = ANY ($2::int[]) RETURNING *\"\n"
              "  delete: DELETE FROM messages\n  values: VALUES (1, 'x')\n"
              "  with: WITH gone AS (DELETE FROM messages RETURNING id) SELECT count(*) FROM gone\n"
              "  domain: SELECT f($1) FROM messages WHERE id > $2 -- the answer\n",
     .found = "", .note = "6 statements"},
    {.name = "statements that do not", .check = "schema.statement",
     .sql = MESSAGES,
     .suite = "statements:\n"
              "  upsert: INSERT INTO messages VALUES ($1, $2) ON CONFLICT (version) DO NOTHING\n"
              "  column: |\n    SELECT id,\n           'é', display_name\n      FROM messages\n"
              "  table: {sql: SELECT * FROM mesages, severity: critical}\n  function: SELECT no_such(id) FROM messages\n"
              "  type: \"SELECT * FROM messages WHERE version = 1\"\n  placeholder: \"SELECT * FROM messages WHERE id = ?\"\n"
              "  two: DELETE FROM messages; COMMIT\n  utility: DROP TABLE messages\n  empty: -- nothing\n",
     .found = "error column: the statement does not fit the schema: column \"display_name\" does not exist, at "
              "\"display_name\" (SQLSTATE 42703)\n"
              "error empty: the statement does not fit the schema: syntax error at end of input, at \"\" (SQLSTATE 42601)\n"
              "error function: the statement does not fit the schema: function no_such(integer) does not exist, at "
              "\"no_such(id) FROM messages\" (SQLSTATE 42883)\n"
              "error placeholder: the statement does not fit the schema: syntax error at end of input, at \"\" (SQLSTATE "
              "42601)\n"
              "critical table: the statement does not fit the schema: relation \"mesages\" does not exist, at \"mesages\" "
              "(SQLSTATE 42P01)\n"
              "error two: the statement does not fit the schema: cannot insert multiple commands into a prepared statement "
              "(SQLSTATE 42601)\n"
              "error type: the statement does not fit the schema: operator does not exist: text = integer, at \"= 1\" "
              "(SQLSTATE 42883)\n"
              "error upsert: the statement does not fit the schema: there is no unique or exclusion constraint matching the "
              "ON CONFLICT specification (SQLSTATE 42P10)\n"
              "error utility: the statement does not fit the schema: syntax error at or near \"DROP\", at \"DROP TABLE "
              "messages\" (SQLSTATE 42601)",
     .evidence = "{\"sqlstate\":\"42703\",\"position\":24,\"line\":2,\"near\":\"display_name\",\"statement\":\"SELECT id,\\n"
                 "       'é', display_name\\n  FROM messages\"}"},
};

#define UNITS "CREATE TABLE units (id int, result text, \"Odd {n}\" text);" \
              "INSERT INTO units SELECT i, CASE i % 2 WHEN 0 THEN 'FAIL' ELSE 'PASS' END, repeat('é', 300) " \
              "FROM generate_series(1, 20) i;"
static const check_case RULES[] = {
    {.name = "a rule that holds", .check = "business.r", .sql = UNITS,
     .suite = "rules:\n  r: SELECT id FROM units WHERE result = 'REWORK' -- none of them\n", .found = "", .note = "1 rule"},
    {.name = "S3-24, S3-41: the number, the first row, five samples in the rule's order", .check = "business.r", .sql = UNITS,
     .suite = "rules:\n  r:\n    title: no unit fails\n    severity: critical\n    remedy: look at them\n"
              "    sql: SELECT id, result FROM units WHERE result = 'FAIL' ORDER BY id DESC;\n"
              "    message: \"{count} units fail, the first is {id} ({result}), {nothing}\"\n",
     .found = "critical r: 10 units fail, the first is 20 (FAIL), {nothing}",
     .evidence = "{\"rows\":10,\"sample\":[{\"id\":20,\"result\":\"FAIL\"},{\"id\":18,\"result\":\"FAIL\"},{\"id\":16,\"result\":"
                 "\"FAIL\"},{\"id\":14,\"result\":\"FAIL\"},{\"id\":12,\"result\":\"FAIL\"}]}"},
    {.name = "no message, one row, values of every kind", .check = "business.a_rule", .sql = UNITS,
     .suite = "rules:\n  a_rule: SELECT 1.50 AS n, NULL AS nothing, true AS yes, ARRAY[1] AS many, '{\"a\":1}'::jsonb AS doc, ' \" \\' AS s\n",
     .found = "error a_rule: 1 row breaks the rule: a rule",
     .evidence = "{\"rows\":1,\"sample\":[{\"n\":1.50,\"nothing\":null,\"yes\":true,\"many\":[1],\"doc\":{\"a\":1},\"s\":\" \\\" \\\\\"}]}"},
    {.name = "a column named twice", .check = "business.r", .sql = UNITS,
     .suite = "rules:\n  r: {sql: \"SELECT a.id, b.id FROM units a JOIN units b ON b.id = a.id + 1 WHERE a.id = 1\", message: "
              "\"{count} of {id}\"}\n",
     .found = "error r: 1 of 2", .evidence = "{\"rows\":1,\"sample\":[{\"id\":1,\"id\":2}]}"},
    {.name = "a rule that cannot be judged is no pass", .check = "business.r", .sql = UNITS,
     .suite = "rules:\n  r: {sql: SELECT id FROM unit, severity: warning}\n",
     .found = "error r: the rule cannot be judged: relation \"unit\" does not exist (SQLSTATE 42P01)"},
    {.name = "a rule that fails half way is no pass", .check = "business.r", .sql = UNITS,
     .suite = "rules:\n  r: SELECT 1 / (id - 7) FROM units\n",
     .found = "error r: the rule cannot be judged: division by zero (SQLSTATE 22012)"},
    {.name = "a rule cannot write", .check = "business.r",
     .sql = UNITS "CREATE FUNCTION wipe() RETURNS int LANGUAGE sql AS 'DELETE FROM units RETURNING 1'",
     .suite = "rules:\n  r: SELECT wipe()\n",
     .found = "error r: the rule cannot be judged: cannot execute DELETE in a read-only transaction (SQLSTATE 25006)"},
    {.name = "nor end the transaction", .check = "business.r", .sql = UNITS,
     .suite = "rules:\n  r: \"SELECT 1) q) r; COMMIT; DROP TABLE units; --\"\n",
     .found = "error r: the rule cannot be judged: syntax error at or near \")\" (SQLSTATE 42601)"},
    {.name = "nor be two statements", .check = "business.r", .sql = UNITS,
     .suite = "rules:\n  r: \"SELECT 1 AS a) q) r; COMMIT; SELECT 1 FROM (SELECT 1 FROM (SELECT 1\"\n",
     .found = "error r: the rule cannot be judged: cannot insert multiple commands into a prepared statement (SQLSTATE 42601)"},
};

static void test_long_values(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    const check_case c = {.name = "long", .check = "business.r",
                          .suite = "rules:\n  r: {sql: \"SELECT \\\"Odd {n}\\\" AS long FROM units\", message: \"{long}\"}\n"};
    keel_pg *pg = cluster_database(cluster, "long_values", conninfo);

    cluster_exec(pg, UNITS);
    keel_pg_close(pg);
    check_seen seen = check_case_see(conninfo, &c);
    is_int((int64_t)strlen(seen.found), (int64_t)strlen("error r: ") + 200, "a long value is cut in the message");
    ok(strlen(seen.evidence) < 1200, "and in the evidence");
    ok(seen.found[strlen(seen.found) - 1] == '\xA9', "between characters");
}

/* Every rule is a check of its own: chosen by its id, by its group, and shown in its own line. */
static void test_selection(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const keel_suite *suite = NULL;
    keel_error err = {0};
    keel_pg *pg = cluster_database(cluster, "selection", conninfo);
    cluster_exec(pg, UNITS);
    keel_pg_close(pg);

    ok(keel_suite_read_text(arena, "s.yaml", "rules:\n  one: SELECT 1\n  two: {title: nothing is two, sql: SELECT 1 WHERE false}\n",
                            &suite, &err), "two rules");
    KEEL_CLEANUP(checked_free)
    checked both = check_database(conninfo, (keel_check_options){
        .suite = suite, .groups = {[KEEL_GROUP_BUSINESS] = true}});
    is_int(checked_line(&both, "business.one")->outcome, KEEL_CHECK_FAILED, "one fails");
    is_int(checked_line(&both, "business.two")->outcome, KEEL_CHECK_PASSED, "two passes");
    is_str(checked_line(&both, "business.two")->title, "nothing is two", "under its own title");
    ok(checked_line(&both, "business.rule") == NULL, "there is no line of all rules");
    ok(checked_line(&both, "schema.no_primary_key") == NULL, "and --business means these alone");
    is_str(checked_find(&both, "business.one", NULL)->file, "s.yaml", "a finding knows its file");
    is_int(checked_find(&both, "business.one", NULL)->line, 2, "and line");

    const char *const only[] = {"business.two", NULL};
    KEEL_CLEANUP(checked_free)
    checked one = check_database(conninfo, (keel_check_options){.suite = suite, .only = only});
    is_int((int64_t)keel_report_line_count(one.report), 1, "--only business.two runs one check");
    const char *const wrong[] = {"business.tow", NULL};
    KEEL_CLEANUP(checked_free)
    checked none = check_database(conninfo, (keel_check_options){.suite = suite, .only = wrong});
    ok(none.database == NULL && strstr(none.err.hint, "business.two") != NULL, "a misspelt rule is refused: %s", none.err.hint);
}

/* A role that may read but not write: statements that write are planned all the same. */
static void test_rights(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE], limited[CLUSTER_CONNINFO_SIZE + 16];
    const check_case c = {.name = "rights", .check = "schema.statement",
                          .suite = "statements:\n  add: INSERT INTO messages VALUES (1) ON CONFLICT (id) DO NOTHING\n"
                                   "  bad: INSERT INTO messages VALUES (1) ON CONFLICT (text) DO NOTHING\n"};
    keel_pg *pg = cluster_database(cluster, "rights", conninfo);

    cluster_exec(pg, MESSAGES "CREATE ROLE looker LOGIN; GRANT SELECT ON messages TO looker");
    keel_pg_close(pg);
    snprintf(limited, sizeof limited, "%s user=looker", conninfo);
    check_seen seen = check_case_see(limited, &c);
    is_str(seen.found, "error bad: the statement does not fit the schema: there is no unique or exclusion constraint matching "
                       "the ON CONFLICT specification (SQLSTATE 42P10)",
           "a role that may only read judges statements that write");
}

/* Last, because the server stays one: recovery that never ends. */
static void test_standby(keel_scratch *cluster)
{
    const check_case c = {.name = "a standby plans what it could not run", .check = "schema.statement",
                          .suite = "statements:\n  read: SELECT id FROM messages\n  write: DELETE FROM messages\n"
                                   "  wrong: SELECT nothing FROM messages\n",
                          .found = "error wrong: the statement does not fit the schema: column \"nothing\" does not exist, at "
                                   "\"nothing FROM messages\" (SQLSTATE 42703)",
                          .note = "3 statements, 1 error"};
    char conninfo[CLUSTER_CONNINFO_SIZE], path[512];
    keel_error err = {0};
    keel_pg *pg = cluster_database(cluster, "standby", conninfo);

    cluster_exec(pg, MESSAGES);
    cluster_exec(pg, "CHECKPOINT");
    snprintf(path, sizeof path, "%s/standby.signal", cluster_value(pg, "SHOW data_directory"));
    keel_pg_close(pg);
    FILE *signal = fopen(path, "w");
    if (!ok(signal != NULL && fclose(signal) == 0 && keel_scratch_restart(cluster, &err),
            "the server comes back as a standby %s", err.message))
        return;
    pg = cluster_connect(conninfo);
    is_str(cluster_value(pg, "SELECT pg_is_in_recovery()"), "t", "it is one");
    keel_pg_close(pg);
    check_case_judge(conninfo, &c);
}

static void run_all(keel_scratch *cluster, const check_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_case_run(cluster, &cases[i]);
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);

    run_all(cluster, STATEMENTS, KEEL_COUNT_OF(STATEMENTS));
    run_all(cluster, RULES, KEEL_COUNT_OF(RULES));
    test_long_values(cluster);
    test_selection(cluster);
    test_rights(cluster);
    test_standby(cluster);
    return done_testing();
}
