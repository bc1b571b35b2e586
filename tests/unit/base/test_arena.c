#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "tap.h"

static void allocation_is_zeroed_and_aligned(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    bool zeroed = true, aligned = true;

    for (size_t size = 1; size < 3000; size += 7) {
        unsigned char *bytes = keel_arena_alloc(arena, size);
        aligned = aligned && (uintptr_t)bytes % 16 == 0;
        for (size_t i = 0; i < size; i++)
            zeroed = zeroed && bytes[i] == 0;
        memset(bytes, 0xff, size);
    }
    ok(zeroed, "memory comes zeroed");
    ok(aligned, "memory is aligned to 16");
}

static void a_large_block_has_room(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char *large = keel_arena_alloc(arena, 1 << 20);

    memset(large, 'x', 1 << 20);
    is_str(keel_arena_strdup(arena, "after"), "after", "allocation after a large one");
}

static void text_is_copied(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();

    is_str(keel_arena_strndup(arena, "abcdef", 3), "abc", "strndup cuts");
    is_str(keel_arena_strndup(arena, "", 0), "", "strndup of nothing");
    is_str(keel_arena_strdup(arena, NULL), NULL, "strdup of NULL is NULL");
    is_str(keel_arena_printf(arena, "%s-%d", "row", 7), "row-7", "printf");
}

static void vectors_grow(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    KEEL_VEC(int) in_arena = {0};
    KEEL_VEC(int) on_heap = {0};
    bool same = true;

    for (int i = 0; i < 1000; i++) {
        keel_arena_push(arena, &in_arena, i);
        keel_vec_push(&on_heap, i);
    }
    for (int i = 0; i < 1000; i++)
        same = same && in_arena.items[i] == i && on_heap.items[i] == i;
    ok(same && in_arena.count == 1000 && on_heap.count == 1000, "vectors keep their items");
    keel_vec_free(&on_heap);
    is_int((int64_t)on_heap.capacity, 0, "a freed vector is empty");
}

int main(void)
{
    allocation_is_zeroed_and_aligned();
    a_large_block_has_room();
    text_is_copied();
    vectors_grow();
    keel_arena_free(NULL);
    return done_testing();
}
