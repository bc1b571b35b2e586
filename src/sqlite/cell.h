/* A cell is one SQLite value with its storage class, as sqlite3_column_* gives it. The bytes are borrowed
 * from the statement and valid until its next step. */
#ifndef KEEL_SQLITE_CELL_H
#define KEEL_SQLITE_CELL_H

#include <stddef.h>
#include <stdint.h>

typedef enum keel_cell_class {
    KEEL_CELL_NULL,
    KEEL_CELL_INTEGER,
    KEEL_CELL_REAL,
    KEEL_CELL_TEXT,
    KEEL_CELL_BLOB,
} keel_cell_class;
#define KEEL_CELL_CLASSES 5

typedef struct keel_cell {
    keel_cell_class class;
    int64_t integer;            /* INTEGER */
    double real;                /* REAL */
    const unsigned char *bytes; /* TEXT and BLOB; not NUL-terminated by contract */
    size_t size;
} keel_cell;

/* "null", "integer", "real", "text", "blob" */
const char *keel_cell_class_name(keel_cell_class class);

#endif
