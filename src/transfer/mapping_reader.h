/* The inside of the mapping reader; what it shares with other readers of YAML is base/yaml_reader.h. */
#ifndef KEEL_TRANSFER_MAPPING_READER_H
#define KEEL_TRANSFER_MAPPING_READER_H

#include "base/yaml_reader.h"
#include "transfer/mapping.h"

/* "[schema.]table", parts optionally in double quotes as in SQL; *ret_schema is NULL without one.
 */
bool keel_map_read_qualified(const keel_yaml_reader *reader,
                             const keel_yaml *node,
                             const char **ret_schema,
                             const char **ret_table);

/* mapping_column.c: the members of `columns` and of `set`. */
bool keel_map_read_columns(const keel_yaml_reader *reader,
                           const keel_yaml *node,
                           keel_map_table *table);
bool keel_map_read_sets(const keel_yaml_reader *reader,
                        const keel_yaml *node,
                        keel_map_table *table);

#endif
