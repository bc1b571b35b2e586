/* Setting the cells of a row. Text lives in the row itself, so a row is valid until the next one is
 * filled. */
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "demo/kamiyo_table.h"

#define LAST_MOMENT                                                                                \
    1761955200 /* 2025-11-01 00:00:00Z: fixed, so that the file is the same on any day */
#define FIVE_YEARS (5 * 365 * 86400)

void keel_kamiyo_set_null(keel_kamiyo_row *row, int column)
{
    row->cells[column] = (keel_kamiyo_cell){.class = KEEL_KAMIYO_NULL};
}

void keel_kamiyo_set_integer(keel_kamiyo_row *row, int column, int64_t value)
{
    row->cells[column] = (keel_kamiyo_cell){.class = KEEL_KAMIYO_INTEGER, .integer = value};
}

void keel_kamiyo_set_real(keel_kamiyo_row *row, int column, double value)
{
    row->cells[column] = (keel_kamiyo_cell){.class = KEEL_KAMIYO_REAL, .real = value};
}

void keel_kamiyo_set_text(keel_kamiyo_row *row, int column, const char *constant)
{
    row->cells[column] =
        (keel_kamiyo_cell){.class = KEEL_KAMIYO_TEXT, .bytes = constant, .size = strlen(constant)};
}

void keel_kamiyo_set_textf(keel_kamiyo_row *row, int column, const char *fmt, ...)
{
    char *text = row->text + row->text_size;
    va_list args;

    va_start(args, fmt);
    int size = vsnprintf(text, sizeof row->text - row->text_size, fmt, args);
    va_end(args);
    assert(size >= 0 && row->text_size + (size_t)size < sizeof row->text);
    row->text_size += (size_t)size + 1;
    row->cells[column] =
        (keel_kamiyo_cell){.class = KEEL_KAMIYO_TEXT, .bytes = text, .size = (size_t)size};
}

static struct tm broken_down(int64_t seconds)
{
    struct tm parts = {0};
    time_t moment = (time_t)seconds;

    gmtime_r(&moment, &parts);
    return parts;
}

void keel_kamiyo_set_utc(keel_kamiyo_row *row, int column, int64_t seconds)
{
    struct tm parts = broken_down(seconds);

    keel_kamiyo_set_textf(row, column, "%04d-%02d-%02d %02d:%02d:%02d", parts.tm_year + 1900,
                          parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                          parts.tm_sec);
}

void keel_kamiyo_set_local(keel_kamiyo_row *row, int column, int64_t seconds, int64_t microseconds)
{
    struct tm parts = broken_down(seconds);

    /* On two nights of the year 02:xx does not exist or exists twice; those are planted apart, on
     * purpose. */
    if (parts.tm_hour == 2)
        parts.tm_hour = 14;
    keel_kamiyo_set_textf(row, column, "%04d-%02d-%02d %02d:%02d:%02d.%06d", parts.tm_year + 1900,
                          parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                          parts.tm_sec, (int)microseconds);
}

int64_t keel_kamiyo_moment(keel_random *random)
{
    double age = pow(keel_random_unit(random), 2.5);

    return LAST_MOMENT - (int64_t)(age * FIVE_YEARS);
}

void keel_kamiyo_set_parent(keel_kamiyo_row *row,
                            int column,
                            const keel_kamiyo_parents *parents,
                            int64_t ordinal)
{
    while (parents->barren[ordinal])
        ordinal = (ordinal + 1) % parents->count;
    keel_kamiyo_set_integer(row, column, parents->ids[ordinal]);
    if (parents->rejected[ordinal])
        row->parent_lost = row->rejected = true;
}
