/* data.allowed_values, data.json_shapes, data.time_range and data.value_variants: odd values are found, and values that
 * only look odd are not. */
#include "check_case.h"

#define ALLOWED "data.allowed_values"

static const check_case allowed[] = {
    {.name = "case and blanks count, NULL does not (S3-41, S4-47, S4-48)",
     .check = ALLOWED,
     .sql = "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'low'), (2, 'LOW'), (3, 'low '), (4, NULL), (5, '')",
     .suite = "tables: {t: {allowed: {a: [low, high]}}}",
     .found = "error public.t(a): 3 rows hold a value that is not allowed: low, high",
     .evidence = "{\"rows\":3,\"sample\":[{\"id\":2,\"a\":\"LOW\"},{\"id\":3,\"a\":\"low \"},{\"id\":5,\"a\":\"\"}]}",
     .note = "1 listed column, 1 error"},
    {.name = "the severity is the suite's (S3-42)",
     .check = ALLOWED,
     .sql = "CREATE TABLE t (a text); INSERT INTO t VALUES ('soap')",
     .suite = "tables: {t: {allowed: {a: {values: [mcp, http], severity: warning}}}}",
     .found = "warning public.t(a): 1 row holds a value that is not allowed: mcp, http"},
    {.name = "an empty text and quotes can be allowed",
     .check = ALLOWED,
     .sql = "CREATE TABLE t (a text); INSERT INTO t VALUES (''), ('o''r'), (E'b\\\\s'), ('100%s')",
     .suite = "tables: {t: {allowed: {a: ['', \"o'r\", 'b\\s', '100%s']}}}",
     .found = ""},
    {.name = "types of every kind, by value where it is a number",
     .check = ALLOWED,
     .sql = "CREATE TYPE mood AS ENUM ('up', 'down'); CREATE DOMAIN d AS text;"
            "CREATE TABLE t (n numeric(5,2), i smallint, f float8, b bool, c char(6), e mood, d d, l text[], j jsonb);"
            "INSERT INTO t VALUES (1.50, 2, 0.5, true, 'ab', 'up', 'x', '{p,q,NULL,p}', '\"s\"'), (NULL, NULL, NULL, NULL, NULL,"
            " NULL, NULL, '{}', NULL)",
     .suite = "tables: {t: {allowed: {n: [1.5], i: ['02', x], f: ['5e-1'], b: ['true'], c: [ab], e: [up], d: [x], l: [p, q], j: [s]}}}",
     .found = "",
     .note = "9 listed columns"},
    {.name = "and what is none of them, infinite ones too",
     .check = ALLOWED,
     .sql = "CREATE TYPE mood AS ENUM ('up', 'down'); CREATE TABLE t (n numeric, f float4, b bool, c char(6), e mood, l text[], j json);"
            "INSERT INTO t VALUES ('NaN', 'Infinity', false, 'AB', 'down', '{p,z}', '\"S\"')",
     .suite = "tables: {t: {allowed: {n: [1, 2], f: [1], b: ['true'], c: [ab], e: [up], l: [p, q], j: [s]}}}",
     .found = "error public.t(b): 1 row holds a value that is not allowed: true\n"
              "error public.t(c): 1 row holds a value that is not allowed: ab\n"
              "error public.t(e): 1 row holds a value that is not allowed: up\n"
              "error public.t(f): 1 row holds a value that is not allowed: 1\n"
              "error public.t(j): 1 row holds a value that is not allowed: s\n"
              "error public.t(l): 1 row holds a value that is not allowed: p, q\n"
              "error public.t(n): 1 row holds a value that is not allowed: 1, 2"},
    {.name = "the rows of partitions, hostile names, a list that is long",
     .check = ALLOWED,
     .sql = "CREATE TABLE \"T'\" (\"i\"\"d\" int, \"select\" text) PARTITION BY LIST (\"i\"\"d\");"
            "CREATE TABLE \"T'1\" PARTITION OF \"T'\" FOR VALUES IN (1); CREATE TABLE p PARTITION OF \"T'\" DEFAULT;"
            "INSERT INTO \"T'\" VALUES (1, 'z'), (2, 'a')",
     .suite = "tables: {\"T'\": {allowed: {select: [a, b, c, d, e, f, g, h, i, j, k, l]}}}",
     .found = "error public.T'1(select): 1 row holds a value that is not allowed: a, b, c, d, e, f, g, h, i, j and 2 more"},
    {.name = "a column that is not there",
     .check = ALLOWED,
     .sql = "CREATE TABLE t (id int)",
     .suite = "tables: {t: {allowed: {a: [x]}}}",
     .found = "error public.t(a): the suite judges the column \"a\", which the table does not have"},
};

#define SHAPES "data.json_shapes"

static const check_case shapes[] = {
    {.name = "objects beside arrays, JSON null beside both; SQL NULL is not counted (S3-39, S4-44)",
     .check = SHAPES,
     .sql = "CREATE TABLE t (id int PRIMARY KEY, a jsonb, b json); INSERT INTO t VALUES (1, '[]', '{}'), (2, '[{}]', NULL),"
            " (3, '{\"x\": [1]}', ' {}'), (4, 'null', NULL), (5, NULL, '{\"a\":1,\"a\":2}')",
     .found = "warning public.t(a): values of several shapes: 2 arrays, 1 object, 1 JSON null",
     .evidence = "{\"rows\":2,\"shapes\":{\"object\":1,\"array\":2,\"null\":1},\"sample\":[{\"id\":3},{\"id\":4}]}",
     .note = "2 JSON columns, 1 warning"},
    {.name = "a document that was encoded twice",
     .check = SHAPES,
     .sql = "CREATE TABLE t (id int PRIMARY KEY, a json); INSERT INTO t VALUES (1, '{\"a\":1}'), (2, '\"{\\\"a\\\":1}\"')",
     .found = "warning public.t(a): values of several shapes: 1 object, 1 string"},
    {.name = "settings are scalars of any kind",
     .check = SHAPES,
     .sql = "CREATE TABLE t (name text PRIMARY KEY, value jsonb NOT NULL); INSERT INTO t VALUES ('a', '1'), ('b', '\"x\"'), ('c', 'true')",
     .found = ""},
    {.name = "but nine of ten alike make a rule",
     .check = SHAPES,
     .sql = "CREATE TABLE t (id int PRIMARY KEY, v jsonb); INSERT INTO t SELECT n, CASE n WHEN 10 THEN '\"10\"' ELSE '10' END::jsonb"
            " FROM generate_series(1, 10) n",
     .found = "warning public.t(v): values of several shapes: 9 numbers, 1 string"},
    {.name = "nothing but NULL, an empty table, a document of a megabyte, a domain",
     .check = SHAPES,
     .sql = "CREATE DOMAIN doc AS jsonb; CREATE TABLE t (a jsonb, b doc); INSERT INTO t VALUES (NULL, '{}'),"
            " (NULL, jsonb_build_object('x', repeat('x', 1000000))); CREATE TABLE u (a jsonb)",
     .found = "",
     .note = "3 JSON columns"},
};

#define TIMES "data.time_range"

static const check_case times[] = {
    {.name = "ahead, too old, zero, infinite (S4-17)",
     .check = TIMES,
     .sql = "CREATE TABLE t (id int PRIMARY KEY, a timestamptz, b timestamp, c date);"
            "INSERT INTO t VALUES (1, now(), now(), now()), (2, '2999-01-01', '1899-12-31 23:59', '0024-03-01'),"
            " (3, '1970-01-01 00:00Z', 'infinity', '-infinity'), (4, '-infinity', '1970-01-01', '1970-01-01'), (5, NULL, NULL, NULL)",
     .found = NULL},
    {.name = "up to a day ahead, the first of 1900 and a birthday are times like others",
     .check = TIMES,
     .sql = "CREATE TABLE t (a timestamptz, b timestamp, born date, c timestamptz(0));"
            "INSERT INTO t VALUES (now() + interval '23 hours', now() + interval '14 hours', '1970-01-01', '1970-01-01 00:00:01Z'),"
            " ('1900-01-01 00:00Z', '1900-01-01', '1900-01-01', '1969-12-31 23:59:59Z')",
     .found = "",
     .note = "4 time columns"},
    {.name = "columns that plan lie ahead and last for ever, but not in milliseconds",
     .check = TIMES,
     .sql = "CREATE TABLE t (expires_at timestamptz, \"validUntil\" timestamp, due_date date, next_run timestamptz, period_end date,"
            " \"Scheduled For\" timestamptz, seen timestamptz DEFAULT now() + interval '30 days', trial_ends timestamptz);"
            "INSERT INTO t SELECT x, x, x, x, x, x, x, x FROM (VALUES ('2999-01-01'::timestamptz), ('infinity'), ('-infinity'), ('9999-12-31')) v(x);"
            "INSERT INTO t (expires_at, due_date) VALUES ('55840-01-01', '1890-01-01')",
     .found = "warning public.t(due_date): 1 row has a time out of range: 1 before 1900-01-01 00:00:00+00\n"
              "warning public.t(expires_at): 1 row has a time out of range: 1 after 10000-01-01 00:00:00+00"},
    {.name = "a name that says that it has happened is no plan",
     .check = TIMES,
     .sql = "CREATE TABLE t (id int PRIMARY KEY, last_due timestamptz, \"periodCreatedAt\" timestamptz, ended timestamptz,"
            " released_at timestamptz, sender timestamptz, bend timestamptz);"
            "INSERT INTO t SELECT 1, x, x, x, x, x, x FROM (VALUES ('2999-01-01'::timestamptz)) v(x)",
     .found = NULL},
    {.name = "the suite's floor and future, per column",
     .check = TIMES,
     .sql = "CREATE TABLE t (id int PRIMARY KEY, a timestamptz, b timestamptz, c date, due date);"
            "INSERT INTO t VALUES (1, '2014-12-31 23:00Z', '2999-01-01', '2015-01-02', '2999-01-01'),"
            " (2, now() + interval '3 hours', 'infinity', '1970-01-01', '2020-01-01')",
     .suite = "tables: {t: {times: {a: {floor: 2015-01-01, future: 1 hour}, b: {floor: 2015-01-01, future: allowed},"
              " c: {floor: 1960-01-01, severity: info}, due: {severity: critical}}}}",
     .found = NULL},
    {.name = "what the suite says and nobody can read, or judge",
     .check = TIMES,
     .sql = "CREATE TABLE t (a timestamptz, b timestamptz, c text); INSERT INTO t VALUES ('2999-01-01', '2999-01-01', 'x')",
     .suite = "tables: {t: {times: {a: {floor: yesterdaze}, b: {future: 3 moons}, c: {floor: 2015-01-01}, d: {floor: 2015-01-01}}}}",
     .found = "error public.t(a): the column cannot be judged: invalid input syntax for type timestamp with time zone: \"yesterdaze\"\n"
              "error public.t(b): the column cannot be judged: invalid input syntax for type interval: \"3 moons\"\n"
              "error public.t(c): the suite wants times in it, but it is text\n"
              "error public.t(d): the suite judges the column \"d\", which the table does not have"},
};

/* Messages name tomorrow: only what does not move is compared. */
static void test_moving_times(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    static const struct {
        size_t of;
        const char *parts[6];
    } wanted[] = {
        {0,
         {"warning public.t(a): 3 rows have a time out of range: 1 after ", "Z, 1 at the zero of Unix time to the second, 1 infinite",
          "warning public.t(b): 3 rows have a time out of range: 1 before 1900-01-01 00:00:00+00, 1 at the zero of Unix time to the second, 1 infinite",
          "warning public.t(c): 2 rows have a time out of range: 1 before 1900-01-01 00:00:00+00, 1 infinite"}},
        {3,
         {"warning public.t(bend): 1 row", "warning public.t(ended): 1 row", "warning public.t(last_due): 1 row",
          "warning public.t(periodCreatedAt): 1 row", "warning public.t(released_at): 1 row", "warning public.t(sender): 1 row"}},
        {4,
         {"error public.t(a): 2 rows have a time out of range: 1 after ", ", 1 before 2015-01-01 00:00:00+00",
          "critical public.t(due): 1 row has a time out of range: 1 after "}},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(wanted); i++) {
        char name[24];
        snprintf(name, sizeof name, "moving_%zu", i);
        KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, name, conninfo);
        cluster_exec(pg, times[wanted[i].of].sql);
        check_seen seen = check_case_see(conninfo, &times[wanted[i].of]);
        for (size_t part = 0; part < 6 && wanted[i].parts[part] != NULL; part++)
            if (!ok(seen.found != NULL && strstr(seen.found, wanted[i].parts[part]) != NULL, TIMES ": %s: %s",
                    times[wanted[i].of].name, wanted[i].parts[part]))
                printf("# %s\n", seen.found != NULL ? seen.found : "(skipped)");
        is_str(seen.futile, NULL, TIMES ": %s: the remedies find the rows", times[wanted[i].of].name);
    }
}

#define VARIANTS "data.value_variants"
#define TEN(table) " FROM generate_series(1, 10) n; ANALYZE " table

static const check_case variants[] = {
    {.name = "case, blanks at the ends, inside, of kinds that nobody sees",
     .check = VARIANTS,
     .sql = "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t SELECT n, (ARRAY['in work', 'In  Work', 'in work ', E'in\\u00A0work',"
            " E'in work\\u200B', 'done'])[least(n - 9, 6)] FROM generate_series(10, 30) n; UPDATE t SET a = 'in work' WHERE id > 17; ANALYZE t",
     .found = "warning public.t(a): values that differ only in case or blanks: \"in work\" (14), \"In  Work\" (1), \"in work \" (1),"
              " \"in work\u200B\" (1), \"in\u00A0work\" (1)",
     .evidence = "{\"rows\":4,\"variants\":[[{\"value\":\"in work\",\"rows\":14},{\"value\":\"In  Work\",\"rows\":1},"
                 "{\"value\":\"in work \",\"rows\":1},{\"value\":\"in work\u200B\",\"rows\":1},{\"value\":\"in\u00A0work\",\"rows\":1}]],"
                 "\"sample\":[{\"id\":11,\"a\":\"In  Work\"},{\"id\":12,\"a\":\"in work \"},{\"id\":13,\"a\":\"in\u00A0work\"},"
                 "{\"id\":14,\"a\":\"in work\u200B\"}]}"},
    {.name = "letters of other alphabets, and two groups",
     .check = VARIANTS,
     .sql = "CREATE TABLE t (a varchar(20)); INSERT INTO t SELECT (ARRAY['\u00c9tat', '\u00e9tat', '\u0416\u0430\u0440', '\u0436\u0430\u0440'])[n % 4 + 1]"
            " FROM generate_series(1, 11) n; ANALYZE t",
     .found = "warning public.t(a): values that differ only in case or blanks: \"\u00e9tat\" (3), \"\u00c9tat\" (2);"
              " \"\u0416\u0430\u0440\" (3), \"\u0436\u0430\u0440\" (3)"},
    {.name = "an empty text and a blank one",
     .check = VARIANTS,
     .sql = "CREATE TABLE t (a text); INSERT INTO t SELECT CASE WHEN n > 6 THEN ' ' ELSE '' END" TEN("t"),
     .found = "warning public.t(a): values that differ only in case or blanks: \"\" (6), \" \" (4)"},
    {.name = "single letters are codes, \u8054 and signs have no case, hyphens are no blanks",
     .check = VARIANTS,
     .sql = "CREATE TABLE t (a text, b text); INSERT INTO t SELECT (ARRAY['A', 'a', '+', '-'])[n % 4 + 1],"
            " (ARRAY['in-work', 'in_work', 'in work', 'inwork', '\ub808\uc774\uc800'])[n % 5 + 1]" TEN("t"),
     .found = "",
     .note = "2 enum-like columns"},
    {.name = "char(n) is padded by the server, names are no values",
     .check = VARIANTS,
     .sql = "CREATE TABLE t (a char(5), b text); INSERT INTO t SELECT (ARRAY['ab', 'cd'])[n % 2 + 1], (ARRAY['Bob', 'bob'])[n % 2 + 1] || n / 2"
            TEN("t"),
     .found = "",
     .note = "2 enum-like columns"},
    {.name = "hostile names, a domain, a partition",
     .check = VARIANTS,
     .sql = "CREATE DOMAIN \"D'\" AS text; CREATE TABLE \"T%s\" (\"i d\" int, \"select\" \"D'\") PARTITION BY LIST (\"i d\");"
            "CREATE TABLE \"P'\" PARTITION OF \"T%s\" DEFAULT; INSERT INTO \"T%s\" SELECT n, (ARRAY['o''r\\', 'O''R\\'])[n % 2 + 1]" TEN("\"P'\""),
     .found = "warning public.P'(select): values that differ only in case or blanks: \"O'R\\\" (5), \"o'r\\\" (5)"},
};

/* What the remedy does is what it says. */
static void test_remedy(keel_scratch *cluster)
{
    const check_case *c = &variants[1];
    const check_case after = {.name = "after the remedy", .check = VARIANTS, .found = ""};
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "remedy", conninfo);

    cluster_exec(pg, c->sql);
    check_seen seen = check_case_see(conninfo, c);
    if (ok(seen.remedy != NULL && strncmp(seen.remedy, "UPDATE ", 7) == 0, "a remedy to paste"))
        cluster_exec(pg, seen.remedy);
    check_case_judge(conninfo, &after);
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);

    for (size_t i = 0; i < KEEL_COUNT_OF(allowed); i++)
        check_case_run(cluster, &allowed[i]);
    for (size_t i = 0; i < KEEL_COUNT_OF(shapes); i++)
        check_case_run(cluster, &shapes[i]);
    for (size_t i = 0; i < KEEL_COUNT_OF(times); i++)
        if (times[i].found != NULL)
            check_case_run(cluster, &times[i]);
    test_moving_times(cluster);
    for (size_t i = 0; i < KEEL_COUNT_OF(variants); i++)
        check_case_run(cluster, &variants[i]);
    test_remedy(cluster);
    return done_testing();
}
