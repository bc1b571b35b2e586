/* Decimal numbers without loss: a double as the shortest decimal that reads back as the same
 * double, number text taken apart, and both as the body of PostgreSQL's numeric. */
#ifndef KEEL_CONVERT_DECIMAL_H
#define KEEL_CONVERT_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "convert/encode.h"

#define KEEL_DECIMAL_DIGITS 24 /* room for the digits of any double */
#define KEEL_NUMBER_TEXT    40 /* room for any int64 or double as text */

/* Significant digits (no zero at either end) that stand around a point: value = 0.DIGITS x
 * 10^point. They are borrowed, and a '.' may interrupt them. `count` is 0 for zero. */
typedef struct keel_decimal {
    bool negative;
    const char *text;
    size_t first; /* index of the first significant digit, counting digits only */
    size_t count;
    size_t whole; /* digits of `text` in front of its '.' */
    int64_t point;
    int64_t fraction; /* digits behind the point as written, >= 0 */
} keel_decimal;

static inline char keel_decimal_digit(const keel_decimal *decimal, size_t index)
{
    size_t at = decimal->first + index;
    return decimal->text[at + (at >= decimal->whole)];
}

/* Equality of doubles where both are known to be numbers. */
static inline bool keel_same_real(double left, double right)
{
    return !(left < right) && !(left > right);
}

/* The shortest digits of a finite value that is not 0: returns their count, *ret_point as in
 * keel_decimal. */
int keel_decimal_shortest(double value, char digits[KEEL_DECIMAL_DIGITS], int *ret_point);
/* The same as a decimal; `digits` is the room it borrows. */
keel_decimal keel_decimal_of_real(double value, char digits[KEEL_DECIMAL_DIGITS]);
keel_decimal keel_decimal_of_int(int64_t value, char digits[KEEL_DECIMAL_DIGITS]);
/* Takes apart -?(0|[1-9]digits)[.digits][e[+-]digits]; false if the text is anything else. "-0" is
 * a number. */
bool keel_decimal_parse(const void *text,
                        size_t size,
                        bool exponent_allowed,
                        keel_decimal *ret_decimal);
bool keel_decimal_equal(const keel_decimal *left, const keel_decimal *right);

/* Text of a number, NUL-terminated; the size is returned. Reals as SQLite writes them, but with all
 * their digits: "3.0", "1.0e+20", "Inf". */
size_t keel_int_text(int64_t value, char out[KEEL_NUMBER_TEXT]);
size_t keel_real_text(double value, char out[KEEL_NUMBER_TEXT]);

/* Appends the body of a binary numeric. `type` gives precision and scale (precision 0: unlimited).
 * With `round`, digits behind the scale are rounded half away from zero and *ret_rounded says so;
 * without, they are FRACTION. Integer digits that do not fit are RANGE. Nothing is appended on a
 * misfit. */
keel_misfit_code keel_numeric_put(const keel_decimal *decimal,
                                  const keel_pg_type *type,
                                  bool round,
                                  keel_str *out,
                                  bool *ret_rounded);
/* The fast forms for cells. */
keel_misfit_code keel_numeric_put_int(
    int64_t value, const keel_pg_type *type, bool round, keel_str *out, bool *ret_rounded);
keel_misfit_code keel_numeric_put_real(
    double value, const keel_pg_type *type, bool round, keel_str *out, bool *ret_rounded);
/* NaN and the infinities. */
void keel_numeric_put_special(double value, keel_str *out);

#endif
