/* What migration files may hold and what not: odd text that must run as it stands, and bad text that must be refused by
 * file, line and place, before anything is run. */
#include "migrate_scene.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "tap.h"

static keel_scratch *cluster;

/* One file, applied: what the query says then. */
typedef struct good {
    const char *what, *sql, *query, *wanted;
} good;

static const good goods[] = {
    {"dollar quotes", "create table a (v text);\ninsert into a values ($$it's; a$$), ($x$ $$;$$ $y$ $x$);\n",
     "SELECT string_agg(v, '|' ORDER BY v) FROM a", " $$;$$ $y$ |it's; a"},
    {"nested comments", "create table a (v int); /* one /* two; */ still; ' */ insert into a values (1); -- the end; '\n",
     "SELECT count(*) FROM a", "1"},
    {"strings with escapes", "create table a (v text);\ninsert into a values (E'it\\'s;'), (U&'d\\0061t;'), (U&'d!0061t' UESCAPE '!'), ('\\');\n",
     "SELECT string_agg(v, '|' ORDER BY v COLLATE \"C\") FROM a", "\\|dat|dat;|it's;"},
    {"quoted names", "create table \"a;b\"\"'\" (\"--\" int);\ncreate table U&\"\\0061\" (v int);\n",
     "SELECT string_agg(relname, '|' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
     "a|a;b\"'"},
    {"a body of SQL", "create function f(i int) returns int begin atomic select i; select case when i > 0 then 1 end; end;\n",
     "SELECT f(7)", "1"},
    {"CRLF", "create table a (v text);\r\n-- a remark\r\ncopy a from stdin;\r\nx\r\ny\r\n\\.\r\ninsert into a values ('z');\r\n",
     "SELECT string_agg(v, '|' ORDER BY v) FROM a", "x|y|z"},
    {"a byte order mark", "\xef\xbb\xbf" "create table a (v int);\n", "SELECT to_regclass('a')", "a"},
    {"COPY with inline data", "create table a (v text, n int);\ncopy a (n, v) from stdin with (format csv);\n1,\"x;\"\n2,'\n\\.\nselect 1;\n",
     "SELECT string_agg(v, '|' ORDER BY n) FROM a", "x;|'"},
    {"psql's commands that change nothing", "\\set ON_ERROR_STOP on\n\\echo 'hello; there'\n\\timing\ncreate table a (v int);\n",
     "SELECT to_regclass('a')", "a"},
    {"an empty file", "", "SELECT state || ' ' || steps FROM pgkeel.migration", "applied 0"},
    {"a file of comments", "-- nothing\n/* to do; */\n", "SELECT state || ' ' || steps FROM pgkeel.migration", "applied 0"},
    {"stray semicolons", ";;\ncreate table a ();\n;;\n", "SELECT to_regclass('a')", "a"},
    {"BEGIN and COMMIT", "begin;\ncreate table a ();\ncommit;\nstart transaction;\ncreate table b ();\nend;\n",
     "SELECT steps::text || to_regclass('b') FROM pgkeel.migration", "2b"},
    {"letters of the world", "create table \"täblé\" (\"列\" text default 'ñ');\n", "SELECT to_regclass('\"täblé\"')", "\"täblé\""},
};

static void test_good(const good *g, int number)
{
    char name[32];
    place p;

    snprintf(name, sizeof name, "good_%d", number);
    open_place(&p, cluster, name);
    write_file(&p, "1_a.sql", g->sql);
    ok(up(&p), "%s: %s", g->what, p.err.message);
    is_str(cluster_value(p.pg, g->query), g->wanted, "as it stands");
    ok(up(&p) && p.result->migrations == 0, "and is known afterwards");
    close_place(&p);
}

/* One file, refused: the error, its hint, and nothing of it in the database, nor of the good file in front of it. */
typedef struct bad {
    const char *what, *sql;
    const char *message; /* behind the folder's path */
    const char *hint;    /* a part of it */
} bad;

static const bad bads[] = {
    {"an unknown directive", "select 1;\n-- pgkeel: lock_timout=2s\nselect 2;\n", "/2_b.sql:2: unknown directive \"lock_timout\"",
     "\"lock_timeout\""},
    {"an unknown mark", "-- pgkeel:stpe\nselect 2;\n", "/2_b.sql:1: unknown mark \"pgkeel:stpe\"", "\"pgkeel:step\"?"},
    {"a string without end", "select 1;\n\nselect 'a;\n", "/2_b.sql:3: the string that starts here does not end", "swallowed"},
    {"a dollar quote without end", "select 1;\ndo $x$ begin end $y$;\n", "/2_b.sql:2: the string that starts here does not end", ""},
    {"a comment without end", "select 1; /* one /* two */\n", "/2_b.sql:1: the comment that starts here does not end", ""},
    {"ROLLBACK", "begin;\nselect 1;\nrollback;\n", "/2_b.sql:3: ROLLBACK in a migration", "BEGIN and COMMIT"},
    {"BEGIN without COMMIT", "begin;\nselect 1;\n", "/2_b.sql:3: BEGIN without COMMIT", "COMMIT"},
    {"VACUUM between BEGIN and COMMIT", "begin;\nvacuum;\ncommit;\n", "/2_b.sql:2: VACUUM cannot run inside a transaction block", "COMMIT"},
    {"COPY without its data's end", "copy pg_class from stdin;\n1\n", "/2_b.sql:1: the data of this COPY does not end with a line \"\\.\"", ""},
    {"\\i", "\\i other.sql\n", "/2_b.sql:1: psql's command \"\\i\" cannot be run here", "Copy the other file's SQL"},
    {"\\gexec", "select 'select 1'\n\\gexec\n", "/2_b.sql:2: psql's command \"\\gexec\" cannot be run here", "DO block"},
    {"\\copy", "\\copy a from 'x'\n", "/2_b.sql:1: psql's command \"\\copy\" cannot be run here", "FROM STDIN"},
    {"\\if", "\\if true\nselect 1;\n\\endif\n", "/2_b.sql:1: psql's command \"\\if\" cannot be run here", "DO block"},
    {"a variable of psql", "\\set tenant acme\nselect :'tenant';\n", "/2_b.sql:1: psql's command \"\\set\" cannot be run here", ""},
    {"bytes that are not UTF-8", "select 1;\nselect 'caf\xe9';\n", "/2_b.sql:2: bytes that are not UTF-8", "iconv"},
    {"half a character", "select '\xe2\x82", "/2_b.sql:1: bytes that are not UTF-8", "iconv"},
    {"UTF-16", "\xff\xfes", "/2_b.sql:1: bytes that are not UTF-8", "iconv"},
};

static void is_untouched(place *p)
{
    is_str(tables(p), "", "nothing was run");
    is_str(cluster_value(p->pg, "SELECT to_regclass('pgkeel.migration') IS NULL"), "t", "nor journalled");
}

static void test_bad(void)
{
    place p;

    open_place(&p, cluster, "bad");
    write_file(&p, "1_a.sql", "create table a (v int);\n");
    for (size_t i = 0; i < KEEL_COUNT_OF(bads); i++) {
        write_file(&p, "2_b.sql", bads[i].sql);
        ok(!up(&p), "refused: %s", bads[i].what);
        const char *at = strstr(p.err.message, p.dir);
        is_str(at != NULL ? at + strlen(p.dir) : p.err.message, bads[i].message, "by its place");
        ok(strstr(p.err.hint, bads[i].hint) != NULL, "what to do: %s", p.err.hint);
    }
    write_bytes(&p, "2_b.sql", "select 1;\nselect '\0';\n", 22);
    ok(!up(&p) && strstr(p.err.message, "/2_b.sql:2: a NUL byte") != NULL, "a NUL byte: %s", p.err.message);
    is_untouched(&p);
    close_place(&p);
}

static void test_syntax_error(void)
{
    place p;

    open_place(&p, cluster, "syntax_error");
    write_file(&p, "1_a.sql", "create table a (v int);\n\ncreate table b (\n    v int,\n    w text nut null\n);\n");
    ok(!up(&p), "refused before anything is run: %s", p.err.message);
    const keel_finding *f = finding_of(&p, "migrate.syntax");
    ok(f != NULL && f->line == 5 && strstr(f->file, "/1_a.sql") != NULL, "a finding names file and line");
    ok(f != NULL && strstr(f->remedy, "/1_a.sql:5:\n        w text nut null\n               ^\n") != NULL, "with a caret: %s",
       f != NULL ? f->remedy : "");
    is_untouched(&p);
    close_place(&p);
}

/* What only the server can know: the place is named too. */
static void test_server_error(void)
{
    place p;

    open_place(&p, cluster, "server_error");
    write_file(&p, "1_a.sql", "create table a (v int);\n\ninsert into a\n  select ñ.nothing from a ñ;\n");
    ok(!up(&p), "a column that is not there");
    const char *at = strstr(p.err.message, "/1_a.sql:");
    is_str(at, "/1_a.sql:4: column ñ.nothing does not exist", "its line");
    const keel_finding *f = finding_of(&p, "migrate.failed");
    ok(f != NULL && f->line == 4, "the finding has it too");
    is_str(tables(&p), "", "all of it is rolled back");
    close_place(&p);
}

/* What a file sets, by whatever means, ends with it. */
static void test_settings_end(void)
{
    place p;

    open_place(&p, cluster, "settings_end");
    cluster_exec(p.pg, "CREATE ROLE input_app; CREATE SCHEMA app AUTHORIZATION input_app");
    write_file(&p, "1_a.sql", "select pg_catalog.set_config('search_path', 'app', false);\ncreate table a (v int);\n"
                              "create index concurrently a_v on a (v);\ncreate table b (v int);\n");
    write_file(&p, "2_b.sql", "do $$ begin execute 'set role input_app'; set search_path = app; end $$;\ncreate table c (v int);\n");
    write_file(&p, "3_c.sql", "set session authorization input_app;\nset search_path to app;\ncreate table d (v int);\n");
    write_file(&p, "4_d.sql", "create table e (v int);\n");
    ok(up(&p), "four files: %s", p.err.message);
    is_str(cluster_value(p.pg, "SELECT string_agg(schemaname || '.' || tablename || ' ' || tableowner, ', ' ORDER BY tablename)"
                               " FROM pg_tables WHERE tablename IN ('a', 'b', 'c', 'd', 'e')"),
           "app.a postgres, app.b postgres, app.c input_app, app.d input_app, public.e postgres", "each to itself");
    close_place(&p);
}

static void test_large_file(void)
{
    enum { STATEMENTS = 2500, TEXT = 4200 };
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    struct rusage before, after;
    place p;

    open_place(&p, cluster, "large_file");
    keel_str_add(&sql, "create table a (v text);\n");
    for (int i = 0; i < STATEMENTS; i++)
        keel_str_addf(&sql, "insert into a values ('%0*d;');\n", TEXT, i);
    keel_str_add(&sql, "select nothing;\n");
    ok(sql.size > 10000000, "a file of %zu bytes", sql.size);
    write_bytes(&p, "1_a.sql", sql.data, sql.size);
    getrusage(RUSAGE_SELF, &before);
    ok(!up(&p) && strstr(p.err.message, "/1_a.sql:2502: column \"nothing\" does not exist") != NULL, "its last line is found: %s",
       p.err.message);
    sql.size -= strlen("select nothing;\n");
    write_bytes(&p, "1_a.sql", sql.data, sql.size);
    ok(up(&p), "and without it, it runs: %s", p.err.message);
    getrusage(RUSAGE_SELF, &after);
    is_str(cluster_value(p.pg, "SELECT count(*) FROM a"), "2500", "all rows are there");
#ifndef __SANITIZE_ADDRESS__
    ok(after.ru_maxrss - before.ru_maxrss < 400 * 1024, "in less than 400 MB (%ld KB)", after.ru_maxrss - before.ru_maxrss);
#endif
    close_place(&p);
}

static void test_variables(void)
{
    place p;

    open_place(&p, cluster, "variables");
    unsetenv("PGKEEL_NOT_SET");
    keel_variables_add_environment(p.arena, &p.variables, "PGKEEL_NOT_SET", &p.err);
    keel_variables_add(p.arena, &p.variables, "TENANT", "Acme \"Ltd\"", &p.err);
    keel_variables_add(p.arena, &p.variables, "WORD", "hush", &p.err);
    write_file(&p, "1_a.sql", "-- pgkeel:up\ncreate table a (v text default '${TENANT} ${OTHER}');\ncomment on table a is '${WORD}';\n"
                              "insert into a default values;\n-- pgkeel:down\ndrop table ${TABLE};\n");
    ok(up(&p), "up: %s", p.err.message);
    is_str(cluster_value(p.pg, "SELECT v || obj_description('a'::regclass) FROM a"), "Acme \"Ltd\" ${OTHER}hush",
           "named ones are replaced, others stay");
    const keel_finding *f = finding_of(&p, "migrate.variable");
    ok(f != NULL && f->severity == KEEL_WARNING && f->line == 2 && strstr(f->message, "${OTHER}") != NULL, "a warning names those");
    is_str(cluster_value(p.pg, "SELECT (m::text LIKE '%${WORD}%') || ' ' || (m::text || (SELECT string_agg(s::text, '') FROM"
                               " pgkeel.migration_step s) LIKE '%hush%') FROM pgkeel.migration m"),
           "true false", "the journal keeps the file's text, and no value");
    keel_variables_add(p.arena, &p.variables, "WORD", "loud", &p.err);
    ok(up(&p) && p.result->migrations == 0, "another value is no edit: %s", p.err.message);
    keel_variables_add(p.arena, &p.variables, "TABLE", "a", &p.err);
    ok(down_to(&p, "0"), "down: %s", p.err.message);
    is_str(tables(&p), "", "by a variable as well");
    write_file(&p, "2_b.sql", "select 1;\nselect '${PGKEEL_NOT_SET}';\n");
    ok(!up(&p), "a variable that is named and not set");
    const char *at = strstr(p.err.message, "/2_b.sql:");
    is_str(at, "/2_b.sql:2: variable \"PGKEEL_NOT_SET\" is not set", "stops it");
    ok(strstr(p.err.hint, "    select '${PGKEEL_NOT_SET}'\n            ^\n") != NULL, "with a caret: %s", p.err.hint);
    is_str(tables(&p), "", "before anything is run");
    close_place(&p);
}

int main(void)
{
    cluster = cluster_start(NULL);
    for (size_t i = 0; i < KEEL_COUNT_OF(goods); i++)
        test_good(&goods[i], (int)i);
    test_bad();
    test_syntax_error();
    test_server_error();
    test_settings_end();
    test_large_file();
    test_variables();
    keel_scratch_stop(cluster);
    return done_testing();
}
