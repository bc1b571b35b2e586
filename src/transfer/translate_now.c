/* The present time in its SQLite spellings: CURRENT_TIMESTAMP, datetime('now'), strftime(format,
 * 'now') ... All of them are UTC with whole seconds or milliseconds, and so is what they become. */
#include <strings.h>

#include "transfer/translate_inside.h"

/* What a spelling shows of the present time. */
typedef struct moment {
    const char *format; /* for to_char(), NULL if it is a count of seconds */
    bool date, time, milliseconds;
} moment;

static const moment timestamp = {"YYYY-MM-DD HH24:MI:SS", true, true, false};
static const moment date = {"YYYY-MM-DD", true, false, false};
static const moment time_of_day = {"HH24:MI:SS", false, true, false};
static const moment epoch = {NULL, true, true, false};

static const char utc[] = "now() AT TIME ZONE 'UTC'";

typedef struct spelling {
    const char *function, *keyword;
    const moment *moment;
} spelling;

static const spelling spellings[] = {
    {"datetime", "CURRENT_TIMESTAMP", &timestamp},
    {"date", "CURRENT_DATE", &date},
    {"time", "CURRENT_TIME", &time_of_day},
    {"unixepoch", NULL, &epoch},
};

static bool is_now(const keel_expr *expr)
{
    if (expr->kind == KEEL_EXPR_KEYWORD)
        return keel_streq(expr->text, "CURRENT_TIMESTAMP");
    bool text =
        expr->kind == KEEL_EXPR_TEXT || (expr->kind == KEEL_EXPR_COLUMN && expr->double_quoted);
    return text && strcasecmp(expr->text, "now") == 0;
}

/* The pieces of a strftime format; runs of them are joined by the signs - : . T Z / and spaces. */
typedef struct field {
    char letter;
    const char *format;
    unsigned parts;
} field;

enum { YEAR = 1, MONTH = 2, DAY = 4, HOUR = 8, MINUTE = 16, SECOND = 32, MILLISECOND = 64 };
enum { WHOLE_DATE = YEAR | MONTH | DAY, WHOLE_TIME = HOUR | MINUTE | SECOND };

static const field fields[] = {
    {'Y', "YYYY", YEAR},
    {'m', "MM", MONTH},
    {'d', "DD", DAY},
    {'H', "HH24", HOUR},
    {'M', "MI", MINUTE},
    {'S', "SS", SECOND},
    {'f', "SS.MS", SECOND | MILLISECOND},
};

static const field *find_field(char letter)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(fields); i++)
        if (fields[i].letter == letter)
            return &fields[i];
    return NULL;
}

static bool read_format(keel_translation *t, const char *format, moment *ret_moment)
{
    KEEL_CLEANUP(keel_str_free) keel_str target = {0};
    unsigned parts = 0;

    for (const char *c = format; *c != '\0'; c++) {
        const field *found = *c == '%' ? find_field(c[1]) : NULL;
        if (found != NULL && (parts & found->parts) == 0) {
            keel_str_add(&target, found->format);
            parts |= found->parts;
            c++;
        } else if (*c == 'T' || *c == 'Z') {
            keel_str_addf(&target, "\"%c\"", *c);
        } else if (strchr("-:./ ", *c) != NULL) {
            keel_str_addc(&target, *c);
        } else {
            return keel_differ(t, "strftime('%s') is not carried", format);
        }
    }
    bool whole = (parts & WHOLE_DATE) == WHOLE_DATE || (parts & WHOLE_DATE) == 0;
    bool timed = (parts & WHOLE_TIME) == WHOLE_TIME || (parts & WHOLE_TIME) == 0;
    if (parts == 0 || !whole || !timed)
        return keel_differ(t, "strftime('%s') is not carried", format);
    *ret_moment = (moment){.format = keel_arena_strdup(t->arena, keel_str_text(&target)),
                           .date = (parts & WHOLE_DATE) != 0,
                           .time = (parts & WHOLE_TIME) != 0,
                           .milliseconds = (parts & MILLISECOND) != 0};
    return true;
}

/* Only 'now' without modifiers: 'localtime' is the zone of the machine that inserts. */
static bool read_strftime(keel_translation *t, const keel_expr *expr, moment *ret_moment)
{
    const keel_expr *format = expr->args[0];

    if (format->kind != KEEL_EXPR_TEXT &&
        !(format->kind == KEEL_EXPR_COLUMN && format->double_quoted))
        return keel_differ(t, "strftime() with a format that is not a constant");
    if (expr->arg_count > 2 || (expr->arg_count == 2 && !is_now(expr->args[1])))
        return keel_differ(t, "strftime() of something else than the present time in UTC");
    if (!keel_streq(format->text, "%s"))
        return read_format(t, format->text, ret_moment);
    *ret_moment = epoch;
    return true;
}

static bool
read_function(keel_translation *t, const keel_expr *expr, const spelling *found, moment *ret_moment)
{
    if (expr->arg_count > 1 || (expr->arg_count == 1 && !is_now(expr->args[0])))
        return keel_differ(t, "%s() of something else than the present time in UTC", expr->text);
    *ret_moment = *found->moment;
    return true;
}

/* *ret_is_now is false if the expression has nothing to do with time. */
static bool
read_moment(keel_translation *t, const keel_expr *expr, bool *ret_is_now, moment *ret_moment)
{
    *ret_is_now = true;
    if (expr->kind == KEEL_EXPR_FUNCTION && keel_streq(expr->text, "strftime") &&
        expr->arg_count > 0)
        return read_strftime(t, expr, ret_moment);
    for (size_t i = 0; i < KEEL_COUNT_OF(spellings); i++) {
        if (expr->kind == KEEL_EXPR_FUNCTION && keel_streq(expr->text, spellings[i].function))
            return read_function(t, expr, &spellings[i], ret_moment);
        if (expr->kind != KEEL_EXPR_KEYWORD || !keel_streq(expr->text, spellings[i].keyword))
            continue;
        *ret_moment = *spellings[i].moment;
        return true;
    }
    *ret_is_now = false;
    return true;
}

static bool no_form(keel_translation *t, const keel_pg_type *wanted)
{
    return keel_differ(t, "this form of the present time does not fit %s", wanted->name);
}

static bool
seconds_since_1970(keel_translation *t, const keel_pg_type *wanted, const char **ret_sql)
{
    if (wanted->kind != KEEL_PG_INT8 && wanted->kind != KEEL_PG_INT4)
        return no_form(t, wanted);
    *ret_sql = keel_arena_printf(t->arena, "floor(extract(epoch from now()))::%s",
                                 wanted->kind == KEEL_PG_INT8 ? "bigint" : "integer");
    return true;
}

static bool
as_text(keel_translation *t, const moment *now, const keel_pg_type *wanted, const char **ret_sql)
{
    enum { LONGEST = 24 }; /* 2026-11-20T10:00:00.000Z */

    if (wanted->kind == KEEL_PG_CHAR || (wanted->length > 0 && wanted->length < LONGEST))
        return no_form(t, wanted);
    *ret_sql =
        keel_arena_printf(t->arena, "to_char(%s, %s)", utc, keel_literal_sql(t, now->format));
    return true;
}

static bool as_timestamp(keel_translation *t, const moment *now, bool zoned, const char **ret_sql)
{
    const char *unit = !now->time ? "day" : now->milliseconds ? "milliseconds" : "second";

    if (!zoned)
        *ret_sql = keel_arena_printf(t->arena, "(date_trunc('%s', %s))", unit, utc);
    else if (now->time)
        *ret_sql = keel_arena_printf(t->arena, "date_trunc('%s', now())", unit);
    else
        *ret_sql = keel_arena_printf(t->arena, "(date_trunc('day', %s) AT TIME ZONE 'UTC')", utc);
    return true;
}

static bool
write(keel_translation *t, const moment *now, const keel_pg_type *wanted, const char **ret_sql)
{
    bool stamped = wanted->kind == KEEL_PG_TIMESTAMP || wanted->kind == KEEL_PG_TIMESTAMPTZ;

    if (now->format == NULL)
        return seconds_since_1970(t, wanted, ret_sql);
    if (wanted->kind == KEEL_PG_TEXT || wanted->kind == KEEL_PG_VARCHAR ||
        wanted->kind == KEEL_PG_CHAR)
        return as_text(t, now, wanted, ret_sql);
    if (stamped && now->date)
        return as_timestamp(t, now, wanted->kind == KEEL_PG_TIMESTAMPTZ, ret_sql);
    if (wanted->kind == KEEL_PG_DATE && now->date && !now->time)
        *ret_sql = keel_arena_printf(t->arena, "((%s)::date)", utc);
    else if (wanted->kind == KEEL_PG_TIME && now->time && !now->date)
        *ret_sql = keel_arena_printf(t->arena, "(date_trunc('%s', %s)::time)",
                                     now->milliseconds ? "milliseconds" : "second", utc);
    else
        return no_form(t, wanted);
    return true;
}

bool keel_translate_now(keel_translation *t,
                        const keel_expr *expr,
                        const keel_pg_type *wanted,
                        bool *ret_is_now,
                        const char **ret_sql)
{
    moment now = {0};

    return read_moment(t, expr, ret_is_now, &now) &&
           (!*ret_is_now || write(t, &now, wanted, ret_sql));
}
