/* The mapping reader: any bytes give a mapping or an error with a place, never both and never
 * neither. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "transfer/mapping.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_mapping(const keel_mapping *mapping)
{
    if (mapping->tables.count == 0)
        abort();
    for (size_t i = 0; i < mapping->tables.count; i++) {
        const keel_map_table *table = &mapping->tables.items[i];
        if (keel_mapping_table(mapping, table->source) != table)
            abort();
        if (table->to_schema != NULL && table->to_table == NULL)
            abort();
        for (size_t j = 0; j < table->sets.count; j++)
            if ((table->sets.items[j].value == NULL) == (table->sets.items[j].sql == NULL))
                abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char *text = keel_arena_strndup(arena, (const char *)data, size);
    keel_mapping *mapping = NULL;
    keel_error err = {0};

    if (keel_mapping_read_text(arena, "m", text, &mapping, &err))
        check_mapping(mapping);
    else if (mapping != NULL || err.kind != KEEL_ERR_CONFIG || strncmp(err.message, "m:", 2) != 0)
        abort();
    return 0;
}
