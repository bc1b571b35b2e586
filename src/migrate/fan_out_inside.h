/* What the files of the fan-out share. */
#ifndef KEEL_MIGRATE_FAN_OUT_INSIDE_H
#define KEEL_MIGRATE_FAN_OUT_INSIDE_H

#include <pthread.h>

#include "base/map.h"
#include "base/str.h"
#include "migrate/fan_out.h"

/* A run over many targets. */
typedef struct keel_fan {
    const keel_fan_out_options *options;
    keel_migrate_options common; /* of every target, with the folder */
    bool writes;                 /* else it only looks: no canary, no stop */
    keel_targets *targets;
    keel_report **reports; /* of the targets; one worker each */
    keel_progress *progress;
    pthread_mutex_t lock; /* everything below, and what a target keeps in the arena */
    keel_arena *arena;
    keel_map *texts; /* labels and versions, which are the same in most targets */
    size_t next;
    size_t failed;
    const char *closed; /* why no other target is begun, or NULL */
} keel_fan;

/* Was it asked to stop? */
bool keel_fan_requested(const keel_fan *f);
/* Does what is to be done with a target, and fills it; closes the run if no other may be begun. */
void keel_fan_run_target(keel_fan *f, keel_target *target);

/* Appends what there is to say of a target that was begun. */
void keel_target_describe(const keel_target *target,
                          const keel_fan_out_options *options,
                          keel_str *out);
/* The line of a check per target, which takes the place of the target's own lines. */
void keel_target_check(const keel_target *target, keel_report *report);
/* Its findings, which name the target from then on. */
void keel_target_merge(const keel_target *target, const keel_report *report, keel_report *all);

#endif
