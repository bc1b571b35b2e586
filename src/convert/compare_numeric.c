/* numeric read back: few digits by integers, others as decimal figures. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "convert/comparer.h"

/* A numeric of few digits. */
typedef struct small {
    int64_t units; /* value = units / 10000^behind */
    int behind;
    double value; /* correctly rounded, so no other number of so few digits gives it */
} small;

static bool small_numeric(keel_field field, small *ret_small)
{
    static const double powers[] = {1, 1e4, 1e8, 1e12, 1e16, 1e20};
    int count = keel_get_i16(field.bytes), behind = count - 1 - keel_get_i16(field.bytes + 2);
    uint16_t sign = (uint16_t)keel_get_i16(field.bytes + 4);
    int64_t units = 0;

    if (count < 0 || count > 4 || field.size != 8 + 2 * count || behind < 0 || behind > 5 ||
        sign > 0x4000)
        return false;
    for (int i = 0; i < count; i++)
        units = units * 10000 + keel_get_i16(field.bytes + 8 + 2 * i);
    if (units < 0 || units >= INT64_C(1000000000000000))
        return false;
    double value = (double)units / powers[behind];
    *ret_small = (small){units, behind, sign != 0 ? -value : value};
    return true;
}

static int64_t scale_of(const keel_rule *rule)
{
    return rule->type->precision > 0 ? rule->type->scale : INT16_MAX;
}

static bool figures_agree(const keel_rule *rule, keel_figure *wanted, keel_field field)
{
    KEEL_CLEANUP(keel_figure_free) keel_figure arrived = {0};

    if (!keel_figure_of_numeric(field, &arrived))
        return false;
    if (rule->round)
        keel_figure_round(wanted, scale_of(rule));
    return keel_figure_equal(wanted, &arrived);
}

/* Does it end at the scale of the type? */
static bool has_scale(const small *number, int scale)
{
    static const int powers[] = {1, 10, 100, 1000};
    int beyond = 4 * number->behind - scale; /* digits of the groups behind the scale */

    return beyond <= 0 || (beyond < 4 && number->units % powers[beyond] == 0);
}

/* Rounded to `scale` digits, a real is at most half a unit away, and surely so if it is clearly
 * less. */
static bool
surely_rounded(const keel_rule *rule, double real, const small *arrived, bool *ret_equal)
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
    int scale = rule->type->scale;

    if (rule->type->precision == 0 || scale < 0 || scale > 8)
        return false;
    double units = fabs(real) * powers[scale],
           distance = fabs(real - arrived->value) * powers[scale];
    double doubt = units * 0x1p-48;
    if (distance > 0.5 - doubt && distance < 0.5 + doubt)
        return false;
    *ret_equal = distance < 0.5 && has_scale(arrived, scale);
    return units < 0x1p47;
}

/* Read as text, the numeric gives the double that it came from. */
static bool reads_as(keel_field field, double real)
{
    char text[64];
    int count = keel_get_i16(field.bytes), at = 0;

    if (count < 1 || count > 12 || field.size != 8 + 2 * count)
        return false;
    text[at++] = (field.bytes[4] & 0x40) != 0 ? '-' : '+';
    for (int i = 0; i < count; i++) {
        int group = keel_get_i16(field.bytes + 8 + 2 * i);
        for (int unit = 1000; unit > 0; unit /= 10)
            text[at++] = (char)('0' + group / unit % 10);
    }
    snprintf(text + at, sizeof text - (size_t)at, "e%d",
             4 * (keel_get_i16(field.bytes + 2) - count + 1));
    return keel_equal_reals(strtod(text, NULL), real);
}

static bool numeric_is_real(const keel_rule *rule, double real, keel_field field)
{
    KEEL_CLEANUP(keel_figure_free) keel_figure wanted = {0};
    double special;
    small arrived;
    bool equal;

    if (!isfinite(real))
        return keel_numeric_special(field, &special) && keel_equal_reals(special, real);
    if (small_numeric(field, &arrived)) {
        if (keel_equal_reals(arrived.value, real))
            return true;
        if (!rule->round)
            return false;
        if (surely_rounded(rule, real, &arrived, &equal))
            return equal;
    } else if (reads_as(field, real)) {
        return true;
    }
    keel_figure_of_real(real, &wanted);
    return figures_agree(rule, &wanted, field);
}

static bool numeric_is_int(const keel_rule *rule, int64_t integer, keel_field field)
{
    KEEL_CLEANUP(keel_figure_free) keel_figure wanted = {0};
    char text[24];
    small arrived;

    if (small_numeric(field, &arrived) && arrived.behind == 0) {
        bool negative = (field.bytes[4] & 0x40) != 0;
        if ((negative ? -arrived.units : arrived.units) == integer)
            return true;
    }
    int size = snprintf(text, sizeof text, "%lld", (long long)integer);
    keel_figure_of_text(text, (size_t)size, &wanted);
    return figures_agree(rule, &wanted, field);
}

/* Plain text of few digits: text = number / 10^fraction. */
static bool small_text(const keel_cell *cell, int64_t *ret_number, int *ret_fraction)
{
    const unsigned char *at = cell->bytes, *end = at + cell->size;
    bool negative = at < end && *at == '-', fraction = false;
    int64_t number = 0;
    int behind = 0;

    if (cell->size > 16)
        return false;
    for (at += negative; at < end; at++) {
        if (*at == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (*at < '0' || *at > '9')
            return false;
        number = number * 10 + (*at - '0');
        behind += fraction;
    }
    *ret_number = negative ? -number : number;
    *ret_fraction = behind;
    return true;
}

static bool scaled_equal(int64_t number, int64_t other, int power)
{
    bool overflow = false;

    for (; power > 0 && !overflow; power--)
        overflow = __builtin_mul_overflow(number, 10, &number);
    return !overflow && number == other;
}

/* The text and the field are the same few digits; false says nothing. */
static bool surely_text(const keel_cell *cell, keel_field field)
{
    small arrived;
    int64_t number;
    int fraction;

    if (!small_text(cell, &number, &fraction) || !small_numeric(field, &arrived))
        return false;
    int64_t units = (field.bytes[4] & 0x40) != 0 ? -arrived.units : arrived.units;
    int power = 4 * arrived.behind - fraction;
    return power >= 0 ? scaled_equal(number, units, power) : scaled_equal(units, number, -power);
}

bool keel_compare_numeric(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    KEEL_CLEANUP(keel_figure_free) keel_figure written = {0};
    double special;

    if (field.size < 8)
        return false;
    if (cell->class == KEEL_CELL_REAL)
        return numeric_is_real(rule, cell->real, field);
    if (cell->class == KEEL_CELL_INTEGER)
        return numeric_is_int(rule, cell->integer, field);
    if (cell->class != KEEL_CELL_TEXT)
        return false;
    if (keel_numeric_special(field, &special))
        return keel_text_is_special(cell, special);
    if (surely_text(cell, field))
        return true;
    return keel_figure_of_text(cell->bytes, cell->size, &written) &&
           figures_agree(rule, &written, field);
}
