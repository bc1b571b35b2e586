/* date, time, timestamp, timestamptz: from ISO text by fixed positions, or from an epoch number
 * whose meaning the rule states. Days and microseconds count from 2000-01-01 as PostgreSQL's do. */
#include <math.h>

#include "convert/decimal.h"
#include "convert/encoder.h"
#include "convert/zone.h"

#define SECOND             INT64_C(1000000)
#define DAY                (86400 * SECOND)
#define UNIX_TO_2000       INT64_C(946684800)       /* seconds from 1970-01-01 to 2000-01-01 */
#define FIRST_MOMENT       (-INT64_C(730119) * DAY) /* 0001-01-01 */
#define BEHIND_LAST_MOMENT (INT64_C(2921940) * DAY) /* 10000-01-01 */

/* A moment as written. `micros`: since 2000-01-01 00:00 of its own clock (of the day, if it has no
 * date). */
typedef struct reading {
    int64_t micros;
    int beyond; /* what follows the last microsecond: 0 nothing, 1 less than half of one, 2 half or
                   more */
    bool zoned; /* with an offset, or an instant by nature */
    int32_t offset;
    bool rounded;
} reading;

typedef struct reader {
    const unsigned char *at, *end;
} reader;

/* Two digits, or something above 99. */
static unsigned two_digits(const unsigned char *at)
{
    unsigned high = at[0] - '0', low = at[1] - '0';

    return high > 9 || low > 9 ? 1000 : high * 10 + low;
}

static bool leap_year(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 2000-01-01; the year starts in March, so that February's end is the end of the count.
 */
static int64_t days_of(unsigned year, unsigned month, unsigned day)
{
    unsigned shifted = year - (month <= 2);
    unsigned in_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return (int64_t)shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + in_year - 730425;
}

static keel_misfit_code read_date(reader *r, int64_t *ret_days)
{
    static const unsigned char month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const unsigned char *at = r->at;

    if (r->end - at < 10 || at[4] != '-' || at[7] != '-')
        return KEEL_MISFIT_SYNTAX_;
    unsigned century = two_digits(at), year = two_digits(at + 2);
    unsigned month = two_digits(at + 5), day = two_digits(at + 8);
    if (century > 99 || year > 99 || month > 99 || day > 99)
        return KEEL_MISFIT_SYNTAX_;
    year += century * 100;
    if (year == 0 || month - 1 > 11 || day - 1 >= month_days[month - 1])
        return KEEL_MISFIT_DATE_;
    if (month == 2 && day == 29 && !leap_year(year))
        return KEEL_MISFIT_DATE_;
    *ret_days = days_of(year, month, day);
    r->at += 10;
    return KEEL_FITS;
}

static bool is_digit(const reader *r)
{
    return r->at < r->end && (unsigned)(*r->at - '0') <= 9u;
}

/* What the type's digits cannot hold: a misfit, or rounded to the nearest (of two, the later). */
static keel_misfit_code fit_fraction(const keel_encoding *encoding, reading *moment)
{
    static const int64_t units[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    int64_t unit = units[encoding->type->fraction_digits], rest = moment->micros % unit;

    if (rest == 0 && moment->beyond == 0)
        return KEEL_FITS;
    if (!encoding->rule->round)
        return KEEL_MISFIT_FRACTION_;
    rest += rest < 0 ? unit : 0;
    bool up = unit > 1 ? rest * 2 >= unit : moment->beyond == 2;
    moment->micros += (up ? unit : 0) - rest;
    moment->rounded = true;
    return KEEL_FITS;
}

/* Digits behind the point: six count, the rest decides only about rounding. */
static keel_misfit_code read_fraction(reader *r, const keel_encoding *encoding, reading *moment)
{
    bool half = false, more = false;

    if (!is_digit(r))
        return KEEL_MISFIT_SYNTAX_;
    for (int64_t place = SECOND / 10; is_digit(r) && place > 0; place /= 10)
        moment->micros += (*r->at++ - '0') * place;
    if (is_digit(r))
        half = *r->at >= '5';
    for (; is_digit(r); r->at++)
        more |= *r->at != '0';
    moment->beyond = half ? 2 : more;
    return fit_fraction(encoding, moment);
}

/* HH:MM[:SS[.f...]] */
static keel_misfit_code read_clock(reader *r, const keel_encoding *encoding, reading *moment)
{
    const unsigned char *at = r->at;
    unsigned second = 0;

    if (r->end - at < 5 || at[2] != ':')
        return KEEL_MISFIT_SYNTAX_;
    unsigned hour = two_digits(at), minute = two_digits(at + 3);
    r->at += 5;
    bool seconds = r->at < r->end && *r->at == ':';
    if (seconds) {
        if (r->end - r->at < 3)
            return KEEL_MISFIT_SYNTAX_;
        second = two_digits(at + 6);
        r->at += 3;
    }
    if (hour > 99 || minute > 99 || second > 99)
        return KEEL_MISFIT_SYNTAX_;
    if (hour > 23 || minute > 59 || second > 59)
        return KEEL_MISFIT_DATE_;
    moment->micros += (hour * 3600 + minute * 60 + second) * SECOND;
    if (!seconds || r->at == r->end || *r->at != '.')
        return KEEL_FITS;
    r->at++;
    return read_fraction(r, encoding, moment);
}

/* The part behind HH of an offset: [:]MM[:SS] */
static bool read_offset_part(reader *r, bool colon, unsigned *ret_value)
{
    if (r->at == r->end)
        return true;
    if (colon) {
        if (*r->at != ':')
            return false;
        r->at++;
    }
    if (r->end - r->at < 2)
        return false;
    *ret_value = two_digits(r->at);
    r->at += 2;
    return true;
}

/* [blank](Z | ±HH[[:]MM[:SS]]) at the end of the text, or nothing. */
static keel_misfit_code read_offset(reader *r, reading *moment)
{
    unsigned minute = 0, second = 0;

    if (r->at == r->end)
        return KEEL_FITS;
    r->at += *r->at == ' ';
    if (r->at == r->end)
        return KEEL_MISFIT_SYNTAX_;
    unsigned char sign = *r->at++;
    moment->zoned = true;
    if (sign == 'Z' || sign == 'z')
        return r->at == r->end ? KEEL_FITS : KEEL_MISFIT_SYNTAX_;
    if ((sign != '+' && sign != '-') || r->end - r->at < 2)
        return KEEL_MISFIT_SYNTAX_;
    unsigned hour = two_digits(r->at);
    r->at += 2;
    bool colon = r->at < r->end && *r->at == ':';
    if (!read_offset_part(r, colon, &minute) || !read_offset_part(r, true, &second) ||
        r->at != r->end)
        return KEEL_MISFIT_SYNTAX_;
    if (hour > 99 || minute > 99 || second > 99)
        return KEEL_MISFIT_SYNTAX_;
    if (hour > 15 || minute > 59 || second > 59)
        return KEEL_MISFIT_DATE_;
    int32_t offset = (int32_t)(hour * 3600 + minute * 60 + second);
    moment->offset = sign == '-' ? -offset : offset;
    return KEEL_FITS;
}

/* DATE[( |T)CLOCK[OFFSET]] */
static keel_misfit_code read_moment(const keel_encoding *encoding, reading *moment)
{
    reader r = {encoding->cell->bytes, encoding->cell->bytes + encoding->cell->size};
    int64_t days;
    keel_misfit_code code = read_date(&r, &days);

    if (code != KEEL_FITS)
        return code;
    moment->micros = days * DAY;
    if (r.at == r.end)
        return KEEL_FITS;
    if (*r.at != ' ' && *r.at != 'T' && *r.at != 't')
        return KEEL_MISFIT_SYNTAX_;
    r.at++;
    code = read_clock(&r, encoding, moment);
    return code == KEEL_FITS ? read_offset(&r, moment) : code;
}

static int64_t floor_seconds(int64_t micros)
{
    return micros / SECOND - (micros % SECOND < 0);
}

/* Checked: an instant of the years 1 to 9999, in microseconds since 1970. */
static keel_misfit_code take_unix(const keel_encoding *encoding, int64_t micros, reading *moment)
{
    bool overflow = __builtin_sub_overflow(micros, UNIX_TO_2000 * SECOND, &moment->micros);

    moment->zoned = true;
    if (overflow || moment->micros < FIRST_MOMENT || moment->micros >= BEHIND_LAST_MOMENT)
        return KEEL_MISFIT_RANGE_;
    return fit_fraction(encoding, moment);
}

/* A whole Julian day begins at noon; 2440588 is that of 1970-01-01. */
static keel_misfit_code take_julian_day(const keel_encoding *encoding, int64_t day, reading *moment)
{
    if (day < 0 || day > 5373484)
        return KEEL_MISFIT_RANGE_;
    return take_unix(encoding, (day - 2440588) * DAY + DAY / 2, moment);
}

static keel_misfit_code take_integer(const keel_encoding *encoding, reading *moment)
{
    static const int64_t units[] = {
        [KEEL_EPOCH_SECONDS] = SECOND, [KEEL_EPOCH_MILLISECONDS] = SECOND / 1000};
    keel_epoch epoch = encoding->rule->epoch_integer;
    int64_t micros;

    if (epoch == KEEL_EPOCH_NONE)
        return KEEL_MISFIT_EPOCH_;
    if (epoch == KEEL_EPOCH_JULIAN)
        return take_julian_day(encoding, encoding->cell->integer, moment);
    if (__builtin_mul_overflow(encoding->cell->integer, units[epoch], &micros))
        return KEEL_MISFIT_RANGE_;
    return take_unix(encoding, micros, moment);
}

/* The decimal times 10^power: its floor, and what is beyond. */
static void
micros_of_decimal(const keel_decimal *decimal, int power, int64_t *ret_micros, int *ret_beyond)
{
    int64_t keep = decimal->point + power, micros = 0, count = (int64_t)decimal->count;
    int beyond = keep < count;

    for (int64_t i = 0; i < keep; i++)
        micros = micros * 10 + (i < count ? keel_decimal_digit(decimal, (size_t)i) - '0' : 0);
    if (beyond && keep >= 0) {
        char next = keel_decimal_digit(decimal, (size_t)keep);
        bool half = next == '5' && keep + 1 == count;
        bool later = decimal->negative ? next < '5' || half : next >= '5';
        beyond = later ? 2 : 1;
    } else if (beyond && decimal->negative) {
        beyond = 2;
    }
    *ret_micros = decimal->negative ? -micros - (beyond != 0) : micros;
    *ret_beyond = beyond;
}

/* seconds * 10^6 or milliseconds * 10^3 as the shortest decimal of the double gives it. */
static keel_misfit_code micros_of_real(double real, int power, int64_t *ret_micros, int *ret_beyond)
{
    static const double scales[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    char digits[KEEL_DECIMAL_DIGITS];
    double whole = nearbyint(real * scales[power]);

    if (!(fabs(whole) < 1e18))
        return KEEL_MISFIT_RANGE_;
    /* below this bound at most one decimal of so few digits reads back as the double */
    if (fabs(whole) < 4e15 && keel_same_real(whole / scales[power], real)) {
        *ret_micros = (int64_t)whole;
        return KEEL_FITS;
    }
    keel_decimal decimal = keel_decimal_of_real(real, digits);
    micros_of_decimal(&decimal, power, ret_micros, ret_beyond);
    return KEEL_FITS;
}

/* SQLite itself reads a Julian day to the millisecond. */
static keel_misfit_code micros_of_julian(double julian, int64_t *ret_micros)
{
    if (!(julian >= 0 && julian < 5373484.5))
        return KEEL_MISFIT_RANGE_;
    int64_t milliseconds = (int64_t)(julian * 86400000.0 + 0.5);
    *ret_micros = (milliseconds - INT64_C(210866760000000)) * 1000;
    return KEEL_FITS;
}

static keel_misfit_code take_real(const keel_encoding *encoding, reading *moment)
{
    double real = encoding->cell->real;
    int64_t micros = 0;
    keel_misfit_code code;

    if (encoding->rule->epoch_real == KEEL_EPOCH_NONE)
        return KEEL_MISFIT_EPOCH_;
    if (!isfinite(real))
        return KEEL_MISFIT_NOT_FINITE_;
    if (encoding->rule->epoch_real == KEEL_EPOCH_JULIAN)
        code = micros_of_julian(real, &micros);
    else
        code = micros_of_real(real, encoding->rule->epoch_real == KEEL_EPOCH_SECONDS ? 6 : 3,
                              &micros, &moment->beyond);
    return code == KEEL_FITS ? take_unix(encoding, micros, moment) : code;
}

static keel_misfit_code take_moment(const keel_encoding *encoding, reading *moment)
{
    switch (encoding->cell->class) {
    case KEEL_CELL_TEXT:
        return read_moment(encoding, moment);
    case KEEL_CELL_INTEGER:
        return take_integer(encoding, moment);
    case KEEL_CELL_REAL:
        return take_real(encoding, moment);
    case KEEL_CELL_NULL:
    case KEEL_CELL_BLOB:
        break;
    }
    return KEEL_MISFIT_CLASS_;
}

/* The clock of the rule's zone at an instant; an instant that this clock shows twice would not come
 * back. */
static keel_misfit_code to_local(const keel_encoding *encoding, reading *moment)
{
    const keel_zone *zone = encoding->rule->zone;
    int64_t again;

    if (!moment->zoned)
        return KEEL_FITS;
    moment->micros -= moment->offset * SECOND;
    if (zone == NULL)
        return KEEL_FITS;
    int64_t utc = floor_seconds(moment->micros) + UNIX_TO_2000;
    int32_t offset = keel_zone_offset(zone, utc);
    if (keel_zone_to_utc(zone, utc + offset, &again) != KEEL_ZONE_ONCE)
        return KEEL_MISFIT_ZONE_GAP_;
    moment->micros += offset * SECOND;
    return KEEL_FITS;
}

static keel_misfit_code to_instant(const keel_encoding *encoding, reading *moment)
{
    const keel_zone *zone = encoding->rule->zone;
    int64_t utc;

    if (moment->zoned || zone == NULL) {
        moment->micros -= moment->offset * SECOND;
        return KEEL_FITS;
    }
    int64_t local = floor_seconds(moment->micros) + UNIX_TO_2000;
    if (keel_zone_to_utc(zone, local, &utc) != KEEL_ZONE_ONCE)
        return KEEL_MISFIT_ZONE_GAP_;
    moment->micros += (utc - local) * SECOND;
    return KEEL_FITS;
}

keel_misfit_code keel_encode_timestamp(const keel_encoding *encoding)
{
    reading moment = {0};
    keel_misfit_code code = take_moment(encoding, &moment);

    if (code == KEEL_FITS)
        code = to_local(encoding, &moment);
    if (code != KEEL_FITS)
        return code;
    keel_put_i64(encoding->out, moment.micros);
    encoding->counts->rounded += moment.rounded;
    return KEEL_FITS;
}

keel_misfit_code keel_encode_timestamptz(const keel_encoding *encoding)
{
    reading moment = {0};
    keel_misfit_code code = take_moment(encoding, &moment);

    if (code == KEEL_FITS)
        code = to_instant(encoding, &moment);
    if (code != KEEL_FITS)
        return code;
    keel_put_i64(encoding->out, moment.micros);
    encoding->counts->rounded += moment.rounded;
    encoding->counts->naive_as_utc +=
        !moment.zoned && encoding->rule->zone == NULL && !encoding->rule->zone_stated;
    return KEEL_FITS;
}

keel_misfit_code keel_encode_date(const keel_encoding *encoding)
{
    keel_encoding strict = *encoding;
    keel_rule rule = *encoding->rule;
    reading moment = {0};

    rule.round = false; /* a date that is a little off midnight is no date */
    strict.rule = &rule;
    keel_misfit_code code = take_moment(&strict, &moment);
    if (code == KEEL_FITS)
        code = to_local(&strict, &moment);
    if (code != KEEL_FITS)
        return code;
    if (moment.micros % DAY != 0)
        return KEEL_MISFIT_FRACTION_;
    keel_put_i32(encoding->out, (int32_t)(moment.micros / DAY));
    return KEEL_FITS;
}

static keel_misfit_code read_time(const keel_encoding *encoding, reading *moment)
{
    reader r = {encoding->cell->bytes, encoding->cell->bytes + encoding->cell->size};
    keel_misfit_code code = read_clock(&r, encoding, moment);

    return code == KEEL_FITS && r.at != r.end ? KEEL_MISFIT_SYNTAX_ : code;
}

/* A number is the time since midnight. */
static keel_misfit_code take_time(const keel_encoding *encoding, reading *moment)
{
    const keel_rule *rule = encoding->rule;
    keel_cell_class class = encoding->cell->class;
    keel_epoch epoch = class == KEEL_CELL_REAL ? rule->epoch_real : rule->epoch_integer;

    if (class == KEEL_CELL_TEXT)
        return read_time(encoding, moment);
    if (epoch == KEEL_EPOCH_JULIAN && class != KEEL_CELL_BLOB)
        return KEEL_MISFIT_EPOCH_;
    keel_misfit_code code = take_moment(encoding, moment);
    moment->micros += UNIX_TO_2000 * SECOND;
    return code;
}

keel_misfit_code keel_encode_time(const keel_encoding *encoding)
{
    reading moment = {0};
    keel_misfit_code code = take_time(encoding, &moment);

    if (code != KEEL_FITS)
        return code;
    if (moment.micros < 0 || moment.micros >= DAY)
        return KEEL_MISFIT_RANGE_;
    keel_put_i64(encoding->out, moment.micros);
    encoding->counts->rounded += moment.rounded;
    return KEEL_FITS;
}
