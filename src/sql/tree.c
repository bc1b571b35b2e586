#include "sql/tree.h"

#include <string.h>

#include "base/memory.h"

enum { DEEPEST = 2000 }; /* a list of lists of ... costs the stack a frame each, here and for all who walk the tree */

typedef struct reader {
    keel_arena *arena;
    char *at;
    int depth;
    /* members and items whose list has not ended yet, of all lists around the place */
    struct { keel_sql_node *items; size_t count, capacity; } open;
} reader;

static bool read_value(reader *r, keel_sql_node *node);

static bool take(reader *r, char mark)
{
    r->at += strspn(r->at, " \t\r\n");
    if (*r->at != mark)
        return false;
    r->at++;
    return true;
}

static unsigned hex(const char *digits)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++) {
        unsigned c = (unsigned char)digits[i];
        unsigned digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
        if (digit > 15)
            return 0xfffd;
        value = value * 16 + digit;
    }
    return value;
}

static char *put_utf8(char *to, unsigned code)
{
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3f));
    } else {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    return to;
}

/* One escape behind its backslash, which stands for no more bytes than it is written with. */
static char *unescape(reader *r, char *to)
{
    static const char names[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    const char *name = strchr(names, *r->at);

    if (*r->at == 'u' && strnlen(r->at + 1, 4) == 4) {
        to = put_utf8(to, hex(r->at + 1));
        r->at += 5;
        return to;
    }
    *to++ = name != NULL ? meanings[name - names] : *r->at;
    r->at++;
    return to;
}

/* A text in place: its end is written where its closing quote is, or before. */
static bool read_text(reader *r, const char **ret_text)
{
    if (!take(r, '"'))
        return false;
    char *start = r->at, *to = r->at += strcspn(r->at, "\"\\");
    while (*r->at != '"') {
        if (*r->at == '\\' && r->at[1] != '\0') {
            r->at++;
            to = unescape(r, to);
        } else if (*r->at == '\0') {
            return false;
        } else {
            *to++ = *r->at++;
        }
    }
    r->at++;
    *to = '\0';
    *ret_text = start;
    return true;
}

static void push(reader *r, keel_sql_node node)
{
    if (r->open.count == r->open.capacity) {
        r->open.capacity = r->open.capacity > 0 ? r->open.capacity * 2 : 64;
        r->open.items = keel_realloc(r->open.items, r->open.capacity * sizeof *r->open.items);
    }
    r->open.items[r->open.count++] = node;
}

/* What has been pushed since `base` becomes the node's own. */
static void close_list(reader *r, size_t base, keel_sql_node *node)
{
    node->count = r->open.count - base;
    node->items = keel_arena_alloc(r->arena, (node->count + 1) * sizeof *node->items);
    if (node->count > 0)
        memcpy(node->items, r->open.items + base, node->count * sizeof *node->items);
    r->open.count = base;
}

/* Fields begin in lower case, kinds do not. */
static bool is_kind(const char *key)
{
    return key[0] >= 'A' && key[0] <= 'Z';
}

static bool read_members(reader *r, keel_sql_node *node);

static bool read_member(reader *r)
{
    keel_sql_node member = {0};
    const char *key = NULL;

    if (!read_text(r, &key) || !take(r, ':'))
        return false;
    if (!(is_kind(key) && *r->at == '{' ? read_members(r, &member) : read_value(r, &member)))
        return false;
    member.key = key;
    push(r, member);
    return true;
}

static bool read_members(reader *r, keel_sql_node *node)
{
    size_t base = r->open.count;

    node->shape = KEEL_SQL_OBJECT;
    if (!take(r, '{') || ++r->depth > DEEPEST)
        return false;
    if (!take(r, '}')) {
        do
            if (!read_member(r))
                return false;
        while (take(r, ','));
        if (!take(r, '}'))
            return false;
    }
    r->depth--;
    close_list(r, base, node);
    return true;
}

/* {"AlterTableStmt": {...}} is one node that says its kind. */
static bool read_object(reader *r, keel_sql_node *node)
{
    if (!read_members(r, node))
        return false;
    if (node->count == 1 && is_kind(node->items[0].key) && node->items[0].shape == KEEL_SQL_OBJECT) {
        const char *kind = node->items[0].key;
        *node = node->items[0];
        node->kind = kind;
        node->key = NULL;
    }
    return true;
}

static bool read_list(reader *r, keel_sql_node *node)
{
    size_t base = r->open.count;

    node->shape = KEEL_SQL_LIST;
    if (!take(r, '[') || ++r->depth > DEEPEST)
        return false;
    if (!take(r, ']')) {
        do {
            keel_sql_node item = {0};
            if (!read_value(r, &item))
                return false;
            push(r, item);
        } while (take(r, ','));
        if (!take(r, ']'))
            return false;
    }
    r->depth--;
    close_list(r, base, node);
    return true;
}

static bool read_number(reader *r, keel_sql_node *node)
{
    char *end = r->at;

    node->shape = KEEL_SQL_NUMBER_VALUE;
    node->number = strtoll(r->at, &end, 10);
    bool good = end > r->at;
    r->at = end + strspn(end, ".0123456789eE+-");
    return good;
}

static bool read_word(reader *r, keel_sql_node *node)
{
    size_t size = strspn(r->at, "abcdefghijklmnopqrstuvwxyz");

    node->shape = KEEL_SQL_TRUTH;
    node->number = size == 4 && strncmp(r->at, "true", 4) == 0;
    r->at += size;
    return size > 0;
}

static bool read_value(reader *r, keel_sql_node *node)
{
    r->at += strspn(r->at, " \t\r\n");
    switch (*r->at) {
    case '{':
        return read_object(r, node);
    case '[':
        return read_list(r, node);
    case '"':
        node->shape = KEEL_SQL_TEXT;
        return read_text(r, &node->text);
    case 't':
    case 'f':
    case 'n':
        return read_word(r, node);
    default:
        return read_number(r, node);
    }
}

bool keel_sql_tree_read(keel_arena *arena, char *json, keel_sql_node *ret_node)
{
    reader r = {.arena = arena, .at = json};
    keel_sql_node node = {0};
    bool good = read_value(&r, &node);

    free(r.open.items);
    if (good)
        *ret_node = node;
    return good;
}
