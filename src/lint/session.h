/* What the SETs of a file leave the timeouts of its session at. A file begins with a session of its own. */
#ifndef KEEL_LINT_SESSION_H
#define KEEL_LINT_SESSION_H

#include "lint/lint.h"

typedef enum keel_lint_timeout_name {
    KEEL_TIMEOUT_LOCK,
    KEEL_TIMEOUT_STATEMENT,
    KEEL_TIMEOUT_IDLE,        /* idle_in_transaction_session_timeout */
    KEEL_TIMEOUT_TRANSACTION, /* from PostgreSQL 17 */
    KEEL_TIMEOUT_COUNT,
} keel_lint_timeout_name;
const char *keel_lint_timeout_word(keel_lint_timeout_name name); /* "lock_timeout" */

typedef struct keel_lint_timeout {
    int line;        /* of the SET; 0 = the file has not said anything */
    keel_usec value; /* 0 = none; -1 = what it says is not understood */
    bool reset;      /* RESET or SET .. TO DEFAULT: what server, database and role say */
    int transaction; /* SET LOCAL: of this one alone */
} keel_lint_timeout;

typedef struct keel_lint_session {
    const char *file;
    keel_lint_timeout session[KEEL_TIMEOUT_COUNT], local[KEEL_TIMEOUT_COUNT];
} keel_lint_session;

/* What the statement does to it; to be called for each, in order. */
void keel_lint_session_apply(keel_lint_session *session, const keel_lint_statement *s);
/* As it is when the statement runs. */
keel_lint_timeout keel_lint_session_timeout(const keel_lint_session *session, const keel_lint_statement *s,
                                            keel_lint_timeout_name name);
/* The same of the run, for rules. */
keel_lint_timeout keel_lint_timeout_of(const keel_lint *lint, const keel_lint_statement *s, keel_lint_timeout_name name);

/* The value of KEY in a comment "-- pgkeel: KEY=VALUE" in front of the statement, or NULL. */
const char *keel_lint_wish(keel_lint *lint, const keel_lint_statement *s, const char *key);
/* "expand", "contract" or NULL: the phase that a comment gives the statement's step. */
const char *keel_lint_phase(keel_lint *lint, const keel_lint_statement *s);

/* A finding, once per file, about the first statement that locks a table which was there against writers or readers while
 * the file has taken this timeout away, or, where another runner applies it, has not set it: "WORD is 0 since line 3: WHY". */
void keel_lint_unbounded(keel_lint *lint, const keel_lint_statement *s, keel_lint_timeout_name name, keel_severity severity,
                         const char *why, const char *remedy);

#endif
