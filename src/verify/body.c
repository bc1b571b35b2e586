#include "verify/body.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "sql/token.h"

const keel_body_variable *keel_body_find_in(const keel_body_scope *scope, const char *label, const char *name)
{
    for (; scope != NULL; scope = scope->outer) {
        if (label != NULL && (scope->label == NULL || strcmp(scope->label, label) != 0))
            continue;
        for (size_t i = scope->variables.count; i > 0; i--)
            if (strcmp(scope->variables.items[i - 1].name, name) == 0)
                return &scope->variables.items[i - 1];
    }
    return NULL;
}

const keel_body_variable *keel_body_find(const keel_body_scope *scope, const char *name)
{
    return *name != '\0' ? keel_body_find_in(scope, NULL, name) : NULL;
}

const keel_body_variable *keel_body_parameter(const keel_body_scope *scope, int number)
{
    for (; scope != NULL; scope = scope->outer)
        for (size_t i = 0; i < scope->variables.count; i++)
            if (scope->variables.items[i].parameter == number)
                return &scope->variables.items[i];
    return NULL;
}

void keel_body_add_variable(keel_arena *arena, keel_body_scope *scope, const char *name, const char *sql, bool composite)
{
    keel_body_variable variable = {.name = name, .sql = sql, .composite = composite};

    keel_arena_push(arena, &scope->variables, variable);
}

const char *keel_body_fold(keel_arena *arena, const char *text, size_t size)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    bool quoted = size >= 2 && text[0] == '"';

    for (size_t i = quoted; i < size - quoted; i++) {
        unsigned char c = (unsigned char)text[i];
        keel_str_addc(&out, quoted || c >= 0x80 ? text[i] : (char)tolower(c));
        i += quoted && c == '"';
    }
    return keel_arena_strdup(arena, keel_str_text(&out));
}

/* One statement after the other; what is no query cannot be looked up. */
void keel_body_read_sql(keel_arena *arena, const char *source, const keel_body_scope *outermost, keel_body *ret_body)
{
    static const char *const queries[] = {"select", "insert", "update", "delete", "with", "values", "merge", "table"};
    size_t size = strlen(source);
    keel_body body = {0};

    for (size_t at = 0; at < size;) {
        keel_sql_token first = keel_sql_next(source, size, at);
        size_t end = first.start + first.size;
        if (first.kind == KEEL_SQL_SPACE || first.kind == KEEL_SQL_COMMENT || keel_sql_is_mark(source, first, ';')) {
            at = end;
            continue;
        }
        for (keel_sql_token next = first; next.kind != KEEL_SQL_END && !keel_sql_is_mark(source, next, ';');
             next = keel_sql_next(source, size, end))
            end = next.start + next.size;
        bool query = keel_sql_is_mark(source, first, '(');
        for (size_t i = 0; i < KEEL_COUNT_OF(queries); i++)
            query = query || keel_sql_is_word(source, first, queries[i]);
        body.opaque += !query;
        keel_body_piece piece = {
            .sql = keel_arena_strndup(arena, source + at, end - at), .at = at, .scope = outermost};
        if (query)
            keel_arena_push(arena, &body.pieces, piece);
        at = end;
    }
    *ret_body = body;
}

/* Words of the text in a row, whatever stands between them: quotes and comments do not hide them. */
typedef struct word {
    const char *text;
    size_t size;
} word;

static bool continues(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || ((unsigned char)c & 0x80);
}

static word next_word(const char *text, size_t *at)
{
    while (text[*at] != '\0' && text[*at] != '"' && !continues(text[*at]))
        (*at)++;
    size_t start = *at;
    if (text[start] == '"') {
        const char *close = strchr(text + start + 1, '"');
        *at = close != NULL ? (size_t)(close - text) + 1 : strlen(text);
    }
    while (text[start] != '"' && continues(text[*at]))
        (*at)++;
    return (word){text + start, *at - start};
}

static bool is(word w, const char *name)
{
    return w.size == strlen(name) && strncasecmp(w.text, name, w.size) == 0;
}

/* Behind TABLE or VIEW: [IF [NOT] EXISTS] [schema.]name; the last part counts. */
static void take_name(keel_arena *arena, const char *source, size_t at, keel_body_take_name *take, void *context)
{
    word name = next_word(source, &at);

    while (is(name, "if") || is(name, "not") || is(name, "exists") || is(name, "only"))
        name = next_word(source, &at);
    while (source[at] == '.' && name.size > 0)
        name = next_word(source, &at);
    if (name.size > 0)
        take(context, keel_body_fold(arena, name.text, name.size));
}

void keel_body_made_names(keel_arena *arena, const char *source, keel_body_take_name *take, void *context)
{
    word before = {"", 0};

    for (size_t at = 0; source[at] != '\0';) {
        word w = next_word(source, &at);
        bool into_temporary = is(before, "into") && (is(w, "temp") || is(w, "temporary") || is(w, "unlogged"));
        bool renamed = is(before, "rename") && is(w, "to");
        if (is(w, "table") || is(w, "view") || into_temporary || renamed)
            take_name(arena, source, at, take, context);
        before = w;
    }
}
