/* JSON that is read: the members of one object or the items of one array, in the order written, or a whole document
 * as a tree. <jansson.h> stays behind json_in.c. */
#ifndef KEEL_BASE_JSON_IN_H
#define KEEL_BASE_JSON_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

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

typedef enum keel_json_kind {
    KEEL_JSON_NULL, KEEL_JSON_BOOL, KEEL_JSON_INTEGER, KEEL_JSON_REAL, KEEL_JSON_TEXT, KEEL_JSON_ARRAY, KEEL_JSON_OBJECT,
} keel_json_kind;

typedef struct keel_json_value keel_json_value;
struct keel_json_value {
    keel_json_kind kind;
    const char *key;              /* of a member of an OBJECT, else NULL */
    const char *text;             /* a scalar as bare text: "12", "true", "null"; NULL for ARRAY and OBJECT */
    int64_t integer;              /* INTEGER; BOOL: 0 or 1 */
    const keel_json_value *items; /* ARRAY and OBJECT */
    size_t count;
};

/* Reads a document of any kind, in the arena. Errors are CONFIG, "line 3, column 9: ..."; a member named twice, a
 * NUL in a text and bytes that are not UTF-8 are among them. */
bool keel_json_read(keel_arena *arena, const char *text, size_t size, const keel_json_value **ret_root, keel_error *err);
/* The member of an OBJECT by key, or NULL. */
const keel_json_value *keel_json_get(const keel_json_value *object, const char *key);

#endif
