#include "lint/suppress.h"

#include <fnmatch.h>
#include <string.h>

#include "base/str.h"
#include "sql/token.h"

static const char mark[] = "pgkeel:allow=";

/* A word up to a blank, or a quoted text; *at moves behind it. */
static const char *take_word(keel_arena *arena, const char **at)
{
    *at += strspn(*at, " \t\r");
    if (**at == '"') {
        size_t size = strcspn(*at + 1, "\"");
        const char *text = keel_arena_strndup(arena, *at + 1, size);
        *at += 1 + size + ((*at)[1 + size] == '"');
        return text;
    }
    size_t size = strcspn(*at, " \t\r");
    const char *word = keel_arena_strndup(arena, *at, size);
    *at += size;
    return word;
}

static void read_one(keel_arena *arena, const char *text, const char *file, int line, keel_suppressions *suppressions)
{
    keel_suppression found = {.file = file, .line = line, .met = true};

    found.rule = take_word(arena, &text);
    while (*(text += strspn(text, " \t\r")) != '\0') {
        bool quoted = *text == '"';
        const char *word = take_word(arena, &text);
        if (quoted)
            found.reason = *word != '\0' ? word : NULL;
        else if (strncmp(word, "until=", 6) == 0)
            found.until = word + 6;
    }
    keel_arena_push(arena, suppressions, found);
}

void keel_suppressions_read(keel_arena *arena, const keel_lint_statement *s, keel_suppressions *ret_suppressions)
{
    keel_suppressions found = {0};
    int line = s->before_line;

    for (size_t at = 0; at < s->before_size;) {
        keel_sql_token token = keel_sql_next(s->before, s->before_size, at);
        const char *text = keel_arena_strndup(arena, s->before + token.start, token.size);
        const char *allow = token.kind == KEEL_SQL_COMMENT ? strstr(text, mark) : NULL;
        if (allow != NULL)
            read_one(arena, allow + strlen(mark), s->file, line, &found);
        for (const char *c = text; *c != '\0'; c++)
            line += *c == '\n';
        at = token.start + token.size;
    }
    *ret_suppressions = found;
}

bool keel_suppression_covers(const keel_suppression *suppression, const char *file)
{
    if (suppression->path == NULL)
        return true;
    while (file != NULL) {
        const char *slash = strchr(file, '/');
        if (fnmatch(suppression->path, file, FNM_PATHNAME | FNM_LEADING_DIR) == 0)
            return true;
        file = slash != NULL ? slash + 1 : NULL;
    }
    return false;
}

static bool names(const keel_suppression *s, const keel_lint_rule *rule)
{
    return s->rule == NULL || keel_streq(s->rule, rule->id) || keel_streq(s->rule, rule->name);
}

static bool expired(const keel_suppression *s, const char *today)
{
    return s->until != NULL && today != NULL && strcmp(s->until, today) < 0;
}

bool keel_suppressed(keel_suppressions *suppressions, const keel_lint_rule *rule, const char *file, const char *today)
{
    bool covered = false;

    for (size_t i = 0; i < suppressions->count; i++) {
        keel_suppression *s = &suppressions->items[i];
        if (!names(s, rule) || !keel_suppression_covers(s, file))
            continue;
        s->used = true;
        covered = covered || (s->reason != NULL && !expired(s, today));
    }
    return covered;
}

/* "L093 in migrations", "migrations": what it is about, in messages. */
static const char *subject_of(const keel_suppression *s, keel_arena *arena)
{
    if (s->rule == NULL || s->path == NULL)
        return s->rule != NULL ? s->rule : s->path;
    return keel_arena_printf(arena, "%s in %s", s->rule, s->path);
}

static const char *flaw_of(const keel_suppression *s, bool whole, const char *today, keel_arena *arena)
{
    const char *subject = subject_of(s, arena);

    if (s->rule != NULL && keel_lint_rule_find(s->rule) == NULL) {
        const char *near = keel_lint_rule_nearest(arena, s->rule);
        return keel_arena_printf(arena, "there is no rule \"%s\"%s%s%s", s->rule, near != NULL ? "; near is \"" : "",
                                 near != NULL ? near : "", near != NULL ? "\"" : "");
    }
    if (s->reason == NULL)
        return keel_arena_printf(arena, "%s is suppressed without a reason, which suppresses nothing", subject);
    if (expired(s, today))
        return keel_arena_printf(arena, "the suppression of %s ended on %s", subject, s->until);
    if (!s->used && whole && !s->met)
        return keel_arena_printf(arena, "no file that was looked at is \"%s\"", s->path);
    return s->used || !whole ? NULL : keel_arena_printf(arena, "%s has nothing to suppress here", subject);
}

void keel_suppressions_judge(const keel_suppressions *suppressions, bool whole, const char *today, keel_arena *arena,
                             keel_report *report)
{
    for (size_t i = 0; i < suppressions->count; i++) {
        const keel_suppression *s = &suppressions->items[i];
        const char *flaw = flaw_of(s, whole, today, arena);
        const char *remedy = s->column > 0 ? "Write {rule: RULE, reason: \"...\", until: YYYY-MM-DD}, or take it away."
                                           : "Write -- pgkeel:allow=RULE \"reason\" until=YYYY-MM-DD, or take it away.";
        if (flaw != NULL)
            keel_report_add(report, &(keel_finding){.check = "lint.suppression", .severity = KEEL_WARNING,
                                                    .object = keel_arena_printf(arena, "%s:%d", s->file, s->line),
                                                    .message = flaw, .file = s->file, .line = s->line, .column = s->column,
                                                    .remedy = remedy});
    }
}
