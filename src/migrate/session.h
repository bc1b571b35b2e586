/* The connections of a runner: one that works, and one at its side that holds the runner lock, never a snapshot, and
 * looks at what the first one waits for. */
#ifndef KEEL_MIGRATE_SESSION_H
#define KEEL_MIGRATE_SESSION_H

#include <signal.h>

#include "pg/pg.h"
#include "report/progress.h"

typedef struct keel_session {
    keel_pg *work, *side;
    int work_pid;    /* of the backend that serves `work`, which a pooler does not tell; 0 before the lock is taken */
    keel_progress *progress;
    const volatile sig_atomic_t *cancel; /* or NULL */
    bool dirty; /* a migration has SET something on `work` */
    bool prepared; /* the journal's statements are, on `work` */
    const char *space; /* "" or the schema that unqualified names mean */
} keel_session;

/* Opens `work` alone: enough to look. After `begin` keel_pg_open_end(session->work) is still to be called; on failure of
 * either the session is to be closed. */
bool keel_session_begin(const char *conninfo, keel_progress *progress, const volatile sig_atomic_t *cancel,
                        keel_session *session, keel_error *err);
bool keel_session_open(const char *conninfo, keel_progress *progress, const volatile sig_atomic_t *cancel,
                       keel_session *session, keel_error *err);
/* Opens `side`, makes sure that no transaction pooler stands in between, and takes the runner lock of the space, asking
 * again and again (it never waits inside the server, where a waiting statement's snapshot would block CREATE INDEX
 * CONCURRENTLY) until `patience` is over: KEEL_ERR_LOCKED names the holder. */
bool keel_session_lock(keel_session *session, const char *conninfo, const char *space, keel_usec patience,
                       keel_error *err);
/* Between steps: does the connection that holds the runner lock still live? Else another runner may be at work by now. */
bool keel_session_holds(keel_session *session, keel_error *err);
void keel_session_close(keel_session *session);

/* From now on unqualified names mean this schema ("": as the role has it). */
bool keel_session_use(keel_session *session, const char *space, keel_error *err);
/* Prepares the journal's statements, once. */
bool keel_session_prepare(keel_session *session, keel_error *err);
/* The session as it was before a migration has SET something. */
bool keel_session_reset(keel_session *session, keel_error *err);

/* Who blocks `work` right now, as people say it ("pid 123 (app, 4 min in its transaction): UPDATE orders ..."); "" if
 * nobody. For the idle callback: asks on `side`. */
void keel_session_blockers(keel_session *session, keel_str *out);
/* Percentage and phase of what `work` builds (CREATE INDEX, REINDEX), or "". */
void keel_session_build(keel_session *session, keel_str *out);

#endif
