#include "convert/decimal.h"

#include <math.h>
#include <stdlib.h>

#include "convert/comparer.h"
#include "samples.h"

static double random_double(dice *d)
{
    switch (roll_below(d, 5)) {
    case 0:
        return (double)(int64_t)roll_below(d, 2000000000) / 100.0;
    case 1:
        return (double)(int64_t)(roll(d) >> 11) / 1e6;
    case 2:
        return (double)(int64_t)roll(d);
    case 3:
        return (double)roll_below(d, 1000) * 1e-5;
    default: {
        uint64_t bits = roll(d);
        double value;
        memcpy(&value, &bits, sizeof value);
        return isfinite(value) ? value : 1.5;
    }
    }
}

static void test_shortest(void)
{
    dice d = {7};
    int wrong_values = 0, long_ones = 0, differing = 0;

    for (int i = 0; i < 200000; i++) {
        char text[KEEL_NUMBER_TEXT], digits[KEEL_DECIMAL_DIGITS];
        double value = random_double(&d);
        keel_real_text(value, text);
        wrong_values += !keel_same_real(strtod(text, NULL), value);
        if (i % 20 != 0 || keel_same_real(value, 0))
            continue;
        int point, count = keel_decimal_shortest(value, digits, &point);
        KEEL_CLEANUP(keel_figure_free) keel_figure figure = {0};
        keel_figure_of_real(value, &figure);
        long_ones += count > (int)figure.digits.size;
        differing +=
            memcmp(digits, figure.digits.data, (size_t)count) != 0 || point != figure.point;
    }
    is_int(wrong_values, 0, "200,000 doubles read back from their text");
    is_int(long_ones, 0, "none has more digits than needed");
    is_int(differing, 0, "the verify path finds the same digits");
}

static void test_text(void)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.0, "0.0"},
                 {1.0, "1.0"},
                 {-1.5, "-1.5"},
                 {100.0, "100.0"},
                 {1e14, "100000000000000.0"},
                 {1e15, "1.0e+15"},
                 {1e16, "1.0e+16"},
                 {0.001, "0.001"},
                 {0.0001, "0.0001"},
                 {0.00001, "1.0e-05"},
                 {1e100, "1.0e+100"},
                 {5e-324, "5.0e-324"},
                 {1.7976931348623157e308, "1.7976931348623157e+308"},
                 {2.2250738585072014e-308, "2.2250738585072014e-308"},
                 {9007199254740993.0, "9.007199254740992e+15"},
                 {0.1, "0.1"},
                 {123.456, "123.456"},
                 {1e22, "1.0e+22"},
                 {1e23, "1.0e+23"}};
    char text[KEEL_NUMBER_TEXT];

    for (size_t i = 0; i < KEEL_COUNT_OF(cases); i++) {
        keel_real_text(cases[i].value, text);
        is_str(text, cases[i].text, "text of a real %zu", i);
    }
    keel_int_text(INT64_MIN, text);
    is_str(text, "-9223372036854775808", "the smallest integer");
    keel_int_text(0, text);
    is_str(text, "0", "zero");
}

static void test_parse(void)
{
    static const struct {
        const char *text;
        bool plain, exponent;
        size_t count;
        int64_t point, fraction;
    } cases[] = {{"0", true, true, 0, 0, 0},       {"10", true, true, 1, 2, 0},
                 {"0.0010", true, true, 1, -2, 4}, {"12.50", true, true, 3, 2, 2},
                 {"1e5", false, true, 1, 6, 0},    {"1.5e-3", false, true, 2, -2, 4},
                 {"01", false, false, 0, 0, 0},    {"1.", false, false, 0, 0, 0},
                 {".1", false, false, 0, 0, 0},    {"", false, false, 0, 0, 0},
                 {"-", false, false, 0, 0, 0},     {"1e", false, false, 0, 0, 0},
                 {"1e+", false, false, 0, 0, 0},   {"--1", false, false, 0, 0, 0},
                 {"1 ", false, false, 0, 0, 0},    {"100.001", true, true, 6, 3, 3}};

    for (size_t i = 0; i < KEEL_COUNT_OF(cases); i++) {
        keel_decimal decimal = {0};
        size_t size = strlen(cases[i].text);
        is_int(keel_decimal_parse(cases[i].text, size, false, &decimal), cases[i].plain,
               "\"%s\" plain", cases[i].text);
        bool parsed = keel_decimal_parse(cases[i].text, size, true, &decimal);
        is_int(parsed, cases[i].exponent, "\"%s\" with an exponent allowed", cases[i].text);
        if (!parsed)
            continue;
        is_int((int64_t)decimal.count, (int64_t)cases[i].count, "\"%s\" digits", cases[i].text);
        if (decimal.count > 0)
            is_int(decimal.point, cases[i].point, "\"%s\" point", cases[i].text);
        is_int(decimal.fraction, cases[i].fraction, "\"%s\" fraction", cases[i].text);
    }
}

/* The fast paths of numeric against the general one. */
static void test_paths_agree(void)
{
    dice d = {11};
    int differing = 0;

    for (int i = 0; i < 100000; i++) {
        const keel_pg_type type = {.kind = KEEL_PG_NUMERIC,
                                   .precision = 1 + (int)roll_below(&d, 25),
                                   .scale = (int)roll_below(&d, 8)};
        bool round = roll_below(&d, 2) == 1, fast_rounded = false, slow_rounded = false;
        double value = random_double(&d);
        char digits[KEEL_DECIMAL_DIGITS];
        KEEL_CLEANUP(keel_str_free) keel_str fast = {0};
        KEEL_CLEANUP(keel_str_free) keel_str slow = {0};
        keel_str_reserve(&fast, 512);
        keel_decimal decimal = keel_decimal_of_real(value, digits);
        keel_misfit_code fast_code =
            keel_numeric_put_real(value, &type, round, &fast, &fast_rounded);
        keel_misfit_code slow_code = keel_numeric_put(&decimal, &type, round, &slow, &slow_rounded);
        differing += fast_code != slow_code;
        if (fast_code == KEEL_FITS && slow_code == KEEL_FITS)
            differing += fast_rounded != slow_rounded || fast.size != slow.size ||
                         memcmp(fast.data, slow.data, fast.size) != 0;
    }
    is_int(differing, 0, "100,000 doubles take the same form on both paths");
}

int main(void)
{
    test_shortest();
    test_text();
    test_parse();
    test_paths_agree();
    return done_testing();
}
