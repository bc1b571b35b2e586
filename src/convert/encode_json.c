/* json and jsonb: the bytes as they are, once they are known to be JSON. */
#include <math.h>

#include "convert/decimal.h"
#include "convert/encoder.h"
#include "convert/json.h"

enum { JSONB_VERSION = 1, LONGEST_JSONB = 0x0fffffff };

static keel_misfit_code check_json(const keel_encoding *encoding, keel_json_facts *ret_facts)
{
    const keel_cell *cell = encoding->cell;

    *ret_facts = keel_json_scan(cell->bytes, cell->size);
    if (ret_facts->verdict == KEEL_JSON_VALID)
        return KEEL_FITS;
    keel_misfit_code code = keel_check_text(cell);
    return code != KEEL_FITS ? code : KEEL_MISFIT_JSON_;
}

/* What is valid JSON and yet no jsonb. */
static keel_misfit_code check_jsonb(const keel_encoding *encoding, const keel_json_facts *facts)
{
    if (encoding->cell->size > LONGEST_JSONB)
        return KEEL_MISFIT_TOO_LONG_;
    if (facts->has_u0000)
        return KEEL_MISFIT_JSON_U0000_;
    if (facts->lone_surrogate)
        return KEEL_MISFIT_JSON_;
    if (facts->number_out_of_range)
        return KEEL_MISFIT_RANGE_;
    if (facts->duplicate_keys && !encoding->rule->allow_duplicate_keys)
        return KEEL_MISFIT_JSON_KEYS_;
    return KEEL_FITS;
}

static keel_misfit_code put_text(const keel_encoding *encoding, bool binary)
{
    keel_json_facts facts;
    keel_misfit_code code = check_json(encoding, &facts);

    if (code == KEEL_FITS && binary)
        code = check_jsonb(encoding, &facts);
    if (code != KEEL_FITS)
        return code;
    keel_put_bytes(encoding->out, encoding->cell->bytes, encoding->cell->size);
    *encoding->json_hash = facts.hash;
    encoding->counts->duplicate_keys += binary && facts.duplicate_keys;
    return KEEL_FITS;
}

static keel_misfit_code put_number(const keel_encoding *encoding)
{
    const keel_cell *cell = encoding->cell;
    char text[KEEL_NUMBER_TEXT];

    if (cell->class == KEEL_CELL_REAL && !isfinite(cell->real))
        return KEEL_MISFIT_NOT_FINITE_;
    size_t size = cell->class == KEEL_CELL_REAL ? keel_real_text(cell->real, text)
                                                : keel_int_text(cell->integer, text);
    keel_put_bytes(encoding->out, text, size);
    *encoding->json_hash = keel_json_hash(text, size);
    return KEEL_FITS;
}

static keel_misfit_code put_json(const keel_encoding *encoding, bool binary)
{
    switch (encoding->cell->class) {
    case KEEL_CELL_TEXT:
        return put_text(encoding, binary);
    case KEEL_CELL_INTEGER:
    case KEEL_CELL_REAL:
        return put_number(encoding);
    case KEEL_CELL_NULL:
    case KEEL_CELL_BLOB:
        break;
    }
    return KEEL_MISFIT_CLASS_;
}

keel_misfit_code keel_encode_json(const keel_encoding *encoding)
{
    return put_json(encoding, false);
}

keel_misfit_code keel_encode_jsonb(const keel_encoding *encoding)
{
    encoding->out->data[encoding->out->size++] = JSONB_VERSION;
    return put_json(encoding, true);
}
