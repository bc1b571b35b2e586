/* Dates and times read back: the field is rendered in the form that the cell's text has, and the
 * texts must be the same. */
#include "convert/comparer.h"
#include "convert/zone.h"

#define SECOND       INT64_C(1000000)
#define DAY          (86400 * SECOND)
#define UNIX_TO_2000 INT64_C(946684800)

/* Farther than any cell's year reaches; infinity, too, equals no cell. */
#define FAR_AWAY INT64_C(400000000000000000)

enum { DATE_SIZE = 10, CLOCK_SIZE = 15 /* 12:34:56.123456 */ };

keel_civil keel_civil_of_day(int64_t days_since_2000)
{
    int64_t day = days_since_2000 + 730425; /* from 0000-03-01 */
    int64_t era = (day >= 0 ? day : day - 146096) / 146097;
    uint32_t of_era = (uint32_t)(day - era * 146097);
    uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint32_t shifted = (5 * of_year + 2) / 153;
    keel_civil civil = {.day = (int)(of_year - (153 * shifted + 2) / 5 + 1)};

    civil.month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    civil.year = (int64_t)year + era * 400 + (civil.month <= 2);
    return civil;
}

static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

static void render_two(char *out, uint32_t value)
{
    out[0] = (char)('0' + value / 10);
    out[1] = (char)('0' + value % 10);
}

/* YYYY-MM-DD; false beyond four digits */
static bool render_date(int64_t days, char out[DATE_SIZE])
{
    keel_civil civil = keel_civil_of_day(days);

    if (civil.year < 0 || civil.year > 9999)
        return false;
    render_two(out, (uint32_t)civil.year / 100);
    render_two(out + 2, (uint32_t)civil.year % 100);
    out[4] = out[7] = '-';
    render_two(out + 5, (uint32_t)civil.month);
    render_two(out + 8, (uint32_t)civil.day);
    return true;
}

static void render_clock(int64_t micros, char out[CLOCK_SIZE])
{
    uint32_t seconds = (uint32_t)(micros / SECOND),
             fraction = (uint32_t)(micros - seconds * SECOND);

    render_two(out, seconds / 3600);
    render_two(out + 3, seconds / 60 % 60);
    render_two(out + 6, seconds % 60);
    out[2] = out[5] = ':';
    out[8] = '.';
    render_two(out + 9, fraction / 10000);
    render_two(out + 11, fraction / 100 % 100);
    render_two(out + 13, fraction % 100);
}

static bool all_zero(const unsigned char *at, const unsigned char *end)
{
    while (at < end && *at == '0')
        at++;
    return at == end;
}

/* HH:MM, HH:MM:SS or HH:MM:SS.f... : what the text leaves out must be zero on the other side, and
 * in reverse. */
static bool clock_is_text(int64_t micros, const unsigned char *text, size_t size)
{
    char clock[CLOCK_SIZE];
    size_t common = KEEL_MIN(size, (size_t)CLOCK_SIZE);

    render_clock(micros, clock);
    if (size < 5 || size == 6 || size == 7 || size == 9 || memcmp(clock, text, common) != 0)
        return false;
    for (size_t i = common; i < CLOCK_SIZE; i++) {
        if (clock[i] != '0' && clock[i] != ':' && clock[i] != '.')
            return false;
    }
    return all_zero(text + common, text + size);
}

/* Splits the text of a moment: date, clock (may be empty), offset. */
typedef struct parts {
    const unsigned char *clock;
    size_t clock_size;
    bool zoned;
    int64_t offset; /* seconds */
} parts;

static int64_t digits_of(const unsigned char *at)
{
    return (at[0] - '0') * 10 + (at[1] - '0');
}

/* ±HH[:MM[:SS]] or ±HHMM */
static bool offset_of(const unsigned char *at, const unsigned char *end, int64_t *ret_offset)
{
    int64_t units[] = {3600, 60, 1}, offset = 0;
    const unsigned char *from = at + 1;

    for (int i = 0; i < 3 && from < end; i++) {
        from += i > 0 && *from == ':';
        if (end - from < 2 || from[0] < '0' || from[0] > '9' || from[1] < '0' || from[1] > '9')
            return false;
        offset += digits_of(from) * units[i];
        from += 2;
    }
    *ret_offset = *at == '-' ? -offset : offset;
    return from == end;
}

static bool split(const keel_cell *cell, parts *ret_parts)
{
    const unsigned char *end = cell->bytes + cell->size, *at = cell->bytes + DATE_SIZE;
    parts p = {.clock = at};

    if (cell->size > DATE_SIZE) {
        if (*at != ' ' && *at != 'T' && *at != 't')
            return false;
        p.clock = ++at;
    }
    while (at < end && ((*at >= '0' && *at <= '9') || *at == ':' || *at == '.'))
        at++;
    p.clock_size = (size_t)(at - p.clock);
    if (at < end) {
        p.zoned = true;
        at += *at == ' ';
        if (at == end)
            return false;
        bool zulu = (*at == 'Z' || *at == 'z') && at + 1 == end;
        if (!zulu && ((*at != '+' && *at != '-') || !offset_of(at, end, &p.offset)))
            return false;
    }
    *ret_parts = p;
    return true;
}

/* Digits beyond what the type holds, rounded: the written clock in units of its last digit against
 * the arrived. */
static bool rounds_to(
    const unsigned char *clock, size_t size, int digits, int64_t arrived_of_day, int64_t *ret_carry)
{
    int64_t unit = 1, micros = 0, place = SECOND / 10;

    for (int i = digits; i < 6; i++)
        unit *= 10;
    if (size < 10)
        return false;
    micros = (digits_of(clock) * 3600 + digits_of(clock + 3) * 60 + digits_of(clock + 6)) * SECOND;
    for (size_t i = 9; i < size && place > 0; i++, place /= 10)
        micros += (clock[i] - '0') * place;
    bool beyond = unit == 1 ? size > 15 && clock[15] >= '5' : micros % unit * 2 >= unit;
    micros += (beyond ? unit : 0) - micros % unit;
    *ret_carry = micros / DAY;
    return micros % DAY == arrived_of_day;
}

static bool
local_is_text(const keel_rule *rule, int64_t local, const keel_cell *cell, const parts *p)
{
    char date[DATE_SIZE];
    int64_t days = floor_div(local, DAY), of_day = local - days * DAY, carry = 0;
    bool same_clock = p->clock_size == 0 ? of_day == 0 && cell->size == DATE_SIZE
                                         : clock_is_text(of_day, p->clock, p->clock_size);

    if (!same_clock && !(rule->round && rounds_to(p->clock, p->clock_size,
                                                  rule->type->fraction_digits, of_day, &carry)))
        return false;
    return render_date(days - carry, date) && memcmp(date, cell->bytes, DATE_SIZE) == 0;
}

static int64_t floor_seconds(int64_t micros)
{
    return floor_div(micros, SECOND) + UNIX_TO_2000;
}

/* The instant that a clock of the rule's zone shows; false if it does not show it exactly once. */
static bool instant_of_local(const keel_rule *rule, int64_t local, int64_t *ret_instant)
{
    int64_t seconds = floor_seconds(local), utc;

    if (keel_zone_to_utc(rule->zone, seconds, &utc) != KEEL_ZONE_ONCE)
        return false;
    *ret_instant = local + (utc - seconds) * SECOND;
    return true;
}

static int64_t local_of_instant(const keel_rule *rule, int64_t instant)
{
    return instant + keel_zone_offset(rule->zone, floor_seconds(instant)) * SECOND;
}

bool keel_compare_timestamptz(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    parts p;

    if (field.size != 8 || cell->class == KEEL_CELL_BLOB)
        return false;
    int64_t instant = keel_field_int(field);
    if (instant < -FAR_AWAY || instant > FAR_AWAY)
        return false;
    if (cell->class != KEEL_CELL_TEXT)
        return keel_instant_is_number(rule, instant, cell);
    if (cell->size < DATE_SIZE || !split(cell, &p))
        return false;
    int64_t local = p.zoned ? instant + p.offset * SECOND : local_of_instant(rule, instant);
    return local_is_text(rule, local, cell, &p);
}

/* A field without a zone, `local` on the clock of the rule's zone. */
static bool local_is_cell(const keel_rule *rule, int64_t local, const keel_cell *cell)
{
    int64_t instant;
    parts p;

    if (cell->class == KEEL_CELL_BLOB || local < -FAR_AWAY || local > FAR_AWAY)
        return false;
    if (cell->class != KEEL_CELL_TEXT)
        return instant_of_local(rule, local, &instant) &&
               keel_instant_is_number(rule, instant, cell);
    if (cell->size < DATE_SIZE || !split(cell, &p))
        return false;
    if (!p.zoned)
        return local_is_text(rule, local, cell, &p);
    return instant_of_local(rule, local, &instant) &&
           local_is_text(rule, instant + p.offset * SECOND, cell, &p);
}

bool keel_compare_timestamp(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    return field.size == 8 && local_is_cell(rule, keel_field_int(field), cell);
}

bool keel_compare_date(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    keel_rule strict = *rule;

    strict.round = false;
    int64_t days = field.size == 4 ? keel_field_int(field) : INT64_MAX;
    return days > -FAR_AWAY / DAY && days < FAR_AWAY / DAY &&
           local_is_cell(&strict, days * DAY, cell);
}

bool keel_compare_time(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    int64_t carry = 0;

    if (field.size != 8 || cell->class == KEEL_CELL_BLOB)
        return false;
    int64_t micros = keel_field_int(field);
    if (micros < 0 || micros > DAY)
        return false;
    if (cell->class != KEEL_CELL_TEXT)
        return keel_instant_is_number(rule, micros - UNIX_TO_2000 * SECOND, cell);
    return clock_is_text(micros, cell->bytes, cell->size) ||
           (rule->round &&
            rounds_to(cell->bytes, cell->size, rule->type->fraction_digits, micros, &carry) &&
            carry == 0);
}
