#include "migrate/variables.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static bool starts_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool continues_name(char c)
{
    return starts_name(c) || (c >= '0' && c <= '9') || c == '.' || c == ':';
}

static size_t name_size(const char *text, size_t size)
{
    size_t length = 0;

    if (size > 0 && starts_name(text[0]))
        while (length < size && continues_name(text[length]))
            length++;
    return length;
}

static keel_variable *find(const keel_variables *variables, const char *name)
{
    for (size_t i = 0; variables != NULL && i < variables->count; i++)
        if (keel_streq(variables->items[i].name, name))
            return &variables->items[i];
    return NULL;
}

bool keel_variables_add(keel_arena *arena, keel_variables *variables, const char *name, const char *value,
                        keel_error *err)
{
    keel_variable *known = find(variables, name);
    keel_variable fresh = {keel_arena_strdup(arena, name), keel_arena_strdup(arena, value)};

    if (*name == '\0' || name_size(name, strlen(name)) != strlen(name)) {
        keel_fail(err, KEEL_ERR_USAGE, "\"%s\" is no name of a variable", name);
        return keel_fail_hint(err, "Names are letters, digits, \"_\", \".\" and \":\", and do not start with a digit.");
    }
    if (known != NULL)
        *known = fresh;
    else
        keel_arena_push(arena, variables, fresh);
    return true;
}

bool keel_variables_add_pair(keel_arena *arena, keel_variables *variables, const char *pair, keel_error *err)
{
    const char *equals = strchr(pair, '=');

    if (equals == NULL) {
        keel_fail(err, KEEL_ERR_USAGE, "\"%s\" is not NAME=VALUE", pair);
        return keel_fail_hint(err, "To take the value from the environment, write --env %s.", pair);
    }
    return keel_variables_add(arena, variables, keel_arena_strndup(arena, pair, (size_t)(equals - pair)), equals + 1, err);
}

bool keel_variables_add_environment(keel_arena *arena, keel_variables *variables, const char *name, keel_error *err)
{
    return keel_variables_add(arena, variables, name, getenv(name), err);
}

/* Of a run of dollars in front of a brace the last one is a variable's only if the others pair up. */
static bool is_odd(const char *text, size_t at)
{
    size_t dollars = 1;

    while (at >= dollars && text[at - dollars] == '$')
        dollars++;
    return dollars % 2 == 1;
}

bool keel_variables_next(keel_arena *arena, const keel_variables *variables, const char *text, size_t size, size_t at,
                         keel_variable_use *ret_use)
{
    for (const char *found; at < size && (found = memchr(text + at, '$', size - at)) != NULL;) {
        size_t start = (size_t)(found - text);
        at = start + 1;
        if (at >= size || text[at] != '{' || !is_odd(text, start))
            continue;
        size_t length = name_size(text + at + 1, size - at - 1), end = at + 1 + length;
        if (length == 0 || end >= size || text[end] != '}')
            continue;
        const char *name = keel_arena_strndup(arena, text + at + 1, length);
        *ret_use = (keel_variable_use){start, end + 1 - start, name, find(variables, name)};
        return true;
    }
    return false;
}

/* "$tag$" at `at`, with its end. */
static bool is_tag(const char *text, size_t size, size_t at, size_t *ret_end)
{
    size_t end = at + 1 + name_size(text + at + 1, size - at - 1);

    *ret_end = end + 1;
    return end < size && text[end] == '$';
}

bool keel_variables_other(const char *text, size_t size, size_t at, size_t *ret_at)
{
    for (const char *found; at < size && (found = memchr(text + at, '$', size - at)) != NULL;) {
        size_t start = (size_t)(found - text), end = 0;
        bool braced = start + 1 < size && text[start + 1] == '{';
        size_t name = start + 1 + braced, length = name_size(text + name, size - name);
        at = start + 1;
        if (is_tag(text, size, start, &end)) {
            at = end;
            continue;
        }
        bool whole = braced && name + length < size && text[name + length] == '}';
        if (length == 0 || whole || (braced && !is_odd(text, start)))
            continue;
        *ret_at = start;
        return true;
    }
    return false;
}

static bool has_value(const keel_variable_use *use)
{
    return use->variable != NULL && use->variable->value != NULL;
}

const char *keel_variables_replace(keel_arena *arena, const keel_variables *variables, const char *text, size_t size,
                                   size_t *ret_size)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    keel_variable_use use;
    size_t copied = 0;

    *ret_size = size;
    if (variables == NULL || variables->count == 0)
        return text;
    for (size_t at = 0; keel_variables_next(arena, variables, text, size, at, &use); at = use.start + use.size) {
        if (!has_value(&use))
            continue;
        keel_str_addn(&out, text + copied, use.start - copied);
        keel_str_add(&out, use.variable->value);
        copied = use.start + use.size;
    }
    if (copied == 0)
        return text;
    keel_str_addn(&out, text + copied, size - copied);
    *ret_size = out.size;
    return keel_arena_strndup(arena, keel_str_text(&out), out.size);
}

size_t keel_variables_origin(keel_arena *arena, const keel_variables *variables, const char *text, size_t size, size_t at)
{
    keel_variable_use use;
    size_t original = 0, replaced = 0; /* the same place in both */

    if (variables == NULL || variables->count == 0)
        return KEEL_MIN(at, size);
    while (keel_variables_next(arena, variables, text, size, original, &use)) {
        size_t width = has_value(&use) ? strlen(use.variable->value) : use.size;
        if (at < replaced + (use.start - original))
            break;
        replaced += use.start - original;
        if (at < replaced + width)
            return has_value(&use) ? use.start : use.start + (at - replaced);
        replaced += width;
        original = use.start + use.size;
    }
    return KEEL_MIN(original + (at - replaced), size);
}
