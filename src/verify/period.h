/* Periods of the calendar, in UTC: what partitions by time span, where the next one ends, and what it is called. */
#ifndef KEEL_VERIFY_PERIOD_H
#define KEEL_VERIFY_PERIOD_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/clock.h"

typedef struct keel_period {
    int months;       /* whole months, or 0 */
    keel_usec length; /* if months is 0 */
} keel_period;

/* What lies between two instants: whole months if they stand at the same place of theirs, else a length. */
keel_period keel_period_between(keel_usec from, keel_usec to);
/* "day", "week", "month", "quarter", "year"; false for other words. */
bool keel_period_by_name(const char *name, keel_period *ret_period);
keel_usec keel_period_after(keel_period period, keel_usec time); /* one period later */
keel_usec keel_period_before(keel_period period, keel_usec time);
/* Where the period around `time` starts by the calendar: the first of a month, quarter or year, a Monday, midnight. */
keel_usec keel_period_start(keel_period period, keel_usec time);
bool keel_period_equal(keel_period a, keel_period b);
const char *keel_period_name(keel_arena *arena, keel_period period); /* "month", "3 months", "7 days", "36 hours" */

typedef enum keel_moment { KEEL_MOMENT_DATE, KEEL_MOMENT_NAIVE, KEEL_MOMENT_ZONED } keel_moment;
/* "2026-11-01", "2026-11-01 00:00:00", "2026-11-01 00:00:00+00". */
const char *keel_moment_text(keel_arena *arena, keel_moment kind, keel_usec time);

/* The name of the partition that starts at `start`, after the manner of one that is there ("audit_y2026m01", starting
 * at `model_start`): its digits of year, month and day are replaced. NULL if the model's name does not tell. */
const char *keel_period_partition_name(keel_arena *arena, const char *model, keel_usec model_start, keel_usec start);

#endif
