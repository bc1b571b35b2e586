#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "verify/sql_piece.h"
#include "verify/suite_inside.h"

/* "numeric(20,2) not null default 0" in words; quotes and parentheses keep a word together. */
typedef struct words {
    struct {
        const char *text;
        size_t size;
    } items[64];
    size_t count;
} words;

static bool split(const char *text, words *ret_words)
{
    words w = {0};

    for (const char *at = text;;) {
        at += strspn(at, " \t\n");
        if (*at == '\0')
            break;
        if (w.count == KEEL_COUNT_OF(w.items))
            return false;
        w.items[w.count].text = at;
        while (*at != '\0' && strchr(" \t\n", *at) == NULL)
            if ((at = keel_sql_piece_skip(at)) == NULL)
                return false;
        w.items[w.count].size = (size_t)(at - w.items[w.count].text);
        w.count++;
    }
    *ret_words = w;
    return true;
}

static bool is_word(const words *w, size_t i, const char *word)
{
    return i < w->count && w->items[i].size == strlen(word) &&
           strncasecmp(w->items[i].text, word, w->items[i].size) == 0;
}

/* The text of the words from..to, or NULL if there are none. */
static const char *between(keel_arena *arena, const words *w, size_t from, size_t to)
{
    if (from >= to)
        return NULL;
    const char *end = w->items[to - 1].text + w->items[to - 1].size;
    return keel_arena_strndup(arena, w->items[from].text, (size_t)(end - w->items[from].text));
}

static const char *default_of(const char *sql)
{
    return sql != NULL && (strcasecmp(sql, "none") == 0 || strcasecmp(sql, "null") == 0) ? "" : sql;
}

/* A serial column is an integer that may not be NULL and that a sequence feeds. */
static void settle_serial(keel_suite_column *column)
{
    static const struct {
        const char *word, *type;
    } serials[] = {{"serial", "integer"}, {"serial4", "integer"},      {"bigserial", "bigint"},
                   {"serial8", "bigint"}, {"smallserial", "smallint"}, {"serial2", "smallint"}};

    for (size_t i = 0; column->type != NULL && i < KEEL_COUNT_OF(serials); i++) {
        if (strcasecmp(column->type, serials[i].word) != 0)
            continue;
        column->type = serials[i].type;
        column->not_null = 1;
        column->serial = true;
        return;
    }
}

static bool refuse_short(const keel_yaml_reader *reader, const keel_yaml *node, const char *what)
{
    keel_yaml_fail(node, reader->file, reader->err, "\"%s\" is not a column: \"%s\"", what, node->text);
    return keel_fail_hint(reader->err, "A column is TYPE [not null] [default EXPRESSION], or {type: ..., not_null: "
                                       "true, default: ...}; keys stand under primary_key, unique and "
                                       "foreign_keys.");
}

static bool read_words(const keel_yaml_reader *reader, const words *w, keel_suite_column *column)
{
    size_t at = 0;
    size_t end = w->count;

    while (at < end && !is_word(w, at, "not") && !is_word(w, at, "null") && !is_word(w, at, "default"))
        at++;
    column->type = between(reader->arena, w, 0, at);
    if (is_word(w, at, "not") && is_word(w, at + 1, "null")) {
        column->not_null = 1;
        at += 2;
    } else if (is_word(w, at, "null") && at > 0) {
        column->not_null = 0;
        at++;
    }
    if (!is_word(w, at, "default"))
        return at == end && end > 0;
    if (end - at > 3 && is_word(w, end - 2, "not") && is_word(w, end - 1, "null")) {
        column->not_null = 1;
        end -= 2;
    }
    column->default_sql = default_of(between(reader->arena, w, at + 1, end));
    return column->default_sql != NULL;
}

static bool read_short(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                       keel_suite_column *column)
{
    words w = {0};

    if (keel_yaml_is_empty(node))
        return true;
    if (strcmp(node->text, "absent") == 0) {
        column->absent = true;
        return true;
    }
    if (!split(node->text, &w)) {
        refuse_short(reader, node, what);
        return keel_fail_hint(reader->err, "Inside { } a comma ends a value; write \"numeric(20,2)\" in quotes.");
    }
    return read_words(reader, &w, column) || refuse_short(reader, node, what);
}

static bool read_long(const keel_yaml_reader *reader, const keel_yaml *map, const char *what,
                      keel_suite_column *column)
{
    bool not_null = false;
    const keel_suite_setting settings[] = {
        {"type", KEEL_SETTING_PIECE, &column->type},
        {"not_null", KEEL_SETTING_BOOL, &not_null},
        {"default", KEEL_SETTING_PIECE, &column->default_sql},
    };
    const char *name = keel_arena_printf(reader->arena, "column \"%s\"", what);

    if (!keel_suite_read_settings(reader, map, name, what, settings, KEEL_COUNT_OF(settings)))
        return false;
    if (keel_yaml_get(map, "not_null") != NULL)
        column->not_null = not_null;
    column->default_sql = default_of(column->default_sql);
    return true;
}

static bool read_column(const keel_yaml_reader *reader, const keel_yaml *node, const char *name, const char *prefix,
                        keel_suite_table *table)
{
    keel_suite_column column = {.name = name, .not_null = -1, .place = keel_suite_place_of(reader, node)};
    const char *what = keel_arena_printf(reader->arena, "%s.%s", prefix, name);

    if (node->kind == KEEL_YAML_LIST)
        return keel_yaml_expect(reader, node, KEEL_YAML_MAP, what);
    if (node->kind == KEEL_YAML_MAP ? !read_long(reader, node, what, &column)
                                    : !read_short(reader, node, what, &column))
        return false;
    settle_serial(&column);
    keel_arena_push(reader->arena, &table->columns, column);
    return true;
}

/* A list of columns that must exist. */
static bool read_names(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                       keel_suite_table *table)
{
    keel_suite_names names = {0};

    if (!keel_suite_read_names(reader, node, what, &names))
        return false;
    for (size_t i = 0; i < names.count; i++) {
        const keel_yaml *item = node->kind == KEEL_YAML_LIST ? node->items[i] : node;
        keel_suite_column column = {
            .name = names.items[i], .not_null = -1, .place = keel_suite_place_of(reader, item)};
        keel_arena_push(reader->arena, &table->columns, column);
    }
    return true;
}

bool keel_suite_read_columns(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                             keel_suite_table *table)
{
    if (node->kind != KEEL_YAML_MAP)
        return read_names(reader, node, what, table);
    if (node->count == 0)
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" is empty", what);
    for (size_t i = 0; i < node->count; i++)
        if (!read_column(reader, node->items[i], node->items[i]->key, table->name, table))
            return false;
    return true;
}
