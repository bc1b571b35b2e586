#include "base/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include "base/map.h"
#include "base/memory.h"
#include "base/str.h"

enum { DEEPEST = 32, LARGEST_FILE = 16 * 1024 * 1024 };

typedef struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one; owned, replaced by next() */
    keel_arena *arena;
    const char *name;
    keel_error *err;
    int depth;
} reader;

static bool fail_at(const char *name, int line, int column, keel_error *err, const char *message)
{
    return keel_fail(err, KEEL_ERR_CONFIG, "%s:%d:%d: %s", name, line, column, message);
}

static bool refuse(reader *r, const char *message)
{
    yaml_mark_t mark = r->event.start_mark;

    return fail_at(r->name, (int)mark.line + 1, (int)mark.column + 1, r->err, message);
}

static bool syntax_error(reader *r)
{
    const yaml_parser_t *p = &r->parser;
    bool of_reader = p->error == YAML_READER_ERROR;
    const char *problem = p->problem != NULL ? p->problem : "not YAML";

    if (of_reader)
        return keel_fail(r->err, KEEL_ERR_CONFIG, "%s:%d:1: %s at byte %zu", r->name,
                         (int)p->mark.line + 1, problem, p->problem_offset);
    return fail_at(r->name, (int)p->problem_mark.line + 1, (int)p->problem_mark.column + 1, r->err,
                   problem);
}

static bool next(reader *r)
{
    yaml_event_delete(&r->event);
    memset(&r->event, 0, sizeof r->event);
    return yaml_parser_parse(&r->parser, &r->event) == 1 || syntax_error(r);
}

static keel_yaml *node_at(reader *r, keel_yaml_kind kind)
{
    keel_yaml *node = keel_arena_alloc(r->arena, sizeof *node);

    node->kind = kind;
    node->line = (int)r->event.start_mark.line + 1;
    node->column = (int)r->event.start_mark.column + 1;
    return node;
}

/* Anchors and tags: what the tree cannot express is refused, not ignored. */
static bool check_plain(reader *r, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor != NULL)
        return refuse(r, "anchors (&name) are not supported");
    if (tag != NULL)
        return refuse(r, "tags (!name) are not supported");
    return true;
}

static bool read_scalar(reader *r, keel_yaml **ret_node)
{
    const char *value = (const char *)r->event.data.scalar.value;
    size_t size = r->event.data.scalar.length;

    if (!check_plain(r, r->event.data.scalar.anchor, r->event.data.scalar.tag))
        return false;
    if (strlen(value) != size)
        return refuse(r, "a NUL character is not allowed in text");
    keel_yaml *node = node_at(r, KEEL_YAML_SCALAR);
    node->text = keel_arena_strndup(r->arena, value, size);
    node->quoted = r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    *ret_node = node;
    return true;
}

static bool read_node(reader *r, keel_yaml **ret_node);

typedef KEEL_VEC(keel_yaml *) node_vec;

static bool read_list(reader *r, keel_yaml **ret_node)
{
    node_vec items = {0};

    if (!check_plain(r, r->event.data.sequence_start.anchor, r->event.data.sequence_start.tag))
        return false;
    keel_yaml *list = node_at(r, KEEL_YAML_LIST);
    for (;;) {
        keel_yaml *item = NULL;
        if (!next(r))
            return false;
        if (r->event.type == YAML_SEQUENCE_END_EVENT)
            break;
        if (!read_node(r, &item))
            return false;
        keel_arena_push(r->arena, &items, item);
    }
    list->items = items.items;
    list->count = items.count;
    *ret_node = list;
    return true;
}

/* Reads the key at the current event and the value behind it. */
static bool read_member(reader *r, keel_map *seen, keel_yaml **ret_member)
{
    keel_yaml *key = NULL;
    keel_yaml *value = NULL;

    if (r->event.type == YAML_ALIAS_EVENT)
        return refuse(r, "aliases (*name) are not supported");
    if (r->event.type != YAML_SCALAR_EVENT)
        return refuse(r, "a key must be plain text");
    if (!read_scalar(r, &key))
        return false;
    const keel_yaml *first = keel_map_get(seen, key->text);
    if (first != NULL)
        return keel_fail(r->err, KEEL_ERR_CONFIG, "%s:%d:%d: duplicate key \"%s\", first at line %d",
                         r->name, key->line, key->column, key->text, first->line);
    keel_map_put(seen, key->text, key);
    if (!next(r) || !read_node(r, &value))
        return false;
    value->key = key->text;
    value->key_line = key->line;
    value->key_column = key->column;
    *ret_member = value;
    return true;
}

static bool read_map(reader *r, keel_yaml **ret_node)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *seen = keel_map_create();
    node_vec members = {0};

    if (!check_plain(r, r->event.data.mapping_start.anchor, r->event.data.mapping_start.tag))
        return false;
    keel_yaml *map = node_at(r, KEEL_YAML_MAP);
    for (;;) {
        keel_yaml *member = NULL;
        if (!next(r))
            return false;
        if (r->event.type == YAML_MAPPING_END_EVENT)
            break;
        if (!read_member(r, seen, &member))
            return false;
        keel_arena_push(r->arena, &members, member);
    }
    map->items = members.items;
    map->count = members.count;
    *ret_node = map;
    return true;
}

static bool read_node(reader *r, keel_yaml **ret_node)
{
    if (r->event.type == YAML_ALIAS_EVENT)
        return refuse(r, "aliases (*name) are not supported");
    if (r->event.type == YAML_SCALAR_EVENT)
        return read_scalar(r, ret_node);
    if (++r->depth > DEEPEST)
        return refuse(r, "nested too deeply");
    bool done = r->event.type == YAML_SEQUENCE_START_EVENT ? read_list(r, ret_node)
                                                           : read_map(r, ret_node);
    r->depth--;
    return done;
}

static bool read_stream(reader *r, keel_yaml **ret_root)
{
    keel_yaml *root = NULL;

    if (!next(r) || !next(r)) /* the start of the stream, then a document or the end */
        return false;
    if (r->event.type == YAML_STREAM_END_EVENT) {
        root = keel_arena_alloc(r->arena, sizeof *root);
        *root = (keel_yaml){.kind = KEEL_YAML_MAP, .line = 1, .column = 1};
        *ret_root = root;
        return true;
    }
    if (!next(r) || !read_node(r, &root) || !next(r) || !next(r))
        return false;
    if (r->event.type != YAML_STREAM_END_EVENT)
        return refuse(r, "a second document is not supported");
    *ret_root = root;
    return true;
}

static bool read_bytes(keel_arena *arena, const char *name, const char *bytes, size_t size,
                       const keel_yaml **ret_root, keel_error *err)
{
    reader r = {.arena = arena, .name = name, .err = err};
    keel_yaml *root = NULL;

    if (yaml_parser_initialize(&r.parser) != 1)
        return keel_fail(err, KEEL_ERR_INTERNAL, "the YAML parser does not start");
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)bytes, size);
    bool done = read_stream(&r, &root);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    if (done)
        *ret_root = root;
    return done;
}

bool keel_yaml_read_text(keel_arena *arena, const char *name, const char *text,
                         const keel_yaml **ret_root, keel_error *err)
{
    return read_bytes(arena, name, text, strlen(text), ret_root, err);
}

static bool read_whole(int fd, const char *path, keel_str *out, keel_error *err)
{
    char buffer[16 * 1024];

    for (;;) {
        ssize_t size = read(fd, buffer, sizeof buffer);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return keel_fail(err, KEEL_ERR_CONFIG, "cannot read \"%s\": %s", path, strerror(errno));
        if (size == 0)
            return true;
        keel_str_addn(out, buffer, (size_t)size);
        if (out->size > LARGEST_FILE)
            return keel_fail(err, KEEL_ERR_CONFIG, "\"%s\" is larger than 16 MB", path);
    }
}

bool keel_yaml_load(const char *path, keel_str *out, keel_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return keel_fail(err, KEEL_ERR_CONFIG, "cannot open \"%s\": %s", path, strerror(errno));
    bool done = read_whole(fd, path, out, err);
    close(fd);
    return done;
}

bool keel_yaml_read_file(keel_arena *arena, const char *path, const keel_yaml **ret_root,
                         keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};

    return keel_yaml_load(path, &text, err) &&
           read_bytes(arena, path, keel_str_text(&text), text.size, ret_root, err);
}

const keel_yaml *keel_yaml_get(const keel_yaml *map, const char *key)
{
    if (map == NULL || map->kind != KEEL_YAML_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->items[i]->key, key) == 0)
            return map->items[i];
    return NULL;
}

static bool is_allowed(const char *key, const char *const *allowed, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(key, allowed[i]) == 0)
            return true;
    return false;
}

bool keel_yaml_only(const keel_yaml *map, const char *file, const char *what,
                    const char *const *allowed, size_t count, keel_error *err)
{
    for (size_t i = 0; i < map->count; i++) {
        const keel_yaml *member = map->items[i];
        if (is_allowed(member->key, allowed, count))
            continue;
        keel_fail(err, KEEL_ERR_CONFIG, "%s:%d:%d: unknown key \"%s\" in %s", file, member->key_line,
                  member->key_column, member->key, what);
        const char *nearest = keel_nearest_word(member->key, allowed, count);
        if (nearest != NULL)
            keel_fail_hint(err, "Did you mean \"%s\"?", nearest);
        return false;
    }
    return true;
}

bool (keel_yaml_fail)(const keel_yaml *node, const char *file, keel_error *err, const char *fmt, ...)
{
    char message[768];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    return fail_at(file, node->line, node->column, err, message);
}
