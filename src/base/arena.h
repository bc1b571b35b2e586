/* An arena owns everything that one job (a run, a request, a check) makes; it is freed as a whole. Strings
 * that come out of a module live in the arena its caller passed. Not thread-safe: one arena, one thread. */
#ifndef KEEL_BASE_ARENA_H
#define KEEL_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/macros.h"

typedef struct keel_arena keel_arena;

keel_arena *keel_arena_create(void);
void keel_arena_free(keel_arena *arena);
KEEL_DEFINE_CLEANUP(keel_arena, keel_arena_free);

KEEL_NEVER_NULL void *keel_arena_alloc(keel_arena *arena, size_t size);      /* zeroed, aligned for any type */
char *keel_arena_strdup(keel_arena *arena, const char *text); /* NULL gives NULL */
char *keel_arena_strndup(keel_arena *arena, const char *text, size_t size);
char *keel_arena_printf(keel_arena *arena, const char *fmt, ...) KEEL_PRINTF(2, 3);

/* Pushes an item onto a KEEL_VEC-shaped struct whose items live in the arena. */
#define keel_arena_push(arena, vec, item)                                                            \
    do {                                                                                             \
        if ((vec)->count == (vec)->capacity)                                                         \
            (vec)->items = keel_arena_grow_((arena), (vec)->items, &(vec)->capacity,                 \
                                            sizeof(*(vec)->items));                                  \
        (vec)->items[(vec)->count++] = (item);                                                       \
    } while (0)
void *keel_arena_grow_(keel_arena *arena, void *items, size_t *capacity, size_t item_size);

#endif
