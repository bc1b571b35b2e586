/* bool, integers and floats read back. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "convert/comparer.h"

bool keel_equal_reals(double left, double right)
{
    return isnan(left) || isnan(right) ? isnan(left) && isnan(right)
                                       : !(left < right) && !(left > right);
}

int64_t keel_field_int(keel_field field)
{
    if (field.size == 8)
        return keel_get_i64(field.bytes);
    return field.size == 4 ? keel_get_i32(field.bytes) : keel_get_i16(field.bytes);
}

float keel_field_float4(keel_field field)
{
    int32_t bits = keel_get_i32(field.bytes);
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

double keel_field_float8(keel_field field)
{
    int64_t bits = keel_get_i64(field.bytes);
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

bool keel_compare_bool(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    static const char words[2][6][6] = {{"f", "false", "0", "n", "no", "off"},
                                        {"t", "true", "1", "y", "yes", "on"}};

    (void)rule;
    if (field.size != 1 || field.bytes[0] > 1)
        return false;
    if (cell->class == KEEL_CELL_INTEGER)
        return cell->integer == field.bytes[0];
    if (cell->class == KEEL_CELL_REAL)
        return keel_equal_reals(cell->real, field.bytes[0]);
    if (cell->class != KEEL_CELL_TEXT)
        return false;
    for (size_t i = 0; i < 6; i++) {
        const char *word = words[field.bytes[0]][i];
        if (strlen(word) == cell->size &&
            strncasecmp(word, (const char *)cell->bytes, cell->size) == 0)
            return true;
    }
    return false;
}

/* The field printed is the cell's text. */
static bool int_is_text(int64_t value, const keel_cell *cell)
{
    char text[24];
    int size = snprintf(text, sizeof text, "%lld", (long long)value);

    return keel_bytes_equal(text, (size_t)size, cell->bytes, cell->size);
}

static bool int_is_real(const keel_rule *rule, int64_t value, double real)
{
    if (!isfinite(real))
        return false;
    double wanted = rule->round ? round(real) : real;
    return keel_equal_reals((double)value, wanted) && fabs(wanted) <= 0x1p63 &&
           (wanted < 0x1p63 ? (int64_t)wanted == value : false);
}

bool keel_compare_int(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    static const int sizes[] = {[KEEL_PG_INT2] = 2, [KEEL_PG_INT4] = 4, [KEEL_PG_INT8] = 8};

    if (field.size != sizes[rule->type->kind])
        return false;
    int64_t value = keel_field_int(field);
    if (cell->class == KEEL_CELL_INTEGER)
        return value == cell->integer;
    if (cell->class == KEEL_CELL_TEXT)
        return int_is_text(value, cell);
    return cell->class == KEEL_CELL_REAL && int_is_real(rule, value, cell->real);
}

bool keel_text_is_special(const keel_cell *cell, double special)
{
    static const char words[2][3][10] = {{"inf", "infinity", "+infinity"},
                                         {"-inf", "-infinity", "+inf"}};
    const char *text = (const char *)cell->bytes;
    bool plus = cell->size == 4 && strncasecmp(text, "+inf", 4) == 0;

    if (isnan(special))
        return cell->size == 3 && strncasecmp(text, "nan", 3) == 0;
    if (plus)
        return special > 0;
    for (size_t i = 0; i < (special > 0 ? 3 : 2); i++) {
        const char *word = words[special < 0][i];
        if (strlen(word) == cell->size && strncasecmp(word, text, cell->size) == 0)
            return true;
    }
    return false;
}

/* The decimal that the double prints as is the number that the text writes. */
static bool text_is_real(const keel_cell *cell, double real)
{
    KEEL_CLEANUP(keel_figure_free) keel_figure written = {0};
    KEEL_CLEANUP(keel_figure_free) keel_figure printed = {0};

    if (!isfinite(real))
        return keel_text_is_special(cell, real);
    if (!keel_figure_of_text(cell->bytes, cell->size, &written))
        return false;
    keel_figure_of_real(real, &printed);
    return keel_figure_equal(&written, &printed);
}

static bool real_is_cell(const keel_cell *cell, double real)
{
    if (cell->class == KEEL_CELL_REAL)
        return keel_equal_reals(cell->real, real);
    if (cell->class == KEEL_CELL_INTEGER)
        return real >= -0x1p63 && real < 0x1p63 && keel_equal_reals(real, (double)cell->integer) &&
               (int64_t)real == cell->integer;
    return cell->class == KEEL_CELL_TEXT && text_is_real(cell, real);
}

bool keel_compare_float8(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    (void)rule;
    return field.size == 8 && real_is_cell(cell, keel_field_float8(field));
}

/* The double nearest to the cell, narrowed. */
static bool narrowed_is(const keel_cell *cell, float narrow)
{
    char text[402];
    double real = cell->class == KEEL_CELL_INTEGER ? (double)cell->integer : cell->real;

    if (cell->class == KEEL_CELL_TEXT) {
        if (cell->size >= sizeof text)
            return false;
        memcpy(text, cell->bytes, cell->size);
        text[cell->size] = '\0';
        char *end;
        real = strtod(text, &end);
        if (*end != '\0' || !text_is_real(cell, real))
            return false;
    }
    return isfinite(real) && fabs(real) < 0x1.ffffffp127 && keel_equal_reals((float)real, narrow);
}

bool keel_compare_float4(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    if (field.size != 4 || cell->class == KEEL_CELL_BLOB)
        return false;
    float value = keel_field_float4(field);
    return real_is_cell(cell, value) || (rule->round && narrowed_is(cell, value));
}
