/* The way back: a suite that says what a database is. Held against the same database it finds nothing. */
#ifndef KEEL_VERIFY_SUITE_WRITE_H
#define KEEL_VERIFY_SUITE_WRITE_H

#include "base/arena.h"
#include "pg/pg.h"

typedef struct keel_suite_written {
    int64_t tables, columns, keys, indexes, constraints, foreign_keys;
    int64_t left_out; /* what is broken in the database (NOT VALID, an invalid index): a comment says so */
} keel_suite_written;

/* Appends the suite of the tables named NAME or SCHEMA.NAME (NULL = all), partitions under their root. In one
 * read-only transaction of its own. USAGE if a name is no table; DATA if there is no table at all. */
bool keel_suite_write(keel_arena *arena, keel_pg *pg, const char *const *tables, keel_str *out,
                      keel_suite_written *ret_written, keel_error *err);

#endif
