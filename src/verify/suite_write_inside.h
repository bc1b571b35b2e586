/* What the files of the suite writer share. */
#ifndef KEEL_VERIFY_SUITE_WRITE_INSIDE_H
#define KEEL_VERIFY_SUITE_WRITE_INSIDE_H

#include "verify/indexes.h"
#include "verify/suite_write.h"
#include "verify/suite_yaml.h"

typedef struct keel_suite_writer {
    keel_arena *arena;
    keel_check_database db;
    keel_index_list indexes;
    keel_str *out;
    keel_suite_written *written;
} keel_suite_writer;

/* "[a, b]", or "a" alone. */
void keel_suite_write_columns(keel_suite_writer *w, const keel_pg_table *table, const int *columns, size_t count);
/* suite_write_index.c: `unique` and `indexes`. */
void keel_suite_write_indexes(keel_suite_writer *w, const keel_pg_table *table);
/* suite_write_constraint.c: `constraints`, `foreign_keys` and `allowed`. */
void keel_suite_write_constraints(keel_suite_writer *w, const keel_pg_table *table);
void keel_suite_write_foreign_keys(keel_suite_writer *w, const keel_pg_table *table);
void keel_suite_write_allowed(keel_suite_writer *w, const keel_pg_table *table);
/* The strings of `column = ANY (ARRAY['a'::text, ...])` as pg_get_expr prints it; false for any other expression. */
bool keel_suite_read_in_list(keel_arena *arena, const char *check_sql, const char *column, const char ***ret_values,
                             size_t *ret_count);

#endif
