/* One pass over JSON text by recursive descent: judged and hashed at once, no tree. A member of an
 * object is two hashes; members that are still open stand in one stack for all levels. */
#include "convert/json.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/memory.h"
#include "convert/utf8.h"

enum {
    DEEPEST = 6400,
    FEW_MEMBERS = 32, /* up to here a repeated key is searched for one by one */
    MEMBERS_AT_HAND = 64,
    MOST_WHOLE_DIGITS = 131072,
    MOST_FRACTION_DIGITS = 16383,
    DIGITS_OF_UINT64 = 19,
};

#define ONES      UINT64_C(0x0101010101010101)
#define HIGH_BITS (ONES * 0x80)

static const uint64_t prime_1 = UINT64_C(0x9E3779B185EBCA87),
                      prime_2 = UINT64_C(0xC2B2AE3D27D4EB4F);
static const uint64_t null_hash = UINT64_C(0x6e756c6c6e756c6c),
                      true_hash = UINT64_C(0x7472756574727565),
                      false_hash = UINT64_C(0x66616c7366616c73),
                      zero_hash = UINT64_C(0x7a65726f7a65726f),
                      string_tag = UINT64_C(0x737472696e672121),
                      number_tag = UINT64_C(0x6e756d6265722121),
                      array_tag = UINT64_C(0x6172726179212121),
                      object_tag = UINT64_C(0x6f626a6563742121);

typedef struct member {
    uint64_t key, value;
    size_t order;
} member;

typedef struct scan {
    const unsigned char *at, *end;
    keel_json_facts facts;
    int depth;
    member *members;
    size_t member_count, member_room;
    keel_str scratch; /* an unescaped string, or the digits of a long number */
    member at_hand[MEMBERS_AT_HAND];
} scan;

static bool scan_value(scan *s, uint64_t *ret_hash);

static uint64_t mix(uint64_t left, uint64_t right)
{
    uint64_t hash = ((left << 27) | (left >> 37)) * prime_1;

    right *= prime_2;
    hash ^= right ^ (right >> 31);
    hash *= prime_1;
    return hash ^ (hash >> 32);
}

static void skip_space(scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
        s->at++;
}

static bool take(scan *s, unsigned char wanted)
{
    if (s->at == s->end || *s->at != wanted)
        return false;
    s->at++;
    return true;
}

static bool take_word(scan *s, const char *word, size_t size, uint64_t hash, uint64_t *ret_hash)
{
    if ((size_t)(s->end - s->at) < size || memcmp(s->at, word, size) != 0)
        return false;
    s->at += size;
    *ret_hash = hash;
    return true;
}

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

static bool take_hex4(scan *s, unsigned *ret_unit)
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
static bool take_unicode(scan *s)
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
static bool take_escape(scan *s)
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
static bool scan_escaped(scan *s, const unsigned char *start, uint64_t *ret_hash)
{
    keel_str_clear(&s->scratch);
    for (;;) {
        keel_str_addn(&s->scratch, start, (size_t)(s->at - start));
        if (take(s, '"'))
            break;
        if (!take(s, '\\') || !take_escape(s))
            return false;
        start = s->at;
        s->at = plain_end(s->at, s->end);
    }
    *ret_hash = mix(string_tag, XXH3_64bits(s->scratch.data, s->scratch.size));
    return true;
}

/* Behind the opening quote. */
static bool scan_string(scan *s, uint64_t *ret_hash)
{
    const unsigned char *start = s->at;

    s->at = plain_end(start, s->end);
    if (s->at < s->end && *s->at == '\\')
        return scan_escaped(s, start, ret_hash);
    if (!take(s, '"'))
        return false;
    *ret_hash = mix(string_tag, XXH3_64bits(start, (size_t)(s->at - 1 - start)));
    return true;
}

static size_t take_digits(scan *s)
{
    const unsigned char *start = s->at;

    while (s->at < s->end && (unsigned)(*s->at - '0') <= 9u)
        s->at++;
    return (size_t)(s->at - start);
}

static bool take_exponent(scan *s, int64_t *ret_exponent)
{
    int64_t exponent = 0;

    if (!take(s, 'e') && !take(s, 'E'))
        return true;
    bool negative = take(s, '-');
    if (!negative)
        take(s, '+');
    const unsigned char *start = s->at;
    if (take_digits(s) == 0)
        return false;
    for (; start < s->at; start++)
        exponent = exponent < INT32_MAX ? exponent * 10 + (*start - '0') : exponent;
    *ret_exponent = negative ? -exponent : exponent;
    return true;
}

static void judge_range(scan *s, size_t digits, int64_t power, int64_t fraction)
{
    s->facts.number_out_of_range |=
        fraction > MOST_FRACTION_DIGITS || (int64_t)digits + power > MOST_WHOLE_DIGITS;
}

static uint64_t hash_number(bool negative, uint64_t digits, int64_t power)
{
    return mix(mix(number_tag + negative, digits), (uint64_t)power);
}

static uint64_t
hash_short_number(scan *s, bool negative, const unsigned char *digits, size_t count, int64_t power)
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
static uint64_t
hash_long_number(scan *s, bool negative, const unsigned char *digits, size_t count, int64_t power)
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

static bool scan_number(scan *s, uint64_t *ret_hash)
{
    bool negative = take(s, '-');
    const unsigned char *start = s->at;
    size_t whole = take_digits(s), fraction = 0;
    int64_t exponent = 0;

    if (whole > 1 && *start == '0')
        s->at = start + 1;
    if (whole == 0 || (whole > 1 && *start == '0'))
        return false;
    if (take(s, '.')) {
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

static bool scan_array(scan *s, uint64_t *ret_hash)
{
    uint64_t hash = array_tag, item;

    skip_space(s);
    if (!take(s, ']')) {
        do {
            if (!scan_value(s, &item))
                return false;
            hash = mix(hash, item);
            skip_space(s);
        } while (take(s, ','));
        if (!take(s, ']'))
            return false;
    }
    *ret_hash = mix(hash, array_tag);
    return true;
}

static void add_member(scan *s, size_t first, uint64_t key, uint64_t value)
{
    if (s->member_count - first < FEW_MEMBERS) {
        for (size_t i = first; i < s->member_count; i++) {
            if (s->members[i].key == key) {
                s->facts.duplicate_keys = true;
                s->members[i].value = value;
                return;
            }
        }
    }
    if (s->member_count == s->member_room) {
        size_t size = s->member_room * sizeof(member);
        bool at_hand = s->members == s->at_hand;
        s->members = keel_realloc(at_hand ? NULL : s->members, size * 2);
        if (at_hand)
            memcpy(s->members, s->at_hand, size);
        s->member_room *= 2;
    }
    s->members[s->member_count] = (member){key, value, s->member_count};
    s->member_count++;
}

static int by_key_and_order(const void *left, const void *right)
{
    const member *a = left, *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* The sum over the members, in which order does not matter; of repeated keys the last counts. */
static uint64_t hash_members(scan *s, size_t first)
{
    member *members = s->members + first;
    size_t count = s->member_count - first;
    uint64_t sum = 0;

    if (count > FEW_MEMBERS)
        qsort(members, count, sizeof *members, by_key_and_order);
    for (size_t i = 0; i < count; i++) {
        if (count > FEW_MEMBERS && i + 1 < count && members[i].key == members[i + 1].key)
            s->facts.duplicate_keys = true;
        else
            sum += mix(members[i].key, members[i].value);
    }
    return mix(object_tag, sum);
}

static bool scan_object(scan *s, uint64_t *ret_hash)
{
    size_t first = s->member_count;
    uint64_t key, value;

    skip_space(s);
    if (!take(s, '}')) {
        do {
            skip_space(s);
            if (!take(s, '"') || !scan_string(s, &key))
                return false;
            skip_space(s);
            if (!take(s, ':') || !scan_value(s, &value))
                return false;
            add_member(s, first, key, value);
            skip_space(s);
        } while (take(s, ','));
        if (!take(s, '}'))
            return false;
    }
    *ret_hash = hash_members(s, first);
    s->member_count = first;
    return true;
}

static bool scan_nested(scan *s, uint64_t *ret_hash)
{
    if (s->depth == DEEPEST)
        return false;
    s->depth++;
    bool valid = *s->at++ == '{' ? scan_object(s, ret_hash) : scan_array(s, ret_hash);
    s->depth--;
    return valid;
}

static bool scan_value(scan *s, uint64_t *ret_hash)
{
    skip_space(s);
    if (s->at == s->end)
        return false;
    switch (*s->at) {
    case '{':
    case '[':
        return scan_nested(s, ret_hash);
    case '"':
        s->at++;
        return scan_string(s, ret_hash);
    case 't':
        return take_word(s, "true", 4, true_hash, ret_hash);
    case 'f':
        return take_word(s, "false", 5, false_hash, ret_hash);
    case 'n':
        return take_word(s, "null", 4, null_hash, ret_hash);
    default:
        return scan_number(s, ret_hash);
    }
}

static bool scan_document(scan *s, uint64_t *ret_hash)
{
    if (!scan_value(s, ret_hash))
        return false;
    skip_space(s);
    return s->at == s->end;
}

keel_json_facts keel_json_scan(const void *text, size_t size)
{
    scan s;
    size_t offset;
    uint64_t hash = 0;

    s.facts = (keel_json_facts){.verdict = KEEL_JSON_INVALID};
    if (size == 0)
        return s.facts;
    if (keel_utf8_check(text, size, &offset) != KEEL_UTF8_VALID) {
        s.facts.error_offset = offset;
        return s.facts;
    }
    s.at = text;
    s.end = s.at + size;
    s.depth = 0;
    s.members = s.at_hand;
    s.member_count = 0;
    s.member_room = MEMBERS_AT_HAND;
    s.scratch = (keel_str){0};
    if (scan_document(&s, &hash)) {
        s.facts.verdict = KEEL_JSON_VALID;
        s.facts.hash = hash;
    } else {
        s.facts.error_offset = size - (size_t)(s.end - s.at);
    }
    if (s.members != s.at_hand)
        free(s.members);
    keel_str_free(&s.scratch);
    return s.facts;
}

uint64_t keel_json_hash(const void *text, size_t size)
{
    keel_json_facts facts = keel_json_scan(text, size);

    return facts.verdict == KEEL_JSON_VALID ? facts.hash : XXH3_64bits(text, size);
}
