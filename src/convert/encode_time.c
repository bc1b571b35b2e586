/* date, time, timestamp, timestamptz: the moment that the cell gives, on the clock that the type
 * wants. */
#include "convert/moment.h"
#include "convert/zone.h"

static int64_t floor_seconds(int64_t micros)
{
    return micros / KEEL_SECOND - (micros % KEEL_SECOND < 0);
}

static keel_misfit_code take_moment(const keel_encoding *encoding, keel_moment *moment)
{
    switch (encoding->cell->class) {
    case KEEL_CELL_TEXT:
        return keel_moment_of_text(encoding, moment);
    case KEEL_CELL_INTEGER:
        return keel_moment_of_integer(encoding, moment);
    case KEEL_CELL_REAL:
        return keel_moment_of_real(encoding, moment);
    case KEEL_CELL_NULL:
    case KEEL_CELL_BLOB:
        break;
    }
    return KEEL_MISFIT_CLASS_;
}

/* The clock of the rule's zone at an instant; an instant that this clock shows twice would not come
 * back. */
static keel_misfit_code to_local(const keel_encoding *encoding, keel_moment *moment)
{
    const keel_zone *zone = encoding->rule->zone;
    int64_t again;

    if (!moment->zoned)
        return KEEL_FITS;
    moment->micros -= moment->offset * KEEL_SECOND;
    if (zone == NULL)
        return KEEL_FITS;
    int64_t utc = floor_seconds(moment->micros) + KEEL_UNIX_TO_2000;
    int32_t offset = keel_zone_offset(zone, utc);
    if (keel_zone_to_utc(zone, utc + offset, &again) != KEEL_ZONE_ONCE)
        return KEEL_MISFIT_ZONE_GAP_;
    moment->micros += offset * KEEL_SECOND;
    return KEEL_FITS;
}

static keel_misfit_code to_instant(const keel_encoding *encoding, keel_moment *moment)
{
    const keel_zone *zone = encoding->rule->zone;
    int64_t utc;

    if (moment->zoned || zone == NULL) {
        moment->micros -= moment->offset * KEEL_SECOND;
        return KEEL_FITS;
    }
    int64_t local = floor_seconds(moment->micros) + KEEL_UNIX_TO_2000;
    if (keel_zone_to_utc(zone, local, &utc) != KEEL_ZONE_ONCE)
        return KEEL_MISFIT_ZONE_GAP_;
    moment->micros += (utc - local) * KEEL_SECOND;
    return KEEL_FITS;
}

keel_misfit_code keel_encode_timestamp(const keel_encoding *encoding)
{
    keel_moment moment = {0};
    keel_misfit_code code = take_moment(encoding, &moment);

    if (code == KEEL_FITS)
        code = to_local(encoding, &moment);
    if (code != KEEL_FITS)
        return code;
    keel_put_i64(encoding->out, moment.micros);
    encoding->counts->rounded += moment.rounded;
    return KEEL_FITS;
}

keel_misfit_code keel_encode_timestamptz(const keel_encoding *encoding)
{
    keel_moment moment = {0};
    keel_misfit_code code = take_moment(encoding, &moment);

    if (code == KEEL_FITS)
        code = to_instant(encoding, &moment);
    if (code != KEEL_FITS)
        return code;
    keel_put_i64(encoding->out, moment.micros);
    encoding->counts->rounded += moment.rounded;
    encoding->counts->naive_as_utc +=
        !moment.zoned && encoding->rule->zone == NULL && !encoding->rule->zone_stated;
    return KEEL_FITS;
}

keel_misfit_code keel_encode_date(const keel_encoding *encoding)
{
    keel_encoding strict = *encoding;
    keel_rule rule = *encoding->rule;
    keel_moment moment = {0};

    rule.round = false; /* a date that is a little off midnight is no date */
    strict.rule = &rule;
    keel_misfit_code code = take_moment(&strict, &moment);
    if (code == KEEL_FITS)
        code = to_local(&strict, &moment);
    if (code != KEEL_FITS)
        return code;
    if (moment.micros % KEEL_DAY != 0)
        return KEEL_MISFIT_FRACTION_;
    keel_put_i32(encoding->out, (int32_t)(moment.micros / KEEL_DAY));
    return KEEL_FITS;
}

/* A number is the time since midnight. */
static keel_misfit_code take_time(const keel_encoding *encoding, keel_moment *moment)
{
    const keel_rule *rule = encoding->rule;
    keel_cell_class class = encoding->cell->class;
    keel_epoch epoch = class == KEEL_CELL_REAL ? rule->epoch_real : rule->epoch_integer;

    if (class == KEEL_CELL_TEXT)
        return keel_moment_of_clock(encoding, moment);
    if (epoch == KEEL_EPOCH_JULIAN && class != KEEL_CELL_BLOB)
        return KEEL_MISFIT_EPOCH_;
    keel_misfit_code code = take_moment(encoding, moment);
    moment->micros += KEEL_UNIX_TO_2000 * KEEL_SECOND;
    return code;
}

keel_misfit_code keel_encode_time(const keel_encoding *encoding)
{
    keel_moment moment = {0};
    keel_misfit_code code = take_time(encoding, &moment);

    if (code != KEEL_FITS)
        return code;
    if (moment.micros < 0 || moment.micros >= KEEL_DAY)
        return KEEL_MISFIT_RANGE_;
    keel_put_i64(encoding->out, moment.micros);
    encoding->counts->rounded += moment.rounded;
    return KEEL_FITS;
}
