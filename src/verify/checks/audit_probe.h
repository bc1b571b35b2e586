/* One write, tried in a transaction that is rolled back: has it left a row in the audit table? */
#ifndef KEEL_VERIFY_CHECKS_AUDIT_PROBE_H
#define KEEL_VERIFY_CHECKS_AUDIT_PROBE_H

#include "verify/row_sql.h"

typedef struct keel_audit_probe {
    const keel_pg_table *table; /* that is written to */
    const keel_pg_table *into;  /* the audit table */
    const char *sql;            /* the write; NULL = an UPDATE of one row that changes nothing */
} keel_audit_probe;

typedef enum keel_audit_outcome {
    KEEL_AUDIT_KEPT,       /* the row is there */
    KEEL_AUDIT_LOST,       /* no row was inserted */
    KEEL_AUDIT_TAKEN_BACK, /* one was inserted, and an exception that somebody caught took it back */
    KEEL_AUDIT_NO_ROW,     /* the write found no row to write to */
    KEEL_AUDIT_REFUSED,    /* the write failed; `said` is why */
} keel_audit_outcome;

typedef struct keel_audit_answer {
    keel_audit_outcome outcome;
    const char *write; /* what was tried */
    const char *said;  /* the server's error or last warning, or "" */
} keel_audit_answer;

/* On a connection of its own; whatever happens, nothing is kept but what sequences have given out. False if it could
 * not be tried. */
bool keel_audit_try(keel_check_run *run, const keel_audit_probe *probe, keel_audit_answer *ret_answer,
                    keel_error *err);

#endif
