/* A SQLite file of hostile values, and what must become of every row of it when it is transferred
 * into an empty PostgreSQL database without a mapping: the tables are created as the file declares
 * them, in UTF-8. Every row either lands with exactly the value stated here or is rejected for the
 * reason stated here; nothing else. */
#ifndef KEEL_TESTS_HOSTILE_H
#define KEEL_TESTS_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef enum keel_hostile_outcome { KEEL_HOSTILE_LANDS, KEEL_HOSTILE_REJECT } keel_hostile_outcome;

typedef struct keel_hostile_row {
    const char *table;  /* name, not quoted */
    const char *into;   /* column list of the INSERT, "" = all */
    const char *values; /* SQL of SQLite */
    const char *where;  /* SQL that finds the row in SQLite and, if it lands (keys are kept), in
                           PostgreSQL */
    keel_hostile_outcome outcome;
    const char *column; /* the column judged, not quoted; NULL = not said */
    const char
        *want; /* LANDS: column::text at TimeZone UTC, NULL = SQL NULL; REJECT: id of the misfit */
} keel_hostile_row;

/* Makes the file; `path` must not exist. Foreign keys and CHECKs are off while it is filled. */
bool keel_hostile_create(const char *path, keel_error *err);

/* The rows one by one, in the order of insertion; NULL behind the last. */
const keel_hostile_row *keel_hostile_row_at(size_t index);

/* One subject: statements before and after its rows. */
typedef struct keel_hostile_part {
    const char *const *schema;
    size_t schema_count;
    const keel_hostile_row *rows;
    size_t row_count;
} keel_hostile_part;
extern const keel_hostile_part keel_hostile_numbers, keel_hostile_texts, keel_hostile_times,
    keel_hostile_shapes;

/* Rows of a table (id INTEGER PRIMARY KEY, v ...). */
#define KEEL_HOSTILE_FITS(table, id, value, want)                                                  \
    {                                                                                              \
        table, "", id ", " value, "id = " id, KEEL_HOSTILE_LANDS, "v", want                        \
    }
#define KEEL_HOSTILE_MISFIT(table, id, value, code)                                                \
    {                                                                                              \
        table, "", id ", " value, "id = " id, KEEL_HOSTILE_REJECT, "v", code                       \
    }

#endif
