/* Columns and expressions that ought to be unique, and that the server does not keep unique for certain. */
#ifndef KEEL_VERIFY_CHECKS_UNIQUE_KEYS_H
#define KEEL_VERIFY_CHECKS_UNIQUE_KEYS_H

#include "verify/row_sql.h"

typedef struct keel_unique_key {
    const char *index;        /* its name; NULL = a key of the suite without an index */
    const char *doubt;        /* why the index is not trusted; NULL = it is */
    const char *claims;       /* of a key of the suite: the index that should keep it, or NULL */
    const char *where;        /* predicate of a partial index, or NULL */
    bool text;                /* a collation decides what is equal */
    bool nulls_equal;         /* NULLS NOT DISTINCT: two NULLs are a duplicate */
    const char **expressions; /* SQL with its collation */
    const char **names;       /* for people: the column's name, or the expression */
    size_t count, capacity;
    keel_suite_place place;
} keel_unique_key;

typedef struct keel_unique_keys {
    keel_unique_key *items;
    size_t count, capacity;
} keel_unique_keys;

/* Unique and primary indexes of the table, trusted or not; not those that are being built right now, and not those
 * of a partition whose parent index is doubtful in the same way. */
bool keel_unique_keys_declared(keel_check_run *run, const keel_pg_table *table, keel_unique_keys *keys,
                               keel_error *err);
/* Adds the keys of the suite that no trusted index keeps, and those with text in them even if one does: it is by text
 * that indexes come to lie. *ret_kept counts the others. One that names a column that does not exist becomes a
 * finding. */
void keel_unique_keys_given(keel_check_run *run, const keel_pg_table *table, keel_unique_keys *keys,
                            int64_t *ret_kept);

#endif
