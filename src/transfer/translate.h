/* A SQLite expression as PostgreSQL SQL, carried only if it means the same in both databases;
 * otherwise the reason why not. A whitelist: whatever is not known to be equal differs. Results
 * live in the caller's arena. */
#ifndef KEEL_TRANSFER_TRANSLATE_H
#define KEEL_TRANSFER_TRANSLATE_H

#include "base/arena.h"
#include "pg/catalog.h"
#include "sqlite/schema.h"

/* What a column of the expression's table is in the target. */
typedef struct keel_translate_column {
    const char *source_name;
    const char *target_name;
    const keel_pg_type *type;
    keel_affinity affinity;
    const char *collation; /* SQLite's */
} keel_translate_column;

typedef enum keel_translate_use {
    KEEL_TRANSLATE_CHECK,
    KEEL_TRANSLATE_DEFAULT,
    KEEL_TRANSLATE_GENERATED,
    KEEL_TRANSLATE_INDEX,
    KEEL_TRANSLATE_PREDICATE,
} keel_translate_use;

typedef enum keel_translate_outcome {
    KEEL_TRANSLATED,
    KEEL_TRANSLATE_IMPLIED, /* the target type already guarantees it: CHECK (flag IN (0,1)) on
                             * boolean, CHECK (json_valid(x)) on jsonb, CHECK (length(x) <= n) on
                             * varchar(n) or shorter */
    KEEL_TRANSLATE_DIFFERS,
} keel_translate_outcome;

/* `wanted` is the type of a DEFAULT's or generated column, else NULL. *ret_sql is set if
 * TRANSLATED. *ret_note says what was done to keep the meaning ("lower() folds ASCII only, kept by
 * COLLATE "C"", NULL if nothing) or, if it DIFFERS, why. */
keel_translate_outcome keel_translate(keel_arena *arena,
                                      keel_translate_use use,
                                      const keel_expr *expr,
                                      const keel_translate_column *columns,
                                      size_t count,
                                      const keel_pg_type *wanted,
                                      const char **ret_sql,
                                      const char **ret_note);

#endif
