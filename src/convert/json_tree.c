#include "convert/json_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "convert/utf8.h"

enum { DEEPEST = 6400 };

typedef struct parser {
    keel_json_tree *tree;
    const char *at, *end;
    int depth;
} parser;

static bool parse_value(parser *p);

static uint32_t offset(const parser *p)
{
    return (uint32_t)(p->at - p->tree->text);
}

static void skip_space(parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r'))
        p->at++;
}

static bool skip(parser *p, char c)
{
    if (p->at == p->end || *p->at != c)
        return false;
    p->at++;
    return true;
}

static uint32_t add_node(parser *p, keel_json_kind kind)
{
    keel_json_tree *tree = p->tree;

    if (tree->count == tree->room) {
        bool at_hand = tree->nodes == tree->at_hand;
        tree->nodes = keel_realloc(at_hand ? NULL : tree->nodes,
                                   (size_t)tree->room * 2 * sizeof *tree->nodes);
        if (at_hand)
            memcpy(tree->nodes, tree->at_hand, sizeof tree->at_hand);
        tree->room *= 2;
    }
    tree->nodes[tree->count] =
        (keel_json_node){.start = offset(p), .next = tree->count + 1, .kind = (uint8_t)kind};
    return tree->count++;
}

static bool parse_word(parser *p, keel_json_kind kind, const char *word)
{
    size_t size = strlen(word);

    if ((size_t)(p->end - p->at) < size || memcmp(p->at, word, size) != 0)
        return false;
    uint32_t node = add_node(p, kind);
    p->at += size;
    p->tree->nodes[node].end = offset(p);
    return true;
}

static bool valid_escape(const char *at, const char *end)
{
    if (at == end)
        return false;
    if (*at != 'u')
        return *at != '\0' && strchr("\"\\/bfnrt", *at) != NULL;
    if (end - at < 5)
        return false;
    for (int i = 1; i < 5; i++) {
        if (at[i] == '\0' || strchr("0123456789abcdefABCDEF", at[i]) == NULL)
            return false;
    }
    return true;
}

static bool parse_string(parser *p)
{
    bool escaped = false;

    if (!skip(p, '"'))
        return false;
    uint32_t node = add_node(p, KEEL_JSON_STRING);
    for (;; p->at++) {
        if (p->at == p->end || (unsigned char)*p->at < 0x20)
            return false;
        if (*p->at == '"')
            break;
        if (*p->at != '\\')
            continue;
        escaped = true;
        p->at++;
        if (!valid_escape(p->at, p->end))
            return false;
    }
    p->tree->nodes[node].end = offset(p);
    p->tree->nodes[node].escaped = escaped;
    p->at++;
    return true;
}

static size_t skip_digits(parser *p)
{
    const char *start = p->at;

    while (p->at < p->end && *p->at >= '0' && *p->at <= '9')
        p->at++;
    return (size_t)(p->at - start);
}

static bool parse_number(parser *p)
{
    uint32_t node = add_node(p, KEEL_JSON_NUMBER);

    skip(p, '-');
    const char *first = p->at;
    size_t whole = skip_digits(p);
    if (whole == 0 || (whole > 1 && *first == '0'))
        return false;
    if (skip(p, '.') && skip_digits(p) == 0)
        return false;
    if (skip(p, 'e') || skip(p, 'E')) {
        if (!skip(p, '-'))
            skip(p, '+');
        if (skip_digits(p) == 0)
            return false;
    }
    p->tree->nodes[node].end = offset(p);
    return true;
}

static bool parse_member(parser *p)
{
    skip_space(p);
    if (!parse_string(p))
        return false;
    skip_space(p);
    return skip(p, ':') && parse_value(p);
}

static bool parse_container(parser *p, keel_json_kind kind)
{
    uint32_t node = add_node(p, kind), count = 0;
    char close = kind == KEEL_JSON_ARRAY ? ']' : '}';

    if (++p->depth > DEEPEST)
        return false;
    p->at++;
    skip_space(p);
    if (!skip(p, close)) {
        do {
            if (kind == KEEL_JSON_ARRAY ? !parse_value(p) : !parse_member(p))
                return false;
            count++;
            skip_space(p);
        } while (skip(p, ','));
        if (!skip(p, close))
            return false;
    }
    p->depth--;
    p->tree->nodes[node].count = count;
    p->tree->nodes[node].end = offset(p);
    p->tree->nodes[node].next = p->tree->count;
    return true;
}

static bool parse_value(parser *p)
{
    skip_space(p);
    if (p->at == p->end)
        return false;
    switch (*p->at) {
    case '{':
        return parse_container(p, KEEL_JSON_OBJECT);
    case '[':
        return parse_container(p, KEEL_JSON_ARRAY);
    case '"':
        return parse_string(p);
    case 't':
        return parse_word(p, KEEL_JSON_TRUE, "true");
    case 'f':
        return parse_word(p, KEEL_JSON_FALSE, "false");
    case 'n':
        return parse_word(p, KEEL_JSON_NULL, "null");
    default:
        return parse_number(p);
    }
}

bool keel_json_tree_read(keel_json_tree *tree, const void *text, size_t size)
{
    if (size == 0 || size > UINT32_MAX || keel_utf8_check(text, size, NULL) != KEEL_UTF8_VALID)
        return false;
    tree->text = text;
    tree->nodes = tree->at_hand;
    tree->count = 0;
    tree->room = KEEL_JSON_NODES_AT_HAND;
    parser p = {.tree = tree, .at = text, .end = (const char *)text + size};
    bool valid = parse_value(&p);
    skip_space(&p);
    if (valid && p.at == p.end)
        return true;
    keel_json_tree_free(tree);
    return false;
}

void keel_json_tree_free(keel_json_tree *tree)
{
    if (tree->nodes != tree->at_hand)
        free(tree->nodes);
    tree->nodes = NULL;
}

static unsigned hex4(const char *at)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++)
        value = value << 4 | (unsigned)(at[i] <= '9' ? at[i] - '0' : (at[i] & ~0x20) - 'A' + 10);
    return value;
}

static void put_character(keel_str *out, unsigned point)
{
    if (point < 0x80) {
        keel_str_addc(out, (char)point);
    } else if (point < 0x800) {
        keel_str_addc(out, (char)(0xc0 | point >> 6));
        keel_str_addc(out, (char)(0x80 | (point & 0x3f)));
    } else if (point < 0x10000) {
        keel_str_addc(out, (char)(0xe0 | point >> 12));
        keel_str_addc(out, (char)(0x80 | (point >> 6 & 0x3f)));
        keel_str_addc(out, (char)(0x80 | (point & 0x3f)));
    } else {
        keel_str_addc(out, (char)(0xf0 | point >> 18));
        keel_str_addc(out, (char)(0x80 | (point >> 12 & 0x3f)));
        keel_str_addc(out, (char)(0x80 | (point >> 6 & 0x3f)));
        keel_str_addc(out, (char)(0x80 | (point & 0x3f)));
    }
}

/* Behind "\u"; returns what is behind the whole escape. */
static const char *put_unicode(const char *at, const char *end, keel_str *out)
{
    unsigned point = hex4(at);

    at += 4;
    if (point >= 0xd800 && point < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
        unsigned low = hex4(at + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            point = 0x10000 + ((point - 0xd800) << 10 | (low - 0xdc00));
            at += 6;
        }
    }
    put_character(out, point);
    return at;
}

void keel_json_tree_string(const keel_json_tree *tree, const keel_json_node *node, keel_str *out)
{
    const char *at = tree->text + node->start, *end = tree->text + node->end;

    while (at < end) {
        const char *plain = at;
        while (at < end && *at != '\\')
            at++;
        keel_str_addn(out, plain, (size_t)(at - plain));
        if (at == end)
            return;
        at++;
        switch (*at++) {
        case 'u':
            at = put_unicode(at, end, out);
            break;
        case 'b':
            keel_str_addc(out, '\b');
            break;
        case 'f':
            keel_str_addc(out, '\f');
            break;
        case 'n':
            keel_str_addc(out, '\n');
            break;
        case 'r':
            keel_str_addc(out, '\r');
            break;
        case 't':
            keel_str_addc(out, '\t');
            break;
        default:
            keel_str_addc(out, at[-1]);
        }
    }
}
