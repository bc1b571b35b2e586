#include <ctype.h>
#include <string.h>

#include "verify/sql_piece.h"
#include "verify/suite_inside.h"

static const char *const SEVERITY_WORDS[] = {"info", "warning", "error", "critical"};

enum { MOST_SETTINGS = 24 };

keel_suite_place keel_suite_place_of(const keel_yaml_reader *reader, const keel_yaml *node)
{
    bool member = node->key != NULL;

    return (keel_suite_place){.file = reader->file,
                              .line = member ? node->key_line : node->line,
                              .column = member ? node->key_column : node->column};
}

void keel_suite_names_add(keel_arena *arena, keel_suite_names *names, const char *name)
{
    keel_arena_push(arena, names, name);
}

static const char CUT_HINT[] = "Inside { } and [ ] a comma ends a value; write it in quotes.";

/* In braces and brackets YAML ends a value at a comma: {type: numeric(20,2)} is the type "numeric(20". */
static bool check_whole(const keel_yaml_reader *reader, const keel_yaml *node, const char *what)
{
    if (keel_sql_piece_is_whole(node->text))
        return true;
    keel_yaml_fail(node, reader->file, reader->err,
                   "\"%s\" is cut off: a parenthesis or a quote has no partner in \"%s\"", what, node->text);
    return keel_fail_hint(reader->err, "%s", CUT_HINT);
}

bool keel_suite_read_query(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                           const char **ret_sql)
{
    const char *text = NULL;

    if (!keel_yaml_read_string(reader, node, what, &text))
        return false;
    size_t size = strlen(text);
    while (size > 0 && (isspace((unsigned char)text[size - 1]) || text[size - 1] == ';'))
        size--;
    if (size == 0)
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" is empty", what);
    *ret_sql = keel_arena_strndup(reader->arena, text, size);
    return true;
}

static bool read_name(const keel_yaml_reader *reader, const keel_yaml *node, const char *what, bool pieces,
                      keel_suite_names *names)
{
    const char *name = NULL;

    if (!keel_yaml_read_string(reader, node, what, &name) || (pieces && !check_whole(reader, node, what)))
        return false;
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" names \"%s\" twice", what, name);
    keel_arena_push(reader->arena, names, name);
    return true;
}

static bool read_list(const keel_yaml_reader *reader, const keel_yaml *node, const char *what, bool pieces,
                      keel_suite_names *ret_names)
{
    keel_suite_names names = {.place = keel_suite_place_of(reader, node)};

    if (node->kind == KEEL_YAML_MAP)
        return keel_yaml_expect(reader, node, KEEL_YAML_LIST, what);
    if (node->kind == KEEL_YAML_SCALAR && !read_name(reader, node, what, pieces, &names))
        return false;
    if (node->kind == KEEL_YAML_LIST && node->count == 0)
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" is empty", what);
    for (size_t i = 0; i < node->count; i++)
        if (!read_name(reader, node->items[i], what, pieces, &names))
            return false;
    *ret_names = names;
    return true;
}

bool keel_suite_read_names(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                           keel_suite_names *ret_names)
{
    return read_list(reader, node, what, false, ret_names);
}

bool keel_suite_read_qualified(const keel_yaml_reader *reader, const keel_yaml *node, const char *text,
                               const char **ret_schema, const char **ret_name)
{
    const char *parts[2] = {NULL, NULL};
    size_t count = keel_yaml_split_name(reader->arena, text, parts, KEEL_COUNT_OF(parts));

    if (count == 0 || count > KEEL_COUNT_OF(parts)) {
        keel_yaml_fail(node, reader->file, reader->err, "\"%s\" is not a table's name", text);
        return keel_fail_hint(reader->err, "A table is [schema.]table; a name with a dot or a quote in it is written "
                                           "in double quotes, as in SQL.");
    }
    *ret_schema = count == 2 ? parts[0] : NULL;
    *ret_name = parts[count - 1];
    return true;
}

static bool read_severity(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                          keel_severity *ret_severity)
{
    size_t index = 0;

    if (!keel_yaml_read_word(reader, node, what, SEVERITY_WORDS, KEEL_COUNT_OF(SEVERITY_WORDS), &index))
        return false;
    *ret_severity = (keel_severity)index;
    return true;
}

static bool read_setting(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                         const keel_suite_setting *setting)
{
    switch (setting->kind) {
    case KEEL_SETTING_TEXT:
        return keel_yaml_read_string(reader, node, what, setting->value);
    case KEEL_SETTING_PIECE:
        return keel_yaml_read_string(reader, node, what, setting->value) && check_whole(reader, node, what);
    case KEEL_SETTING_QUERY:
        return keel_suite_read_query(reader, node, what, setting->value);
    case KEEL_SETTING_NAMES:
        return read_list(reader, node, what, false, setting->value);
    case KEEL_SETTING_PIECES:
        return read_list(reader, node, what, true, setting->value);
    case KEEL_SETTING_BOOL:
        return keel_yaml_read_bool(reader, node, what, setting->value);
    case KEEL_SETTING_SEVERITY:
        return read_severity(reader, node, what, setting->value);
    case KEEL_SETTING_NODE:
        *(const keel_yaml **)setting->value = node;
        return true;
    }
    return false;
}

bool keel_suite_read_settings(const keel_yaml_reader *reader, const keel_yaml *map, const char *what,
                              const char *prefix, const keel_suite_setting *settings, size_t count)
{
    const char *keys[MOST_SETTINGS];

    if (!keel_yaml_expect(reader, map, KEEL_YAML_MAP, prefix))
        return false;
    for (size_t i = 0; i < count; i++)
        keys[i] = settings[i].key;
    if (!keel_yaml_only(map, reader->file, what, keys, count, reader->err)) {
        for (size_t i = 0; i < map->count; i++)
            if (!keel_sql_piece_is_whole(map->items[i]->key))
                keel_fail_hint(reader->err, "%s", CUT_HINT);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const keel_yaml *node = keel_yaml_get(map, settings[i].key);
        if (node == NULL)
            continue;
        const char *path = keel_arena_printf(reader->arena, "%s.%s", prefix, settings[i].key);
        if (!read_setting(reader, node, path, &settings[i]))
            return false;
    }
    return true;
}
