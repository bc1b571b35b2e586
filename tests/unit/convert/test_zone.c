#include "convert/zone.h"

#include <stdlib.h>
#include <time.h>

#include "samples.h"

static void test_names(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    static const char *const bad[] = {
        "",       "/etc/passwd", "../zoneinfo/UTC", "Europe/../UTC", "Nowhere/City",
        "Europe", "zone.tab",    "+25:00",          "+1:00",         "Europe/Berlin ",
        "a b",    "tzdata.zi",   "+02:60"};
    const keel_zone *zone = NULL;
    keel_error err = {0};

    for (size_t i = 0; i < KEEL_COUNT_OF(bad); i++) {
        ok(!keel_zone_load(arena, bad[i], &zone, &err), "\"%s\" is refused", bad[i]);
        is_int(err.kind, KEEL_ERR_CONFIG, "as a wrong configuration");
    }
    ok(keel_zone_load(arena, "UTC", &zone, &err) && keel_zone_offset(zone, 0) == 0, "UTC");
    ok(keel_zone_load(arena, "+05:30", &zone, &err) && keel_zone_offset(zone, 0) == 19800,
       "+05:30");
    ok(keel_zone_load(arena, "-08:00", &zone, &err) && keel_zone_offset(zone, 0) == -28800,
       "-08:00");
    is_str(keel_zone_name(zone), "-08:00", "a zone has its name");
    is_str(keel_zone_name(NULL), "UTC", "no zone is UTC");
}

/* The C library reads the same files its own way: both must agree over seven centuries. */
static void test_against_libc(void)
{
    static const char *const names[] = {
        "Europe/Copenhagen", "America/New_York",  "Asia/Kolkata",   "Australia/Lord_Howe",
        "America/Sao_Paulo", "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Apia",
        "America/Santiago",  "Europe/Dublin",     "Asia/Tehran",    "Antarctica/Troll",
        "America/Nuuk",      "Asia/Gaza",         "Etc/GMT+5"};
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    keel_error err = {0};
    dice d = {3};

    for (size_t i = 0; i < KEEL_COUNT_OF(names); i++) {
        const keel_zone *zone = NULL;
        int wrong_offsets = 0, wrong_returns = 0;
        if (!ok(keel_zone_load(arena, names[i], &zone, &err), "%s", names[i]))
            continue;
        setenv("TZ", names[i], 1);
        tzset();
        for (int n = 0; n < 20000; n++) {
            int64_t utc = (int64_t)roll_below(&d, UINT64_C(22000000000)) - INT64_C(5000000000),
                    back = 0;
            time_t time = (time_t)utc;
            struct tm local;
            localtime_r(&time, &local);
            int32_t offset = keel_zone_offset(zone, utc);
            wrong_offsets += offset != local.tm_gmtoff;
            keel_zone_local found = keel_zone_to_utc(zone, utc + offset, &back);
            wrong_returns += found == KEEL_ZONE_NEVER || (found == KEEL_ZONE_ONCE && back != utc);
        }
        is_int(wrong_offsets, 0, "%s: offsets agree", names[i]);
        is_int(wrong_returns, 0, "%s: local times come back", names[i]);
    }
    unsetenv("TZ");
}

static void test_changes(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const keel_zone *zone = NULL;
    keel_error err = {0};
    int64_t utc = 0;
    const int64_t spring = 1743300000; /* 2025-03-30 02:00 on the clock */
    const int64_t autumn = 1761444000; /* 2025-10-26 02:00 on the clock */

    ok(keel_zone_load(arena, "Europe/Copenhagen", &zone, &err), "Copenhagen");
    is_int(keel_zone_to_utc(zone, spring - 1, &utc), KEEL_ZONE_ONCE, "a second before the gap");
    is_int(utc, spring - 1 - 3600, "is winter");
    is_int(keel_zone_to_utc(zone, spring, &utc), KEEL_ZONE_NEVER, "the first second of the gap");
    is_int(keel_zone_to_utc(zone, spring + 3599, &utc), KEEL_ZONE_NEVER,
           "the last second of the gap");
    is_int(keel_zone_to_utc(zone, spring + 3600, &utc), KEEL_ZONE_ONCE, "a second behind the gap");
    is_int(utc, spring - 3600, "is summer");
    is_int(keel_zone_to_utc(zone, autumn - 1, &utc), KEEL_ZONE_ONCE,
           "a second before the second hour");
    is_int(keel_zone_to_utc(zone, autumn, &utc), KEEL_ZONE_TWICE, "the hour that comes twice");
    is_int(keel_zone_to_utc(zone, autumn + 3599, &utc), KEEL_ZONE_TWICE, "to its end");
    is_int(keel_zone_to_utc(zone, autumn + 3600, &utc), KEEL_ZONE_ONCE, "and not behind it");
    is_int(keel_zone_offset(zone, INT64_C(253402300799)), 3600, "the winter of 9999");
    is_int(keel_zone_offset(zone, INT64_C(253386576000)), 7200, "the summer of 9999");
}

static void test_damage(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const keel_zone *zone = NULL;
    unsigned char bytes[4096];
    keel_error err = {0};
    dice d = {5};
    FILE *file = fopen("/usr/share/zoneinfo/Europe/Copenhagen", "rb");

    if (!ok(file != NULL, "a zone file to damage"))
        return;
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    ok(keel_zone_parse(arena, "whole", bytes, size, &zone, &err), "the whole file");
    for (size_t cut = 0; cut < size; cut += 7)
        keel_zone_parse(arena, "cut", bytes, cut, &zone, &err);
    for (int i = 0; i < 300; i++) {
        unsigned char damaged[4096];
        memcpy(damaged, bytes, size);
        damaged[roll_below(&d, size)] = (unsigned char)roll(&d);
        if (keel_zone_parse(arena, "damaged", damaged, size, &zone, &err))
            keel_zone_offset(zone, (int64_t)roll(&d) >> 20);
    }
    ok(true, "damaged files are read or refused");
}

int main(void)
{
    test_names();
    test_against_libc();
    test_changes();
    test_damage();
    return done_testing();
}
