#include <string.h>

#include "verify/suite_inside.h"

bool keel_suite_each(const keel_yaml_reader *reader, const keel_yaml *node, const char *what, keel_suite_table *table,
                     keel_suite_table_reader *read_item)
{
    if (node->kind != KEEL_YAML_LIST)
        return read_item(reader, node, what, table);
    if (node->count == 0)
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" is empty", what);
    for (size_t i = 0; i < node->count; i++)
        if (!read_item(reader, node->items[i], what, table))
            return false;
    return true;
}

/* The settings that are more than a name or a word. */
static const struct {
    const char *key;
    keel_suite_table_reader *read;
} MEMBERS[] = {
    {"columns", keel_suite_read_columns},
    {"primary_key", keel_suite_read_primary_key},
    {"unique", keel_suite_read_unique},
    {"indexes", keel_suite_read_indexes},
    {"constraints", keel_suite_read_constraints},
    {"foreign_keys", keel_suite_read_foreign_keys},
    {"allowed", keel_suite_read_allowed},
    {"times", keel_suite_read_times},
    {"count", keel_suite_read_count},
    {"partitions", keel_suite_read_partitions},
    {"audit", keel_suite_read_audit},
};

static bool read_map(const keel_yaml_reader *reader, const keel_yaml *map, keel_suite_table *table)
{
    const keel_yaml *nodes[KEEL_COUNT_OF(MEMBERS)] = {NULL};
    keel_suite_setting settings[KEEL_COUNT_OF(MEMBERS) + 3];
    size_t count = 0;

    for (; count < KEEL_COUNT_OF(MEMBERS); count++)
        settings[count] = (keel_suite_setting){MEMBERS[count].key, KEEL_SETTING_NODE, &nodes[count]};
    settings[count++] = (keel_suite_setting){"severity", KEEL_SETTING_SEVERITY, &table->severity};
    settings[count++] = (keel_suite_setting){"not_null", KEEL_SETTING_NAMES, &table->not_null};
    settings[count++] = (keel_suite_setting){"triggers", KEEL_SETTING_NAMES, &table->triggers};
    if (!keel_suite_read_settings(reader, map, keel_arena_printf(reader->arena, "table \"%s\"", table->name),
                                  table->name, settings, count))
        return false;
    for (size_t i = 0; i < KEEL_COUNT_OF(MEMBERS); i++) {
        const char *what = keel_arena_printf(reader->arena, "%s.%s", table->name, MEMBERS[i].key);
        if (nodes[i] != NULL && !MEMBERS[i].read(reader, nodes[i], what, table))
            return false;
    }
    return true;
}

static bool read_word(const keel_yaml_reader *reader, const keel_yaml *node, keel_suite_table *table)
{
    if (keel_yaml_is_empty(node))
        return true;
    if (node->kind == KEEL_YAML_SCALAR && strcmp(node->text, "absent") == 0) {
        table->absent = true;
        return true;
    }
    keel_yaml_fail(node, reader->file, reader->err, "table \"%s\" must be a map of settings or `absent`",
                   table->name);
    return keel_fail_hint(reader->err, "Leave it empty to demand only that the table is there.");
}

static bool is_same(const keel_suite_table *one, const keel_suite_table *other)
{
    bool schema = one->schema == NULL ? other->schema == NULL
                                      : other->schema != NULL && strcmp(one->schema, other->schema) == 0;
    return schema && strcmp(one->name, other->name) == 0;
}

static bool add_table(const keel_yaml_reader *reader, const keel_yaml *node, const char *name, bool settings,
                      keel_suite *suite)
{
    keel_suite_table table = {.severity = KEEL_CRITICAL, .place = keel_suite_place_of(reader, node)};

    if (!keel_suite_read_qualified(reader, node, name, &table.schema, &table.name))
        return false;
    for (size_t i = 0; i < suite->tables.count; i++) {
        const keel_suite_table *other = &suite->tables.items[i];
        if (is_same(other, &table))
            return keel_yaml_fail(node, reader->file, reader->err, "table \"%s\" is named twice, first at %s:%d",
                                  table.name, other->place.file, other->place.line);
    }
    if (settings &&
        (node->kind == KEEL_YAML_MAP ? !read_map(reader, node, &table) : !read_word(reader, node, &table)))
        return false;
    keel_arena_push(reader->arena, &suite->tables, table);
    return true;
}

bool keel_suite_read_tables(const keel_yaml_reader *reader, const keel_yaml *node, keel_suite *suite)
{
    keel_suite_names names = {0};

    if (node->kind == KEEL_YAML_LIST && !keel_suite_read_names(reader, node, "tables", &names))
        return false;
    for (size_t i = 0; i < names.count; i++)
        if (!add_table(reader, node->items[i], names.items[i], false, suite))
            return false;
    if (node->kind == KEEL_YAML_LIST)
        return true;
    if (!keel_yaml_expect(reader, node, KEEL_YAML_MAP, "tables"))
        return false;
    if (node->count == 0)
        return keel_yaml_fail(node, reader->file, reader->err, "\"tables\" is empty");
    for (size_t i = 0; i < node->count; i++)
        if (!add_table(reader, node->items[i], node->items[i]->key, true, suite))
            return false;
    return true;
}
