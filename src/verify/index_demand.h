/* The index that a suite means: by its definition, whatever its name. */
#ifndef KEEL_VERIFY_INDEX_DEMAND_H
#define KEEL_VERIFY_INDEX_DEMAND_H

#include "verify/demand.h"
#include "verify/indexes.h"

enum { KEEL_INDEX_DESCENDING = 1, KEEL_INDEX_NULLS_FIRST = 2 }; /* bits of pg_index.indoption */

/* One key of a demanded index: "lower(name) collate \"C\" text_pattern_ops desc nulls last". */
typedef struct keel_index_wish {
    const keel_pg_column *column; /* NULL: an expression */
    const char *expression;
    const char *collation, *opclass; /* or NULL */
    int order;                       /* as in keel_index_key */
} keel_index_wish;
/* index_wish.c */
void keel_index_wish_read(keel_check_run *run, const keel_pg_table *table, const char *key,
                          keel_index_wish *ret_wish);

/* Finds the indexes of `demand->table` that serve: *ret_usable one that is valid, *ret_unusable one that would if it
 * were; NULL if there is none. *ret_refusal: what the server said against a key or predicate of the suite, or NULL.
 */
bool keel_index_demand_find(keel_check_run *run, const keel_index_list *list, const keel_demand *demand,
                            const keel_suite_index *wanted, const keel_index_facts **ret_usable,
                            const keel_index_facts **ret_unusable, const char **ret_refusal, keel_error *err);

/* "CREATE UNIQUE INDEX CONCURRENTLY name ON table USING gin (...) INCLUDE (...) WHERE ...;" */
const char *keel_index_demand_sql(keel_check_run *run, const keel_demand *demand, const keel_suite_index *wanted);
/* "gin (a, b) WHERE ..." for people. */
const char *keel_index_demand_words(keel_check_run *run, const keel_suite_index *wanted);

#endif
