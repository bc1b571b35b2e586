/* The YAML reader takes any bytes: it answers with a tree or with an error that names a place. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char *text = keel_arena_strndup(arena, (const char *)bytes, size);
    const keel_yaml *root = NULL;
    keel_error err = {0};

    if (keel_yaml_read_text(arena, "fuzz", text, &root, &err))
        assert(root != NULL && root->line >= 1 && root->column >= 1);
    else
        assert(err.kind == KEEL_ERR_CONFIG && strncmp(err.message, "fuzz:", 5) == 0);
    return 0;
}
