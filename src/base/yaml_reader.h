/* What every reader of a YAML schema does with a node: expects a kind, takes a text, a word out of a list, a number
 * or a list of names, and names the place and the nearest word when it cannot. All return false with reader->err
 * filled. `what` names the thing in errors: "columns", "match". */
#ifndef KEEL_BASE_YAML_READER_H
#define KEEL_BASE_YAML_READER_H

#include <stdint.h>

#include "base/yaml.h"

typedef struct keel_yaml_reader {
    keel_arena *arena;
    const char *file;
    keel_error *err;
} keel_yaml_reader;

bool keel_yaml_expect(const keel_yaml_reader *reader, const keel_yaml *node, keel_yaml_kind kind, const char *what);
/* A scalar that is not empty. */
bool keel_yaml_read_string(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                           const char **ret_text);
/* `false` or `true`. */
bool keel_yaml_read_bool(const keel_yaml_reader *reader, const keel_yaml *node, const char *what, bool *ret_value);
bool keel_yaml_read_int(const keel_yaml_reader *reader, const keel_yaml *node, const char *what, int64_t least,
                        int64_t most, int64_t *ret_value);
/* One of `words`: its index. */
bool keel_yaml_read_word(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                         const char *const *words, size_t count, size_t *ret_index);
/* True for a node that says nothing: `key:`. */
bool keel_yaml_is_empty(const keel_yaml *node);

/* Splits "[a.]b", parts optionally in double quotes as in SQL and otherwise as they stand, into at most `most` parts.
 * 0 if it is no such name; most + 1 if it has more parts. */
size_t keel_yaml_split_name(keel_arena *arena, const char *text, const char **parts, size_t most);

#endif
