/* CHECKs that are NOT VALID: the server holds new rows to them and never looked at the old ones. */
#ifndef KEEL_VERIFY_CHECKS_NOT_VALID_H
#define KEEL_VERIFY_CHECKS_NOT_VALID_H

#include "verify/row_sql.h"

/* The column that this constraint promises to be free of NULLs: CHECK (x IS NOT NULL), or NOT NULL x of PostgreSQL
 * 18, and not yet validated. NULL = it is valid, or promises something else. */
const keel_pg_column *keel_not_valid_column(const keel_pg_table *table, const keel_pg_constraint *constraint);
/* Any other CHECK that is not validated. */
bool keel_not_valid_check(const keel_pg_table *table, const keel_pg_constraint *constraint);

#endif
