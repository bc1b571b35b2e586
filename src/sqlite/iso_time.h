/* Does a text look like an ISO 8601 date or time? A look at its shape only: what decides whether a
 * column of unknown type holds times; converting them is another room's work. */
#ifndef KEEL_SQLITE_ISO_TIME_H
#define KEEL_SQLITE_ISO_TIME_H

#include <stddef.h>

typedef enum keel_iso_shape {
    KEEL_ISO_NONE,
    KEEL_ISO_DATE,  /* 2026-11-20 */
    KEEL_ISO_NAIVE, /* 2026-11-20 10:00[:00[.123]], T instead of the space */
    KEEL_ISO_ZONED, /* the same with Z or +01:00, +0100, +01 */
} keel_iso_shape;

keel_iso_shape keel_iso_look(const unsigned char *text, size_t size);

#endif
