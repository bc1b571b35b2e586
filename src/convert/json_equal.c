/* Equality of two JSON values over their trees; the canonical text decides in odd cases only. */
#include "convert/json_tree.h"

enum { MOST_BY_SEARCH = 32 };

static bool
equal_nodes(const keel_json_tree *left, uint32_t l, const keel_json_tree *right, uint32_t r);

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
