/* JSON text as a flat tree: nodes in the order of the text, each knowing where its subtree ends.
 * This is the reader of the verify path; the scan of the write path (json.c) shares nothing with
 * it. Strings stay escaped. */
#ifndef KEEL_CONVERT_JSON_TREE_H
#define KEEL_CONVERT_JSON_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

typedef enum keel_json_kind {
    KEEL_JSON_NULL,
    KEEL_JSON_FALSE,
    KEEL_JSON_TRUE,
    KEEL_JSON_NUMBER,
    KEEL_JSON_STRING,
    KEEL_JSON_ARRAY,
    KEEL_JSON_OBJECT,
} keel_json_kind;

typedef struct keel_json_node {
    uint32_t start, end; /* bytes of the text; of a string without its quotes */
    uint32_t next;       /* the node behind its subtree */
    uint32_t count;      /* items, or members (each a string node and a value) */
    uint8_t kind;
    bool escaped; /* a string with a backslash */
} keel_json_node;

enum { KEEL_JSON_NODES_AT_HAND = 96 };

typedef struct keel_json_tree {
    const char *text;
    keel_json_node *nodes; /* nodes[0] is the root */
    uint32_t count, room;
    keel_json_node at_hand[KEEL_JSON_NODES_AT_HAND];
} keel_json_tree;

/* Text of at most 4 GB that stays with the caller. false (and nothing to free) if it is not valid
 * JSON. */
bool keel_json_tree_read(keel_json_tree *tree, const void *text, size_t size);
void keel_json_tree_free(keel_json_tree *tree);

/* Appends the characters that a string node stands for; lone surrogates as if they were characters.
 */
void keel_json_tree_string(const keel_json_tree *tree, const keel_json_node *node, keel_str *out);
/* Appends the subtree in canonical form. */
void keel_json_tree_canonical(const keel_json_tree *tree, uint32_t node, keel_str *out);
/* Appends a number in normal form: [-]digits[e[-]exponent] without zeros at the end of the digits.
 */
void keel_json_number_canonical(const char *token, size_t size, keel_str *out);
/* Are two JSON values equal? false also if one of them is not JSON. */
bool keel_json_equal(const void *left, size_t left_size, const void *right, size_t right_size);

#endif
