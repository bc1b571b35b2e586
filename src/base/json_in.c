#include "base/json_in.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void release(json_t **json)
{
    json_decref(*json);
}

static const char *value_text(keel_arena *arena, const json_t *value)
{
    KEEL_CLEANUP(keel_free_p) char *compact = NULL;

    if (json_is_string(value))
        return keel_arena_strndup(arena, json_string_value(value), json_string_length(value));
    compact = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
    return keel_arena_strdup(arena, compact != NULL ? compact : "null");
}

bool keel_json_members(keel_arena *arena, const char *object, keel_json_member **ret_members,
                       size_t *ret_count)
{
    KEEL_CLEANUP(release) json_t *root = json_loads(object, JSON_ALLOW_NUL, NULL);
    KEEL_VEC(keel_json_member) members = {0};
    const char *key;
    json_t *value;

    if (!json_is_object(root))
        return false;
    json_object_foreach (root, key, value) {
        keel_json_member member = {
            .key = keel_arena_strdup(arena, key),
            .value = value_text(arena, value),
            .nested = json_is_object(value) || json_is_array(value),
        };
        keel_arena_push(arena, &members, member);
    }
    *ret_members = members.items;
    *ret_count = members.count;
    return true;
}

bool keel_json_items(keel_arena *arena, const char *array, const char ***ret_items, size_t *ret_count)
{
    KEEL_CLEANUP(release) json_t *root = json_loads(array, JSON_ALLOW_NUL, NULL);

    if (!json_is_array(root))
        return false;
    size_t count = json_array_size(root);
    const char **items = keel_arena_alloc(arena, (count + 1) * sizeof *items);
    for (size_t at = 0; at < count; at++)
        items[at] = value_text(arena, json_array_get(root, at));
    *ret_items = items;
    *ret_count = count;
    return true;
}

static keel_json_kind kind_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return KEEL_JSON_OBJECT;
    case JSON_ARRAY:
        return KEEL_JSON_ARRAY;
    case JSON_STRING:
        return KEEL_JSON_TEXT;
    case JSON_INTEGER:
        return KEEL_JSON_INTEGER;
    case JSON_REAL:
        return KEEL_JSON_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return KEEL_JSON_BOOL;
    case JSON_NULL:
        break;
    }
    return KEEL_JSON_NULL;
}

static void fill(keel_arena *arena, json_t *from, const char *key, keel_json_value *to)
{
    size_t at = 0;
    const char *name;
    json_t *item;

    *to = (keel_json_value){.kind = kind_of(from), .key = keel_arena_strdup(arena, key)};
    if (to->kind != KEEL_JSON_ARRAY && to->kind != KEEL_JSON_OBJECT) {
        to->text = value_text(arena, from);
        to->integer = to->kind == KEEL_JSON_BOOL ? json_is_true(from) : json_integer_value(from);
        return;
    }
    to->count = to->kind == KEEL_JSON_ARRAY ? json_array_size(from) : json_object_size(from);
    keel_json_value *items = keel_arena_alloc(arena, (to->count + 1) * sizeof *items);
    if (to->kind == KEEL_JSON_ARRAY)
        for (; at < to->count; at++)
            fill(arena, json_array_get(from, at), NULL, &items[at]);
    else
        json_object_foreach (from, name, item)
            fill(arena, item, name, &items[at++]);
    to->items = items;
}

bool keel_json_read(keel_arena *arena, const char *text, size_t size, const keel_json_value **ret_root, keel_error *err)
{
    json_error_t failure;
    KEEL_CLEANUP(release) json_t *root = json_loadb(text, size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &failure);

    if (root == NULL)
        return keel_fail(err, KEEL_ERR_CONFIG, "line %d, column %d: %s", failure.line, failure.column, failure.text);
    keel_json_value *value = keel_arena_alloc(arena, sizeof *value);
    fill(arena, root, NULL, value);
    *ret_root = value;
    return true;
}

const keel_json_value *keel_json_get(const keel_json_value *object, const char *key)
{
    for (size_t i = 0; object->kind == KEEL_JSON_OBJECT && i < object->count; i++)
        if (strcmp(object->items[i].key, key) == 0)
            return &object->items[i];
    return NULL;
}
