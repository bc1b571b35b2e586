/* One-dimensional arrays from TEXT that holds a JSON array of scalars and nulls. The text is judged
 * as a whole first, so the walk over its items need not doubt it. */
#include <stdlib.h>

#include "convert/decimal.h"
#include "convert/encoder.h"
#include "convert/json.h"

typedef struct walk {
    const char *at; /* behind '[' or ',' */
    keel_str *scratch;
} walk;

static const char *skip_space(const char *at)
{
    while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')
        at++;
    return at;
}

/* Four hex digits that are known to be some. */
static unsigned hex4(const char *at)
{
    char digits[5] = {at[0], at[1], at[2], at[3], '\0'};

    return (unsigned)strtoul(digits, NULL, 16);
}

static void add_utf8(keel_str *out, unsigned point)
{
    if (point < 0x80) {
        keel_str_addc(out, (char)point);
        return;
    }
    int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    keel_str_addc(out, (char)((more == 1 ? 0xc0 : more == 2 ? 0xe0 : 0xf0) | point >> (6 * more)));
    while (more-- > 0)
        keel_str_addc(out, (char)(0x80 | (point >> (6 * more) & 0x3f)));
}

/* Behind the backslash; surrogates come in pairs here. */
static const char *unescape(const char *at, keel_str *out)
{
    static const char escapes[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";

    if (*at != 'u') {
        keel_str_addc(out, plain[strchr(escapes, *at) - escapes]);
        return at + 1;
    }
    unsigned point = hex4(at + 1);
    at += 5;
    if (point >= 0xd800 && point < 0xdc00) {
        point = 0x10000 + ((point - 0xd800) << 10) + (hex4(at + 2) - 0xdc00);
        at += 6;
    }
    add_utf8(out, point);
    return at;
}

/* Behind the opening quote. */
static void take_string(walk *w, keel_cell *ret_item)
{
    const char *start = w->at;

    while (*w->at != '"' && *w->at != '\\')
        w->at++;
    ret_item->class = KEEL_CELL_TEXT;
    if (*w->at == '"') {
        ret_item->bytes = (const unsigned char *)start;
        ret_item->size = (size_t)(w->at++ - start);
        return;
    }
    keel_str_clear(w->scratch);
    keel_str_addn(w->scratch, start, (size_t)(w->at - start));
    while (*w->at != '"') {
        if (*w->at == '\\')
            w->at = unescape(w->at + 1, w->scratch);
        else
            keel_str_addc(w->scratch, *w->at++);
    }
    w->at++;
    ret_item->bytes = (const unsigned char *)w->scratch->data;
    ret_item->size = w->scratch->size;
}

static bool takes_number_text(keel_pg_kind kind)
{
    return kind == KEEL_PG_NUMERIC || kind == KEEL_PG_FLOAT4 || kind == KEEL_PG_FLOAT8;
}

static bool is_moment(keel_pg_kind kind)
{
    return kind == KEEL_PG_DATE || kind == KEEL_PG_TIME || kind == KEEL_PG_TIMESTAMP ||
           kind == KEEL_PG_TIMESTAMPTZ;
}

static bool int_of_token(const char *token, size_t size, int64_t *ret_value)
{
    bool negative = *token == '-';
    int64_t value = 0;

    if (negative && token[1] == '0') /* no integer has this sign */
        return false;
    for (size_t i = negative; i < size; i++) {
        if (token[i] < '0' || token[i] > '9')
            return false;
        int digit = token[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, negative ? -digit : digit, &value))
            return false;
    }
    *ret_value = value;
    return true;
}

/* A number token as the cell that the item's type takes best; false if it takes no such number. */
static bool
number_item(const keel_pg_type *type, const char *token, size_t size, keel_cell *ret_item)
{
    if (int_of_token(token, size, &ret_item->integer)) {
        ret_item->class = KEEL_CELL_INTEGER;
        return true;
    }
    if (takes_number_text(type->kind)) {
        *ret_item =
            (keel_cell){KEEL_CELL_TEXT, .bytes = (const unsigned char *)token, .size = size};
        return true;
    }
    ret_item->class = KEEL_CELL_REAL;
    ret_item->real = strtod(token, NULL);
    return is_moment(type->kind);
}

/* true, false, null or a number. */
static keel_misfit_code take_word(walk *w, const keel_pg_type *type, keel_cell *ret_item)
{
    const char *token = w->at;
    size_t size = strcspn(token, ",] \n\t\r");

    w->at += size;
    if (type->kind == KEEL_PG_JSON || type->kind == KEEL_PG_JSONB) {
        *ret_item =
            (keel_cell){KEEL_CELL_TEXT, .bytes = (const unsigned char *)token, .size = size};
        ret_item->class = *token == 'n' ? KEEL_CELL_NULL : KEEL_CELL_TEXT;
        return KEEL_FITS;
    }
    ret_item->class = KEEL_CELL_NULL;
    if (*token == 'n')
        return KEEL_FITS;
    if (*token == 't' || *token == 'f') {
        ret_item->class = KEEL_CELL_INTEGER;
        ret_item->integer = *token == 't';
        return type->kind == KEEL_PG_BOOL ? KEEL_FITS : KEEL_MISFIT_CLASS_;
    }
    return number_item(type, token, size, ret_item) ? KEEL_FITS : KEEL_MISFIT_CLASS_;
}

static keel_misfit_code take_item(walk *w, const keel_pg_type *type, keel_cell *ret_item)
{
    bool json = type->kind == KEEL_PG_JSON || type->kind == KEEL_PG_JSONB;
    const char *start = w->at;

    *ret_item = (keel_cell){0};
    if (*start == '[' || *start == '{')
        return KEEL_MISFIT_SYNTAX_;
    if (*start != '"')
        return take_word(w, type, ret_item);
    w->at++;
    take_string(w, ret_item);
    if (json) {
        ret_item->bytes = (const unsigned char *)start;
        ret_item->size = (size_t)(w->at - start);
    }
    return KEEL_FITS;
}

static keel_misfit_code
put_items(const keel_encoding *encoding, walk *w, int32_t *ret_count, bool *ret_null)
{
    keel_rule rule = *encoding->rule;

    rule.type = encoding->type->element;
    rule.not_null = false;
    rule.misfit = KEEL_MISFIT_REJECT;
    rule.empty_is_null = false;
    w->at = skip_space(w->at + 1);
    while (*w->at != ']') {
        keel_cell item;
        keel_misfit_code code = take_item(w, rule.type, &item);
        if (code == KEEL_FITS)
            code = keel_encode(&rule, &item, encoding->out, encoding->counts, NULL);
        if (code != KEEL_FITS)
            return code;
        *ret_null |= item.class == KEEL_CELL_NULL;
        ++*ret_count;
        w->at = skip_space(w->at);
        if (*w->at == ',')
            w->at = skip_space(w->at + 1);
    }
    return KEEL_FITS;
}

static keel_misfit_code put_array(const keel_encoding *encoding, walk *w)
{
    keel_str *out = encoding->out;
    size_t head = out->size;
    keel_rule_counts before = *encoding->counts;
    int32_t count = 0;
    bool null = false;

    keel_put_i32(out, 1); /* dimensions */
    keel_put_i32(out, 0);
    keel_put_i32(out, (int32_t)encoding->type->element->oid);
    keel_put_i32(out, 0);
    keel_put_i32(out, 1); /* lower bound */
    keel_misfit_code code = put_items(encoding, w, &count, &null);
    if (code != KEEL_FITS) {
        *encoding->counts = before;
        return code;
    }
    keel_str_set_i32(out, head + 4, null);
    keel_str_set_i32(out, head + 12, count);
    if (count == 0) { /* an empty array has no dimension */
        keel_str_set_i32(out, head, 0);
        out->size = head + 12;
    }
    return KEEL_FITS;
}

keel_misfit_code keel_encode_array(const keel_encoding *encoding)
{
    const keel_cell *cell = encoding->cell;
    KEEL_CLEANUP(keel_str_free) keel_str scratch = {0};

    if (cell->class != KEEL_CELL_TEXT)
        return KEEL_MISFIT_CLASS_;
    keel_misfit_code code = keel_check_text(cell);
    if (code != KEEL_FITS)
        return code;
    keel_json_facts facts = keel_json_scan(cell->bytes, cell->size);
    if (facts.verdict != KEEL_JSON_VALID || facts.lone_surrogate)
        return KEEL_MISFIT_JSON_;
    const char *start = skip_space((const char *)cell->bytes);
    if (*start != '[')
        return KEEL_MISFIT_SYNTAX_;
    if (!keel_encode_supports(encoding->type))
        return KEEL_MISFIT_CLASS_;
    walk w = {.at = start, .scratch = &scratch};
    return put_array(encoding, &w);
}
