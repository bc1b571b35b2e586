#include <math.h>

#include "base/arena.h"
#include "convert/zone.h"
#include "samples.h"

static void test_timestamptz(void)
{
    const keel_rule rule = {.type = simple_type(KEEL_PG_TIMESTAMPTZ)};

    CHECK("timestamptz", &rule, {T("2025-10-13 12:00:00"), "2025-10-13 12:00:00+00"},
          {T("2025-10-13T12:00:00Z"), "2025-10-13 12:00:00+00"},
          {T("2025-10-13 12:00:00.123456"), "2025-10-13 12:00:00.123456+00"},
          {T("2025-10-13 12:00:00.5+02:00"), "2025-10-13 10:00:00.5+00"},
          {T("2025-10-13 12:00:00+00:00"), "2025-10-13 12:00:00+00"},
          {T("2025-10-13"), "2025-10-13 00:00:00+00"},
          {T("2025-10-13 12:00"), "2025-10-13 12:00:00+00"},
          {T("2025-10-13 12:00:00 +0530"), "2025-10-13 06:30:00+00"},
          {T("2025-10-13 12:00:00-08"), "2025-10-13 20:00:00+00"},
          {T("2025-10-13 12:00:00+01:02:03"), "2025-10-13 10:57:57+00"},
          {T("2025-10-13T12:00Z"), "2025-10-13 12:00:00+00"},
          {T("0001-01-01"), "0001-01-01 00:00:00+00"},
          {T("9999-12-31 23:59:59.999999"), "9999-12-31 23:59:59.999999+00"},
          {T("2024-02-29"), "2024-02-29 00:00:00+00"},
          {T("1999-12-31 23:59:59.999999"), "1999-12-31 23:59:59.999999+00"},
          {T("2000-01-01 00:00:00.1000000"), "2000-01-01 00:00:00.1+00"},
          {T("0001-01-01 00:00:00+01"), "0001-12-31 23:00:00+00 BC"});
    CHECK("no such moment", &rule, {T("0000-00-00"), "impossible_date"},
          {T("2024-02-30"), "impossible_date"}, {T("2023-02-29"), "impossible_date"},
          {T("1900-02-29"), "impossible_date"}, {T("2024-13-01"), "impossible_date"},
          {T("2024-00-10"), "impossible_date"}, {T("2024-04-31"), "impossible_date"},
          {T("2024-01-01 24:00:00"), "impossible_date"},
          {T("2024-01-01 23:59:60"), "impossible_date"},
          {T("2024-01-01 12:60:00"), "impossible_date"},
          {T("2024-01-01 12:00:00+16:00"), "impossible_date"},
          {T("2024-01-01 12:00:00+01:60"), "impossible_date"});
    CHECK("no moment at all", &rule, {T(""), "syntax"}, {T("garbage"), "syntax"},
          {T("02/01/2024"), "syntax"}, {T("2020-08-"), "syntax"}, {T("1704164645"), "syntax"},
          {T("2024-1-2"), "syntax"}, {T("10000-01-01"), "syntax"}, {T("2024-01-01 "), "syntax"},
          {T("2024-01-01T"), "syntax"}, {T("2024-01-01 12"), "syntax"},
          {T("2024-01-01 12:00:00."), "syntax"}, {T("2024-01-01 12:00:"), "syntax"},
          {T("2024-01-01 12:00:00 "), "syntax"}, {T("2024-01-01 12:00:00 UTC"), "syntax"},
          {T("2024-01-01 12:00:00Zx"), "syntax"}, {T("2024-01-01 12:00:00+1"), "syntax"},
          {T("2024-01-01 12:00:00+01:"), "syntax"}, {T("2024-01-01x12:00"), "syntax"},
          {T("2024-01-01 12:00:0a"), "syntax"}, {T("now"), "syntax"},
          {T("2024-01-01 12:00:00.1234567"), "fraction"}, {B("2024-01-01"), "storage_class"},
          {I(1704164645), "epoch"}, {R(2460000.5), "epoch"}, {N, "NULL"});
}

static void test_epochs(void)
{
    const keel_rule seconds = {.type = simple_type(KEEL_PG_TIMESTAMPTZ),
                               .epoch_integer = KEEL_EPOCH_SECONDS,
                               .epoch_real = KEEL_EPOCH_SECONDS};
    const keel_rule milli = {.type = simple_type(KEEL_PG_TIMESTAMP),
                             .epoch_integer = KEEL_EPOCH_MILLISECONDS,
                             .epoch_real = KEEL_EPOCH_MILLISECONDS};
    const keel_rule julian = {.type = simple_type(KEEL_PG_TIMESTAMPTZ),
                              .epoch_integer = KEEL_EPOCH_JULIAN,
                              .epoch_real = KEEL_EPOCH_JULIAN};
    const keel_rule round = {
        .type = simple_type(KEEL_PG_TIMESTAMPTZ), .epoch_real = KEEL_EPOCH_SECONDS, .round = true};
    const keel_rule date = {.type = simple_type(KEEL_PG_DATE), .epoch_integer = KEEL_EPOCH_SECONDS};

    CHECK("epoch seconds", &seconds, {I(1704164645), "2024-01-02 03:04:05+00"},
          {I(0), "1970-01-01 00:00:00+00"}, {I(-1), "1969-12-31 23:59:59+00"},
          {I(253402300799), "9999-12-31 23:59:59+00"}, {I(253402300800), "out_of_range"},
          {I(-62135596800), "0001-01-01 00:00:00+00"}, {I(-62135596801), "out_of_range"},
          {I(INT64_MAX), "out_of_range"}, {I(INT64_MIN), "out_of_range"},
          {R(1704164645.123456), "2024-01-02 03:04:05.123456+00"},
          {R(1704164645.0), "2024-01-02 03:04:05+00"}, {R(-0.5), "1969-12-31 23:59:59.5+00"},
          {R(1.1234567), "fraction"}, {R(253402300799.5), "9999-12-31 23:59:59.5+00"},
          {R(9000000000.1), "2255-03-14 16:00:00.1+00"}, {R(1e300), "out_of_range"},
          {R(1e13), "out_of_range"}, {R(INFINITY), "not_finite"});
    CHECK("epoch milliseconds", &milli, {I(1704164645123), "2024-01-02 03:04:05.123"},
          {I(-1), "1969-12-31 23:59:59.999"}, {R(1704164645123.5), "2024-01-02 03:04:05.1235"},
          {R(1704164645123.125), "2024-01-02 03:04:05.123125"}, {I(INT64_MAX), "out_of_range"});
    CHECK("julian days", &julian, {R(2440587.5), "1970-01-01 00:00:00+00"},
          {R(2451544.5), "2000-01-01 00:00:00+00"}, {I(2440588), "1970-01-01 12:00:00+00"},
          {R(2460311.628012), "2024-01-02 03:04:20.237+00"}, {R(-1.0), "out_of_range"},
          {R(1e9), "out_of_range"}, {I(-1), "out_of_range"}, {R(5.0), "out_of_range"});
    CHECK("epoch with rounding", &round, {R(1.1234567), "1970-01-01 00:00:01.123457+00"},
          {R(-1.1234565), "1969-12-31 23:59:58.876544+00"},
          {R(-1.12345651), "1969-12-31 23:59:58.876543+00"});
    CHECK("epoch of a date", &date, {I(86400), "1970-01-02"}, {I(86401), "fraction"},
          {R(86400.0), "epoch"});
}

static void test_date_and_time(void)
{
    const keel_pg_type seconds_type = {.kind = KEEL_PG_TIMESTAMP, .fraction_digits = 0},
                       time3 = {.kind = KEEL_PG_TIME, .fraction_digits = 3};
    const keel_rule date = {.type = simple_type(KEEL_PG_DATE), .round = true},
                    time = {.type = simple_type(KEEL_PG_TIME), .epoch_integer = KEEL_EPOCH_SECONDS};
    const keel_rule seconds = {.type = &seconds_type},
                    round = {.type = &seconds_type, .round = true},
                    millis = {.type = &time3, .round = true};

    CHECK("date", &date, {T("2024-02-29"), "2024-02-29"}, {T("2024-02-29 00:00:00"), "2024-02-29"},
          {T("2024-02-29T00:00:00.000Z"), "2024-02-29"}, {T("2024-02-29 00:00:01"), "fraction"},
          {T("2024-02-29 00:00:00+02:00"), "fraction"}, {T("02/01/2024"), "syntax"},
          {T("0001-01-01"), "0001-01-01"}, {T("9999-12-31"), "9999-12-31"},
          {T("2024-02-29 23:59:59.9999999"), "fraction"}, {I(19000), "epoch"});
    CHECK("time", &time, {T("12:34"), "12:34:00"}, {T("12:34:56"), "12:34:56"},
          {T("00:00:00.000001"), "00:00:00.000001"}, {T("24:00:00"), "impossible_date"},
          {T("12:34:56Z"), "syntax"}, {T("2024-01-01 12:34"), "syntax"}, {T("1:02"), "syntax"},
          {I(3600), "01:00:00"}, {I(86400), "out_of_range"}, {I(-1), "out_of_range"},
          {R(0.5), "epoch"}, {T(""), "syntax"});
    CHECK("timestamp(0)", &seconds, {T("2024-01-01 12:00:00.000"), "2024-01-01 12:00:00"},
          {T("2024-01-01 12:00:00.5"), "fraction"});
    CHECK("timestamp(0) round", &round, {T("2024-01-01 12:00:00.5"), "2024-01-01 12:00:01"},
          {T("2024-12-31 23:59:59.5"), "2025-01-01 00:00:00"},
          {T("2024-01-01 12:00:00.4999999"), "2024-01-01 12:00:00"},
          {T("1969-01-01 12:00:00.5"), "1969-01-01 12:00:01"});
    CHECK("time(3) round", &millis, {T("12:00:00.1235"), "12:00:00.124"},
          {T("23:59:59.9999"), "out_of_range"});
}

static void test_zones(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    keel_error err = {0};
    keel_rule tz = {.type = simple_type(KEEL_PG_TIMESTAMPTZ)},
              plain = {.type = simple_type(KEEL_PG_TIMESTAMP), .epoch_integer = KEEL_EPOCH_SECONDS};

    if (!ok(keel_zone_load(arena, "Europe/Copenhagen", &tz.zone, &err), "the zone is there"))
        return;
    plain.zone = tz.zone;
    CHECK("naive in Copenhagen", &tz, {T("2025-10-13 12:00:00"), "2025-10-13 10:00:00+00"},
          {T("2025-01-13 12:00:00"), "2025-01-13 11:00:00+00"},
          {T("2025-03-30 02:30:00"), "local_time"}, {T("2025-10-26 02:30:00"), "local_time"},
          {T("2025-03-30 01:59:59"), "2025-03-30 00:59:59+00"},
          {T("2025-03-30 03:00:00"), "2025-03-30 01:00:00+00"},
          {T("2025-10-26 02:30:00+01:00"), "2025-10-26 01:30:00+00"},
          {T("2450-07-01 12:00:00"), "2450-07-01 10:00:00+00"},
          {T("2025-06-01"), "2025-05-31 22:00:00+00"});
    CHECK("instants on a clock of Copenhagen", &plain,
          {T("2025-10-13 10:00:00Z"), "2025-10-13 12:00:00"},
          {T("2025-10-13 12:00:00"), "2025-10-13 12:00:00"}, {I(1760349600), "2025-10-13 12:00:00"},
          {T("2025-10-26 01:30:00Z"), "local_time"},
          {T("2025-10-26 02:30:00"), "2025-10-26 02:30:00"});
}

static void test_naive_count(void)
{
    keel_rule rule = {.type = simple_type(KEEL_PG_TIMESTAMPTZ)};
    const keel_cell naive = T("2024-01-01 00:00:00"), aware = T("2024-01-01 00:00:00Z");
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    keel_rule_counts counts = {0};

    keel_encode(&rule, &naive, &out, &counts, NULL);
    keel_encode(&rule, &aware, &out, &counts, NULL);
    is_int(counts.naive_as_utc, 1, "the naive value is counted, the aware one is not");
    rule.zone_stated = true;
    keel_encode(&rule, &naive, &out, &counts, NULL);
    is_int(counts.naive_as_utc, 1, "and not where the mapping says UTC");
}

int main(void)
{
    test_timestamptz();
    test_epochs();
    test_date_and_time();
    test_zones();
    test_naive_count();
    return done_testing();
}
