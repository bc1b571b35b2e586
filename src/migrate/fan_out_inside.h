/* What the files of the fan-out share. */
#ifndef KEEL_MIGRATE_FAN_OUT_INSIDE_H
#define KEEL_MIGRATE_FAN_OUT_INSIDE_H

#include "base/str.h"
#include "migrate/fan_out.h"

/* Appends what there is to say of a target that was begun. */
void keel_target_describe(const keel_target *target, const keel_fan_out_options *options, keel_str *out);
/* The line of a check per target, which takes the place of the target's own lines. */
void keel_target_check(const keel_target *target, keel_report *report);
/* Its findings, which name the target from then on. */
void keel_target_merge(const keel_target *target, const keel_report *report, keel_report *all);

#endif
