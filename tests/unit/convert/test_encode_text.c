#include <math.h>

#include "convert/utf8.h"
#include "samples.h"

static void test_text(void)
{
    const keel_rule rule = {.type = simple_type(KEEL_PG_TEXT)};

    CHECK("text", &rule, {T(""), ""}, {T("plain"), "plain"},
          {T("Gr\xc3\xb6\xc3\x9f"
             "e \xf0\x9f\x8c\x8a"),
           "Gr\xc3\xb6\xc3\x9f"
           "e \xf0\x9f\x8c\x8a"},
          {T("a\\b\t\n\\N"), "a\\b\t\n\\N"}, {T("a\0b"), "nul_byte"}, {T("12345678\0"), "nul_byte"},
          {T("\xc3"), "invalid_utf8"},
          {T("Gr\xf6\xdf"
             "e"),
           "invalid_utf8"},
          {T("\xc0\x80"), "invalid_utf8"}, {T("\xed\xa0\x80"), "invalid_utf8"},
          {T("\xf4\x90\x80\x80"), "invalid_utf8"}, {T("\xe0\x9f\xbf"), "invalid_utf8"},
          {T("\xf0\x8f\xbf\xbf"), "invalid_utf8"}, {T("\xef\xbf\xbf"), "\xef\xbf\xbf"},
          {T("\xf4\x8f\xbf\xbf"), "\xf4\x8f\xbf\xbf"}, {T("\x80"), "invalid_utf8"},
          {T("12345678\xe2\x82\xac"
             "1234567"),
           "12345678\xe2\x82\xac"
           "1234567"},
          {I(-5), "-5"}, {I(INT64_MIN), "-9223372036854775808"}, {R(3.0), "3.0"}, {R(0.1), "0.1"},
          {R(1e20), "1.0e+20"}, {R(1.5e-7), "1.5e-07"}, {R(123456789012345.0), "123456789012345.0"},
          {R(1e15), "1.0e+15"}, {R(0.0001), "0.0001"},
          {R(0.30000000000000004), "0.30000000000000004"}, {R(-2.5), "-2.5"},
          {R(-782010398225.40625), "-782010398225.4062"}, {R(INFINITY), "not_finite"},
          {B("x"), "storage_class"}, {N, "NULL"});
}

static void test_lengths(void)
{
    const keel_pg_type varchar3 = {.kind = KEEL_PG_VARCHAR, .length = 3},
                       char3 = {.kind = KEEL_PG_CHAR, .length = 3};
    const keel_rule varchar = {.type = &varchar3}, character = {.type = &char3};

    CHECK("varchar(3)", &varchar, {T("abc"), "abc"}, {T("abcd"), "too_long"},
          {T("\xc3\xa4\xc3\xb6\xc3\xbc"), "\xc3\xa4\xc3\xb6\xc3\xbc"},
          {T("\xc3\xa4\xc3\xb6\xc3\xbcx"), "too_long"}, {T("ab "), "ab "}, {T("abc "), "too_long"},
          {I(1234), "too_long"}, {I(123), "123"});
    CHECK("char(3)", &character, {T("abc"), "abc"}, {T("a"), "a"}, {T(""), ""},
          {T("a "), "padding"}, {T("abc "), "too_long"}, {T("   "), "padding"}, {T(" a"), " a"},
          {I(12), "12"});
}

static void test_bytes(void)
{
    const keel_rule rule = {.type = simple_type(KEEL_PG_BYTEA)},
                    lenient = {.type = simple_type(KEEL_PG_BYTEA), .text_is_bytes = true};

    CHECK("bytea", &rule, {B(""), "\\x"}, {B("\0\xff"), "\\x00ff"}, {T("abc"), "storage_class"},
          {I(1), "storage_class"});
    CHECK("bytea from text", &lenient, {T("a\0\xff"), "\\x6100ff"});
}

static void test_uuid(void)
{
    const keel_rule rule = {.type = simple_type(KEEL_PG_UUID)};
    const char *wanted = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    const sample samples[] = {
        {T("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), wanted},
        {T("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), wanted},
        {T("a0eebc999c0b4ef8bb6d6bb9bd380a11"), wanted},
        {T("{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}"), wanted},
        {B("\xa0\xee\xbc\x99\x9c\x0b\x4e\xf8\xbb\x6d\x6b\xb9\xbd\x38\x0a\x11"), wanted},
        {T("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1"), "syntax"},
        {T("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g"), "syntax"},
        {T("a0eebc99x9c0b-4ef8-bb6d-6bb9bd380a11"), "syntax"},
        {T("{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), "syntax"},
        {T(""), "syntax"},
        {T("{}"), "syntax"},
        {T("not-a-uuid"), "syntax"},
        {B("short"), "storage_class"},
        {I(1), "storage_class"},
    };

    check_samples("uuid", &rule, samples, KEEL_COUNT_OF(samples));
}

static void test_enum(void)
{
    static const char *const labels[] = {"sad", "ok", "happy"};
    const keel_pg_type mood = {.kind = KEEL_PG_ENUM, .labels = labels, .label_count = 3};
    const keel_rule rule = {.type = &mood};

    CHECK("enum", &rule, {T("ok"), "ok"}, {T("OK"), "enum_label"}, {T("ok "), "enum_label"},
          {T(""), "enum_label"}, {I(1), "storage_class"});
}

static void test_network(void)
{
    const keel_rule inet = {.type = simple_type(KEEL_PG_INET)},
                    cidr = {.type = simple_type(KEEL_PG_CIDR)};

    CHECK("inet", &inet, {T("10.0.0.1"), "10.0.0.1"}, {T("10.0.0.1/8"), "10.0.0.1/8"},
          {T("10.0.0.1/32"), "10.0.0.1"}, {T("::1"), "::1"},
          {T("2001:DB8::1/64"), "2001:db8::1/64"}, {T("10.0.0"), "syntax"},
          {T("10.0.0.256"), "syntax"}, {T("10.0.0.1/33"), "syntax"}, {T("10.0.0.1/"), "syntax"},
          {T("10.0.0.1/08"), "syntax"}, {T("::1/129"), "syntax"}, {T(""), "syntax"},
          {T("::ffff:1.2.3.4"), "::ffff:1.2.3.4"}, {T("10.0.0.1\0"), "syntax"},
          {I(1), "storage_class"});
    CHECK("cidr", &cidr, {T("10.0.0.0/8"), "10.0.0.0/8"}, {T("10.0.0.1/8"), "syntax"},
          {T("10.0.0.1"), "10.0.0.1/32"}, {T("2001:db8::/32"), "2001:db8::/32"},
          {T("2001:db8::1/32"), "syntax"}, {T("0.0.0.0/0"), "0.0.0.0/0"});
}

static void test_utf8(void)
{
    size_t offset = 0;

    is_int(keel_utf8_check("abcdefghij\xff", 11, &offset), KEEL_UTF8_INVALID,
           "a bad byte is found");
    is_int((int64_t)offset, 10, "at its offset");
    is_int(keel_utf8_check("abcdefghijklmno\0p", 17, &offset), KEEL_UTF8_NUL, "a NUL is found");
    is_int((int64_t)offset, 15, "at its offset");
    is_int((int64_t)keel_utf8_count("\xc3\xa4\xe2\x82\xac\xf0\x9f\x8c\x8a-", 10), 4,
           "characters are counted");
    is_int((int64_t)keel_utf8_cut("ab\xe2\x82\xac", 5, 4), 2, "a character is not cut in two");
    is_int((int64_t)keel_utf8_cut("ab\xe2\x82\xac", 5, 5), 5, "a whole text stays");
    is_int((int64_t)keel_utf8_cut("abc", 3, 2), 2, "plain text is cut at the limit");
}

static void test_cell_text(void)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    const keel_cell blob = B("\1\2\3"), bad = T("a\xff"), text = T("ab\xe2\x82\xac"), real = R(3.0);
    bool hex;

    keel_cell_text(&blob, 2, &out, &hex);
    ok(hex && keel_streq(keel_str_text(&out), "0102"), "a BLOB is hex, cut at the limit");
    keel_str_clear(&out);
    keel_cell_text(&bad, 0, &out, &hex);
    ok(hex && keel_streq(keel_str_text(&out), "61ff"), "bad UTF-8 is hex");
    keel_str_clear(&out);
    keel_cell_text(&text, 4, &out, &hex);
    ok(!hex && keel_streq(keel_str_text(&out), "ab"), "text is cut between characters");
    keel_str_clear(&out);
    keel_cell_text(&real, 0, &out, &hex);
    ok(!hex && keel_streq(keel_str_text(&out), "3.0"), "a real has its point");
}

static void test_policies(void)
{
    static const keel_cell unknown = T("unknown");
    const keel_pg_type domain = {.kind = KEEL_PG_TEXT, .domain = true, .domain_not_null = true};
    const keel_rule to_null = {.type = simple_type(KEEL_PG_UUID), .misfit = KEEL_MISFIT_NULL};
    const keel_rule fresh = {
        .type = simple_type(KEEL_PG_UUID), .misfit = KEEL_MISFIT_NEW_UUID, .not_null = true};
    const keel_rule constant = {.type = simple_type(KEEL_PG_TEXT),
                                .misfit = KEEL_MISFIT_DEFAULT,
                                .default_cell = &unknown,
                                .not_null = true};
    const keel_rule strict = {.type = simple_type(KEEL_PG_TEXT), .not_null = true},
                    strict_domain = {.type = &domain};
    const keel_rule empty = {.type = simple_type(KEEL_PG_INT4), .empty_is_null = true};
    const keel_cell bad = T("bad"), null = N, nothing = T(""),
                    good = T("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    keel_rule_counts counts = {0};
    keel_field field = {0}, nulled = {NULL, -1};

    is_int(encode_into(&to_null, &bad, &counts, &out, &field), KEEL_FITS, "a misfit becomes NULL");
    ok(field.size == -1 && counts.nulled == 1 && keel_compare(&to_null, &bad, field),
       "counted, and verified as equal");
    ok(!keel_compare(&to_null, &good, nulled), "a value that fits is not verified as NULL");
    is_int(encode_into(&fresh, &bad, &counts, &out, &field), KEEL_FITS,
           "a misfit becomes a new UUID");
    ok(field.size == 16 && (field.bytes[6] & 0xf0) == 0x40 && counts.new_uuids == 1,
       "of version 4");
    ok(keel_compare(&fresh, &bad, field) && keel_compare(&fresh, &null, field),
       "verified as equal");
    ok(!keel_compare(&fresh, &good, field), "but not for a value that fits");
    is_int(encode_into(&constant, &null, &counts, &out, &field), KEEL_FITS,
           "NULL becomes the default");
    ok(field.size == 7 && counts.defaulted == 1 && keel_compare(&constant, &null, field),
       "counted, and verified");
    is_int(encode_into(&strict, &null, &counts, &out, &field), KEEL_MISFIT_NULL_VALUE_,
           "NULL in a NOT NULL column");
    is_int(encode_into(&strict_domain, &null, &counts, &out, &field), KEEL_MISFIT_NULL_VALUE_,
           "NULL in a NOT NULL domain");
    is_int(encode_into(&empty, &nothing, &counts, &out, &field), KEEL_FITS, "'' as NULL");
    ok(field.size == -1 && counts.empty_as_null == 1 && keel_compare(&empty, &nothing, field),
       "counted, and verified");
}

int main(void)
{
    test_text();
    test_lengths();
    test_bytes();
    test_uuid();
    test_enum();
    test_network();
    test_utf8();
    test_cell_text();
    test_policies();
    return done_testing();
}
