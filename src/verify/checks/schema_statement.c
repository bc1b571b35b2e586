#include <stdlib.h>
#include <string.h>

#include "base/json_out.h"
#include "verify/attempt.h"
#include "verify/demand.h"

static const char PREFIX[] = "PREPARE pgkeel_statement AS ";

/* The byte of the statement where character `position` (from 1) of the PREPARE stands, and its line. */
static const char *find_place(const char *sql, int64_t position, int *ret_line)
{
    const char *at = sql;

    *ret_line = 1;
    for (int64_t left = position - (int64_t)strlen(PREFIX) - 1; left > 0 && *at != '\0'; left--) {
        *ret_line += *at == '\n';
        at++;
        while (((unsigned char)*at & 0xC0) == 0x80)
            at++;
    }
    return at;
}

static const char *evidence(keel_check_run *run, const keel_suite_statement *statement,
                            const keel_pg_failure *refusal)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    keel_json json;

    keel_json_start(&json, &out, false);
    keel_json_object(&json);
    keel_json_kv_text(&json, "sqlstate", refusal->sqlstate);
    if (refusal->position > (int64_t)strlen(PREFIX)) {
        int line = 1;
        const char *at = find_place(statement->sql, refusal->position, &line);
        keel_json_kv_int(&json, "position", refusal->position - (int64_t)strlen(PREFIX));
        keel_json_kv_int(&json, "line", line);
        keel_json_key(&json, "near");
        keel_json_textn(&json, at, KEEL_MIN(strcspn(at, "\n"), 60));
    }
    keel_json_kv_text(&json, "statement", statement->sql);
    keel_json_end_object(&json);
    return keel_arena_strdup(run->arena, out.data);
}

static const char *remedy(const keel_pg_failure *refusal)
{
    if (strcmp(refusal->sqlstate, "42601") == 0)
        return "Correct the statement; parameters are written $1, $2, and only SELECT, INSERT, UPDATE, DELETE, "
               "MERGE and VALUES can be prepared.";
    if (strcmp(refusal->sqlstate, "42P18") == 0)
        return "Say the parameter's type in the suite: $1::text.";
    if (strcmp(refusal->sqlstate, "42P10") == 0)
        return "Create the unique index that ON CONFLICT needs, or change the statement.";
    return "Bring the schema and the application's statement together: apply the migration, or change the statement.";
}

static void report(keel_check_run *run, const keel_suite_statement *statement, const keel_pg_failure *refusal)
{
    int line = 1;
    const char *at = find_place(statement->sql, refusal->position, &line);

    keel_check_found_at(
        run, statement->severity, &statement->place, statement->name, evidence(run, statement, refusal),
        remedy(refusal), "the statement does not fit the schema: %s%s%.*s%s (SQLSTATE %s)", refusal->message,
        refusal->position > 0 ? ", at \"" : "", refusal->position > 0 ? (int)KEEL_MIN(strcspn(at, "\n"), 30) : 0, at,
        refusal->position > 0 ? "\"" : "", refusal->sqlstate);
}

/* The server looks for the index behind ON CONFLICT, and for some operators, only when it plans. Values do not matter
 * to that, so all are NULL. */
static bool explain(keel_check_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_str_free) keel_str count = {0};
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *plan = NULL;

    if (!keel_pg_query_value(
            run->pg, &count, NULL, err,
            "SELECT pg_catalog.cardinality(p.parameter_types) FROM pg_catalog.pg_prepared_statements p"
            " WHERE p.name = 'pgkeel_statement'",
            0, NULL))
        return false;
    keel_str_add(&sql, "EXPLAIN EXECUTE pgkeel_statement");
    for (long i = 0, n = strtol(keel_str_text(&count), NULL, 10); i < n; i++)
        keel_str_addf(&sql, "%sNULL%s", i == 0 ? "(" : ", ", i + 1 == n ? ")" : "");
    return keel_pg_query(run->pg, &plan, err, sql.data, 0, NULL);
}

/* Is the plan refused for what the statement says? After planning come the rights of the role that checks, which are
 * not those of the application, and the NULLs of the parameters. */
static bool is_about_schema(const keel_error *failure)
{
    return strncmp(failure->sqlstate, "42", 2) == 0 && strcmp(failure->sqlstate, "42501") != 0;
}

/* What became of one statement. */
typedef struct outcome {
    bool prepared; /* it must be forgotten again: it outlives the savepoint */
    bool refused;
    bool unknown; /* nothing is known: the connection is lost, a lock was not had, it was cancelled */
    keel_error failure;
} outcome;

/* Through the extended protocol, so that it can only be one statement. */
static outcome try(keel_check_run *run, const char *sql)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    outcome o = {0};

    o.prepared = keel_pg_query(run->pg, &result, &o.failure, sql, 0, NULL);
    if (!o.prepared) {
        o.refused = keel_attempt_refused(&o.failure);
        o.unknown = !o.refused;
    } else if (!explain(run, &o.failure)) {
        o.refused = is_about_schema(&o.failure);
        o.unknown = !keel_attempt_refused(&o.failure) && strcmp(o.failure.sqlstate, "42501") != 0;
    }
    return o;
}

static bool judge(keel_check_run *run, const keel_suite_statement *statement, keel_error *err)
{
    if (!keel_attempt_begin(run->pg, err))
        return false;
    const outcome o = try(run, keel_arena_printf(run->arena, "%s%s", PREFIX, statement->sql));
    const keel_pg_failure refusal = *keel_pg_last_failure(run->pg);
    if (o.unknown)
        *err = o.failure;
    keel_error ending = {0};
    bool ended = keel_attempt_end(run->pg, &ending) &&
                 (!o.prepared || keel_pg_exec(run->pg, &ending, "DEALLOCATE pgkeel_statement"));
    if (o.unknown)
        return false;
    if (!ended) {
        *err = ending;
        return false;
    }
    keel_check_looked(run, 1, "statements");
    if (o.refused)
        report(run, statement, &refusal);
    return true;
}

static bool run(keel_check_run *run, keel_error *err)
{
    keel_check_looked(run, 0, "statements");
    for (size_t i = 0; i < run->suite->statements.count; i++)
        if (!judge(run, &run->suite->statements.items[i], err))
            return keel_fail_context(err, "statement \"%s\"", run->suite->statements.items[i].name);
    return true;
}

const keel_check keel_check_schema_statement = {
    .id = "schema.statement",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_NEEDS_SUITE,
    .title = "every statement of the application fits the schema",
    .help =
        "Prepares and plans each statement of the suite and forgets it again: tables, columns, functions, "
        "operators, types and the index behind ON CONFLICT must be there. Nothing is executed and no lock "
        "stays. It finds the drift between code and schema before the first request does.",
    .triggers = "CREATE TABLE messages (id int PRIMARY KEY, version text);",
    .passes = "CREATE TABLE messages (id int PRIMARY KEY, version text UNIQUE);",
    .suite = "statements:\n"
             "  store: INSERT INTO messages VALUES ($1, $2) ON CONFLICT (version) DO NOTHING\n"
             "  list: SELECT id, version FROM messages WHERE id > $1 ORDER BY id\n",
    .run = run,
};
