/* The foreign key that a suite means: by its columns and its parent, whatever its name. */
#ifndef KEEL_VERIFY_FOREIGN_KEY_DEMAND_H
#define KEEL_VERIFY_FOREIGN_KEY_DEMAND_H

#include "verify/demand.h"

/* The table that the demand references, or NULL. */
const keel_pg_table *keel_demand_parent(keel_check_run *run, const keel_demand *demand,
                                        const keel_suite_reference *wanted);
/* A foreign key over these pairs of columns, one that is validated if there is any; or NULL. */
const keel_pg_constraint *keel_demand_foreign_key(const keel_demand *demand, const keel_suite_reference *wanted,
                                                  const keel_pg_table *parent);

#endif
