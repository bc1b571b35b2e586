/* Heap memory for the tool (never for libpgkeel, which returns its out-of-memory errors). The tool may die at
 * any instant without losing a row (design: the journal), so running out of memory ends the process with a
 * message and exit code 2 instead of an error path through every caller. */
#ifndef KEEL_BASE_MEMORY_H
#define KEEL_BASE_MEMORY_H

#include <stddef.h>

#include "base/macros.h"
#include <stdlib.h>

KEEL_NEVER_NULL void *keel_alloc(size_t size);                               /* not zeroed */
KEEL_NEVER_NULL void *keel_alloc_zero(size_t count, size_t size);
KEEL_NEVER_NULL void *keel_realloc(void *old, size_t size);
char *keel_strdup(const char *text);
void keel_free_p(void *pointer_to_pointer);                  /* for KEEL_CLEANUP(keel_free_p) */

/* A typed growable array: KEEL_VEC(int) numbers = {0}; keel_vec_push(&numbers, 7); keel_vec_free(&numbers); */
#define KEEL_VEC(type)      \
    struct {                \
        type *items;        \
        size_t count;       \
        size_t capacity;    \
    }
#define keel_vec_push(vec, item)                                                                   \
    do {                                                                                           \
        if ((vec)->count == (vec)->capacity)                                                       \
            (vec)->items = keel_vec_grow_((vec)->items, &(vec)->capacity, sizeof(*(vec)->items));  \
        (vec)->items[(vec)->count++] = (item);                                                     \
    } while (0)
#define keel_vec_free(vec)                                                                         \
    do {                                                                                           \
        free((vec)->items);                                                                        \
        (vec)->items = NULL;                                                                       \
        (vec)->count = (vec)->capacity = 0;                                                        \
    } while (0)
void *keel_vec_grow_(void *items, size_t *capacity, size_t item_size);

#endif
