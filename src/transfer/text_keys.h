/* Key maps whose keys are not integers, as the pairwise text[] arrays of a chunk's journal row. */
#ifndef KEEL_TRANSFER_TEXT_KEYS_H
#define KEEL_TRANSFER_TEXT_KEYS_H

#include "transfer/plan.h"

typedef struct keel_text_keys {
    keel_str olds, news; /* array literals; "" until the first key */
} keel_text_keys;

void keel_text_keys_add(keel_text_keys *keys, const keel_plan_table *table, const char *old, const keel_new_key *new);
void keel_text_keys_finish(keel_text_keys *keys);
void keel_text_keys_free(keel_text_keys *keys);
/* Puts the journal's pairs into the map again. */
void keel_text_keys_restore(const keel_plan_table *table, keel_keymap *map, const char *olds, const char *news);

#endif
