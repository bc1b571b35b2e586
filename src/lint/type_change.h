/* Does ALTER COLUMN .. TYPE rewrite the table? Types as format_type or a statement says them. The list of changes that do
 * not is PostgreSQL's own (ATColumnChangeRequiresRewrite and the types' support functions), traced on 15. */
#ifndef KEEL_LINT_TYPE_CHANGE_H
#define KEEL_LINT_TYPE_CHANGE_H

#include <stdbool.h>

#include "base/arena.h"

typedef enum keel_type_change {
    KEEL_TYPE_SAME,
    KEEL_TYPE_FREE,     /* the catalogue alone changes */
    KEEL_TYPE_ZONE,     /* timestamp <-> timestamptz: free if the session's TimeZone is UTC */
    KEEL_TYPE_REWRITE,
} keel_type_change;

keel_type_change keel_type_change_of(keel_arena *arena, const char *from, const char *to);
/* Do clients see the same type? Lengths and precisions do not count, nor does text beside varchar. */
bool keel_type_same_for_clients(keel_arena *arena, const char *from, const char *to);

#endif
