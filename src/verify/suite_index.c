#include "verify/suite_inside.h"

/* With a name alone these would be read and never looked at. */
static bool check_definition(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                             const keel_suite_index *index)
{
    static const char *const parts[] = {"include", "where", "method", "unique"};

    if (index->name == NULL && index->keys.count == 0)
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" needs \"name\" or \"keys\"", what);
    for (size_t i = 0; index->keys.count == 0 && i < KEEL_COUNT_OF(parts); i++)
        if (keel_yaml_get(node, parts[i]) != NULL)
            return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" has \"%s\" but no \"keys\"", what,
                                  parts[i]);
    return true;
}

/* An index is wanted by name (`idx_x`), by what it is ({keys: ...}), or by either of both. */
static bool read_index(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                       keel_suite_table *table)
{
    keel_suite_index index = {
        .method = "btree", .severity = KEEL_WARNING, .place = keel_suite_place_of(reader, node)};
    const keel_suite_setting settings[] = {
        {"name", KEEL_SETTING_TEXT, &index.name},
        {"keys", KEEL_SETTING_PIECES, &index.keys},
        {"include", KEEL_SETTING_NAMES, &index.include},
        {"where", KEEL_SETTING_PIECE, &index.where},
        {"method", KEEL_SETTING_TEXT, &index.method},
        {"unique", KEEL_SETTING_BOOL, &index.unique},
        {"severity", KEEL_SETTING_SEVERITY, &index.severity},
    };
    const char *name = keel_arena_printf(reader->arena, "\"%s\"", what);

    if (node->kind == KEEL_YAML_SCALAR) {
        if (!keel_yaml_read_string(reader, node, what, &index.name))
            return false;
    } else if (!keel_suite_read_settings(reader, node, name, what, settings, KEEL_COUNT_OF(settings))) {
        return false;
    }
    if (!check_definition(reader, node, what, &index))
        return false;
    keel_arena_push(reader->arena, &table->indexes, index);
    return true;
}

bool keel_suite_read_indexes(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                             keel_suite_table *table)
{
    return keel_suite_each(reader, node, what, table, read_index);
}

static bool read_constraint(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                            keel_suite_table *table)
{
    keel_suite_constraint constraint = {.severity = KEEL_ERROR, .place = keel_suite_place_of(reader, node)};
    const keel_suite_setting settings[] = {
        {"name", KEEL_SETTING_TEXT, &constraint.name},
        {"check", KEEL_SETTING_PIECE, &constraint.check},
        {"severity", KEEL_SETTING_SEVERITY, &constraint.severity},
    };
    const char *name = keel_arena_printf(reader->arena, "\"%s\"", what);

    if (node->kind == KEEL_YAML_SCALAR) {
        if (!keel_yaml_read_string(reader, node, what, &constraint.name))
            return false;
    } else if (!keel_suite_read_settings(reader, node, name, what, settings, KEEL_COUNT_OF(settings))) {
        return false;
    }
    if (constraint.name == NULL && constraint.check == NULL)
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" needs \"name\" or \"check\"", what);
    keel_arena_push(reader->arena, &table->constraints, constraint);
    return true;
}

bool keel_suite_read_constraints(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                                 keel_suite_table *table)
{
    return keel_suite_each(reader, node, what, table, read_constraint);
}
