/* JSON that is read: the members of one object or the items of one array, in the order written. <jansson.h> stays behind json_in.c. */
#ifndef KEEL_BASE_JSON_IN_H
#define KEEL_BASE_JSON_IN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

typedef struct keel_json_member {
    const char *key;
    const char *value; /* a scalar as bare text ("12", "abc", "null"), anything else as compact JSON */
    bool nested;       /* an object or an array */
} keel_json_member;

/* Reads a JSON object; false if the text is not one. Strings live in the arena. */
bool keel_json_members(keel_arena *arena, const char *object, keel_json_member **ret_members,
                       size_t *ret_count);
/* Reads a JSON array: each item as keel_json_member.value would be, a NULL behind the last. */
bool keel_json_items(keel_arena *arena, const char *array, const char ***ret_items, size_t *ret_count);

#endif
