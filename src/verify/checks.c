#include <string.h>

#include "verify/check.h"

/* One line per check: NAME of keel_check_NAME. The report has them in this order. */
#define CHECKS(X)                         \
    X(schema_table_missing)               \
    X(schema_column_missing)              \
    X(schema_column_type)                 \
    X(schema_column_nullable)             \
    X(schema_column_default)              \
    X(schema_primary_key)                 \
    X(schema_index_missing)               \
    X(schema_constraint_missing)          \
    X(schema_trigger_missing)             \
    X(schema_statement)                   \
    X(schema_role_missing)                \
    X(schema_extension_missing)           \
    X(schema_no_primary_key)              \
    X(schema_check_never_false)           \
    X(schema_check_not_validated)         \
    X(schema_duplicate_index)             \
    X(schema_function_body)               \
    X(schema_invalid_index)               \
    X(schema_jsonb_btree)                 \
    X(schema_missing_role)                \
    X(schema_naive_timestamp)             \
    X(schema_partition_coverage)          \
    X(schema_sequence_behind)             \
    X(schema_sequence_near_end)           \
    X(schema_unused_index)                \
    X(data_duplicate_keys)                \
    X(data_null_values)                   \
    X(data_check_violated)                \
    X(data_allowed_values)                \
    X(data_json_shapes)                   \
    X(data_time_range)                    \
    X(data_value_variants)                \
    X(data_key_blanks)                    \
    X(data_transfer_accounting)           \
    X(relationships_orphans)              \
    X(relationships_no_index)             \
    X(relationships_not_validated)        \
    X(relationships_foreign_key_missing)  \
    X(relationships_foreign_key_actions)  \
    X(business_count)                     \
    X(business_audit_trail)               \
    X(business_rule)                      \
    X(baseline_rows)                      \
    X(baseline_hashes)                    \
    X(baseline_schema)                    \
    X(baseline_constraints)               \
    X(baseline_indexes)                   \
    X(baseline_triggers)                  \
    X(baseline_sequences)                 \
    X(baseline_sizes)

#define X(name) extern const keel_check keel_check_##name;
CHECKS(X)
#undef X

const keel_check *const keel_checks[] = {
#define X(name) &keel_check_##name,
    CHECKS(X)
#undef X
    NULL,
};

const keel_check *keel_check_find(const char *id)
{
    for (size_t i = 0; keel_checks[i] != NULL; i++)
        if (strcmp(keel_checks[i]->id, id) == 0)
            return keel_checks[i];
    return NULL;
}
