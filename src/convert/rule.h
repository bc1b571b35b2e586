/* How one source column becomes one target column: decided once by the plan, read by the encoder (write path)
 * and by the comparison (verify path), which share nothing else. */
#ifndef KEEL_CONVERT_RULE_H
#define KEEL_CONVERT_RULE_H

#include "pg/catalog.h"
#include "sqlite/cell.h"

/* What a value that does not fit becomes. The default is REJECT: the row is not sent but journalled. */
typedef enum keel_misfit_policy {
    KEEL_MISFIT_REJECT,
    KEEL_MISFIT_NULL,     /* SQL NULL; counted */
    KEEL_MISFIT_DEFAULT,  /* the constant in default_cell, itself converted by the same rule; counted */
    KEEL_MISFIT_NEW_UUID, /* a fresh random UUID; counted; uuid columns only */
} keel_misfit_policy;

typedef enum keel_epoch { KEEL_EPOCH_NONE, KEEL_EPOCH_SECONDS, KEEL_EPOCH_MILLISECONDS, KEEL_EPOCH_JULIAN } keel_epoch;

typedef struct keel_zone keel_zone; /* convert/zone.h: a time zone read from the system's zoneinfo */

typedef struct keel_rule {
    const keel_pg_type *type; /* target type; kind != OTHER */
    bool not_null;            /* NULL is a misfit ("null in a NOT NULL column") */
    keel_misfit_policy misfit;
    const keel_cell *default_cell;  /* misfit DEFAULT */
    bool round;               /* numeric/integer/fraction digits may be rounded half away from zero; counted */
    bool allow_duplicate_keys; /* jsonb: last one wins, as PostgreSQL does; counted */
    bool empty_is_null;       /* '' means NULL; counted */
    keel_epoch epoch_integer; /* what an INTEGER cell in a date/time column means; NONE = misfit */
    keel_epoch epoch_real;    /* what a REAL cell means: JULIAN or SECONDS; NONE = misfit */
    const keel_zone *zone;    /* of naive values; NULL = UTC, counted in naive_as_utc when the target has a zone */
    bool zone_stated;         /* the mapping named the zone: no warning */
    bool allow_nan;           /* NaN/Infinity into float and numeric columns (SQLite holds Inf; NaN is stored as NULL) */
    bool text_is_bytes;       /* a TEXT cell may become bytea (its bytes) */
} keel_rule;

/* What happened to values of one column, counted by the encoder; sums of all workers go into the journal. */
typedef struct keel_rule_counts {
    int64_t naive_as_utc, rounded, nulled, defaulted, new_uuids, duplicate_keys, empty_as_null;
} keel_rule_counts;

#endif
