/* The inside of the mapping reader: words, booleans and names read from YAML nodes with the place
 * in every error. */
#ifndef KEEL_TRANSFER_MAPPING_READER_H
#define KEEL_TRANSFER_MAPPING_READER_H

#include "transfer/mapping.h"

typedef struct keel_map_reader {
    keel_arena *arena;
    const char *file;
    keel_error *err;
} keel_map_reader;

/* `what` names the thing in errors: "columns", "match". All return false with reader->err filled.
 */
bool keel_map_expect(const keel_map_reader *reader,
                     const keel_yaml *node,
                     keel_yaml_kind kind,
                     const char *what);
/* A scalar that is not empty. */
bool keel_map_read_text(const keel_map_reader *reader,
                        const keel_yaml *node,
                        const char *what,
                        const char **ret_text);
bool keel_map_read_bool(const keel_map_reader *reader,
                        const keel_yaml *node,
                        const char *what,
                        bool *ret_value);
/* One of `words`: its index. */
bool keel_map_read_word(const keel_map_reader *reader,
                        const keel_yaml *node,
                        const char *what,
                        const char *const *words,
                        size_t count,
                        size_t *ret_index);
/* "[schema.]table", parts optionally in double quotes as in SQL; *ret_schema is NULL without one.
 */
bool keel_map_read_qualified(const keel_map_reader *reader,
                             const keel_yaml *node,
                             const char **ret_schema,
                             const char **ret_table);

/* mapping_column.c: the members of `columns` and of `set`. */
bool keel_map_read_columns(const keel_map_reader *reader,
                           const keel_yaml *node,
                           keel_map_table *table);
bool keel_map_read_sets(const keel_map_reader *reader,
                        const keel_yaml *node,
                        keel_map_table *table);

#endif
