/* What the catalogue says about a statement that no transaction takes: has it been done, what has a failed attempt left,
 * has it worked. A kind of statement is a row of the table in outside.c. */
#ifndef KEEL_MIGRATE_OUTSIDE_H
#define KEEL_MIGRATE_OUTSIDE_H

#include "migrate/runner.h"

/* Before: removes what a failed attempt left (an INVALID index of the same name and shape). *ret_needed false: it is done
 * already, which only an earlier attempt of this step may claim (run->begun), or the statement's own IF [NOT] EXISTS. An index of
 * the same name that is another one is refused. */
bool keel_outside_prepare(keel_runner *runner, const keel_step_run *run, bool *ret_needed, keel_error *err);
/* After it has failed: what it left behind is removed; a failed unique build gets sample keys into its hint. */
bool keel_outside_clean(keel_runner *runner, const keel_step_run *run, keel_error *failed, keel_error *err);
/* After it has succeeded: is it so (indisvalid)? */
bool keel_outside_confirm(keel_runner *runner, const keel_step_run *run, keel_error *err);

#endif
