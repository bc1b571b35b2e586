#include "base/arena.h"
#include "convert/json.h"
#include "convert/json_tree.h"
#include "samples.h"

static void test_validity(void)
{
    static const char *const valid[] = {"0",
                                        "-0",
                                        "1.5e+10",
                                        "\"\"",
                                        "null",
                                        "true",
                                        "false",
                                        "[]",
                                        "{}",
                                        " [ ] ",
                                        "[[],[{}]]",
                                        "{\"a\":{\"b\":[1,2]}}",
                                        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\"",
                                        "-12.50E-3",
                                        "\"\xc3\xa4\"",
                                        "\t\r\n 1 \t",
                                        "\"\x7f\"",
                                        "[1,null,true,\"x\"]"};
    static const struct {
        const char *text;
        size_t offset;
    } invalid[] = {{"", 0},
                   {" ", 1},
                   {"[", 1},
                   {"[1,]", 3},
                   {"[1 2]", 3},
                   {"{\"a\"}", 4},
                   {"{a:1}", 1},
                   {"{\"a\":1,}", 7},
                   {"01", 1},
                   {"1.", 2},
                   {".5", 0},
                   {"+1", 0},
                   {"-", 1},
                   {"1e", 2},
                   {"nul", 0},
                   {"True", 0},
                   {"\"a", 2},
                   {"\"\\x\"", 2},
                   {"\"\\u12g4\"", 5},
                   {"\"\n\"", 1},
                   {"[1]x", 3},
                   {"]", 0},
                   {"\"\\ud800\\u12\"", 9},
                   {"\"\xff\"", 1},
                   {"{\"a\":1 \"b\":2}", 7},
                   {"NaN", 0},
                   {"'a'", 0},
                   {"1 2", 2},
                   {"\"\\", 2}};
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    for (size_t i = 0; i < KEEL_COUNT_OF(valid); i++) {
        ok(keel_json_scan(valid[i], strlen(valid[i])).verdict == KEEL_JSON_VALID, "valid: %zu", i);
        ok(keel_json_canonical(valid[i], strlen(valid[i]), &out), "valid for the tree too: %zu", i);
    }
    for (size_t i = 0; i < KEEL_COUNT_OF(invalid); i++) {
        keel_json_facts facts = keel_json_scan(invalid[i].text, strlen(invalid[i].text));
        ok(facts.verdict == KEEL_JSON_INVALID, "invalid: %zu", i);
        is_int((int64_t)facts.error_offset, (int64_t)invalid[i].offset, "its place: %zu", i);
        ok(!keel_json_canonical(invalid[i].text, strlen(invalid[i].text), &out),
           "invalid for the tree too: %zu", i);
    }
}

static void test_nesting(void)
{
    enum { DEEPEST = 6400 };
    KEEL_CLEANUP(keel_str_free) keel_str deep = {0};
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    for (int i = 0; i < DEEPEST; i++)
        keel_str_addc(&deep, '[');
    for (int i = 0; i < DEEPEST; i++)
        keel_str_addc(&deep, ']');
    ok(keel_json_scan(deep.data, deep.size).verdict == KEEL_JSON_VALID, "6400 levels");
    ok(keel_json_canonical(deep.data, deep.size, &out) && out.size == deep.size,
       "6400 levels as a tree");
    ok(keel_json_equal(deep.data, deep.size, deep.data, deep.size), "6400 levels compared");
    keel_str_clear(&deep);
    for (int i = 0; i <= DEEPEST; i++)
        keel_str_addc(&deep, '[');
    for (int i = 0; i <= DEEPEST; i++)
        keel_str_addc(&deep, ']');
    ok(keel_json_scan(deep.data, deep.size).verdict == KEEL_JSON_INVALID, "one more is refused");
    ok(!keel_json_canonical(deep.data, deep.size, &out), "by the tree too");
}

static void test_facts(void)
{
    ok(keel_json_scan("{\"a\":1,\"b\":{\"a\":2}}", 19).duplicate_keys == false,
       "a key of an inner object is no repetition");
    ok(keel_json_scan("[{\"a\":1},{\"a\":1}]", 17).duplicate_keys == false,
       "nor one of a neighbour");
    ok(keel_json_scan("{\"a\":1,\"a\":1}", 13).duplicate_keys, "a repeated key");
    ok(keel_json_scan("{\"\\u0061\":1,\"a\":1}", 18).duplicate_keys, "however it is spelled");
    ok(keel_json_scan("\"\\u0000\"", 8).has_u0000, "\\u0000");
    ok(!keel_json_scan("\"\\\\u0000\"", 9).has_u0000, "a backslash and u0000");
    ok(keel_json_scan("\"\\udc00\"", 8).lone_surrogate, "a lone low surrogate");
    ok(keel_json_scan("\"\\ud800\\u0041\"", 14).lone_surrogate,
       "a high surrogate without its low one");
    ok(!keel_json_scan("\"\\ud800\\udc00\"", 14).lone_surrogate, "a pair");
    ok(keel_json_scan("1e200000", 8).number_out_of_range, "a number beyond numeric");
    ok(keel_json_scan("0.1e-16383", 10).number_out_of_range, "a fraction beyond numeric");
    ok(!keel_json_scan("1e99999", 7).number_out_of_range, "a large number");
    ok(keel_json_scan("1e999999999999999999999", 23).number_out_of_range,
       "an exponent beyond any integer");
}

static void test_many_keys(void)
{
    KEEL_CLEANUP(keel_str_free) keel_str forward = {0};
    KEEL_CLEANUP(keel_str_free) keel_str backward = {0};

    for (int i = 0; i < 200; i++) {
        keel_str_addf(&forward, "%s\"key%d\":%d", i > 0 ? "," : "{", i, i);
        keel_str_addf(&backward, "%s\"key%d\":%d", i > 0 ? ", " : "{ ", 199 - i, 199 - i);
    }
    keel_str_addc(&forward, '}');
    keel_str_addc(&backward, '}');
    ok(keel_json_hash(forward.data, forward.size) == keel_json_hash(backward.data, backward.size),
       "200 keys in any order");
    ok(keel_json_equal(forward.data, forward.size, backward.data, backward.size), "are equal");
    ok(!keel_json_scan(forward.data, forward.size).duplicate_keys, "without a repetition");
    forward.size--;
    keel_str_add(&forward, ",\"key0\":0}");
    ok(keel_json_scan(forward.data, forward.size).duplicate_keys, "the 201st repeats the first");
    ok(keel_json_hash(forward.data, forward.size) == keel_json_hash(backward.data, backward.size),
       "with the same value");
}

/* Groups of texts that are one value; values of different groups differ. */
static void test_equality(void)
{
    static const char *const groups[][4] = {
        {"1", "1.0", "1e0", "10e-1"},
        {"0", "-0", "0.000", "0e5"},
        {"-1", "-1.0", "-0.1e1", " -1 "},
        {"100000000000000000000", "1e20", "1.0E+20", "100000000000000000000.0"},
        {"123456789012345678901", "123456789012345678901.0", "1234567890123456789010e-1",
         "12345678901234567890.1e1"},
        {"123456789012345678902", "123456789012345678902.00", "1234567890123456789020e-1",
         "12345678901234567890.2e1"},
        {"\"a\"", "\"\\u0061\"", " \"a\"", "\"\\u0061\" "},
        {"\"\\u00e4\\n\"", "\"\xc3\xa4\\n\"", "\"\xc3\xa4\\u000a\"", "\"\\u00E4\\u000A\""},
        {"\"\\ud83c\\udf0a\"", "\"\xf0\x9f\x8c\x8a\"", "\"\\uD83C\\uDF0A\"", "\"\\ud83C\\udF0a\""},
        {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", "{ \"b\" : 2.0, \"a\" : 1 }",
         "{\"a\":9,\"b\":2,\"a\":1}"},
        {"{\"a\":9,\"b\":2}", "{\"b\":2,\"a\":9}", "{\"a\":1,\"b\":2,\"a\":9}",
         "{\"b\":1,\"b\":2,\"a\":9}"},
        {"[1,2]", "[ 1, 2 ]", "[1.0,2]", "[1,2e0]"},
        {"[2,1]", "[ 2, 1 ]", "[2.0,1]", "[2,1e0]"},
        {"[[1],2]", "[[1] ,2]", "[[1.0],2]", "[ [ 1 ] , 2 ]"},
        {"[1,[2]]", "[1,[2.0]]", "[1 ,[2]]", "[1,[ 2]]"},
        {"{}", "{ }", " {}", "{} "},
        {"[]", "[ ]", " []", "[] "},
        {"\"\"", " \"\"", "\"\" ", "\n\"\""},
        {"null", " null", "null ", "\tnull"},
        {"true", " true", "true ", "\ttrue"},
        {"false", " false", "false ", "\tfalse"},
        {"\"null\"", "\"\\u006eull\"", " \"null\"", "\"nul\\u006c\""},
        {"{\"a\":{}}", "{\"a\": {}}", "{ \"a\":{ } }", "{\"\\u0061\":{}}"},
        {"{\"a\":[]}", "{\"a\": []}", "{ \"a\":[ ] }", "{\"\\u0061\":[]}"},
        {"[{}]", "[{ }]", " [{}]", "[ {} ]"},
        {"[[]]", "[[ ]]", " [[]]", "[ [] ]"},
        {"{\"a\":null}", "{\"a\": null}", "{\"a\":1,\"a\":null}", "{\"\\u0061\":null}"},
    };
    enum { GROUPS = sizeof groups / sizeof *groups };

    for (size_t i = 0; i < GROUPS * 4; i++) {
        for (size_t j = 0; j <= i; j++) {
            const char *a = groups[i / 4][i % 4], *b = groups[j / 4][j % 4];
            bool same = i / 4 == j / 4;
            bool hashes = keel_json_hash(a, strlen(a)) == keel_json_hash(b, strlen(b));
            bool equal = keel_json_equal(a, strlen(a), b, strlen(b)),
                 reversed = keel_json_equal(b, strlen(b), a, strlen(a));
            if (hashes != same || equal != same || reversed != same || same)
                ok(hashes == same && equal == same && reversed == same, "%s and %s",
                   a[0] == '\n' ? "text" : a, b[0] == '\n' ? "text" : b);
        }
    }
}

static void test_canonical(void)
{
    static const char *const cases[][2] = {
        {"{ \"b\" : 1.50, \"a\" : [ true , null ] }", "{\"a\":[true,null],\"b\":15e-1}"},
        {"{\"a\":1,\"a\":2}", "{\"a\":2}"},
        {"-0.0", "0"},
        {"1200", "12e2"},
        {"\"\\u0041\\u0001\\/\"", "\"A\\u0001/\""},
        {"{\"aa\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"aa\":1,\"b\":2}"},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(cases); i++) {
        KEEL_CLEANUP(keel_str_free) keel_str out = {0};
        keel_json_canonical(cases[i][0], strlen(cases[i][0]), &out);
        is_str(keel_str_text(&out), cases[i][1], "canonical text %zu", i);
    }
}

/* Random documents: the fast scan and the tree must agree about validity, and the hash must follow
 * the value. */
static void add_random(dice *d, int depth, keel_str *out)
{
    static const char *const scalars[] = {"1",
                                          "-2.50",
                                          "1e3",
                                          "\"x\"",
                                          "\"\\u00e4\\n\"",
                                          "true",
                                          "false",
                                          "null",
                                          "\"long enough for eight bytes\"",
                                          "12345678901234567890123"};
    uint64_t kind = roll_below(d, depth > 0 ? 4 : 2);

    if (kind < 2) {
        keel_str_add(out, scalars[roll_below(d, KEEL_COUNT_OF(scalars))]);
        return;
    }
    keel_str_addc(out, kind == 2 ? '[' : '{');
    uint64_t count = roll_below(d, 5);
    for (uint64_t i = 0; i < count; i++) {
        keel_str_add(out, i > 0 ? ", " : "");
        if (kind == 3)
            keel_str_addf(out, "\"k%d\": ", (int)roll_below(d, 6));
        add_random(d, depth - 1, out);
    }
    keel_str_addc(out, kind == 2 ? ']' : '}');
}

static void test_random(void)
{
    dice d = {42};
    int disagreements = 0, hash_failures = 0, unequal = 0;

    for (int i = 0; i < 20000; i++) {
        KEEL_CLEANUP(keel_str_free) keel_str text = {0};
        KEEL_CLEANUP(keel_str_free) keel_str canonical = {0};
        add_random(&d, 4, &text);
        if (i % 2 == 1)
            text.data[roll_below(&d, text.size)] = (char)roll_below(&d, 256);
        bool valid = keel_json_scan(text.data, text.size).verdict == KEEL_JSON_VALID;
        disagreements += valid != keel_json_canonical(text.data, text.size, &canonical);
        if (!valid)
            continue;
        hash_failures +=
            keel_json_hash(text.data, text.size) != keel_json_hash(canonical.data, canonical.size);
        unequal += !keel_json_equal(text.data, text.size, canonical.data, canonical.size);
    }
    is_int(disagreements, 0, "scan and tree agree on 20,000 documents");
    is_int(hash_failures, 0, "the canonical text has the same hash");
    is_int(unequal, 0, "and is equal");
}

int main(void)
{
    test_validity();
    test_nesting();
    test_facts();
    test_many_keys();
    test_equality();
    test_canonical();
    test_random();
    return done_testing();
}
