#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

static keel_usec read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (keel_usec)now.tv_sec * KEEL_SECOND + now.tv_nsec / 1000;
}

keel_usec keel_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

keel_usec keel_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

const char *keel_format_utc(keel_usec time, char *out, size_t size)
{
    keel_usec fraction = (time % KEEL_SECOND + KEEL_SECOND) % KEEL_SECOND;
    time_t seconds = (time_t)((time - fraction) / KEEL_SECOND);
    struct tm parts = {0};

    gmtime_r(&seconds, &parts);
    snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
             parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
             (int)(fraction / 1000));
    return out;
}

void keel_sleep(keel_usec duration)
{
    struct timespec left = {
        .tv_sec = (time_t)(duration / KEEL_SECOND),
        .tv_nsec = (long)(duration % KEEL_SECOND) * 1000,
    };

    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        continue;
}
