#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void out_of_memory(void)
{
    static const char message[] = "pgkeel: out of memory; what is committed is kept, run the command again\n";

    (void)!write(STDERR_FILENO, message, sizeof message - 1);
    _exit(2);
}

static void *checked(void *memory)
{
    if (memory == NULL)
        out_of_memory();
    return memory;
}

void *keel_alloc(size_t size)
{
    return checked(malloc(size > 0 ? size : 1));
}

void *keel_alloc_zero(size_t count, size_t size)
{
    return checked(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *keel_realloc(void *old, size_t size)
{
    return checked(realloc(old, size > 0 ? size : 1));
}

char *keel_strdup(const char *text)
{
    return checked(strdup(text));
}

void keel_free_p(void *pointer_to_pointer)
{
    void *memory;

    memcpy(&memory, pointer_to_pointer, sizeof memory);
    free(memory);
}

void *keel_vec_grow_(void *items, size_t *capacity, size_t item_size)
{
    size_t wanted = *capacity > 0 ? *capacity * 2 : 8;

    if (wanted > SIZE_MAX / item_size)
        out_of_memory();
    *capacity = wanted;
    return keel_realloc(items, wanted * item_size);
}
