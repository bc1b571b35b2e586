#include "transfer/plan_options.h"

#include "base/json_in.h"
#include "base/json_out.h"

static void write_list(keel_json *json, const char *key, const char *const *names)
{
    keel_json_key(json, key);
    keel_json_array(json);
    for (; names != NULL && *names != NULL; names++)
        keel_json_text(json, *names);
    keel_json_end_array(json);
}

void keel_plan_options_to_json(const keel_plan_options *options, keel_str *out)
{
    keel_json json;

    keel_json_start(&json, out, false);
    keel_json_object(&json);
    if (options->schema !=
        NULL) /* left out, so that it cannot be taken for a schema called "null" */
        keel_json_kv_text(&json, "schema", options->schema);
    write_list(&json, "only", options->only);
    write_list(&json, "exclude", options->exclude);
    keel_json_kv_text(&json, "keys", keel_key_choice_name(options->keys));
    keel_json_kv_bool(&json, "no_create", options->no_create);
    keel_json_kv_text(&json, "triggers", options->skip_triggers ? "skip" : "fire");
    keel_json_end_object(&json);
}

static bool
read_list(keel_arena *arena, const keel_json_member *member, const char *const **ret_list)
{
    const char **items = NULL;
    size_t count = 0;

    if (!member->nested || !keel_json_items(arena, member->value, &items, &count))
        return false;
    *ret_list = count > 0 ? items : NULL;
    return true;
}

static bool read_keys(const char *name, keel_key_choice *ret_choice)
{
    static const keel_key_choice choices[] = {KEEL_KEYS_AUTO, KEEL_KEYS_KEEP, KEEL_KEYS_REMAP};

    for (size_t i = 0; i < KEEL_COUNT_OF(choices); i++) {
        if (!keel_streq(name, keel_key_choice_name(choices[i])))
            continue;
        *ret_choice = choices[i];
        return true;
    }
    return false;
}

static bool
read_member(keel_arena *arena, const keel_json_member *member, keel_plan_options *options)
{
    if (keel_streq(member->key, "schema"))
        options->schema = member->value;
    else if (keel_streq(member->key, "only"))
        return read_list(arena, member, &options->only);
    else if (keel_streq(member->key, "exclude"))
        return read_list(arena, member, &options->exclude);
    else if (keel_streq(member->key, "keys"))
        return read_keys(member->value, &options->keys);
    else if (keel_streq(member->key, "no_create"))
        options->no_create = keel_streq(member->value, "true");
    else if (keel_streq(member->key, "triggers"))
        options->skip_triggers = keel_streq(member->value, "skip");
    return true;
}

bool keel_plan_options_from_json(keel_arena *arena,
                                 const char *json,
                                 keel_plan_options *options,
                                 keel_error *err)
{
    keel_json_member *members = NULL;
    size_t count = 0;

    if (!keel_json_members(arena, json, &members, &count))
        return keel_fail(err, KEEL_ERR_INTERNAL,
                         "the journal's options of the run are not a JSON object");
    for (size_t i = 0; i < count; i++)
        if (!read_member(arena, &members[i], options))
            return keel_fail(err, KEEL_ERR_INTERNAL,
                             "the journal's options of the run: \"%s\" cannot be read",
                             members[i].key);
    return true;
}
