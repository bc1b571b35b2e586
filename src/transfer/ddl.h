/* What the planner and the run ask about statements besides keel_plan_ddl (plan.h). */
#ifndef KEEL_TRANSFER_DDL_H
#define KEEL_TRANSFER_DDL_H

#include "transfer/plan.h"

/* The expression of a generated column of `table` in words of PostgreSQL, for GENERATED ALWAYS AS
 * (...) STORED; it may refer to those columns of table->columns that are not generated themselves.
 * *ret_note may be NULL, or says what differs. false: it cannot be carried, *ret_note says why, and
 * *ret_sql is untouched. */
bool keel_ddl_generated_sql(keel_arena *arena,
                            const keel_plan_table *table,
                            const keel_sqlite_column *column,
                            const char **ret_sql,
                            const char **ret_note);

/* The statement that makes the plan's schema, or NULL if it stands already. */
const char *keel_plan_create_schema_sql(const keel_plan *plan);

#endif
