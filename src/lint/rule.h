/* What rules share beside the contract. */
#ifndef KEEL_LINT_RULE_H
#define KEEL_LINT_RULE_H

#include "lint/alter_text.h"
#include "lint/rewrite.h"

/* "schema.table" or "table" of a RangeVar member, as people write it: quoted where it must be. */
const char *keel_lint_relation(keel_lint *lint, const keel_sql_node *node, const char *key);
/* An identifier, quoted only where it must be. */
const char *keel_lint_name(keel_lint *lint, const char *name);

/* The next subcommand of an ALTER TABLE with this subtype ("AT_SetNotNull"), from *at on, which is moved behind it; NULL
 * behind the last. Start with 0. */
const keel_sql_node *keel_lint_command(const keel_lint_statement *s, const char *subtype, size_t *at);
/* The next constraint of this contype that a CREATE TABLE or ALTER TABLE adds: one of its own, or behind a column that it
 * makes (*ret_column then is the ColumnDef, else NULL). Start with 0. */
const keel_sql_node *keel_lint_constraint(const keel_lint_statement *s, const char *contype, size_t *at,
                                          const keel_sql_node **ret_column);
/* The constraint of this contype behind a column's definition, or NULL. */
const keel_sql_node *keel_lint_column_constraint(const keel_sql_node *column, const char *contype);
/* The next column (a ColumnDef) that a CREATE TABLE makes or an ALTER TABLE adds; NULL behind the last. Start with 0. */
const keel_sql_node *keel_lint_new_column(const keel_lint_statement *s, size_t *at);
/* Does a column that is added get values by itself: a default, an identity, a generated value? */
bool keel_lint_column_filled(const keel_sql_node *column);
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

/* The remedy of a finding as SQL: the statement rewritten, in the arena. The finding that is given this very text takes the
 * rewrite along. NULL if the statement's text does not bear it. Where values of variables stand in it, only
 * words, and no rewrite. */
const char *keel_lint_rewrite(keel_lint *lint, const keel_rewrite *rewrite);

/* The name that PostgreSQL gives to what the statement leaves nameless: "t_a_check", "t_a_check1" if that is taken. Asked
 * about the same node again, the same name. NULL if it cannot be known. `columns`: "a", "a_b", "" for none; label: "check",
 * "fkey", "key", "pkey". */
const char *keel_lint_choose_name(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *nameless,
                                  const char *columns, const char *label);
/* Its inside: the names chosen so far in this run. */
const char *keel_lint_name_given(const keel_lint *lint, const keel_sql_node *nameless); /* or NULL */
bool keel_lint_name_is_given(const keel_lint *lint, const char *name);
void keel_lint_give_name(keel_lint *lint, const keel_sql_node *nameless, const char *name);
/* Its name, or what keel_lint_choose_name says, both unquoted. `column`: the ColumnDef that it stands behind, or NULL. */
const char *keel_lint_constraint_name(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *def,
                                      const keel_sql_node *column);
/* Of a table and two words, not longer than a name may be: "t_a_nn". */
const char *keel_lint_object_name(keel_arena *arena, const char *table, const char *columns, const char *label);

/* Names given as a list of String nodes: "a, b", quoted where they must be. */
const char *keel_lint_names(keel_lint *lint, const keel_sql_node *node, const char *key);
/* The type of a column definition as it was written: "numeric(12,2)". */
const char *keel_lint_type(keel_lint *lint, const keel_sql_node *column);
/* A finding for each column of this type that the statement makes or adds; "serial" stands for all sizes of it, "varchar(n)"
 * for one with a length. */
void keel_lint_column_types(keel_lint *lint, const keel_lint_statement *s, const char *type, keel_severity severity,
                            const char *what, const char *remedy);
/* A WARNING for each subcommand of this subtype about a column or constraint that was there before the run, but for the
 * helper CHECK of a SET NOT NULL: BEFORE "name" AFTER. */
void keel_lint_loses(keel_lint *lint, const keel_lint_statement *s, const char *subtype, const char *before,
                     const char *after, const char *remedy);
/* safe_form.c: the rewrites that several rules need, as the remedy of the finding; NULL: there is none for this statement.
 * A constraint of the statement's own (CHECK, FOREIGN KEY) added NOT VALID and validated behind it. */
const char *keel_safe_not_valid(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *def);
/* A constraint (CHECK, FOREIGN KEY, UNIQUE) behind a column that is added, added by itself after it. */
const char *keel_safe_moved(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *column,
                            const keel_sql_node *def);
/* UNIQUE or PRIMARY KEY of the statement's own by way of an index that is built CONCURRENTLY. */
const char *keel_safe_key(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *def);
/* The statement as it is, at the start of a step. */
const char *keel_safe_step(keel_lint *lint, const keel_lint_statement *s);
/* Statements that make a column NOT NULL without a scan under a strong lock. head: "ALTER TABLE t". */
const char *keel_safe_not_null(keel_lint *lint, const keel_lint_statement *s, const char *head, const char *column);

/* The one text that a live query of one text answers, in the arena; NULL in text mode, and when there is none. */
const char *keel_lint_ask_text(keel_lint *lint, const char *sql, const char *argument);
/* Was the table, or the table of the index, there before the run, as far as is known? */
bool keel_lint_was_there(const keel_lint *lint, const keel_sql_relation *relation);
/* The first statement in front of this one, in its file if `same_file`, that is of this kind and about the same relation; or
 * NULL. */
const keel_lint_statement *keel_lint_earlier(const keel_lint *lint, const keel_lint_statement *s, const char *kind,
                                             bool same_file);
/* rule_live.c: the live database is asked. Is somebody else's transaction older than what the run takes for in the way (keel_lint_options)? */
bool keel_lint_is_old(const keel_lint *lint, const keel_world_session *session);
/* A bounded look at the live database: one statement in a READ ONLY transaction that is rolled back, cut after 3 seconds and
 * after 500 ms of waiting for a lock. NULL if there is no answer: in text mode, on failure, and when it was cut (*ret_slow,
 * which may be NULL). The caller frees it. */
keel_pg_result *keel_lint_probe(keel_lint *lint, const char *sql, int count, const char *const *params, bool *ret_slow);
/* Does a live query that takes one text answer true? False in text mode, and when it cannot be asked. */
bool keel_lint_ask(keel_lint *lint, const char *sql, const char *argument);

#endif
