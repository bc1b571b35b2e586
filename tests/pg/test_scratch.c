/* Throwaway clusters: what they survive, and that nothing is left of them. */
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "cluster.h"
#include "tap.h"

static bool exists(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0;
}

/* Gone or a zombie. */
static bool ends(pid_t process)
{
    keel_usec deadline = keel_monotonic() + 20 * KEEL_SECOND;
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/exe", (int)process);
    char target[8];
    while (readlink(path, target, sizeof target) > 0 && keel_monotonic() < deadline)
        keel_sleep(KEEL_SECOND / 100);
    return readlink(path, target, sizeof target) <= 0;
}

static void test_crash(void)
{
    static const char *const settings[] = {"work_mem = '7MB'", "wal_level = logical", NULL};
    keel_scratch_options options = {.settings = settings, .durable = true};
    char conninfo[CLUSTER_CONNINFO_SIZE];
    char directory[256];
    keel_scratch *cluster = NULL;
    keel_error err = {0};

    ok(keel_scratch_start(&options, &cluster, &err), "a durable cluster starts %s", err.message);
    snprintf(directory, sizeof directory, "%s", keel_scratch_directory(cluster));
    keel_pg *pg = NULL;
    ok(keel_scratch_database(cluster, "it's \"odd\"", conninfo, sizeof conninfo, &err), "a database of any name");
    pg = cluster_connect(conninfo);
    is_str(cluster_value(pg, "SELECT current_database()"), "it's \"odd\"", "its conninfo leads there");
    is_str(cluster_value(pg, "SHOW work_mem"), "7MB", "settings hold");
    is_str(cluster_value(pg, "SHOW fsync"), "on", "durable is durable");
    is_str(cluster_value(pg, "SHOW server_encoding"), "UTF8", "UTF8 by default");
    is_str(cluster_value(pg, "SHOW listen_addresses"), "", "no TCP");
    cluster_exec(pg, "CREATE TABLE t AS SELECT 1 AS committed");
    cluster_exec(pg, "BEGIN; INSERT INTO t VALUES (2)");
    int before = keel_scratch_postmaster_pid(cluster);
    ok(keel_scratch_crash(cluster, &err), "killed and back %s", err.message);
    ok(keel_scratch_postmaster_pid(cluster) != before && ends(before), "as another process");
    ok(!keel_pg_exec(pg, &err, "SELECT 1") && err.kind == KEEL_ERR_LOST, "old connections are lost: %s", err.message);
    keel_pg_close(pg);
    pg = cluster_connect(conninfo);
    is_str(cluster_value(pg, "SELECT sum(committed) FROM t"), "1", "what was committed is there, and nothing else");
    ok(keel_scratch_restart(cluster, &err), "restarted %s", err.message);
    keel_pg_close(pg);
    before = keel_scratch_postmaster_pid(cluster);
    keel_scratch_stop(cluster);
    ok(!exists(directory) && ends(before), "stop leaves neither directory nor server");
    keel_scratch_stop(NULL);
}

/* Two at once, one of another encoding. */
static void test_two(void)
{
    keel_scratch_options latin = {.encoding = "LATIN1"};
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *first = cluster_start(NULL);
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *second = NULL;
    keel_error err = {0};

    ok(keel_scratch_start(&latin, &second, &err), "a second cluster beside the first %s", err.message);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *one = cluster_connect(keel_scratch_conninfo(first));
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *two = cluster_connect(keel_scratch_conninfo(second));
    is_str(cluster_value(one, "SHOW fsync"), "off", "not durable unless asked");
    is_str(cluster_value(two, "SHOW server_encoding"), "LATIN1", "encoding as asked");
    is_str(cluster_value(two, "SHOW client_encoding"), "UTF8", "and UTF8 towards us");
}

/* Starts a cluster in a child process, which writes where it lives to the pipe and then does `last`. */
static pid_t child_with_cluster(void (*last)(void), char *directory, size_t size, int *ret_postmaster)
{
    int pipe_ends[2];
    char line[300] = "";

    if (pipe(pipe_ends) != 0)
        return -1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        keel_scratch *cluster = cluster_start(NULL);
        dprintf(pipe_ends[1], "%d %s\n", keel_scratch_postmaster_pid(cluster), keel_scratch_directory(cluster));
        last();
    }
    close(pipe_ends[1]);
    FILE *reader = fdopen(pipe_ends[0], "r");
    if (fgets(line, sizeof line, reader) != NULL)
        sscanf(line, "%d", ret_postmaster);
    fclose(reader);
    line[strcspn(line, "\n")] = '\0';
    const char *blank = strchr(line, ' ');
    snprintf(directory, size, "%s", blank != NULL ? blank + 1 : "");
    return child;
}

static void leave(void)
{
    exit(0);
}

static void wait_for_kill(void)
{
    for (;;)
        pause();
}

static void test_exit(void)
{
    char directory[256];
    int postmaster = 0;

    pid_t child = child_with_cluster(leave, directory, sizeof directory, &postmaster);
    waitpid(child, NULL, 0);
    ok(postmaster > 0 && ends(postmaster) && !exists(directory), "exit() without stop leaves nothing");
}

static void test_kill_nine(void)
{
    char directory[256];
    char command[300];
    int postmaster = 0;

    pid_t child = child_with_cluster(wait_for_kill, directory, sizeof directory, &postmaster);
    ok(postmaster > 0 && exists(directory), "a cluster in a child process");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    ok(ends(postmaster), "kill -9 of the process ends the server too");
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    ok(strstr(directory, "/pgkeel-") != NULL && system(command) == 0, "only the directory was left");
}

/* A fork of the process does not take the cluster with it. */
static void test_fork(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);

    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        exit(0);
    waitpid(child, NULL, 0);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(keel_scratch_conninfo(cluster));
    is_str(cluster_value(pg, "SELECT 'alive'"), "alive", "exit() of a fork leaves the cluster alone");
}

static void refuses(const keel_scratch_options *options, const char *message, const char *name)
{
    keel_scratch *cluster = NULL;
    keel_error err = {0};

    ok(!keel_scratch_start(options, &cluster, &err) && cluster == NULL, "refused: %s", name);
    ok(strstr(err.message, message) != NULL && err.hint[0] != '\0', "%s | %s", err.message, err.hint);
}

static void test_refusals(void)
{
    static const char *const settings[] = {"no_such_setting = 1", NULL};
    char parent[] = "/tmp/keel-scratch-test-XXXXXX";
    char deep[256];

    refuses(&(keel_scratch_options){.bin_dir = "/nowhere"}, "no PostgreSQL server in \"/nowhere\"", "no programs there");
    refuses(&(keel_scratch_options){.settings = settings}, "no_such_setting", "a bad setting, told from the log");
    refuses(&(keel_scratch_options){.encoding = "KLINGON"}, "KLINGON", "a bad encoding, told from initdb");
    if (mkdtemp(parent) == NULL)
        return;
    snprintf(deep, sizeof deep, "%s/%090d", parent, 0);
    mkdir(deep, 0755);
    refuses(&(keel_scratch_options){.parent_dir = deep}, "too long a path", "no room for the socket");
    ok(rmdir(deep) == 0 && rmdir(parent) == 0, "nothing was left in the parent directory");
    setenv("PGKEEL_PG_BIN", "/elsewhere", 1);
    refuses(NULL, "PGKEEL_PG_BIN", "PGKEEL_PG_BIN names nothing");
    unsetenv("PGKEEL_PG_BIN");
}

int main(void)
{
    test_crash();
    test_two();
    test_exit();
    test_kill_nine();
    test_fork();
    test_refusals();
    return done_testing();
}
