#include <string.h>

#include "verify/sql_piece.h"
#include "verify/suite_inside.h"

static void add_key(const keel_yaml_reader *reader, keel_suite_table *table, keel_suite_key key)
{
    keel_arena_push(reader->arena, &table->keys, key);
}

bool keel_suite_read_primary_key(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                                 keel_suite_table *table)
{
    keel_suite_key key = {.primary = true, .declared = true, .place = keel_suite_place_of(reader, node)};

    if (!keel_suite_read_names(reader, node, what, &key.columns))
        return false;
    add_key(reader, table, key);
    return true;
}

/* `a`, `[a, b]` or {columns: [a, b], declared: false}. */
static bool read_unique(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                        keel_suite_table *table)
{
    keel_suite_key key = {.declared = true, .place = keel_suite_place_of(reader, node)};
    const keel_suite_setting settings[] = {
        {"columns", KEEL_SETTING_NAMES, &key.columns},
        {"declared", KEEL_SETTING_BOOL, &key.declared},
    };

    if (node->kind != KEEL_YAML_MAP) {
        if (!keel_suite_read_names(reader, node, what, &key.columns))
            return false;
    } else if (!keel_suite_read_settings(reader, node, keel_arena_printf(reader->arena, "\"%s\"", what), what,
                                         settings, KEEL_COUNT_OF(settings))) {
        return false;
    }
    if (key.columns.count == 0)
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" needs \"columns\"", what);
    add_key(reader, table, key);
    return true;
}

bool keel_suite_read_unique(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                            keel_suite_table *table)
{
    return keel_suite_each(reader, node, what, table, read_unique);
}

/* The columns of "t(a, b)"; *at stands behind the parenthesis. */
static bool read_parent_columns(const keel_yaml_reader *reader, const char *at, keel_suite_names *names)
{
    for (;;) {
        const char *column = NULL;
        at += strspn(at, " ");
        const char *end = at;
        while (end != NULL && *end != '\0' && strchr(" ,)", *end) == NULL)
            end = keel_sql_piece_skip(end);
        if (end == NULL ||
            keel_yaml_split_name(reader->arena, keel_arena_strndup(reader->arena, at, (size_t)(end - at)), &column,
                                 1) != 1)
            return false;
        keel_suite_names_add(reader->arena, names, column);
        end += strspn(end, " ");
        if (*end == ')')
            return end[1 + strspn(end + 1, " ")] == '\0';
        if (*end != ',')
            return false;
        at = end + 1;
    }
}

/* "t", "s.t", "t(a, b)". */
static bool read_references(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                            keel_suite_reference *reference)
{
    const char *text = NULL;

    if (!keel_yaml_read_string(reader, node, what, &text))
        return false;
    const char *end = text;
    while (end != NULL && *end != '\0' && *end != '(' && *end != ' ')
        end = keel_sql_piece_skip(end);
    if (end != NULL) {
        const char *name = keel_arena_strndup(reader->arena, text, (size_t)(end - text));
        end += strspn(end, " ");
        if (*end != '\0' && (*end != '(' || !read_parent_columns(reader, end + 1, &reference->parent_columns)))
            end = NULL;
        if (end != NULL)
            return keel_suite_read_qualified(reader, node, name, &reference->parent_schema, &reference->parent_table);
    }
    keel_yaml_fail(node, reader->file, reader->err, "\"%s\" cannot be read: \"%s\"", what, text);
    return keel_fail_hint(reader->err, "Write a table, or a table and its columns in quotes: \"orders(id, line)\".");
}

static bool read_action(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                        const char **ret_action)
{
    static const char *const words[] = {"cascade", "restrict", "set null", "set default", "no action"};
    size_t index = 0;

    if (node == NULL)
        return true;
    if (!keel_yaml_read_word(reader, node, what, words, KEEL_COUNT_OF(words), &index))
        return false;
    *ret_action = words[index];
    return true;
}

static bool check_reference(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                            const keel_suite_reference *reference)
{
    size_t parents = reference->parent_columns.count;

    if (parents > 0 && parents != reference->columns.count)
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" has %zu columns and references %zu", what,
                              reference->columns.count, parents);
    if (!reference->declared && (reference->on_delete != NULL || reference->on_update != NULL)) {
        keel_yaml_fail(node, reader->file, reader->err, "\"%s\" has an action but is not declared", what);
        return keel_fail_hint(reader->err, "With `declared: false` only the rows are judged; leave on_delete and "
                                           "on_update out.");
    }
    return true;
}

static bool read_foreign_key(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                             keel_suite_table *table)
{
    keel_suite_reference reference = {
        .declared = true, .severity = KEEL_ERROR, .place = keel_suite_place_of(reader, node)};
    const keel_yaml *references = NULL;
    const keel_yaml *on_delete = NULL;
    const keel_yaml *on_update = NULL;
    const keel_suite_setting settings[] = {
        {"columns", KEEL_SETTING_NAMES, &reference.columns},
        {"references", KEEL_SETTING_NODE, &references},
        {"on_delete", KEEL_SETTING_NODE, &on_delete},
        {"on_update", KEEL_SETTING_NODE, &on_update},
        {"declared", KEEL_SETTING_BOOL, &reference.declared},
        {"severity", KEEL_SETTING_SEVERITY, &reference.severity},
    };
    const char *name = keel_arena_printf(reader->arena, "\"%s\"", what);

    if (!keel_suite_read_settings(reader, node, name, what, settings, KEEL_COUNT_OF(settings)))
        return false;
    if (reference.columns.count == 0 || references == NULL)
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" needs \"%s\"", what,
                              reference.columns.count == 0 ? "columns" : "references");
    if (!read_references(reader, references, keel_arena_printf(reader->arena, "%s.references", what), &reference) ||
        !read_action(reader, on_delete, keel_arena_printf(reader->arena, "%s.on_delete", what),
                     &reference.on_delete) ||
        !read_action(reader, on_update, keel_arena_printf(reader->arena, "%s.on_update", what),
                     &reference.on_update) ||
        !check_reference(reader, node, what, &reference))
        return false;
    keel_arena_push(reader->arena, &table->references, reference);
    return true;
}

bool keel_suite_read_foreign_keys(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                                  keel_suite_table *table)
{
    return keel_suite_each(reader, node, what, table, read_foreign_key);
}
