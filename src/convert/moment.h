/* A moment as a cell gives it, on its way to date, time, timestamp and timestamptz. Days and
 * microseconds count from 2000-01-01 as PostgreSQL's do. */
#ifndef KEEL_CONVERT_MOMENT_H
#define KEEL_CONVERT_MOMENT_H

#include "base/clock.h"
#include "convert/encoder.h"

#define KEEL_DAY          (86400 * KEEL_SECOND)
#define KEEL_UNIX_TO_2000 INT64_C(946684800) /* seconds from 1970-01-01 to 2000-01-01 */

/* `micros`: since 2000-01-01 00:00 of its own clock (since midnight, if it has no date). */
typedef struct keel_moment {
    int64_t micros;
    int beyond; /* what follows the last microsecond: 0 nothing, 1 less than half of one, 2 half or
                   more */
    bool zoned; /* with an offset, or an instant by nature */
    int32_t offset;
    bool rounded;
} keel_moment;

/* All start from a zeroed moment. */
keel_misfit_code keel_moment_of_text(const keel_encoding *encoding, keel_moment *moment);
keel_misfit_code keel_moment_of_clock(const keel_encoding *encoding,
                                      keel_moment *moment); /* a time of day */
keel_misfit_code keel_moment_of_integer(const keel_encoding *encoding, keel_moment *moment);
keel_misfit_code keel_moment_of_real(const keel_encoding *encoding, keel_moment *moment);

/* What the type's digits cannot hold: a misfit, or rounded to the nearest (of two, the later). */
keel_misfit_code keel_moment_fit(const keel_encoding *encoding, keel_moment *moment);

#endif
