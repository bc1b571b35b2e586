#include "verify/suite.h"

#include <string.h>

#include "base/str.h"
#include "verify/suite_inside.h"

static void merge(keel_arena *arena, keel_suite_names *into, const keel_suite_names *names)
{
    into->place = into->count == 0 ? names->place : into->place;
    for (size_t i = 0; i < names->count; i++) {
        bool known = false;
        for (size_t j = 0; j < into->count; j++)
            known = known || strcmp(into->items[j], names->items[i]) == 0;
        if (!known)
            keel_suite_names_add(arena, into, names->items[i]);
    }
}

/* skip: {CHECK: why}; a reason is asked for because nobody remembers it later. */
static bool read_skip(const keel_yaml_reader *reader, const keel_yaml *node, keel_suite *suite)
{
    if (!keel_yaml_expect(reader, node, KEEL_YAML_MAP, "skip"))
        return keel_fail_hint(reader->err, "Write each check with the reason: \"data.future_time: we plan ahead\".");
    suite->skip.place = keel_suite_place_of(reader, node);
    for (size_t i = 0; i < node->count; i++) {
        const keel_yaml *member = node->items[i];
        const char *reason = NULL;
        if (keel_yaml_is_empty(member))
            return keel_yaml_fail(member, reader->file, reader->err, "\"skip.%s\" needs a reason", member->key);
        if (!keel_yaml_read_string(reader, member, keel_arena_printf(reader->arena, "skip.%s", member->key), &reason))
            return false;
        keel_suite_names_add(reader->arena, &suite->skip, member->key);
        keel_suite_names_add(reader->arena, &suite->skip_reasons, reason);
    }
    return true;
}

static bool read_roles(const keel_yaml_reader *reader, const keel_yaml *node, keel_suite *suite)
{
    keel_suite_names names = {0};

    if (!keel_suite_read_names(reader, node, node->key, &names))
        return false;
    merge(reader->arena, &suite->roles, &names);
    return true;
}

static bool read_extensions(const keel_yaml_reader *reader, const keel_yaml *node, keel_suite *suite)
{
    keel_suite_names names = {0};

    if (!keel_suite_read_names(reader, node, node->key, &names))
        return false;
    merge(reader->arena, &suite->extensions, &names);
    return true;
}

static const struct {
    const char *key;
    bool (*read)(const keel_yaml_reader *reader, const keel_yaml *node, keel_suite *suite);
} MEMBERS[] = {
    {"tables", keel_suite_read_tables},
    {"rules", keel_suite_read_rules},
    {"statements", keel_suite_read_statements},
    {"roles", read_roles},
    {"extensions", read_extensions},
    {"skip", read_skip},
};

static bool read_root(const keel_yaml_reader *reader, const keel_yaml *root, keel_suite *suite)
{
    const char *keys[KEEL_COUNT_OF(MEMBERS)];

    for (size_t i = 0; i < KEEL_COUNT_OF(MEMBERS); i++)
        keys[i] = MEMBERS[i].key;
    if (root->kind != KEEL_YAML_MAP)
        return keel_yaml_fail(root, reader->file, reader->err,
                              "a suite is a map with \"tables\", \"rules\" or others");
    if (!keel_yaml_only(root, reader->file, "a suite", keys, KEEL_COUNT_OF(keys), reader->err))
        return false;
    if (root->count == 0)
        return keel_yaml_fail(root, reader->file, reader->err, "the suite demands nothing");
    for (size_t i = 0; i < KEEL_COUNT_OF(MEMBERS); i++) {
        const keel_yaml *node = keel_yaml_get(root, MEMBERS[i].key);
        if (node != NULL && !MEMBERS[i].read(reader, node, suite))
            return false;
    }
    return true;
}

bool keel_suite_read_text(keel_arena *arena, const char *name, const char *text, const keel_suite **ret_suite,
                          keel_error *err)
{
    keel_suite *suite = keel_arena_alloc(arena, sizeof *suite);
    const keel_yaml_reader reader = {.arena = arena, .file = keel_arena_strdup(arena, name), .err = err};
    const keel_yaml *root = NULL;

    if (!keel_yaml_read_text(arena, reader.file, text, &root, err) || !read_root(&reader, root, suite))
        return false;
    *ret_suite = suite;
    return true;
}

bool keel_suite_read(keel_arena *arena, const char *const *paths, size_t count, const keel_suite **ret_suite,
                     keel_error *err)
{
    keel_suite *suite = keel_arena_alloc(arena, sizeof *suite);

    for (size_t i = 0; i < count; i++) {
        const keel_yaml_reader reader = {.arena = arena, .file = keel_arena_strdup(arena, paths[i]), .err = err};
        const keel_yaml *root = NULL;
        if (!keel_yaml_read_file(arena, reader.file, &root, err) || !read_root(&reader, root, suite))
            return false;
    }
    *ret_suite = suite;
    return true;
}

const keel_suite_table *keel_suite_find(const keel_suite *suite, const char *schema, const char *default_schema,
                                        const char *name)
{
    bool in_default = default_schema != NULL && strcmp(schema, default_schema) == 0;

    for (size_t i = 0; suite != NULL && i < suite->tables.count; i++) {
        const keel_suite_table *table = &suite->tables.items[i];
        if (strcmp(table->name, name) == 0 &&
            (table->schema == NULL ? in_default : strcmp(table->schema, schema) == 0))
            return table;
    }
    return NULL;
}
