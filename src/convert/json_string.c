/* Strings of the JSON scan: eight bytes at a time up to the first escape, hashed without a copy if
 * there is none. */
#include "convert/json_scan.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define ONES      UINT64_C(0x0101010101010101)
#define HIGH_BITS (ONES * 0x80)

static const uint64_t string_tag = UINT64_C(0x737472696e672121);

static uint64_t zero_bytes(uint64_t word)
{
    return (word - ONES) & ~word & HIGH_BITS;
}

/* The next byte that is not plain string content: quote, backslash or control. */
static const unsigned char *plain_end(const unsigned char *at, const unsigned char *end)
{
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        uint64_t control = (word - ONES * 0x20) & ~word & HIGH_BITS;
        uint64_t found =
            zero_bytes(word ^ (ONES * '"')) | zero_bytes(word ^ (ONES * '\\')) | control;
        if (found != 0)
            return at + (__builtin_ctzll(found) >> 3);
        at += 8;
    }
    while (at < end && *at != '"' && *at != '\\' && *at >= 0x20)
        at++;
    return at;
}

static bool take_hex4(keel_json_reader *s, unsigned *ret_unit)
{
    unsigned unit = 0;

    if (s->end - s->at < 4)
        return false;
    for (int i = 0; i < 4; i++, s->at++) {
        unsigned c = *s->at;
        unsigned digit = c - '0' <= 9u             ? c - '0'
                         : (c | 0x20u) - 'a' <= 5u ? (c | 0x20u) - 'a' + 10u
                                                   : 16u;
        if (digit > 15)
            return false;
        unit = unit * 16 + digit;
    }
    *ret_unit = unit;
    return true;
}

static void add_character(keel_str *out, unsigned point)
{
    char bytes[4];
    size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = size; i-- > 1; point >>= 6)
        bytes[i] = (char)(0x80 | (point & 0x3f));
    bytes[0] = (char)(leads[size] | point);
    keel_str_addn(out, bytes, size);
}

/* Behind \u: one unit, or the two of a surrogate pair. A lone surrogate is noted and kept for the
 * hash. */
static bool take_unicode(keel_json_reader *s)
{
    unsigned unit, low;

    if (!take_hex4(s, &unit))
        return false;
    s->facts.has_u0000 |= unit == 0;
    if (unit >= 0xd800 && unit < 0xdc00 && s->end - s->at >= 6 && s->at[0] == '\\' &&
        s->at[1] == 'u') {
        const unsigned char *behind = s->at;
        s->at += 2;
        if (!take_hex4(s, &low))
            return false;
        if (low >= 0xdc00 && low < 0xe000) {
            add_character(&s->scratch, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
            return true;
        }
        s->at = behind;
    }
    s->facts.lone_surrogate |= unit >= 0xd800 && unit < 0xe000;
    add_character(&s->scratch, unit);
    return true;
}

/* Behind the backslash. */
static bool take_escape(keel_json_reader *s)
{
    static const char escapes[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";

    if (s->at == s->end)
        return false;
    if (*s->at == 'u') {
        s->at++;
        return take_unicode(s);
    }
    const char *found = memchr(escapes, *s->at, sizeof escapes - 1);
    if (found == NULL)
        return false;
    s->at++;
    keel_str_addc(&s->scratch, plain[found - escapes]);
    return true;
}

/* The rest of a string that has escapes; its plain beginning is `start`..s->at. */
static bool scan_escaped(keel_json_reader *s, const unsigned char *start, uint64_t *ret_hash)
{
    keel_str_clear(&s->scratch);
    for (;;) {
        keel_str_addn(&s->scratch, start, (size_t)(s->at - start));
        if (keel_json_take(s, '"'))
            break;
        if (!keel_json_take(s, '\\') || !take_escape(s))
            return false;
        start = s->at;
        s->at = plain_end(s->at, s->end);
    }
    *ret_hash = keel_json_mix(string_tag, XXH3_64bits(s->scratch.data, s->scratch.size));
    return true;
}

/* Behind the opening quote. */
bool keel_json_scan_string(keel_json_reader *s, uint64_t *ret_hash)
{
    const unsigned char *start = s->at;

    s->at = plain_end(start, s->end);
    if (s->at < s->end && *s->at == '\\')
        return scan_escaped(s, start, ret_hash);
    if (!keel_json_take(s, '"'))
        return false;
    *ret_hash = keel_json_mix(string_tag, XXH3_64bits(start, (size_t)(s->at - 1 - start)));
    return true;
}
