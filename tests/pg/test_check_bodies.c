/* schema.function_body: names that exist nowhere are found in bodies, and nothing is said of names that mean something. */
#include <stdlib.h>

#include "check_case.h"

#define BODY "schema.function_body"
#define FUNCTION(head, body) "CREATE FUNCTION " head " LANGUAGE plpgsql AS $body$ " body " $body$;"
#define TRIGGER_FUNCTION(name, body) FUNCTION(name "() RETURNS trigger", body)
#define TRIGGER(name, when, table, function) "CREATE TRIGGER " name " " when " ON " table " FOR EACH ROW EXECUTE FUNCTION " function "();"
#define SHOP                                                                                                           \
    "CREATE TABLE users (id serial PRIMARY KEY, email text, name text);"                                               \
    "CREATE TABLE orders (id bigserial PRIMARY KEY, user_id int, total numeric(10,2), state text, at timestamptz);"    \
    "CREATE TABLE audit (id bigserial PRIMARY KEY, entity text, old_row jsonb, new_row jsonb);"

static const check_case missing[] = {
    {.name = "a trigger sets a column that its table does not have (trap 10)",
     .check = BODY,
     .sql = SHOP TRIGGER_FUNCTION("touch", "BEGIN\n  NEW.updated_at := now();\n  RETURN NEW;\nEND") "CREATE TABLE fine (id int, updated_at timestamptz);"
            TRIGGER("t_users", "BEFORE UPDATE", "users", "touch") TRIGGER("t_fine", "BEFORE UPDATE", "fine", "touch")
            TRIGGER("t_orders", "BEFORE UPDATE", "orders", "touch") "ALTER TABLE orders DISABLE TRIGGER t_orders",
     .found = "error public.touch(): line 2 names NEW.updated_at, but public.users, where trigger \"t_users\" calls it, has no such column",
     .evidence = "{\"line\":2,\"text\":\"NEW.updated_at := now();\",\"trigger\":\"t_users\"}",
     .note = "1 function body, 1 error"},
    {.name = "a trigger reads a column that another table does not have",
     .check = BODY,
     .sql = "CREATE TABLE processes (id int PRIMARY KEY, process_number int); CREATE TABLE process_data (id int, process_id int);"
            TRIGGER_FUNCTION("sequence", "DECLARE v_skip boolean; BEGIN\n SELECT allow_skip INTO v_skip FROM processes WHERE id = NEW.process_id;\n"
                                         " IF v_skip THEN RETURN NEW; END IF; RETURN NEW; END")
            TRIGGER("t", "BEFORE INSERT", "process_data", "sequence"),
     .found = "error public.sequence(): line 2 names column \"allow_skip\", which does not exist"},
    {.name = "INSERT and SELECT of a column that is gone, in PL/pgSQL and SQL; the parameter has its name (trap 26)",
     .check = BODY,
     .sql = "CREATE TABLE contacts (user_id int, username text);"
            FUNCTION("add_contact(display_name text) RETURNS void", "BEGIN INSERT INTO contacts (user_id, display_name) VALUES (1, display_name); END")
            "SET check_function_bodies = off; CREATE FUNCTION names() RETURNS SETOF text LANGUAGE sql AS 'SELECT c.display_name FROM contacts c';",
     .found = "error public.add_contact(text): line 1 names column \"display_name\", which does not exist\n"
              "error public.names(): line 1 names column \"display_name\" of \"c\", which does not exist"},
    {.name = "a table that is gone: in a query, an UPDATE, a loop, a cursor, a declaration and an argument",
     .check = BODY,
     .sql = SHOP "SET check_function_bodies = off;"
            FUNCTION("f() RETURNS int", "DECLARE n int; c CURSOR FOR SELECT * FROM gone_1; v gone_2.price%TYPE; BEGIN\n"
                                             "UPDATE gone_3 SET a = 1;\nFOR n IN SELECT id FROM gone_4 LOOP NULL; END LOOP;\n"
                                             "RETURN (SELECT count(*) FROM nowhere.gone_5); END"),
     .found = "error public.f(): line 1 names table \"gone_1\", which does not exist\n"
              "error public.f(): line 1 names table \"gone_2\", which does not exist\n"
              "error public.f(): line 2 names table \"gone_3\", which does not exist\n"
              "error public.f(): line 3 names table \"gone_4\", which does not exist\n"
              "error public.f(): line 4 names table \"nowhere.gone_5\", which does not exist"},
    {.name = "where expressions hide: IF, RAISE, RETURN, EXECUTE, CASE, loops, subscripts, INTO",
     .check = BODY,
     .sql = SHOP TRIGGER_FUNCTION("deep",
                "DECLARE a int[]; BEGIN\nIF NEW.a1 > 0 THEN NULL; END IF;\nRAISE NOTICE 'x %', OLD.a2 USING hint = NEW.a3;\n"
                "EXECUTE 'SELECT $1' USING NEW.a4;\nCASE NEW.a5 WHEN 1 THEN NULL; END CASE;\nFOR i IN 1 .. NEW.a6 LOOP NULL; END LOOP;\n"
                "a[NEW.a7] := 1;\nSELECT id INTO NEW.a8 FROM users;\nPERFORM NEW.a9;\nWHILE NEW.a10 LOOP EXIT WHEN NEW.a11; END LOOP;\n"
                "FOREACH NEW.id IN ARRAY NEW.a12 LOOP NULL; END LOOP;\nASSERT NEW.a13;\nRETURN NEW; END")
            TRIGGER("t", "BEFORE UPDATE", "users", "deep"),
#define DEEP(line, what) "error public.deep(): line " line " names " what ", but public.users, where trigger \"t\" calls it, has no such column"
     .found = DEEP("10", "NEW.a10") "\n" DEEP("10", "NEW.a11") "\n" DEEP("11", "NEW.a12") "\n" DEEP("12", "NEW.a13") "\n" DEEP("2", "NEW.a1") "\n"
              DEEP("3", "NEW.a3") "\n" DEEP("3", "OLD.a2") "\n" DEEP("4", "NEW.a4") "\n" DEEP("5", "NEW.a5") "\n" DEEP("6", "NEW.a6") "\n"
              DEEP("8", "NEW.a8") "\n" DEEP("9", "NEW.a9")},
    {.name = "variables of a row type, a transition table, an INSTEAD OF trigger",
     .check = BODY,
     .sql = SHOP "CREATE VIEW v AS SELECT id, email FROM users;"
            FUNCTION("r() RETURNS void", "DECLARE u users%ROWTYPE; w users; BEGIN u.email := w.nonsense; END")
            TRIGGER_FUNCTION("s", "BEGIN INSERT INTO audit (entity) SELECT n.nonsense FROM fresh n; RETURN NULL; END")
            "CREATE TRIGGER s AFTER INSERT ON users REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION s();"
            TRIGGER_FUNCTION("i", "BEGIN INSERT INTO users (email) VALUES (NEW.zip); RETURN NEW; END") TRIGGER("i", "INSTEAD OF INSERT", "v", "i"),
     .found = "error public.i(): line 1 names NEW.zip, but public.v, where trigger \"i\" calls it, has no such column\n"
              "error public.r(): line 1 names w.nonsense, a field that the variable's type does not have\n"
              "error public.s(): line 1 names column \"nonsense\" of \"n\", which does not exist"},
    {.name = "WHEN OTHERS swallows it: a WARNING (S4-96, S4-97)",
     .check = BODY,
     .sql = SHOP TRIGGER_FUNCTION("log_it", "BEGIN\nBEGIN\nINSERT INTO audit (entity, ip) VALUES ('x', '1');\nEXCEPTION WHEN OTHERS THEN RAISE WARNING '%', SQLERRM; END;"
                                           "RETURN NEW; END") TRIGGER("t", "AFTER INSERT", "users", "log_it"),
     .found = "warning public.log_it(): line 3 names column \"ip\", which does not exist; a handler swallows the failure"},
    {.name = "its own search_path decides",
     .check = BODY,
     .sql = "CREATE SCHEMA app; CREATE TABLE app.things (a int); SET check_function_bodies = off;"
            "CREATE FUNCTION f() RETURNS bigint LANGUAGE plpgsql SET search_path = app AS 'BEGIN RETURN (SELECT count(a) FROM things); END';"
            "CREATE FUNCTION g() RETURNS bigint LANGUAGE plpgsql SET search_path = app AS 'BEGIN RETURN (SELECT count(b) FROM things); END'",
     .found = "error public.g(): line 1 names column \"b\", which does not exist"},
    {.name = "hostile names",
     .check = BODY,
     .sql = "CREATE SCHEMA \"My Shop\"; CREATE TABLE \"My Shop\".\"Order; DROP\" (\"a'b\" int); CREATE FUNCTION \"My Shop\".\"F \"\"f\"() RETURNS trigger"
            " LANGUAGE plpgsql AS $x$ DECLARE \"SELECT\" int := 1; \"\xc3\xa4 \xec\xa0\x9c\" int; BEGIN NEW.\"a'b\" := \"SELECT\" + \"\xc3\xa4 \xec\xa0\x9c\";"
            " NEW.\"no such\" := '\xec\xa0\x9c'; RETURN NEW; END $x$;"
            TRIGGER("\"T t\"", "BEFORE INSERT", "\"My Shop\".\"Order; DROP\"", "\"My Shop\".\"F \"\"f\""),
     .found = "error \"My Shop\".\"F \"\"f\"(): line 1 names NEW.no such, but My Shop.Order; DROP, where trigger \"T t\" calls it, has no such column"},
};

/* All of it runs; nothing may be said, and all of it is judged. */
static const check_case clean[] = {
    {.name = "names that are variables, parameters, labels, columns",
     .check = BODY,
     .sql = SHOP FUNCTION("f(id int, p_name text, OUT total numeric, INOUT inout_it int, VARIADIC rest text[])",
                "#variable_conflict use_column\n<<lbl>>\nDECLARE\n n CONSTANT int NOT NULL DEFAULT 3; -- don't\n m int := n + 1; email_of users.email%TYPE; twin n%TYPE;\n"
                " \"Quoted \"\"v\" text COLLATE \"C\" := p_name; arr int[] := ARRAY[1, 2]; row_of users%ROWTYPE; whole users; curs refcursor;\n"
                " bound CURSOR (k int, l text) FOR SELECT u.email FROM users u WHERE u.id = k AND u.name = l; first_arg ALIAS FOR $1; d date = now();\n"
                "BEGIN /* a /* nested */ comment; BEGIN */\n"
                " SELECT count(*) INTO STRICT total FROM orders o WHERE o.user_id = f.id AND o.total > lbl.m AND o.state = $2;\n"
                " SELECT u.email, u.name INTO lbl.email_of, row_of.name FROM users u WHERE u.id = first_arg AND u.name = ANY (rest);\n"
                " UPDATE users SET name = p_name, email = lower(email) WHERE users.id = f.id RETURNING users.email INTO email_of;\n"
                " INSERT INTO orders (user_id, total, state) VALUES (f.id, inout_it, \"Quoted \"\"v\") ON CONFLICT (id) DO UPDATE SET state = excluded.state;\n"
                " DELETE FROM orders USING users WHERE users.id = orders.user_id AND orders.total < total;\n"
                " arr[1] := arr[2] + m; arr := arr || n; row_of.email := whole.name; SELECT * INTO row_of FROM users LIMIT n;\n"
                " FOR i IN REVERSE 10..1 BY 2 LOOP CONTINUE WHEN i = m; EXIT lbl WHEN i > n; END LOOP;\n"
                " <<scan>> FOR n2 IN 1..2 LOOP m := scan.n2; END LOOP scan;\n"
                " FOREACH m IN ARRAY arr LOOP NULL; END LOOP; FOREACH arr SLICE 1 IN ARRAY ARRAY[[1,2],[3,4]] LOOP NULL; END LOOP;\n"
                " WHILE m < 3 LOOP m = m + 1; END LOOP; LOOP EXIT; END LOOP;\n"
                " FOR row_of IN SELECT * FROM users ORDER BY 1 LOOP email_of := row_of.email; END LOOP;\n"
                " OPEN bound (n, p_name); FETCH bound INTO email_of; MOVE bound; CLOSE bound; OPEN curs FOR SELECT id FROM users; CLOSE curs;\n"
                " IF n = 1 THEN NULL; ELSIF m = 2 THEN NULL; ELSEIF m IS NULL THEN NULL; ELSE NULL; END IF;\n"
                " CASE WHEN n = 1 THEN NULL; ELSE NULL; END CASE; CASE n WHEN 1, 2 THEN NULL; WHEN 3 THEN NULL; END CASE;\n"
                " GET DIAGNOSTICS m = ROW_COUNT; PERFORM pg_sleep(0) FROM users WHERE FOUND; ASSERT n > 0, 'n is ' || n;\n"
                " RAISE NOTICE '% and %', n, CASE WHEN m > 1 THEN 'END' ELSE 'x' END; RAISE DEBUG 'a'\n'b'; RAISE LOG USING MESSAGE = 'x' || n, HINT := p_name;\n"
                " BEGIN RAISE unique_violation USING MESSAGE = 'twice'; EXCEPTION WHEN unique_violation OR SQLSTATE '23503' THEN RAISE INFO '% %', SQLSTATE, SQLERRM;"
                "   GET STACKED DIAGNOSTICS p_name = MESSAGE_TEXT; WHEN division_by_zero THEN RAISE; END;\n"
                " WITH fresh AS (INSERT INTO audit (entity) VALUES (p_name) RETURNING audit.id) SELECT fresh.id INTO m FROM fresh;\n"
                " RETURN; END lbl"),
     .found = "", .note = "1 function body"},
    {.name = "triggers: whole rows, operations, arguments, transition tables, several tables",
     .check = BODY,
     .sql = SHOP TRIGGER_FUNCTION("log_it",
                "BEGIN IF TG_OP = 'DELETE' THEN INSERT INTO audit (entity, old_row) VALUES (TG_TABLE_NAME, to_jsonb(OLD)); RETURN OLD;"
                " ELSIF NEW IS DISTINCT FROM OLD THEN INSERT INTO audit (entity, old_row, new_row) SELECT TG_TABLE_SCHEMA || '.' || TG_RELNAME, to_jsonb(OLD.*),"
                " row_to_json(NEW)::jsonb; END IF; IF NEW.id IS NULL OR TG_NARGS > 0 THEN RAISE EXCEPTION '% % %', TG_ARGV[0], TG_NAME, TG_WHEN; END IF;"
                " RETURN COALESCE(NEW, OLD); END")
            TRIGGER("t", "AFTER INSERT OR UPDATE OR DELETE", "users", "log_it") TRIGGER("t", "AFTER INSERT OR UPDATE OR DELETE", "orders", "log_it")
            TRIGGER_FUNCTION("fresh", "BEGIN INSERT INTO audit (new_row) SELECT to_jsonb(n) FROM fresh_rows n JOIN users u ON u.id = n.id WHERE fresh_rows IS NOT NULL; RETURN NULL; END")
            "DROP FUNCTION fresh();"
            TRIGGER_FUNCTION("changed", "BEGIN INSERT INTO audit (new_row) SELECT to_jsonb(n) FROM fresh_rows n JOIN old_rows USING (id) WHERE n.email <> old_rows.email;"
                                       " RETURN NULL; END")
            "CREATE TRIGGER c AFTER UPDATE ON users REFERENCING NEW TABLE AS fresh_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION changed();"
            "CREATE TABLE parts (id int, note text) PARTITION BY LIST (id); CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);"
            TRIGGER_FUNCTION("part", "BEGIN NEW.note := NEW.id || 'x'; RETURN NEW; END") TRIGGER("p", "BEFORE INSERT", "parts", "part"),
     .found = "", .note = "3 function bodies"},
    {.name = "SQL, procedures, polymorphic and set-returning functions",
     .check = BODY,
     .sql = SHOP "CREATE FUNCTION s1(a int, email text) RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM users WHERE users.email = s1.email AND id = $1;"
                 " SELECT 1::bigint; $$; CREATE FUNCTION s2() RETURNS int LANGUAGE sql RETURN (SELECT max(id) FROM users);"
                 "CREATE PROCEDURE p(INOUT n int) LANGUAGE plpgsql AS $$ BEGIN n := n + 1; COMMIT; END $$;"
                 "CREATE FUNCTION poly(a anyelement, b anyarray) RETURNS anyelement LANGUAGE plpgsql AS $$ DECLARE x a%TYPE; BEGIN x := a; RETURN $1; END $$;"
                 "CREATE FUNCTION many(n int) RETURNS TABLE (uid int, mail text) LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT u.id, u.email FROM users u WHERE u.id > n;"
                 " uid := 1; mail := 'x'; RETURN NEXT; END $$;"
                 "CREATE FUNCTION rows() RETURNS SETOF users LANGUAGE plpgsql AS $$ DECLARE u users; BEGIN FOR u IN SELECT * FROM users LOOP RETURN NEXT u; END LOOP; RETURN; END $$;",
     .found = "", .note = "5 function bodies"},
};

/* It may be there when it runs: not judged, and the note says how much. */
static const check_case unsure[] = {
    {.name = "temporary tables, tables made by the body, made in strings, renamed",
     .check = BODY,
     .sql = FUNCTION("f() RETURNS void", "BEGIN CREATE TEMP TABLE scratch_1 (id int); INSERT INTO scratch_1 VALUES (1); EXECUTE 'CREATE TABLE IF NOT EXISTS s.made_2 (a int)';"
                            " INSERT INTO made_2 VALUES (1); EXECUTE 'ALTER TABLE x RENAME TO made_3'; DELETE FROM made_3; END")
            FUNCTION("g() RETURNS bigint", "BEGIN RETURN (SELECT count(*) FROM scratch_1); END"),
     .found = "", .note = "2 function bodies; 7 of 9 statements not judged"},
    {.name = "handlers that wait for it, and bodies that look first",
     .check = BODY,
     .sql = FUNCTION("f() RETURNS void", "BEGIN DELETE FROM gone; EXCEPTION WHEN undefined_table THEN NULL; END")
            FUNCTION("g() RETURNS void", "BEGIN IF to_regclass('gone') IS NOT NULL THEN DELETE FROM gone; END IF; END")
            FUNCTION("h() RETURNS void", "BEGIN BEGIN DELETE FROM gone; EXCEPTION WHEN SQLSTATE '42P01' THEN NULL; END; END"),
     .found = "", .note = "3 function bodies; 3 of 4 statements not judged"},
    {.name = "one function for several tables, by their names",
     .check = BODY,
     .sql = SHOP TRIGGER_FUNCTION("f", "BEGIN IF TG_TABLE_NAME = 'users' THEN NEW.email := lower(NEW.email); ELSE NEW.state := 'new'; END IF; RETURN NEW; END")
            TRIGGER("u", "BEFORE INSERT", "users", "f") TRIGGER("o", "BEFORE INSERT", "orders", "f")
            TRIGGER_FUNCTION("g", "BEGIN IF to_jsonb(NEW) ? 'updated_at' THEN NEW.updated_at := now(); END IF; RETURN NEW; END") TRIGGER("g", "BEFORE UPDATE", "users", "g"),
     .found = ""},
    {.name = "fields of records, dynamic SQL, other schemas on the caller's path",
     .check = BODY,
     .sql = SHOP "CREATE SCHEMA tenant; CREATE TABLE tenant.things (a int); CREATE TABLE tenant.orders (extra int);"
            FUNCTION("f() RETURNS void", "DECLARE r record; BEGIN FOR r IN SELECT id AS x FROM users LOOP RAISE NOTICE '%', r.x; END LOOP; EXECUTE 'SELECT nonsense FROM users'; END")
            FUNCTION("g() RETURNS bigint", "BEGIN RETURN (SELECT count(*) FROM things); END")
            FUNCTION("h() RETURNS bigint", "BEGIN RETURN (SELECT max(extra) FROM orders); END")
            FUNCTION("i() RETURNS bigint", "BEGIN RETURN no_such_function(1); END"),
     .found = ""},
    {.name = "a body that is not understood", /* a parameter's default may stay, a name that is a keyword now */
     .check = BODY,
     .sql = "SET check_function_bodies = off; CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN IF x LOOP; SELECT FROM gone; END';",
     .found = "", .note = "1 function bodies; 1 bodies not judged"},
    {.name = "nothing to judge", .check = BODY, .sql = SHOP, .found = NULL, .note = "no function bodies"},
};

/* S0-53: nothing is run, whatever stands in a body, and no lock stays. */
static void test_nothing_runs(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "nothing_runs", conninfo);
    const check_case c = {.name = "bodies that would do harm", .check = BODY, .found = ""};

    cluster_exec(pg, "CREATE TABLE t (a int); CREATE SEQUENCE s; CREATE FUNCTION harm() RETURNS int LANGUAGE plpgsql AS"
                     " 'BEGIN PERFORM nextval(''s''); DELETE FROM t; COMMIT; DROP TABLE t; RETURN 1/0; END';"
                     "CREATE FUNCTION now_then() RETURNS bigint LANGUAGE sql AS 'SELECT nextval(''s''); DELETE FROM t; SELECT 1::bigint';"
                     "INSERT INTO t VALUES (1)");
    check_case_judge(conninfo, &c);
    is_str(cluster_value(pg, "SELECT count(*) FROM t"), "1", "the row is still there");
    is_str(cluster_value(pg, "SELECT is_called FROM s"), "f", "and the sequence untouched");
}

/* A table that somebody has locked keeps its statements from being judged, and nothing else. */
static void test_locked(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "locked", conninfo);
    const check_case c = {.name = "a locked table", .check = BODY,
                          .found = "error public.f(): line 1 names table \"gone\", which does not exist",
                          .note = "1 function bodies; 1 of 2 statements not judged, 1 error"};

    cluster_exec(pg, "CREATE TABLE t (a int);" FUNCTION("f() RETURNS void", "BEGIN DELETE FROM t; DELETE FROM gone; END"));
    cluster_exec(pg, "BEGIN; LOCK TABLE t");
    check_case_judge(conninfo, &c);
    cluster_exec(pg, "ROLLBACK");
}

static void run_all(keel_scratch *cluster, const check_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_case_run(cluster, &cases[i]);
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);

    run_all(cluster, missing, KEEL_COUNT_OF(missing));
    run_all(cluster, clean, KEEL_COUNT_OF(clean));
    run_all(cluster, unsure, KEEL_COUNT_OF(unsure));
    test_nothing_runs(cluster);
    test_locked(cluster);
    return done_testing();
}
