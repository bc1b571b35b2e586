/* What the files of the scratch cluster share: its parts, and child processes run as its server user. */
#ifndef KEEL_PG_SCRATCH_INTERNAL_H
#define KEEL_PG_SCRATCH_INTERNAL_H

#include <sys/types.h>

#include "base/clock.h"
#include "base/str.h"
#include "pg/scratch.h"

struct keel_scratch {
    char *bin_dir;
    char *directory; /* holds data/, server.log and the socket */
    char *conninfo;
    bool switch_user; /* we are root: the server runs as uid and gid */
    uid_t uid;
    gid_t gid;
    pid_t postmaster; /* 0: not running */
    pid_t owner;      /* the process that made it; a fork of it leaves the cluster alone */
    struct keel_scratch *next;
};

enum { KEEL_SCRATCH_PORT = 54321 }; /* names the socket only, and every cluster has its own directory */

/* scratch_setup.c: everything up to a data directory that can be started. */
bool keel_scratch_find_bin_dir(const char *wanted, char **ret_bin_dir, keel_error *err);
bool keel_scratch_find_user(keel_scratch *scratch, keel_error *err);
bool keel_scratch_make_directory(keel_scratch *scratch, const char *parent_dir, keel_error *err);
bool keel_scratch_initdb(const keel_scratch *scratch, const char *encoding, keel_error *err);
bool keel_scratch_configure(const keel_scratch *scratch, const keel_scratch_options *options, keel_error *err);
void keel_scratch_remove_directory(const char *directory);

/* scratch_process.c: argv[0] is a path; output goes to the log; death_signal is what the child gets when the
 * thread that called this dies. */
bool keel_scratch_spawn(const keel_scratch *scratch, const char *const *argv, int death_signal, pid_t *ret_pid,
                        keel_error *err);
/* True with the wait status once the child has ended; false if it still runs after `patience`. */
bool keel_scratch_wait(pid_t child, keel_usec patience, int *ret_status);
/* SIGKILL to the postmaster and everything it has started; returns when all are gone. */
void keel_scratch_kill_all(pid_t postmaster);
/* Forgets what initdb has said, so that the log is the server's alone. */
void keel_scratch_clear_log(const keel_scratch *scratch);
/* The end of the log in one line, appended. */
void keel_scratch_add_log_tail(const keel_scratch *scratch, keel_str *out);
/* What a program prints, without the last line break; false if it cannot be run or fails. */
bool keel_scratch_capture(const char *const *argv, keel_str *out);

#endif
