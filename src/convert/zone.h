/* A time zone from the system's zoneinfo (TZif version 2 and up, or 1), whose footer rule is
 * unrolled over one 400-year cycle of the calendar, after which everything repeats. Seconds count
 * from 1970-01-01 UTC. A zone is immutable and lives in its arena; any thread may read it. */
#ifndef KEEL_CONVERT_ZONE_H
#define KEEL_CONVERT_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "convert/rule.h"

/* `name`: "Europe/Copenhagen", "UTC", or a fixed offset "+02:00". Errors: CONFIG (no such zone, or
 * a name that is a path), IO (zoneinfo cannot be read or is not a zone file). */
bool keel_zone_load(keel_arena *arena,
                    const char *name,
                    const keel_zone **ret_zone,
                    keel_error *err);
/* The same from the bytes of a zone file. */
bool keel_zone_parse(keel_arena *arena,
                     const char *name,
                     const void *bytes,
                     size_t size,
                     const keel_zone **ret_zone,
                     keel_error *err);
const char *keel_zone_name(const keel_zone *zone);

/* Seconds east of Greenwich at an instant. A NULL zone is UTC. */
int32_t keel_zone_offset(const keel_zone *zone, int64_t utc);

typedef enum keel_zone_local {
    KEEL_ZONE_ONCE,
    KEEL_ZONE_NEVER, /* the clocks jumped over it */
    KEEL_ZONE_TWICE, /* the clocks were put back */
} keel_zone_local;
/* What instant is this local time (its seconds counted as if it were UTC)? *ret_utc is set for ONCE
 * only. */
keel_zone_local keel_zone_to_utc(const keel_zone *zone, int64_t local, int64_t *ret_utc);

#endif
