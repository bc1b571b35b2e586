/* A text without what the eye does not tell apart: blanks at its ends, how many stand inside, and case. */
#ifndef KEEL_VERIFY_CHECKS_FOLDED_H
#define KEEL_VERIFY_CHECKS_FOLDED_H

#include "base/arena.h"
#include "base/str.h"

/* Blanks of any kind (tabs, no-break, wide and zero-width ones too) become one space, or nothing at the ends. Letters
 * of Latin, Greek and Cyrillic become small ones; a single letter stays as it is: 'A' and 'a' may be two codes. */
const char *keel_folded(keel_arena *arena, const char *text);

#endif
