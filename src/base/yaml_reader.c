#include "base/yaml_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

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

bool keel_yaml_expect(const keel_yaml_reader *reader, const keel_yaml *node, keel_yaml_kind kind, const char *what)
{
    if (node->kind == kind)
        return true;
    return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" must be %s, not %s", what, kind_name(kind),
                          kind_name(node->kind));
}

bool keel_yaml_is_empty(const keel_yaml *node)
{
    return node->kind == KEEL_YAML_SCALAR && !node->quoted && node->text[0] == '\0';
}

bool keel_yaml_read_string(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                           const char **ret_text)
{
    if (!keel_yaml_expect(reader, node, KEEL_YAML_SCALAR, what))
        return false;
    if (node->text[0] == '\0')
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" is empty", what);
    *ret_text = node->text;
    return true;
}

bool keel_yaml_read_word(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                         const char *const *words, size_t count, size_t *ret_index)
{
    KEEL_CLEANUP(keel_str_free) keel_str list = {0};
    const char *text = NULL;

    if (!keel_yaml_read_string(reader, node, what, &text))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0) {
            *ret_index = i;
            return true;
        }
        keel_str_addf(&list, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", words[i]);
    }
    keel_yaml_fail(node, reader->file, reader->err, "\"%s\" must be %s, not \"%s\"", what, keel_str_text(&list),
                   text);
    const char *nearest = keel_nearest_word(text, words, count);
    return nearest != NULL ? keel_fail_hint(reader->err, "Did you mean \"%s\"?", nearest) : false;
}

bool keel_yaml_read_bool(const keel_yaml_reader *reader, const keel_yaml *node, const char *what, bool *ret_value)
{
    static const char *const words[] = {"false", "true"};
    size_t index = 0;

    if (!keel_yaml_read_word(reader, node, what, words, KEEL_COUNT_OF(words), &index))
        return false;
    *ret_value = index == 1;
    return true;
}

bool keel_yaml_read_int(const keel_yaml_reader *reader, const keel_yaml *node, const char *what, int64_t least,
                        int64_t most, int64_t *ret_value)
{
    const char *text = NULL;
    char *end = NULL;

    if (!keel_yaml_read_string(reader, node, what, &text))
        return false;
    errno = 0;
    int64_t value = strtoll(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && value >= least && value <= most) {
        *ret_value = value;
        return true;
    }
    if (most == INT64_MAX)
        return keel_yaml_fail(node, reader->file, reader->err,
                              "\"%s\" must be a whole number from %" PRId64 ", not \"%s\"", what, least, text);
    return keel_yaml_fail(node, reader->file, reader->err,
                          "\"%s\" must be a whole number from %" PRId64 " to %" PRId64 ", not \"%s\"", what, least,
                          most, text);
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

size_t keel_yaml_split_name(keel_arena *arena, const char *text, const char **parts, size_t most)
{
    const char *at = text;
    size_t count = 0;

    do {
        if (count == most)
            return most + 1;
        at += count > 0 && *at == '.';
        parts[count] = read_part(arena, &at);
        if (parts[count++] == NULL || (*at != '.' && *at != '\0'))
            return 0;
    } while (*at == '.');
    return count;
}
