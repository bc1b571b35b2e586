#include "verify/baseline_fields.h"

#include <stdlib.h>
#include <string.h>

bool keel_fields_damaged(const char *path, keel_error *err)
{
    keel_fail_context(err, "\"%s\"", path);
    return keel_fail_hint(err, "The file is damaged, or was changed by hand. Take a copy of it, or save a new baseline.");
}

void keel_fields_refuse(keel_fields *f, keel_place at, const char *member, const char *wanted)
{
    if (f->failed)
        return;
    f->failed = true;
    keel_fail(f->err, KEEL_ERR_CONFIG, "%s%s%s: %s is wanted", at.name, at.name[0] != '\0' ? "." : "", member, wanted);
    keel_fields_damaged(f->path, f->err);
}

static const keel_json_value *member(keel_fields *f, keel_place at, const char *key, keel_json_kind kind, bool may_be_null,
                                     const char *wanted)
{
    const keel_json_value *found = keel_json_get(at.value, key);

    if (found != NULL && found->kind == kind)
        return found;
    if (found == NULL || found->kind != KEEL_JSON_NULL || !may_be_null)
        keel_fields_refuse(f, at, key, wanted);
    return NULL;
}

const char *keel_fields_text(keel_fields *f, keel_place at, const char *key)
{
    const keel_json_value *found = member(f, at, key, KEEL_JSON_TEXT, false, "a text");

    return found != NULL ? found->text : "";
}

const char *keel_fields_text_or_null(keel_fields *f, keel_place at, const char *key)
{
    const keel_json_value *found = member(f, at, key, KEEL_JSON_TEXT, true, "a text or null");

    return found != NULL ? found->text : NULL;
}

bool keel_fields_flag(keel_fields *f, keel_place at, const char *key)
{
    const keel_json_value *found = member(f, at, key, KEEL_JSON_BOOL, false, "true or false");

    return found != NULL && found->integer != 0;
}

int64_t keel_fields_number(keel_fields *f, keel_place at, const char *key)
{
    const keel_json_value *found = member(f, at, key, KEEL_JSON_INTEGER, false, "an integer");

    return found != NULL ? found->integer : 0;
}

bool keel_fields_number_or_null(keel_fields *f, keel_place at, const char *key, int64_t *ret_number)
{
    const keel_json_value *found = member(f, at, key, KEEL_JSON_INTEGER, true, "an integer or null");

    if (found != NULL)
        *ret_number = found->integer;
    return found != NULL;
}

bool keel_fields_hash_or_null(keel_fields *f, keel_place at, const char *key, uint64_t *ret_hash)
{
    const char *hex = keel_fields_text_or_null(f, at, key);
    char *end = NULL;

    if (hex == NULL)
        return false;
    *ret_hash = strtoull(hex, &end, 16);
    if (strlen(hex) != 16 || strspn(hex, "0123456789abcdef") != 16)
        keel_fields_refuse(f, at, key, "a hash of 16 hexadecimal digits");
    return true;
}

char keel_fields_letter(keel_fields *f, keel_place at, const char *key)
{
    const char *found = keel_fields_text(f, at, key);

    if (strlen(found) != 1)
        keel_fields_refuse(f, at, key, "one letter");
    return found[0];
}

size_t keel_fields_list(keel_fields *f, keel_place at, const char *key, bool may_be_null, const keel_json_value **ret_list)
{
    *ret_list = member(f, at, key, KEEL_JSON_ARRAY, may_be_null, may_be_null ? "a list or null" : "a list");
    return *ret_list != NULL ? (*ret_list)->count : 0;
}

keel_place keel_fields_item(keel_fields *f, keel_place at, const char *key, const keel_json_value *list, size_t index)
{
    return (keel_place){&list->items[index],
                   keel_arena_printf(f->arena, "%s%s%s[%zu]", at.name, at.name[0] != '\0' ? "." : "", key, index)};
}

const char **keel_fields_texts(keel_fields *f, keel_place at, const char *key, size_t *ret_count)
{
    const keel_json_value *found = NULL;
    size_t count = keel_fields_list(f, at, key, false, &found);
    const char **all = keel_arena_alloc(f->arena, (count + 1) * sizeof *all);

    for (size_t i = 0; i < count; i++) {
        if (found->items[i].kind != KEEL_JSON_TEXT)
            keel_fields_refuse(f, at, key, "a list of texts");
        all[i] = found->items[i].text != NULL ? found->items[i].text : "";
    }
    *ret_count = count;
    return all;
}
