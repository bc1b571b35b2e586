/* Periods of the calendar: what partitions span, and what the next one is called. */
#include "tap.h"
#include "verify/period.h"

static keel_arena *arena;

/* Midnight of a day, by counting days since 1970 one by one: slow, and another way than the one tested. */
static keel_usec at(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = 0;

    for (int y = 1970; y < year; y++)
        days += y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 366 : 365;
    for (int y = year; y < 1970; y++)
        days -= y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 366 : 365;
    for (int m = 1; m < month; m++)
        days += lengths[m - 1] + (m == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    return (days + day - 1) * 86400 * KEEL_SECOND;
}

static const char *text(keel_usec time)
{
    return keel_moment_text(arena, KEEL_MOMENT_DATE, time);
}

static void test_text(void)
{
    is_str(text(0), "1970-01-01", "the epoch");
    is_str(text(at(2000, 2, 29)), "2000-02-29", "a leap day of a century");
    is_str(text(at(1969, 12, 31)), "1969-12-31", "before the epoch");
    is_str(text(at(1900, 3, 1)), "1900-03-01", "a century without a leap day");
    is_str(keel_moment_text(arena, KEEL_MOMENT_ZONED, at(2026, 11, 21) + 3661 * KEEL_SECOND), "2026-11-21 01:01:01+00", "with time");
    is_str(keel_moment_text(arena, KEEL_MOMENT_NAIVE, at(1960, 1, 1) - KEEL_SECOND), "1959-12-31 23:59:59", "the last second");
}

static void test_between(void)
{
    is_str(keel_period_name(arena, keel_period_between(at(2026, 1, 1), at(2026, 2, 1))), "month", "a month");
    is_str(keel_period_name(arena, keel_period_between(at(2026, 1, 15), at(2026, 4, 15))), "3 months", "a quarter from the 15th");
    is_str(keel_period_name(arena, keel_period_between(at(2026, 1, 1), at(2027, 1, 1))), "year", "a year");
    is_str(keel_period_name(arena, keel_period_between(at(2026, 2, 1), at(2026, 2, 8))), "7 days", "a week");
    is_str(keel_period_name(arena, keel_period_between(at(2026, 2, 1), at(2026, 2, 2))), "day", "a day");
    is_str(keel_period_name(arena, keel_period_between(0, 6 * 3600 * KEEL_SECOND)), "6 hours", "hours");
}

static void test_steps(void)
{
    const keel_period month = {.months = 1};
    const keel_period week = {.length = 7 * 86400 * KEEL_SECOND};
    keel_period named;

    is_str(text(keel_period_after(month, at(2026, 12, 1))), "2027-01-01", "over the year's end");
    is_str(text(keel_period_before(month, at(2026, 1, 1))), "2025-12-01", "and back");
    is_str(text(keel_period_after(month, at(2028, 2, 1))), "2028-03-01", "over a leap day");
    is_str(text(keel_period_after(week, at(2026, 12, 28))), "2027-01-04", "a week");
    is_str(text(keel_period_start(month, at(2026, 11, 21))), "2026-11-01", "the start of a month");
    is_str(text(keel_period_start(week, at(2026, 11, 21))), "2026-11-16", "a Monday");
    ok(keel_period_by_name("quarter", &named) && named.months == 3, "quarter");
    is_str(text(keel_period_start(named, at(2026, 11, 21))), "2026-10-01", "the start of a quarter");
    ok(keel_period_by_name("year", &named) && keel_period_by_name("day", &named) && named.length == 86400 * KEEL_SECOND, "year, day");
    ok(!keel_period_by_name("fortnight", &named), "no such word");
}

static void test_names(void)
{
    static const struct {
        const char *model, *name;
        int from[3], to[3];
    } cases[] = {
        {"audit_y2026m01", "audit_y2027m12", {2026, 1, 1}, {2027, 12, 1}},
        {"audit_2026_01", "audit_2026_02", {2026, 1, 1}, {2026, 2, 1}},
        {"p20260131", "p20260201", {2026, 1, 31}, {2026, 2, 1}},
        {"y2026", "y2027", {2026, 1, 1}, {2027, 1, 1}},
        {"y2026", NULL, {2026, 1, 1}, {2026, 2, 1}},          /* the name does not tell the month */
        {"audit_2026_q1", NULL, {2026, 1, 1}, {2026, 4, 1}},  /* a quarter's number is not a month's */
        {"audit_2026_01_old", NULL, {2026, 1, 1}, {2026, 2, 1}},
        {"first", NULL, {2026, 1, 1}, {2026, 2, 1}},
        {"audit_2026_07", NULL, {2026, 7, 15}, {2026, 8, 15}}, /* nor the day */
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(cases); i++)
        is_str(keel_period_partition_name(arena, cases[i].model, at(cases[i].from[0], cases[i].from[1], cases[i].from[2]),
                                          at(cases[i].to[0], cases[i].to[1], cases[i].to[2])),
               cases[i].name, "after %s", cases[i].model);
}

int main(void)
{
    arena = keel_arena_create();
    test_text();
    test_between();
    test_steps();
    test_names();
    keel_arena_free(arena);
    return done_testing();
}
