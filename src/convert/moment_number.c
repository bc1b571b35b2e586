/* Epoch numbers whose meaning the rule states, and what fits the digits of the type. */
#include <math.h>

#include "convert/decimal.h"
#include "convert/moment.h"

#define FIRST_MOMENT       (-INT64_C(730119) * KEEL_DAY) /* 0001-01-01 */
#define BEHIND_LAST_MOMENT (INT64_C(2921940) * KEEL_DAY) /* 10000-01-01 */

keel_misfit_code keel_moment_fit(const keel_encoding *encoding, keel_moment *moment)
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

/* Checked: an instant of the years 1 to 9999, in microseconds since 1970. */
static keel_misfit_code
take_unix(const keel_encoding *encoding, int64_t micros, keel_moment *moment)
{
    bool overflow =
        __builtin_sub_overflow(micros, KEEL_UNIX_TO_2000 * KEEL_SECOND, &moment->micros);

    moment->zoned = true;
    if (overflow || moment->micros < FIRST_MOMENT || moment->micros >= BEHIND_LAST_MOMENT)
        return KEEL_MISFIT_RANGE_;
    return keel_moment_fit(encoding, moment);
}

/* A whole Julian day begins at noon; 2440588 is that of 1970-01-01. */
static keel_misfit_code
take_julian_day(const keel_encoding *encoding, int64_t day, keel_moment *moment)
{
    if (day < 0 || day > 5373484)
        return KEEL_MISFIT_RANGE_;
    return take_unix(encoding, (day - 2440588) * KEEL_DAY + KEEL_DAY / 2, moment);
}

keel_misfit_code keel_moment_of_integer(const keel_encoding *encoding, keel_moment *moment)
{
    static const int64_t units[] = {
        [KEEL_EPOCH_SECONDS] = KEEL_SECOND, [KEEL_EPOCH_MILLISECONDS] = KEEL_SECOND / 1000};
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

keel_misfit_code keel_moment_of_real(const keel_encoding *encoding, keel_moment *moment)
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
