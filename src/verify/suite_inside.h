/* The inside of the suite reader: a suite is made of maps of settings, and each of those is read from a table. */
#ifndef KEEL_VERIFY_SUITE_INSIDE_H
#define KEEL_VERIFY_SUITE_INSIDE_H

#include "base/yaml_reader.h"
#include "verify/suite.h"

typedef enum keel_setting_kind {
    KEEL_SETTING_TEXT,     /* const char *: not empty */
    KEEL_SETTING_PIECE,    /* const char *: a piece of SQL (a type, an expression) whose parentheses close */
    KEEL_SETTING_QUERY,    /* const char *: a statement, without a semicolon at its end */
    KEEL_SETTING_NAMES,    /* keel_suite_names: one text or a list of them */
    KEEL_SETTING_PIECES,   /* keel_suite_names: the same of pieces of SQL: the keys of an index */
    KEEL_SETTING_BOOL,     /* bool */
    KEEL_SETTING_SEVERITY, /* keel_severity */
    KEEL_SETTING_NODE,     /* const keel_yaml *: the caller reads it */
} keel_setting_kind;

typedef struct keel_suite_setting {
    const char *key;
    keel_setting_kind kind;
    void *value; /* stays as it is if the setting is not there */
} keel_suite_setting;

/* Reads a map that has these settings and no others. what: "table \"t\""; prefix: "t.indexes", for "t.indexes.name".
 */
bool keel_suite_read_settings(const keel_yaml_reader *reader, const keel_yaml *map, const char *what,
                              const char *prefix, const keel_suite_setting *settings, size_t count);
/* One text or a list of texts; none twice, none empty. */
bool keel_suite_read_names(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                           keel_suite_names *ret_names);
bool keel_suite_read_query(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                           const char **ret_sql);
/* "[schema.]table"; *ret_schema is NULL without one. */
bool keel_suite_read_qualified(const keel_yaml_reader *reader, const keel_yaml *node, const char *text,
                               const char **ret_schema, const char **ret_name);
keel_suite_place keel_suite_place_of(const keel_yaml_reader *reader, const keel_yaml *node);
void keel_suite_names_add(keel_arena *arena, keel_suite_names *names, const char *name);

/* What a reader of a table's setting is: node is its value, what its path "t.indexes". */
typedef bool keel_suite_table_reader(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                                     keel_suite_table *table);
/* Reads every item of a list, which must have one, or the one thing that is no list. */
bool keel_suite_each(const keel_yaml_reader *reader, const keel_yaml *node, const char *what, keel_suite_table *table,
                     keel_suite_table_reader *read_item);
keel_suite_table_reader keel_suite_read_columns, keel_suite_read_primary_key, keel_suite_read_unique,
    keel_suite_read_indexes, keel_suite_read_constraints, keel_suite_read_foreign_keys, keel_suite_read_allowed,
    keel_suite_read_times, keel_suite_read_count, keel_suite_read_partitions, keel_suite_read_audit;

bool keel_suite_read_tables(const keel_yaml_reader *reader, const keel_yaml *node, keel_suite *suite);
bool keel_suite_read_rules(const keel_yaml_reader *reader, const keel_yaml *node, keel_suite *suite);
bool keel_suite_read_statements(const keel_yaml_reader *reader, const keel_yaml *node, keel_suite *suite);

#endif
