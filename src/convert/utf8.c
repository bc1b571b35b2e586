#include "convert/utf8.h"

#include <stdint.h>
#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)
#define ONES      UINT64_C(0x0101010101010101)

/* Skips bytes 1..127, eight at a time: a byte 0 borrows and a byte above 127 keeps its high bit. */
static const unsigned char *skip_ascii(const unsigned char *at, const unsigned char *end)
{
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        if ((((word - ONES) | word) & HIGH_BITS) != 0)
            break;
        at += 8;
    }
    while (at < end && *at - 1u < 0x7f)
        at++;
    return at;
}

static bool follows(const unsigned char *at, const unsigned char *end, int count)
{
    if (end - at < count)
        return false;
    for (int i = 0; i < count; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return false;
    }
    return true;
}

/* Bytes of the character at `at` (which is not ASCII), 0 if it is none. */
static int character_size(const unsigned char *at, const unsigned char *end)
{
    unsigned first = at[0];

    if (first < 0xc2)
        return 0;
    if (first < 0xe0)
        return follows(at + 1, end, 1) ? 2 : 0;
    if (first < 0xf0) {
        if (!follows(at + 1, end, 2))
            return 0;
        bool overlong = first == 0xe0 && at[1] < 0xa0;
        bool surrogate = first == 0xed && at[1] >= 0xa0;
        return overlong || surrogate ? 0 : 3;
    }
    if (first > 0xf4 || !follows(at + 1, end, 3))
        return 0;
    bool overlong = first == 0xf0 && at[1] < 0x90;
    bool beyond = first == 0xf4 && at[1] >= 0x90;
    return overlong || beyond ? 0 : 4;
}

keel_utf8_verdict keel_utf8_check(const void *text, size_t size, size_t *ret_offset)
{
    const unsigned char *start = text, *at = start, *end = start + size;
    keel_utf8_verdict verdict = KEEL_UTF8_VALID;

    if (size == 0)
        at = end = start;
    while ((at = skip_ascii(at, end)) < end) {
        int length = *at == 0 ? 0 : character_size(at, end);
        if (length == 0) {
            verdict = *at == 0 ? KEEL_UTF8_NUL : KEEL_UTF8_INVALID;
            break;
        }
        at += length;
    }
    if (ret_offset != NULL)
        *ret_offset = (size_t)(at - start);
    return verdict;
}

size_t keel_utf8_count(const void *text, size_t size)
{
    const unsigned char *bytes = text;
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += (bytes[i] & 0xc0) != 0x80;
    return count;
}

size_t keel_utf8_cut(const void *text, size_t size, size_t limit)
{
    const unsigned char *bytes = text;

    if (size <= limit)
        return size;
    size_t cut = limit;
    while (cut > 0 && limit - cut < 3 && (bytes[cut] & 0xc0) == 0x80)
        cut--;
    return cut;
}
