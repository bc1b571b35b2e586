/* A program run to its end, for tests that judge pgkeel from outside. It dies with the test. */
#ifndef KEEL_TESTS_PROCESS_H
#define KEEL_TESTS_PROCESS_H

#include "base/str.h"

/* Runs argv (NULL-terminated) with nothing on stdin; what it writes to stdout is appended to output (NULL: thrown
 * away), stderr is the test's. Returns the exit code, or 128 + signal; -1 if it could not be started. Any thread. */
int process_run(const char *const *argv, keel_str *output);

#endif
