/* Numbers of the JSON scan: hashed by sign, significant digits and power of ten. */
#include "convert/json_scan.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    MOST_WHOLE_DIGITS = 131072,
    MOST_FRACTION_DIGITS = 16383,
    DIGITS_OF_UINT64 = 19,
};

static const uint64_t zero_hash = UINT64_C(0x7a65726f7a65726f),
                      number_tag = UINT64_C(0x6e756d6265722121);

static size_t take_digits(keel_json_reader *s)
{
    const unsigned char *start = s->at;

    while (s->at < s->end && (unsigned)(*s->at - '0') <= 9u)
        s->at++;
    return (size_t)(s->at - start);
}

static bool take_exponent(keel_json_reader *s, int64_t *ret_exponent)
{
    int64_t exponent = 0;

    if (!keel_json_take(s, 'e') && !keel_json_take(s, 'E'))
        return true;
    bool negative = keel_json_take(s, '-');
    if (!negative)
        keel_json_take(s, '+');
    const unsigned char *start = s->at;
    if (take_digits(s) == 0)
        return false;
    for (; start < s->at; start++)
        exponent = exponent < INT32_MAX ? exponent * 10 + (*start - '0') : exponent;
    *ret_exponent = negative ? -exponent : exponent;
    return true;
}

static void judge_range(keel_json_reader *s, size_t digits, int64_t power, int64_t fraction)
{
    s->facts.number_out_of_range |=
        fraction > MOST_FRACTION_DIGITS || (int64_t)digits + power > MOST_WHOLE_DIGITS;
}

static uint64_t hash_number(bool negative, uint64_t digits, int64_t power)
{
    return keel_json_mix(keel_json_mix(number_tag + negative, digits), (uint64_t)power);
}

static uint64_t hash_short_number(
    keel_json_reader *s, bool negative, const unsigned char *digits, size_t count, int64_t power)
{
    uint64_t value = 0;
    int64_t fraction = power < 0 ? -power : 0;
    size_t left = count;

    for (; left > 0; digits++) {
        if (*digits == '.')
            continue;
        value = value * 10 + (uint64_t)(*digits - '0');
        left--;
    }
    judge_range(s, value != 0 ? count : 0, value != 0 ? power : 0, fraction);
    if (value == 0)
        return zero_hash;
    for (; value % 10 == 0; value /= 10)
        power++;
    return hash_number(negative, value, power);
}

/* More digits than a uint64 surely holds: without the zeros at both ends they may still be few. */
static uint64_t hash_long_number(
    keel_json_reader *s, bool negative, const unsigned char *digits, size_t count, int64_t power)
{
    int64_t fraction = power < 0 ? -power : 0;

    keel_str_clear(&s->scratch);
    for (size_t left = count; left > 0; digits++) {
        if (*digits == '.')
            continue;
        if (s->scratch.size > 0 || *digits != '0')
            keel_str_addc(&s->scratch, (char)*digits);
        left--;
    }
    judge_range(s, s->scratch.size, s->scratch.size > 0 ? power : 0, fraction);
    for (; s->scratch.size > 0 && s->scratch.data[s->scratch.size - 1] == '0'; s->scratch.size--)
        power++;
    if (s->scratch.size > DIGITS_OF_UINT64)
        return hash_number(negative, XXH3_64bits(s->scratch.data, s->scratch.size), power);
    uint64_t value = 0;
    for (size_t i = 0; i < s->scratch.size; i++)
        value = value * 10 + (uint64_t)(s->scratch.data[i] - '0');
    return value == 0 ? zero_hash : hash_number(negative, value, power);
}

bool keel_json_scan_number(keel_json_reader *s, uint64_t *ret_hash)
{
    bool negative = keel_json_take(s, '-');
    const unsigned char *start = s->at;
    size_t whole = take_digits(s), fraction = 0;
    int64_t exponent = 0;

    if (whole > 1 && *start == '0')
        s->at = start + 1;
    if (whole == 0 || (whole > 1 && *start == '0'))
        return false;
    if (keel_json_take(s, '.')) {
        fraction = take_digits(s);
        if (fraction == 0)
            return false;
    }
    if (!take_exponent(s, &exponent))
        return false;
    size_t count = whole + fraction;
    int64_t power = exponent - (int64_t)fraction;
    *ret_hash = count <= DIGITS_OF_UINT64 ? hash_short_number(s, negative, start, count, power)
                                          : hash_long_number(s, negative, start, count, power);
    return true;
}
