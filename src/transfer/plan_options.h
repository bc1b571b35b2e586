/* The options of a plan as the journal remembers them with a run, so that resume, verify and undo
 * make the same plan again: {"schema": .. (left out without one), "only": [..], "exclude": [..],
 * "keys": "auto|keep|remap", "no_create": bool, "triggers": "fire|skip"}. */
#ifndef KEEL_TRANSFER_PLAN_OPTIONS_H
#define KEEL_TRANSFER_PLAN_OPTIONS_H

#include "transfer/plan.h"

void keel_plan_options_to_json(const keel_plan_options *options, keel_str *out);
/* source_path and scan are not part of it and stay as they are. Unknown members are ignored: a
 * newer pgkeel may have written them. Errors are INTERNAL: nobody but us writes it. */
bool keel_plan_options_from_json(keel_arena *arena,
                                 const char *json,
                                 keel_plan_options *options,
                                 keel_error *err);

#endif
