/* bool, int2/4/8, float4/8, numeric. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include "convert/decimal.h"
#include "convert/encoder.h"

enum { LONGEST_REAL_TEXT = 400 };

static keel_misfit_code bool_of_text(const keel_cell *cell, bool *ret_value)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"t", true},   {"f", false},  {"true", true}, {"false", false},
                 {"1", true},   {"0", false},  {"y", true},    {"n", false},
                 {"yes", true}, {"no", false}, {"on", true},   {"off", false}};

    for (size_t i = 0; i < KEEL_COUNT_OF(words); i++) {
        if (strlen(words[i].word) == cell->size &&
            strncasecmp(words[i].word, (const char *)cell->bytes, cell->size) == 0) {
            *ret_value = words[i].value;
            return KEEL_FITS;
        }
    }
    return KEEL_MISFIT_SYNTAX_;
}

static keel_misfit_code bool_of_number(double number, bool *ret_value)
{
    *ret_value = number > 0.5;
    return keel_same_real(number, 0) || keel_same_real(number, 1) ? KEEL_FITS : KEEL_MISFIT_RANGE_;
}

keel_misfit_code keel_encode_bool(const keel_encoding *encoding)
{
    const keel_cell *cell = encoding->cell;
    keel_misfit_code code = KEEL_MISFIT_CLASS_;
    bool value = false;

    if (cell->class == KEEL_CELL_INTEGER) {
        value = cell->integer == 1;
        code = cell->integer == 0 || cell->integer == 1 ? KEEL_FITS : KEEL_MISFIT_RANGE_;
    } else if (cell->class == KEEL_CELL_TEXT) {
        code = bool_of_text(cell, &value);
    } else if (cell->class == KEEL_CELL_REAL) {
        code = isfinite(cell->real) ? bool_of_number(cell->real, &value) : KEEL_MISFIT_NOT_FINITE_;
    }
    if (code == KEEL_FITS)
        encoding->out->data[encoding->out->size++] = (char)value;
    return code;
}

/* -?(0|[1-9][0-9]*) and no "-0" */
static keel_misfit_code int_of_text(const keel_cell *cell, int64_t *ret_value)
{
    const unsigned char *at = cell->bytes, *end = at + cell->size;
    bool negative = at < end && *at == '-';
    int64_t value = 0;

    at += negative;
    if (at == end || (*at == '0' && (negative || end - at > 1)))
        return KEEL_MISFIT_SYNTAX_;
    bool overflow = false;
    for (; at < end; at++) {
        int digit = *at - '0';
        if (digit < 0 || digit > 9)
            return KEEL_MISFIT_SYNTAX_;
        overflow = overflow || __builtin_mul_overflow(value, 10, &value) ||
                   __builtin_add_overflow(value, negative ? -digit : digit, &value);
    }
    *ret_value = value;
    return overflow ? KEEL_MISFIT_RANGE_ : KEEL_FITS;
}

static keel_misfit_code
int_of_real(const keel_encoding *encoding, int64_t *ret_value, bool *ret_rounded)
{
    double real = encoding->cell->real, whole;

    if (!isfinite(real))
        return KEEL_MISFIT_NOT_FINITE_;
    double fraction = modf(real, &whole);
    *ret_rounded = !keel_same_real(fraction, 0);
    if (*ret_rounded && !encoding->rule->round)
        return KEEL_MISFIT_FRACTION_;
    if (fabs(fraction) >= 0.5)
        whole += real > 0 ? 1 : -1;
    if (!(whole >= -0x1p63 && whole < 0x1p63))
        return KEEL_MISFIT_RANGE_;
    *ret_value = (int64_t)whole;
    return KEEL_FITS;
}

static keel_misfit_code
take_int(const keel_encoding *encoding, int64_t min, int64_t max, int64_t *ret_value)
{
    const keel_cell *cell = encoding->cell;
    keel_misfit_code code = KEEL_MISFIT_CLASS_;
    bool rounded = false;

    if (cell->class == KEEL_CELL_INTEGER) {
        *ret_value = cell->integer;
        code = KEEL_FITS;
    } else if (cell->class == KEEL_CELL_TEXT) {
        code = int_of_text(cell, ret_value);
    } else if (cell->class == KEEL_CELL_REAL) {
        code = int_of_real(encoding, ret_value, &rounded);
    }
    if (code == KEEL_FITS && (*ret_value < min || *ret_value > max))
        return KEEL_MISFIT_RANGE_;
    encoding->counts->rounded += code == KEEL_FITS && rounded;
    return code;
}

keel_misfit_code keel_encode_int2(const keel_encoding *encoding)
{
    int64_t value = 0;
    keel_misfit_code code = take_int(encoding, INT16_MIN, INT16_MAX, &value);

    if (code == KEEL_FITS)
        keel_put_i16(encoding->out, (int16_t)value);
    return code;
}

keel_misfit_code keel_encode_int4(const keel_encoding *encoding)
{
    int64_t value = 0;
    keel_misfit_code code = take_int(encoding, INT32_MIN, INT32_MAX, &value);

    if (code == KEEL_FITS)
        keel_put_i32(encoding->out, (int32_t)value);
    return code;
}

keel_misfit_code keel_encode_int8(const keel_encoding *encoding)
{
    int64_t value = 0;
    keel_misfit_code code = take_int(encoding, INT64_MIN, INT64_MAX, &value);

    if (code == KEEL_FITS)
        keel_put_i64(encoding->out, value);
    return code;
}

/* NaN, inf, infinity, with a sign, in any case. */
static bool special_of_text(const keel_cell *cell, double *ret_value)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {{"nan", NAN},
                 {"inf", INFINITY},
                 {"+inf", INFINITY},
                 {"-inf", -INFINITY},
                 {"infinity", INFINITY},
                 {"+infinity", INFINITY},
                 {"-infinity", -INFINITY}};

    for (size_t i = 0; i < KEEL_COUNT_OF(words); i++) {
        if (strlen(words[i].word) == cell->size &&
            strncasecmp(words[i].word, (const char *)cell->bytes, cell->size) == 0) {
            *ret_value = words[i].value;
            return true;
        }
    }
    return false;
}

/* Number text whose every digit a double holds: it and the shortest form of the double are one
 * number. */
static keel_misfit_code real_of_text(const keel_cell *cell, double *ret_value)
{
    char text[LONGEST_REAL_TEXT + 1], digits[KEEL_DECIMAL_DIGITS];
    keel_decimal decimal;

    if (special_of_text(cell, ret_value))
        return KEEL_FITS;
    if (!keel_decimal_parse(cell->bytes, cell->size, true, &decimal))
        return KEEL_MISFIT_SYNTAX_;
    if (cell->size > LONGEST_REAL_TEXT)
        return KEEL_MISFIT_FRACTION_;
    memcpy(text, cell->bytes, cell->size);
    text[cell->size] = '\0';
    double value = strtod(text, NULL);
    if (!isfinite(value))
        return KEEL_MISFIT_RANGE_;
    keel_decimal back = keel_decimal_of_real(value, digits);
    if (!keel_decimal_equal(&decimal, &back))
        return KEEL_MISFIT_FRACTION_;
    *ret_value = value;
    return KEEL_FITS;
}

static keel_misfit_code take_real(const keel_encoding *encoding, double *ret_value)
{
    const keel_cell *cell = encoding->cell;

    if (cell->class == KEEL_CELL_REAL) {
        *ret_value = cell->real;
    } else if (cell->class == KEEL_CELL_INTEGER) {
        *ret_value = (double)cell->integer;
        if (*ret_value >= 0x1p63 || (int64_t)*ret_value != cell->integer)
            return KEEL_MISFIT_FRACTION_;
    } else if (cell->class == KEEL_CELL_TEXT) {
        keel_misfit_code code = real_of_text(cell, ret_value);
        if (code != KEEL_FITS)
            return code;
    } else {
        return KEEL_MISFIT_CLASS_;
    }
    return isfinite(*ret_value) || encoding->rule->allow_nan ? KEEL_FITS : KEEL_MISFIT_NOT_FINITE_;
}

keel_misfit_code keel_encode_float8(const keel_encoding *encoding)
{
    double value = 0;
    keel_misfit_code code = take_real(encoding, &value);
    int64_t bits;

    if (code != KEEL_FITS)
        return code;
    memcpy(&bits, &value, sizeof bits);
    keel_put_i64(encoding->out, bits);
    return KEEL_FITS;
}

keel_misfit_code keel_encode_float4(const keel_encoding *encoding)
{
    double value = 0;
    keel_misfit_code code = take_real(encoding, &value);
    int32_t bits;

    if (code != KEEL_FITS)
        return code;
    if (isfinite(value) && fabs(value) >= 0x1.ffffffp127)
        return KEEL_MISFIT_RANGE_;
    float narrow = (float)value;
    bool rounded = !keel_same_real(narrow, value);
    if (rounded && (!encoding->rule->round || (narrow < FLT_MIN && narrow > -FLT_MIN)))
        return KEEL_MISFIT_FRACTION_;
    memcpy(&bits, &narrow, sizeof bits);
    keel_put_i32(encoding->out, bits);
    encoding->counts->rounded += rounded;
    return KEEL_FITS;
}

static keel_misfit_code put_special(const keel_encoding *encoding, double value)
{
    if (!encoding->rule->allow_nan)
        return KEEL_MISFIT_NOT_FINITE_;
    if (isinf(value) && encoding->type->precision > 0)
        return KEEL_MISFIT_RANGE_;
    keel_numeric_put_special(value, encoding->out);
    return KEEL_FITS;
}

static keel_misfit_code numeric_of_text(const keel_encoding *encoding, bool *ret_rounded)
{
    const keel_cell *cell = encoding->cell;
    keel_decimal decimal;
    double special;

    if (special_of_text(cell, &special))
        return put_special(encoding, special);
    if (!keel_decimal_parse(cell->bytes, cell->size, false, &decimal))
        return KEEL_MISFIT_SYNTAX_;
    if (decimal.count == 0 && decimal.negative)
        return KEEL_MISFIT_SYNTAX_;
    return keel_numeric_put(&decimal, encoding->type, encoding->rule->round, encoding->out,
                            ret_rounded);
}

keel_misfit_code keel_encode_numeric(const keel_encoding *encoding)
{
    const keel_cell *cell = encoding->cell;
    keel_misfit_code code = KEEL_MISFIT_CLASS_;
    bool round = encoding->rule->round, rounded = false;

    if (cell->class == KEEL_CELL_REAL && isfinite(cell->real))
        code = keel_numeric_put_real(cell->real, encoding->type, round, encoding->out, &rounded);
    else if (cell->class == KEEL_CELL_REAL)
        code = put_special(encoding, cell->real);
    else if (cell->class == KEEL_CELL_INTEGER)
        code = keel_numeric_put_int(cell->integer, encoding->type, round, encoding->out, &rounded);
    else if (cell->class == KEEL_CELL_TEXT)
        code = numeric_of_text(encoding, &rounded);
    encoding->counts->rounded += code == KEEL_FITS && rounded;
    return code;
}
