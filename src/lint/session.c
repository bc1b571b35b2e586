#include "lint/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "lint/rule.h"
#include "sql/token.h"

static const char *const words[KEEL_TIMEOUT_COUNT] = {"lock_timeout", "statement_timeout",
                                                      "idle_in_transaction_session_timeout", "transaction_timeout"};

const char *keel_lint_timeout_word(keel_lint_timeout_name name)
{
    return words[name];
}

/* As PostgreSQL reads a duration: milliseconds where no unit stands. */
static keel_usec duration(const char *text)
{
    static const struct {
        const char *unit;
        double size;
    } units[] = {{"us", 1}, {"ms", 1e3}, {"", 1e3}, {"s", 1e6}, {"min", 6e7}, {"h", 3.6e9}, {"d", 8.64e10}};
    char *end = NULL;
    double number = strtod(text, &end);

    end += strspn(end, " ");
    for (size_t i = 0; end != text && number >= 0 && number < 1e9 && i < KEEL_COUNT_OF(units); i++)
        if (strcmp(end, units[i].unit) == 0)
            return (keel_usec)(number * units[i].size);
    return -1;
}

static keel_usec value_of(const keel_sql_node *set)
{
    const keel_sql_node *args = NULL;
    const keel_sql_node *constant = keel_sql_list(set, "args", &args) == 1 ? &args[0] : NULL;
    const keel_sql_node *number = keel_sql_get(constant, "ival"), *text = keel_sql_get(constant, "sval");

    if (number != NULL)
        return keel_sql_number_of(number, "ival") * 1000;
    return text != NULL ? duration(keel_sql_text_of(text, "sval")) : -1;
}

static void apply_set(keel_lint_session *session, const keel_lint_statement *s, size_t which)
{
    const char *kind = keel_sql_text_of(s->node, "kind");
    keel_lint_timeout now = {.line = s->line};

    now.reset = !keel_streq(kind, "VAR_SET_VALUE");
    now.value = now.reset ? -1 : value_of(s->node);
    if (keel_sql_true(s->node, "is_local")) {
        now.transaction = s->transaction;
        session->local[which] = now;
        return;
    }
    session->session[which] = now;
    session->local[which] = (keel_lint_timeout){0};
}

void keel_lint_session_apply(keel_lint_session *session, const keel_lint_statement *s)
{
    if (session->file == NULL || !keel_streq(session->file, s->file))
        *session = (keel_lint_session){.file = s->file};
    if (!keel_sql_kind_is(s->node, "VariableSetStmt"))
        return;
    bool all = keel_streq(keel_sql_text_of(s->node, "kind"), "VAR_RESET_ALL");
    for (size_t i = 0; i < KEEL_TIMEOUT_COUNT; i++)
        if (all || keel_streq(keel_sql_text_of(s->node, "name"), words[i]))
            apply_set(session, s, i);
}

keel_lint_timeout keel_lint_session_timeout(const keel_lint_session *session, const keel_lint_statement *s,
                                            keel_lint_timeout_name name)
{
    bool local = session->local[name].line > 0 && session->local[name].transaction == s->transaction;

    return local ? session->local[name] : session->session[name];
}

static const char *wish_in(keel_arena *arena, const char *comment, const char *key)
{
    const char *at = strstr(comment, "pgkeel: ");

    for (at = at != NULL ? at + strlen("pgkeel:") : NULL; at != NULL && *at != '\0'; at += strcspn(at, " \t\r")) {
        at += strspn(at, " \t\r");
        if (strncmp(at, key, strlen(key)) == 0 && at[strlen(key)] == '=')
            return keel_arena_strndup(arena, at + strlen(key) + 1, strcspn(at + strlen(key) + 1, " \t\r\n"));
    }
    return NULL;
}

const char *keel_lint_wish(keel_lint *lint, const keel_lint_statement *s, const char *key)
{
    keel_arena *arena = keel_lint_arena(lint);
    const char *found = NULL;
    bool any = s->before_size > 0 && memmem(s->before, s->before_size, "pgkeel: ", strlen("pgkeel: ")) != NULL;

    for (size_t at = 0; any && at < s->before_size && found == NULL;) {
        keel_sql_token token = keel_sql_next(s->before, s->before_size, at);
        at = token.start + token.size;
        if (token.kind == KEEL_SQL_COMMENT)
            found = wish_in(arena, keel_arena_strndup(arena, s->before + token.start, token.size), key);
    }
    return found;
}

const char *keel_lint_phase(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_lint_script *script = keel_lint_whole(lint);
    const char *phase = NULL;

    while (s > script->items && s[-1].transaction == s->transaction)
        s--;
    for (int step = s->transaction; phase == NULL && s < script->items + script->count && s->transaction == step; s++)
        phase = keel_lint_wish(lint, s, "phase");
    return phase;
}

/* Does it want a lock that keeps writers or readers from a table which they know? */
static bool stops_others(const keel_lint *lint, const keel_lint_statement *s)
{
    for (size_t i = 0; i < s->class->relations.count; i++)
        if (s->class->relations.items[i].lock >= KEEL_LOCK_SHARE && keel_lint_was_there(lint, &s->class->relations.items[i]))
            return true;
    return false;
}

/* How the timeout is none, or "" if it is not. */
static const char *flaw_of(keel_lint *lint, const keel_lint_statement *s, keel_lint_timeout_name name)
{
    enum { LONGEST = 10 * 1000000 }; /* that others should be made to wait behind a lock */
    keel_lint_timeout now = keel_lint_timeout_of(lint, s, name);
    bool other = keel_lint_options_of(lint)->other_runner;
    const char *wish = other ? NULL : keel_lint_wish(lint, s, words[name]);
    keel_arena *arena = keel_lint_arena(lint);

    if (now.line == 0 && wish != NULL && duration(wish) == 0)
        return keel_arena_printf(arena, "a comment asks for a %s of 0", words[name]);
    if (now.line == 0)
        return other ? keel_arena_printf(arena, "the file sets no %s", words[name]) : "";
    if (now.reset)
        return keel_arena_printf(arena, "%s is whatever the server has since line %d", words[name], now.line);
    if (now.value == 0)
        return keel_arena_printf(arena, "%s is 0, none, since line %d", words[name], now.line);
    return name == KEEL_TIMEOUT_LOCK && now.value > LONGEST
               ? keel_arena_printf(arena, "lock_timeout is %.0f s since line %d", (double)now.value / 1e6, now.line)
               : "";
}

void keel_lint_unbounded(keel_lint *lint, const keel_lint_statement *s, keel_lint_timeout_name name, keel_severity severity,
                         const char *why, const char *remedy)
{
    bool waits = s->class->manner == KEEL_MANNER_BRIEF && s->class->relations.count > 0;
    const char *flaw = waits ? flaw_of(lint, s, name) : "";

    if (*flaw != '\0' && stops_others(lint, s) && keel_lint_once(lint, s->file))
        keel_lint_found(lint, s, NULL, severity, s->class->relations.items[0].name, remedy, "%s: %s", flaw, why);
}
