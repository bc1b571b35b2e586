#include "convert/decimal.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

enum { SHORT_SCALES = 7, MANTISSA_BITS = 52 };

static const double powers[SHORT_SCALES] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};

static const uint64_t int_powers[] = {UINT64_C(1),
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
                                      UINT64_C(1000000000000000000)};

static int write_digits(uint64_t value, char digits[KEEL_DECIMAL_DIGITS])
{
    char reversed[KEEL_DECIMAL_DIGITS];
    int count = 0;

    for (; value > 0; value /= 10)
        reversed[count++] = (char)('0' + value % 10);
    for (int i = 0; i < count; i++)
        digits[i] = reversed[count - 1 - i];
    return count;
}

static int without_trailing_zeros(const char *digits, int count)
{
    while (count > 0 && digits[count - 1] == '0')
        count--;
    return count;
}

/* Few digits behind the point: n / 10^k is correctly rounded for n < 2^53 and k <= 22, so the first
 * k at which it gives the value back is the shortest (decimals of 15 digits are farther apart than
 * doubles). */
static int shortest_by_division(double value, char digits[KEEL_DECIMAL_DIGITS], int *ret_point)
{
    for (int k = 0; k < SHORT_SCALES; k++) {
        double scaled = value * powers[k];
        if (scaled >= 1e15)
            return 0;
        double whole = nearbyint(scaled);
        if (keel_same_real(whole / powers[k], value)) {
            int count = write_digits((uint64_t)whole, digits);
            *ret_point = count - k;
            return without_trailing_zeros(digits, count);
        }
    }
    return 0;
}

/* Digits in front of the point, of 0.01 to below 2^53. */
static int point_of(double value)
{
    int point = 1;

    if (value < 1)
        return value < 0.1 ? -1 : 0;
    while (value >= (double)int_powers[point])
        point++;
    return point;
}

/* value = mantissa / 2^shift. The nearest decimal of `wanted` digits reads back if it is at most
 * half a unit of the last bit away: |n / 10^k - value| <= 1 / 2^(shift + 1), in whole numbers of at
 * most 120 bits. */
static bool reads_back(uint64_t mantissa, int shift, int k, uint64_t *ret_digits)
{
    uint128 exact = (uint128)mantissa * int_powers[k], half = (uint128)1 << (shift - 1);
    uint64_t nearest = (uint64_t)((exact + half) >> shift);
    bool tie = (exact & (half * 2 - 1)) == half;
    nearest -= tie && nearest % 2 == 1; /* to even, as the C library prints */
    uint128 back = (uint128)nearest << shift, distance = back > exact ? back - exact : exact - back;

    *ret_digits = nearest;
    return distance * 2 < int_powers[k] || (distance * 2 == int_powers[k] && mantissa % 2 == 0);
}

/* Exact, for 0.01 to below 2^53; 0 where the gaps on both sides of the value differ (a power of
 * two). */
static int shortest_by_integers(double value, char digits[KEEL_DECIMAL_DIGITS], int *ret_point)
{
    int exponent, point = point_of(value);
    uint64_t mantissa = (uint64_t)ldexp(frexp(value, &exponent), MANTISSA_BITS + 1), found = 0;
    int shift = MANTISSA_BITS + 1 - exponent;

    if (mantissa == UINT64_C(1) << MANTISSA_BITS || shift < 1)
        return 0;
    for (int wanted = 15; wanted <= 17; wanted++) {
        if (wanted < point || !reads_back(mantissa, shift, wanted - point, &found))
            continue;
        int count = write_digits(found, digits);
        *ret_point = count - (wanted - point);
        return without_trailing_zeros(digits, count);
    }
    return 0;
}

static int shortest_by_printing(double value, char digits[KEEL_DECIMAL_DIGITS], int *ret_point)
{
    char text[KEEL_NUMBER_TEXT];
    int precision = value < DBL_MIN ? 0 : 14; /* a denormal has fewer digits than fifteen */

    for (; precision < 17; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, value);
        if (precision == 16 || keel_same_real(strtod(text, NULL), value))
            break;
    }
    const char *exponent = strchr(text, 'e');
    digits[0] = text[0];
    if (precision > 0)
        memcpy(digits + 1, text + 2, (size_t)precision);
    *ret_point = (int)strtol(exponent + 1, NULL, 10) + 1;
    return without_trailing_zeros(digits, precision + 1);
}

int keel_decimal_shortest(double value, char digits[KEEL_DECIMAL_DIGITS], int *ret_point)
{
    double size = fabs(value);
    int count = 0;

    if (size >= 1e-5 && size < 1e15)
        count = shortest_by_division(size, digits, ret_point);
    if (count == 0 && size >= 0.01 && size < 0x1p53)
        count = shortest_by_integers(size, digits, ret_point);
    return count > 0 ? count : shortest_by_printing(size, digits, ret_point);
}

keel_decimal keel_decimal_of_real(double value, char digits[KEEL_DECIMAL_DIGITS])
{
    keel_decimal decimal = {.text = digits};
    int point = 0;

    if (keel_same_real(value, 0))
        return decimal;
    decimal.negative = value < 0;
    decimal.count = (size_t)keel_decimal_shortest(value, digits, &point);
    decimal.whole = decimal.count;
    decimal.point = point;
    decimal.fraction = KEEL_MAX((int64_t)decimal.count - point, 0);
    return decimal;
}

keel_decimal keel_decimal_of_int(int64_t value, char digits[KEEL_DECIMAL_DIGITS])
{
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    int count = write_digits(size, digits);
    keel_decimal decimal = {.negative = value < 0, .text = digits, .point = count};

    decimal.whole = (size_t)count;
    decimal.count = (size_t)without_trailing_zeros(digits, count);
    return decimal;
}

static size_t span_of_digits(const char *text, size_t size, size_t at)
{
    size_t start = at;

    while (at < size && (unsigned char)(text[at] - '0') <= 9)
        at++;
    return at - start;
}

/* [e[+-]digits] up to the end of the text; huge exponents saturate. */
static bool parse_exponent(const char *text, size_t size, int64_t *ret_exponent)
{
    size_t at = 1;
    bool negative = at < size && text[at] == '-';
    int64_t exponent = 0;

    if (at < size && (text[at] == '-' || text[at] == '+'))
        at++;
    size_t count = span_of_digits(text, size, at);
    if (count == 0 || at + count != size)
        return false;
    for (; at < size; at++) {
        if (exponent < INT32_MAX)
            exponent = exponent * 10 + (text[at] - '0');
    }
    *ret_exponent = negative ? -exponent : exponent;
    return true;
}

/* Narrows the digits to the significant ones. */
static void strip_zeros(keel_decimal *decimal)
{
    while (decimal->count > 0 && keel_decimal_digit(decimal, 0) == '0') {
        decimal->first++;
        decimal->count--;
        decimal->point--;
    }
    while (decimal->count > 0 && keel_decimal_digit(decimal, decimal->count - 1) == '0')
        decimal->count--;
}

bool keel_decimal_parse(const void *number,
                        size_t size,
                        bool exponent_allowed,
                        keel_decimal *ret_decimal)
{
    const char *text = number;
    keel_decimal decimal = {0};
    size_t fraction = 0;
    int64_t exponent = 0;

    if (size > 0 && text[0] == '-') {
        decimal.negative = true;
        text++;
        size--;
    }
    size_t whole = span_of_digits(text, size, 0), at = whole;
    if (whole == 0 || (whole > 1 && text[0] == '0'))
        return false;
    if (at < size && text[at] == '.') {
        fraction = span_of_digits(text, size, at + 1);
        if (fraction == 0)
            return false;
        at += 1 + fraction;
    }
    if (at < size && exponent_allowed && (text[at] == 'e' || text[at] == 'E')) {
        if (!parse_exponent(text + at, size - at, &exponent))
            return false;
        at = size;
    }
    if (at != size)
        return false;
    decimal.text = text;
    decimal.whole = whole;
    decimal.count = whole + fraction;
    decimal.point = (int64_t)whole + exponent;
    decimal.fraction = KEEL_MAX((int64_t)fraction - exponent, 0);
    strip_zeros(&decimal);
    *ret_decimal = decimal;
    return true;
}

bool keel_decimal_equal(const keel_decimal *left, const keel_decimal *right)
{
    if (left->count != right->count)
        return false;
    if (left->count == 0)
        return true;
    if (left->negative != right->negative || left->point != right->point)
        return false;
    for (size_t i = 0; i < left->count; i++) {
        if (keel_decimal_digit(left, i) != keel_decimal_digit(right, i))
            return false;
    }
    return true;
}

size_t keel_int_text(int64_t value, char out[KEEL_NUMBER_TEXT])
{
    char *at = out;

    if (value < 0)
        *at++ = '-';
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (size == 0)
        *at++ = '0';
    at += write_digits(size, at);
    *at = '\0';
    return (size_t)(at - out);
}

/* d.ddde+XX */
static char *put_scientific(char *at, const char *digits, int count, int exponent)
{
    *at++ = digits[0];
    *at++ = '.';
    if (count == 1)
        *at++ = '0';
    for (int i = 1; i < count; i++)
        *at++ = digits[i];
    at += snprintf(at, 8, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
    return at;
}

static char *put_plain(char *at, const char *digits, int count, int point)
{
    if (point <= 0)
        *at++ = '0';
    for (int i = 0; i < point; i++)
        *at++ = i < count ? digits[i] : '0';
    *at++ = '.';
    for (int i = point; i < 0; i++)
        *at++ = '0';
    if (count <= point)
        *at++ = '0';
    for (int i = KEEL_MAX(point, 0); i < count; i++)
        *at++ = digits[i];
    return at;
}

size_t keel_real_text(double value, char out[KEEL_NUMBER_TEXT])
{
    char digits[KEEL_DECIMAL_DIGITS], *at = out;
    int point = 0;

    if (!isfinite(value))
        return (size_t)snprintf(out, KEEL_NUMBER_TEXT, "%s",
                                isnan(value) ? "NaN"
                                : value > 0  ? "Inf"
                                             : "-Inf");
    if (keel_same_real(value, 0))
        return (size_t)snprintf(out, KEEL_NUMBER_TEXT, signbit(value) ? "-0.0" : "0.0");
    int count = keel_decimal_shortest(value, digits, &point);
    if (value < 0)
        *at++ = '-';
    if (point < -3 || point > 15)
        at = put_scientific(at, digits, count, point - 1);
    else
        at = put_plain(at, digits, count, point);
    *at = '\0';
    return (size_t)(at - out);
}
