/* Asks the server whether a piece of a body can be looked up: PREPARE does what PL/pgSQL does when it comes to the
 * statement. Where a name turns out to be a variable, an expression of its type takes its place and it is asked again;
 * so the server itself decides what is a column and what a variable. As every question that it denies leaves a line in its
 * log, names that no column has are replaced beforehand; but only a yes is believed then. Nothing is run: the statement
 * goes out alone, by the extended protocol, behind PREPARE. Locks are given back at once. */
#ifndef KEEL_VERIFY_BODY_LOOKUP_H
#define KEEL_VERIFY_BODY_LOOKUP_H

#include "base/map.h"
#include "verify/body.h"
#include "verify/check.h"

typedef enum keel_body_answer {
    KEEL_BODY_FOUND,   /* everything it names is there */
    KEEL_BODY_UNSURE,  /* it cannot be prepared for another reason, or a type is not known */
    KEEL_BODY_COLUMN,  /* a column does not exist */
    KEEL_BODY_FIELD,   /* a variable of a row type has no such field */
    KEEL_BODY_TABLE,   /* a table does not exist */
} keel_body_answer;

typedef struct keel_body_verdict {
    keel_body_answer answer;
    const char *name; /* what is missing: "updated_at", "old_prices", "shop.old_prices" */
    const char *of;   /* FIELD: the variable; COLUMN: what stands before its dot, or NULL */
    size_t at;        /* where in the source */
} keel_body_verdict;

/* only_yes: whether everything is found is all that matters; what is not is UNSURE or a FIELD. columns: the names of all columns of the database are its keys. The transaction must have the savepoint "keel_body".
 * False: the connection is lost or the work cancelled. */
bool keel_body_look_up(keel_check_run *run, const keel_body_piece *piece, const keel_map *columns, bool only_yes,
                       keel_body_verdict *ret_verdict, keel_error *err);

#endif
