/* Plain TAP: ok(), is_int(), is_str(), done_testing(). A test program returns done_testing() from main. */
#ifndef KEEL_TESTS_TAP_H
#define KEEL_TESTS_TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 2, 3))) static inline bool ok(bool passed, const char *fmt, ...)
{
    va_list args;

    char what[4096];

    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    for (char *c = what; *c != '\0'; c++) /* a description is one line */
        if (*c == '\n' || *c == '\r')
            *c = ' ';
    printf("%sok %d - %s\n", passed ? "" : "not ", ++tap_count, what);
    fflush(stdout);
    tap_failed += !passed;
    return passed;
}

__attribute__((format(printf, 3, 4))) static inline bool is_int(int64_t got, int64_t wanted, const char *fmt, ...)
{
    char name[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(name, sizeof name, fmt, args);
    va_end(args);
    if (!ok(got == wanted, "%s", name)) {
        printf("#      got: %" PRId64 "\n#   wanted: %" PRId64 "\n", got, wanted);
        return false;
    }
    return true;
}

__attribute__((format(printf, 3, 4))) static inline bool is_str(const char *got, const char *wanted, const char *fmt, ...)
{
    char name[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(name, sizeof name, fmt, args);
    va_end(args);
    bool same = got == NULL || wanted == NULL ? got == wanted : strcmp(got, wanted) == 0;
    if (!ok(same, "%s", name)) {
        printf("#      got: %s\n#   wanted: %s\n", got ? got : "(null)", wanted ? wanted : "(null)");
        return false;
    }
    return true;
}

static inline int done_testing(void)
{
    if (tap_count == 0) {
        printf("not ok 1 - no test ran\n1..1\n");
        return 1;
    }
    printf("1..%d\n", tap_count);
    return tap_failed > 0;
}

#endif
