#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

void keel_str_free(keel_str *str)
{
    free(str->data);
    *str = (keel_str){0};
}

void keel_str_reserve(keel_str *str, size_t more)
{
    size_t wanted = str->size + more + 1;

    if (wanted <= str->capacity)
        return;
    str->capacity = KEEL_MAX(wanted, str->capacity < 64 ? 64 : str->capacity * 2);
    str->data = keel_realloc(str->data, str->capacity);
}

void keel_str_addn(keel_str *str, const void *bytes, size_t size)
{
    keel_str_reserve(str, size);
    if (size > 0)
        memcpy(str->data + str->size, bytes, size);
    str->size += size;
    str->data[str->size] = '\0';
}

void keel_str_add(keel_str *str, const char *text)
{
    keel_str_addn(str, text, strlen(text));
}

void keel_str_addv(keel_str *str, const char *fmt, va_list args)
{
    va_list again;

    va_copy(again, args);
    int size = vsnprintf(NULL, 0, fmt, args);
    keel_str_reserve(str, (size_t)size);
    vsnprintf(str->data + str->size, (size_t)size + 1, fmt, again);
    va_end(again);
    str->size += (size_t)size;
}

void keel_str_addf(keel_str *str, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    keel_str_addv(str, fmt, args);
    va_end(args);
}

const char *keel_str_text(const keel_str *str)
{
    return str->data != NULL ? str->data : "";
}

void keel_str_add_i16(keel_str *str, int16_t value)
{
    uint16_t raw = __builtin_bswap16((uint16_t)value);

    keel_str_addn(str, &raw, sizeof raw);
}

void keel_str_add_i32(keel_str *str, int32_t value)
{
    uint32_t raw = __builtin_bswap32((uint32_t)value);

    keel_str_addn(str, &raw, sizeof raw);
}

void keel_str_add_i64(keel_str *str, int64_t value)
{
    uint64_t raw = __builtin_bswap64((uint64_t)value);

    keel_str_addn(str, &raw, sizeof raw);
}

void keel_str_set_i32(keel_str *str, size_t at, int32_t value)
{
    uint32_t raw = __builtin_bswap32((uint32_t)value);

    memcpy(str->data + at, &raw, sizeof raw);
}

bool keel_streq(const char *text, const char *other)
{
    if (text == NULL || other == NULL)
        return text == other;
    return strcmp(text, other) == 0;
}

/* Levenshtein distance with one row; words longer than the row are "far". */
static size_t edit_distance(const char *a, const char *b)
{
    enum { LONGEST = 96 };
    size_t row[LONGEST + 1];
    size_t a_size = strlen(a), b_size = strlen(b);

    if (a_size > LONGEST || b_size > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t above = row[j];
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            row[j] = KEEL_MIN(change, KEEL_MIN(above, row[j - 1]) + 1);
            diagonal = above;
        }
    }
    return row[b_size];
}

const char *keel_nearest_word(const char *word, const char *const *words, size_t count)
{
    const char *nearest = NULL;
    size_t best = strlen(word) / 3 + 2;

    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(word, words[i]);
        if (distance < best) {
            best = distance;
            nearest = words[i];
        }
    }
    return nearest;
}

void keel_str_add_hex(keel_str *str, const void *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *from = bytes;

    keel_str_reserve(str, size * 2);
    for (size_t i = 0; i < size; i++) {
        str->data[str->size++] = digits[from[i] >> 4];
        str->data[str->size++] = digits[from[i] & 15];
    }
    str->data[str->size] = '\0';
}

size_t keel_utf8_size(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    unsigned char first = bytes[0];
    size_t wanted = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    if (first > 0xf4 || wanted == 0 || wanted > size)
        return 0;
    for (size_t i = 1; i < wanted; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (first == 0xe0 && bytes[1] < 0xa0) || (first == 0xf0 && bytes[1] < 0x90);
    bool surrogate = first == 0xed && bytes[1] >= 0xa0;
    bool too_big = first == 0xf4 && bytes[1] >= 0x90;
    return overlong || surrogate || too_big ? 0 : wanted;
}
