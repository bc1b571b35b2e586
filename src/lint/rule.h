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

/* The next subcommand of an ALTER TABLE with this subtype ("AT_SetNotNull"), from *at on, which is moved behind it; NULL
 * behind the last. Start with 0. */
const keel_sql_node *keel_lint_command(const keel_lint_statement *s, const char *subtype, size_t *at);
/* The next constraint of this contype that the statement adds: by ADD CONSTRAINT, or behind a column that it adds
 * (*ret_column then is the ColumnDef, else NULL). Start with 0. */
const keel_sql_node *keel_lint_constraint(const keel_lint_statement *s, const char *contype, size_t *at,
                                          const keel_sql_node **ret_column);
/* The constraint of this contype behind a column's definition, or NULL. */
const keel_sql_node *keel_lint_column_constraint(const keel_sql_node *column, const char *contype);
/* The table that the statement's "relation" is, or NULL. */
const keel_world_table *keel_lint_table(const keel_lint *lint, const keel_lint_statement *s);
bool keel_lint_made_here(const keel_world_table *table);

/* A finding about the statement's own relation, weighed by its size, which the message's end tells; nothing about a table
 * that the run has made. */
void keel_lint_blocks(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *at, keel_severity worst,
                      const char *remedy, const char *message_fmt, ...) KEEL_PRINTF(6, 7);
/* The same where size does not matter: brief locks, clients that break. */
void keel_lint_says(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *at, keel_severity severity,
                    const char *remedy, const char *message_fmt, ...) KEEL_PRINTF(6, 7);

/* Names given as a list of String nodes: "a, b", quoted where they must be. */
const char *keel_lint_names(keel_lint *lint, const keel_sql_node *node, const char *key);
/* The type of a column definition as it was written: "numeric(12,2)". */
const char *keel_lint_type(keel_lint *lint, const keel_sql_node *column);
/* A finding for each column of this type that the statement makes or adds; "serial" stands for all sizes of it. */
void keel_lint_column_types(keel_lint *lint, const keel_lint_statement *s, const char *type, keel_severity severity,
                            const char *what, const char *remedy);
/* A WARNING for each subcommand of this subtype about a column or constraint that was there before the run, but for the
 * helper CHECK of a SET NOT NULL: BEFORE "name" AFTER. */
void keel_lint_loses(keel_lint *lint, const keel_lint_statement *s, const char *subtype, const char *before,
                     const char *after, const char *remedy);
/* Does a live query that takes one text answer true? False in text mode, and when it cannot be asked. */
bool keel_lint_ask(keel_lint *lint, const char *sql, const char *argument);

#endif
