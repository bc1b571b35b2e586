/* A database checked by a test: the report, or the error that kept it from being checked. */
#ifndef KEEL_TESTS_CHECKED_H
#define KEEL_TESTS_CHECKED_H

#include "verify/engine.h"

typedef struct checked {
    keel_arena *arena;
    keel_report *report;
    const keel_check_database *database; /* NULL: it could not be checked, see err */
    keel_error err;
} checked;

/* Runs the checks; jobs 0 = 2, everything else as the options say. */
checked check_database(const char *conninfo, keel_check_options options);
/* The same with one check or group, "schema.no_primary_key". */
checked check_only(const char *conninfo, const char *id);
void checked_free(checked *c);
/* How many findings have this id and this object; NULL = any. */
size_t checked_count(const checked *c, const char *id, const char *object);
/* The first such finding, or NULL. */
const keel_finding *checked_find(const checked *c, const char *id, const char *object);
/* The line of that check, or NULL. */
const keel_check_line *checked_line(const checked *c, const char *id);
/* Findings as lines "severity check object: message", in a buffer that the next call overwrites. */
const char *checked_text(const checked *c);

#endif
