/* Names as a user writes them. */
#include <string.h>

#include "base/str.h"
#include "diff/map.h"

/* One part of a name from *at, which ends up at a dot, at the end or at what does not belong there; NULL if the part
 * is empty or its closing quote is missing. */
static const char *read_part(keel_arena *arena, const char **at)
{
    KEEL_CLEANUP(keel_str_free) keel_str part = {0};
    const char *c = *at;

    if (*c != '"') {
        size_t size = strcspn(c, ".\"");
        *at = c + size;
        return size == 0 ? NULL : keel_arena_strndup(arena, c, size);
    }
    for (c++; *c != '\0' && (*c != '"' || c[1] == '"'); c++) {
        c += *c == '"';
        keel_str_addc(&part, *c);
    }
    if (*c == '\0' || part.size == 0)
        return NULL;
    *at = c + 1;
    return keel_arena_strndup(arena, part.data, part.size);
}

bool keel_diff_name_read(keel_arena *arena, const char *text, keel_diff_name *ret_name)
{
    const char *first = read_part(arena, &text), *second = NULL;

    if (first == NULL)
        return false;
    if (*text == '.') {
        text++;
        second = read_part(arena, &text);
        if (second == NULL)
            return false;
    }
    if (*text != '\0')
        return false;
    *ret_name = (keel_diff_name){.schema = second != NULL ? first : NULL, .name = second != NULL ? second : first};
    return true;
}

bool keel_diff_names_read(keel_arena *arena, const char *text, size_t size, keel_diff_names *names)
{
    const char *end = text + size;

    for (;;) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        const char *stop = comma != NULL ? comma : end;
        while (text < stop && *text == ' ')
            text++;
        size_t length = (size_t)(stop - text);
        while (length > 0 && text[length - 1] == ' ')
            length--;
        if (length == 0)
            return false;
        keel_arena_push(arena, names, keel_arena_strndup(arena, text, length));
        if (comma == NULL)
            return true;
        text = comma + 1;
    }
}
