/* A scratch cluster's life: start, crash, restart, stop. */
#include "pg/scratch.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/memory.h"
#include "pg/internal.h"
#include "pg/scratch_internal.h"

enum { START_SECONDS = 30, STOP_SECONDS = 30 };

/* The one writable global of this room: the clusters that live, so that exit() leaves nothing behind. */
static struct {
    pthread_mutex_t mutex;
    keel_scratch *first;
    bool stops_at_exit;
} live = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static keel_scratch *any_live(void)
{
    pthread_mutex_lock(&live.mutex);
    keel_scratch *first = live.first;
    pthread_mutex_unlock(&live.mutex);
    return first;
}

static void stop_all(void)
{
    for (keel_scratch *scratch = any_live(); scratch != NULL; scratch = any_live())
        keel_scratch_stop(scratch);
}

static void enlist(keel_scratch *scratch)
{
    pthread_mutex_lock(&live.mutex);
    if (!live.stops_at_exit)
        atexit(stop_all);
    live.stops_at_exit = true;
    scratch->next = live.first;
    live.first = scratch;
    pthread_mutex_unlock(&live.mutex);
}

static void delist(const keel_scratch *scratch)
{
    pthread_mutex_lock(&live.mutex);
    for (keel_scratch **link = &live.first; *link != NULL; link = &(*link)->next) {
        if (*link != scratch)
            continue;
        *link = scratch->next;
        break;
    }
    pthread_mutex_unlock(&live.mutex);
}

static void add_conninfo(keel_str *out, const keel_scratch *scratch, const char *dbname)
{
    keel_str_add(out, "host=");
    keel_pg_add_conninfo_value(out, scratch->directory);
    keel_str_addf(out, " port=%d user=postgres dbname=", KEEL_SCRATCH_PORT);
    keel_pg_add_conninfo_value(out, dbname);
}

static bool fail_start(const keel_scratch *scratch, const char *what, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str tail = {0};

    keel_scratch_add_log_tail(scratch, &tail);
    keel_fail(err, KEEL_ERR_IO, "%s: %s", what, keel_str_text(&tail));
    return keel_fail_hint(err, "The end of the server's log stands in the message.");
}

/* Polls until the server lets us in; a server that has ended is told at once. */
static bool wait_until_ready(keel_scratch *scratch, keel_error *err)
{
    keel_usec deadline = keel_monotonic() + START_SECONDS * KEEL_SECOND;

    while (keel_monotonic() < deadline) {
        KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
        int status;
        if (keel_pg_open(scratch->conninfo, "scratch", &pg, err))
            return true;
        if (keel_scratch_wait(scratch->postmaster, KEEL_SECOND / 100, &status)) {
            scratch->postmaster = 0;
            return fail_start(scratch, "the scratch server ended at once", err);
        }
    }
    return fail_start(scratch, "the scratch server did not become ready", err);
}

static bool start_server(keel_scratch *scratch, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str program = {0};
    KEEL_CLEANUP(keel_str_free) keel_str data = {0};

    keel_str_addf(&program, "%s/postgres", scratch->bin_dir);
    keel_str_addf(&data, "%s/data", scratch->directory);
    const char *const argv[] = {program.data, "-D", data.data, NULL};
    if (!keel_scratch_spawn(scratch, argv, SIGQUIT, &scratch->postmaster, err))
        return false;
    return wait_until_ready(scratch, err);
}

static void stop_server(keel_scratch *scratch, int how)
{
    int status;

    if (scratch->postmaster == 0)
        return;
    kill(scratch->postmaster, how);
    if (!keel_scratch_wait(scratch->postmaster, STOP_SECONDS * KEEL_SECOND, &status))
        keel_scratch_kill_all(scratch->postmaster);
    scratch->postmaster = 0;
}

static bool make(keel_scratch *scratch, const keel_scratch_options *options, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str conninfo = {0};

    if (!keel_scratch_find_bin_dir(options->bin_dir, &scratch->bin_dir, err) ||
        !keel_scratch_find_user(scratch, err) ||
        !keel_scratch_make_directory(scratch, options->parent_dir, err))
        return false;
    add_conninfo(&conninfo, scratch, "postgres");
    scratch->conninfo = keel_strdup(conninfo.data);
    return keel_scratch_initdb(scratch, options->encoding, err) &&
           keel_scratch_configure(scratch, options, err) && start_server(scratch, err);
}

bool keel_scratch_start(const keel_scratch_options *options, keel_scratch **ret_scratch, keel_error *err)
{
    static const keel_scratch_options defaults = {0};
    keel_scratch *scratch = keel_alloc_zero(1, sizeof *scratch);

    scratch->owner = getpid();
    enlist(scratch); /* before the first file, so that an exit() half-way cleans up too */
    if (!make(scratch, options != NULL ? options : &defaults, err)) {
        keel_scratch_stop(scratch);
        return keel_fail_context(err, "start a scratch cluster");
    }
    *ret_scratch = scratch;
    return true;
}

const char *keel_scratch_conninfo(const keel_scratch *scratch)
{
    return scratch->conninfo;
}

const char *keel_scratch_directory(const keel_scratch *scratch)
{
    return scratch->directory;
}

int keel_scratch_postmaster_pid(const keel_scratch *scratch)
{
    return scratch->postmaster;
}

bool keel_scratch_database(keel_scratch *scratch, const char *name, char *out, size_t size, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str quoted = {0};
    KEEL_CLEANUP(keel_str_free) keel_str conninfo = {0};
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;

    add_conninfo(&conninfo, scratch, name);
    if (conninfo.size >= size)
        return keel_fail(err, KEEL_ERR_INTERNAL, "no room for the connection string of \"%s\"", name);
    keel_pg_add_identifier(&quoted, name);
    if (!keel_pg_open(scratch->conninfo, "scratch", &pg, err) ||
        !keel_pg_execf(pg, err, "CREATE DATABASE %s", quoted.data))
        return keel_fail_context(err, "create database \"%s\"", name);
    memcpy(out, conninfo.data, conninfo.size + 1);
    return true;
}

bool keel_scratch_crash(keel_scratch *scratch, keel_error *err)
{
    if (scratch->postmaster != 0)
        keel_scratch_kill_all(scratch->postmaster);
    scratch->postmaster = 0;
    return start_server(scratch, err);
}

bool keel_scratch_restart(keel_scratch *scratch, keel_error *err)
{
    stop_server(scratch, SIGINT);
    return start_server(scratch, err);
}

void keel_scratch_stop(keel_scratch *scratch)
{
    if (scratch == NULL)
        return;
    delist(scratch);
    if (scratch->owner == getpid()) {
        stop_server(scratch, SIGQUIT);
        if (scratch->directory != NULL)
            keel_scratch_remove_directory(scratch->directory);
    }
    free(scratch->bin_dir);
    free(scratch->directory);
    free(scratch->conninfo);
    free(scratch);
}
