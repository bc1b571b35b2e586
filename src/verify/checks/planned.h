/* Columns whose times lie ahead by their nature: expires_at, valid_until, next_run. */
#ifndef KEEL_VERIFY_CHECKS_PLANNED_H
#define KEEL_VERIFY_CHECKS_PLANNED_H

#include "pg/catalog.h"

/* By a word of its name, or by a default that adds an interval. A name that also says that something has happened
 * ("period_created_at") is no plan. */
bool keel_is_planned(const keel_pg_column *column);

#endif
