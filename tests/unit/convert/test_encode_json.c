#include <math.h>

#include "convert/json.h"
#include "samples.h"

static void test_json(void)
{
    const keel_rule json = {.type = simple_type(KEEL_PG_JSON)},
                    jsonb = {.type = simple_type(KEEL_PG_JSONB)};
    const keel_rule lenient = {.type = simple_type(KEEL_PG_JSONB), .allow_duplicate_keys = true};

    CHECK("json", &json, {T("{\"a\" : 1}"), "{\"a\" : 1}"}, {T(" [1, 2]\n"), " [1, 2]\n"},
          {T("{\"a\":1,\"a\":2}"), "{\"a\":1,\"a\":2}"}, {T("\"\\u0000\""), "\"\\u0000\""},
          {T("\"\\ud800\""), "\"\\ud800\""}, {T(""), "json"}, {T("[1,"), "json"},
          {T("{'a':1}"), "json"}, {T("nul"), "json"}, {T("[1] 2"), "json"},
          {T("\"\xff\""), "invalid_utf8"}, {T("[\0]"), "nul_byte"}, {I(123), "123"},
          {R(1.5), "1.5"}, {R(3.0), "3.0"}, {R(1e300), "1.0e+300"}, {R(INFINITY), "not_finite"},
          {B("{}"), "storage_class"}, {N, "NULL"});
    CHECK("jsonb", &jsonb, {T("{\"a\" : 1}"), "{\"a\" : 1}"},
          {T("{\"a\":1,\"a\":2}"), "json_duplicate_key"},
          {T("{\"a\":1,\"\\u0061\":2}"), "json_duplicate_key"},
          {T("[{\"x\":{\"k\":1,\"k\":1}}]"), "json_duplicate_key"},
          {T("\"\\u0000\""), "json_u0000"}, {T("\"\\ud800\""), "json"},
          {T("\"\\udc00\\ud800\""), "json"}, {T("\"\\ud83c\\udf0a\""), "\"\\ud83c\\udf0a\""},
          {T("1e131071"), "1e131071"}, {T("1e131072"), "out_of_range"}, {T("1e-16383"), "1e-16383"},
          {T("1e-16384"), "out_of_range"}, {T("0e99999999999"), "0e99999999999"},
          {T("{\"a\":{\"b\":1},\"b\":1}"), "{\"a\":{\"b\":1},\"b\":1}"}, {I(-1), "-1"});
    CHECK("jsonb with repeated keys", &lenient, {T("{\"a\":1,\"a\":2}"), "{\"a\":1,\"a\":2}"});
}

static void test_arrays(void)
{
    static const char *const labels[] = {"sad", "ok"};
    const keel_pg_type money = {.kind = KEEL_PG_NUMERIC, .oid = 1700},
                       mood = {.kind = KEEL_PG_ENUM, .oid = 99, .labels = labels, .label_count = 2};
    const keel_pg_type ints = {.kind = KEEL_PG_ARRAY, .element = simple_type(KEEL_PG_INT4)},
                       texts = {.kind = KEEL_PG_ARRAY, .element = simple_type(KEEL_PG_TEXT)};
    const keel_pg_type numerics = {.kind = KEEL_PG_ARRAY, .element = &money},
                       moods = {.kind = KEEL_PG_ARRAY, .element = &mood};
    const keel_pg_type bools = {.kind = KEEL_PG_ARRAY, .element = simple_type(KEEL_PG_BOOL)},
                       floats = {.kind = KEEL_PG_ARRAY, .element = simple_type(KEEL_PG_FLOAT8)};
    const keel_pg_type moments = {.kind = KEEL_PG_ARRAY,
                                  .element = simple_type(KEEL_PG_TIMESTAMPTZ)},
                       jsons = {.kind = KEEL_PG_ARRAY, .element = simple_type(KEEL_PG_JSONB)};
    const keel_rule int_rule = {.type = &ints}, text_rule = {.type = &texts},
                    numeric_rule = {.type = &numerics}, mood_rule = {.type = &moods};
    const keel_rule bool_rule = {.type = &bools}, float_rule = {.type = &floats},
                    json_rule = {.type = &jsons};
    const keel_rule moment_rule = {
        .type = &moments, .epoch_integer = KEEL_EPOCH_SECONDS, .epoch_real = KEEL_EPOCH_SECONDS};

    CHECK("int4[]", &int_rule, {T("[]"), "{}"}, {T(" [ 1 , -2,null ] "), "{1,-2,NULL}"},
          {T("[1.5]"), "storage_class"}, {T("[[1]]"), "syntax"}, {T("{}"), "syntax"},
          {T("[1"), "json"}, {T(""), "json"}, {T("[\"7\"]"), "{7}"},
          {T("[3000000000]"), "out_of_range"}, {T("[true]"), "storage_class"},
          {I(1), "storage_class"});
    CHECK("text[]", &text_rule,
          {T("[\"a\",\"b c\",\"\",\"null\",null]"), "{a,\"b c\",\"\",\"null\",NULL}"},
          {T("[\"q\\\"\\\\\\u00e4\\ud83c\\udf0a\"]"), "{\"q\\\"\\\\\xc3\xa4\xf0\x9f\x8c\x8a\"}"},
          {T("[\"\\u0000\"]"), "nul_byte"}, {T("[\"\\ud800\"]"), "json"}, {T("[12]"), "{12}"},
          {T("[-0]"), "storage_class"}, {T("[1.50]"), "storage_class"}, {T("[{}]"), "syntax"});
    CHECK("numeric[]", &numeric_rule, {T("[1.50, 2, -3.25]"), "{1.50,2,-3.25}"},
          {T("[\"1.5\"]"), "{1.5}"}, {T("[1e5]"), "syntax"});
    CHECK("enum[]", &mood_rule, {T("[\"ok\",\"sad\"]"), "{ok,sad}"},
          {T("[\"bad\"]"), "enum_label"});
    CHECK("bool[]", &bool_rule, {T("[true,false,1,null]"), "{t,f,t,NULL}"});
    CHECK("float8[]", &float_rule, {T("[1.5,1e3,2]"), "{1.5,1000,2}"},
          {T("[0.10000000000000000001]"), "fraction"});
    CHECK("timestamptz[]", &moment_rule,
          {T("[\"2024-01-02 03:04:05\",1704164645,1.5]"),
           "{\"2024-01-02 03:04:05+00\",\"2024-01-02 03:04:05+00\",\"1970-01-01 00:00:01.5+00\"}"});
    CHECK("jsonb[]", &json_rule, {T("[\"a\",1.50,true,null]"), "{\"\\\"a\\\"\",1.50,true,NULL}"});
}

static void test_hash_of_encode(void)
{
    const keel_rule rule = {.type = simple_type(KEEL_PG_JSONB)};
    const keel_cell text = T("{\"b\":1,\"a\":[true]}"), null = N, number = I(5), bad = T("{");
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    uint64_t hash = 7;

    keel_encode(&rule, &text, &out, NULL, &hash);
    ok(hash == keel_json_hash("{\"a\": [true], \"b\": 1}", 21), "the hash comes with the encoding");
    keel_encode(&rule, &number, &out, NULL, &hash);
    ok(hash == keel_json_hash("5.0", 3), "also of a number");
    keel_encode(&rule, &null, &out, NULL, &hash);
    ok(hash == 0, "0 for NULL");
    hash = 7;
    keel_encode(&rule, &bad, &out, NULL, &hash);
    ok(hash == 0, "0 for a misfit");
}

int main(void)
{
    test_json();
    test_arrays();
    test_hash_of_encode();
    return done_testing();
}
