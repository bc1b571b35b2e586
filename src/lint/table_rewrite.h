/* Which statements write a table anew: what several rules have to know. */
#ifndef KEEL_LINT_TABLE_REWRITE_H
#define KEEL_LINT_TABLE_REWRITE_H

#include "lint/rule.h"

/* Is the default of this column definition another value for every row (or the server older than 11)? */
bool keel_lint_default_rewrites(keel_lint *lint, const keel_sql_node *column);
/* Does this ALTER COLUMN .. TYPE write the table anew? Yes, if the type that the column has is not known. */
bool keel_lint_type_rewrites(keel_lint *lint, const keel_world_table *table, const keel_sql_node *command);
/* The table that the statement writes anew, in full; NULL if none, or none that is known. */
const keel_world_table *keel_lint_rewritten(keel_lint *lint, const keel_lint_statement *s);

#endif
