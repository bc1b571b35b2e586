#include <ctype.h>
#include <string.h>

#include "verify/suite_inside.h"

static const char FILE_PREFIX[] = "sqlite:";

/* "sqlite:app.db#exploits"; a relative file stands beside the suite. */
static bool read_file(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                      keel_suite_count *count)
{
    const char *path = node->text + strlen(FILE_PREFIX);
    const char *mark = strrchr(path, '#');
    const char *slash = strrchr(reader->file, '/');

    if (mark == NULL || mark == path || mark[1] == '\0')
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" must be sqlite:FILE#TABLE, not \"%s\"", what,
                              node->text);
    count->kind = KEEL_COUNT_SQLITE;
    count->table = mark + 1;
    count->path = keel_arena_strndup(reader->arena, path, (size_t)(mark - path));
    if (slash != NULL && count->path[0] != '/')
        count->path =
            keel_arena_printf(reader->arena, "%.*s/%s", (int)(slash - reader->file), reader->file, count->path);
    return true;
}

/* What the rows are held against: a number, a table, a file's table, or a query. */
static bool read_other(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                       keel_suite_count *count)
{
    const keel_suite_setting settings[] = {{"sql", KEEL_SETTING_QUERY, &count->sql}};
    const char *text = NULL;

    if (node->kind == KEEL_YAML_MAP) {
        count->kind = KEEL_COUNT_QUERY;
        if (!keel_suite_read_settings(reader, node, keel_arena_printf(reader->arena, "\"%s\"", what), what, settings,
                                      KEEL_COUNT_OF(settings)))
            return false;
        return count->sql != NULL ? true
                                  : keel_yaml_fail(node, reader->file, reader->err, "\"%s\" needs \"sql\"", what);
    }
    if (!keel_yaml_read_string(reader, node, what, &text))
        return false;
    if (strncmp(text, FILE_PREFIX, strlen(FILE_PREFIX)) == 0)
        return read_file(reader, node, what, count);
    if (isdigit((unsigned char)text[0]) || text[0] == '-') {
        count->kind = KEEL_COUNT_NUMBER;
        return keel_yaml_read_int(reader, node, what, 0, INT64_MAX, &count->number);
    }
    count->kind = KEEL_COUNT_TABLE;
    return keel_suite_read_qualified(reader, node, text, &count->schema, &count->table);
}

static bool read_map(const keel_yaml_reader *reader, const keel_yaml *map, const char *what, keel_suite_count *count)
{
    static const char relations[] = "=><";
    const keel_yaml *others[3] = {NULL, NULL, NULL};
    const keel_suite_setting settings[] = {
        {"equals", KEEL_SETTING_NODE, &others[0]},
        {"at_least", KEEL_SETTING_NODE, &others[1]},
        {"at_most", KEEL_SETTING_NODE, &others[2]},
        {"where", KEEL_SETTING_PIECE, &count->where},
        {"severity", KEEL_SETTING_SEVERITY, &count->severity},
    };
    const keel_yaml *other = NULL;

    if (!keel_suite_read_settings(reader, map, keel_arena_printf(reader->arena, "\"%s\"", what), what, settings,
                                  KEEL_COUNT_OF(settings)))
        return false;
    for (size_t i = 0; i < KEEL_COUNT_OF(others); i++) {
        if (others[i] != NULL && other != NULL)
            return keel_yaml_fail(others[i], reader->file, reader->err, "\"%s\" has both \"%s\" and \"%s\"", what,
                                  other->key, others[i]->key);
        if (others[i] != NULL) {
            other = others[i];
            count->relation = relations[i];
        }
    }
    if (other == NULL)
        return keel_yaml_fail(map, reader->file, reader->err, "\"%s\" needs \"equals\", \"at_least\" or \"at_most\"",
                              what);
    return read_other(reader, other, keel_arena_printf(reader->arena, "%s.%s", what, other->key), count);
}

static bool read_count(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                       keel_suite_table *table)
{
    keel_suite_count count = {.relation = '=', .severity = KEEL_ERROR, .place = keel_suite_place_of(reader, node)};

    if (node->kind == KEEL_YAML_MAP ? !read_map(reader, node, what, &count) : !read_other(reader, node, what, &count))
        return false;
    keel_arena_push(reader->arena, &table->counts, count);
    return true;
}

/* Several expectations stand in a list. */
bool keel_suite_read_count(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                           keel_suite_table *table)
{
    return keel_suite_each(reader, node, what, table, read_count);
}
