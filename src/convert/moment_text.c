/* ISO text by fixed positions. */
#include "convert/moment.h"

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

/* Digits behind the point: six count, the rest decides only about rounding. */
static keel_misfit_code read_fraction(reader *r, const keel_encoding *encoding, keel_moment *moment)
{
    bool half = false, more = false;

    if (!is_digit(r))
        return KEEL_MISFIT_SYNTAX_;
    for (int64_t place = KEEL_SECOND / 10; is_digit(r) && place > 0; place /= 10)
        moment->micros += (*r->at++ - '0') * place;
    if (is_digit(r))
        half = *r->at >= '5';
    for (; is_digit(r); r->at++)
        more |= *r->at != '0';
    moment->beyond = half ? 2 : more;
    return keel_moment_fit(encoding, moment);
}

/* HH:MM[:SS[.f...]] */
static keel_misfit_code read_clock(reader *r, const keel_encoding *encoding, keel_moment *moment)
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
    moment->micros += (hour * 3600 + minute * 60 + second) * KEEL_SECOND;
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
static keel_misfit_code read_offset(reader *r, keel_moment *moment)
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
keel_misfit_code keel_moment_of_text(const keel_encoding *encoding, keel_moment *moment)
{
    reader r = {encoding->cell->bytes, encoding->cell->bytes + encoding->cell->size};
    int64_t days;
    keel_misfit_code code = read_date(&r, &days);

    if (code != KEEL_FITS)
        return code;
    moment->micros = days * KEEL_DAY;
    if (r.at == r.end)
        return KEEL_FITS;
    if (*r.at != ' ' && *r.at != 'T' && *r.at != 't')
        return KEEL_MISFIT_SYNTAX_;
    r.at++;
    code = read_clock(&r, encoding, moment);
    return code == KEEL_FITS ? read_offset(&r, moment) : code;
}

keel_misfit_code keel_moment_of_clock(const keel_encoding *encoding, keel_moment *moment)
{
    reader r = {encoding->cell->bytes, encoding->cell->bytes + encoding->cell->size};
    keel_misfit_code code = read_clock(&r, encoding, moment);

    return code == KEEL_FITS && r.at != r.end ? KEEL_MISFIT_SYNTAX_ : code;
}
