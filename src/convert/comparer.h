/* What the comparisons of one family each share. A comparer gets a field that is not NULL and a
 * cell that is not NULL; it decodes the field and asks whether the cell, in its own notation, says
 * the same. */
#ifndef KEEL_CONVERT_COMPARER_H
#define KEEL_CONVERT_COMPARER_H

#include "convert/compare.h"

typedef bool keel_comparer(const keel_rule *rule, const keel_cell *cell, keel_field field);

keel_comparer keel_compare_bool, keel_compare_int, keel_compare_float4, keel_compare_float8,
    keel_compare_numeric, keel_compare_text, keel_compare_char, keel_compare_bytea,
    keel_compare_date, keel_compare_time, keel_compare_timestamp, keel_compare_timestamptz,
    keel_compare_uuid, keel_compare_json, keel_compare_jsonb, keel_compare_network,
    keel_compare_enum, keel_compare_array;

/* Is an instant (microseconds since 2000-01-01) the epoch number of an INTEGER or REAL cell? */
bool keel_instant_is_number(const keel_rule *rule, int64_t instant, const keel_cell *cell);
/* Is the text of a cell a name of this NaN or infinity? */
bool keel_text_is_special(const keel_cell *cell, double special);

/* Equality of doubles, either of which may be NaN (equal to itself only). */
bool keel_equal_reals(double left, double right);
float keel_field_float4(keel_field field);
double keel_field_float8(keel_field field);
/* An integer of 2, 4 or 8 bytes. */
int64_t keel_field_int(keel_field field);
bool keel_bytes_equal(const void *left, size_t left_size, const void *right, size_t right_size);

/* Number of the Unix day and its civil date. */
typedef struct keel_civil {
    int64_t year;
    int month, day;
} keel_civil;
keel_civil keel_civil_of_day(int64_t days_since_2000);

/* A decimal figure: digits without zeros at either end, value = 0.DIGITS x 10^point; "" for zero.
 * Owns its text. */
typedef struct keel_figure {
    bool negative;
    int64_t point;
    keel_str digits;
} keel_figure;
void keel_figure_free(keel_figure *figure);
bool keel_figure_of_text(const void *text,
                         size_t size,
                         keel_figure *figure);               /* plain or with an exponent */
void keel_figure_of_real(double value, keel_figure *figure); /* the shortest that reads back */
bool keel_figure_of_numeric(keel_field field,
                            keel_figure *figure);           /* false if not finite or malformed */
void keel_figure_round(keel_figure *figure, int64_t scale); /* half away from zero */
bool keel_figure_equal(const keel_figure *left, const keel_figure *right);

/* NaN or an infinity in a numeric: true and its double. */
bool keel_numeric_special(keel_field field, double *ret_value);
/* A numeric as PostgreSQL prints it. */
void keel_numeric_text(keel_field field, keel_str *out);
/* A float as PostgreSQL prints it, except where two shortest forms read back (powers of two, ties):
 * there the last digit may be another one. `digits` is 17 for float8 and 9 for float4. */
void keel_float_text(double value, int digits, keel_str *out);

#endif
