/* The rule in the footer of a zone file ("CET-1CEST,M3.5.0,M10.5.0/3"): when summer time begins and
 * ends. */
#ifndef KEEL_CONVERT_ZONE_RULE_H
#define KEEL_CONVERT_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#define KEEL_ZONE_RULE_YEARS 404 /* a cycle of the calendar, and a little more at both ends */

typedef struct keel_zone_day {
    char form; /* M month.week.weekday, J day 1..365 without 29 February, N day 0..365 */
    int month, week, day;
    int32_t time; /* seconds of local time, may be negative or beyond a day */
} keel_zone_day;

typedef struct keel_zone_rule {
    int32_t standard_offset, summer_offset; /* seconds east */
    bool has_summer;
    keel_zone_day begin, end;
} keel_zone_rule;

typedef struct keel_zone_change {
    int64_t at; /* UTC */
    int32_t offset;
} keel_zone_change;

bool keel_zone_rule_parse(const char *text, keel_zone_rule *ret_rule);
/* The two changes of a year in the order of time. */
void keel_zone_rule_changes(const keel_zone_rule *rule, int64_t year, keel_zone_change changes[2]);
/* The year of an instant in UTC. */
int64_t keel_zone_year_of(int64_t utc);

#endif
