/* The checks of constraints, sequences, column types and roles: what they find, and what only looks like it. */
#include <stdlib.h>

#include "check_case.h"

#define NOT_VALIDATED "relationships.not_validated"
#define PARENT "CREATE TABLE p (a int PRIMARY KEY);"
#define NEVER "was never validated: rows from before it may have no parent"
static const check_case keys[] = {
    {.name = "NOT VALID, in another schema, quoted (S0-53)",
     .check = NOT_VALIDATED,
     .sql = PARENT "CREATE SCHEMA \"My Shop\"; CREATE TABLE \"My Shop\".\"Order\" (a int); ALTER TABLE \"My Shop\".\"Order\" ADD "
                   "CONSTRAINT \"F k\" FOREIGN KEY (a) REFERENCES p NOT VALID; CREATE TABLE c (a int REFERENCES p)",
     .found = "warning My Shop.Order.F k: foreign key \"F k\" to public.p " NEVER,
     .evidence = "{\"constraint\":\"F k\",\"references\":\"public.p\"}",
     .note = "2 foreign keys, 1 warning"},
    {.name = "of a partition alone",
     .check = NOT_VALIDATED,
     .sql = PARENT "CREATE TABLE c (a int) PARTITION BY LIST (a); CREATE TABLE c_1 PARTITION OF c FOR VALUES IN (1);"
                   "ALTER TABLE c_1 ADD FOREIGN KEY (a) REFERENCES p NOT VALID",
     .found = "warning public.c_1.c_1_a_fkey: foreign key \"c_1_a_fkey\" to public.p " NEVER},
    {.name = "a partitioned table's own key and the copies of it",
     .check = NOT_VALIDATED,
     .sql = PARENT "CREATE TABLE c (a int REFERENCES p) PARTITION BY LIST (a); CREATE TABLE c_1 PARTITION OF c FOR VALUES IN (1)",
     .found = "", .note = "1 foreign key"},
};

#define CHECK_NOT_VALIDATED "schema.check_not_validated"
static const check_case checks[] = {
    {.name = "of a table, of a domain in use, not of an idle domain",
     .check = CHECK_NOT_VALIDATED,
     .sql = "CREATE DOMAIN used AS int; CREATE DOMAIN idle AS int; CREATE TABLE t (a int, b used, CONSTRAINT fine CHECK (a < 9));"
            "ALTER TABLE t ADD CONSTRAINT late CHECK (a > 0) NOT VALID;"
            "ALTER DOMAIN used ADD CONSTRAINT positive CHECK (VALUE > 0) NOT VALID;"
            "ALTER DOMAIN idle ADD CONSTRAINT positive CHECK (VALUE > 0) NOT VALID",
     .found = "warning public.t.late: constraint \"late\" of table public.t was never validated: rows from before it may break it\n"
              "warning public.used.positive: constraint \"positive\" of domain public.used was never validated: rows from before "
              "it may break it",
     .note = "3 CHECK constraints, 2 warnings"},
    {.name = "inherited by children: said once, of the parent",
     .check = CHECK_NOT_VALIDATED,
     .sql = "CREATE TABLE t (a int); CREATE TABLE c () INHERITS (t); ALTER TABLE t ADD CONSTRAINT late CHECK (a > 0) NOT VALID",
     .found = "warning public.t.late: constraint \"late\" of table public.t was never validated: rows from before it may break it"},
};

#define NEVER_FALSE "schema.check_never_false"
#define LIST "a list with NULL in it gives NULL where no value matches, so any value passes"
#define COMPARED "a comparison with NULL gives NULL, so any value passes"
#define IDLE(name, what, why) "warning public.t." name ": " what " \"" name "\" of public.t can never be false: " why
static const check_case truths[] = {
    {.name = "a list with NULL: of varchar, int, an array literal, LIKE ANY (trap 9)",
     .check = NEVER_FALSE,
     .sql = "CREATE TABLE t (s text, v varchar(9), k int, CONSTRAINT c1 CHECK (v IN ('pass', 'fail', 'rework', NULL)),"
            "CONSTRAINT c2 CHECK (k IN (1, 2, NULL)), CONSTRAINT c3 CHECK (s = ANY ('{a,\"null\", NULL }')),"
            "CONSTRAINT c4 CHECK (s LIKE ANY (ARRAY['a%', NULL])), CONSTRAINT c5 CHECK (s IS NULL OR s IN ('x', NULL)))",
     .found = IDLE("c1", "CHECK", LIST) "\n" IDLE("c2", "CHECK", LIST) "\n" IDLE("c3", "CHECK", LIST) "\n"
              IDLE("c4", "CHECK", LIST) "\n" IDLE("c5", "CHECK", LIST)},
    {.name = "NULL itself, and compared with",
     .check = NEVER_FALSE,
     .sql = "CREATE TABLE t (s text, k int, CONSTRAINT c1 CHECK (NULL), CONSTRAINT c2 CHECK (s = NULL), CONSTRAINT c3 CHECK (k <> NULL),"
            "CONSTRAINT c4 CHECK (k IN (NULL)), CONSTRAINT c5 CHECK (NOT (k = NULL)))",
     .found = IDLE("c1", "CHECK", COMPARED) "\n" IDLE("c2", "CHECK", COMPARED) "\n" IDLE("c3", "CHECK", COMPARED) "\n"
              IDLE("c4", "CHECK", COMPARED)},
    {.name = "a part of it, under AND and OR",
     .check = NEVER_FALSE,
     .sql = "CREATE TABLE t (s text, k int, CONSTRAINT c1 CHECK (k > 0 AND s IN ('a', NULL)),"
            "CONSTRAINT c2 CHECK ((k = 1 AND s IN ('a', NULL)) OR k = 2), CONSTRAINT c3 CHECK (k BETWEEN 1 AND NULL))",
     .found = IDLE("c1", "a part of CHECK", LIST) "\n" IDLE("c2", "a part of CHECK", LIST) "\n"
              IDLE("c3", "a part of CHECK", COMPARED)},
    {.name = "what can be false: NULL in quotes, NOT IN, IS DISTINCT FROM, columns in the list, CASE",
     .check = NEVER_FALSE,
     .sql = "CREATE TABLE t (s text, k int, l int, CONSTRAINT c1 CHECK (s IN ('NULL', 'a,NULL')), CONSTRAINT c2 CHECK (s NOT IN ('a', NULL)),"
            "CONSTRAINT c3 CHECK (k IS DISTINCT FROM NULL), CONSTRAINT c4 CHECK (k IN (1, l)),"
            "CONSTRAINT c5 CHECK (CASE WHEN k = NULL THEN true ELSE k > 0 END), CONSTRAINT c6 CHECK (COALESCE(s, NULL) <> ''),"
            "CONSTRAINT c7 CHECK (NOT (s IN ('a', NULL))), CONSTRAINT c8 CHECK (s = ANY ('{NULLS,\"NULL\",nullable}')),"
            "CONSTRAINT c9 CHECK ((s IN ('a', NULL)) IS TRUE), CONSTRAINT c10 CHECK (s IN ('it''s NULL', E'\\\\, NULL')))",
     .found = "", .note = "10 CHECK constraints"},
    {.name = "of a domain",
     .check = NEVER_FALSE,
     .sql = "CREATE DOMAIN mood AS text CONSTRAINT c CHECK (VALUE IN ('sad', NULL)); CREATE TABLE t (m mood)",
     .found = "warning public.mood.c: CHECK \"c\" of public.mood can never be false: " LIST},
    {.name = "the copy of a partition is the parent's",
     .check = NEVER_FALSE,
     .sql = "CREATE TABLE t (k int, s text, CONSTRAINT c CHECK (s IN ('a', NULL))) PARTITION BY LIST (k);"
            "CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1)",
     .found = IDLE("c", "CHECK", LIST)},
    {.name = "somebody's own operator may do with NULL what it likes",
     .check = NEVER_FALSE,
     .sql = "CREATE SCHEMA o; CREATE FUNCTION o.eq(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 IS NOT DISTINCT FROM $2';"
            "CREATE OPERATOR o.= (LEFTARG = int, RIGHTARG = int, FUNCTION = o.eq);"
            "CREATE TABLE t (k int CONSTRAINT c CHECK (k OPERATOR(o.=) NULL::int))",
     .found = ""},
};

#define NAIVE "schema.naive_timestamp"
static const check_case times[] = {
    {.name = "columns of one table together; domains; not of partitions again (S4-61)",
     .check = NAIVE,
     .sql = "CREATE DOMAIN moment AS timestamp(3); CREATE TABLE t (a timestamp, b timestamptz, c moment, d date, e time) PARTITION BY LIST (d);"
            "CREATE TABLE t_1 PARTITION OF t DEFAULT; CREATE TABLE u (\"At\" timestamp)",
     .found = "info public.t(a, c): 2 columns of type timestamp without time zone: nobody can tell which instant is meant\n"
              "info public.u(At): 1 column of type timestamp without time zone: nobody can tell which instant is meant",
     .note = "4 timestamp columns, 2 notes"},
    {.name = "with time zone", .check = NAIVE, .sql = "CREATE TABLE t (a timestamptz)", .found = ""},
};

#define BEHIND "schema.sequence_behind"
#define GIVES(column, name, next, at, then)                                                                               \
    "public.t(" column "): sequence public." name " gives " next " next, but " column " of public.t is already at " at ": " then
#define TWICE "INSERTs will fail on a duplicate key"
static const check_case behind[] = {
    {.name = "serial, identity, and a default with somebody else's sequence (S0-56)",
     .check = BEHIND,
     .sql = "CREATE SEQUENCE shared; CREATE TABLE t (a serial UNIQUE, b bigint GENERATED BY DEFAULT AS IDENTITY UNIQUE,"
            "c numeric DEFAULT nextval('shared') PRIMARY KEY); INSERT INTO t (a, b, c) VALUES (1, 5, 7)",
     .found = "error " GIVES("a", "t_a_seq", "1", "1", TWICE) "\nerror " GIVES("b", "t_b_seq", "1", "5", TWICE) "\nerror "
              GIVES("c", "shared", "1", "7", TWICE),
     .note = "3 column sequences, 3 errors"},
    {.name = "exactly ahead, called or not",
     .check = BEHIND,
     .sql = "CREATE TABLE t (a serial PRIMARY KEY, b serial UNIQUE); INSERT INTO t VALUES (1, 5);"
            "SELECT setval('t_a_seq', 1); SELECT setval('t_b_seq', 6, false)",
     .found = ""},
    {.name = "nothing unique: numbers come twice",
     .check = BEHIND,
     .sql = "CREATE TABLE t (a serial, b int UNIQUE); INSERT INTO t (a) VALUES (3)",
     .found = "warning " GIVES("a", "t_a_seq", "1", "3", "numbers will be given twice")},
    {.name = "descending",
     .check = BEHIND,
     .sql = "CREATE SEQUENCE s INCREMENT -1; CREATE TABLE t (a int DEFAULT nextval('s') PRIMARY KEY);"
            "INSERT INTO t VALUES (-4), (9); SELECT nextval('s')",
     .found = "error " GIVES("a", "s", "-2", "-4", TWICE)},
    {.name = "steps that meet, steps that pass between, and a number beyond the sequence's end",
     .check = BEHIND,
     .sql = "CREATE SEQUENCE odd INCREMENT 2; CREATE SEQUENCE low MAXVALUE 9; CREATE TABLE t (a int DEFAULT nextval('odd') PRIMARY KEY,"
            "b int DEFAULT nextval('low') UNIQUE); INSERT INTO t VALUES (4, 100), (8, 101)",
     .found = ""},
    {.name = "steps that meet",
     .check = BEHIND,
     .sql = "CREATE SEQUENCE odd INCREMENT 2; CREATE TABLE t (a int DEFAULT nextval('odd') PRIMARY KEY); INSERT INTO t VALUES (8), (7)",
     .found = "error " GIVES("a", "odd", "1", "7", TWICE)},
    {.name = "one that cycles is meant to, and one that is spent gives nothing",
     .check = BEHIND,
     .sql = "CREATE SEQUENCE round MAXVALUE 9 CYCLE; CREATE SEQUENCE spent MAXVALUE 2; CREATE TABLE t (a int DEFAULT nextval('round') PRIMARY KEY,"
            "b int DEFAULT nextval('spent') UNIQUE); INSERT INTO t VALUES (5, 2); SELECT setval('spent', 2)",
     .found = NULL, .note = "no column sequences"},
    {.name = "a partitioned table is asked as a whole",
     .check = BEHIND,
     .sql = "CREATE TABLE t (a serial, k int, PRIMARY KEY (a, k)) PARTITION BY LIST (k); CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1);"
            "CREATE TABLE t_2 PARTITION OF t FOR VALUES IN (2); INSERT INTO t VALUES (2, 1), (6, 2)",
     .found = "error " GIVES("a", "t_a_seq", "1", "6", TWICE), .note = "1 column sequence, 1 error"},
    {.name = "empty, quoted, in another schema; a sequence beyond the column's type",
     .check = BEHIND,
     .sql = "CREATE SCHEMA \"S\"; CREATE TABLE \"S\".\"T\" (\"Id\" serial PRIMARY KEY); CREATE SEQUENCE wide START 3000000000;"
            "CREATE TABLE t (a int DEFAULT nextval('wide') PRIMARY KEY); INSERT INTO t VALUES (2147483647)",
     .found = ""},
};

#define NEAR_END "schema.sequence_near_end"
static const check_case ends[] = {
    {.name = "75 and 95 %, of the column's type and of the sequence's own range, both ways",
     .check = NEAR_END,
     .sql = "CREATE TABLE t (a serial, b smallserial, c int GENERATED ALWAYS AS IDENTITY);"
            "SELECT setval('t_a_seq', 1700000000), setval('t_b_seq', 32000), setval('t_c_seq', 1500000000);"
            "CREATE SEQUENCE wide; CREATE TABLE u (a int DEFAULT nextval('wide')); SELECT setval('wide', 2100000000);"
            "CREATE SEQUENCE low MAXVALUE 100; SELECT setval('low', 79); CREATE SEQUENCE down INCREMENT -1 MINVALUE -100;"
            "SELECT setval('down', -90); CREATE SEQUENCE fine MAXVALUE 100 CYCLE; SELECT setval('fine', 99)",
     .found =
         "warning public.down: sequence public.down is at -91 of -100, the end of its range (90.9 % used)\n"
         "warning public.low: sequence public.low is at 80 of 100, the end of its range (79.8 % used)\n"
         "warning public.t(a): sequence public.t_a_seq is at 1700000001 of 2147483647, the end of integer (79.2 % used)\n"
         "error public.t(b): sequence public.t_b_seq is at 32001 of 32767, the end of smallint (97.7 % used)\n"
         "error public.u(a): sequence public.wide is at 2100000001 of 2147483647, the end of integer (97.8 % used)",
     .note = "7 sequences, 2 errors, 3 warnings"},
    {.name = "spent, and cycling beyond its column",
     .check = NEAR_END,
     .sql = "CREATE SEQUENCE s MAXVALUE 3; SELECT setval('s', 3); CREATE SEQUENCE r MAXVALUE 40000 CYCLE;"
            "CREATE TABLE t (a smallint DEFAULT nextval('r')); SELECT setval('r', 32766)",
     .found = "error public.s: sequence public.s is at 3 of 3, the end of its range (100.0 % used): the next one fails\n"
              "error public.t(a): sequence public.r is at 32767 of 32767, the end of smallint (100.0 % used)"},
    {.name = "a start far below zero leaves room",
     .check = NEAR_END,
     .sql = "CREATE SEQUENCE s MINVALUE -2147483648 START -2147483648; CREATE TABLE t (a int DEFAULT nextval('s')); SELECT setval('s', 900000000)",
     .found = ""},
};

#define MISSING_ROLE "schema.missing_role"
#define GONE "a role that does not exist (oid 99999)"
static const check_case roles[] = {
    {.name = "grants on tables, columns, schemas, functions and default privileges; owners (trap 15)",
     .check = MISSING_ROLE,
     .sql = "CREATE TABLE t (a int); CREATE SEQUENCE s; CREATE SCHEMA app; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"
            "UPDATE pg_class SET relacl = ARRAY[makeaclitem(0, 99999, 'SELECT', false)] WHERE oid = 't'::regclass;"
            "UPDATE pg_attribute SET attacl = ARRAY[makeaclitem(99999, 10, 'SELECT', false)] WHERE attrelid = 't'::regclass AND attname = 'a';"
            "UPDATE pg_namespace SET nspacl = ARRAY[makeaclitem(99999, 10, 'USAGE', false)] WHERE nspname = 'app';"
            "UPDATE pg_proc SET proacl = ARRAY[makeaclitem(99999, 10, 'EXECUTE', false)] WHERE oid = 'f'::regproc;"
            "UPDATE pg_class SET relowner = 99999 WHERE oid = 's'::regclass;"
            "INSERT INTO pg_default_acl VALUES (99999, 99999, 0, 'r', ARRAY[makeaclitem(10, 10, 'SELECT', false)])",
     .found = "warning all schemas: default privileges belongs to " GONE "\n"
              "warning app: a grant on schema names " GONE "\n"
              "warning public.f: a grant on function names " GONE "\n"
              "warning public.s: sequence belongs to " GONE "\n"
              "warning public.t: a grant on table names " GONE "\n"
              "warning public.t(a): a grant on column names " GONE},
    {.name = "PUBLIC and living roles",
     .check = MISSING_ROLE,
     .sql = "CREATE ROLE alive; CREATE TABLE t (a int); GRANT SELECT ON t TO alive, PUBLIC; GRANT UPDATE (a) ON t TO alive;"
            "ALTER DEFAULT PRIVILEGES FOR ROLE alive GRANT SELECT ON TABLES TO PUBLIC",
     .found = ""},
};

/* The remedies are SQL to paste: after it nothing is left to say. */
static const check_case mended[] = {
    {.name = "validated", .check = NOT_VALIDATED,
     .sql = PARENT "CREATE TABLE \"C\" (a int); ALTER TABLE \"C\" ADD FOREIGN KEY (a) REFERENCES p NOT VALID"},
    {.name = "validated", .check = CHECK_NOT_VALIDATED, .sql = "CREATE TABLE t (a int); ALTER TABLE t ADD CHECK (a > 0) NOT VALID"},
    {.name = "a domain validated", .check = CHECK_NOT_VALIDATED,
     .sql = "CREATE DOMAIN d AS int; CREATE TABLE t (a d); ALTER DOMAIN d ADD CHECK (VALUE > 0) NOT VALID"},
    {.name = "with time zone", .check = NAIVE, .sql = "CREATE TABLE t (\"A\" timestamp, b timestamp)"},
    {.name = "set forward", .check = BEHIND, .sql = "CREATE TABLE \"T\" (\"A\" serial PRIMARY KEY); INSERT INTO \"T\" VALUES (9)"},
    {.name = "a wider column", .check = NEAR_END, .sql = "CREATE TABLE t (a serial); SELECT setval('t_a_seq', 2000000000)"},
    {.name = "a wider sequence", .check = NEAR_END, .sql = "CREATE SEQUENCE s AS smallint; SELECT setval('s', 30000)"},
    {.name = "a grant taken away", .check = MISSING_ROLE,
     .sql = "CREATE TABLE t (a int); GRANT SELECT ON t TO PUBLIC;"
            "UPDATE pg_class SET relacl = relacl || makeaclitem(99999, 10, 'SELECT', false) WHERE oid = 't'::regclass"},
    {.name = "a column's grant taken away", .check = MISSING_ROLE,
     .sql = "CREATE TABLE t (a int); UPDATE pg_attribute SET attacl = ARRAY[makeaclitem(99999, 10, 'SELECT', false)]"
            " WHERE attrelid = 't'::regclass AND attname = 'a'"},
    {.name = "a new owner", .check = MISSING_ROLE,
     .sql = "CREATE VIEW \"V v\" AS SELECT 1; UPDATE pg_class SET relowner = 99999 WHERE relname = 'V v'"},
};

/* A role that may read neither the table nor the sequence hears so, and nothing passes in silence. */
static void test_privileges(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE], plain[CLUSTER_CONNINFO_SIZE + 16];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "privileges", conninfo);
    const check_case c = {
        .name = "a sequence that may not be read",
        .check = BEHIND,
        .found = "info public.t(a): not compared with sequence public.t_a_seq: this role may not read the sequence"};
    const check_case e = {
        .name = "a sequence that may not be read", .check = NEAR_END, .found = "", .note = "1 sequences (1 of them not readable by this role)"};

    cluster_exec(pg, "CREATE ROLE plain_reader LOGIN; CREATE TABLE t (a serial PRIMARY KEY); INSERT INTO t VALUES (9);"
                     "GRANT SELECT ON t TO plain_reader; CREATE SEQUENCE fine; GRANT SELECT ON SEQUENCE fine TO plain_reader");
    snprintf(plain, sizeof plain, "%s user=plain_reader", conninfo);
    check_case_judge(plain, &c);
    check_case_judge(plain, &e);
}

static void run_all(keel_scratch *cluster, const check_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_case_run(cluster, &cases[i]);
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);

    run_all(cluster, keys, KEEL_COUNT_OF(keys));
    run_all(cluster, checks, KEEL_COUNT_OF(checks));
    run_all(cluster, truths, KEEL_COUNT_OF(truths));
    run_all(cluster, times, KEEL_COUNT_OF(times));
    run_all(cluster, behind, KEEL_COUNT_OF(behind));
    run_all(cluster, ends, KEEL_COUNT_OF(ends));
    run_all(cluster, roles, KEEL_COUNT_OF(roles));
    for (size_t i = 0; i < KEEL_COUNT_OF(mended); i++)
        check_case_mend(cluster, &mended[i]);
    test_privileges(cluster);
    return done_testing();
}
