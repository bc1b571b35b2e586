#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { BLOCK_SIZE = 32 * 1024, ALIGNMENT = 16 };

typedef struct block {
    struct block *next;
    size_t used, size;
    max_align_t start[];
} block;

struct keel_arena {
    block *blocks; /* the newest first */
};

keel_arena *keel_arena_create(void)
{
    return keel_alloc_zero(1, sizeof(keel_arena));
}

void keel_arena_free(keel_arena *arena)
{
    if (arena == NULL)
        return;
    for (block *b = arena->blocks; b != NULL;) {
        block *next = b->next;
        free(b);
        b = next;
    }
    free(arena);
}

void *keel_arena_alloc(keel_arena *arena, size_t size)
{
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    block *b = arena->blocks;

    if (b == NULL || b->size - b->used < rounded) {
        size_t room = KEEL_MAX(rounded, (size_t)BLOCK_SIZE);
        b = keel_alloc(sizeof(block) + room);
        b->next = arena->blocks;
        b->used = 0;
        b->size = room;
        arena->blocks = b;
    }
    void *memory = (char *)b->start + b->used;
    b->used += rounded;
    return memset(memory, 0, rounded);
}

char *keel_arena_strndup(keel_arena *arena, const char *text, size_t size)
{
    char *copy = keel_arena_alloc(arena, size + 1);

    if (size > 0)
        memcpy(copy, text, size);
    return copy;
}

char *keel_arena_strdup(keel_arena *arena, const char *text)
{
    return text == NULL ? NULL : keel_arena_strndup(arena, text, strlen(text));
}

char *keel_arena_printf(keel_arena *arena, const char *fmt, ...)
{
    char small[256]; /* mostly enough: then it is formatted once */
    va_list args;

    va_start(args, fmt);
    int size = vsnprintf(small, sizeof small, fmt, args);
    va_end(args);
    if (size < (int)sizeof small)
        return keel_arena_strndup(arena, small, (size_t)size);
    char *text = keel_arena_alloc(arena, (size_t)size + 1);
    va_start(args, fmt);
    vsnprintf(text, (size_t)size + 1, fmt, args);
    va_end(args);
    return text;
}

void *keel_arena_grow_(keel_arena *arena, void *items, size_t *capacity, size_t item_size)
{
    size_t wanted = *capacity > 0 ? *capacity * 2 : 8;
    void *grown = keel_arena_alloc(arena, wanted * item_size);

    if (*capacity > 0)
        memcpy(grown, items, *capacity * item_size);
    *capacity = wanted;
    return grown;
}
