/* Does a field that the server sent back (binary form) say the same as the source cell? Independent of the
 * encoders: it decodes the field and compares it with the cell in the cell's own notation (a time is rendered in
 * the form that the source text has, a numeric read back as the double it came from). Used by transfer verify and by
 * diff. One question goes to the encoder: where a policy replaced the value, whether the cell is a misfit at all. Thread-safe. */
#ifndef KEEL_CONVERT_COMPARE_H
#define KEEL_CONVERT_COMPARE_H

#include "base/str.h"
#include "convert/rule.h"

typedef struct keel_field {
    const unsigned char *bytes;
    int32_t size; /* -1 = NULL */
} keel_field;

/* Splits a binary COPY tuple (2 bytes count, fields) into `fields`; false if it is malformed or has another count. */
bool keel_tuple_fields(const unsigned char *tuple, size_t size, keel_field *fields, size_t count);
/* One field of it; what follows is not looked at. */
bool keel_tuple_field(const unsigned char *tuple, size_t size, size_t index, keel_field *ret_field);

/* true if equal under the rule, policies included: a misfit cell under NULL policy equals NULL, under DEFAULT
 * equals the default, under NEW_UUID equals any UUID, rounded values equal their correct rounding. */
bool keel_compare(const keel_rule *rule, const keel_cell *cell, keel_field field);

/* Equality of two fields of one type by value (numeric 1.0 = 1.00, jsonb by value, -0.0 = 0.0, NaN = NaN). */
bool keel_compare_fields(const keel_pg_type *type, keel_field left, keel_field right);

/* The field as PostgreSQL would print it (ISO dates, UTC), for reports. */
void keel_field_text(const keel_pg_type *type, keel_field field, keel_str *out);

#endif
