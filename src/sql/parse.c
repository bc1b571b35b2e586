#include "sql/parse.h"

#include <jansson.h>
#include <pg_query.h>
#include <string.h>

static void read_node(keel_arena *arena, json_t *json, keel_sql_node *node);

/* {"AlterTableStmt": {...}}: a node that says its kind. Fields begin in lower case, kinds do not. */
static json_t *kind_of(json_t *json, const char **ret_kind)
{
    void *member = json_object_iter(json);

    if (json_object_size(json) != 1)
        return NULL;
    const char *key = json_object_iter_key(member);
    json_t *inside = json_object_iter_value(member);
    if (key[0] < 'A' || key[0] > 'Z' || !json_is_object(inside))
        return NULL;
    *ret_kind = key;
    return inside;
}

static void read_object(keel_arena *arena, json_t *json, keel_sql_node *node)
{
    const char *kind = NULL;
    json_t *inside = kind_of(json, &kind);
    size_t i = 0;

    node->shape = KEEL_SQL_OBJECT;
    node->kind = keel_arena_strdup(arena, kind);
    if (inside != NULL)
        json = inside;
    node->count = json_object_size(json);
    node->items = keel_arena_alloc(arena, (node->count + 1) * sizeof *node->items);
    for (void *member = json_object_iter(json); member != NULL; member = json_object_iter_next(json, member)) {
        node->items[i].key = keel_arena_strdup(arena, json_object_iter_key(member));
        read_node(arena, json_object_iter_value(member), &node->items[i++]);
    }
}

static void read_list(keel_arena *arena, json_t *json, keel_sql_node *node)
{
    node->shape = KEEL_SQL_LIST;
    node->count = json_array_size(json);
    node->items = keel_arena_alloc(arena, (node->count + 1) * sizeof *node->items);
    for (size_t i = 0; i < node->count; i++)
        read_node(arena, json_array_get(json, i), &node->items[i]);
}

static void read_node(keel_arena *arena, json_t *json, keel_sql_node *node)
{
    if (json_is_object(json)) {
        read_object(arena, json, node);
    } else if (json_is_array(json)) {
        read_list(arena, json, node);
    } else if (json_is_string(json)) {
        node->shape = KEEL_SQL_TEXT;
        node->text = keel_arena_strdup(arena, json_string_value(json));
    } else if (json_is_integer(json)) {
        node->shape = KEEL_SQL_NUMBER_VALUE;
        node->number = json_integer_value(json);
    } else {
        node->shape = KEEL_SQL_TRUTH;
        node->number = json_is_true(json);
    }
}

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

static bool read_tree(keel_arena *arena, const char *tree, const keel_sql_node **ret_node)
{
    json_error_t ignored;
    json_t *root = json_loads(tree, JSON_DECODE_ANY | JSON_ALLOW_NUL, &ignored);
    json_t *statement = json_array_get(json_object_get(root, "stmts"), 0);
    keel_sql_node *node = keel_arena_alloc(arena, sizeof *node);
    bool found = json_array_size(json_object_get(root, "stmts")) == 1;

    if (found) {
        read_node(arena, json_object_get(statement, "stmt"), node);
        *ret_node = node;
    }
    json_decref(root);
    return found;
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
    bool good = parsed.error == NULL ? read_tree(arena, parsed.parse_tree, ret_node)
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
