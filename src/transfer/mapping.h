/* The mapping file: what the user says about a transfer beyond "by name". Read with place and nearest word in
 * every error; names are checked against the source and the target when the plan is made. All in one arena. */
#ifndef KEEL_TRANSFER_MAPPING_H
#define KEEL_TRANSFER_MAPPING_H

#include "base/yaml.h"
#include "convert/rule.h"

typedef enum keel_key_choice { KEEL_KEYS_AUTO, KEEL_KEYS_KEEP, KEEL_KEYS_REMAP } keel_key_choice;
const char *keel_key_choice_name(keel_key_choice choice); /* "auto", "keep", "remap" */

typedef struct keel_map_column {
    const char *source;
    const char *to; /* or NULL: same name */
    bool skip;
    const char *time_zone; /* or NULL */
    keel_epoch epoch;      /* for INTEGER and REAL cells; NONE = not stated */
    keel_misfit_policy misfit;
    const char *default_text; /* misfit DEFAULT */
    bool round, empty_is_null, allow_duplicate_keys, allow_nan, text_is_bytes;
    const keel_yaml *node; /* place, for later errors */
} keel_map_column;

typedef struct keel_map_set {
    const char *target;
    const char *value; /* bound as text and cast to the column's type; or NULL */
    const char *sql;   /* an expression on the server; or NULL */
    const keel_yaml *node;
} keel_map_set;

typedef struct keel_map_table {
    const char *source;
    bool skip;
    const char *to_schema, *to_table; /* or NULL */
    struct { const char **items; size_t count, capacity; } match; /* target column names */
    const char *where, *order;
    keel_key_choice keys;
    struct { keel_map_column *items; size_t count, capacity; } columns;
    struct { keel_map_set *items; size_t count, capacity; } sets;
    bool orphan_to_null;
    const keel_yaml *node;
} keel_map_table;

typedef struct keel_mapping {
    const char *file; /* NULL without one */
    const char *text; /* the file as it is, for journal and diff; "" without one */
    struct { keel_map_table *items; size_t count, capacity; } tables;
} keel_mapping;

/* path NULL gives the empty mapping. */
bool keel_mapping_read(keel_arena *arena, const char *path, keel_mapping **ret_mapping, keel_error *err);
/* The same from text that the journal remembers. */
bool keel_mapping_read_text(keel_arena *arena, const char *name, const char *text, keel_mapping **ret_mapping,
                            keel_error *err);
const keel_map_table *keel_mapping_table(const keel_mapping *mapping, const char *source);
const keel_map_column *keel_map_table_column(const keel_map_table *table, const char *source);

#endif
