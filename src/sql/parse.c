#include "sql/parse.h"

#include <pg_query.h>
#include <string.h>

#include "sql/tree.h"

/* The grammar counts characters from 1. */
static size_t offset_of(const char *text, int character)
{
    size_t at = 0;

    for (int seen = 1; text[at] != '\0' && seen < character; seen++)
        do
            at++;
        while (((unsigned char)text[at] & 0xc0) == 0x80);
    return at;
}

static bool complain(const char *text, const PgQueryError *error, keel_sql_complaint *complaint)
{
    snprintf(complaint->message, sizeof complaint->message, "%s", error->message);
    complaint->at = offset_of(text, error->cursorpos);
    return false;
}

static bool read_tree(keel_arena *arena, const char *json, const keel_sql_node **ret_node, keel_sql_complaint *complaint)
{
    const keel_sql_node *statements = NULL;
    keel_sql_node tree;

    if (!keel_sql_tree_read(arena, keel_arena_strdup(arena, json), &tree)) {
        snprintf(complaint->message, sizeof complaint->message, "nested too deep to be analysed");
        complaint->ours = true;
        return false;
    }
    if (keel_sql_list(&tree, "stmts", &statements) != 1)
        return false;
    const keel_sql_node *statement = keel_sql_get(&statements[0], "stmt");
    if (statement != NULL)
        *ret_node = statement;
    return statement != NULL;
}

bool keel_sql_parse(keel_arena *arena, const char *text, size_t size, const keel_sql_node **ret_node,
                    keel_sql_complaint *ret_complaint)
{
    const char *statement = keel_arena_strndup(arena, text, size);

    *ret_complaint = (keel_sql_complaint){.message = "not one statement"};
    if (strlen(statement) != size) {
        snprintf(ret_complaint->message, sizeof ret_complaint->message, "a NUL byte");
        ret_complaint->at = strlen(statement);
        return false;
    }
    PgQueryParseResult parsed = pg_query_parse(statement);
    bool good = parsed.error == NULL ? read_tree(arena, parsed.parse_tree, ret_node, ret_complaint)
                                     : complain(statement, parsed.error, ret_complaint);
    pg_query_free_parse_result(parsed);
    return good;
}

const keel_sql_node *keel_sql_get(const keel_sql_node *node, const char *key)
{
    for (size_t i = 0; node != NULL && node->shape == KEEL_SQL_OBJECT && i < node->count; i++)
        if (strcmp(node->items[i].key, key) == 0)
            return &node->items[i];
    return NULL;
}

const char *keel_sql_text_of(const keel_sql_node *node, const char *key)
{
    const keel_sql_node *member = keel_sql_get(node, key);

    return member != NULL && member->text != NULL ? member->text : "";
}

int64_t keel_sql_number_of(const keel_sql_node *node, const char *key)
{
    const keel_sql_node *member = keel_sql_get(node, key);

    return member != NULL ? member->number : 0;
}

bool keel_sql_true(const keel_sql_node *node, const char *key)
{
    return keel_sql_number_of(node, key) != 0;
}

bool keel_sql_kind_is(const keel_sql_node *node, const char *kind)
{
    return node != NULL && node->kind != NULL && strcmp(node->kind, kind) == 0;
}

size_t keel_sql_list(const keel_sql_node *node, const char *key, const keel_sql_node **ret_items)
{
    const keel_sql_node *member = keel_sql_get(node, key);

    if (member == NULL || member->shape != KEEL_SQL_LIST)
        return 0;
    *ret_items = member->items;
    return member->count;
}

static const char *word_from_end(const keel_sql_node *node, const char *key, size_t from_end)
{
    const keel_sql_node *words = NULL;
    size_t count = keel_sql_list(node, key, &words);

    return count > from_end ? keel_sql_text_of(&words[count - 1 - from_end], "sval") : "";
}

const char *keel_sql_name_of(const keel_sql_node *node, const char *key)
{
    return word_from_end(node, key, 0);
}

const char *keel_sql_schema_of(const keel_sql_node *node, const char *key)
{
    return word_from_end(node, key, 1);
}

bool keel_sql_walk(const keel_sql_node *node, keel_sql_visit *visit, void *context)
{
    if (node == NULL)
        return false;
    if (visit(node, context))
        return true;
    for (size_t i = 0; i < node->count; i++)
        if (keel_sql_walk(&node->items[i], visit, context))
            return true;
    return false;
}
