/* data.transfer_accounting: real transfers, and what may become of them. */
#include <stdlib.h>

#include "check_case.h"
#include "scene.h"

#define ACCOUNTING "data.transfer_accounting"

static const char source_sql[] =
    "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE); CREATE TABLE visit (id INTEGER PRIMARY KEY, at INT);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO person SELECT i, 'p' || i FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) INSERT INTO visit SELECT i, i FROM n;"
    "INSERT INTO visit VALUES (1000, 'no number')";

static void judge(const scene *s, const char *name, const char *found, const char *note)
{
    const check_case c = {.name = name, .check = ACCOUNTING, .found = found, .note = note};

    check_case_judge(s->conninfo, &c);
}

static void test_deleted(keel_scratch *cluster)
{
    scene *s = scene_open(cluster, "deleted", source_sql, NULL);

    judge(s, "no journal", NULL, "pgkeel has transferred nothing into this database");
    ok(scene_copy(s, NULL), "transferred, one row rejected");
    judge(s, "a fresh transfer, with its reject", "", "2 transferred tables");
    cluster_exec(s->pg, "INSERT INTO person (id, name) VALUES (9999, 'born here')");
    judge(s, "a row more is nobody's loss", "", "2 transferred tables");
    cluster_exec(s->pg, "DELETE FROM visit WHERE id <= 40; DROP TABLE person");
    judge(s, "rows and tables that went since",
          "warning public.person: the transfers put 500 rows into this table, which no longer exists\n"
          "warning public.visit: 860 rows, but transfers have put 900 in: at least 40 have been deleted since",
          "2 transferred tables, 2 warnings");
    scene_close(s);
}

static void test_figures(keel_scratch *cluster)
{
    scene *s = scene_open(cluster, "figures", source_sql, NULL);
    const check_case c = {.name = "figures that do not add up",
                          .check = ACCOUNTING,
                          .found = "error public.visit: transfer 1 had 902 rows of \"visit\" and accounts for 901: 900 inserted, 0 merged,"
                                   " 1 rejected",
                          .evidence = "{\"run\":1,\"source_rows\":902,\"read\":901,\"inserted\":900,\"merged\":0,\"rejected\":1}"};

    ok(scene_copy(s, NULL), "transferred");
    cluster_exec(s->pg, "UPDATE pgkeel.run_table SET source_rows = source_rows + 1 WHERE source = 'visit'");
    check_case_judge(s->conninfo, &c);
    cluster_exec(s->pg, "UPDATE pgkeel.run SET state = 'undone'");
    judge(s, "of what was undone nothing is wanted", NULL, "no transferred tables");
    scene_close(s);
}

static void test_stopped(keel_scratch *cluster)
{
    char lock[128], found[256];
    scene *s = scene_open(cluster, "stopped", source_sql, NULL);

    ok(scene_copy(s, NULL), "transferred");
    cluster_exec(s->pg, "UPDATE pgkeel.run SET state = 'running', finished_at = NULL");
    snprintf(found, sizeof found, "error transfer 1: the copy of %s stopped before its end", s->source);
    judge(s, "a transfer that stopped half way", found, NULL);
    snprintf(lock, sizeof lock, "SELECT pg_advisory_lock(%d, 1)", 0x6b65656c);
    cluster_exec(s->pg, lock);
    judge(s, "one that somebody is at work on", NULL, "no transferred tables");
    cluster_exec(s->pg, "SELECT pg_advisory_unlock_all(); UPDATE pgkeel.run SET state = 'undoing'");
    snprintf(found, sizeof found, "error transfer 1: the undo of %s stopped before its end", s->source);
    judge(s, "an undo that stopped half way", found, NULL);
    scene_close(s);
}

/* Who may not read the journal hears so; it is no pass. */
static void test_forbidden(keel_scratch *cluster)
{
    scene *s = scene_open(cluster, "forbidden", source_sql, NULL);
    char conninfo[CLUSTER_CONNINFO_SIZE + 32];
    const check_case c = {.name = "a role that may not read the journal", .check = ACCOUNTING,
                          .found = "error database: could not be checked: read the journal: permission denied for schema pgkeel"};

    ok(scene_copy(s, NULL), "transferred");
    cluster_exec(s->pg, "CREATE ROLE stranger LOGIN; GRANT SELECT ON person, visit TO stranger");
    snprintf(conninfo, sizeof conninfo, "%s user=stranger", s->conninfo);
    check_case_judge(conninfo, &c);
    scene_close(s);
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);

    test_deleted(cluster);
    test_figures(cluster);
    test_stopped(cluster);
    test_forbidden(cluster);
    return done_testing();
}
