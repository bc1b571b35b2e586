#include "transfer/mapping_reader.h"

#include <string.h>

static const char *kind_name(keel_yaml_kind kind)
{
    switch (kind) {
    case KEEL_YAML_SCALAR:
        return "a single value";
    case KEEL_YAML_LIST:
        return "a list";
    case KEEL_YAML_MAP:
        return "a map of settings";
    }
    return "something else";
}

bool keel_map_expect(const keel_map_reader *reader,
                     const keel_yaml *node,
                     keel_yaml_kind kind,
                     const char *what)
{
    if (node->kind == kind)
        return true;
    return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" must be %s, not %s", what,
                          kind_name(kind), kind_name(node->kind));
}

bool keel_map_read_text(const keel_map_reader *reader,
                        const keel_yaml *node,
                        const char *what,
                        const char **ret_text)
{
    if (!keel_map_expect(reader, node, KEEL_YAML_SCALAR, what))
        return false;
    if (node->text[0] == '\0')
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" is empty", what);
    *ret_text = node->text;
    return true;
}

bool keel_map_read_word(const keel_map_reader *reader,
                        const keel_yaml *node,
                        const char *what,
                        const char *const *words,
                        size_t count,
                        size_t *ret_index)
{
    KEEL_CLEANUP(keel_str_free) keel_str list = {0};
    const char *text = NULL;

    if (!keel_map_read_text(reader, node, what, &text))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0) {
            *ret_index = i;
            return true;
        }
        keel_str_addf(&list, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", words[i]);
    }
    keel_yaml_fail(node, reader->file, reader->err, "\"%s\" must be %s, not \"%s\"", what,
                   keel_str_text(&list), text);
    const char *nearest = keel_nearest_word(text, words, count);
    return nearest != NULL ? keel_fail_hint(reader->err, "Did you mean \"%s\"?", nearest) : false;
}

bool keel_map_read_bool(const keel_map_reader *reader,
                        const keel_yaml *node,
                        const char *what,
                        bool *ret_value)
{
    static const char *const words[] = {"false", "true"};
    size_t index = 0;

    if (!keel_map_read_word(reader, node, what, words, KEEL_COUNT_OF(words), &index))
        return false;
    *ret_value = index == 1;
    return true;
}

/* Reads one part of a name from *at and leaves *at behind it: at a dot, at the end, or at what does
 * not belong there. NULL if the part is empty or its closing quote is missing. */
static const char *read_part(keel_arena *arena, const char **at)
{
    KEEL_CLEANUP(keel_str_free) keel_str part = {0};
    const char *c = *at;

    if (*c != '"') {
        size_t size = strcspn(c, ".\"");
        *at = c + size;
        return size == 0 ? NULL : keel_arena_strndup(arena, c, size);
    }
    for (c++; *c != '\0'; c++) {
        if (*c == '"' && c[1] != '"')
            break;
        c += *c == '"';
        keel_str_addc(&part, *c);
    }
    if (*c == '\0' || part.size == 0)
        return NULL;
    *at = c + 1;
    return keel_arena_strndup(arena, part.data, part.size);
}

bool keel_map_read_qualified(const keel_map_reader *reader,
                             const keel_yaml *node,
                             const char **ret_schema,
                             const char **ret_table)
{
    const char *parts[2] = {NULL, NULL};
    const char *at = NULL;
    size_t count = 0;

    if (!keel_map_read_text(reader, node, "to", &at))
        return false;
    do {
        if (count == 2)
            return keel_yaml_fail(node, reader->file, reader->err,
                                  "\"%s\" has more than two parts, a target is [schema.]table",
                                  node->text);
        at += count > 0 && *at == '.';
        parts[count] = read_part(reader->arena, &at);
        if (parts[count++] == NULL || (*at != '.' && *at != '\0'))
            return keel_yaml_fail(node, reader->file, reader->err,
                                  "\"%s\" is not a name, a target is [schema.]table", node->text);
    } while (*at == '.');
    *ret_schema = count == 2 ? parts[0] : NULL;
    *ret_table = parts[count - 1];
    return true;
}
