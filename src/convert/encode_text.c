/* text, varchar, char, bytea, uuid, enum. */
#include <math.h>

#include "convert/decimal.h"
#include "convert/encoder.h"
#include "convert/utf8.h"

enum { LONGEST_FIELD = 0x3ffffff0 }; /* PostgreSQL's values end at 1 GB */

keel_misfit_code keel_check_text(const keel_cell *cell)
{
    switch (keel_utf8_check(cell->bytes, cell->size, NULL)) {
    case KEEL_UTF8_INVALID:
        return KEEL_MISFIT_UTF8_;
    case KEEL_UTF8_NUL:
        return KEEL_MISFIT_NUL_BYTE_;
    case KEEL_UTF8_VALID:
        break;
    }
    return cell->size <= LONGEST_FIELD ? KEEL_FITS : KEEL_MISFIT_TOO_LONG_;
}

/* The cell as text: its own, or its number's (written to `number`). */
static keel_misfit_code
take_text(const keel_encoding *encoding, char number[KEEL_NUMBER_TEXT], keel_cell *ret_text)
{
    const keel_cell *cell = encoding->cell;

    if (cell->class == KEEL_CELL_TEXT) {
        *ret_text = *cell;
        return keel_check_text(cell);
    }
    if (cell->class == KEEL_CELL_BLOB)
        return KEEL_MISFIT_CLASS_;
    bool real = cell->class == KEEL_CELL_REAL;
    if (real && !isfinite(cell->real) && !encoding->rule->allow_nan)
        return KEEL_MISFIT_NOT_FINITE_;
    size_t size = real ? keel_real_text(cell->real, number) : keel_int_text(cell->integer, number);
    *ret_text =
        (keel_cell){.class = KEEL_CELL_TEXT, .bytes = (unsigned char *)number, .size = size};
    return KEEL_FITS;
}

static bool too_long(const keel_pg_type *type, const keel_cell *text)
{
    size_t limit = (size_t)type->length;

    return limit > 0 && text->size > limit && keel_utf8_count(text->bytes, text->size) > limit;
}

keel_misfit_code keel_encode_text(const keel_encoding *encoding)
{
    char number[KEEL_NUMBER_TEXT];
    keel_cell text;
    keel_misfit_code code = take_text(encoding, number, &text);

    if (code != KEEL_FITS)
        return code;
    if (too_long(encoding->type, &text))
        return KEEL_MISFIT_TOO_LONG_;
    keel_put_bytes(encoding->out, text.bytes, text.size);
    return KEEL_FITS;
}

/* character(n): the server pads, so blanks at the end would be lost among the padding. */
keel_misfit_code keel_encode_char(const keel_encoding *encoding)
{
    char number[KEEL_NUMBER_TEXT];
    keel_cell text;
    keel_misfit_code code = take_text(encoding, number, &text);

    if (code != KEEL_FITS)
        return code;
    if (too_long(encoding->type, &text))
        return KEEL_MISFIT_TOO_LONG_;
    if (text.size > 0 && text.bytes[text.size - 1] == ' ')
        return KEEL_MISFIT_PADDING_;
    keel_put_bytes(encoding->out, text.bytes, text.size);
    return KEEL_FITS;
}

keel_misfit_code keel_encode_bytea(const keel_encoding *encoding)
{
    const keel_cell *cell = encoding->cell;
    bool allowed = cell->class == KEEL_CELL_BLOB ||
                   (cell->class == KEEL_CELL_TEXT && encoding->rule->text_is_bytes);

    if (!allowed)
        return KEEL_MISFIT_CLASS_;
    if (cell->size > LONGEST_FIELD)
        return KEEL_MISFIT_TOO_LONG_;
    keel_put_bytes(encoding->out, cell->bytes, cell->size);
    return KEEL_FITS;
}

static int hex_digit(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 8-4-4-4-12 or 32 hex digits. */
static bool uuid_of_hex(const unsigned char *text, size_t size, unsigned char uuid[16])
{
    bool hyphens = size == 36;
    size_t at = 0;

    if (size != 32 && !hyphens)
        return false;
    for (int i = 0; i < 16; i++) {
        if (hyphens && (i == 4 || i == 6 || i == 8 || i == 10) && text[at++] != '-')
            return false;
        int high = hex_digit(text[at]), low = hex_digit(text[at + 1]);
        if (high < 0 || low < 0)
            return false;
        uuid[i] = (unsigned char)(high << 4 | low);
        at += 2;
    }
    return true;
}

keel_misfit_code keel_encode_uuid(const keel_encoding *encoding)
{
    const keel_cell *cell = encoding->cell;
    const unsigned char *text = cell->bytes;
    size_t size = cell->size;
    unsigned char uuid[16];

    if (cell->class == KEEL_CELL_BLOB && size == sizeof uuid) {
        keel_put_bytes(encoding->out, text, size);
        return KEEL_FITS;
    }
    if (cell->class != KEEL_CELL_TEXT)
        return KEEL_MISFIT_CLASS_;
    if (size >= 2 && text[0] == '{' && text[size - 1] == '}') {
        text++;
        size -= 2;
    }
    if (!uuid_of_hex(text, size, uuid))
        return KEEL_MISFIT_SYNTAX_;
    keel_put_bytes(encoding->out, uuid, sizeof uuid);
    return KEEL_FITS;
}

keel_misfit_code keel_encode_enum(const keel_encoding *encoding)
{
    const keel_cell *cell = encoding->cell;

    if (cell->class != KEEL_CELL_TEXT)
        return KEEL_MISFIT_CLASS_;
    for (size_t i = 0; i < encoding->type->label_count; i++) {
        const char *label = encoding->type->labels[i];
        if (strlen(label) == cell->size && memcmp(label, cell->bytes, cell->size) == 0) {
            keel_put_bytes(encoding->out, cell->bytes, cell->size);
            return KEEL_FITS;
        }
    }
    return KEEL_MISFIT_LABEL_;
}
