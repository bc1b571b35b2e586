/* Comments that speak to pgkeel: "-- pgkeel:step", "-- pgkeel: key=value ...". */
#ifndef KEEL_MIGRATE_DIRECTIVE_H
#define KEEL_MIGRATE_DIRECTIVE_H

#include "migrate/step.h"

typedef struct keel_directives {
    bool step; /* a step begins here */
    keel_step_wishes wishes;
} keel_directives;

/* Reads the comments of text[0..size), which stands before a statement and begins in line `line` of `path`. What is
 * not said is UNSET. "up", "down" and "allow=" belong to others. */
bool keel_directives_read(keel_arena *arena, const char *path, int line, const char *text, size_t size,
                          keel_directives *ret_directives, keel_error *err);

/* "500ms", "2s", "1min", "1h", "0"; false if it is none of these. */
bool keel_duration_read(const char *text, keel_usec *ret_duration);

#endif
