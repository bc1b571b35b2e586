#include "base/str.h"
#include "lint/rule.h"
#include "sql/token.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    enum { LONGEST = 63 };

    for (size_t at = 0; at < s->size;) {
        keel_sql_token token = keel_sql_next(s->sql, s->size, at);
        bool quoted = token.kind == KEEL_SQL_IDENTIFIER;
        at = token.start + token.size;
        if ((quoted || token.kind == KEEL_SQL_WORD) && token.size - 2 * (size_t)quoted > LONGEST)
            keel_lint_found(lint, s, NULL, KEEL_WARNING, keel_arena_strndup(keel_lint_arena(lint), s->sql + token.start, token.size),
                            "Give it a shorter name.", "cut behind 63 bytes");
    }
}

const keel_lint_rule keel_lint_l099 = {
    .id = "L099",
    .name = "long-identifier",
    .severity = KEEL_WARNING,
    .flags = KEEL_LINT_TEXT,
    .lock = "",
    .help = "PostgreSQL cuts a name behind 63 bytes without an error: two long names may become one.",
    .setup = "SELECT 1;",
    .bad = "CREATE TABLE n (a_name_that_goes_on_and_on_until_it_is_longer_than_sixty_three_bytes_allow int);",
    .good = "CREATE TABLE n (a_name int);",
    .judge = judge,
};
