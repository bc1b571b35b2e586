#include <math.h>

#include "samples.h"

static void test_bool(void)
{
    const keel_rule rule = {.type = simple_type(KEEL_PG_BOOL)};

    CHECK("bool", &rule, {I(0), "f"}, {I(1), "t"}, {I(2), "out_of_range"}, {I(-1), "out_of_range"},
          {R(0.0), "f"}, {R(1.0), "t"}, {R(0.5), "out_of_range"}, {R(NAN), "not_finite"},
          {T("t"), "t"}, {T("TRUE"), "t"}, {T("False"), "f"}, {T("yes"), "t"}, {T("No"), "f"},
          {T("on"), "t"}, {T("OFF"), "f"}, {T("y"), "t"}, {T("N"), "f"}, {T("1"), "t"},
          {T("0"), "f"}, {T(""), "syntax"}, {T("maybe"), "syntax"}, {T("tr"), "syntax"},
          {T("2"), "syntax"}, {T(" t"), "syntax"}, {T("t\0"), "syntax"}, {B("\1"), "storage_class"},
          {N, "NULL"});
}

static void test_integers(void)
{
    const keel_rule int2 = {.type = simple_type(KEEL_PG_INT2)};
    const keel_rule int4 = {.type = simple_type(KEEL_PG_INT4)},
                    round4 = {.type = simple_type(KEEL_PG_INT4), .round = true};
    const keel_rule int8 = {.type = simple_type(KEEL_PG_INT8)};

    CHECK("int2", &int2, {I(32767), "32767"}, {I(-32768), "-32768"}, {I(32768), "out_of_range"},
          {I(-32769), "out_of_range"}, {T("-7"), "-7"}, {T("40000"), "out_of_range"});
    CHECK("int4", &int4, {I(0), "0"}, {I(INT32_MAX), "2147483647"}, {I(INT32_MIN), "-2147483648"},
          {I(INT64_C(2147483648)), "out_of_range"}, {R(42.0), "42"}, {R(-0.0), "0"},
          {R(3.5), "fraction"}, {R(1e10), "out_of_range"}, {R(INFINITY), "not_finite"},
          {T("42"), "42"}, {T("0"), "0"}, {T(""), "syntax"}, {T(" 42"), "syntax"},
          {T("42 "), "syntax"}, {T("007"), "syntax"}, {T("+1"), "syntax"}, {T("4.5"), "syntax"},
          {T("4.0"), "syntax"}, {T("-"), "syntax"}, {T("-0"), "syntax"}, {T("abc"), "syntax"},
          {T("0x10"), "syntax"}, {T("1e3"), "syntax"}, {T("99999999999999999999"), "out_of_range"},
          {B("42"), "storage_class"}, {N, "NULL"});
    CHECK("int4 round", &round4, {R(3.5), "4"}, {R(-3.5), "-4"}, {R(2.5), "3"},
          {R(0.49999999999999994), "0"}, {R(2147483647.4), "2147483647"},
          {R(2147483647.5), "out_of_range"}, {T("4.5"), "syntax"});
    CHECK("int8", &int8, {I(INT64_MAX), "9223372036854775807"},
          {I(INT64_MIN), "-9223372036854775808"}, {R(9223372036854774784.0), "9223372036854774784"},
          {R(9223372036854775808.0), "out_of_range"},
          {R(-9223372036854775808.0), "-9223372036854775808"},
          {T("9223372036854775807"), "9223372036854775807"},
          {T("9223372036854775808"), "out_of_range"},
          {T("-9223372036854775808"), "-9223372036854775808"},
          {T("-9223372036854775809"), "out_of_range"});
}

static void test_floats(void)
{
    const keel_rule float8 = {.type = simple_type(KEEL_PG_FLOAT8)},
                    nan8 = {.type = simple_type(KEEL_PG_FLOAT8), .allow_nan = true};
    const keel_rule float4 = {.type = simple_type(KEEL_PG_FLOAT4)},
                    round4 = {.type = simple_type(KEEL_PG_FLOAT4), .round = true};

    CHECK("float8", &float8, {R(0.1), "0.1"}, {R(0.30000000000000004), "0.30000000000000004"},
          {R(1e308), "1e+308"}, {R(5e-324), "5e-324"},
          {R(123456789.12345679), "123456789.12345679"}, {R(-0.0), "-0"}, {R(3.0), "3"},
          {R(1e15), "1e+15"}, {R(123456789012345.0), "123456789012345"}, {R(0.0001), "0.0001"},
          {R(0.00001), "1e-05"}, {I(42), "42"},
          {I(INT64_C(9007199254740992)), "9.007199254740992e+15"},
          {I(INT64_C(9007199254740993)), "fraction"}, {I(INT64_MAX), "fraction"},
          {I(INT64_MIN), "-9.223372036854776e+18"}, {R(INFINITY), "not_finite"},
          {R(NAN), "not_finite"}, {T("1.5"), "1.5"}, {T("-2.50"), "-2.5"}, {T("1e3"), "1000"},
          {T("0.1"), "0.1"}, {T("0.10000000000000001"), "fraction"}, {T("1e400"), "out_of_range"},
          {T("N/A"), "syntax"}, {T(""), "syntax"}, {T(".5"), "syntax"}, {T("5."), "syntax"},
          {T("1e"), "syntax"}, {T("01"), "syntax"}, {T("-0e7179717976308"), "-0"},
          {T("NaN"), "not_finite"}, {B("1"), "storage_class"});
    CHECK("float8 with NaN", &nan8, {R(INFINITY), "Infinity"}, {R(-INFINITY), "-Infinity"},
          {T("nan"), "NaN"}, {T("-Inf"), "-Infinity"}, {T("+inf"), "Infinity"},
          {T("Infinity"), "Infinity"});
    CHECK("float4", &float4, {R(0.5), "0.5"}, {R(0.1), "fraction"},
          {R(16777216.0), "1.6777216e+07"}, {I(16777217), "fraction"}, {R(1e39), "out_of_range"},
          {R(0x1.fffffep127), "3.4028235e+38"}, {T("0.25"), "0.25"}, {R(-0.0), "-0"});
    CHECK("float4 round", &round4, {R(0.1), "0.1"}, {I(16777217), "1.6777216e+07"},
          {R(1e-50), "fraction"}, {R(1e39), "out_of_range"}, {T("0.1"), "0.1"});
}

static void test_numeric(void)
{
    const keel_pg_type money = {.kind = KEEL_PG_NUMERIC, .precision = 20, .scale = 2};
    const keel_rule any = {.type = simple_type(KEEL_PG_NUMERIC)};
    const keel_rule exact = {.type = &money}, round = {.type = &money, .round = true};

    CHECK("numeric", &any, {I(0), "0"}, {I(1), "1"}, {I(10000), "10000"},
          {I(123456789), "123456789"}, {I(INT64_MIN), "-9223372036854775808"}, {R(0.1), "0.1"},
          {R(3.0), "3"}, {R(1e20), "100000000000000000000"}, {R(0.0001), "0.0001"},
          {R(1e-7), "0.0000001"}, {R(123456789.12345679), "123456789.12345679"}, {R(-0.0), "0"},
          {R(0.30000000000000004), "0.30000000000000004"}, {R(1e22), "10000000000000000000000"},
          {T("1.50"), "1.50"}, {T("-0.000"), "syntax"}, {T("0.000"), "0.000"},
          {T("10000.0001"), "10000.0001"}, {T("0.00000001"), "0.00000001"},
          {T("12345678901234567890.123456789012345678901"),
           "12345678901234567890.123456789012345678901"},
          {T("1e5"), "syntax"}, {T(".5"), "syntax"}, {T("5."), "syntax"}, {T("1,5"), "syntax"},
          {T("00.5"), "syntax"}, {T(""), "syntax"}, {T("N/A"), "syntax"}, {T("+1"), "syntax"},
          {T("1.2.3"), "syntax"}, {R(INFINITY), "not_finite"}, {R(NAN), "not_finite"},
          {T("NaN"), "not_finite"}, {B("1"), "storage_class"}, {N, "NULL"});
    CHECK("numeric(20,2)", &exact, {R(12.34), "12.34"}, {R(0.005), "fraction"},
          {R(1e-7), "fraction"}, {R(1.255), "fraction"}, {R(1e18), "out_of_range"},
          {R(99999999999999.98), "99999999999999.98"}, {I(5), "5.00"},
          {I(999999999999999999), "999999999999999999.00"},
          {I(1000000000000000000), "out_of_range"}, {T("1.5"), "1.50"}, {T("1.500"), "1.50"},
          {T("1.501"), "fraction"}, {T("999999999999999999.99"), "999999999999999999.99"},
          {T("1000000000000000000"), "out_of_range"}, {R(0.1 + 0.2), "fraction"},
          {R(123456789012.34), "123456789012.34"}, {R(-45.5), "-45.50"},
          {R(1234567890123456.0), "1234567890123456.00"});
    CHECK("numeric(20,2) round", &round, {R(0.005), "0.01"}, {R(1.005), "1.01"},
          {R(-1.005), "-1.01"}, {R(1.255), "1.26"}, {R(1e-7), "0.00"}, {R(2.675), "2.68"},
          {R(0.1 + 0.2), "0.30"}, {R(0.994999), "0.99"}, {R(0.995), "1.00"},
          {R(9999.995), "10000.00"}, {R(-0.004), "0.00"}, {T("0.0049999"), "0.00"},
          {T("0.005"), "0.01"}, {T("9999.9999"), "10000.00"},
          {T("999999999999999999.994"), "999999999999999999.99"},
          {T("999999999999999999.995"), "out_of_range"}, {R(123456789012.34567), "123456789012.35"},
          {R(1234567890123.4567), "1234567890123.46"}, {R(0.00499999999999999999), "0.01"});
}

static void test_odd_numeric(void)
{
    const keel_pg_type hundreds = {.kind = KEEL_PG_NUMERIC, .precision = 3, .scale = -2};
    const keel_pg_type small = {.kind = KEEL_PG_NUMERIC, .precision = 3, .scale = 5};
    const keel_pg_type whole = {.kind = KEEL_PG_NUMERIC, .precision = 4, .scale = 0};
    const keel_rule hundred = {.type = &hundreds},
                    round_hundred = {.type = &hundreds, .round = true};
    const keel_rule tiny = {.type = &small}, round_tiny = {.type = &small, .round = true};
    const keel_rule nan = {.type = simple_type(KEEL_PG_NUMERIC), .allow_nan = true},
                    nan_whole = {.type = &whole, .allow_nan = true};

    CHECK("numeric(3,-2)", &hundred, {I(1200), "1200"}, {I(99900), "99900"}, {I(1250), "fraction"},
          {I(100000), "out_of_range"}, {I(0), "0"}, {R(500.0), "500"});
    CHECK("numeric(3,-2) round", &round_hundred, {I(1250), "1300"}, {I(1249), "1200"}, {I(49), "0"},
          {I(50), "100"}, {I(99950), "out_of_range"}, {I(99949), "99900"});
    CHECK("numeric(3,5)", &tiny, {R(0.00123), "0.00123"}, {R(0.00999), "0.00999"},
          {R(0.01), "out_of_range"}, {I(0), "0.00000"}, {I(1), "out_of_range"});
    CHECK("numeric(3,5) round", &round_tiny, {R(0.000005), "0.00001"}, {R(0.000004), "0.00000"},
          {R(0.009995), "out_of_range"});
    CHECK("numeric with NaN", &nan, {R(NAN), "NaN"}, {R(INFINITY), "Infinity"},
          {R(-INFINITY), "-Infinity"}, {T("NaN"), "NaN"});
    CHECK("numeric(4) with NaN", &nan_whole, {R(NAN), "NaN"}, {R(INFINITY), "out_of_range"},
          {I(9999), "9999"}, {I(10000), "out_of_range"});
}

static void test_counts(void)
{
    const keel_pg_type money = {.kind = KEEL_PG_NUMERIC, .precision = 20, .scale = 2};
    const keel_rule rule = {.type = &money, .round = true};
    const keel_cell cells[] = {R(1.5), R(1.005), T("2.999"), I(7), R(NAN)};
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    keel_rule_counts counts = {0};

    for (size_t i = 0; i < KEEL_COUNT_OF(cells); i++)
        keel_encode(&rule, &cells[i], &out, &counts, NULL);
    is_int(counts.rounded, 2, "two of five values were rounded");
}

int main(void)
{
    test_bool();
    test_integers();
    test_floats();
    test_numeric();
    test_odd_numeric();
    test_counts();
    return done_testing();
}
