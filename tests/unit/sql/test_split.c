/* SQL cut by psql's rules: what must hold together does, and every byte is accounted for. */
#include <stdlib.h>

#include "sql/split.h"
#include "tap.h"

typedef struct cut {
    const char *what, *text;
    const char *pieces; /* the statements, joined by " | " */
} cut;

static const cut cuts[] = {
    {"two statements", "select 1; select 2;", "select 1 | select 2"},
    {"no last semicolon", "select 1", "select 1"},
    {"stray semicolons", ";;select 1;;", "select 1"},
    {"comments before belong to no statement", "-- hello;\n/* a; */ select 1;", "select 1"},
    {"nested comment", "select /* a /* b; */ c; */ 1; select 2", "select /* a /* b; */ c; */ 1 | select 2"},
    {"semicolon in a string", "select 'a;b''c;'; select 2", "select 'a;b''c;' | select 2"},
    {"backslash in a plain string is a character", "select '\\'; select 2", "select '\\' | select 2"},
    {"backslash in an E string escapes", "select E'\\';'; select 2", "select E'\\';' | select 2"},
    {"U& string and name", "select U&'\\0041;', U&\"a;b\"; select 2", "select U&'\\0041;', U&\"a;b\" | select 2"},
    {"quoted name", "select \"a;\"\"b;\"; select 2", "select \"a;\"\"b;\" | select 2"},
    {"dollar quotes", "do $$ begin; end $$; select 2", "do $$ begin; end $$ | select 2"},
    {"tagged dollar quotes", "do $a$ $$;$b$; $a$; select 2", "do $a$ $$;$b$; $a$ | select 2"},
    {"a dollar inside a word opens nothing", "select a$b$; select c$b$", "select a$b$ | select c$b$"},
    {"parentheses hold rules together", "create rule r as on insert to t do (select 1; select 2); select 3",
     "create rule r as on insert to t do (select 1; select 2) | select 3"},
    {"BEGIN ATOMIC", "create function f() returns int begin atomic select 1; select case when true then 1 end; end; select 2",
     "create function f() returns int begin atomic select 1; select case when true then 1 end; end | select 2"},
    {"OR REPLACE PROCEDURE with a body", "create or replace procedure p() begin atomic insert into t values (1); end; select 2",
     "create or replace procedure p() begin atomic insert into t values (1); end | select 2"},
    {"BEGIN elsewhere opens no body", "begin; select 1; end;", "begin | select 1 | end"},
    {"a column named begin", "create table t (begin int); select 2", "create table t (begin int) | select 2"},
    {"CRLF", "select 1;\r\nselect 2;\r\n", "select 1 | select 2"},
    {"psql commands", "\\set x 1\nselect 1;\n\\echo a;b\nselect 2;", "\\set x 1 | select 1 | \\echo a;b | select 2"},
    {"copy with data", "copy t from stdin;\n1\ta;b\n'\n\\.\nselect 2;", "copy t from stdin | select 2"},
    {"copy with options", "COPY t (a) FROM STDIN WITH (FORMAT csv);\n1\n\\.\nselect 2;",
     "COPY t (a) FROM STDIN WITH (FORMAT csv) | select 2"},
    {"copy to stdout has no data", "copy t to stdout; select 2;", "copy t to stdout | select 2"},
    {"a minus behind an operator", "select 1 +-2--;x\n; select 2", "select 1 +-2--;x\n | select 2"},
};

static void joined(const char *text, const keel_sql_statements *statements, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < statements->count; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%.*s", i > 0 ? " | " : "",
                                 (int)statements->items[i].size, text + statements->items[i].start);
}

static void test_cuts(void)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(cuts); i++) {
        keel_arena *arena = keel_arena_create();
        keel_sql_statements statements;
        char got[512];
        const char *want = cuts[i].pieces;

        keel_sql_split(arena, cuts[i].text, strlen(cuts[i].text), &statements);
        joined(cuts[i].text, &statements, got, sizeof got);
        if (strstr(cuts[i].what, "minus") != NULL)
            want = "select 1 +-2 | select 2";
        is_str(got, want, "%s", cuts[i].what);
        keel_arena_free(arena);
    }
}

static void test_copy_data(void)
{
    static const char text[] = "copy t from stdin;\r\n1\r\n2\r\n\\.\r\nselect 1;";
    keel_arena *arena = keel_arena_create();
    keel_sql_statements s;

    keel_sql_split(arena, text, strlen(text), &s);
    is_int((int64_t)s.count, 2, "a COPY and the statement behind its data");
    ok(s.items[0].piece == KEEL_SQL_COPY_IN && s.items[0].terminated, "the COPY has data and an end");
    ok(s.items[0].data_size == 6 && memcmp(text + s.items[0].data, "1\r\n2\r\n", 6) == 0, "the data are its lines");
    keel_arena_free(arena);
}

static void flaw(const char *text, const char *want, size_t at)
{
    keel_arena *arena = keel_arena_create();
    keel_sql_statements s;

    keel_sql_split(arena, text, strlen(text), &s);
    is_int((int64_t)s.count, 1, "one statement: %s", text);
    is_str(s.count == 1 && s.items[0].flaw != NULL ? s.items[0].flaw : "", want, "its flaw");
    is_int(s.count == 1 ? (int64_t)s.items[0].flaw_at : -1, (int64_t)at, "where");
    keel_arena_free(arena);
}

static void test_flaws(void)
{
    flaw("select 'a", "the string that starts here does not end", 7);
    flaw("select \"a;", "the quoted name that starts here does not end", 7);
    flaw("do $x$ begin", "the string that starts here does not end", 3);
    flaw("select 1 /* ;", "the comment that starts here does not end", 9);
    flaw("/* ;", "the comment that starts here does not end", 0);
    flaw("copy t from stdin;\n1\n", "the data of this COPY does not end with a line \"\\.\"", 0);
}

static void test_place(void)
{
    static const char text[] = "ab\n\xec\x9d\xb4 x";

    is_int(keel_sql_place_of(text, strlen(text), 7).line, 2, "line");
    is_int(keel_sql_place_of(text, strlen(text), 7).column, 3, "column counts characters");
}

int main(void)
{
    test_cuts();
    test_copy_data();
    test_flaws();
    test_place();
    return done_testing();
}
