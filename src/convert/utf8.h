/* UTF-8 as PostgreSQL takes it: no surrogates, nothing above U+10FFFF, no overlong forms, no NUL.
 */
#ifndef KEEL_CONVERT_UTF8_H
#define KEEL_CONVERT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

typedef enum keel_utf8_verdict {
    KEEL_UTF8_VALID,
    KEEL_UTF8_INVALID,
    KEEL_UTF8_NUL
} keel_utf8_verdict;

/* The first offence decides; *ret_offset (may be NULL) is where it stands, or `size`. */
keel_utf8_verdict keel_utf8_check(const void *text, size_t size, size_t *ret_offset);
/* Characters of valid text. */
size_t keel_utf8_count(const void *text, size_t size);
/* The longest prefix of at most `limit` bytes that does not cut a character. */
size_t keel_utf8_cut(const void *text, size_t size, size_t limit);

#endif
