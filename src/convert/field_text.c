/* A field as PostgreSQL prints it with ISO dates, UTC, extra_float_digits 3 and bytea_output hex.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <strings.h>

#include "convert/comparer.h"
#include "convert/utf8.h"

#define SECOND INT64_C(1000000)
#define DAY    (86400 * SECOND)

static void add_date(int64_t days, keel_str *out, bool *ret_bc)
{
    keel_civil civil = keel_civil_of_day(days);

    *ret_bc = civil.year <= 0;
    keel_str_addf(out, "%04lld-%02d-%02d", (long long)(*ret_bc ? 1 - civil.year : civil.year),
                  civil.month, civil.day);
}

static void add_clock(int64_t micros, keel_str *out)
{
    int64_t seconds = micros / SECOND;

    keel_str_addf(out, "%02d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60),
                  (int)(seconds % 60));
    if (micros % SECOND == 0)
        return;
    keel_str_addf(out, ".%06d", (int)(micros % SECOND));
    while (out->data[out->size - 1] == '0')
        out->size--;
    out->data[out->size] = '\0';
}

static void date_text(const keel_pg_type *type, keel_field field, keel_str *out)
{
    int64_t days = keel_field_int(field);
    bool bc = false;

    (void)type;
    if (days == INT32_MAX || days == INT32_MIN) {
        keel_str_add(out, days > 0 ? "infinity" : "-infinity");
        return;
    }
    add_date(days, out, &bc);
    keel_str_add(out, bc ? " BC" : "");
}

static void time_text(const keel_pg_type *type, keel_field field, keel_str *out)
{
    (void)type;
    add_clock(keel_field_int(field), out);
}

static void timestamp_text(const keel_pg_type *type, keel_field field, keel_str *out)
{
    int64_t micros = keel_field_int(field), days = micros / DAY - (micros % DAY < 0);
    bool bc = false;

    if (micros == INT64_MAX || micros == INT64_MIN) {
        keel_str_add(out, micros > 0 ? "infinity" : "-infinity");
        return;
    }
    add_date(days, out, &bc);
    keel_str_addc(out, ' ');
    add_clock(micros - days * DAY, out);
    keel_str_add(out, type->kind == KEEL_PG_TIMESTAMPTZ ? "+00" : "");
    keel_str_add(out, bc ? " BC" : "");
}

static void bool_text(const keel_pg_type *type, keel_field field, keel_str *out)
{
    (void)type;
    keel_str_addc(out, field.bytes[0] != 0 ? 't' : 'f');
}

static void int_text(const keel_pg_type *type, keel_field field, keel_str *out)
{
    (void)type;
    keel_str_addf(out, "%lld", (long long)keel_field_int(field));
}

static void float4_text(const keel_pg_type *type, keel_field field, keel_str *out)
{
    (void)type;
    keel_float_text(keel_field_float4(field), 9, out);
}

static void float8_text(const keel_pg_type *type, keel_field field, keel_str *out)
{
    (void)type;
    keel_float_text(keel_field_float8(field), 17, out);
}

static void numeric_text(const keel_pg_type *type, keel_field field, keel_str *out)
{
    (void)type;
    keel_numeric_text(field, out);
}

static void plain_text(const keel_pg_type *type, keel_field field, keel_str *out)
{
    (void)type;
    if (keel_utf8_check(field.bytes, (size_t)field.size, NULL) == KEEL_UTF8_VALID) {
        keel_str_addn(out, field.bytes, (size_t)field.size);
        return;
    }
    keel_str_add(out, "\\x");
    keel_str_add_hex(out, field.bytes, (size_t)field.size);
}

static void bytea_text(const keel_pg_type *type, keel_field field, keel_str *out)
{
    (void)type;
    keel_str_add(out, "\\x");
    keel_str_add_hex(out, field.bytes, (size_t)field.size);
}

static void uuid_text(const keel_pg_type *type, keel_field field, keel_str *out)
{
    static const int groups[] = {4, 2, 2, 2, 6};
    const unsigned char *at = field.bytes;

    (void)type;
    for (size_t i = 0; i < KEEL_COUNT_OF(groups); i++) {
        if (i > 0)
            keel_str_addc(out, '-');
        keel_str_add_hex(out, at, (size_t)groups[i]);
        at += groups[i];
    }
}

static void jsonb_text(const keel_pg_type *type, keel_field field, keel_str *out)
{
    (void)type;
    keel_str_addn(out, field.bytes + 1, (size_t)field.size - 1);
}

static void network_text(const keel_pg_type *type, keel_field field, keel_str *out)
{
    char address[64];
    bool six = field.bytes[0] == 3;
    int most_bits = six ? 128 : 32;

    if (field.size != (six ? 20 : 8) ||
        inet_ntop(six ? AF_INET6 : AF_INET, field.bytes + 4, address, sizeof address) == NULL)
        return;
    keel_str_add(out, address);
    if (type->kind == KEEL_PG_CIDR || field.bytes[1] != most_bits)
        keel_str_addf(out, "/%d", field.bytes[1]);
}

static bool must_be_quoted(const char *text, size_t size)
{
    if (size == 0 || (size == 4 && strncasecmp(text, "null", 4) == 0))
        return true;
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\0' && strchr("{},\"\\ \t\n\r\v\f", text[i]) != NULL)
            return true;
    }
    return false;
}

static void add_item(const keel_pg_type *type, keel_field item, keel_str *out)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};

    keel_field_text(type, item, &text);
    if (item.size < 0 || !must_be_quoted(keel_str_text(&text), text.size)) {
        keel_str_addn(out, text.data, text.size);
        return;
    }
    keel_str_addc(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            keel_str_addc(out, '\\');
        keel_str_addc(out, text.data[i]);
    }
    keel_str_addc(out, '"');
}

/* One dimension; more are shown as one, which is enough for a report. */
static void array_text(const keel_pg_type *type, keel_field field, keel_str *out)
{
    int32_t dimensions = keel_get_i32(field.bytes);
    int32_t at = dimensions > 0 && dimensions <= 6 ? 12 + 8 * dimensions : field.size;
    bool first = true;

    keel_str_addc(out, '{');
    while (field.size - at >= 4) {
        keel_field item = {field.bytes + at + 4, keel_get_i32(field.bytes + at)};
        if (item.size > field.size - at - 4)
            break;
        if (!first)
            keel_str_addc(out, ',');
        first = false;
        add_item(type->element, item, out);
        at += 4 + KEEL_MAX(item.size, 0);
    }
    keel_str_addc(out, '}');
}

typedef struct printer {
    void (*print)(const keel_pg_type *type, keel_field field, keel_str *out);
    int least, most; /* bytes of the field; most 0 = any */
} printer;

static const printer printers[] = {
    [KEEL_PG_BOOL] = {bool_text, 1, 1},
    [KEEL_PG_INT2] = {int_text, 2, 2},
    [KEEL_PG_INT4] = {int_text, 4, 4},
    [KEEL_PG_INT8] = {int_text, 8, 8},
    [KEEL_PG_FLOAT4] = {float4_text, 4, 4},
    [KEEL_PG_FLOAT8] = {float8_text, 8, 8},
    [KEEL_PG_NUMERIC] = {numeric_text, 8, 0},
    [KEEL_PG_TEXT] = {plain_text, 0, 0},
    [KEEL_PG_VARCHAR] = {plain_text, 0, 0},
    [KEEL_PG_CHAR] = {plain_text, 0, 0},
    [KEEL_PG_BYTEA] = {bytea_text, 0, 0},
    [KEEL_PG_DATE] = {date_text, 4, 4},
    [KEEL_PG_TIME] = {time_text, 8, 8},
    [KEEL_PG_TIMESTAMP] = {timestamp_text, 8, 8},
    [KEEL_PG_TIMESTAMPTZ] = {timestamp_text, 8, 8},
    [KEEL_PG_UUID] = {uuid_text, 16, 16},
    [KEEL_PG_JSON] = {plain_text, 0, 0},
    [KEEL_PG_JSONB] = {jsonb_text, 1, 0},
    [KEEL_PG_INET] = {network_text, 8, 20},
    [KEEL_PG_CIDR] = {network_text, 8, 20},
    [KEEL_PG_ENUM] = {plain_text, 0, 0},
    [KEEL_PG_ARRAY] = {array_text, 12, 0},
    [KEEL_PG_OTHER] = {plain_text, 0, 0},
};

void keel_field_text(const keel_pg_type *type, keel_field field, keel_str *out)
{
    const printer *how = &printers[type->kind];

    if (field.size < 0) {
        keel_str_add(out, "NULL");
        return;
    }
    if (field.size < how->least || (how->most > 0 && field.size > how->most))
        how = &printers[KEEL_PG_BYTEA];
    how->print(type, field, out);
}
