/* Traps that real migrations fell into, numbered as in the list of the four applications: each is a
 * transfer of its own, named after what must happen. */
#include <stdlib.h>

#include "scene.h"
#include "tap.h"

static keel_scratch *cluster;

static scene *
transferred(const char *name, const char *source, const char *target, const char *yaml)
{
    scene *s = scene_open(cluster, name, source, target);

    cluster_exec(s->pg, "SET TimeZone = 'UTC'");
    if (!ok(scene_copy(s, yaml), "the run is done"))
        scene_show(s);
    return s;
}

static const char *rows_of(const scene *s, const char *query)
{
    return scene_value(
        s, "SELECT coalesce(string_agg(q::text, ' ' ORDER BY q::text), 'none') FROM (%s) q", query);
}

static void trap_1(void)
{
    scene *s = transferred(
        "trap_1_a_bad_row_loses_only_itself",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER, u TEXT);"
        "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 120000)"
        " INSERT INTO t SELECT i, i, 'u' || i FROM c; UPDATE t SET v = 'bad' WHERE id = 777;"
        "UPDATE t SET u = 'u5' WHERE id = 60001; UPDATE t SET v = -1 WHERE id IN (3, 99999)",
        "CREATE TABLE t (id integer PRIMARY KEY, v integer CHECK (v > 0), u text UNIQUE)", NULL);

    is_str(scene_rejects(s, "t"), "3 v check; 777 v syntax; 60001 u duplicate; 99999 v check",
           "what pgkeel sees and what only the server sees: four rows");
    is_str(scene_value(s, "SELECT count(*) FROM t"), "119996", "all others are there"); /* S0-68 */
    scene_close(s);
}

static void trap_8(void)
{
    scene *s = transferred(
        "trap_8_a_check_over_an_older_spelling",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, level TEXT); INSERT INTO t VALUES "
        "(1,'LOT'),(2,'lot'),(3,'WIP'),(4,NULL)",
        "CREATE TABLE t (id integer PRIMARY KEY, level text CHECK (level IN ('LOT', 'WIP')))",
        NULL);

    is_str(scene_rejects(s, "t"), "2 level check", "the old spelling is a reject, not corrected");
    is_str(rows_of(s, "SELECT * FROM t"), "(1,LOT) (3,WIP) (4,)",
           "NULL passes a CHECK, as everywhere");
    scene_close(s);
}

static void trap_18(void)
{
    static const char source[] =
        "CREATE TABLE t (id INTEGER PRIMARY KEY, at DATETIME); INSERT INTO t VALUES (1,'2025-10-13 "
        "12:00:00'),"
        "(2,'2025-01-13 12:00:00'),(3,'2025-10-13T12:00:00Z'),(4,'2025-03-30 "
        "02:30:00'),(5,'2025-10-26 02:30:00')";
    scene *s = transferred("trap_18_naive_times_by_their_zone", source,
                           "CREATE TABLE t (id integer PRIMARY KEY, at timestamptz)",
                           "tables: {t: {columns: {at: {time_zone: Europe/Copenhagen}}}}");

    is_str(rows_of(s, "SELECT id, at AT TIME ZONE 'UTC' AS at FROM t"),
           "(1,\"2025-10-13 10:00:00\") (2,\"2025-01-13 11:00:00\") (3,\"2025-10-13 12:00:00\")",
           "summer, winter, and a time with a zone of its own");
    is_str(scene_rejects(s, "t"), "4 at local_time; 5 at local_time",
           "a time that never was, and one that was twice");
    scene_close(s);
    s = scene_open(cluster, "trap_18_the_session_has_no_say", source,
                   "CREATE TABLE t (id integer PRIMARY KEY, at timestamptz)");
    cluster_exec(s->pg,
                 "ALTER DATABASE \"trap_18_the_session_has_no_say\" SET TimeZone = 'Asia/Tokyo'");
    ok(scene_copy(s, NULL), "the run is done");
    is_str(scene_value(s, "SELECT at AT TIME ZONE 'UTC' FROM t WHERE id = 1"),
           "2025-10-13 12:00:00", "without a mapping it is UTC");
    ok(scene_finding(s, "convert.naive_time", "t(at)") != NULL, "and that is said");
    scene_close(s);
}

static void trap_19(void)
{
    scene *s = transferred(
        "trap_19_bytes_that_are_no_text",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, j TEXT); INSERT INTO t VALUES "
        "(1,'a'||char(0)||'b',NULL),"
        "(2,CAST(x'47F6' AS "
        "TEXT),NULL),(3,NULL,'\"\\u0000\"'),(4,'fine','[1]'),(5,'Gr\xc3\xb6\xc3\x9f',NULL)",
        "CREATE TABLE t (id integer PRIMARY KEY, v text, j jsonb)", NULL);

    is_str(scene_rejects(s, "t"), "1 v nul_byte; 2 v invalid_utf8; 3 j json_u0000",
           "none is cut off, none guessed");
    is_str(scene_value(s, "SELECT value || ' ' || hex FROM pgkeel.reject WHERE key = '2'"),
           "47f6 true", "the bytes stand in the reject");
    is_str(rows_of(s, "SELECT * FROM t"), "(4,fine,[1]) (5,Gr\xc3\xb6\xc3\x9f,)",
           "rows behind them arrive");
    scene_close(s);
}

static void trap_20(void)
{
    static const char source[] = "CREATE TABLE t (id INTEGER PRIMARY KEY, v REAL); INSERT INTO t "
                                 "VALUES (1,'NaN'),(2,9e999),(3,1e19),(4,0.005),"
                                 "(5,1e-7),(6,'N/A'),(7,''),(8,12.5),(9,-9e999),(10,1e18)";
    static const char target[] = "CREATE TABLE t (id integer PRIMARY KEY, v numeric(20,2))";
    scene *s = transferred("trap_20_money", source, target, NULL);

    is_str(scene_rejects(s, "t"),
           "1 v not_finite; 2 v not_finite; 3 v out_of_range; 4 v fraction; 5 v fraction; 6 v "
           "syntax; 7 v syntax; 9 v not_finite;"
           " 10 v out_of_range",
           "no NaN, no infinity, no overflow, nothing rounded");
    is_str(rows_of(s, "SELECT * FROM t"), "(8,12.50)", "what is exact arrives");
    scene_close(s);
    s = transferred("trap_20_rounded_by_request", source, target,
                    "tables: {t: {columns: {v: {round: true, empty_is_null: true}}}}");
    is_str(rows_of(s, "SELECT * FROM t"), "(4,0.01) (5,0.00) (7,) (8,12.50)",
           "rounding is a wish in the mapping");
    const keel_finding *rounded = scene_finding(s, "convert.rounded", "t(v)");
    ok(rounded != NULL && strstr(rounded->evidence, "\"rows\": 2") != NULL, "and counted");
    scene_close(s);
}

static void trap_21(void)
{
    scene *s = transferred("trap_21_cells_of_another_type",
                           "CREATE TABLE t (id INTEGER PRIMARY KEY, i INTEGER, r REAL, d DATETIME, "
                           "b BOOLEAN); INSERT INTO t VALUES"
                           " (1,'abc',1,NULL,0),(2,1,'',NULL,0),(3,1,1,1704164645,0),(4,1,1,'2024-"
                           "01-02','maybe'),(5,'7','2.5','2024-01-02','t')",
                           NULL, NULL);

    is_str(scene_rejects(s, "t"), "1 i syntax; 2 r syntax; 3 d epoch; 4 b syntax",
           "each is a reject with its column");
    is_str(rows_of(s, "SELECT * FROM t"), "(5,7,2.5,\"2024-01-02 00:00:00+00\",t)",
           "text that says the same is not");
    ok(scene_finding(s, "source.class_mismatch", "t(b)") != NULL, "and the columns are named");
    scene_close(s);
}

static void trap_22(void)
{
    scene *s = transferred("trap_22_null_in_a_text_primary_key",
                           "CREATE TABLE t (k TEXT PRIMARY KEY, v INTEGER); INSERT INTO t VALUES "
                           "('a',1),(NULL,2),(NULL,3)",
                           NULL, NULL);

    is_int(scene_table(s, "t")->rejected, 2, "both rows are rejects: %s", scene_rejects(s, "t"));
    is_str(scene_value(s, "SELECT string_agg(code || ' ' || (key <> ''), ', ') FROM pgkeel.reject"),
           "null true, null true", "and can be told apart");
    is_str(
        scene_value(
            s,
            "SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND conrelid = 't'::regclass"),
        "1", "the primary key is there");
    scene_close(s);
}

static void trap_23(void)
{
    static const char source[] =
        "CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1); CREATE TABLE c (id "
        "INTEGER PRIMARY KEY,"
        " p INTEGER REFERENCES p); INSERT INTO c VALUES (1,1),(2,99),(3,NULL),(4,'one')";
    scene *s = transferred("trap_23_orphans", source, NULL, NULL);

    is_str(scene_rejects(s, "c"), "2 p orphan; 4 p orphan", "a parent that does not exist");
    is_str(rows_of(s, "SELECT * FROM c"), "(1,1) (3,)", "no reference is no orphan");
    is_str(scene_value(s, "SELECT convalidated FROM pg_constraint WHERE contype = 'f' AND "
                          "connamespace = 'public'::regnamespace"),
           "t", "the foreign key is validated");
    scene_close(s);
    s = transferred("trap_23_orphans_to_null", source, NULL,
                    "tables: {p: {}, c: {on_orphan: 'null'}}");
    is_str(scene_value(s, "SELECT p IS NULL FROM c WHERE id = 2"), "t",
           "on_orphan: null keeps the row");
    ok(scene_finding(s, "convert.orphan_nulled", "c(p)") != NULL, "and says so");
    scene_close(s);
}

static void trap_24(void)
{
    scene *s =
        transferred("trap_24_uuid_and_enum",
                    "CREATE TABLE t (id INTEGER PRIMARY KEY, u TEXT, e TEXT); INSERT INTO t VALUES"
                    " (1,'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11','open'),(2,'{"
                    "a0eebc999c0b4ef8bb6d6bb9bd380a12}','open'),"
                    "(3,'not one','open'),(4,NULL,'OPEN'),(5,NULL,'open '),(6,NULL,'')",
                    "CREATE TYPE state AS ENUM ('open', 'closed'); CREATE TABLE t (id integer "
                    "PRIMARY KEY, u uuid, e state)",
                    NULL);

    is_str(scene_rejects(s, "t"), "3 u syntax; 4 e enum_label; 5 e enum_label; 6 e enum_label",
           "a label is a label, to the letter");
    is_str(rows_of(s, "SELECT * FROM t"),
           "(1,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,open) "
           "(2,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12,open)",
           "a uuid is the same in every form that PostgreSQL reads");
    scene_close(s);
}

static void trap_25(void)
{
    scene *s = transferred(
        "trap_25_text_that_is_too_long",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, c TEXT); INSERT INTO t VALUES "
        "(1,'abc','ab'),(2,'abcd','ab'),(3,'abc ','ab'),"
        "(4,'\xed\x95\x9c\xea\xb8\x80\xed\x95\x9c','ab'),(5,'abc','abc'),(6,'abc','a ')",
        "CREATE TABLE t (id integer PRIMARY KEY, v varchar(3), c char(2))", NULL);

    is_str(scene_rejects(s, "t"), "2 v too_long; 3 v too_long; 5 c too_long; 6 c padding",
           "nothing is cut, not even blanks");
    is_str(scene_value(s, "SELECT string_agg(id::text, ',' ORDER BY id) FROM t"), "1,4",
           "characters are counted, not bytes");
    scene_close(s);
}

static const char cycle_source[] =
    "CREATE TABLE policies (id INTEGER PRIMARY KEY, current INTEGER REFERENCES versions (id));"
    "CREATE TABLE versions (id INTEGER PRIMARY KEY, policy INTEGER NOT NULL REFERENCES policies "
    "(id));"
    "CREATE TABLE staff (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES staff (id));"
    "INSERT INTO policies VALUES (1,11),(2,12),(3,NULL),(4,99),(5,15);"
    "INSERT INTO versions VALUES (11,1),(12,2),(13,1),(14,4),(15,77),(16,5);"
    "INSERT INTO staff VALUES (1,3),(2,1),(3,NULL),(4,4),(5,6),(6,5),(7,77)";

static void judge_cycle(const scene *s)
{
    is_str(scene_rejects(s, "policies"), "4 current orphan; 5 current parent_rejected",
           "an orphan inside the cycle is a reject");
    is_str(scene_rejects(s, "versions"),
           "14 policy parent_rejected; 15 policy orphan; 16 policy parent_rejected",
           "and who refers to it, all the way round");
    is_str(scene_rejects(s, "staff"), "7 boss orphan", "a self reference to nobody too");
}

static void trap_29(void)
{
    static const char target[] =
        "CREATE TABLE policies (id serial PRIMARY KEY, current integer); CREATE TABLE versions (id "
        "serial PRIMARY KEY, policy integer"
        " NOT NULL REFERENCES policies); ALTER TABLE policies ADD FOREIGN KEY (current) REFERENCES "
        "versions;"
        "CREATE TABLE staff (id serial PRIMARY KEY, boss integer REFERENCES staff)";
    scene *s = transferred("trap_29_cycles_into_created_tables", cycle_source, NULL, NULL);

    judge_cycle(s);
    is_str(rows_of(s, "SELECT * FROM policies"), "(1,11) (2,12) (3,)",
           "both ways of the cycle are right");
    is_str(rows_of(s, "SELECT * FROM staff"), "(1,3) (2,1) (3,) (4,4) (5,6) (6,5)",
           "and self references, forward and in a ring");
    is_str(scene_value(s, "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated "
                          "AND connamespace = 'public'::regnamespace"),
           "3", "under validated foreign keys");
    scene_close(s);
    s = transferred("trap_29_cycles_into_tables_with_foreign_keys", cycle_source, target, NULL);
    judge_cycle(s);
    is_str(rows_of(s, "SELECT * FROM policies"), "(1,11) (2,12) (3,)",
           "the second pass sets what the first could not");
    is_str(rows_of(s, "SELECT * FROM staff"), "(1,3) (2,1) (3,) (4,4) (5,6) (6,5)",
           "self references as well");
    scene_close(s);
    s = scene_open(cluster, "trap_29_cycles_with_new_keys", cycle_source, target);
    cluster_exec(s->pg, "INSERT INTO policies DEFAULT VALUES; INSERT INTO versions (policy) VALUES "
                        "(1); INSERT INTO staff DEFAULT VALUES");
    ok(scene_run(s, (keel_run_options){.keys = KEEL_KEYS_REMAP}), "the run is done");
    judge_cycle(s);
    is_str(scene_value(s, "SELECT count(*) FROM policies p JOIN versions v ON v.id = p.current AND "
                          "v.policy = p.id WHERE p.id > 1"),
           "2", "both ways of the cycle follow the new keys");
    is_str(scene_value(s, "SELECT count(*) || ' ' || count(boss) FROM staff WHERE id > 1"), "6 5",
           "self references as well");
    scene_close(s);
}

/* Neither can be NULL while the other is loaded: said before anything is written. */
static void trap_29_refused(void)
{
    scene *s =
        scene_open(cluster, "trap_29_a_cycle_that_cannot_be_entered", cycle_source,
                   "CREATE TABLE policies (id serial PRIMARY KEY, current integer NOT NULL); "
                   "CREATE TABLE versions (id serial PRIMARY KEY, policy integer NOT NULL "
                   "REFERENCES policies); ALTER TABLE policies ADD FOREIGN KEY (current) "
                   "REFERENCES versions; CREATE TABLE staff (id serial PRIMARY KEY, boss integer)");

    ok(!scene_copy(s, NULL), "the run is refused");
    const keel_finding *cycle = scene_finding(s, "plan.cycle", NULL);
    ok(cycle != NULL && cycle->remedy != NULL, "with a remedy");
    is_str(scene_value(s, "SELECT count(*) FROM staff"), "0", "and nothing is written");
    scene_close(s);
}

static void trap_30(void)
{
    static const char source[] = "CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO "
                                 "t VALUES (1,1),(2,13),(3,3),(4,66),(5,5)";
    static const char target[] =
        "CREATE TABLE t (id integer PRIMARY KEY, v integer); CREATE TABLE log (id integer);"
        "CREATE FUNCTION drops() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.v = 13 THEN "
        "RETURN NULL; END IF;"
        " IF NEW.v = 66 THEN RAISE 'no 66'; END IF; RETURN NEW; END $$;"
        "CREATE FUNCTION logs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO "
        "public.log VALUES (NEW.id); RETURN NULL; END $$;"
        "CREATE TRIGGER drops BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION drops();"
        "CREATE TRIGGER logs AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION logs()";
    scene *s = transferred("trap_30_triggers_fire", source, target, NULL);

    ok(scene_finding(s, "target.trigger", "t") != NULL, "that triggers will fire is said");
    is_str(scene_value(
               s, "SELECT string_agg(key || ' ' || code, ', ' ORDER BY key) FROM pgkeel.reject"),
           "2 server, 4 server",
           "rows that a trigger drops or refuses are rejects, never a success");
    ok(strstr(scene_value(s, "SELECT reason FROM pgkeel.reject WHERE key = '2'"), "trigger") !=
           NULL,
       "with the reason");
    is_str(rows_of(s, "SELECT * FROM t"), "(1,1) (3,3) (5,5)", "the others land");
    is_str(scene_value(s, "SELECT string_agg(id::text, ',' ORDER BY id) FROM log"), "1,3,5",
           "and have fired once each");
    is_int(s->result->exit_code, 1, "exit code 1");
    scene_close(s);
    s = scene_open(cluster, "trap_30_triggers_skipped", source, target);
    ok(scene_run(s, (keel_run_options){.skip_triggers = true}), "the run is done");
    is_str(rows_of(s, "SELECT * FROM t"), "(1,1) (2,13) (3,3) (4,66) (5,5)",
           "skipped triggers drop nothing");
    is_str(scene_value(s, "SELECT count(*) FROM log"), "0", "and log nothing");
    scene_close(s);
    s = transferred("trap_30_a_trigger_that_changes_rows", source,
                    "CREATE TABLE t (id integer PRIMARY KEY, v integer); CREATE FUNCTION alters() "
                    "RETURNS trigger LANGUAGE plpgsql AS"
                    " $$ BEGIN NEW.v := NEW.v + 1000; RETURN NEW; END $$; CREATE TRIGGER alters "
                    "BEFORE INSERT ON t FOR EACH ROW"
                    " EXECUTE FUNCTION alters()",
                    NULL);
    ok(scene_finding(s, "target.trigger", "t") != NULL,
       "a trigger that may change values is named before it does");
    scene_close(s);
}

int main(void)
{
    cluster = cluster_start(NULL);
    trap_1();
    trap_8();
    trap_18();
    trap_19();
    trap_20();
    trap_21();
    trap_22();
    trap_23();
    trap_24();
    trap_25();
    trap_29();
    trap_29_refused();
    trap_30();
    return done_testing();
}
