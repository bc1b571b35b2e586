/* Connections: their session, their failures and their loss; statements and results. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "cluster.h"
#include "tap.h"

static void test_session(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *first = cluster_database(cluster, "session", conninfo);

    cluster_exec(first, "ALTER DATABASE session SET statement_timeout = '5s';"
                        "ALTER DATABASE session SET idle_in_transaction_session_timeout = '5s';"
                        "ALTER DATABASE session SET DateStyle = 'German';"
                        "ALTER DATABASE session SET TimeZone = 'Asia/Tokyo';"
                        "ALTER DATABASE session SET bytea_output = 'escape';"
                        "ALTER DATABASE session SET search_path = 'elsewhere'");
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(conninfo);
    is_str(cluster_value(pg, "SHOW statement_timeout"), "0", "no statement_timeout of the role");
    is_str(cluster_value(pg, "SHOW idle_in_transaction_session_timeout"), "0", "no idle timeout of the role");
    is_str(cluster_value(pg, "SELECT '2026-01-02 03:04:05+00'::timestamptz"), "2026-01-02 03:04:05+00", "ISO, UTC");
    is_str(cluster_value(pg, "SELECT '\\x01ff'::bytea"), "\\x01ff", "bytea in hex");
    is_str(cluster_value(pg, "SHOW search_path"), "elsewhere", "search_path is the role's");
    is_str(cluster_value(pg, "SHOW application_name"), "pgkeel test", "the purpose stands in application_name");
    is_int(keel_pg_backend_pid(pg), strtoll(cluster_value(pg, "SELECT pg_backend_pid()"), NULL, 10), "backend pid");
    ok(keel_pg_server_version(pg) >= 120000, "server version is known");
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    keel_pg_target_name(pg, &name);
    ok(strstr(name.data, ":54321/session") != NULL, "target name: %s", name.data);
}

static void fails_with(const char *conninfo, const char *message, const char *hint)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    keel_error err = {0};

    ok(!keel_pg_open(conninfo, "test", &pg, &err) && err.kind == KEEL_ERR_CONNECT, "refused: %s", message);
    ok(strstr(err.message, message) != NULL, "message: %s", err.message);
    ok(strstr(err.hint, hint) != NULL, "hint: %s", err.hint);
    ok(pg == NULL && strstr(err.message, "sesame") == NULL && strstr(err.hint, "sesame") == NULL,
       "no connection, no password");
}

/* Lets the role "locked" in by password only. */
static void demand_password(keel_scratch *cluster)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(keel_scratch_conninfo(cluster));
    char path[512];

    cluster_exec(pg, "CREATE ROLE locked LOGIN PASSWORD 'right'");
    snprintf(path, sizeof path, "%s/data/pg_hba.conf", keel_scratch_directory(cluster));
    FILE *file = fopen(path, "w");
    fputs("local all locked scram-sha-256\nlocal all all trust\n", file);
    fclose(file);
    cluster_exec(pg, "SELECT pg_reload_conf()");
    keel_usec deadline = keel_monotonic() + 10 * KEEL_SECOND;
    while (strcmp(cluster_value(pg, "SELECT count(*) FROM pg_hba_file_rules"), "2") != 0 &&
           keel_monotonic() < deadline)
        keel_sleep(KEEL_SECOND / 100);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *after = NULL;
    char locked[512];
    snprintf(locked, sizeof locked, "%s user=locked", keel_scratch_conninfo(cluster));
    keel_error err;
    while (keel_pg_open(locked, "test", &after, &err) && keel_monotonic() < deadline) {
        keel_pg_close(after);
        after = NULL;
        keel_sleep(KEEL_SECOND / 100);
    }
}

static void test_refusals(keel_scratch *cluster)
{
    const char *directory = keel_scratch_directory(cluster);
    char conninfo[1024];

    snprintf(conninfo, sizeof conninfo, "host=%s port=54321 user=postgres dbname=absent password=sesame", directory);
    fails_with(conninfo, "database \"absent\" does not exist", "createdb");
    snprintf(conninfo, sizeof conninfo, "host=%s port=54321 user=nobody_here dbname=postgres", directory);
    fails_with(conninfo, "role \"nobody_here\" does not exist", "role");
    demand_password(cluster);
    snprintf(conninfo, sizeof conninfo, "host=%s port=54321 user=locked dbname=postgres password=sesame", directory);
    fails_with(conninfo, "password authentication failed", "password");
    snprintf(conninfo, sizeof conninfo, "host=%s port=54321 user=locked dbname=postgres passfile=/dev/null", directory);
    fails_with(conninfo, "no password supplied", "asks for a password");
    fails_with("host=127.0.0.1 port=1 user=u dbname=d password=sesame", "Connection refused", "running");
    fails_with("host=127.0.0.1,127.0.0.1 port=1,2 user=u dbname=d", "Connection refused", "running");
    fails_with("host=/nonexistent user=u dbname=d", "No such file", "socket");
    fails_with("host=no-such-host.invalid user=u dbname=d", "could not translate host name", "spelling");
    fails_with("host=x password=open sesame", "cannot be read", "postgresql://");
}

/* A port that takes connections and never answers. */
static void test_timeout(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    char conninfo[256];
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    bind(listener, (struct sockaddr *)&address, size);
    listen(listener, 1);
    getsockname(listener, (struct sockaddr *)&address, &size);
    snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%d user=u dbname=d connect_timeout=1",
             ntohs(address.sin_port));
    keel_usec start = keel_monotonic();
    fails_with(conninfo, "timeout expired", "in time");
    ok(keel_monotonic() - start < 8 * KEEL_SECOND, "connect_timeout of the string is kept");
    close(listener);
}

static void test_statements(keel_scratch *cluster)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "statements", NULL);
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *binary = NULL;
    const char *const params[] = {"7", NULL};
    keel_error err = {0};
    int size = 0;

    ok(keel_pg_query(pg, &rows, &err, "SELECT $1::int + 1, $2::text, true", 2, params), "a query with parameters");
    is_int(keel_pg_int(rows, 0, 0), 8, "an int");
    ok(keel_pg_text(rows, 0, 1) == NULL && keel_pg_is_null(rows, 0, 1), "SQL NULL is NULL");
    ok(keel_pg_bool(rows, 0, 2), "a bool");
    const unsigned char number[] = {0, 0, 0, 42};
    const keel_pg_param typed[] = {{.type = 23, .value = number, .size = 4, .binary = true}, {.value = "text"}};
    ok(keel_pg_query_params(pg, &binary, &err, "SELECT $1, $2::text", 2, typed, true), "binary parameters");
    is_int(keel_get_i32(keel_pg_bytes(binary, 0, 0, &size)), 42, "a binary value comes back");
    is_int(size, 4, "with its size");
    ok(keel_pg_execf(pg, &err, "CREATE TABLE t (id %s PRIMARY KEY); INSERT INTO t VALUES (1)", "int"), "two statements");
    ok(!keel_pg_exec(pg, &err, "INSERT INTO t VALUES (1)"), "a duplicate is refused");
    ok(err.kind == KEEL_ERR_SERVER && strcmp(err.sqlstate, "23505") == 0, "SERVER with its SQLSTATE");
    is_str(err.hint, "Key (id)=(1) already exists.", "the detail stands in the hint");
    is_str(keel_pg_last_failure(pg)->constraint, "t_pkey", "the constraint is known");
    ok(!keel_pg_exec(pg, &err, "COPY t TO STDOUT") && err.kind == KEEL_ERR_INTERNAL, "COPY has its own functions");
    ok(keel_pg_exec(pg, &err, "BEGIN; DELETE FROM t") && keel_pg_in_transaction(pg), "in a transaction");
    keel_pg_rollback(pg);
    ok(!keel_pg_in_transaction(pg), "rolled back");
    is_str(cluster_value(pg, "SELECT count(*) FROM t"), "1", "nothing is lost");
}

static void test_lost(keel_scratch *cluster)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *killer = cluster_database(cluster, "lost", NULL);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(keel_scratch_conninfo(cluster));
    keel_error err = {0};

    ok(keel_pg_execf(killer, &err, "SELECT pg_terminate_backend(%d, 5000)", keel_pg_backend_pid(pg)), "terminated");
    ok(!keel_pg_exec(pg, &err, "SELECT 1") && err.kind == KEEL_ERR_LOST, "LOST: %s", err.message);
    ok(strstr(err.hint, "committed is kept") != NULL, "the hint says what is kept");
    ok(!keel_pg_alive(pg), "and the connection knows");
    keel_pg_rollback(pg);
    ok(!keel_pg_exec(pg, &err, "SELECT 1") && err.kind == KEEL_ERR_LOST, "it stays lost");
}

static void *sleep_long(void *context)
{
    static keel_error err;
    keel_pg *pg = context;

    return keel_pg_exec(pg, &err, "SELECT pg_sleep(60)") ? NULL : &err;
}

static void test_cancel(keel_scratch *cluster)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *watcher = cluster_database(cluster, "cancel", NULL);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(keel_scratch_conninfo(cluster));
    char sql[160];
    pthread_t sleeper;
    void *result = NULL;

    snprintf(sql, sizeof sql, "SELECT count(*) FROM pg_stat_activity WHERE pid = %d AND wait_event = 'PgSleep'",
             keel_pg_backend_pid(pg));
    pthread_create(&sleeper, NULL, sleep_long, pg);
    keel_usec deadline = keel_monotonic() + 20 * KEEL_SECOND;
    while (strcmp(cluster_value(watcher, sql), "1") != 0 && keel_monotonic() < deadline)
        keel_sleep(KEEL_SECOND / 100);
    keel_pg_cancel(pg);
    pthread_join(sleeper, &result);
    const keel_error *err = result;
    ok(err != NULL && strcmp(err->sqlstate, "57014") == 0, "cancelled from another thread");
    ok(keel_pg_alive(pg), "the connection lives on");
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);

    test_session(cluster);
    test_statements(cluster);
    test_lost(cluster);
    test_cancel(cluster);
    test_refusals(cluster);
    test_timeout();
    return done_testing();
}
