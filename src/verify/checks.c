#include <string.h>

#include "verify/check.h"

/* One line per check: NAME of keel_check_NAME. The report has them in this order. */
#define CHECKS(X)           \
    X(schema_no_primary_key)      \
    X(data_duplicate_keys)        \
    X(data_null_values)           \
    X(data_check_violated)        \
    X(data_allowed_values)        \
    X(data_json_shapes)           \
    X(data_time_range)            \
    X(data_value_variants)        \
    X(data_key_blanks)            \
    X(relationships_orphans)

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
