#include "verify/period.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"

static const keel_usec day = 86400 * KEEL_SECOND;

typedef struct moment {
    int64_t year;
    int month, day; /* from 1 */
    keel_usec time; /* of the day */
} moment;

/* Days since 1970 of the first of a month; the calendar begins its year in March, so that leap days come last. */
static int64_t days_of_month(int64_t year, int month)
{
    int64_t shifted = month <= 2 ? year - 1 : year;
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t of_era = shifted - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static moment break_down(keel_usec time)
{
    int64_t days = floor_div(time, day);
    moment m = {.year = 1970 + floor_div(days * 400, 146097), .month = 12, .time = time - days * day};

    while (days_of_month(m.year, 1) > days)
        m.year--;
    while (days_of_month(m.year + 1, 1) <= days)
        m.year++;
    while (days_of_month(m.year, m.month) > days)
        m.month--;
    m.day = (int)(days - days_of_month(m.year, m.month)) + 1;
    return m;
}

/* The same place `months` later; a 31st that a month does not have runs over into the next. */
static keel_usec add_months(keel_usec time, int months)
{
    moment m = break_down(time);
    int64_t count = m.year * 12 + m.month - 1 + months;
    int64_t days = days_of_month(floor_div(count, 12), (int)(count - floor_div(count, 12) * 12) + 1) + m.day - 1;

    return days * day + m.time;
}

keel_period keel_period_between(keel_usec from, keel_usec to)
{
    moment a = break_down(from);
    moment b = break_down(to);
    int64_t months = (b.year - a.year) * 12 + b.month - a.month;

    if (a.day == b.day && a.time == b.time && months > 0 && months <= 1200)
        return (keel_period){.months = (int)months};
    return (keel_period){.length = to - from};
}

bool keel_period_by_name(const char *name, keel_period *ret_period)
{
    static const struct {
        const char *name;
        int months, days;
    } periods[] = {{"day", 0, 1}, {"week", 0, 7}, {"month", 1, 0}, {"quarter", 3, 0}, {"year", 12, 0}};

    for (size_t i = 0; i < KEEL_COUNT_OF(periods); i++)
        if (keel_streq(name, periods[i].name)) {
            *ret_period = (keel_period){.months = periods[i].months, .length = periods[i].days * day};
            return true;
        }
    return false;
}

keel_usec keel_period_after(keel_period period, keel_usec time)
{
    return period.months > 0 ? add_months(time, period.months) : time + period.length;
}

keel_usec keel_period_before(keel_period period, keel_usec time)
{
    return period.months > 0 ? add_months(time, -period.months) : time - period.length;
}

keel_usec keel_period_start(keel_period period, keel_usec time)
{
    const keel_usec monday = 4 * day; /* 1970-01-05 */

    if (period.months > 0) {
        moment m = break_down(time);
        int months = (int)(m.year * 12 + m.month - 1);
        return add_months(0, months / period.months * period.months - 1970 * 12);
    }
    return monday + floor_div(time - monday, period.length) * period.length;
}

bool keel_period_equal(keel_period a, keel_period b)
{
    return a.months == b.months && a.length == b.length;
}

const char *keel_period_name(keel_arena *arena, keel_period period)
{
    if (period.months == 1 || period.months == 12)
        return period.months == 1 ? "month" : "year";
    if (period.months > 0)
        return keel_arena_printf(arena, "%d months", period.months);
    if (period.length == day)
        return "day";
    if (period.length % day == 0)
        return keel_arena_printf(arena, "%lld days", (long long)(period.length / day));
    return keel_arena_printf(arena, "%.3g hours", (double)period.length / 3600e6);
}

const char *keel_moment_text(keel_arena *arena, keel_moment kind, keel_usec time)
{
    moment m = break_down(time);
    int64_t seconds = m.time / KEEL_SECOND;
    const char *date = keel_arena_printf(arena, "%04lld-%02d-%02d", (long long)m.year, m.month, m.day);

    if (kind == KEEL_MOMENT_DATE)
        return date;
    return keel_arena_printf(arena, "%s %02d:%02d:%02d%s", date, (int)(seconds / 3600), (int)(seconds / 60 % 60),
                             (int)(seconds % 60), kind == KEEL_MOMENT_ZONED ? "+00" : "");
}

/* Copies what separates two numbers of a name ("", "_", "m"); NULL if it is longer than a letter or so. */
static const char *copy_separator(keel_str *out, const char *at)
{
    enum { LONGEST = 2 };
    int copied = 0;

    for (; *at != '\0' && !isdigit((unsigned char)*at); at++, copied++) {
        if (copied == LONGEST)
            return NULL;
        keel_str_addc(out, *at);
    }
    return at;
}

/* How many of year, month and day the name of a partition with this start must tell. */
static size_t parts_needed(moment start)
{
    if (start.day != 1 || start.time != 0)
        return 3;
    return start.month != 1 ? 2 : 1;
}

const char *keel_period_partition_name(keel_arena *arena, const char *model, keel_usec model_start, keel_usec start)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    const moment from = break_down(model_start);
    const moment to = break_down(start);
    const int from_parts[] = {(int)from.year, from.month, from.day};
    const int to_parts[] = {(int)to.year, to.month, to.day};
    const char *at = strstr(model, keel_arena_printf(arena, "%04d", from_parts[0]));
    size_t told = 0;

    if (at == NULL)
        return NULL;
    keel_str_addn(&out, model, (size_t)(at - model));
    while (at != NULL && *at != '\0' && told < KEEL_COUNT_OF(from_parts)) {
        const char *digits = keel_arena_printf(arena, "%0*d", told == 0 ? 4 : 2, from_parts[told]);
        if (strncmp(at, digits, strlen(digits)) != 0)
            return NULL;
        keel_str_addf(&out, "%0*d", told == 0 ? 4 : 2, to_parts[told]);
        at = copy_separator(&out, at + strlen(digits));
        told++;
    }
    if (at == NULL || *at != '\0' || told < parts_needed(from) || told < parts_needed(to))
        return NULL;
    return keel_arena_strdup(arena, keel_str_text(&out));
}
