#include "base/json_in.h"

#include <jansson.h>
#include <stdlib.h>

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
