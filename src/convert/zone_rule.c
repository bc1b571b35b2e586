#include "convert/zone_rule.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_PER_DAY INT64_C(86400)

static bool leap_year(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

/* Days from 1970-01-01 to the first of January. */
static int64_t year_start(int64_t year)
{
    int64_t before = year - 1;

    return before * 365 + floor_div(before, 4) - floor_div(before, 100) + floor_div(before, 400) -
           719162;
}

int64_t keel_zone_year_of(int64_t utc)
{
    int64_t day = floor_div(utc, SECONDS_PER_DAY);
    int64_t year = 1970 + floor_div(day * 400, 146097);

    while (year_start(year) > day)
        year--;
    while (year_start(year + 1) <= day)
        year++;
    return year;
}

static bool skip_name(const char **at)
{
    const char *start = *at;

    if (*start == '<') {
        const char *end = strchr(start, '>');
        if (end == NULL)
            return false;
        *at = end + 1;
        return true;
    }
    while (isalpha((unsigned char)**at))
        ++*at;
    return *at - start >= 3;
}

static bool read_number(const char **at, int most, int *ret_number)
{
    int number = 0;

    if (!isdigit((unsigned char)**at))
        return false;
    for (; isdigit((unsigned char)**at); ++*at) {
        number = number * 10 + (**at - '0');
        if (number > most)
            return false;
    }
    *ret_number = number;
    return true;
}

/* [+-]h[h[h]][:mm[:ss]] in seconds */
static bool read_time(const char **at, int32_t *ret_seconds)
{
    int part[3] = {0, 0, 0};
    bool negative = **at == '-';

    if (**at == '-' || **at == '+')
        ++*at;
    if (!read_number(at, 167, &part[0]))
        return false;
    for (int i = 1; i < 3 && **at == ':'; i++) {
        ++*at;
        if (!read_number(at, 59, &part[i]))
            return false;
    }
    int32_t seconds = part[0] * 3600 + part[1] * 60 + part[2];
    *ret_seconds = negative ? -seconds : seconds;
    return true;
}

/* Mm.w.d, Jn or n */
static bool read_day_form(const char **at, keel_zone_day *day)
{
    day->form = **at == 'M' || **at == 'J' ? *(*at)++ : 'N';
    if (day->form != 'M')
        return read_number(at, 365, &day->day);
    if (!read_number(at, 12, &day->month) || day->month == 0 || *(*at)++ != '.')
        return false;
    if (!read_number(at, 5, &day->week) || day->week == 0 || *(*at)++ != '.')
        return false;
    return read_number(at, 6, &day->day);
}

static bool read_day(const char **at, keel_zone_day *day)
{
    if (**at != ',')
        return false;
    ++*at;
    day->time = 7200;
    if (!read_day_form(at, day))
        return false;
    if (**at != '/')
        return true;
    ++*at;
    return read_time(at, &day->time);
}

bool keel_zone_rule_parse(const char *text, keel_zone_rule *ret_rule)
{
    keel_zone_rule rule = {0};
    const char *at = text;
    int32_t west;

    if (!skip_name(&at) || !read_time(&at, &west))
        return false;
    rule.standard_offset = -west;
    rule.summer_offset = rule.standard_offset + 3600;
    if (*at != '\0') {
        rule.has_summer = true;
        if (!skip_name(&at))
            return false;
        if (*at != ',') {
            if (!read_time(&at, &west))
                return false;
            rule.summer_offset = -west;
        }
        if (!read_day(&at, &rule.begin) || !read_day(&at, &rule.end) || *at != '\0')
            return false;
    }
    *ret_rule = rule;
    return true;
}

static int64_t month_start(int64_t year, int month)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

    return year_start(year) + before[month - 1] + (month > 2 && leap_year(year));
}

/* The week'th weekday of a month, 5 = the last. */
static int64_t weekday_of_month(int64_t year, const keel_zone_day *day)
{
    int64_t first = month_start(year, day->month);
    int64_t next = day->month < 12 ? month_start(year, day->month + 1) : year_start(year + 1);
    int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
    int64_t found = first + (day->day - weekday + 7) % 7 + (day->week - 1) * 7;

    return found < next ? found : found - 7;
}

/* Local seconds, as if they were UTC. */
static int64_t moment_of(int64_t year, const keel_zone_day *day)
{
    int64_t date = year_start(year) + day->day;

    if (day->form == 'M')
        date = weekday_of_month(year, day);
    else if (day->form == 'J')
        date += (leap_year(year) && day->day >= 60) - 1;
    return date * SECONDS_PER_DAY + day->time;
}

void keel_zone_rule_changes(const keel_zone_rule *rule, int64_t year, keel_zone_change changes[2])
{
    keel_zone_change begin = {moment_of(year, &rule->begin) - rule->standard_offset,
                              rule->summer_offset};
    keel_zone_change end = {moment_of(year, &rule->end) - rule->summer_offset,
                            rule->standard_offset};

    changes[0] = begin.at < end.at ? begin : end;
    changes[1] = begin.at < end.at ? end : begin;
}
