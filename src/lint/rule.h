/* What rules share beside the contract. */
#ifndef KEEL_LINT_RULE_H
#define KEEL_LINT_RULE_H

#include "lint/lint.h"

/* "schema.table" or "table" of a RangeVar member, as people write it: quoted where it must be. */
const char *keel_lint_relation(keel_lint *lint, const keel_sql_node *node, const char *key);
/* An identifier, quoted only where it must be. */
const char *keel_lint_name(keel_lint *lint, const char *name);
/* The statement with `text` put behind its first keyword `word` (lower case); unchanged if it has none. */
const char *keel_lint_insert_after_word(keel_arena *arena, const keel_lint_statement *s, const char *word,
                                        const char *text);

#endif
