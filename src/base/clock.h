/* Time. keel_usec is the only time type of the house: microseconds, since 1970 (keel_now) or since some fixed
 * point in the past (keel_monotonic, for durations and deadlines). Thread-safe. */
#ifndef KEEL_BASE_CLOCK_H
#define KEEL_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

typedef int64_t keel_usec;

#define KEEL_SECOND ((keel_usec)1000000)

enum { KEEL_UTC_SIZE = 32 }; /* enough for keel_format_utc */

keel_usec keel_now(void);       /* wall clock */
keel_usec keel_monotonic(void); /* never goes back */

/* "2026-11-20T22:01:12.345Z"; returns out. */
const char *keel_format_utc(keel_usec time, char *out, size_t size);

/* Sleeps at least this long, whatever signals arrive. */
void keel_sleep(keel_usec duration);

#endif
