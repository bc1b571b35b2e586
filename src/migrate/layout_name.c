/* Names of migration files: version, name, and the order of versions. */
#include <stdint.h>
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "migrate/layout.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool keel_layout_split_name(keel_arena *arena, const char *stem, const char **ret_version, const char **ret_name)
{
    size_t digits = 0;

    while (is_digit(stem[digits]))
        digits++;
    if (digits == 0)
        return false;
    *ret_version = keel_arena_strndup(arena, stem, digits);
    *ret_name = keel_arena_strdup(arena, stem + digits + strspn(stem + digits, "_-. "));
    return true;
}

const char *keel_layout_stem(keel_arena *arena, const char *name, const char *ending)
{
    size_t size = strlen(name), tail = strlen(ending);

    return size > tail && strcmp(name + size - tail, ending) == 0 ? keel_arena_strndup(arena, name, size - tail) : NULL;
}

static size_t digits_of(const char *text)
{
    return strspn(text, "0123456789");
}

/* Runs of digits by their value, whatever their length; everything else by its bytes. */
int keel_layout_compare(const char *left, const char *right)
{
    while (*left != '\0' && *right != '\0') {
        if (is_digit(*left) && is_digit(*right)) {
            left += strspn(left, "0");
            right += strspn(right, "0");
            size_t a = digits_of(left), b = digits_of(right);
            int order = a != b ? (a < b ? -1 : 1) : strncmp(left, right, a);
            if (order != 0)
                return order;
            left += a;
            right += b;
        } else if (*left != *right) {
            return (unsigned char)*left < (unsigned char)*right ? -1 : 1;
        } else {
            left++;
            right++;
        }
    }
    return (*left != '\0') - (*right != '\0');
}

keel_migration *keel_layout_migration(keel_folder_reader *reader, const char *version, const char *name,
                                      const char *file)
{
    keel_migration fresh = {.version = version, .name = name, .file = file};
    keel_migration_folder *folder = reader->folder;
    const char *key = keel_arena_printf(reader->arena, "%s %s", version, name);
    uintptr_t number = (uintptr_t)keel_map_get(reader->numbers, key);

    if (number > 0)
        return &folder->migrations.items[number - 1];
    keel_arena_push(reader->arena, &folder->migrations, fresh);
    keel_map_put(reader->numbers, key, (void *)(uintptr_t)folder->migrations.count);
    return &folder->migrations.items[folder->migrations.count - 1];
}
