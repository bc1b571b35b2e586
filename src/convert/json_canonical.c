/* One text for every JSON value: keys sorted by their bytes, the last of repeated keys, no white
 * space, only the escapes that must be, numbers in normal form. And equality of two values, which
 * needs it in odd cases only. */
#include <stdlib.h>

#include "base/memory.h"
#include "convert/json.h"
#include "convert/json_tree.h"

enum { MOST_BY_SEARCH = 32 };

static bool
equal_nodes(const keel_json_tree *left, uint32_t l, const keel_json_tree *right, uint32_t r);

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

static bool
equal_canonical(const keel_json_tree *left, uint32_t l, const keel_json_tree *right, uint32_t r)
{
    KEEL_CLEANUP(keel_str_free) keel_str a = {0};
    KEEL_CLEANUP(keel_str_free) keel_str b = {0};

    keel_json_tree_canonical(left, l, &a);
    keel_json_tree_canonical(right, r, &b);
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static bool same_bytes(const keel_json_tree *left,
                       const keel_json_node *l,
                       const keel_json_tree *right,
                       const keel_json_node *r)
{
    return l->end - l->start == r->end - r->start &&
           memcmp(left->text + l->start, right->text + r->start, l->end - l->start) == 0;
}

static bool
equal_arrays(const keel_json_tree *left, uint32_t l, const keel_json_tree *right, uint32_t r)
{
    uint32_t count = left->nodes[l].count;

    if (count != right->nodes[r].count)
        return false;
    l++;
    r++;
    for (uint32_t i = 0; i < count; i++) {
        if (!equal_nodes(left, l, right, r))
            return false;
        l = left->nodes[l].next;
        r = right->nodes[r].next;
    }
    return true;
}

/* Each of as many members has an equal one of its own on the right? With repeated keys on either
 * side the answer is false, as the second finds the partner of the first. */
static bool
pair_members(const keel_json_tree *left, uint32_t l, const keel_json_tree *right, uint32_t r)
{
    uint32_t count = left->nodes[l].count, keys[MOST_BY_SEARCH];
    uint64_t paired = 0;

    for (uint32_t i = 0, node = r + 1; i < count; i++, node = right->nodes[node + 1].next)
        keys[i] = node;
    for (uint32_t i = 0, node = l + 1; i < count; i++, node = left->nodes[node + 1].next) {
        uint32_t found = 0;
        while (found < count && !equal_nodes(left, node, right, keys[found]))
            found++;
        if (found == count || (paired >> found & 1) != 0)
            return false;
        paired |= UINT64_C(1) << found;
        if (!equal_nodes(left, node + 1, right, keys[found] + 1))
            return false;
    }
    return true;
}

static bool has_repeated_keys(const keel_json_tree *tree, uint32_t object)
{
    uint32_t node = object + 1;

    for (uint32_t i = 0; i < tree->nodes[object].count; i++) {
        uint32_t other = tree->nodes[node + 1].next;
        for (uint32_t j = i + 1; j < tree->nodes[object].count; j++) {
            if (equal_nodes(tree, node, tree, other))
                return true;
            other = tree->nodes[other + 1].next;
        }
        node = tree->nodes[node + 1].next;
    }
    return false;
}

static bool
equal_objects(const keel_json_tree *left, uint32_t l, const keel_json_tree *right, uint32_t r)
{
    uint32_t l_count = left->nodes[l].count, r_count = right->nodes[r].count;

    if (l_count > MOST_BY_SEARCH || r_count > MOST_BY_SEARCH)
        return equal_canonical(left, l, right, r);
    if (l_count == r_count && pair_members(left, l, right, r))
        return true;
    if (!has_repeated_keys(left, l) && !has_repeated_keys(right, r))
        return false;
    return equal_canonical(left, l, right, r);
}

static bool
equal_numbers(const keel_json_tree *left, uint32_t l, const keel_json_tree *right, uint32_t r)
{
    return same_bytes(left, &left->nodes[l], right, &right->nodes[r]) ||
           equal_canonical(left, l, right, r);
}

static bool
equal_nodes(const keel_json_tree *left, uint32_t l, const keel_json_tree *right, uint32_t r)
{
    const keel_json_node *a = &left->nodes[l], *b = &right->nodes[r];

    if (a->kind != b->kind)
        return false;
    switch ((keel_json_kind)a->kind) {
    case KEEL_JSON_OBJECT:
        return equal_objects(left, l, right, r);
    case KEEL_JSON_ARRAY:
        return equal_arrays(left, l, right, r);
    case KEEL_JSON_NUMBER:
        return equal_numbers(left, l, right, r);
    case KEEL_JSON_STRING:
        if (!a->escaped && !b->escaped)
            return same_bytes(left, a, right, b);
        return equal_canonical(left, l, right, r);
    case KEEL_JSON_NULL:
    case KEEL_JSON_FALSE:
    case KEEL_JSON_TRUE:
        break;
    }
    return true;
}

bool keel_json_equal(const void *left, size_t left_size, const void *right, size_t right_size)
{
    keel_json_tree a, b;

    if (!keel_json_tree_read(&a, left, left_size))
        return false;
    bool equal = keel_json_tree_read(&b, right, right_size);
    if (equal) {
        equal = equal_nodes(&a, 0, &b, 0);
        keel_json_tree_free(&b);
    }
    keel_json_tree_free(&a);
    return equal;
}
