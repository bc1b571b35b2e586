/* Connections that end in the middle of their work: terminated, cut, silent, and cut where nobody
 * can tell from outside whether a COMMIT has happened. */
#include <signal.h>
#include <unistd.h>

#include "proxy.h"
#include "stand.h"
#include "tests/lib/tap.h"

static const char *source;
static keel_scratch *cluster;
static proxy *between;
static stand_reference reference;

typedef struct target {
    keel_pg *pg;
    char direct[CLUSTER_CONNINFO_SIZE], through[CLUSTER_CONNINFO_SIZE];
} target;

static target make_target(const char *name)
{
    target t;

    t.pg = stand_database(cluster, name, "fresh", t.direct);
    snprintf(t.through, sizeof t.through, "host=%s port=5432 user=postgres dbname=%s",
             stand_path(""), name);
    return t;
}

/* After the fault: exit code 2, how to go on, and then all is as if nothing had happened. */
static void check_cut(pid_t process, const char *what)
{
    is_int(stand_finish(process), 2, "%s: exit code 2", what);
    ok(stand_says(process, "run the same command again"), "%s: says how to go on", what);
}

static void check_resume(target *t, const char *what)
{
    pid_t process = stand_transfer(NULL, source, t->direct, "--keys", "keep");

    if (!is_int(stand_finish(process), reference.exit_code, "%s: goes on", what))
        printf("# %s\n", stand_said(process));
    is_str(stand_difference(t->pg, &reference), NULL, "%s: as if nothing had happened", what);
    ok(stand_redone(t->pg) <= 2 * STAND_JOBS, "%s: at most a chunk per job again", what);
    is_int(stand_verify(t->direct), 0, "%s: verify finds nothing", what);
    keel_pg_close(t->pg);
}

static void test_terminated(const char *name, const char *application)
{
    target t = make_target(name);
    char sql[512];

    snprintf(
        sql, sizeof sql,
        "SELECT coalesce(bool_or(pg_terminate_backend(pid)), false) FROM pg_stat_activity WHERE"
        " datname = current_database() AND application_name = '%s' AND EXISTS (SELECT 1 FROM "
        "pg_stat_activity"
        " WHERE datname = current_database() AND query LIKE '%%FROM STDIN%%' AND state = 'active')",
        application);
    pid_t process = stand_transfer(NULL, source, t.direct, "--keys", "keep");
    ok(stand_until(t.pg, sql), "%s: its backend is terminated", application);
    check_cut(process, application);
    check_resume(&t, application);
}

static void test_cut(const char *name, proxy_fault fault, int at)
{
    target t = make_target(name);

    proxy_arm(between, fault, at);
    pid_t process = stand_transfer(NULL, source, t.through, "--keys", "keep");
    check_cut(process, name);
    ok(proxy_has_struck(between), "%s: by the proxy", name);
    check_resume(&t, name);
}

static void test_silent(void)
{
    target t = make_target("silent");

    proxy_arm(between, PROXY_STALLS_COPY, 20);
    pid_t process = stand_transfer(NULL, source, t.through, "--keys", "keep");
    keel_usec deadline = keel_monotonic() + 20 * KEEL_SECOND;
    while (!proxy_has_struck(between) && keel_monotonic() < deadline)
        keel_sleep(KEEL_SECOND / 1000);
    kill(process, SIGINT);
    while (strstr(stand_said(process), "stopping") == NULL && keel_monotonic() < deadline)
        keel_sleep(KEEL_SECOND / 1000);
    is_int(stand_kill(process, SIGINT), 2, "a silent connection: Ctrl-C twice ends it");
    proxy_stop(between); /* the server learns that its client is gone */
    between = proxy_start(stand_path(""), stand_path("server"));
    check_resume(&t, "a silent connection");
}

/* The COMMIT of a process that is gone happens while its successor waits for the same place in the
 * journal. */
static void test_late_commit(void)
{
    static const char waits_sql[] =
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name LIKE 'pgkeel transfer worker%' AND wait_event_type = 'Lock'";
    target t = make_target("late_commit");

    proxy_arm(between, PROXY_HOLDS_COMMIT, 3);
    check_cut(stand_transfer(NULL, source, t.through, "--keys", "keep"), "a late COMMIT");
    pid_t process = stand_transfer(NULL, source, t.direct, "--keys", "keep");
    ok(stand_until(t.pg, waits_sql), "its successor waits at the fence");
    proxy_release(between);
    check_cut(process, "its successor");
    ok(stand_says(process, "has committed this chunk"), "and tells why");
    check_resume(&t, "a late COMMIT");
}

int main(int argc, char **argv)
{
    char server[256];

    stand_open(argc, argv);
    cluster = cluster_start(NULL);
    source = stand_source("source.db", stand_rows(), "s");
    stand_template(cluster, "fresh", stand_other_source("other.db"));
    stand_refer(cluster, source, "fresh", "keep", &reference);
    snprintf(server, sizeof server, "%s/.s.PGSQL.%s", keel_scratch_directory(cluster),
             strstr(keel_scratch_conninfo(cluster), "port=") + 5);
    server[strcspn(server, " ")] = '\0';
    if (symlink(server, stand_path("server")) != 0)
        stand_bail_out("symlink", server);
    between = proxy_start(stand_path(""), stand_path("server"));
    test_terminated("worker", "pgkeel transfer worker 1");
    test_terminated("main", "pgkeel transfer");
    test_cut("cut_in_first_copy", PROXY_CUTS_COPY, 5);
    test_cut("cut_in_later_copy", PROXY_CUTS_COPY, 60);
    test_cut("cut_before_answer", PROXY_CUTS_ANSWER, 1);
    test_cut("cut_before_later_answer", PROXY_CUTS_ANSWER, 4);
    test_late_commit();
    test_silent();
    proxy_stop(between);
    return done_testing();
}
