/* Progress of long work, on stderr: a bar with rate and ETA on a terminal, a plain line every 5 s elsewhere,
 * nothing when quiet. Workers call keel_progress_add from any thread (one relaxed atomic add); a thread of
 * the progress itself draws, so work never waits for the terminal. */
#ifndef KEEL_REPORT_PROGRESS_H
#define KEEL_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

typedef struct keel_progress keel_progress;

/* `quiet` gives an object that shows nothing. Never NULL. */
keel_progress *keel_progress_create(bool quiet, bool color);
/* The progress of one of many that work at once: it draws nothing, its notes are the parent's with "name: " in front.
 * Both are borrowed, and live longer. */
keel_progress *keel_progress_part(keel_progress *parent, const char *name);
void keel_progress_free(keel_progress *progress); /* ends the bar's line */
KEEL_DEFINE_CLEANUP(keel_progress, keel_progress_free);

/* Starts a phase ("data", "indexes", "verify", "undo"): unit is "rows", total 0 = unknown. */
void keel_progress_phase(keel_progress *progress, const char *phase, const char *unit, uint64_t total);
void keel_progress_total(keel_progress *progress, uint64_t total);
void keel_progress_add(keel_progress *progress, uint64_t done);
/* One line of log that does not tear the bar ("note: ..."), printf style, without newline. */
void keel_progress_note(keel_progress *progress, const char *fmt, ...) KEEL_PRINTF(2, 3);

#endif
