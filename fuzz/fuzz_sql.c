/* The splitter and the normaliser take any bytes: statements are in order, do not overlap, and lie in the text; the
 * normal form of a text's normal form is itself; what the splitter holds together, cutting again holds together. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "sql/classify.h"
#include "sql/hash.h"
#include "sql/split.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_piece(keel_arena *arena, const char *text, const keel_sql_statement *s)
{
    keel_sql_statements again;
    keel_sql_class class;

    keel_sql_split(arena, text + s->start, s->size, &again);
    assert(s->piece != KEEL_SQL_STATEMENT || again.count == 1);
    keel_sql_classify(arena, NULL, text + s->start, s->size, 0, &class);
    assert(class.command != NULL);
}

static void check_normal(const char *text, size_t size)
{
    KEEL_CLEANUP(keel_str_free) keel_str once = {0};
    KEEL_CLEANUP(keel_str_free) keel_str twice = {0};

    keel_sql_normal(text, size, &once);
    keel_sql_normal(keel_str_text(&once), once.size, &twice);
    assert(once.size == twice.size && memcmp(keel_str_text(&once), keel_str_text(&twice), once.size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const char *text = keel_arena_strndup(arena, (const char *)bytes, size);
    keel_sql_statements statements;
    size_t end = 0;

    keel_sql_split(arena, text, size, &statements);
    for (size_t i = 0; i < statements.count; i++) {
        const keel_sql_statement *s = &statements.items[i];
        assert(s->comments >= end && s->start >= s->comments && s->size > 0);
        assert(s->start + s->size <= s->end && s->end <= size);
        assert(s->piece != KEEL_SQL_COPY_IN || (s->data + s->data_size <= s->end && s->data >= s->start));
        end = s->end;
        check_piece(arena, text, s);
    }
    check_normal(text, size);
    return 0;
}
