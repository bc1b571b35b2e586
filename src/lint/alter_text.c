#include "lint/alter_text.h"

#include "sql/token.h"

static bool is_blank(keel_sql_token token)
{
    return token.kind == KEEL_SQL_SPACE || token.kind == KEEL_SQL_COMMENT;
}

static keel_sql_token next_word(const keel_lint_statement *s, size_t *at)
{
    keel_sql_token token;

    do {
        token = keel_sql_next(s->sql, s->size, *at);
        *at = token.start + token.size;
    } while (is_blank(token));
    return token;
}

size_t keel_text_behind_name(const keel_lint_statement *s, size_t at)
{
    size_t end = at;
    keel_sql_token token = next_word(s, &at);

    while (token.kind == KEEL_SQL_WORD || token.kind == KEEL_SQL_IDENTIFIER) {
        end = at;
        if (!keel_sql_is_mark(s->sql, next_word(s, &at), '.'))
            break;
        token = next_word(s, &at);
    }
    return end;
}

/* Behind "ALTER TABLE IF EXISTS ONLY a.b *"; 0 if it begins in another way. */
static size_t behind_head(const keel_lint_statement *s)
{
    static const char *const optional[] = {"if", "exists", "only"};
    size_t at = 0, end = 0;
    keel_sql_token token = next_word(s, &at);

    if (!keel_sql_is_word(s->sql, token, "alter") || !keel_sql_is_word(s->sql, next_word(s, &at), "table"))
        return 0;
    token = next_word(s, &at);
    for (size_t i = 0; i < KEEL_COUNT_OF(optional); i++)
        if (keel_sql_is_word(s->sql, token, optional[i]))
            token = next_word(s, &at);
    at = end = keel_text_behind_name(s, token.start);
    token = next_word(s, &at);
    return token.kind == KEEL_SQL_OPERATOR && s->sql[token.start] == '*' ? at : end;
}

typedef struct parts {
    keel_alter_part *items;
    size_t count, capacity;
} parts;

static void cut_at_commas(keel_arena *arena, const keel_lint_statement *s, size_t from, parts *out)
{
    keel_alter_part part = {0};
    int depth = 0;

    for (size_t at = from; at < s->size;) {
        keel_sql_token token = keel_sql_next(s->sql, s->size, at);
        at = token.start + token.size;
        depth += keel_sql_is_mark(s->sql, token, '(') || keel_sql_is_mark(s->sql, token, '[');
        depth -= keel_sql_is_mark(s->sql, token, ')') || keel_sql_is_mark(s->sql, token, ']');
        if (depth == 0 && keel_sql_is_mark(s->sql, token, ',')) {
            keel_arena_push(arena, out, part);
            part = (keel_alter_part){0};
        } else if (!is_blank(token)) {
            part.start = part.end == 0 ? token.start : part.start;
            part.end = at;
        }
    }
    keel_arena_push(arena, out, part);
}

bool keel_alter_cut(keel_arena *arena, const keel_lint_statement *s, keel_alter_text *ret_text)
{
    keel_alter_text text = {0};
    parts found = {0};
    size_t head = keel_sql_kind_is(s->node, "AlterTableStmt") ? behind_head(s) : 0;

    if (head == 0)
        return false;
    cut_at_commas(arena, s, head, &found);
    text.count = keel_sql_list(s->node, "cmds", &text.commands);
    if (text.count != found.count)
        return false;
    text.head = keel_arena_strndup(arena, s->sql, head);
    text.parts = found.items;
    *ret_text = text;
    return true;
}

size_t keel_alter_find(const keel_alter_text *text, const keel_sql_node *command)
{
    size_t i = 0;

    while (i < text->count && &text->commands[i] != command)
        i++;
    return i;
}

size_t keel_text_behind_word(const keel_lint_statement *s, const char *word, size_t from, size_t end)
{
    for (size_t at = from; at < end;) {
        keel_sql_token token = keel_sql_next(s->sql, s->size, at);
        at = token.start + token.size;
        if (keel_sql_is_word(s->sql, token, word))
            return at;
    }
    return 0;
}

size_t keel_text_trimmed(const keel_lint_statement *s, size_t from, size_t end)
{
    size_t last = from;

    for (size_t at = from; at < end;) {
        keel_sql_token token = keel_sql_next(s->sql, s->size, at);
        at = token.start + token.size;
        if (!is_blank(token) && at <= end)
            last = at;
    }
    return last;
}
