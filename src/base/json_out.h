/* A streaming JSON writer into a keel_str: keys in the order written, commas and escapes by itself, two-space
 * indentation if pretty. Text that is not UTF-8 is written with U+FFFD for the bad bytes. Depth <= 32. */
#ifndef KEEL_BASE_JSON_OUT_H
#define KEEL_BASE_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

typedef struct keel_json {
    keel_str *out;
    bool pretty;
    int depth;
    uint32_t has_item; /* bit per depth: an item has been written there */
    bool after_key;
} keel_json;

void keel_json_start(keel_json *json, keel_str *out, bool pretty);
void keel_json_object(keel_json *json); /* { */
void keel_json_end_object(keel_json *json);
void keel_json_array(keel_json *json); /* [ */
void keel_json_end_array(keel_json *json);
void keel_json_key(keel_json *json, const char *key);
void keel_json_text(keel_json *json, const char *text); /* NULL gives null */
void keel_json_textn(keel_json *json, const char *text, size_t size);
void keel_json_int(keel_json *json, int64_t value);
void keel_json_real(keel_json *json, double value); /* shortest form; NaN and Inf give null */
void keel_json_bool(keel_json *json, bool value);
void keel_json_null(keel_json *json);
void keel_json_raw(keel_json *json, const char *value); /* a JSON value already made */

/* key and value in one call */
void keel_json_kv_text(keel_json *json, const char *key, const char *text);
void keel_json_kv_int(keel_json *json, const char *key, int64_t value);
void keel_json_kv_real(keel_json *json, const char *key, double value);
void keel_json_kv_bool(keel_json *json, const char *key, bool value);

#endif
