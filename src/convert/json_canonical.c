/* One text for every JSON value: keys sorted by their bytes, the last of repeated keys, no white
 * space, only the escapes that must be, numbers in normal form. */
#include <stdlib.h>

#include "base/memory.h"
#include "convert/json.h"
#include "convert/json_tree.h"

/* Digits without '.', and the power of ten of the last one. */
static void take_apart(const char *token, size_t size, keel_str *digits, int64_t *ret_power)
{
    const char *end = token + size;
    int64_t power = 0;
    bool fraction = false;

    for (; token < end && *token != 'e' && *token != 'E'; token++) {
        if (*token == '.') {
            fraction = true;
            continue;
        }
        power -= fraction;
        if (digits->size > 0 || *token != '0')
            keel_str_addc(digits, *token);
    }
    if (token < end) {
        bool negative = token[1] == '-';
        int64_t exponent = 0;
        for (token += 1 + (token[1] == '-' || token[1] == '+'); token < end; token++)
            exponent = exponent < INT32_MAX ? exponent * 10 + (*token - '0') : exponent;
        power += negative ? -exponent : exponent;
    }
    *ret_power = power;
}

void keel_json_number_canonical(const char *token, size_t size, keel_str *out)
{
    KEEL_CLEANUP(keel_str_free) keel_str digits = {0};
    bool negative = *token == '-';
    int64_t power;

    take_apart(token + negative, size - negative, &digits, &power);
    while (digits.size > 0 && digits.data[digits.size - 1] == '0') {
        digits.size--;
        power++;
    }
    if (digits.size == 0) {
        keel_str_addc(out, '0');
        return;
    }
    if (negative)
        keel_str_addc(out, '-');
    keel_str_addn(out, digits.data, digits.size);
    if (power != 0)
        keel_str_addf(out, "e%lld", (long long)power);
}

static void
add_canonical_string(const keel_json_tree *tree, const keel_json_node *node, keel_str *out)
{
    KEEL_CLEANUP(keel_str_free) keel_str plain = {0};

    keel_json_tree_string(tree, node, &plain);
    keel_str_addc(out, '"');
    for (size_t i = 0; i < plain.size; i++) {
        char c = plain.data[i];
        if (c == '"' || c == '\\')
            keel_str_addc(out, '\\');
        if ((unsigned char)c < 0x20)
            keel_str_addf(out, "\\u%04x", (unsigned)c);
        else
            keel_str_addc(out, c);
    }
    keel_str_addc(out, '"');
}

/* A member: its canonical key in a shared buffer, and its value. */
typedef struct member {
    const keel_str *keys;
    size_t key, key_size;
    uint32_t value;
} member;

static int compare_keys(const member *left, const member *right)
{
    int order = memcmp(left->keys->data + left->key, right->keys->data + right->key,
                       KEEL_MIN(left->key_size, right->key_size));

    return order != 0 ? order
                      : (left->key_size > right->key_size) - (left->key_size < right->key_size);
}

static int by_key(const void *left, const void *right)
{
    const member *a = left, *b = right;
    int order = compare_keys(a, b);

    return order != 0 ? order : (a->value > b->value) - (a->value < b->value);
}

static void
list_members(const keel_json_tree *tree, uint32_t object, member *members, keel_str *keys)
{
    uint32_t node = object + 1;

    for (uint32_t i = 0; i < tree->nodes[object].count; i++) {
        members[i] = (member){.keys = keys, .key = keys->size, .value = node + 1};
        add_canonical_string(tree, &tree->nodes[node], keys);
        members[i].key_size = keys->size - members[i].key;
        node = tree->nodes[node + 1].next;
    }
}

static void add_object(const keel_json_tree *tree, uint32_t object, keel_str *out)
{
    uint32_t count = tree->nodes[object].count;
    KEEL_CLEANUP(keel_str_free) keel_str keys = {0};
    KEEL_CLEANUP(keel_free_p) member *members = keel_alloc(count * sizeof *members);
    bool first = true;

    list_members(tree, object, members, &keys);
    qsort(members, count, sizeof *members, by_key);
    keel_str_addc(out, '{');
    for (uint32_t i = 0; i < count; i++) {
        if (i + 1 < count && compare_keys(&members[i], &members[i + 1]) == 0)
            continue;
        if (!first)
            keel_str_addc(out, ',');
        first = false;
        keel_str_addn(out, keys.data + members[i].key, members[i].key_size);
        keel_str_addc(out, ':');
        keel_json_tree_canonical(tree, members[i].value, out);
    }
    keel_str_addc(out, '}');
}

static void add_array(const keel_json_tree *tree, uint32_t array, keel_str *out)
{
    uint32_t node = array + 1;

    keel_str_addc(out, '[');
    for (uint32_t i = 0; i < tree->nodes[array].count; i++) {
        if (i > 0)
            keel_str_addc(out, ',');
        keel_json_tree_canonical(tree, node, out);
        node = tree->nodes[node].next;
    }
    keel_str_addc(out, ']');
}

void keel_json_tree_canonical(const keel_json_tree *tree, uint32_t node, keel_str *out)
{
    const keel_json_node *at = &tree->nodes[node];

    switch ((keel_json_kind)at->kind) {
    case KEEL_JSON_OBJECT:
        add_object(tree, node, out);
        break;
    case KEEL_JSON_ARRAY:
        add_array(tree, node, out);
        break;
    case KEEL_JSON_STRING:
        add_canonical_string(tree, at, out);
        break;
    case KEEL_JSON_NUMBER:
        keel_json_number_canonical(tree->text + at->start, at->end - at->start, out);
        break;
    case KEEL_JSON_NULL:
    case KEEL_JSON_FALSE:
    case KEEL_JSON_TRUE:
        keel_str_addn(out, tree->text + at->start, at->end - at->start);
        break;
    }
}

bool keel_json_canonical(const void *text, size_t size, keel_str *out)
{
    keel_json_tree tree;

    if (!keel_json_tree_read(&tree, text, size))
        return false;
    keel_json_tree_canonical(&tree, 0, out);
    keel_json_tree_free(&tree);
    return true;
}
