/* migrate verify: are the files those that were applied, and is the schema as the last run left it? */
#ifndef KEEL_MIGRATE_VERIFY_H
#define KEEL_MIGRATE_VERIFY_H

#include "migrate/migrate.h"

/* Checks, as lines and findings of the report: migrate.files (edited, missing, late, twice), migrate.interrupted (what was
 * begun and not ended), migrate.drift (each object that is not as the last run left it). Reads only. */
bool keel_migrate_verify(keel_arena *arena, const keel_migrate_options *options, keel_report *report,
                         const keel_work **ret_work, keel_error *err);

#endif
