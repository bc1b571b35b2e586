/* A statement that the grammar does not know (a newer server's) judged by its keywords. */
#include <string.h>

#include "sql/classify_inside.h"
#include "sql/token.h"

enum { WORDS = 8 };

/* The first words, without comments; how many. */
static size_t first_words(const char *text, size_t size, keel_sql_token words[WORDS], bool *ret_concurrently)
{
    size_t count = 0;

    for (size_t at = 0; at < size;) {
        keel_sql_token token = keel_sql_next(text, size, at);
        at = token.start + token.size;
        if (keel_sql_is_word(text, token, "concurrently"))
            *ret_concurrently = true;
        if (token.kind == KEEL_SQL_WORD && count < WORDS)
            words[count++] = token;
    }
    return count;
}

static const struct {
    const char *first, *second; /* second NULL: any */
    keel_sql_manner manner;
    bool transactional;
    const char *command;
} known[] = {
    {"vacuum", NULL, KEEL_MANNER_LONG, false, "VACUUM"},
    {"repack", NULL, KEEL_MANNER_LONG, false, "REPACK"},
    {"create", "database", KEEL_MANNER_BRIEF, false, "CREATE DATABASE"},
    {"drop", "database", KEEL_MANNER_BRIEF, false, "DROP DATABASE"},
    {"create", "tablespace", KEEL_MANNER_BRIEF, false, "CREATE TABLESPACE"},
    {"drop", "tablespace", KEEL_MANNER_BRIEF, false, "DROP TABLESPACE"},
    {"alter", "system", KEEL_MANNER_BRIEF, false, "ALTER SYSTEM"},
    {"create", "subscription", KEEL_MANNER_BRIEF, false, "CREATE SUBSCRIPTION"},
    {"begin", NULL, KEEL_MANNER_CONTROL, true, "BEGIN"},
    {"start", "transaction", KEEL_MANNER_CONTROL, true, "START TRANSACTION"},
    {"commit", NULL, KEEL_MANNER_CONTROL, true, "COMMIT"},
    {"end", NULL, KEEL_MANNER_CONTROL, true, "END"},
    {"rollback", NULL, KEEL_MANNER_CONTROL, true, "ROLLBACK"},
    {"abort", NULL, KEEL_MANNER_CONTROL, true, "ABORT"},
    {"savepoint", NULL, KEEL_MANNER_CONTROL, true, "SAVEPOINT"},
    {"release", NULL, KEEL_MANNER_CONTROL, true, "RELEASE"},
    {"insert", NULL, KEEL_MANNER_DATA, true, "INSERT"},
    {"update", NULL, KEEL_MANNER_DATA, true, "UPDATE"},
    {"delete", NULL, KEEL_MANNER_DATA, true, "DELETE"},
    {"merge", NULL, KEEL_MANNER_DATA, true, "MERGE"},
    {"select", NULL, KEEL_MANNER_DATA, true, "SELECT"},
    {"with", NULL, KEEL_MANNER_DATA, true, "WITH"},
    {"copy", NULL, KEEL_MANNER_DATA, true, "COPY"},
    {"call", NULL, KEEL_MANNER_DATA, true, "CALL"},
    {"do", NULL, KEEL_MANNER_DATA, true, "DO"},
    {"set", NULL, KEEL_MANNER_SESSION, true, "SET"},
    {"reset", NULL, KEEL_MANNER_SESSION, true, "RESET"},
};

static const char *spelled(keel_sql_judging *j, const char *text, const keel_sql_token *words, size_t count)
{
    char *command = keel_arena_strdup(j->arena, "");

    for (size_t i = 0; i < count && i < 2; i++)
        command = keel_arena_printf(j->arena, "%s%s%.*s", command, i > 0 ? " " : "", (int)words[i].size,
                                    text + words[i].start);
    for (char *c = command; *c != '\0'; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c & ~0x20);
    return *command != '\0' ? command : "?";
}

void keel_sql_judge_tokens(keel_sql_judging *j, const char *text, size_t size)
{
    keel_sql_token words[WORDS];
    bool concurrently = false;
    size_t count = first_words(text, size, words, &concurrently);

    j->class->analysed = false;
    j->class->command = spelled(j, text, words, count);
    for (size_t i = 0; i < KEEL_COUNT_OF(known); i++) {
        if (count == 0 || !keel_sql_is_word(text, words[0], known[i].first) ||
            (known[i].second != NULL && (count < 2 || !keel_sql_is_word(text, words[1], known[i].second))))
            continue;
        j->class->command = known[i].command;
        j->class->manner = known[i].manner;
        if (!known[i].transactional)
            keel_sql_not_in_transaction(j);
        return;
    }
    bool refresh = count > 0 && keel_sql_is_word(text, words[0], "refresh");
    if (concurrently && j->class->manner == KEEL_MANNER_BRIEF && !refresh) {
        j->class->manner = KEEL_MANNER_LONG;
        keel_sql_not_in_transaction(j);
    }
}
