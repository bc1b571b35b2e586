/* A throwaway PostgreSQL cluster: initdb in a temporary directory, unix socket only, a free port, removed at
 * stop. PostgreSQL refuses to run as root: started by root, the server runs as an ordinary user (postgres, else
 * nobody), while the caller connects over the socket as superuser "postgres" with trust inside the 0700 directory
 * tree (its owner plus root). If this process dies, however it dies, the server ends too: it is tied to the thread
 * that called start, crash or restart last, which must therefore outlive the cluster. */
#ifndef KEEL_PG_SCRATCH_H
#define KEEL_PG_SCRATCH_H

#include "base/error.h"
#include "base/macros.h"

typedef struct keel_scratch keel_scratch;

typedef struct keel_scratch_options {
    const char *bin_dir;    /* NULL: PGKEEL_PG_BIN, else the newest installed version, else pg_config --bindir */
    const char *parent_dir; /* NULL: $TMPDIR or /tmp */
    const char *encoding;   /* NULL: UTF8 */
    const char *const *settings; /* "name=value" lines for postgresql.conf, NULL-terminated; or NULL */
    bool durable;           /* false: fsync off, for tests and demos; true: server defaults */
} keel_scratch_options;

bool keel_scratch_start(const keel_scratch_options *options, keel_scratch **ret_scratch, keel_error *err);
const char *keel_scratch_conninfo(const keel_scratch *scratch); /* "host=/tmp/... port=... user=postgres dbname=postgres" */
const char *keel_scratch_directory(const keel_scratch *scratch);
int keel_scratch_postmaster_pid(const keel_scratch *scratch);
/* Creates a database and writes its conninfo to out (size bytes). */
bool keel_scratch_database(keel_scratch *scratch, const char *name, char *out, size_t size, keel_error *err);
/* kill -9 of the postmaster and its children, and start again on the same data (crash recovery). For tests. */
bool keel_scratch_crash(keel_scratch *scratch, keel_error *err);
bool keel_scratch_restart(keel_scratch *scratch, keel_error *err);
/* Stops the server (immediate) and removes everything; safe on NULL. Also runs at exit() of the process, after
 * which the pointer is dead. In a fork of the process that started it, only memory is freed. */
void keel_scratch_stop(keel_scratch *scratch);
KEEL_DEFINE_CLEANUP(keel_scratch, keel_scratch_stop);

#endif
