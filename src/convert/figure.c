/* Decimal figures of the verify path, in plain text arithmetic. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "convert/comparer.h"

void keel_figure_free(keel_figure *figure)
{
    keel_str_free(&figure->digits);
}

static void strip(keel_figure *figure)
{
    size_t zeros = 0;
    keel_str *digits = &figure->digits;

    while (digits->size > 0 && digits->data[digits->size - 1] == '0')
        digits->size--;
    while (zeros < digits->size && digits->data[zeros] == '0')
        zeros++;
    if (zeros > 0)
        memmove(digits->data, digits->data + zeros, digits->size - zeros);
    digits->size -= zeros;
    figure->point -= (int64_t)zeros;
}

static void add_digit(keel_figure *figure, char digit)
{
    keel_str_addc(&figure->digits, digit);
}

/* [+-]digits to the end; beyond a thousand million it stays there. */
static bool read_exponent(const char *at, const char *end, int64_t *ret_exponent)
{
    bool negative = at < end && *at == '-';
    int64_t exponent = 0;

    at += at < end && (*at == '-' || *at == '+');
    bool any = at < end;
    for (; at < end; at++) {
        if (*at < '0' || *at > '9')
            return false;
        if (exponent < 1000000000)
            exponent = exponent * 10 + (*at - '0');
    }
    *ret_exponent = negative ? -exponent : exponent;
    return any;
}

bool keel_figure_of_text(const void *text, size_t size, keel_figure *figure)
{
    const char *at = text, *end = at + size;
    bool fraction = false;
    int64_t exponent = 0;

    *figure = (keel_figure){0};
    if (at < end && *at == '-') {
        figure->negative = true;
        at++;
    }
    for (; at < end && *at != 'e' && *at != 'E'; at++) {
        if (*at == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (*at < '0' || *at > '9')
            return false;
        add_digit(figure, *at);
        figure->point += !fraction;
    }
    if (at < end && !read_exponent(at + 1, end, &exponent))
        return false;
    bool any = figure->digits.size > 0;
    figure->point += exponent;
    strip(figure);
    return any;
}

void keel_figure_of_real(double value, keel_figure *figure)
{
    char text[40] = "";

    for (int precision = fabs(value) < 1e-300 ? 1 : 15; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, value);
        if (keel_equal_reals(strtod(text, NULL), value))
            break;
    }
    keel_figure_of_text(text, strlen(text), figure);
}

static bool well_formed(keel_field field)
{
    return field.size >= 8 && field.size == 8 + 2 * keel_get_i16(field.bytes);
}

bool keel_numeric_special(keel_field field, double *ret_value)
{
    int sign = field.size >= 8 ? (uint16_t)keel_get_i16(field.bytes + 4) : 0;

    if (sign < 0xC000)
        return false;
    *ret_value = sign == 0xC000 ? NAN : sign == 0xD000 ? INFINITY : -INFINITY;
    return true;
}

bool keel_figure_of_numeric(keel_field field, keel_figure *figure)
{
    double special;

    *figure = (keel_figure){0};
    if (!well_formed(field) || keel_numeric_special(field, &special))
        return false;
    int count = keel_get_i16(field.bytes);
    figure->negative = keel_get_i16(field.bytes + 4) == 0x4000;
    figure->point = 4 * ((int64_t)keel_get_i16(field.bytes + 2) + 1);
    keel_str_reserve(&figure->digits, (size_t)count * 4);
    for (int i = 0; i < count; i++) {
        int group = keel_get_i16(field.bytes + 8 + 2 * i);
        for (int unit = 1000; unit > 0; unit /= 10)
            add_digit(figure, (char)('0' + group / unit % 10));
    }
    strip(figure);
    return true;
}

void keel_figure_round(keel_figure *figure, int64_t scale)
{
    keel_str *digits = &figure->digits;
    int64_t keep = figure->point + scale;

    if (keep >= (int64_t)digits->size)
        return;
    bool up = keep >= 0 && digits->data[keep] >= '5';
    digits->size = keep > 0 ? (size_t)keep : 0;
    if (!up) {
        strip(figure);
        return;
    }
    size_t at = digits->size;
    while (at > 0 && digits->data[at - 1] == '9')
        digits->data[--at] = '0';
    if (at > 0) {
        digits->data[at - 1]++;
    } else {
        digits->data[0] = '1'; /* 0.99 is 1.00 now: the zeros behind say nothing */
        digits->size = 1;
        figure->point++;
    }
    strip(figure);
}

bool keel_figure_equal(const keel_figure *left, const keel_figure *right)
{
    if (left->digits.size != right->digits.size)
        return false;
    if (left->digits.size == 0)
        return true;
    return left->negative == right->negative && left->point == right->point &&
           memcmp(left->digits.data, right->digits.data, left->digits.size) == 0;
}

void keel_numeric_text(keel_field field, keel_str *out)
{
    keel_figure figure;
    double special;

    if (keel_numeric_special(field, &special)) {
        keel_str_add(out, isnan(special) ? "NaN" : special > 0 ? "Infinity" : "-Infinity");
        return;
    }
    if (keel_figure_of_numeric(field, &figure)) {
        int64_t count = (int64_t)figure.digits.size, scale = keel_get_i16(field.bytes + 6);
        if (figure.negative && count > 0)
            keel_str_addc(out, '-');
        if (figure.point <= 0 || count == 0)
            keel_str_addc(out, '0');
        for (int64_t i = 0; i < figure.point && count > 0; i++)
            keel_str_addc(out, i < count ? figure.digits.data[i] : '0');
        if (scale > 0)
            keel_str_addc(out, '.');
        for (int64_t i = 0; i < scale; i++) {
            int64_t at = figure.point + i;
            keel_str_addc(out, at >= 0 && at < count ? figure.digits.data[at] : '0');
        }
    }
    keel_figure_free(&figure);
}

/* Shortest digits; plain from 0.0001 to below 10^digits - 2 (10^15 and 10^6), else with an
 * exponent. */
void keel_float_text(double value, int digits, keel_str *out)
{
    char text[40] = "";
    int precision = digits == 9 ? 6 : 15;

    if (isnan(value) || isinf(value)) {
        keel_str_add(out, isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        return;
    }
    for (int tried = fabs(value) < 1e-30 ? 0 : precision - 1; tried < digits; tried++) {
        snprintf(text, sizeof text, "%.*e", tried, value);
        bool back = digits == 9 ? keel_equal_reals(strtof(text, NULL), value)
                                : keel_equal_reals(strtod(text, NULL), value);
        if (back)
            break;
    }
    keel_figure figure;
    keel_figure_of_text(text, strlen(text), &figure);
    int64_t point = figure.point, count = (int64_t)figure.digits.size;
    if (signbit(value))
        keel_str_addc(out, '-');
    if (count == 0)
        keel_str_addc(out, '0');
    bool plain = point > -4 && point <= precision;
    if (plain && point <= 0 && count > 0) {
        keel_str_add(out, "0.");
        for (int64_t i = point; i < 0; i++)
            keel_str_addc(out, '0');
    }
    for (int64_t i = 0; i < (plain ? KEEL_MAX(count, count > 0 ? point : 0) : count); i++) {
        if (i > 0 && i == (plain ? point : 1))
            keel_str_addc(out, '.');
        keel_str_addc(out, i < count ? figure.digits.data[i] : '0');
    }
    if (!plain)
        keel_str_addf(out, "e%c%02d", point > 0 ? '+' : '-', abs((int)point - 1));
    keel_figure_free(&figure);
}
