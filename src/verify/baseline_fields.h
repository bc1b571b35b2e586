/* Members of a JSON document that must be there and be of one kind: the first that is not is the error, with its
 * place and what is wanted; what is read after it counts for nothing. For the file of a baseline. */
#ifndef KEEL_VERIFY_BASELINE_FIELDS_H
#define KEEL_VERIFY_BASELINE_FIELDS_H

#include "base/json_in.h"

typedef struct keel_fields {
    keel_arena *arena;
    const char *path; /* of the file */
    keel_error *err;
    bool failed;
} keel_fields;

/* Where in the document: "tables[3].columns[0]"; "" is the document. */
typedef struct keel_place {
    const keel_json_value *value;
    const char *name;
} keel_place;

/* Puts the path before the message, and says what to do; returns false. */
bool keel_fields_damaged(const char *path, keel_error *err);
void keel_fields_refuse(keel_fields *f, keel_place at, const char *member, const char *wanted);

const char *keel_fields_text(keel_fields *f, keel_place at, const char *key); /* "" after a failure */
const char *keel_fields_text_or_null(keel_fields *f, keel_place at, const char *key);
char keel_fields_letter(keel_fields *f, keel_place at, const char *key);
bool keel_fields_flag(keel_fields *f, keel_place at, const char *key);
int64_t keel_fields_number(keel_fields *f, keel_place at, const char *key);
/* False for null: then the number is as it was. */
bool keel_fields_number_or_null(keel_fields *f, keel_place at, const char *key, int64_t *ret_number);
bool keel_fields_hash_or_null(keel_fields *f, keel_place at, const char *key, uint64_t *ret_hash); /* 16 hex digits */
/* A list's length; *ret_list is NULL for null (if it may be) and after a failure. */
size_t keel_fields_list(keel_fields *f, keel_place at, const char *key, bool may_be_null,
                        const keel_json_value **ret_list);
keel_place keel_fields_item(keel_fields *f, keel_place at, const char *key, const keel_json_value *list, size_t index);
const char **keel_fields_texts(keel_fields *f, keel_place at, const char *key, size_t *ret_count);

#endif
