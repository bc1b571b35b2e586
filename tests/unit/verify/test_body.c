/* Bodies of functions taken apart: which queries and expressions come out, with which variables, and what is refused. */
#include <stdlib.h>

#include "tap.h"
#include "base/str.h"
#include "verify/body.h"

static keel_arena *arena;

/* The pieces joined by " | "; "not understood" if so. */
static const char *pieces(const char *source)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    static const keel_body_scope outermost = {.label = "f"};
    keel_body body = {0};

    if (!keel_body_read_plpgsql(arena, source, &outermost, &body))
        return "not understood";
    for (size_t i = 0; i < body.pieces.count; i++) {
        const keel_body_piece *piece = &body.pieces.items[i];
        keel_str_addf(&out, "%s%s%s%s", i > 0 ? " | " : "", piece->sql, piece->excused ? " (excused)" : "",
                      piece->swallowed ? " (swallowed)" : "");
    }
    return keel_arena_strdup(arena, keel_str_text(&out));
}

static void test_pieces(void)
{
    is_str(pieces("BEGIN END"), "", "nothing");
    is_str(pieces("BEGIN x := 1 + 1; y = z; END;"), "SELECT 1 + 1 | SELECT z", "assignments");
    is_str(pieces("BEGIN NEW.a[1].b[2] := 2; END"), "SELECT NEW.a | SELECT 2", "a subscript in the middle: up to it");
    is_str(pieces("BEGIN NEW.a[f(1)] := 2; END"), "SELECT NEW.a | SELECT 2", "a field, and its value");
    is_str(pieces("BEGIN SELECT a, b INTO STRICT x, NEW.y FROM t; END"), "SELECT NEW.y | SELECT a, b                      FROM t",
           "INTO is PL/pgSQL's, and leaves its place");
    is_str(pieces("BEGIN INSERT INTO t SELECT 1; END"), "INSERT INTO t SELECT 1", "INSERT INTO is SQL's");
    is_str(pieces("BEGIN PERFORM f(';') FROM t; END"), "SELECT  f(';') FROM t", "PERFORM, and a semicolon in a string");
    is_str(pieces("BEGIN IF a THEN NULL; ELSIF b THEN NULL; ELSE NULL; END IF; END"), "SELECT a | SELECT b", "IF");
    is_str(pieces("BEGIN FOR i IN a..b BY 2 LOOP x := i; END LOOP; END"), "SELECT a | SELECT b | SELECT 2 | SELECT i", "a loop of numbers");
    is_str(pieces("BEGIN FOR r IN (SELECT 1) LOOP NULL; END LOOP; END"), "(SELECT 1)", "a loop of rows");
    is_str(pieces("BEGIN FOR r IN EXECUTE q USING a LOOP NULL; END LOOP; END"), "SELECT q | SELECT a", "a loop of unknown rows");
    is_str(pieces("BEGIN RETURN QUERY EXECUTE 'x' || y USING z; END"), "SELECT 'x' || y | SELECT z", "RETURN QUERY EXECUTE");
    is_str(pieces("BEGIN FOR i IN 1..2 LOOP NULL; END LOOP; END"), "SELECT 1 | SELECT 2", "numbers close to their dots");
    is_str(pieces("BEGIN RETURN query; END"), "SELECT query", "a variable called query");
    is_str(pieces("DECLARE v t.c%TYPE := 1; BEGIN END"), "SELECT 1 | SELECT c FROM t", "a type is looked up");
    is_str(pieces("BEGIN BEGIN DELETE FROM a; EXCEPTION WHEN undefined_table THEN DELETE FROM b; END; END"),
           "DELETE FROM a (excused) | DELETE FROM b", "a handler excuses what it guards");
    is_str(pieces("BEGIN DELETE FROM a; EXCEPTION WHEN division_by_zero THEN NULL; WHEN OTHERS THEN NULL; END"),
           "DELETE FROM a (swallowed)", "OTHERS swallows");
}

static void test_refused(void)
{
    static const char *const bodies[] = {
        "", "x", "BEGIN", "BEGIN END; x", "BEGIN IF a THEN END", "BEGIN x := (1; END", "BEGIN x := 'open; END", "BEGIN /* open END",
        "BEGIN LOOP NULL; END; END", "BEGIN IF a LOOP NULL; END LOOP; END", "DECLARE x; BEGIN END", "DECLARE x int BEGIN END",
        "BEGIN SELECT 1 END", "BEGIN x := 1)); END", "<<a BEGIN END", "BEGIN EXECUTE 'x' LIMIT 1 INTO", "BEGIN FOR IN x LOOP END LOOP; END",
        "DECLARE a ALIAS FOR nobody; BEGIN END", "BEGIN RAISE USING x; END", "BEGIN \\d END",
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(bodies); i++)
        is_str(pieces(bodies[i]), "not understood", "%s", bodies[i]);
    KEEL_CLEANUP(keel_str_free) keel_str deep = {0};
    for (int i = 0; i < 100000; i++)
        keel_str_add(&deep, "BEGIN ");
    is_str(pieces(deep.data), "not understood", "a hundred thousand blocks deep");
}

static void test_scopes(void)
{
    static const char source[] = "DECLARE v int; BEGIN <<b>> DECLARE v text; BEGIN v := 1; b.v := 2; f.v := 3; END b; v := 4;"
                                 " FOR v IN 1..2 LOOP v := v; END LOOP; END";
    static const keel_body_scope outermost = {.label = "f"};
    keel_body body = {0};

    if (!ok(keel_body_read_plpgsql(arena, source, &outermost, &body), "blocks in blocks"))
        return;
    if (!is_int((int64_t)body.pieces.count, 9, "pieces"))
        return;
    is_str(keel_body_find(body.pieces.items[0].scope, "v")->sql, "(CAST(NULL AS text))", "the inner one");
    is_str(keel_body_find_in(body.pieces.items[0].scope, "b", "v")->sql, "(CAST(NULL AS text))", "by its block's label");
    ok(keel_body_find_in(body.pieces.items[0].scope, "c", "v") == NULL, "no such label");
    is_str(keel_body_find(body.pieces.items[5].scope, "v")->sql, "(CAST(NULL AS int))", "the outer one again");
    is_str(keel_body_find(body.pieces.items[8].scope, "v")->sql, "(CAST(NULL AS int))", "a loop's own");
    ok(keel_body_find(body.pieces.items[8].scope, "w") == NULL, "no such variable");
}

static void test_sql_bodies(void)
{
    static const char source[] = ";; SELECT ';' -- ;\n; INSERT INTO t VALUES ($$;$$); CREATE TABLE x (a int); (SELECT 1)";
    keel_body body = {0};

    keel_body_read_sql(arena, source, NULL, &body);
    is_int((int64_t)body.pieces.count, 3, "statements of SQL");
    is_int(body.opaque, 1, "one that cannot be prepared");
    is_str(body.pieces.items[1].sql, "INSERT INTO t VALUES ($$;$$)", "with its dollar quotes");
    is_str(source + body.pieces.items[2].at, "(SELECT 1)", "where it stands");
}

static void take(void *context, const char *name)
{
    keel_str_addf(context, "%s,", name);
}

static void test_made_names(void)
{
    KEEL_CLEANUP(keel_str_free) keel_str names = {0};

    keel_body_made_names(arena, "CREATE TEMP TABLE IF NOT EXISTS a (id int); EXECUTE 'create unlogged table s.\"B c\" as select 1';"
                                " SELECT 1 INTO TEMP d; ALTER TABLE e RENAME TO f; CREATE VIEW g AS SELECT 1; EXECUTE 'CREATE TABLE ",
                         take, &names);
    is_str(keel_str_text(&names), "a,B c,d,e,f,g,", "names that a body makes");
}

int main(void)
{
    arena = keel_arena_create();
    test_pieces();
    test_refused();
    test_scopes();
    test_sql_bodies();
    test_made_names();
    keel_arena_free(arena);
    return done_testing();
}
