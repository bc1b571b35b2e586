#include "companion.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pg/scratch_internal.h"

enum { PATIENCE_SECONDS = 60, POLL = 10000, PATH_SIZE = 400 };

static _Noreturn void bail_out(const keel_scratch *cluster, const char *what, const char *why)
{
    KEEL_CLEANUP(keel_str_free) keel_str log = {0};

    keel_scratch_add_log_tail(cluster, &log);
    printf("Bail out! %s: %s (%s)\n", what, why, keel_str_text(&log));
    exit(1);
}

/* Does it take connections? */
static bool answers(const char *conninfo)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    keel_error ignored;

    return keel_pg_open(conninfo, "test", &pg, &ignored);
}

static void await(const keel_scratch *cluster, const char *what, const char *conninfo)
{
    keel_usec deadline = keel_monotonic() + PATIENCE_SECONDS * KEEL_SECOND;

    while (!answers(conninfo)) {
        if (keel_monotonic() > deadline)
            bail_out(cluster, what, "does not answer");
        keel_sleep(POLL);
    }
}

static pid_t start(const keel_scratch *cluster, const char *const *argv)
{
    pid_t process = 0;
    keel_error err;

    if (!keel_scratch_spawn(cluster, argv, SIGKILL, &process, &err))
        bail_out(cluster, argv[0], err.message);
    return process;
}

static void write_file(const keel_scratch *cluster, const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    bool good = file != NULL && fputs(text, file) >= 0;

    if (file == NULL || fclose(file) != 0 || !good)
        bail_out(cluster, "cannot write", path);
}

const char *companion_pooler_program(void)
{
    static const char *const places[] = {"/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"};

    for (size_t i = 0; i < KEEL_COUNT_OF(places); i++)
        if (access(places[i], X_OK) == 0)
            return places[i];
    return NULL;
}

pid_t companion_pooler(keel_scratch *cluster, const char *mode, int pool_size, char prefix[CLUSTER_CONNINFO_SIZE])
{
    static int number;
    const char *directory = keel_scratch_directory(cluster);
    char path[PATH_SIZE], text[2048], conninfo[CLUSTER_CONNINFO_SIZE + 32];
    int port = 6432 + number++;

    snprintf(path, sizeof path, "%s/pooler_%d.ini", directory, port);
    snprintf(text, sizeof text,
             "[databases]\n* = host=%s port=%d user=postgres\n[pgbouncer]\nlisten_port = %d\nunix_socket_dir = %s\n"
             "auth_type = any\npool_mode = %s\ndefault_pool_size = %d\nlogfile = %s/pooler_%d.log\nquery_wait_timeout = 20\n",
             directory, KEEL_SCRATCH_PORT, port, directory, mode, pool_size, directory, port);
    write_file(cluster, path, text);
    const char *const argv[] = {companion_pooler_program(), "-q", path, NULL};
    pid_t process = start(cluster, argv);
    snprintf(prefix, CLUSTER_CONNINFO_SIZE, "host=%s port=%d user=postgres", directory, port);
    snprintf(conninfo, sizeof conninfo, "%s dbname=postgres", prefix);
    await(cluster, "the pooler", conninfo);
    return process;
}

static void copy_cluster(const keel_scratch *cluster, const char *name, const char *data)
{
    char program[PATH_SIZE], primary[PATH_SIZE];
    int status = -1;

    snprintf(program, sizeof program, "%s/pg_basebackup", cluster->bin_dir);
    snprintf(primary, sizeof primary, "host=%s port=%d user=postgres application_name=%s", cluster->directory,
             KEEL_SCRATCH_PORT, name);
    const char *const argv[] = {program, "-D", data, "-d", primary, "-R", "-X", "stream", "-c", "fast", "--no-sync", NULL};
    pid_t process = start(cluster, argv);
    if (!keel_scratch_wait(process, PATIENCE_SECONDS * KEEL_SECOND, &status) || status != 0)
        bail_out(cluster, program, "fails");
}

pid_t companion_standby(keel_scratch *cluster, const char *name, char conninfo[CLUSTER_CONNINFO_SIZE])
{
    char data[PATH_SIZE], program[PATH_SIZE], port[32];

    snprintf(data, sizeof data, "%s/%s", cluster->directory, name);
    copy_cluster(cluster, name, data);
    snprintf(program, sizeof program, "%s/postgres", cluster->bin_dir);
    snprintf(port, sizeof port, "port=%d", KEEL_SCRATCH_PORT + 1);
    const char *const argv[] = {program, "-D", data, "-c", port, "-c", "fsync=off", NULL};
    pid_t process = start(cluster, argv);
    snprintf(conninfo, CLUSTER_CONNINFO_SIZE, "host=%s port=%d user=postgres dbname=postgres", cluster->directory,
             KEEL_SCRATCH_PORT + 1);
    await(cluster, "the standby", conninfo);
    return process;
}

void companion_stop(pid_t process)
{
    int status;

    kill(process, SIGKILL);
    waitpid(process, &status, 0);
}
