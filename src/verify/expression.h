/* Are two expressions the same to PostgreSQL? Both are given to its planner as outputs of one EXPLAIN over an empty
 * set of the table's row type, and compared as it prints them: with their casts, constants folded, names resolved. So
 * `status IN ('a', 'b')` equals what the catalogue calls (status)::text = ANY ((ARRAY['a'::character varying,
 * ...])::text[]). Nothing is executed, no table is opened, and no right on it is needed. The order of the members of
 * a list does not count, and now() is CURRENT_TIMESTAMP. */
#ifndef KEEL_VERIFY_EXPRESSION_H
#define KEEL_VERIFY_EXPRESSION_H

#include "verify/check.h"

/* Which of `count` expressions (from the catalogue) equal `wanted` (from a suite): ret_same[i]. cast: the type that
 * all of them become first ("numeric(20,2)"), or NULL. If the server refuses `wanted`, *ret_refusal is why, in the
 * arena, and none is equal; else it is NULL. Expressions may name columns with or without the table's name. */
bool keel_expression_compare(keel_check_run *run, const keel_pg_table *table, const char *cast, const char *wanted,
                             const char *const *actual, size_t count, bool *ret_same, const char **ret_refusal,
                             keel_error *err);

/* What the comparison does to one printed expression: lists in order, one name for the time of the transaction. */
const char *keel_expression_settle(keel_arena *arena, const char *printed);

#endif
