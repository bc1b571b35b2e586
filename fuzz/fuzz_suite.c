/* The suite reader: any bytes give a suite or an error with a place, never both and never neither. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verify/suite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_table(const keel_suite *suite, const keel_suite_table *table)
{
    const char *schema = table->schema != NULL ? table->schema : "d";
    const keel_suite_table *found = keel_suite_find(suite, schema, "d", table->name);

    if (found == NULL || strcmp(found->name, table->name) != 0 || table->place.line < 1)
        abort();
    for (size_t i = 0; i < table->keys.count; i++)
        if (table->keys.items[i].columns.count == 0)
            abort();
    for (size_t i = 0; i < table->indexes.count; i++)
        if (table->indexes.items[i].name == NULL && table->indexes.items[i].keys.count == 0)
            abort();
    for (size_t i = 0; i < table->references.count; i++)
        if (table->references.items[i].parent_table == NULL || table->references.items[i].columns.count == 0)
            abort();
    for (size_t i = 0; i < table->counts.count; i++)
        if ((table->counts.items[i].kind == KEEL_COUNT_SQLITE) != (table->counts.items[i].path != NULL))
            abort();
}

static void check_suite(const keel_suite *suite)
{
    for (size_t i = 0; i < suite->tables.count; i++)
        check_table(suite, &suite->tables.items[i]);
    for (size_t i = 0; i < suite->rules.count; i++)
        if (suite->rules.items[i].sql == NULL || suite->rules.items[i].title == NULL)
            abort();
    if (suite->skip.count != suite->skip_reasons.count)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char *text = keel_arena_strndup(arena, (const char *)data, size);
    const keel_suite *suite = NULL;
    keel_error err = {0};

    if (keel_suite_read_text(arena, "m", text, &suite, &err))
        check_suite(suite);
    else if (suite != NULL || err.kind != KEEL_ERR_CONFIG || strncmp(err.message, "m:", 2) != 0)
        abort();
    return 0;
}
