#include "migrate/directive.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

bool keel_duration_read(const char *text, keel_usec *ret_duration)
{
    static const struct {
        const char *unit;
        keel_usec size;
    } units[] = {{"us", 1}, {"ms", 1000}, {"s", 1000000}, {"min", 60000000}, {"h", 3600000000}, {"", 1000}};
    char *end = NULL;

    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || errno != 0 || number < 0 || number > 1000000000)
        return false;
    for (size_t i = 0; i < KEEL_COUNT_OF(units); i++)
        if (strcmp(end, units[i].unit) == 0) {
            *ret_duration = number * units[i].size;
            return true;
        }
    return false;
}

typedef struct place {
    keel_arena *arena;
    const char *path;
    int line;
} place;

static bool wrong(const place *at, keel_error *err, const char *what, const char *hint)
{
    keel_fail(err, KEEL_ERR_CONFIG, "%s:%d: %s", at->path, at->line, what);
    return keel_fail_hint(err, "%s", hint);
}

static bool set_retries(const char *value, int *ret_retries)
{
    char *end = NULL;
    long number = strtol(value, &end, 10);

    if (end == value || *end != '\0' || number < 0 || number > 1000)
        return false;
    *ret_retries = (int)number;
    return true;
}

static bool set_wish(keel_step_wishes *wishes, const char *key, const char *value, bool *ret_known)
{
    *ret_known = true;
    if (strcmp(key, "lock_timeout") == 0)
        return keel_duration_read(value, &wishes->lock_timeout);
    if (strcmp(key, "statement_timeout") == 0)
        return keel_duration_read(value, &wishes->statement_timeout);
    if (strcmp(key, "retries") == 0)
        return set_retries(value, &wishes->retries);
    if (strcmp(key, "phase") == 0) {
        wishes->phase = value;
        return strcmp(value, "expand") == 0 || strcmp(value, "contract") == 0;
    }
    if (strcmp(key, "transaction") == 0) {
        wishes->no_transaction = true;
        return strcmp(value, "none") == 0;
    }
    *ret_known = false;
    return false;
}

static bool read_wish(const place *at, const char *word, keel_step_wishes *wishes, keel_error *err)
{
    static const char *const keys[] = {"lock_timeout", "statement_timeout", "retries", "phase", "transaction"};
    const char *equals = strchr(word, '=');
    const char *key = equals != NULL ? keel_arena_strndup(at->arena, word, (size_t)(equals - word)) : word;
    bool known = false;

    if (equals != NULL && set_wish(wishes, key, equals + 1, &known))
        return true;
    if (known)
        return wrong(at, err, keel_arena_printf(at->arena, "\"%s\" is no value of %s", equals + 1, key),
                     "Durations are written 500ms, 2s, 1min, 1h or 0; phases are expand and contract; a transaction "
                     "is none.");
    const char *near = keel_nearest_word(key, keys, KEEL_COUNT_OF(keys));
    return wrong(at, err, keel_arena_printf(at->arena, "unknown directive \"%s\"", key),
                 near != NULL ? keel_arena_printf(at->arena, "Do you mean \"%s\"?", near)
                              : "There are lock_timeout, statement_timeout, retries, phase and transaction.");
}

static bool read_wishes(const place *at, const char *text, keel_step_wishes *wishes, keel_error *err)
{
    for (;;) {
        text += strspn(text, " \t\r");
        size_t size = strcspn(text, " \t\r");
        if (size == 0)
            return true;
        if (!read_wish(at, keel_arena_strndup(at->arena, text, size), wishes, err))
            return false;
        text += size;
    }
}

static bool starts(const char *text, const char *word)
{
    size_t size = strlen(word);

    return strncmp(text, word, size) == 0 && (text[size] == '\0' || strchr(" \t\r=", text[size]) != NULL);
}

static bool unknown_mark(const place *at, const char *mark, keel_error *err)
{
    static const char *const marks[] = {"up", "down", "step", "allow"};
    const char *word = keel_arena_strndup(at->arena, mark, strcspn(mark, " \t\r="));
    const char *near = keel_nearest_word(word, marks, KEEL_COUNT_OF(marks));

    return wrong(at, err, keel_arena_printf(at->arena, "unknown mark \"pgkeel:%s\"", word),
                 near != NULL
                     ? keel_arena_printf(at->arena, "Do you mean \"pgkeel:%s\"?", near)
                     : "There are pgkeel:up, pgkeel:down, pgkeel:step, pgkeel:allow=RULE and \"pgkeel: key=value\".");
}

/* One comment, without its dashes. */
static bool read_comment(const place *at, const char *comment, keel_directives *directives, keel_error *err)
{
    static const char prefix[] = "pgkeel:";

    comment += strspn(comment, "- \t");
    if (strncmp(comment, prefix, strlen(prefix)) != 0)
        return true;
    comment += strlen(prefix);
    if (*comment == ' ')
        return read_wishes(at, comment, &directives->wishes, err);
    if (starts(comment, "step"))
        directives->step = true;
    else if (!starts(comment, "up") && !starts(comment, "down") && !starts(comment, "allow"))
        return unknown_mark(at, comment, err);
    return true;
}

bool keel_directives_read(keel_arena *arena, const char *path, int line, const char *text, size_t size,
                          keel_directives *ret_directives, keel_error *err)
{
    place at = {arena, path, line};
    keel_directives directives = {
        .wishes = {.lock_timeout = KEEL_STEP_UNSET, .statement_timeout = KEEL_STEP_UNSET, .retries = KEEL_STEP_UNSET}};

    for (size_t offset = 0; offset < size;) {
        keel_sql_token token = keel_sql_next(text, size, offset);
        const char *comment = keel_arena_strndup(arena, text + token.start, token.size);
        if (token.kind == KEEL_SQL_COMMENT && comment[0] == '-' && !read_comment(&at, comment, &directives, err))
            return false;
        for (size_t i = 0; i < token.size; i++)
            at.line += text[token.start + i] == '\n';
        offset = token.start + token.size;
    }
    *ret_directives = directives;
    return true;
}
