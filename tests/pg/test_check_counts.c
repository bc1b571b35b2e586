/* business.count: rows against a number, a table, a query and a SQLite file; both numbers are told. */
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "check_case.h"

#define COUNT "business.count"
#define THREE "CREATE TABLE a (id int PRIMARY KEY, s text); INSERT INTO a VALUES (1, 'x'), (2, 'y'), (3, NULL);"

static const check_case counts[] = {
    {.name = "a number (S1-48)", .check = COUNT, .sql = THREE, .suite = "tables: {a: {count: 3}}", .found = "",
     .note = "1 count: public.a 3 = 3"},
    {.name = "another number",
     .check = COUNT,
     .sql = THREE,
     .suite = "tables: {a: {count: [4, {at_least: 3}, {at_most: 2}, {equals: 100, severity: critical}]}}",
     .found = "error public.a: 3 rows, but the suite wants at most 2\n"
              "critical public.a: 3 rows, but the suite wants exactly 100\n"
              "error public.a: 3 rows, but the suite wants exactly 4",
     .evidence = "{\"rows\":3,\"relation\":\"<=\",\"expected\":2,\"difference\":1,\"expected_by\":\"the suite\"}",
     .note = "4 counts, 1 critical finding, 2 errors: public.a 3 = 4, public.a 3 >= 3, public.a 3 <= 2, public.a 3 = 100"},
    {.name = "another table, in another schema (S1-19, S3-36)",
     .check = COUNT,
     .sql = THREE "CREATE SCHEMA \"o'ld\"; CREATE TABLE \"o'ld\".\"T%s\" (id int); INSERT INTO \"o'ld\".\"T%s\" VALUES (1), (2)",
     .suite = "tables: {a: {count: {equals: \"o'ld.T%s\"}}}",
     .found = "error public.a: 3 rows, but o'ld.T%s has 2, the suite wants exactly as many",
     .note = "1 count, 1 error: public.a 3 = 2"},
    {.name = "rows of one kind, and a query (S4-33)",
     .check = COUNT,
     .sql = THREE,
     .suite = "tables: {a: {count: [{equals: 1, where: \"s = 'x' -- the first\"}, {at_least: {sql: SELECT 2}, where: s IS NULL}]}}",
     .found = "error public.a: 1 row where s IS NULL, but the query of the suite has 2, the suite wants at least as many"},
    {.name = "0 compared with 0 proves nothing (S0-37)",
     .check = COUNT,
     .sql = "CREATE TABLE a (id int); CREATE TABLE b (id int)",
     .suite = "tables: {a: {count: [{equals: b}, {at_most: b}, {equals: {sql: SELECT 0}}]}}",
     .found = "warning public.a: 0 rows were compared with 0 rows of public.b: that proves nothing\n"
              "warning public.a: 0 rows were compared with 0 rows of public.b: that proves nothing\n"
              "warning public.a: 0 rows were compared with 0 rows of the query of the suite: that proves nothing",
     .note = "3 counts, 3 warnings: public.a 0 = 0, public.a 0 <= 0, public.a 0 = 0"},
    {.name = "unless the suite itself says 0", .check = COUNT, .sql = "CREATE TABLE a (id int)",
     .suite = "tables: {a: {count: 0}}", .found = "", .note = "1 count: public.a 0 = 0"},
    {.name = "0 in one of them is a difference",
     .check = COUNT,
     .sql = THREE "CREATE TABLE b (id int)",
     .suite = "tables: {b: {count: {equals: a}}}",
     .found = "error public.b: 0 rows, but public.a has 3, the suite wants exactly as many"},
    {.name = "partitions, heirs and views are counted as a SELECT sees them",
     .check = COUNT,
     .sql = THREE "CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p DEFAULT;"
            "CREATE TABLE h () INHERITS (a); CREATE VIEW v AS SELECT 1 FROM a; INSERT INTO p VALUES (1), (2); INSERT INTO h VALUES (4)",
     .suite = "tables: {p: {count: 2}, a: {count: 4}, v: {count: 4}}",
     .found = "",
     .note = "3 counts: public.p 2 = 2, public.a 4 = 4, public.v 4 = 4"},
    {.name = "what cannot be counted is no pass, and stops no other count",
     .check = COUNT,
     .sql = THREE,
     .suite = "tables:\n  nowhere: {count: 1}\n  a:\n    count:\n      - {equals: gone}\n      - {equals: 1, where: nothing = 1}\n"
              "      - {equals: {sql: \"SELECT 1, 2 FROM a\"}}\n      - {equals: {sql: SELECT NULL}}\n      - {equals: {sql: SELECT 1.5}}\n"
              "      - {equals: {sql: SELECT 1 / 0}}\n      - {equals: {sql: \"SELECT nextval('s')\"}}\n"
              "      - {equals: \"sqlite:/no/such/file.db#t\"}\n      - 3\n",
     .found = "error public.a: the rows could not be compared: cannot open \"/no/such/file.db\": No such file or directory\n"
              "error public.a: the rows could not be compared: column \"nothing\" does not exist\n"
              "error public.a: the rows could not be compared: division by zero\n"
              "error public.a: the rows could not be compared: relation \"public.gone\" does not exist\n"
              "error public.a: the rows could not be compared: relation \"s\" does not exist\n"
              "error public.a: the rows could not be compared: the query of the suite returned \"1.5\", not a whole number\n"
              "error public.a: the rows could not be compared: the query of the suite returned 3 rows, not one number\n"
              "error public.a: the rows could not be compared: the query of the suite returned NULL, not a number\n"
              "error public.nowhere: the rows could not be compared: relation \"public.nowhere\" does not exist"},
    {.name = "a suite that counts nothing", .check = COUNT, .sql = THREE, .suite = "tables: [a]", .found = NULL,
     .note = "no counts"},
};

static void fill_file(const char *path)
{
    sqlite3 *db = NULL;

    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, "CREATE TABLE \"ex'ploits\" (id INTEGER PRIMARY KEY); INSERT INTO \"ex'ploits\" VALUES (1), (2), (3), (4);"
                         "CREATE TABLE none (id)",
                     NULL, NULL, NULL) != SQLITE_OK) {
        printf("Bail out! %s\n", sqlite3_errmsg(db));
        exit(1);
    }
    sqlite3_close(db);
}

/* sqlite:app.db#exploits (S0-32) */
static void test_file(keel_scratch *cluster)
{
    char path[64], suite[512], found[512], note[256];
    check_case c = {.name = "a table of a SQLite file (S0-32)", .check = COUNT, .sql = THREE "CREATE TABLE b (id int)",
                    .suite = suite, .found = found, .note = note};

    snprintf(path, sizeof path, "/tmp/keel_counts_%d.db", (int)getpid());
    unlink(path);
    fill_file(path);
    snprintf(suite, sizeof suite,
             "tables: {a: {count: [{equals: \"sqlite:%s#ex'ploits\"}, {at_most: \"sqlite:%s#ex'ploits\"}]}, b: {count: {equals: \"sqlite:%s#none\"}}}",
             path, path, path);
    snprintf(found, sizeof found,
             "error public.a: 3 rows, but %s#ex'ploits has 4, the suite wants exactly as many\n"
             "warning public.b: 0 rows were compared with 0 rows of %s#none: that proves nothing",
             path, path);
    snprintf(note, sizeof note, "3 counts, 1 error, 1 warning: public.a 3 = 4, public.a 3 <= 4, public.b 0 = 0");
    check_case_run(cluster, &c);
    unlink(path);
}

/* Statistics say a million and more; nobody counts them under --quick. */
static void test_quick(keel_scratch *cluster)
{
    static const char sql[] = "CREATE TABLE a (id int); INSERT INTO a VALUES (1), (2); ANALYZE a;"
                              "UPDATE pg_class SET reltuples = 2000000 WHERE oid = 'a'::regclass";
    const check_case cases[] = {
        {.name = "a large table is counted by the statistics, which may be a little wrong", .check = COUNT, .sql = sql,
         .suite = "tables: {a: {count: 2100000}}", .found = "", .note = "1 count: public.a about 2000000 = 2100000", .quick = true},
        {.name = "half a table is more than a little", .check = COUNT, .sql = sql,
         .suite = "tables: {a: {count: [4000000, {at_least: 1900000}, {at_most: 1000}]}}",
         .found = "error public.a: about 2000000 rows, but the suite wants at most 1000\n"
                  "error public.a: about 2000000 rows, but the suite wants exactly 4000000",
         .evidence = "{\"rows\":2000000,\"relation\":\"<=\",\"expected\":1000,\"difference\":1999000,\"expected_by\":\"the suite\","
                     "\"from_statistics\":true}",
         .quick = true},
        {.name = "statistics know nothing of a condition", .check = COUNT, .sql = sql,
         .suite = "tables: {a: {count: {equals: 1, where: id = 1}}}",
         .found = NULL, .note = "statistics know nothing of a condition; run it without --quick", .quick = true},
        {.name = "without --quick they are counted", .check = COUNT, .sql = sql, .suite = "tables: {a: {count: 2}}", .found = ""},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(cases); i++)
        check_case_run(cluster, &cases[i]);
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);

    for (size_t i = 0; i < KEEL_COUNT_OF(counts); i++)
        check_case_run(cluster, &counts[i]);
    test_file(cluster);
    test_quick(cluster);
    return done_testing();
}
