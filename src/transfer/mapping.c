#include "transfer/mapping.h"

#include <string.h>

#include "transfer/mapping_reader.h"

static const char *const ROOT_KEYS[] = {"tables"};
static const char *const TABLE_KEYS[] = {"to",   "match",   "where", "order",
                                         "keys", "columns", "set",   "on_orphan"};
static const char *const KEY_WORDS[] = {"auto", "keep", "remap"};
static const char *const ORPHAN_WORDS[] = {"reject", "null"};

const char *keel_key_choice_name(keel_key_choice choice)
{
    return KEY_WORDS[choice];
}

static bool read_to(const keel_yaml_reader *reader, const keel_yaml *node, keel_map_table *table)
{
    return keel_map_read_qualified(reader, node, &table->to_schema, &table->to_table);
}

static bool read_match(const keel_yaml_reader *reader, const keel_yaml *node, keel_map_table *table)
{
    if (!keel_yaml_expect(reader, node, KEEL_YAML_LIST, "match"))
        return false;
    if (node->count == 0)
        return keel_yaml_fail(node, reader->file, reader->err, "\"match\" names no column");
    for (size_t i = 0; i < node->count; i++) {
        const char *column = NULL;
        if (!keel_yaml_read_string(reader, node->items[i], "match", &column))
            return false;
        for (size_t j = 0; j < table->match.count; j++)
            if (strcmp(table->match.items[j], column) == 0)
                return keel_yaml_fail(node->items[i], reader->file, reader->err,
                                      "\"match\" names \"%s\" twice", column);
        keel_arena_push(reader->arena, &table->match, column);
    }
    return true;
}

static bool read_where(const keel_yaml_reader *reader, const keel_yaml *node, keel_map_table *table)
{
    return keel_yaml_read_string(reader, node, "where", &table->where);
}

static bool read_order(const keel_yaml_reader *reader, const keel_yaml *node, keel_map_table *table)
{
    return keel_yaml_read_string(reader, node, "order", &table->order);
}

/* A file states a choice; "auto" is what not stating one means. */
static bool read_keys(const keel_yaml_reader *reader, const keel_yaml *node, keel_map_table *table)
{
    size_t index = 0;

    if (!keel_yaml_read_word(reader, node, "keys", KEY_WORDS + 1, KEEL_COUNT_OF(KEY_WORDS) - 1,
                            &index))
        return false;
    table->keys = index == 0 ? KEEL_KEYS_KEEP : KEEL_KEYS_REMAP;
    return true;
}

static bool
read_on_orphan(const keel_yaml_reader *reader, const keel_yaml *node, keel_map_table *table)
{
    size_t index = 0;

    if (!keel_yaml_read_word(reader, node, "on_orphan", ORPHAN_WORDS, KEEL_COUNT_OF(ORPHAN_WORDS),
                            &index))
        return false;
    table->orphan_to_null = index == 1;
    return true;
}

/* In the order of reading: `set` looks at `columns`. */
static const struct {
    const char *key;
    bool (*read)(const keel_yaml_reader *reader, const keel_yaml *node, keel_map_table *table);
} TABLE_MEMBERS[] = {
    {"to", read_to},
    {"match", read_match},
    {"where", read_where},
    {"order", read_order},
    {"keys", read_keys},
    {"columns", keel_map_read_columns},
    {"set", keel_map_read_sets},
    {"on_orphan", read_on_orphan},
};

static bool
read_table_word(const keel_yaml_reader *reader, const keel_yaml *node, keel_map_table *table)
{
    static const char *const words[] = {"skip"};

    if (node->kind == KEEL_YAML_SCALAR && strcmp(node->text, "skip") == 0) {
        table->skip = true;
        return true;
    }
    keel_yaml_fail(node, reader->file, reader->err,
                   "table \"%s\" must be `skip` or a map of settings", table->source);
    if (node->kind != KEEL_YAML_SCALAR)
        return false;
    if (keel_nearest_word(node->text, words, KEEL_COUNT_OF(words)) != NULL)
        return keel_fail_hint(reader->err, "Did you mean \"skip\"?");
    return keel_fail_hint(reader->err, "Write {} to transfer it by name, {to: ...} to rename it.");
}

static bool read_table(const keel_yaml_reader *reader, const keel_yaml *node, keel_map_table *table)
{
    const char *what = keel_arena_printf(reader->arena, "table \"%s\"", table->source);

    if (node->kind != KEEL_YAML_MAP)
        return read_table_word(reader, node, table);
    if (!keel_yaml_only(node, reader->file, what, TABLE_KEYS, KEEL_COUNT_OF(TABLE_KEYS),
                        reader->err))
        return false;
    for (size_t i = 0; i < KEEL_COUNT_OF(TABLE_MEMBERS); i++) {
        const keel_yaml *member = keel_yaml_get(node, TABLE_MEMBERS[i].key);
        if (member != NULL && !TABLE_MEMBERS[i].read(reader, member, table))
            return false;
    }
    return true;
}

static bool read_tables(const keel_yaml_reader *reader, const keel_yaml *root, keel_mapping *mapping)
{
    const keel_yaml *tables = keel_yaml_get(root, "tables");

    if (root->kind != KEEL_YAML_MAP)
        return keel_yaml_fail(root, reader->file, reader->err,
                              "a mapping is a map with the key \"tables\"");
    if (!keel_yaml_only(root, reader->file, "a mapping", ROOT_KEYS, KEEL_COUNT_OF(ROOT_KEYS),
                        reader->err))
        return false;
    if (tables == NULL)
        return keel_yaml_fail(root, reader->file, reader->err, "the key \"tables\" is missing");
    if (!keel_yaml_expect(reader, tables, KEEL_YAML_MAP, "tables"))
        return false;
    if (tables->count == 0)
        return keel_yaml_fail(tables, reader->file, reader->err, "\"tables\" names no table");
    for (size_t i = 0; i < tables->count; i++) {
        const keel_yaml *member = tables->items[i];
        keel_map_table table = {.source = member->key, .node = member};
        const keel_map_table *other = keel_mapping_table(mapping, member->key);
        if (other != NULL)
            return keel_yaml_fail(member, reader->file, reader->err,
                                  "\"%s\" and \"%s\" are one table to SQLite", other->source,
                                  member->key);
        if (!read_table(reader, member, &table))
            return false;
        keel_arena_push(reader->arena, &mapping->tables, table);
    }
    return true;
}

bool keel_mapping_read_text(keel_arena *arena,
                            const char *name,
                            const char *text,
                            keel_mapping **ret_mapping,
                            keel_error *err)
{
    keel_yaml_reader reader = {.arena = arena, .err = err};
    keel_mapping *mapping = keel_arena_alloc(arena, sizeof *mapping);
    const keel_yaml *root = NULL;

    mapping->file = reader.file = keel_arena_strdup(arena, name);
    mapping->text = keel_arena_strdup(arena, text);
    if (!keel_yaml_read_text(arena, mapping->file, mapping->text, &root, err))
        return false;
    if (!read_tables(&reader, root, mapping))
        return false;
    *ret_mapping = mapping;
    return true;
}

static bool read_file(const char *path, keel_str *out, keel_error *err)
{
    if (!keel_yaml_load(path, out, err))
        return keel_fail_hint(err, "--file names the mapping; without it tables are matched by name.");
    if (out->size > 0 && memchr(out->data, '\0', out->size) != NULL)
        return keel_fail(err, KEEL_ERR_CONFIG, "\"%s\" holds a NUL byte, it is not a YAML file",
                         path);
    return true;
}

bool keel_mapping_read(keel_arena *arena,
                       const char *path,
                       keel_mapping **ret_mapping,
                       keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};

    if (path == NULL) {
        *ret_mapping = keel_arena_alloc(arena, sizeof **ret_mapping);
        (*ret_mapping)->text = "";
        return true;
    }
    return read_file(path, &text, err) &&
           keel_mapping_read_text(arena, path, keel_str_text(&text), ret_mapping, err);
}

const keel_map_table *keel_mapping_table(const keel_mapping *mapping, const char *source)
{
    for (size_t i = 0; i < mapping->tables.count; i++)
        if (strcasecmp(mapping->tables.items[i].source, source) == 0)
            return &mapping->tables.items[i];
    return NULL;
}

const keel_map_column *keel_map_table_column(const keel_map_table *table, const char *source)
{
    for (size_t i = 0; table != NULL && i < table->columns.count; i++)
        if (strcasecmp(table->columns.items[i].source, source) == 0)
            return &table->columns.items[i];
    return NULL;
}
