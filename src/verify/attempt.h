/* A statement that the server may refuse without the snapshot's transaction being lost: it runs behind a savepoint.
 * What has read rows must keep its locks until the task ends, because they tell the engine what was read (tables that
 * somebody truncates meanwhile are read again): keel_attempt keeps them, keel_attempt_end gives them back. */
#ifndef KEEL_VERIFY_ATTEMPT_H
#define KEEL_VERIFY_ATTEMPT_H

#include "verify/check.h"

bool keel_attempt_begin(keel_pg *pg, keel_error *err);
bool keel_attempt_end(keel_pg *pg, keel_error *err);
/* Is it the statement that failed (an unknown column, a wrong type)? Otherwise nothing is known about it: the
 * connection was lost, it was cancelled, a lock was not had, the server has no room, a right is missing. */
bool keel_attempt_refused(const keel_error *err);

/* All of it for one statement without parameters. A refusal is no failure: *ret_refusal is then what the server said,
 * in the arena, and *ret_result stays as it is; else *ret_refusal is NULL. */
bool keel_attempt(keel_check_run *run, const char *sql, keel_pg_result **ret_result,
                  const keel_pg_failure **ret_refusal, keel_error *err);

#endif
