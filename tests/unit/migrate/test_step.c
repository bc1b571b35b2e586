/* One side of a migration cut into steps: which statements share a transaction, which stand alone, what is refused. */
#include "migrate/step.h"
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

int main(void)
{
    test_cuts();
    test_no_transaction();
    test_session();
    test_directives();
    test_hashes();
    test_refusals();
    test_caret();
    return done_testing();
}
