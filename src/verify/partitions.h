/* Tables partitioned by ranges of one date or timestamp column: their partitions, how long a period is, and which of the
 * coming ones no partition holds. Everything lives in the arena of the run. */
#ifndef KEEL_VERIFY_PARTITIONS_H
#define KEEL_VERIFY_PARTITIONS_H

#include "verify/period.h"
#include "verify/wording.h"

typedef struct keel_partition {
    const char *schema, *name;
    keel_usec from, to;
} keel_partition;

typedef struct keel_partition_gap {
    keel_usec from, to;
} keel_partition_gap;

typedef struct keel_partition_gaps {
    keel_partition_gap *items;
    size_t count, capacity;
} keel_partition_gaps;

/* One partitioned table and what is known of it. */
typedef struct keel_partitioned {
    keel_check_run *run;
    const keel_pg_table *table;
    const char *column;
    keel_moment kind;
    keel_usec from, to; /* the window that its own bound leaves it */
    struct { keel_partition *items; size_t count, capacity; } parts; /* by time; never overlapping */
    const keel_partition *fallback; /* the default partition, or NULL */
    bool fallback_readable;
    keel_period period;
    bool period_known;
    int64_t ahead;
} keel_partitioned;

typedef struct keel_partitioned_list {
    keel_partitioned *items;
    size_t count, capacity;
} keel_partitioned_list;

/* The selected tables; the suite's word on periods goes before what the partitions look like. */
bool keel_partitioned_load(keel_check_run *run, keel_partitioned_list *ret_list, keel_error *err);
/* Both ends are instants, not open. */
bool keel_partition_is_finite(const keel_partition *p);
/* Walks from the period that holds now through the coming ones; those without a partition are sorted by how near. */
void keel_partitioned_walk(const keel_partitioned *s, keel_partition_gaps *near, keel_partition_gaps *far);

#endif
