#include "lint/rule.h"

#include "sql/token.h"

static bool is_plain(const char *name)
{
    size_t size = strlen(name);

    return size > 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == size && (name[0] < '0' || name[0] > '9');
}

const char *keel_lint_name(keel_lint *lint, const char *name)
{
    KEEL_CLEANUP(keel_str_free) keel_str quoted = {0};

    if (is_plain(name))
        return name;
    keel_pg_add_identifier(&quoted, name);
    return keel_arena_strdup(keel_lint_arena(lint), keel_str_text(&quoted));
}

const char *keel_lint_relation(keel_lint *lint, const keel_sql_node *node, const char *key)
{
    const keel_sql_node *relation = keel_sql_get(node, key);
    const char *schema = keel_sql_text_of(relation, "schemaname");
    const char *name = keel_lint_name(lint, keel_sql_text_of(relation, "relname"));

    return *schema != '\0' ? keel_arena_printf(keel_lint_arena(lint), "%s.%s", keel_lint_name(lint, schema), name) : name;
}

const char *keel_lint_insert_after_word(keel_arena *arena, const keel_lint_statement *s, const char *word, const char *text)
{
    for (size_t at = 0; at < s->size;) {
        keel_sql_token token = keel_sql_next(s->sql, s->size, at);
        at = token.start + token.size;
        if (keel_sql_is_word(s->sql, token, word))
            return keel_arena_printf(arena, "%.*s%s%s;", (int)at, s->sql, text, s->sql + at);
    }
    return s->sql;
}
