/* Instants read back as the epoch numbers that they came from. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "convert/comparer.h"

#define SECOND       INT64_C(1000000)
#define UNIX_TO_2000 INT64_C(946684800)

/* A double of seconds or milliseconds: the field in that unit, read as decimal text. */
static bool instant_is_real(const keel_rule *rule, int64_t unix_micros, double real)
{
    char text[40];
    int64_t unit = rule->epoch_real == KEEL_EPOCH_MILLISECONDS ? 1000 : SECOND;
    double value = (double)unix_micros / (double)unit;

    if (llabs(unix_micros) >= INT64_C(1) << 53) {
        int64_t size = llabs(unix_micros);
        snprintf(text, sizeof text, "%s%lld.%0*lld", unix_micros < 0 ? "-" : "",
                 (long long)(size / unit), unit == 1000 ? 3 : 6, (long long)(size % unit));
        value = strtod(text, NULL);
    }
    return keel_equal_reals(value, real);
}

/* To the nearest; of two, the later. */
static void round_later(keel_figure *figure, int64_t scale)
{
    int64_t keep = figure->point + scale;

    if (figure->negative && keep >= 0 && (int64_t)figure->digits.size == keep + 1 &&
        figure->digits.data[keep] == '5')
        figure->digits.data[keep] = '4';
    keel_figure_round(figure, scale);
}

/* The same where digits had to be rounded away: *wanted is the cell in units of 10^power seconds.
 */
static bool
instant_is_rounded(const keel_rule *rule, int64_t unix_micros, keel_figure *wanted, int64_t power)
{
    KEEL_CLEANUP(keel_figure_free) keel_figure arrived = {0};
    char text[40];

    if (!rule->round)
        return false;
    int size = snprintf(text, sizeof text, "%llde-6", (long long)unix_micros);
    keel_figure_of_text(text, (size_t)size, &arrived);
    wanted->point += power;
    round_later(wanted, rule->type->fraction_digits);
    return keel_figure_equal(wanted, &arrived);
}

static bool real_is_rounded(const keel_rule *rule, int64_t unix_micros, double real, int64_t power)
{
    KEEL_CLEANUP(keel_figure_free) keel_figure wanted = {0};

    if (!isfinite(real))
        return false;
    keel_figure_of_real(real, &wanted);
    return instant_is_rounded(rule, unix_micros, &wanted, power);
}

static bool
milliseconds_are_rounded(const keel_rule *rule, int64_t unix_micros, int64_t milliseconds)
{
    KEEL_CLEANUP(keel_figure_free) keel_figure wanted = {0};
    char text[24];

    int size = snprintf(text, sizeof text, "%lld", (long long)milliseconds);
    keel_figure_of_text(text, (size_t)size, &wanted);
    return instant_is_rounded(rule, unix_micros, &wanted, -3);
}

/* As SQLite, the millisecond nearest to the day number; fewer digits if the type has fewer. */
static bool instant_is_julian(const keel_rule *rule, int64_t unix_micros, double julian)
{
    double milliseconds = floor(julian * 86400000.0 + 0.5) - 210866760000000.0;

    if (!(fabs(milliseconds) < 1e15))
        return false;
    return keel_equal_reals(milliseconds * 1000, (double)unix_micros) ||
           milliseconds_are_rounded(rule, unix_micros, (int64_t)milliseconds);
}

bool keel_instant_is_number(const keel_rule *rule, int64_t instant, const keel_cell *cell)
{
    int64_t micros = instant + UNIX_TO_2000 * SECOND;
    bool real = cell->class == KEEL_CELL_REAL;
    keel_epoch epoch = real ? rule->epoch_real : rule->epoch_integer;
    bool seconds = epoch == KEEL_EPOCH_SECONDS;

    if (epoch == KEEL_EPOCH_NONE)
        return false;
    if (epoch == KEEL_EPOCH_JULIAN)
        return instant_is_julian(rule, micros, real ? cell->real : (double)cell->integer);
    if (real)
        return instant_is_real(rule, micros, cell->real) ||
               real_is_rounded(rule, micros, cell->real, seconds ? 0 : -3);
    if (seconds)
        return micros % SECOND == 0 && micros / SECOND == cell->integer;
    return (micros % 1000 == 0 && micros / 1000 == cell->integer) ||
           milliseconds_are_rounded(rule, micros, cell->integer);
}
