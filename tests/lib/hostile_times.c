/* Dates and times. Without a mapping a naive time is UTC, and a number is not a time. */
#include "hostile.h"

#define FITS   KEEL_HOSTILE_FITS
#define MISFIT KEEL_HOSTILE_MISFIT

static const char *const schema[] = {
    "CREATE TABLE datetimes (id INTEGER PRIMARY KEY, v DATETIME)",
    "CREATE TABLE timestamps (id INTEGER PRIMARY KEY, v TIMESTAMP)",
    "CREATE TABLE dates (id INTEGER PRIMARY KEY, v DATE)",
    "CREATE TABLE times (id INTEGER PRIMARY KEY, v TIME)",
};

// clang-format off
static const keel_hostile_row rows[] = {
    FITS("datetimes", "1", "'2024-01-02 03:04:05'", "2024-01-02 03:04:05+00"),
    FITS("datetimes", "2", "'2024-01-02 03:04:05.678901'", "2024-01-02 03:04:05.678901+00"),
    FITS("datetimes", "3", "'2024-01-02T03:04:05Z'", "2024-01-02 03:04:05+00"),
    FITS("datetimes", "4", "'2024-01-02 03:04:05+02:00'", "2024-01-02 01:04:05+00"),
    FITS("datetimes", "5", "'2024-01-02T03:04:05.5-05:30'", "2024-01-02 08:34:05.5+00"),
    FITS("datetimes", "6", "'2024-01-02'", "2024-01-02 00:00:00+00"),
    FITS("datetimes", "7", "'2024-01-02 03:04'", "2024-01-02 03:04:00+00"),
    FITS("datetimes", "8", "'2024-02-29 12:00:00'", "2024-02-29 12:00:00+00"),
    FITS("datetimes", "9", "'9999-12-31 23:59:59'", "9999-12-31 23:59:59+00"),
    FITS("datetimes", "10", "'0001-01-01 00:00:00'", "0001-01-01 00:00:00+00"),
    FITS("datetimes", "11", "NULL", NULL),
    MISFIT("datetimes", "12", "1704164645", "epoch"),
    MISFIT("datetimes", "13", "'1704164645'", "epoch"), /* an integer by then */
    MISFIT("datetimes", "14", "1704164645678", "epoch"),
    MISFIT("datetimes", "15", "2460311.627836", "epoch"),
    MISFIT("datetimes", "16", "'0000-00-00 00:00:00'", "impossible_date"),
    MISFIT("datetimes", "17", "'2024-02-30 00:00:00'", "impossible_date"),
    MISFIT("datetimes", "18", "'2023-02-29 00:00:00'", "impossible_date"),
    MISFIT("datetimes", "19", "'2024-01-02 25:00:00'", "impossible_date"),
    MISFIT("datetimes", "20", "'2024-01-02 24:00:00'", "impossible_date"),
    MISFIT("datetimes", "21", "'2016-12-31 23:59:60'", "impossible_date"),
    MISFIT("datetimes", "22", "'2024-01-02 03:04:05.1234567'", "fraction"),
    MISFIT("datetimes", "23", "''", "syntax"),
    MISFIT("datetimes", "24", "'garbage'", "syntax"),
    MISFIT("datetimes", "25", "'2020-08-'", "syntax"),
    MISFIT("datetimes", "26", "'02/01/2024'", "syntax"),
    MISFIT("datetimes", "27", "'now'", "syntax"), /* PostgreSQL would read the clock */
    MISFIT("datetimes", "28", "'infinity'", "syntax"),
    MISFIT("datetimes", "29", "'2024-01-02 03:04:05 Europe/Copenhagen'", "syntax"),
    MISFIT("datetimes", "30", "x'00'", "storage_class"),
    FITS("timestamps", "1", "'2024-01-02 03:04:05+02:00'", "2024-01-02 01:04:05+00"),

    FITS("dates", "1", "'2024-02-29'", "2024-02-29"),
    FITS("dates", "2", "'2024-01-02 00:00:00'", "2024-01-02"),
    FITS("dates", "3", "'1969-12-31'", "1969-12-31"),
    MISFIT("dates", "4", "'2023-02-29'", "impossible_date"),
    MISFIT("dates", "5", "'2024-13-01'", "impossible_date"),
    MISFIT("dates", "6", "'2024-01-02 10:00:00'", "fraction"),
    MISFIT("dates", "7", "'02/01/2024'", "syntax"),
    MISFIT("dates", "8", "''", "syntax"),
    MISFIT("dates", "9", "20240102", "epoch"),

    FITS("times", "1", "'23:59:59'", "23:59:59"),
    FITS("times", "2", "'12:30'", "12:30:00"),
    FITS("times", "3", "'10:00:00.25'", "10:00:00.25"),
    MISFIT("times", "4", "'24:00:00'", "impossible_date"),
    MISFIT("times", "5", "'3 pm'", "syntax"),
    MISFIT("times", "6", "43200", "epoch"),
};
// clang-format on

const keel_hostile_part keel_hostile_times = {schema, KEEL_COUNT_OF(schema), rows,
                                              KEEL_COUNT_OF(rows)};
