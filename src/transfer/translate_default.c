/* A DEFAULT fitted to the type of its column: the value that SQLite would store, as the transfer
 * would carry it. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "convert/json.h"
#include "sqlite/ddl.h"
#include "sqlite/iso_time.h"
#include "transfer/translate_inside.h"

/* A constant default: a literal with its sign. */
typedef struct constant {
    const keel_expr *expr; /* without the sign */
    bool negative;
} constant;

static bool misfit(keel_translation *t, const constant *value, const keel_pg_type *wanted)
{
    return keel_differ(t, "the default %s%s does not fit %s", value->negative ? "-" : "",
                       value->expr->text, wanted->name);
}

static bool no_constant(keel_translation *t,
                        const constant *value,
                        const keel_pg_type *wanted,
                        const char **ret_sql)
{
    (void)ret_sql;
    return misfit(t, value, wanted);
}

static bool to_boolean(keel_translation *t,
                       const constant *value,
                       const keel_pg_type *wanted,
                       const char **ret_sql)
{
    static const char *const words[2][4] = {{"0", "f", "false", "FALSE"},
                                            {"1", "t", "true", "TRUE"}};

    for (int truth = 0; truth < 2; truth++) {
        for (size_t i = 0; i < KEEL_COUNT_OF(words[0]); i++) {
            if (value->negative || value->expr->kind == KEEL_EXPR_BLOB ||
                strcasecmp(value->expr->text, words[truth][i]) != 0)
                continue;
            *ret_sql = truth ? "true" : "false";
            return true;
        }
    }
    return misfit(t, value, wanted);
}

/* The decimal number of a constant, or NULL: TRUE and FALSE are 1 and 0, '5' is 5 by the column's
 * affinity. */
static const char *decimal(const constant *value)
{
    const keel_expr *expr = value->expr;

    if (expr->kind == KEEL_EXPR_KEYWORD)
        return keel_streq(expr->text, "TRUE") ? "1" : keel_streq(expr->text, "FALSE") ? "0" : NULL;
    if (expr->kind == KEEL_EXPR_BLOB)
        return NULL;
    const char *c = expr->text + (*expr->text == '-');
    size_t whole = strspn(c, "0123456789");
    size_t fraction = c[whole] == '.' ? strspn(c + whole + 1, "0123456789") + 1 : 0;
    return whole > 0 && c[whole + fraction] == '\0' ? expr->text : NULL;
}

static bool to_integer(keel_translation *t,
                       const constant *value,
                       const keel_pg_type *wanted,
                       const char **ret_sql)
{
    const char *digits = decimal(value);
    int bits = wanted->kind == KEEL_PG_INT2 ? 16 : wanted->kind == KEEL_PG_INT4 ? 32 : 64;
    int64_t most = INT64_MAX >> (64 - bits);

    if (digits == NULL)
        return misfit(t, value, wanted);
    const char *signed_text =
        keel_arena_printf(t->arena, "%s%s", value->negative ? "-" : "", digits);
    char *end;
    errno = 0;
    long long number = strtoll(signed_text, &end, 10);
    if (*end == '.')
        end += 1 + strspn(end + 1, "0");
    if (errno != 0 || *end != '\0' || number > most || number < -most - 1)
        return misfit(t, value, wanted);
    *ret_sql = keel_arena_printf(t->arena, "%lld", number);
    return true;
}

/* Digits in front of and behind the point, without zeroes that do not count. */
static bool fits_precision(const char *digits, const keel_pg_type *wanted)
{
    digits += *digits == '-';
    digits += strspn(digits, "0");
    size_t whole = strspn(digits, "0123456789");
    size_t fraction = digits[whole] == '.' ? strlen(digits + whole + 1) : 0;
    while (fraction > 0 && digits[whole + fraction] == '0')
        fraction--;
    if (wanted->kind != KEEL_PG_NUMERIC || wanted->precision == 0)
        return true;
    return (int)fraction <= wanted->scale && (int)whole <= wanted->precision - wanted->scale;
}

static bool to_number(keel_translation *t,
                      const constant *value,
                      const keel_pg_type *wanted,
                      const char **ret_sql)
{
    const char *digits = decimal(value);

    if (digits == NULL || !fits_precision(digits, wanted))
        return misfit(t, value, wanted);
    *ret_sql = keel_arena_printf(t->arena, "%s%s", value->negative ? "-" : "", digits);
    return true;
}

static int64_t count_chars(const char *text)
{
    int64_t chars = 0;

    for (; *text != '\0'; text++)
        chars += (*text & 0xc0) != 0x80;
    return chars;
}

static bool to_text(keel_translation *t,
                    const constant *value,
                    const keel_pg_type *wanted,
                    const char **ret_sql)
{
    bool too_long = wanted->length > 0 && count_chars(value->expr->text) > wanted->length;

    if (value->negative || value->expr->kind != KEEL_EXPR_TEXT || too_long)
        return misfit(t, value, wanted);
    *ret_sql = keel_literal_sql(t, value->expr->text);
    return true;
}

static bool cast_text(keel_translation *t, const char *text, const char *type, const char **ret_sql)
{
    *ret_sql = keel_arena_printf(t->arena, "%s::%s", keel_literal_sql(t, text), type);
    return true;
}

static bool to_bytes(keel_translation *t,
                     const constant *value,
                     const keel_pg_type *wanted,
                     const char **ret_sql)
{
    if (value->expr->kind != KEEL_EXPR_BLOB)
        return misfit(t, value, wanted);
    *ret_sql = keel_arena_printf(t->arena, "'\\x%s'::bytea", value->expr->text);
    return true;
}

static bool to_json(keel_translation *t,
                    const constant *value,
                    const keel_pg_type *wanted,
                    const char **ret_sql)
{
    const char *text = value->expr->text;

    if (value->expr->kind != KEEL_EXPR_TEXT)
        return misfit(t, value, wanted);
    keel_json_facts facts = keel_json_scan(text, strlen(text));
    if (facts.verdict != KEEL_JSON_VALID || facts.duplicate_keys || facts.has_u0000 ||
        facts.number_out_of_range || facts.lone_surrogate)
        return misfit(t, value, wanted);
    return cast_text(t, text, wanted->kind == KEEL_PG_JSON ? "json" : "jsonb", ret_sql);
}

static bool to_uuid(keel_translation *t,
                    const constant *value,
                    const keel_pg_type *wanted,
                    const char **ret_sql)
{
    static const char form[] = "00000000-0000-0000-0000-000000000000";
    const char *text = value->expr->text;
    bool fits = value->expr->kind == KEEL_EXPR_TEXT && strlen(text) == sizeof form - 1;

    for (size_t i = 0; fits && form[i] != '\0'; i++)
        fits = form[i] == '-' ? text[i] == '-' : isxdigit((unsigned char)text[i]) != 0;
    return fits ? cast_text(t, text, "uuid", ret_sql) : misfit(t, value, wanted);
}

static bool to_label(keel_translation *t,
                     const constant *value,
                     const keel_pg_type *wanted,
                     const char **ret_sql)
{
    for (size_t i = 0; value->expr->kind == KEEL_EXPR_TEXT && i < wanted->label_count; i++)
        if (keel_streq(value->expr->text, wanted->labels[i]))
            return cast_text(t, value->expr->text, wanted->name, ret_sql);
    return misfit(t, value, wanted);
}

static bool is_real_day(const char *date)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    long year = strtol(date, NULL, 10), month = strtol(date + 5, NULL, 10),
         day = strtol(date + 8, NULL, 10);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (year < 1 || month < 1 || month > 12 || day < 1)
        return false;
    return day <= days[month - 1] + (leap && month == 2);
}

bool keel_is_day(const char *text)
{
    return keel_iso_look((const unsigned char *)text, strlen(text)) == KEEL_ISO_DATE &&
           is_real_day(text);
}

/* A time without a zone is UTC, as the transfer reads it unless the mapping names another zone. */
static bool to_time(keel_translation *t,
                    const constant *value,
                    const keel_pg_type *wanted,
                    const char **ret_sql)
{
    const char *text = value->expr->text;

    if (value->expr->kind != KEEL_EXPR_TEXT)
        return misfit(t, value, wanted);
    keel_iso_shape shape = keel_iso_look((const unsigned char *)text, strlen(text));
    if (shape == KEEL_ISO_NONE || !is_real_day(text))
        return misfit(t, value, wanted);
    if (wanted->kind == KEEL_PG_DATE)
        return shape == KEEL_ISO_DATE ? cast_text(t, text, "date", ret_sql)
                                      : misfit(t, value, wanted);
    if (wanted->kind == KEEL_PG_TIMESTAMP)
        return shape != KEEL_ISO_ZONED ? cast_text(t, text, "timestamp", ret_sql)
                                       : misfit(t, value, wanted);
    if (wanted->kind != KEEL_PG_TIMESTAMPTZ)
        return misfit(t, value, wanted);
    if (shape == KEEL_ISO_ZONED)
        return cast_text(t, text, "timestamptz", ret_sql);
    keel_note(t, "a time without a zone is read as UTC");
    return cast_text(
        t, keel_arena_printf(t->arena, "%s%s", text, shape == KEEL_ISO_DATE ? " 00:00+00" : "+00"),
        "timestamptz", ret_sql);
}

typedef bool (*fitter)(keel_translation *, const constant *, const keel_pg_type *, const char **);

static const fitter fitters[] = {
    [KEEL_PG_BOOL] = to_boolean,   [KEEL_PG_INT2] = to_integer,     [KEEL_PG_INT4] = to_integer,
    [KEEL_PG_INT8] = to_integer,   [KEEL_PG_FLOAT4] = to_number,    [KEEL_PG_FLOAT8] = to_number,
    [KEEL_PG_NUMERIC] = to_number, [KEEL_PG_TEXT] = to_text,        [KEEL_PG_VARCHAR] = to_text,
    [KEEL_PG_CHAR] = to_text,      [KEEL_PG_BYTEA] = to_bytes,      [KEEL_PG_DATE] = to_time,
    [KEEL_PG_TIMESTAMP] = to_time, [KEEL_PG_TIMESTAMPTZ] = to_time, [KEEL_PG_TIME] = no_constant,
    [KEEL_PG_UUID] = to_uuid,      [KEEL_PG_JSON] = to_json,        [KEEL_PG_JSONB] = to_json,
    [KEEL_PG_INET] = no_constant,  [KEEL_PG_CIDR] = no_constant,    [KEEL_PG_ENUM] = to_label,
    [KEEL_PG_ARRAY] = no_constant, [KEEL_PG_OTHER] = no_constant,
};

static bool read_constant(const keel_expr *expr, constant *ret_value)
{
    bool sign = expr->kind == KEEL_EXPR_UNARY &&
                (keel_streq(expr->text, "-") || keel_streq(expr->text, "+"));
    const keel_expr *inner = sign ? expr->args[0] : expr;
    bool number = inner->kind == KEEL_EXPR_INTEGER || inner->kind == KEEL_EXPR_REAL;
    bool truth = inner->kind == KEEL_EXPR_KEYWORD &&
                 (keel_streq(inner->text, "TRUE") || keel_streq(inner->text, "FALSE"));

    *ret_value = (constant){inner, sign && *expr->text == '-'};
    if (number)
        return !(sign && inner->text[0] == '-');
    return !sign && (truth || inner->kind == KEEL_EXPR_TEXT || inner->kind == KEEL_EXPR_BLOB);
}

/* DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) */
static const keel_expr *without_cast(keel_translation *t, const keel_expr *expr)
{
    keel_sqlite_column type = {0};

    if (expr->kind != KEEL_EXPR_CAST || expr->args[0]->kind != KEEL_EXPR_FUNCTION)
        return expr;
    keel_ddl_set_type(t->arena, &type, expr->text, false);
    return type.affinity == KEEL_AFFINITY_INTEGER ? expr->args[0] : expr;
}

/* A double-quoted text in parentheses is a text, because a default has no columns. */
static const keel_expr *as_text(keel_translation *t, const keel_expr *expr)
{
    if (expr->kind != KEEL_EXPR_COLUMN || !expr->double_quoted)
        return expr;
    keel_expr *text = keel_arena_alloc(t->arena, sizeof *text);
    *text = (keel_expr){.kind = KEEL_EXPR_TEXT, .text = expr->text, .height = 1};
    return text;
}

static bool computed(keel_translation *t,
                     const keel_expr *expr,
                     const keel_pg_type *wanted,
                     const char **ret_sql)
{
    keel_translation without_columns = {.arena = t->arena, .use = t->use};
    keel_piece piece = {0};

    bool fits = keel_walk(&without_columns, expr, &piece) &&
                keel_fit_generated(&without_columns, &piece, wanted, ret_sql);
    t->note = without_columns.note;
    if (!fits)
        return keel_differ(t, "%s", without_columns.reason);
    *ret_sql = keel_arena_printf(t->arena, "(%s)", *ret_sql);
    return true;
}

bool keel_translate_default(keel_translation *t,
                            const keel_expr *expr,
                            const keel_pg_type *wanted,
                            const char **ret_sql)
{
    bool is_now;
    constant value;

    expr = as_text(t, without_cast(t, expr));
    if (expr->kind == KEEL_EXPR_NULL) {
        *ret_sql = "NULL";
        return true;
    }
    if (read_constant(expr, &value))
        return fitters[wanted->kind](t, &value, wanted, ret_sql);
    if (!keel_translate_now(t, expr, wanted, &is_now, ret_sql) || is_now)
        return is_now && t->reason == NULL;
    return computed(t, expr, wanted, ret_sql);
}
