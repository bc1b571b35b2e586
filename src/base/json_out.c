#include "base/json_out.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEEPEST = 31 };

void keel_json_start(keel_json *json, keel_str *out, bool pretty)
{
    *json = (keel_json){.out = out, .pretty = pretty};
}

static void new_line(keel_json *json)
{
    keel_str_addc(json->out, '\n');
    for (int i = 0; i < json->depth; i++)
        keel_str_add(json->out, "  ");
}

/* What stands before a value or a key: a comma if it is not the first, and the indentation. */
static void before_item(keel_json *json)
{
    uint32_t bit = (uint32_t)1 << json->depth;

    if (json->after_key) {
        json->after_key = false;
        return;
    }
    if (json->has_item & bit)
        keel_str_addc(json->out, ',');
    json->has_item |= bit;
    if (json->pretty && json->depth > 0)
        new_line(json);
}

static void open(keel_json *json, char bracket)
{
    before_item(json);
    assert(json->depth < DEEPEST);
    keel_str_addc(json->out, bracket);
    json->depth++;
    json->has_item &= ~((uint32_t)1 << json->depth);
}

static void close(keel_json *json, char bracket)
{
    assert(json->depth > 0 && !json->after_key);
    bool had_item = (json->has_item & (uint32_t)1 << json->depth) != 0;

    json->depth--;
    if (json->pretty && had_item)
        new_line(json);
    keel_str_addc(json->out, bracket);
}

void keel_json_object(keel_json *json)
{
    open(json, '{');
}

void keel_json_end_object(keel_json *json)
{
    close(json, '}');
}

void keel_json_array(keel_json *json)
{
    open(json, '[');
}

void keel_json_end_array(keel_json *json)
{
    close(json, ']');
}

static void add_ascii(keel_str *out, char c)
{
    static const char escapes[] = "\"\"\\\\\bb\ff\nn\rr\tt";

    for (size_t i = 0; i + 1 < sizeof escapes; i += 2) {
        if (c == escapes[i]) {
            keel_str_addc(out, '\\');
            keel_str_addc(out, escapes[i + 1]);
            return;
        }
    }
    if ((unsigned char)c < 0x20 || c == 0x7f)
        keel_str_addf(out, "\\u%04x", (unsigned)c);
    else
        keel_str_addc(out, c);
}

static void add_quoted(keel_str *out, const char *text, size_t size)
{
    keel_str_addc(out, '"');
    for (size_t at = 0; at < size;) {
        size_t length = keel_utf8_size(text + at, size - at);
        if (length == 0)
            keel_str_add(out, "\xef\xbf\xbd");
        else if (length == 1)
            add_ascii(out, text[at]);
        else
            keel_str_addn(out, text + at, length);
        at += length > 0 ? length : 1;
    }
    keel_str_addc(out, '"');
}

void keel_json_key(keel_json *json, const char *key)
{
    before_item(json);
    add_quoted(json->out, key, strlen(key));
    keel_str_add(json->out, json->pretty ? ": " : ":");
    json->after_key = true;
}

void keel_json_raw(keel_json *json, const char *value)
{
    before_item(json);
    keel_str_add(json->out, value);
}

void keel_json_text(keel_json *json, const char *text)
{
    if (text == NULL)
        keel_json_null(json);
    else
        keel_json_textn(json, text, strlen(text));
}

void keel_json_textn(keel_json *json, const char *text, size_t size)
{
    before_item(json);
    add_quoted(json->out, text, size);
}

void keel_json_int(keel_json *json, int64_t value)
{
    before_item(json);
    keel_str_addf(json->out, "%" PRId64, value);
}

void keel_json_real(keel_json *json, double value)
{
    char text[40] = "null";

    for (int digits = 15; isfinite(value) && digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        double again = strtod(text, NULL);
        if (memcmp(&again, &value, sizeof value) == 0)
            break;
    }
    keel_json_raw(json, text);
}

void keel_json_bool(keel_json *json, bool value)
{
    keel_json_raw(json, value ? "true" : "false");
}

void keel_json_null(keel_json *json)
{
    keel_json_raw(json, "null");
}

void keel_json_kv_text(keel_json *json, const char *key, const char *text)
{
    keel_json_key(json, key);
    keel_json_text(json, text);
}

void keel_json_kv_int(keel_json *json, const char *key, int64_t value)
{
    keel_json_key(json, key);
    keel_json_int(json, value);
}

void keel_json_kv_real(keel_json *json, const char *key, double value)
{
    keel_json_key(json, key);
    keel_json_real(json, value);
}

void keel_json_kv_bool(keel_json *json, const char *key, bool value)
{
    keel_json_key(json, key);
    keel_json_bool(json, value);
}
