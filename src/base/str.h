/* keel_str: a growing byte buffer, used for text and for binary rows alike. `data` is never NULL after the
 * first append and always has a NUL behind its last byte. Zero-initialise it; free with keel_str_free. */
#ifndef KEEL_BASE_STR_H
#define KEEL_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/macros.h"

typedef struct keel_str {
    char *data;
    size_t size;
    size_t capacity;
} keel_str;

void keel_str_free(keel_str *str); /* also the KEEL_CLEANUP form */
void keel_str_reserve(keel_str *str, size_t more);
void keel_str_add(keel_str *str, const char *text);
void keel_str_addn(keel_str *str, const void *bytes, size_t size);
void keel_str_addf(keel_str *str, const char *fmt, ...) KEEL_PRINTF(2, 3);
void keel_str_addv(keel_str *str, const char *fmt, va_list args) KEEL_PRINTF(2, 0);
const char *keel_str_text(const keel_str *str); /* "" when empty, never NULL */
static inline void keel_str_clear(keel_str *str)
{
    str->size = 0;
    if (str->data != NULL)
        str->data[0] = '\0';
}
static inline void keel_str_addc(keel_str *str, char c)
{
    keel_str_reserve(str, 1);
    str->data[str->size++] = c;
    str->data[str->size] = '\0';
}

/* Big-endian integers, as PostgreSQL's binary formats want them. */
void keel_str_add_i16(keel_str *str, int16_t value);
void keel_str_add_i32(keel_str *str, int32_t value);
void keel_str_add_i64(keel_str *str, int64_t value);
void keel_str_set_i32(keel_str *str, size_t at, int32_t value); /* overwrites 4 bytes at `at` */

static inline int32_t keel_get_i32(const void *bytes)
{
    uint32_t raw;
    memcpy(&raw, bytes, sizeof raw);
    return (int32_t)__builtin_bswap32(raw);
}
static inline int64_t keel_get_i64(const void *bytes)
{
    uint64_t raw;
    memcpy(&raw, bytes, sizeof raw);
    return (int64_t)__builtin_bswap64(raw);
}
static inline int16_t keel_get_i16(const void *bytes)
{
    uint16_t raw;
    memcpy(&raw, bytes, sizeof raw);
    return (int16_t)__builtin_bswap16(raw);
}

/* true if `text` equals `other`, both may be NULL. */
bool keel_streq(const char *text, const char *other);
/* The nearest of `words` to `word` by edit distance, or NULL if none is near (distance > 1/3 of its length + 1). */
const char *keel_nearest_word(const char *word, const char *const *words, size_t count);
/* The bytes of the UTF-8 character at the start of text[0..size), size > 0; 0 if there is none. */
size_t keel_utf8_size(const char *text, size_t size);
/* Lower-case hex of bytes, appended. */
void keel_str_add_hex(keel_str *str, const void *bytes, size_t size);

#endif
