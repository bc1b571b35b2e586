/* The stand of the fault tests: a directory, source files, pgkeel as a process of its own, and what
 * must be the same after any fault as after a run that nothing disturbed. What goes wrong in the
 * stand itself ends the program with "Bail out!"; processes that it started die with it. */
#ifndef KEEL_TESTS_STAND_H
#define KEEL_TESTS_STAND_H

#include <sys/types.h>

#include "base/clock.h"
#include "tests/lib/cluster.h"

enum { STAND_STILL_RUNNING = -1, STAND_STOPPED = -2, STAND_MOST_ARGUMENTS = 24, STAND_JOBS = 2 };

/* argv: the pgkeel under test, and the number of rows that a source has in all. */
void stand_open(int argc, char **argv);
int64_t stand_rows(void);
/* A path in the stand's directory, "" = the directory; stays valid. */
const char *stand_path(const char *name);
uint64_t stand_random(uint64_t below); /* the same numbers in every run */

/* Accounts, nodes (a tree by self reference), entries that refer to both, tags without a rowid,
 * lines without a key. Some rows cannot arrive: their values do not fit, or their parents do not.
 * `prefix` keeps two files apart. */
const char *stand_source(const char *name, int64_t rows, const char *prefix);
const char *stand_sql_source(const char *name, const char *sql);
/* One table that has nothing to do with these. */
const char *stand_other_source(const char *name);

/* Starts pgkeel with the arguments that follow, NULL last; fault: PGKEEL_FAULT or NULL. */
pid_t stand_start(const char *fault, const char *first, ...) __attribute__((sentinel));
/* `transfer run --from source --to conninfo`, two jobs, and the options, each NULL or an argument.
 */
pid_t stand_transfer(const char *fault,
                     const char *source,
                     const char *conninfo,
                     const char *option,
                     const char *value);
/* Waits at most that long; exit code, 128 + signal, or STAND_STILL_RUNNING. */
int stand_wait(pid_t process, keel_usec limit);
/* Waits until it ends by itself; a process that does not is a failure of the test. */
int stand_finish(pid_t process);
/* Waits until a fault point has stopped it (STAND_STOPPED; SIGCONT lets it go on), or it has ended
 * before: the exit code. */
int stand_until_stopped(pid_t process);
int stand_kill(pid_t process, int signal_number); /* and waits; the exit code */
/* What a process that has ended wrote to stderr; in one of four buffers that take turns. */
const char *stand_said(pid_t process);
bool stand_says(pid_t process,
                const char *wanted); /* if it does not, what it says goes to the output */

/* Waits until a query answers 't'; false after 20 s. */
bool stand_until(keel_pg *pg, const char *sql);

/* A database into which that source has been transferred, and which counts from now on how often a
 * chunk is begun. */
void stand_template(keel_scratch *cluster, const char *name, const char *source);
/* A database made from a template (NULL: an empty one). */
keel_pg *stand_database(keel_scratch *cluster,
                        const char *name,
                        const char *template_name,
                        char conninfo[CLUSTER_CONNINFO_SIZE]);
/* A run that nothing disturbs into a database of its own: what it must come to, and how long it
 * took. */
typedef struct stand_reference {
    char rows[1024];    /* counts and hashes of the tables, by natural keys */
    char journal[1024]; /* counts and rejects, as the journal has them */
    int exit_code;
    keel_usec duration;
    int64_t redone; /* chunks that the server refused */
} stand_reference;
void stand_refer(keel_scratch *cluster,
                 const char *source,
                 const char *template_name,
                 const char *keys,
                 stand_reference *ret_reference);
/* NULL, or in words what differs: rows lost or doubled, a journal that does not add up, a run that
 * is not complete. */
const char *stand_difference(keel_pg *pg, const stand_reference *reference);
/* Chunks of the newest run that were begun and did not commit. */
int64_t stand_redone(keel_pg *pg);
/* Exit code of `transfer verify`: 0 if it finds no difference. */
int stand_verify(const char *conninfo);

_Noreturn void stand_bail_out(const char *what, const char *why);

#endif
