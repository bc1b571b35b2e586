/* One side of a migration cut into steps: which statements share a transaction, which stand alone, what is refused. */
#include "migrate/step.h"
#include "migrate/variables.h"
#include <stdlib.h>

#include "base/str.h"
#include "tap.h"

typedef struct cut {
    const char *what, *sql;
    const char *steps; /* labels; "*" before a step outside of transactions; joined by " | " */
} cut;

static const cut cuts[] = {
    {"an ordinary file is one step", "create table a (b int); create index on a (b); insert into a values (1);",
     "CREATE TABLE a and 2 more"},
    {"CONCURRENTLY stands alone", "create table a (b int); create index concurrently i on a (b); comment on table a is 'x';",
     "CREATE TABLE a | *CREATE INDEX CONCURRENTLY i | COMMENT"},
    {"two in a row", "drop index concurrently i; vacuum a;", "*DROP INDEX CONCURRENTLY i | *VACUUM a"},
    {"a step mark", "alter table a add b int;\n-- pgkeel:step\nupdate a set b = 1;\ninsert into a values (1);",
     "ALTER TABLE a | UPDATE a and 1 more"},
    {"BEGIN and COMMIT bound steps", "begin; create table a (); commit; create table b (); start transaction; drop table a; end;",
     "CREATE TABLE a | CREATE TABLE b | DROP TABLE a"},
    {"CONCURRENTLY behind COMMIT", "begin; create table a (b int); commit; create index concurrently i on a (b);",
     "CREATE TABLE a | *CREATE INDEX CONCURRENTLY i"},
    {"psql commands that change nothing", "\\set ON_ERROR_STOP on\n\\echo hello\ncreate table a ();", "CREATE TABLE a"},
    {"COPY with its data", "create table a (b int); copy a from stdin;\n1\n\\.\ndrop table a;", "CREATE TABLE a and 2 more"},
    {"a newer server's statement", "alter table a alter constraint x not enforced;", "ALTER TABLE"},
    {"nothing", "-- nothing\n", ""},
};

static bool steps_of(keel_arena *arena, const char *sql, bool no_transaction, keel_steps *steps, keel_error *err)
{
    keel_migration_sql side = {.path = "m/1.sql", .text = sql, .size = strlen(sql), .line = 1,
                               .no_transaction = no_transaction};

    return keel_steps_of(arena, &side, 150000, steps, err);
}

static const char *labels(keel_arena *arena, const keel_steps *steps)
{
    const char *text = "";

    for (size_t i = 0; i < steps->count; i++)
        text = keel_arena_printf(arena, "%s%s%s%s", text, i > 0 ? " | " : "", steps->items[i].transactional ? "" : "*",
                                 steps->items[i].label);
    return text;
}

static void test_cuts(void)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(cuts); i++) {
        keel_arena *arena = keel_arena_create();
        keel_steps steps = {0};
        keel_error err = {0};
        ok(steps_of(arena, cuts[i].sql, false, &steps, &err), "%s: cut %s", cuts[i].what, err.message);
        is_str(labels(arena, &steps), cuts[i].steps, "%s", cuts[i].what);
        keel_arena_free(arena);
    }
}

static void test_no_transaction(void)
{
    keel_arena *arena = keel_arena_create();
    keel_steps steps = {0};
    keel_error err = {0};

    ok(steps_of(arena, "create table a (); create table b ();", true, &steps, &err), "no transaction for the file");
    is_str(labels(arena, &steps), "CREATE TABLE a | CREATE TABLE b", "every statement is a step of its own");
    keel_arena_free(arena);
}

static void test_session(void)
{
    keel_arena *arena = keel_arena_create();
    keel_steps steps = {0};
    keel_error err = {0};

    ok(steps_of(arena, "set search_path = app; set local work_mem = '1GB'; create table a (b int);"
                       "create index concurrently i on a (b);", false, &steps, &err), "a file that sets");
    ok(steps.items[0].session == NULL, "the first step needs nothing");
    is_str(steps.items[1].session, "set search_path = app;\n", "a later one, taken up alone, needs what was set before");
    keel_arena_free(arena);
}

static void test_directives(void)
{
    keel_arena *arena = keel_arena_create();
    keel_steps steps = {0};
    keel_error err = {0};

    ok(steps_of(arena, "-- pgkeel: lock_timeout=2s retries=3\n-- pgkeel: phase=contract\nalter table a drop b;", false,
                &steps, &err), "directives: %s", err.message);
    is_int(steps.items[0].wishes.lock_timeout, 2000000, "lock_timeout");
    is_int(steps.items[0].wishes.retries, 3, "retries");
    is_str(steps.items[0].wishes.phase, "contract", "phase");
    is_int(steps.items[0].wishes.statement_timeout, KEEL_STEP_UNSET, "what is not said is not set");
    keel_arena_free(arena);
}

static void test_hashes(void)
{
    keel_arena *arena = keel_arena_create();
    keel_steps a = {0}, b = {0}, c = {0};
    keel_error err = {0};

    ok(steps_of(arena, "create table a (b int);", false, &a, &err) &&
       steps_of(arena, "-- licence\nCREATE TABLE a ( b int );", false, &b, &err) &&
       steps_of(arena, "create table a (b bigint);", false, &c, &err), "three spellings");
    is_str(a.items[0].token_hash, b.items[0].token_hash, "comments, blanks and case do not count");
    ok(strcmp(a.items[0].raw_hash, b.items[0].raw_hash) != 0, "but the bytes differ");
    ok(strcmp(a.items[0].token_hash, c.items[0].token_hash) != 0, "a real edit counts");
    keel_arena_free(arena);
}

static void refused(const char *sql, const char *message)
{
    keel_arena *arena = keel_arena_create();
    keel_steps steps = {0};
    keel_error err = {0};

    ok(!steps_of(arena, sql, false, &steps, &err), "refused: %s", sql);
    is_str(err.message, message, "why");
    ok(err.hint[0] != '\0', "what to do: %s", err.hint);
    keel_arena_free(arena);
}

static void test_refusals(void)
{
    refused("select 1;\nselect 'a", "m/1.sql:2: the string that starts here does not end");
    refused("create table a ();\nrollback;", "m/1.sql:2: ROLLBACK in a migration");
    refused("savepoint a;", "m/1.sql:1: SAVEPOINT in a migration");
    refused("begin; begin;", "m/1.sql:1: BEGIN inside of BEGIN");
    refused("commit;", "m/1.sql:1: COMMIT without BEGIN");
    refused("begin; create table a ();", "m/1.sql:1: BEGIN without COMMIT");
    refused("begin; vacuum a; commit;", "m/1.sql:1: VACUUM cannot run inside a transaction block");
    refused("select 1;\n\\i other.sql\n", "m/1.sql:2: psql's command \"\\i\" cannot be run here");
    refused("select 1 \\gexec\n", "m/1.sql:1: psql's command \"\\gexec\" cannot be run here");
    refused("\\set x 1\n", "m/1.sql:1: psql's command \"\\set\" cannot be run here");
    refused("-- a\n-- pgkeel: lock_timout=2s\nselect 1;", "m/1.sql:2: unknown directive \"lock_timout\"");
    refused("-- pgkeel: lock_timeout=soon\nselect 1;", "m/1.sql:1: \"soon\" is no value of lock_timeout");
    refused("-- pgkeel:stop\nselect 1;", "m/1.sql:1: unknown mark \"pgkeel:stop\"");
    refused("copy a from stdin;\n1\n", "m/1.sql:1: the data of this COPY does not end with a line \"\\.\"");
}

static void test_caret(void)
{
    keel_arena *arena = keel_arena_create();
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_steps steps = {0};
    keel_error err = {0};

    ok(steps_of(arena, "select 1;\nselect '이',\n\tfrom a;", false, &steps, &err), "a syntax error is for the caller");
    const keel_step_statement *s = &steps.items[0].statements.items[1];
    ok(s->node == NULL && s->complaint != NULL, "who is told");
    keel_step_caret(&steps.items[0], s, s->complaint->at, &text);
    is_str(keel_str_text(&text), "m/1.sql:3:\n    \tfrom a\n    \t^\n", "the line and the place");
    keel_arena_free(arena);
}

/* A statement's line is cut around the place, by whole characters. */
static void test_long_line(void)
{
    keel_arena *arena = keel_arena_create();
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_steps steps = {0};
    keel_error err = {0};

    keel_str_add(&sql, "select '");
    for (int i = 0; i < 500; i++)
        keel_str_add(&sql, "ö");
    keel_str_add(&sql, "' frrom a where b = 1 and c = 2;");
    ok(steps_of(arena, keel_str_text(&sql), false, &steps, &err), "a long line");
    const keel_step_statement *s = &steps.items[0].statements.items[0];
    keel_step_caret(&steps.items[0], s, s->complaint->at, &text);
    ok(text.size < 400 && strstr(text.data, "ö' frrom a where b = 1") != NULL, "only the part around the place is shown");
    const char *shown = strchr(text.data, '\n') + 5, *below = strchr(shown, '\n') + 5;
    size_t column = strcspn(below, "^"), at = 0;
    for (size_t seen = 0; seen < column; seen++)
        at += keel_utf8_size(shown + at, strlen(shown + at));
    is_int(strncmp(shown + at, "a where", 7), 0, "the caret stands under it");
    keel_arena_free(arena);
}

/* Lines are counted once, not once per statement: this ends at once or not at all. */
static void test_many_statements(void)
{
    enum { STATEMENTS = 5000 };
    keel_arena *arena = keel_arena_create();
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    keel_steps steps = {0};
    keel_error err = {0};

    for (int i = 0; i < STATEMENTS; i++)
        keel_str_addf(&sql, "set a.b%d = 'x';\n", i % 10);
    keel_str_add(&sql, "rollback;\n");
    ok(!steps_of(arena, keel_str_text(&sql), false, &steps, &err), "refused at its end");
    is_str(err.message, "m/1.sql:5001: ROLLBACK in a migration", "with its line");
    keel_arena_free(arena);
}

static bool replaced(keel_arena *arena, const char *sql, const keel_variables *variables, bool strict, keel_steps *steps,
                     keel_error *err)
{
    keel_migration_sql side = {.path = "m/1.sql", .text = sql, .size = strlen(sql), .line = 1, .strict = strict,
                               .variables = variables};

    return keel_steps_of(arena, &side, 150000, steps, err);
}

static void test_variables(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    KEEL_CLEANUP(keel_str_free) keel_str caret = {0};
    keel_variables one = {0}, other = {0};
    keel_steps a = {0}, b = {0};
    keel_error err = {0};
    static const char sql[] = "create schema ${TENANT};\ncreate table ${TENANT}.a (\n  b text default '${TENANT}' frrom);";

    keel_variables_add(arena, &one, "TENANT", "acme_incorporated", &err);
    keel_variables_add(arena, &other, "TENANT", "b", &err);
    ok(replaced(arena, sql, &one, false, &a, &err) && replaced(arena, sql, &other, false, &b, &err), "replaced: %s", err.message);
    const keel_step_statement *s = &a.items[0].statements.items[1];
    is_str(a.items[0].statements.items[0].sql, "create schema acme_incorporated", "what is run");
    is_str(a.items[0].statements.items[0].text, "create schema ${TENANT}", "what stands in the file");
    ok(a.items[0].statements.items[0].node != NULL, "it is read with its values");
    is_str(a.items[0].token_hash, b.items[0].token_hash, "values do not change the hash");
    keel_step_caret(&a.items[0], s, s->complaint->at, &caret);
    is_str(keel_str_text(&caret), "m/1.sql:3:\n      b text default '${TENANT}' frrom)\n                                 ^\n",
           "the caret stands in the file's text");
    ok(replaced(arena, "select '${TENANT}'", NULL, false, &a, &err), "nothing is replaced unless named");
    is_str(a.items[0].statements.items[0].sql, "select '${TENANT}'", "as it stands");
}

static void refused_variable(const char *sql, const keel_variables *variables, bool strict, const char *message, const char *hint)
{
    keel_arena *arena = keel_arena_create();
    keel_steps steps = {0};
    keel_error err = {0};

    ok(!replaced(arena, sql, variables, strict, &steps, &err), "refused: %s", sql);
    is_str(err.message, message, "why");
    is_str(err.hint, hint, "what to do, and the place");
    keel_arena_free(arena);
}

static void test_variables_refused(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    keel_variables variables = {0};
    keel_error err = {0};

    unsetenv("PGKEEL_NOT_SET");
    keel_variables_add_environment(arena, &variables, "PGKEEL_NOT_SET", &err);
    keel_variables_add(arena, &variables, "BAD", "a'; drop table b; --", &err);
    keel_variables_add(arena, &variables, "TWO", "a; drop table b", &err);
    refused_variable("select 1;\nselect 2,\n  ${PGKEEL_NOT_SET};", &variables, false, "m/1.sql:3: variable \"PGKEEL_NOT_SET\" is not set",
                     "Set it in the environment, or write --var PGKEEL_NOT_SET=VALUE.\nm/1.sql:3:\n      ${PGKEEL_NOT_SET}\n      ^\n");
    refused_variable("select ${OTHER};", &variables, true, "m/1.sql:1: variable \"OTHER\" is not named",
                     "Name it: --env OTHER, or --var OTHER=VALUE.\nm/1.sql:1:\n    select ${OTHER}\n           ^\n");
    refused_variable("select 1, '$OTHER';", &variables, true, "m/1.sql:1: a variable in a form that is not replaced here",
                     "Write ${NAME}, without more.\nm/1.sql:1:\n    select 1, '$OTHER'\n               ^\n");
    refused_variable("select '${BAD}';", &variables, false,
                     "m/1.sql:1: with its variables (\"BAD\") this is not one statement any more",
                     "Values may be names, numbers or parts of a statement, without a semicolon or an open quote.\n"
                     "m/1.sql:1:\n    select '${BAD}'\n    ^\n");
    refused_variable("drop table ${TWO};", &variables, false,
                     "m/1.sql:1: with its variables (\"TWO\") this is not one statement any more",
                     "Values may be names, numbers or parts of a statement, without a semicolon or an open quote.\n"
                     "m/1.sql:1:\n    drop table ${TWO}\n    ^\n");
}

int main(void)
{
    test_long_line();
    test_many_statements();
    test_variables();
    test_variables_refused();
    test_cuts();
    test_no_transaction();
    test_session();
    test_directives();
    test_hashes();
    test_refusals();
    test_caret();
    return done_testing();
}
