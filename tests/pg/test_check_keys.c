/* data.duplicate_keys, data.null_values and data.check_violated: promises about rows that nobody kept. */
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "check_case.h"

#define DUPLICATES "data.duplicate_keys"
/* What a CREATE UNIQUE INDEX CONCURRENTLY that failed leaves behind. */
#define SPOIL(index) "UPDATE pg_index SET indisvalid = false, indisready = false WHERE indexrelid = '" index "'::regclass;"

static const check_case duplicates[] = {
    {.name = "a unique index that is not valid (S4-20, S0-35)",
     .check = DUPLICATES,
     .sql = "CREATE TABLE t (id int PRIMARY KEY, a text, b text, CONSTRAINT u UNIQUE (a, b));" SPOIL("u")
            "INSERT INTO t VALUES (1, 'x', 'y'), (2, 'x', 'y'), (3, 'x', NULL), (4, 'x', NULL), (5, 'x', 'Y'), (6, 'x', 'y ')",
     .found = "error public.t(a, b): 2 rows share 1 value of a key, whose index \"u\" is not valid",
     .evidence = "{\"values\":1,\"rows\":2,\"index\":\"u\",\"sample\":[{\"a\":\"x\",\"b\":\"y\",\"rows\":2}]}",
     .note = "2 keys, 1 error"},
    {.name = "valid again, and nothing twice",
     .check = DUPLICATES,
     .sql = "CREATE TABLE t (id int PRIMARY KEY, a text UNIQUE);" SPOIL("t_a_key")
            "INSERT INTO t VALUES (1, 'x'), (2, 'X'), (3, NULL), (4, NULL)",
     .found = ""},
    {.name = "a primary key",
     .check = DUPLICATES,
     .sql = "CREATE TABLE t (id bigint PRIMARY KEY);" SPOIL("t_pkey")
            "INSERT INTO t SELECT n % 7 FROM generate_series(1, 20) n",
     .found = "error public.t(id): 20 rows share 7 values of a key, whose index \"t_pkey\" is not valid"},
    {.name = "NULLS NOT DISTINCT: two NULLs are two too many",
     .check = DUPLICATES,
     .sql = "CREATE TABLE t (a int, b int, CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a, b));" SPOIL("u")
            "INSERT INTO t VALUES (1, NULL), (1, NULL), (NULL, NULL), (2, NULL)",
     .found = "error public.t(a, b): 2 rows share 1 value of a key, whose index \"u\" is not valid",
     .evidence = "{\"values\":1,\"rows\":2,\"index\":\"u\",\"sample\":[{\"a\":\"1\",\"b\":null,\"rows\":2}]}"},
    {.name = "only rows of the predicate count, and the expression decides",
     .check = DUPLICATES,
     .sql = "CREATE TABLE t (email text, gone timestamptz); CREATE UNIQUE INDEX u ON t (lower(email)) WHERE gone IS NULL;"
            SPOIL("u") "INSERT INTO t VALUES ('a@x'), ('A@x'), ('b@x'); INSERT INTO t VALUES ('B@x', now()), ('c@x', now()), ('C@x', now())",
     .found = "error public.t(lower(email)): 2 rows share 1 value of a key, whose index \"u\" is not valid",
     .evidence = "{\"values\":1,\"rows\":2,\"index\":\"u\",\"sample\":[{\"lower(email)\":\"a@x\",\"rows\":2}]}"},
    {.name = "INCLUDE columns are no key",
     .check = DUPLICATES,
     .sql = "CREATE TABLE t (a int, b int); CREATE UNIQUE INDEX u ON t (a) INCLUDE (b);" SPOIL("u")
            "INSERT INTO t VALUES (1, 1), (1, 2)",
     .found = "error public.t(a): 2 rows share 1 value of a key, whose index \"u\" is not valid"},
    {.name = "the index's collation decides what is equal",
     .check = DUPLICATES,
     .sql = "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
            "CREATE TABLE t (a text, b text); CREATE UNIQUE INDEX u ON t (a COLLATE blind); CREATE UNIQUE INDEX v ON t (b);"
            SPOIL("u") SPOIL("v") "INSERT INTO t VALUES ('ada', 'ada'), ('Ada', 'Ada')",
     .found = "error public.t(a): 2 rows share 1 value of a key, whose index \"u\" is not valid"},
    {.name = "a partitioned table whose unique index is not there in every partition",
     .check = DUPLICATES,
     .sql = "CREATE TABLE t (id int, at date) PARTITION BY RANGE (id);"
            "CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (10); CREATE TABLE t_2 PARTITION OF t FOR VALUES FROM (10) TO (20);"
            "CREATE UNIQUE INDEX t_u ON ONLY t (id); CREATE UNIQUE INDEX t_1_u ON t_1 (id); ALTER INDEX t_u ATTACH PARTITION t_1_u;"
            "INSERT INTO t VALUES (1), (11), (11)",
     .found = "error public.t(id): 2 rows share 1 value of a key, whose index \"t_u\" is not valid",
     .note = "1 key, 1 error"},
    {.name = "rows of an heir are not the table's",
     .check = DUPLICATES,
     .sql = "CREATE TABLE t (id int UNIQUE); CREATE TABLE heir () INHERITS (t);" SPOIL("t_id_key")
            "INSERT INTO t VALUES (1); INSERT INTO heir VALUES (1), (1)",
     .found = ""},
    {.name = "hostile names, a domain, an array, a generated column",
     .check = DUPLICATES,
     .sql = "CREATE SCHEMA \"S.x\"; CREATE DOMAIN \"Dom ain\" AS text;"
            "CREATE TABLE \"S.x\".\"T%d'\" (\"o'r\\d\" \"Dom ain\", \"SELECT\" int[], g int GENERATED ALWAYS AS (1) STORED);"
            "CREATE UNIQUE INDEX \"i'x\"\"\" ON \"S.x\".\"T%d'\" (\"o'r\\d\", \"SELECT\", g);"
            "UPDATE pg_index SET indisvalid = false, indisready = false WHERE indexrelid = '\"S.x\".\"i''x\"\"\"'::regclass;"
            "INSERT INTO \"S.x\".\"T%d'\" VALUES ('a\"b', '{1,NULL}'), ('a\"b', '{1,NULL}')",
     .found = "error S.x.T%d'(o'r\\d, SELECT, g): 2 rows share 1 value of a key, whose index \"i'x\"\" is not valid",
     .evidence = "{\"values\":1,\"rows\":2,\"index\":\"i'x\\\"\",\"sample\":"
                 "[{\"o'r\\\\d\":\"a\\\"b\",\"SELECT\":\"{1,NULL}\",\"g\":\"1\",\"rows\":2}]}"},
    {.name = "a natural key of the suite",
     .check = DUPLICATES,
     .sql = "CREATE TABLE t (id int PRIMARY KEY, chain text, at int); CREATE INDEX ON t (chain, at);"
            "INSERT INTO t VALUES (1, 'a', 1), (2, 'a', 1), (3, 'a', 2), (4, NULL, 2), (5, NULL, 2)",
     .suite = "tables: {t: {unique: [{columns: [chain, at], declared: false}]}}",
     .found = "error public.t(chain, at): 2 rows share 1 value of a key, which the suite says is a key"},
    {.name = "a key of text is read though a valid index vouches for it",
     .check = DUPLICATES,
     .sql = "CREATE TABLE t (id int PRIMARY KEY, a text COLLATE \"C\" UNIQUE); INSERT INTO t VALUES (1, 'x');"
            "UPDATE pg_index SET indisready = false WHERE indexrelid = 't_a_key'::regclass; INSERT INTO t VALUES (2, 'x');"
            "UPDATE pg_index SET indisready = true WHERE indexrelid = 't_a_key'::regclass",
     .suite = "tables: {t: {primary_key: id, unique: a}}",
     .found = "error public.t(a): 2 rows share 1 value of a key, which the index \"t_a_key\" should keep and does not",
     .note = "4 keys, 1 error"},
    {.name = "once, where the index is in doubt as well",
     .check = DUPLICATES,
     .sql = "CREATE TABLE t (a text UNIQUE);" SPOIL("t_a_key") "INSERT INTO t VALUES ('x'), ('x')",
     .suite = "tables: {t: {unique: a}}",
     .found = "error public.t(a): 2 rows share 1 value of a key, whose index \"t_a_key\" is not valid"},
    {.name = "a natural key that a trusted index keeps is not read",
     .check = DUPLICATES,
     .sql = "CREATE TABLE t (a int, b int, c int); CREATE UNIQUE INDEX ON t (b); INSERT INTO t VALUES (1, 1, 1), (1, 2, 1)",
     .suite = "tables: {t: {unique: [{columns: [b, a], declared: false}]}}",
     .found = "",
     .note = "2 keys"},
    {.name = "a partial index keeps no natural key",
     .check = DUPLICATES,
     .sql = "CREATE TABLE t (a int, c int); CREATE UNIQUE INDEX ON t (a) WHERE c > 5; INSERT INTO t VALUES (1, 1), (1, 2)",
     .suite = "tables: {t: {unique: [{columns: [a], declared: false}]}}",
     .found = "error public.t(a): 2 rows share 1 value of a key, which the suite says is a key"},
    {.name = "a key over a column that is not there",
     .check = DUPLICATES,
     .sql = "CREATE TABLE t (a int)",
     .suite = "tables: {t: {unique: [{columns: [b], declared: false}]}}",
     .found = "error public.t(b): the suite judges the column \"b\", which the table does not have"},
    {.name = "a key that nothing can compare is no pass",
     .check = DUPLICATES,
     .sql = "CREATE TABLE t (a json); INSERT INTO t VALUES ('1'), ('1')",
     .suite = "tables: {t: {unique: [{columns: [a], declared: false}]}}",
     .found = "error public.t: could not be read: public.t(a): could not identify an equality operator for type json"},
};

#define NULLS "data.null_values"

static const check_case nulls[] = {
    {.name = "CHECK (... IS NOT NULL) NOT VALID (S4-19, S3-38, S0-56)",
     .check = NULLS,
     .sql = "CREATE TABLE t (id int PRIMARY KEY, a int, \"B b\" int); INSERT INTO t VALUES (1, 1, 1), (2, NULL, 1), (3, 1, NULL);"
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID, ADD CONSTRAINT \"D%s\" CHECK (\"B b\" IS NOT NULL) NOT VALID",
     .found = "error public.t(B b): 1 row is NULL against the constraint \"D%s\", which is NOT VALID\n"
              "error public.t(a): 1 row is NULL against the constraint \"c\", which is NOT VALID",
     .evidence = "{\"rows\":1,\"sample\":[{\"id\":3}]}",
     .note = "2 promised columns, 2 errors"},
    {.name = "once validated it is the server's",
     .check = NULLS,
     .sql = "CREATE TABLE t (id int NOT NULL, a int, CONSTRAINT c CHECK (a IS NOT NULL)); INSERT INTO t VALUES (1, 1)",
     .found = NULL,
     .note = "no promised columns"},
    {.name = "a domain that is NOT NULL has a hole",
     .check = NULLS,
     .sql = "CREATE DOMAIN must AS text NOT NULL; CREATE DOMAIN more AS must; CREATE TABLE t (id int PRIMARY KEY, a more, b must NOT NULL);"
            "INSERT INTO t VALUES (1, 'x', 'x'); INSERT INTO t VALUES (2, (SELECT a FROM t WHERE false), 'x')",
     .found = "error public.t(a): 1 row is NULL though the domain public.more forbids it",
     .note = "1 promised column, 1 error"},
    {.name = "what the suite wants, once per column",
     .check = NULLS,
     .sql = "CREATE TABLE t (id int NOT NULL, a int, b int, c text); INSERT INTO t VALUES (1, NULL, 2, ''), (2, 1, NULL, NULL)",
     .suite = "tables: {t: {not_null: [a, id], primary_key: [id, b], columns: {a: int not null, c: text}}}",
     .found = "error public.t(a): 1 row is NULL where the suite wants a value\n"
              "error public.t(b): 1 row is NULL where the suite wants a value",
     .evidence = "{\"rows\":1,\"sample\":[{\"ctid\":\"(0,1)\"}]}",
     .note = "3 promised columns, 2 errors"},
    {.name = "the rows of partitions, and a column that is not there",
     .check = NULLS,
     .sql = "CREATE TABLE t (id int, a int) PARTITION BY LIST (id); CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1);"
            "CREATE TABLE t_2 PARTITION OF t DEFAULT; INSERT INTO t VALUES (1, NULL), (2, 5)",
     .suite = "tables: {t: {not_null: [a]}}",
     .found = "error public.t_1(a): 1 row is NULL where the suite wants a value",
     .note = "2 promised columns, 1 error"},
    {.name = "a column that is not there",
     .check = NULLS,
     .sql = "CREATE TABLE t (id int)",
     .suite = "tables: {t: {not_null: [a]}}",
     .found = "error public.t(a): the suite judges the column \"a\", which the table does not have"},
};

#define VIOLATED "data.check_violated"

static const check_case violated[] = {
    {.name = "rows from before; NULL passes; infinity and huge numbers are values like others (S4-46..51)",
     .check = VIOLATED,
     .sql = "CREATE TABLE t (id int PRIMARY KEY, n numeric, f float8, a timestamptz, b timestamptz);"
            "INSERT INTO t VALUES (1, 1e200, 'Infinity', '-infinity', 'infinity'), (2, -1, 'NaN', now(), '-infinity'),"
            " (3, NULL, NULL, NULL, now()), (4, 'NaN', '-Infinity', now(), now());"
            "ALTER TABLE t ADD CONSTRAINT n CHECK (n >= 0) NOT VALID, ADD CONSTRAINT ab CHECK (b >= a) NOT VALID,"
            " ADD CONSTRAINT f CHECK (f > 0) NOT VALID",
     .found = "error public.t(b, a): 1 row breaks the constraint \"ab\", which never looked at them: CHECK ((b >= a)) NOT VALID\n"
              "error public.t(f): 1 row breaks the constraint \"f\", which never looked at them:"
              " CHECK ((f > (0)::double precision)) NOT VALID\n"
              "error public.t(n): 1 row breaks the constraint \"n\", which never looked at them: CHECK ((n >= (0)::numeric)) NOT VALID",
     .note = "3 unvalidated CHECKs, 3 errors"},
    {.name = "names that must be quoted, and one that is the alias of the pass",
     .check = VIOLATED,
     .sql = "CREATE SCHEMA \"S'\"; CREATE TABLE \"S'\".\"t\" (\"t\" int, \"select\" text); INSERT INTO \"S'\".t VALUES (1, 'x''y\\'), (5, 'ok');"
            "ALTER TABLE \"S'\".t ADD CONSTRAINT \"c\"\"%s\" CHECK (\"t\" > 3 AND \"select\" <> E'\\'\\\\') NOT VALID",
     .found = "error S'.t(t, select): 1 row breaks the constraint \"c\"%s\", which never looked at them: CHECK (((t > 3) AND"
              " (\"select\" <> '''\\'::text))) NOT VALID"},
    {.name = "a CHECK over the whole row",
     .check = VIOLATED,
     .sql = "CREATE TABLE \"Ro w\" (id int PRIMARY KEY, a int, b text); INSERT INTO \"Ro w\" VALUES (1, 1, '\"Ro w\".*'), (2, NULL, 'x');"
            "CREATE FUNCTION filled(r \"Ro w\") RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT r.a IS NOT NULL';"
            "ALTER TABLE \"Ro w\" ADD CONSTRAINT c CHECK (filled(\"Ro w\".*) OR b = '\"Ro w\".*') NOT VALID",
     .found = "error public.Ro w: 1 row breaks the constraint \"c\", which never looked at them: CHECK ((public.filled(\"Ro w\".*)"
              " OR (b = '\"Ro w\".*'::text))) NOT VALID",
     .evidence = "{\"rows\":1,\"sample\":[{\"id\":2,\"b\":\"x\"}]}"},
    {.name = "CHECKs of domains, also of one under another, and VALUE in a string is no value",
     .check = VIOLATED,
     .sql = "CREATE DOMAIN low AS text; CREATE DOMAIN high AS low; CREATE TABLE t (id int PRIMARY KEY, a high, b text);"
            "INSERT INTO t VALUES (1, 'VALUE'), (2, 'x'), (3, NULL);"
            "ALTER DOMAIN low ADD CONSTRAINT c CHECK (VALUE = 'VALUE' OR VALUE ~ '^VALUE.') NOT VALID",
     .found = "error public.t(a): 1 row breaks the constraint \"c\" of the domain low, which never looked at them: CHECK"
              " ((VALUE = 'VALUE'::text) OR (VALUE ~ '^VALUE.'::text))",
     .evidence = "{\"rows\":1,\"sample\":[{\"id\":2,\"a\":\"x\"}]}",
     .note = "1 unvalidated CHECK, 1 error"},
    {.name = "a CHECK that fails on its rows is no pass, and spoils no other",
     .check = VIOLATED,
     .sql = "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 0);"
            "ALTER TABLE t ADD CONSTRAINT c CHECK (1 / a > 0) NOT VALID",
     .found = "error public.t: could not be read: division by zero"},
    {.name = "partitions hold the rows",
     .check = VIOLATED,
     .sql = "CREATE TABLE t (id int, a int) PARTITION BY LIST (id); CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1);"
            "CREATE TABLE t_2 PARTITION OF t DEFAULT; INSERT INTO t VALUES (1, -1), (2, -1), (3, -1);"
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a >= 0) NOT VALID",
     .found = "error public.t_1(a): 1 row breaks the constraint \"c\", which never looked at them: CHECK ((a >= 0)) NOT VALID\n"
              "error public.t_2(a): 2 rows break the constraint \"c\", which never looked at them: CHECK ((a >= 0)) NOT VALID"},
    {.name = "validated ones are the server's",
     .check = VIOLATED,
     .sql = "CREATE TABLE t (id int CHECK (id > 0))",
     .found = NULL,
     .note = "no unvalidated CHECKs"},
};

typedef struct builder {
    char conninfo[CLUSTER_CONNINFO_SIZE];
    keel_error err;
} builder;

static void *build(void *context)
{
    builder *b = context;
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(b->conninfo);

    keel_pg_exec(pg, &b->err, "CREATE UNIQUE INDEX CONCURRENTLY u ON t (a)");
    return NULL;
}

/* Somebody who builds a unique index at leisure: rows in doubt are his, until he has failed. */
static void test_being_built(keel_scratch *cluster)
{
    const check_case c = {.name = "an index that is being built is left alone", .check = DUPLICATES, .found = "", .note = "1 key"};
    const check_case after = {.name = "and judged when that has failed",
                              .check = DUPLICATES,
                              .found = "error public.t(a): 2 rows share 1 value of a key, whose index \"u\" is not valid"};
    builder b = {.err = {0}};
    pthread_t thread;
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *writer = cluster_database(cluster, "built", b.conninfo);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *looker = cluster_connect(b.conninfo);

    cluster_exec(writer, "CREATE TABLE t (id int PRIMARY KEY, a int)");
    cluster_exec(writer, "BEGIN; INSERT INTO t VALUES (1, 1), (2, 1)");
    if (pthread_create(&thread, NULL, build, &b) != 0)
        exit(2);
    keel_usec deadline = keel_monotonic() + 20 * KEEL_SECOND;
    while (strcmp(cluster_value(looker, "SELECT count(*) FROM pg_stat_progress_create_index"), "0") == 0 &&
           keel_monotonic() < deadline)
        keel_sleep(KEEL_SECOND / 100);
    check_case_judge(b.conninfo, &c);
    cluster_exec(writer, "COMMIT");
    pthread_join(thread, NULL);
    is_str(b.err.sqlstate, "23505", "the index could not be built");
    check_case_judge(b.conninfo, &after);
}

/* Under --quick a large table is not looked at, and has not passed. */
static void test_quick(keel_scratch *cluster)
{
    static const char sql[] =
        "CREATE TABLE t (id int, pad text); INSERT INTO t SELECT 1, repeat(md5(n::text), 30) FROM generate_series(1, 50000) n";
    const check_case c = {.name = "a sample cannot show it", .check = DUPLICATES, .sql = sql,
                          .suite = "tables: {t: {primary_key: id}}", .found = NULL,
                          .note = "a sample cannot show that a value is unique; run it without --quick", .quick = true};
    const check_case and_small = {.name = "but a small one is", .check = DUPLICATES,
                                  .sql = "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1), (2, 1)",
                                  .suite = "tables: {t: {unique: [{columns: a, declared: false}]}}",
                                  .found = "error public.t(a): 2 rows share 1 value of a key, which the suite says is a key",
                                  .quick = true};

    check_case_run(cluster, &c);
    check_case_run(cluster, &and_small);
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);

    for (size_t i = 0; i < KEEL_COUNT_OF(duplicates); i++)
        check_case_run(cluster, &duplicates[i]);
    for (size_t i = 0; i < KEEL_COUNT_OF(nulls); i++)
        check_case_run(cluster, &nulls[i]);
    for (size_t i = 0; i < KEEL_COUNT_OF(violated); i++)
        check_case_run(cluster, &violated[i]);
    test_being_built(cluster);
    test_quick(cluster);
    return done_testing();
}
