/* The readers of function bodies: any text is understood or refused, and what comes out of it stands in it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verify/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_pieces(const keel_body *body, const char *source)
{
    size_t size = strlen(source);

    for (size_t i = 0; i < body->pieces.count; i++) {
        const keel_body_piece *piece = &body->pieces.items[i];
        size_t length = strlen(piece->sql);
        if (piece->prefix > length || piece->at + length - piece->prefix > size)
            abort();
        for (size_t j = piece->prefix; j < length; j++) /* as it stands there, but for PERFORM and INTO */
            if (piece->sql[j] != source[piece->at + j - piece->prefix] && piece->sql[j] != ' ' && j > 6)
                abort();
        if (keel_body_find(piece->scope, "x") != NULL && keel_body_find_in(piece->scope, NULL, "x") == NULL)
            abort();
    }
}

static void take(void *context, const char *name)
{
    *(size_t *)context += strlen(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char *source = keel_arena_strndup(arena, (const char *)data, size);
    static const keel_body_scope outermost = {.label = "f"};
    keel_body body = {0};
    size_t taken = 0;

    if (keel_body_read_plpgsql(arena, source, &outermost, &body))
        check_pieces(&body, source);
    keel_body_read_sql(arena, source, &outermost, &body);
    check_pieces(&body, source);
    keel_body_made_names(arena, source, take, &taken);
    return 0;
}
