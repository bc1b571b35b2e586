/* The parsers of SQLite's expressions and CREATE statements take any text: they answer with a model
 * or with an error that names a place. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite/ddl.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_error(const keel_error *err)
{
    assert(err->kind == KEEL_ERR_SOURCE && strncmp(err->message, "line ", 5) == 0);
}

static void expression(keel_arena *arena, const char *text)
{
    const keel_expr *expr = NULL;
    keel_error err = {0};

    if (keel_expr_parse(arena, text, &expr, &err))
        assert(expr != NULL && expr->height >= 1 && expr->height <= 1000);
    else
        check_error(&err);
}

static void table(keel_arena *arena, const char *text)
{
    keel_sqlite_table parsed = {0};
    keel_error err = {0};

    if (!keel_ddl_parse_table(arena, text, &parsed, &err)) {
        check_error(&err);
        return;
    }
    assert(parsed.name != NULL);
    for (size_t i = 0; i < parsed.columns.count; i++)
        assert(parsed.columns.items[i].name != NULL && parsed.columns.items[i].type_word != NULL);
    for (size_t i = 0; i < parsed.foreign_keys.count; i++)
        assert(parsed.foreign_keys.items[i].parent != NULL &&
               parsed.foreign_keys.items[i].count > 0);
}

static void an_index(keel_arena *arena, const char *text)
{
    keel_sqlite_index parsed = {0};
    keel_error err = {0};

    if (keel_ddl_parse_index(arena, text, &parsed, &err))
        assert(parsed.name != NULL && parsed.part_count > 0);
    else
        check_error(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const char *text = keel_arena_strndup(arena, (const char *)bytes, size);

    expression(arena, text);
    table(arena, text);
    an_index(arena, text);
    return 0;
}
