/* schema.partition_coverage: what it says depends on the day, so the server is asked for the days that it must name. */
#include <stdlib.h>

#include "check_case.h"

#define COVERAGE "schema.partition_coverage"

/* A partitioned table by month, from `first` to `last` months from now on, named audit_yYYYYmMM. */
#define MONTHS(type, first, last)                                                                                       \
    "CREATE TABLE audit (id int, at " type ") PARTITION BY RANGE (at);"                                                 \
    "DO $$ DECLARE m timestamptz; BEGIN FOR i IN " first ".." last " LOOP"                                              \
    "  m := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + i * interval '1 month';"                 \
    "  EXECUTE format('CREATE TABLE %I PARTITION OF audit FOR VALUES FROM (%L) TO (%L)',"                               \
    "                 to_char(m, '\"audit_y\"YYYY\"m\"MM'), m, m + interval '1 month'); END LOOP; END $$;"

/* `found` is SQL: its one value is what the check is to say. */
static const check_case cases[] = {
    {.name = "the last partition ended long ago (S4-134, trap 14)",
     .check = COVERAGE,
     .sql = "CREATE TABLE audit (id int, at timestamptz) PARTITION BY RANGE (at);"
            "CREATE TABLE audit_y2025m11 PARTITION OF audit FOR VALUES FROM ('2025-11-01') TO ('2025-12-01');"
            "CREATE TABLE audit_y2025m12 PARTITION OF audit FOR VALUES FROM ('2025-12-01') TO ('2026-01-01')",
     .found = "SELECT format('error public.audit(at): no partition for the rows of %s to %s, %s to %s: they are refused'"
              " || E'\\nwarning public.audit(at): no partition yet for the rows of %s to %s, %s to %s',"
              " m(0), m(1), m(1), m(2), m(2), m(3), m(3), m(4))"},
    {.name = "this month and the next are there, the two after them are not",
     .check = COVERAGE,
     .sql = MONTHS("date", "0", "1"),
     .found = "SELECT format('warning public.audit(at): no partition yet for the rows of %s to %s, %s to %s', m(2), m(3), m(3), m(4))"},
    {.name = "the next month is not there",
     .check = COVERAGE,
     .sql = MONTHS("timestamp", "-1", "0"),
     .found = "SELECT format('error public.audit(at): no partition for the rows of %s to %s: they are refused'"
              " || E'\\nwarning public.audit(at): no partition yet for the rows of %s to %s, %s to %s', m(1), m(2), m(2), m(3), m(3), m(4))"},
    {.name = "all are there", .check = COVERAGE, .sql = MONTHS("timestamptz", "-2", "3"), .found = "SELECT ''"},
    {.name = "a default partition catches them",
     .check = COVERAGE,
     .sql = MONTHS("timestamptz", "-1", "0") "CREATE TABLE audit_rest PARTITION OF audit DEFAULT",
     .found = "SELECT format('warning public.audit(at): no partition for the rows of %s to %s: they go to the default partition, in "
              "whose way a later partition then stands'"
              " || E'\\ninfo public.audit(at): no partition yet for the rows of %s to %s, %s to %s', m(1), m(2), m(2), m(3), m(3), m(4))"},
    {.name = "a default partition that holds rows",
     .check = COVERAGE,
     .sql = MONTHS("timestamptz", "0", "3") "CREATE TABLE audit_rest PARTITION OF audit DEFAULT; INSERT INTO audit VALUES (1, '2001-01-01')",
     .found = "SELECT 'info public.audit_rest: the default partition of public.audit holds rows: a partition for their time cannot be "
              "created before they are moved'"},
    {.name = "a gap in the past, and one behind the coming periods",
     .check = COVERAGE,
     .sql = MONTHS("date", "-3", "3") "DO $$ BEGIN EXECUTE format('DROP TABLE %I', to_char(date_trunc('month', now() AT TIME ZONE 'UTC')"
                                     " - interval '2 months', '\"audit_y\"YYYY\"m\"MM')); END $$;",
     .found = "SELECT format('warning public.audit(at): no partition holds the rows of %s to %s, between others that are there: they are "
              "refused', m(-2), m(-1))"},
    {.name = "the suite asks for more",
     .check = COVERAGE,
     .sql = MONTHS("date", "0", "4"),
     .suite = "tables:\n  audit:\n    partitions: {ahead: 5, period: month}\n",
     .found = "SELECT format('warning public.audit(at): no partition yet for the rows of %s to %s', m(5), m(6))"},
    {.name = "no partition at all",
     .check = COVERAGE,
     .sql = "CREATE TABLE t (at date) PARTITION BY RANGE (at)",
     .found = "SELECT 'error public.t(at): the table has no partition at all: every INSERT is refused'"},
    {.name = "open ends and whole years; by list, by number, by two columns, by expression",
     .check = COVERAGE,
     .sql = "CREATE TABLE a (at date) PARTITION BY RANGE (at); CREATE TABLE a_old PARTITION OF a FOR VALUES FROM (MINVALUE) TO ('2020-01-01');"
            "CREATE TABLE a_new PARTITION OF a FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);"
            "CREATE TABLE b (at timestamptz) PARTITION BY RANGE (at); CREATE TABLE b_all PARTITION OF b FOR VALUES FROM ('-infinity') TO ('infinity');"
            "CREATE TABLE c (k int, at date) PARTITION BY LIST (k); CREATE TABLE d (k int) PARTITION BY RANGE (k);"
            "CREATE TABLE e (k int, at date) PARTITION BY RANGE (at, k); CREATE TABLE f (at date) PARTITION BY RANGE (date_part('year', at))",
     .found = "SELECT ''", .note = "2 time-partitioned tables"},
    {.name = "days",
     .check = COVERAGE,
     .sql = "CREATE TABLE \"D-d\" (\"At\" timestamptz) PARTITION BY RANGE (\"At\"); DO $$ DECLARE d date := (now() AT TIME ZONE 'UTC')::date; BEGIN"
            " EXECUTE format('CREATE TABLE x PARTITION OF \"D-d\" FOR VALUES FROM (%L) TO (%L)', d - 1, d);"
            " EXECUTE format('CREATE TABLE y PARTITION OF \"D-d\" FOR VALUES FROM (%L) TO (%L)', d, d + 1); END $$",
     .found = "SELECT format('error public.D-d(At): no partition for the rows of %s to %s: they are refused'"
              " || E'\\nwarning public.D-d(At): no partition yet for the rows of %s to %s, %s to %s', d(1), d(2), d(2), d(3), d(3), d(4))"},
    {.name = "a partition that is partitioned again answers only for its own time",
     .check = COVERAGE,
     .sql = "CREATE TABLE t (at date) PARTITION BY RANGE (at);"
            "CREATE TABLE t_2020 PARTITION OF t FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') PARTITION BY RANGE (at);"
            "CREATE TABLE t_2020_12 PARTITION OF t_2020 FOR VALUES FROM ('2020-12-01') TO ('2021-01-01');"
            "CREATE TABLE t_now PARTITION OF t FOR VALUES FROM ('2021-01-01') TO (MAXVALUE)",
     .found = "SELECT ''"},
};

static const char days_sql[] =
    "CREATE FUNCTION pg_temp.m(i int) RETURNS text LANGUAGE sql AS"
    " $$ SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + i * interval '1 month', 'YYYY-MM-DD') $$;"
    "CREATE FUNCTION pg_temp.d(i int) RETURNS text LANGUAGE sql AS"
    " $$ SELECT to_char((now() AT TIME ZONE 'UTC')::date + i, 'YYYY-MM-DD') $$";

/* " m(" and " d(" of the case's SQL become the functions above. */
static const char *expect(keel_pg *pg, const char *sql)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    static char expected[2048];

    for (; *sql != '\0'; sql++) {
        if (sql[0] == ' ' && (sql[1] == 'm' || sql[1] == 'd') && sql[2] == '(')
            keel_str_add(&out, " pg_temp.");
        else
            keel_str_addc(&out, *sql);
    }
    snprintf(expected, sizeof expected, "%s", cluster_value(pg, out.data));
    return expected;
}

static void run_case(keel_scratch *cluster, const check_case *c, int number)
{
    char name[32], conninfo[CLUSTER_CONNINFO_SIZE];
    check_case dated = *c;

    snprintf(name, sizeof name, "parts_%d", number);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, name, conninfo);
    cluster_exec(pg, days_sql);
    cluster_exec(pg, c->sql);
    dated.found = expect(pg, c->found);
    check_case_judge(conninfo, &dated);
}

/* The proposed partitions are named after those that are there, and with them nothing is missing. */
static void test_remedy(keel_scratch *cluster)
{
    static const char *const types[] = {"timestamptz", "timestamp", "date"};
    char name[32], conninfo[CLUSTER_CONNINFO_SIZE], sql[1024];
    const check_case c = {.name = "the remedy", .check = COVERAGE};
    keel_error err = {0};

    for (size_t i = 0; i < KEEL_COUNT_OF(types); i++) {
        snprintf(name, sizeof name, "remedy_%zu", i);
        KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, name, conninfo);
        snprintf(sql, sizeof sql, "CREATE TABLE audit (at %s) PARTITION BY RANGE (at);"
                                  "CREATE TABLE audit_2020_01 PARTITION OF audit FOR VALUES FROM ('2020-01-01') TO ('2020-02-01')",
                 types[i]);
        cluster_exec(pg, sql);
        for (int round = 0; round < 3; round++) { /* first what is near, then the gap before it, then what is far */
            check_seen seen = check_case_see(conninfo, &c);
            ok(seen.remedy != NULL && check_case_paste(pg, seen.remedy, &err), "%s: %s %s", types[i],
               seen.remedy != NULL ? seen.remedy : "no remedy", err.message);
        }
        is_str(cluster_value(pg, "SELECT count(*) FROM pg_class WHERE relname ~ '^audit_20[2-9][0-9]_[01][0-9]$'"), "6",
               "%s: the new ones have names like the old one", types[i]);
        is_str(cluster_value(pg, "SELECT count(*) FROM pg_class WHERE relname = to_char(now() AT TIME ZONE 'UTC', '\"audit_\"YYYY_MM')"),
               "1", "%s: that of this month among them", types[i]);
        is_str(check_case_see(conninfo, &c).found, "", "%s: nothing is missing any more", types[i]);
    }
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);

    for (size_t i = 0; i < KEEL_COUNT_OF(cases); i++)
        run_case(cluster, &cases[i], (int)i);
    test_remedy(cluster);
    return done_testing();
}
