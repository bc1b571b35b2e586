/* A key of an index as a suite writes it, taken apart. */
#include <string.h>
#include <strings.h>

#include "base/yaml_reader.h"
#include "verify/index_demand.h"
#include "verify/sql_piece.h"

/* Cuts the last of `words`, preceded by a blank, off the text; false if it does not end so. */
static bool cut_word(char *text, const char *word)
{
    size_t size = strlen(text);
    size_t length = strlen(word);

    if (size < length + 2 || text[size - length - 1] != ' ' || strcasecmp(text + size - length, word) != 0)
        return false;
    for (size -= length; size > 0 && text[size - 1] == ' ';)
        size--;
    text[size] = '\0';
    return true;
}

static int cut_order(char *text)
{
    bool first = false;
    bool last = false;

    if (cut_word(text, "first"))
        first = cut_word(text, "nulls");
    else if (cut_word(text, "last"))
        last = cut_word(text, "nulls");
    bool descending = cut_word(text, "desc");
    if (!descending)
        cut_word(text, "asc");
    return (descending ? KEEL_INDEX_DESCENDING : 0) | (first || (descending && !last) ? KEEL_INDEX_NULLS_FIRST : 0);
}

/* A name as in SQL: with or without its quotes and its schema. */
static const char *plain_name(keel_arena *arena, const char *text)
{
    const char *parts[2] = {NULL, NULL};
    size_t count = keel_yaml_split_name(arena, text, parts, KEEL_COUNT_OF(parts));

    return count == 1 || count == 2 ? parts[count - 1] : text;
}

/* The end of the first word of the text; quotes and parentheses keep it together. */
static char *word_end(char *text)
{
    const char *at = text;

    while (at != NULL && *at != '\0' && *at != ' ')
        at = keel_sql_piece_skip(at);
    return at != NULL ? text + (at - text) : text + strlen(text);
}

static bool is_identifier(const char *text)
{
    return text[0] != '\0' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") == strlen(text);
}

/* "x collate y opclass": what stands behind the first word, if it is nothing else. */
static void cut_class(keel_arena *arena, char *text, keel_index_wish *wish)
{
    char *end = word_end(text);
    char *at = end + strspn(end, " ");

    if (strncasecmp(at, "collate ", strlen("collate ")) == 0) {
        at += strlen("collate ");
        char *behind = word_end(at);
        wish->collation = plain_name(arena, keel_arena_strndup(arena, at, (size_t)(behind - at)));
        at = behind + strspn(behind, " ");
        *end = '\0';
    }
    if (!is_identifier(at))
        return;
    wish->opclass = plain_name(arena, keel_arena_strdup(arena, at));
    *end = '\0';
}

void keel_index_wish_read(keel_check_run *run, const keel_pg_table *table, const char *key, keel_index_wish *ret_wish)
{
    keel_index_wish wish = {.column = keel_pg_table_column(table, key)};
    char *text = keel_arena_strdup(run->arena, key);

    if (wish.column == NULL) {
        wish.order = cut_order(text);
        wish.column = keel_pg_table_column(table, text);
    }
    if (wish.column == NULL) {
        cut_class(run->arena, text, &wish);
        wish.column = keel_pg_table_column(table, plain_name(run->arena, text));
    }
    wish.expression = text;
    *ret_wish = wish;
}
