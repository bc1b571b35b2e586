/* The body of PostgreSQL's binary numeric: count of base-10000 digits, weight of the first, sign,
 * display scale, digits. */
#include <math.h>

#include "convert/decimal.h"
#include "convert/encoder.h"

enum {
    MOST_WHOLE_DIGITS = 131072,
    MOST_FRACTION_DIGITS = 16383,
    SIGN_POSITIVE = 0x0000,
    SIGN_NEGATIVE = 0x4000,
    SIGN_NAN = 0xC000,
    SIGN_INFINITY = 0xD000,
    SIGN_MINUS_INFINITY = 0xF000,
};

static const uint64_t powers[] = {UINT64_C(1),
                                  UINT64_C(10),
                                  UINT64_C(100),
                                  UINT64_C(1000),
                                  UINT64_C(10000),
                                  UINT64_C(100000),
                                  UINT64_C(1000000),
                                  UINT64_C(10000000),
                                  UINT64_C(100000000),
                                  UINT64_C(1000000000),
                                  UINT64_C(10000000000),
                                  UINT64_C(100000000000),
                                  UINT64_C(1000000000000),
                                  UINT64_C(10000000000000),
                                  UINT64_C(100000000000000),
                                  UINT64_C(1000000000000000),
                                  UINT64_C(10000000000000000),
                                  UINT64_C(100000000000000000),
                                  UINT64_C(1000000000000000000),
                                  UINT64_C(10000000000000000000)};

static void put_head(keel_str *out, size_t count, int64_t weight, bool negative, int64_t scale)
{
    keel_put_i16(out, (int16_t)count);
    keel_put_i16(out, (int16_t)weight);
    keel_put_i16(out, negative ? SIGN_NEGATIVE : SIGN_POSITIVE);
    keel_put_i16(out, (int16_t)scale);
}

/* size / 10^scale, where size * 1000 does not overflow unless scale is a multiple of 4. */
static void put_small(bool negative, uint64_t size, int scale, int display, keel_str *out)
{
    uint16_t groups[8];
    int padding = (4 - scale % 4) % 4, count = 0, low = 0;

    for (uint64_t rest = size * powers[padding]; rest > 0; rest /= 10000)
        groups[count++] = (uint16_t)(rest % 10000);
    while (low < count && groups[low] == 0)
        low++;
    int weight = count > 0 ? count - 1 - (scale + padding) / 4 : 0;
    put_head(out, (size_t)(count - low), weight, negative && count > 0, display);
    for (int i = count - 1; i >= low; i--)
        keel_put_i16(out, (int16_t)groups[i]);
}

keel_misfit_code keel_numeric_put_int(
    int64_t value, const keel_pg_type *type, bool round, keel_str *out, bool *ret_rounded)
{
    char digits[KEEL_DECIMAL_DIGITS];
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    int whole_digits = type->precision > 0 ? type->precision - type->scale : MOST_WHOLE_DIGITS;

    if (type->precision > 0 && (type->scale < 0 || whole_digits < 0)) {
        keel_decimal decimal = keel_decimal_of_int(value, digits);
        return keel_numeric_put(&decimal, type, round, out, ret_rounded);
    }
    if (whole_digits < (int)KEEL_COUNT_OF(powers) && size >= powers[whole_digits])
        return KEEL_MISFIT_RANGE_;
    put_small(value<0, size, 0, type->precision> 0 ? type->scale : 0, out);
    return KEEL_FITS;
}

/* The value as a count of 10^-scale, if that is certain to be what its shortest decimal gives:
 * either exactly, or rounded where the value is farther from a tie than any decimal that reads back
 * as it. */
static bool
count_of_units(double value, int scale, bool round, double *ret_units, bool *ret_rounded)
{
    double scaled = fabs(value) * (double)powers[scale];

    if (!(scaled < 1e15))
        return false;
    double units = nearbyint(scaled);
    bool exact = keel_same_real(units / (double)powers[scale], fabs(value));
    double from_tie = fabs(fabs(scaled - units) - 0.5);
    if (!exact && (!round || from_tie <= scaled * 0x1p-50))
        return false;
    *ret_units = units;
    *ret_rounded = !exact;
    return true;
}

keel_misfit_code keel_numeric_put_real(
    double value, const keel_pg_type *type, bool round, keel_str *out, bool *ret_rounded)
{
    char digits[KEEL_DECIMAL_DIGITS];
    double units;

    if (type->precision > 0 && type->scale >= 0 && type->scale <= 15 &&
        count_of_units(value, type->scale, round, &units, ret_rounded)) {
        if (type->precision <= 15 && units >= (double)powers[type->precision])
            return KEEL_MISFIT_RANGE_;
        put_small(value < 0, (uint64_t)units, type->scale, type->scale, out);
        return KEEL_FITS;
    }
    keel_decimal decimal = keel_decimal_of_real(value, digits);
    return keel_numeric_put(&decimal, type, round, out, ret_rounded);
}

void keel_numeric_put_special(double value, keel_str *out)
{
    int sign = isnan(value) ? SIGN_NAN : value > 0 ? SIGN_INFINITY : SIGN_MINUS_INFINITY;

    keel_put_i16(out, 0);
    keel_put_i16(out, 0);
    keel_put_i16(out, (int16_t)sign);
    keel_put_i16(out, 0);
}

static int64_t floor_div4(int64_t value)
{
    return value >= 0 ? value / 4 : -((3 - value) / 4);
}

static int16_t get_group(const keel_str *out, size_t at)
{
    return keel_get_i16(out->data + at);
}

static void set_group(keel_str *out, size_t at, int value)
{
    uint16_t raw = __builtin_bswap16((uint16_t)value);
    memcpy(out->data + at, &raw, sizeof raw);
}

/* The first `keep` digits as groups behind out->size. The first group holds `lead` of them. */
static size_t put_groups(const keel_decimal *decimal, size_t keep, int lead, keel_str *out)
{
    size_t at = 0, count = 0;
    int wanted = lead;

    while (at < keep) {
        int group = 0;
        for (int i = 0; i < wanted; i++, at++)
            group = group * 10 + (at < keep ? keel_decimal_digit(decimal, at) - '0' : 0);
        keel_put_i16(out, (int16_t)group);
        wanted = 4;
        count++;
    }
    return count;
}

/* Adds one in the last kept digit; a carry out of the first group becomes a group of its own
 * (true). */
static bool round_up(keel_str *out, size_t start, size_t count, size_t keep, int lead)
{
    size_t behind =
        (count * 4 - 4 + (size_t)lead) - keep; /* digits of the last group behind the kept ones */
    int unit = (int)powers[behind];

    for (size_t i = count; i-- > 0; unit = 1) {
        int group = get_group(out, start + 2 * i) + unit;
        set_group(out, start + 2 * i, group % 10000);
        if (group < 10000)
            return false;
    }
    memmove(out->data + start + 2, out->data + start, 2 * count);
    set_group(out, start, 1);
    out->size += 2;
    return true;
}

static int64_t point_of(const keel_str *out, size_t start, int64_t weight)
{
    int first = get_group(out, start), digits = 1;

    for (; first >= 10; first /= 10)
        digits++;
    return weight * 4 + digits;
}

/* Writes head and the first `keep` digits, then one more in the last of them if `up`. */
static keel_misfit_code put_kept(const keel_decimal *decimal,
                                 const keel_pg_type *type,
                                 size_t keep,
                                 bool up,
                                 int64_t display,
                                 keel_str *out)
{
    size_t head = out->size, start = head + 8;
    int64_t weight = floor_div4(decimal->point - 1);
    int lead = (int)(decimal->point - 4 * weight);

    out->size = start;
    size_t count = put_groups(decimal, keep, lead, out);
    if (up && round_up(out, start, count, keep, lead)) {
        weight++;
        count++;
    }
    int64_t point = point_of(out, start, weight);
    int64_t most = type->precision > 0 ? type->precision - type->scale : MOST_WHOLE_DIGITS;
    while (count > 0 && get_group(out, start + 2 * (count - 1)) == 0)
        count--;
    out->size = head;
    if (point > most)
        return KEEL_MISFIT_RANGE_;
    put_head(out, count, weight, decimal->negative, display);
    out->size = start + 2 * count;
    return KEEL_FITS;
}

/* 10^-scale, what rounding away from nothing gives. */
static keel_misfit_code
put_one_unit(const keel_decimal *decimal, const keel_pg_type *type, int64_t display, keel_str *out)
{
    keel_decimal unit = {.text = "1", .count = 1, .whole = 1, .negative = decimal->negative};

    unit.point = 1 - (int64_t)type->scale;
    return put_kept(&unit, type, 1, false, display, out);
}

keel_misfit_code keel_numeric_put(const keel_decimal *decimal,
                                  const keel_pg_type *type,
                                  bool round,
                                  keel_str *out,
                                  bool *ret_rounded)
{
    bool limited = type->precision > 0;
    int64_t display = limited ? KEEL_MAX(type->scale, 0) : decimal->fraction;
    int64_t keep = limited ? decimal->point + type->scale : (int64_t)decimal->count;
    bool inexact = decimal->count > 0 && keep < (int64_t)decimal->count;

    *ret_rounded = false;
    if (display > MOST_FRACTION_DIGITS || decimal->point > MOST_WHOLE_DIGITS)
        return KEEL_MISFIT_RANGE_;
    if (inexact && !round)
        return KEEL_MISFIT_FRACTION_;
    keel_str_reserve(out, decimal->count + KEEL_ENCODE_ROOM);
    *ret_rounded = inexact;
    bool up = inexact && keep >= 0 && keel_decimal_digit(decimal, (size_t)keep) >= '5';
    if (decimal->count == 0 || keep < 0 || (keep == 0 && !up)) {
        put_head(out, 0, 0, false, display);
        return KEEL_FITS;
    }
    if (keep == 0)
        return put_one_unit(decimal, type, display, out);
    return put_kept(decimal, type, (size_t)KEEL_MIN(keep, (int64_t)decimal->count), up, display,
                    out);
}
