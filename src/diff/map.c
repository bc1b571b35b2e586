#include "diff/map.h"

#include <string.h>

#include "base/str.h"

typedef struct reader {
    keel_arena *arena;
    const char *file;
    keel_error *err;
} reader;

static const char *const kinds[] = {"a single value", "a list", "a map of settings"};

static bool expect(const reader *r, const keel_yaml *node, keel_yaml_kind kind, const char *what)
{
    if (node->kind == kind)
        return true;
    return keel_yaml_fail(node, r->file, r->err, "\"%s\" must be %s, not %s", what, kinds[kind], kinds[node->kind]);
}

static bool read_text(const reader *r, const keel_yaml *node, const char *what, const char **ret_text)
{
    if (!expect(r, node, KEEL_YAML_SCALAR, what))
        return false;
    if (node->text[0] == '\0')
        return keel_yaml_fail(node, r->file, r->err, "\"%s\" is empty", what);
    *ret_text = node->text;
    return true;
}

static bool read_name(const reader *r, const keel_yaml *node, const char *text, keel_diff_name *ret_name)
{
    return keel_diff_name_read(r->arena, text, ret_name) ||
           keel_yaml_fail(node, r->file, r->err, "\"%s\" is not a name, a table is [schema.]table", text);
}

static bool is_skip(const keel_yaml *node)
{
    return node->kind == KEEL_YAML_SCALAR && !node->quoted && strcmp(node->text, "skip") == 0;
}

static bool read_flag(const reader *r, const keel_yaml *node, const char *what, bool *ret_value)
{
    if (!expect(r, node, KEEL_YAML_SCALAR, what))
        return false;
    if (strcmp(node->text, "true") != 0 && strcmp(node->text, "false") != 0)
        return keel_yaml_fail(node, r->file, r->err, "\"%s\" must be true or false", what);
    *ret_value = node->text[0] == 't';
    return true;
}

static bool read_optional_text(const reader *r, const keel_yaml *map, const char *key, const char **ret_text)
{
    const keel_yaml *node = keel_yaml_get(map, key);

    return node == NULL || read_text(r, node, key, ret_text);
}

static bool read_optional_skip(const reader *r, const keel_yaml *map, bool *ret_skip)
{
    const keel_yaml *node = keel_yaml_get(map, "skip");

    return node == NULL || read_flag(r, node, "skip", ret_skip);
}

static bool read_column(const reader *r, const keel_yaml *node, keel_diff_map_table *table)
{
    static const char *const allowed[] = {"to", "sql", "skip"};
    keel_diff_map_column column = {.source = node->key, .node = node};

    if (is_skip(node))
        column.skip = true;
    else if (node->kind == KEEL_YAML_SCALAR) {
        if (!read_text(r, node, node->key, &column.to))
            return false;
    } else if (!expect(r, node, KEEL_YAML_MAP, node->key) ||
               !keel_yaml_only(node, r->file, "column", allowed, KEEL_COUNT_OF(allowed), r->err) ||
               !read_optional_text(r, node, "to", &column.to) || !read_optional_text(r, node, "sql", &column.sql) ||
               !read_optional_skip(r, node, &column.skip))
        return false;
    keel_arena_push(r->arena, &table->columns, column);
    return true;
}

static bool read_columns(const reader *r, const keel_yaml *node, keel_diff_map_table *table)
{
    if (node == NULL)
        return true;
    if (!expect(r, node, KEEL_YAML_MAP, "columns"))
        return false;
    for (size_t i = 0; i < node->count; i++)
        if (!read_column(r, node->items[i], table))
            return false;
    return true;
}

static bool read_key(const reader *r, const keel_yaml *node, keel_diff_map_table *table)
{
    const char *name = NULL;

    if (node == NULL)
        return true;
    if (node->kind == KEEL_YAML_SCALAR) {
        if (!read_text(r, node, "key", &name))
            return false;
        keel_arena_push(r->arena, &table->key, name);
        return true;
    }
    if (!expect(r, node, KEEL_YAML_LIST, "key"))
        return false;
    for (size_t i = 0; i < node->count; i++) {
        if (!read_text(r, node->items[i], "key", &name))
            return false;
        keel_arena_push(r->arena, &table->key, name);
    }
    return node->count > 0 || keel_yaml_fail(node, r->file, r->err, "\"key\" names no column");
}

static bool read_settings(const reader *r, const keel_yaml *node, keel_diff_map_table *table)
{
    static const char *const allowed[] = {"to", "skip", "from", "where", "key", "columns"};
    const char *to = NULL;

    if (!expect(r, node, KEEL_YAML_MAP, node->key) ||
        !keel_yaml_only(node, r->file, "table", allowed, KEEL_COUNT_OF(allowed), r->err) ||
        !read_optional_text(r, node, "to", &to) || !read_optional_text(r, node, "from", &table->from) ||
        !read_optional_text(r, node, "where", &table->where) || !read_optional_skip(r, node, &table->skip) ||
        !read_key(r, keel_yaml_get(node, "key"), table))
        return false;
    if (to != NULL && !read_name(r, keel_yaml_get(node, "to"), to, &table->to))
        return false;
    return read_columns(r, keel_yaml_get(node, "columns"), table);
}

static bool read_table(const reader *r, const keel_yaml *node, keel_diff_map *map)
{
    keel_diff_map_table table = {.node = node};
    bool read = true;

    if (!read_name(r, node, node->key, &table.source))
        return false;
    if (is_skip(node))
        table.skip = true;
    else if (node->kind == KEEL_YAML_SCALAR)
        read = read_name(r, node, node->text, &table.to);
    else
        read = read_settings(r, node, &table);
    if (read)
        keel_arena_push(r->arena, &map->tables, table);
    return read;
}

static bool read_schema(const reader *r, const keel_yaml *node, keel_diff_map *map)
{
    keel_diff_name pair = {.schema = node->key};

    if (!read_text(r, node, node->key, &pair.name))
        return false;
    keel_arena_push(r->arena, &map->schemas, pair);
    return true;
}

typedef bool member_reader(const reader *r, const keel_yaml *node, keel_diff_map *map);

static bool read_members(const reader *r, const keel_yaml *root, const char *key, member_reader *read, keel_diff_map *map)
{
    const keel_yaml *node = keel_yaml_get(root, key);

    if (node == NULL)
        return true;
    if (!expect(r, node, KEEL_YAML_MAP, key))
        return false;
    for (size_t i = 0; i < node->count; i++)
        if (!read(r, node->items[i], map))
            return false;
    return true;
}

bool keel_diff_map_read(keel_arena *arena, const char *path, keel_diff_map **ret_map, keel_error *err)
{
    static const char *const allowed[] = {"tables", "schemas"};
    keel_diff_map *map = keel_arena_alloc(arena, sizeof *map);
    const reader r = {arena, path, err};
    const keel_yaml *root = NULL;

    map->file = path;
    if (path != NULL &&
        (!keel_yaml_read_file(arena, path, &root, err) || !expect(&r, root, KEEL_YAML_MAP, "the map") ||
         !keel_yaml_only(root, path, "map", allowed, KEEL_COUNT_OF(allowed), err) ||
         !read_members(&r, root, "schemas", read_schema, map) || !read_members(&r, root, "tables", read_table, map)))
        return false;
    *ret_map = map;
    return true;
}

const keel_diff_map_column *keel_diff_map_column_find(const keel_diff_map_table *table, const char *source)
{
    for (size_t i = 0; table != NULL && i < table->columns.count; i++)
        if (strcmp(table->columns.items[i].source, source) == 0)
            return &table->columns.items[i];
    return NULL;
}
