#include "base/json_out.h"

#include <math.h>

#include "tap.h"

static void compact_and_pretty(void)
{
    const char *const wanted[] = {
        "{\"a\":1,\"b\":[true,null,\"x\"],\"c\":{},\"d\":[],\"e\":{\"raw\":[1,2]}}",
        "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null,\n    \"x\"\n  ],\n  \"c\": {},\n  \"d\": [],\n"
        "  \"e\": {\n    \"raw\": [1,2]\n  }\n}",
    };

    for (int pretty = 0; pretty <= 1; pretty++) {
        KEEL_CLEANUP(keel_str_free) keel_str out = {0};
        keel_json json;
        keel_json_start(&json, &out, pretty);
        keel_json_object(&json);
        keel_json_kv_int(&json, "a", 1);
        keel_json_key(&json, "b");
        keel_json_array(&json);
        keel_json_bool(&json, true);
        keel_json_text(&json, NULL);
        keel_json_text(&json, "x");
        keel_json_end_array(&json);
        keel_json_key(&json, "c");
        keel_json_object(&json);
        keel_json_end_object(&json);
        keel_json_key(&json, "d");
        keel_json_array(&json);
        keel_json_end_array(&json);
        keel_json_key(&json, "e");
        keel_json_object(&json);
        keel_json_key(&json, "raw");
        keel_json_raw(&json, "[1,2]");
        keel_json_end_object(&json);
        keel_json_end_object(&json);
        is_str(out.data, wanted[pretty], "%s", pretty ? "pretty" : "compact");
    }
}

static void is_text(const char *text, size_t size, const char *wanted, const char *name)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    keel_json json;

    keel_json_start(&json, &out, false);
    keel_json_textn(&json, text, size);
    is_str(out.data, wanted, "%s", name);
}

static void text_is_escaped(void)
{
    is_text("a\"b\\c\n\t\r\b\f/", 11, "\"a\\\"b\\\\c\\n\\t\\r\\b\\f/\"", "short escapes");
    is_text("\0\x1f\x7f", 3, "\"\\u0000\\u001f\\u007f\"", "control characters");
    is_text("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
            "UTF-8 of two, three and four bytes stays");
    is_text("a\xff" "b", 3, "\"a\xef\xbf\xbd" "b\"", "a byte that is no UTF-8 is replaced");
    is_text("\xc3", 1, "\"\xef\xbf\xbd\"", "a cut character is replaced");
    is_text("\xc0\x80", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"", "an overlong form is replaced");
    is_text("\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", "a surrogate is replaced");
    is_text("\xf4\x90\x80\x80", 4, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
            "beyond U+10FFFF is replaced");
}

static void is_real(double value, const char *wanted)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    keel_json json;

    keel_json_start(&json, &out, false);
    keel_json_real(&json, value);
    is_str(out.data, wanted, "real %s", wanted);
}

int main(void)
{
    compact_and_pretty();
    text_is_escaped();
    is_real(0.1, "0.1");
    is_real(0.1 + 0.2, "0.30000000000000004");
    is_real(1e300, "1e+300");
    is_real(-5, "-5");
    is_real((double)NAN, "null");
    is_real((double)INFINITY, "null");
    return done_testing();
}
