/* Places in statements, seen in the file. */
#include "migrate/step.h"

#include <string.h>

#include "migrate/variables.h"

/* Offsets in what is run, seen in the file's text. */
static size_t origin_of(const keel_step_statement *statement, size_t at)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *scratch = NULL;

    if (statement->variables == NULL)
        return KEEL_MIN(at, statement->text_size);
    scratch = keel_arena_create();
    return keel_variables_origin(scratch, statement->variables, statement->text, statement->text_size, at);
}

int keel_step_line(const keel_step_statement *statement, size_t at)
{
    return statement->line +
           keel_sql_place_of(statement->text, statement->text_size, origin_of(statement, at)).line - 1;
}

static bool inside_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Of a line that is too long the part around the place. */
static void cut_line(const char *text, size_t place, size_t *start, size_t *size)
{
    enum { IN_FRONT = 60, SHOWN = 120 };

    if (place - *start > IN_FRONT && *size > SHOWN) {
        *size -= place - IN_FRONT - *start;
        *start = place - IN_FRONT;
    }
    for (; *start < place && inside_character(text[*start]); --*size)
        ++*start;
    for (*size = KEEL_MIN(*size, (size_t)SHOWN); inside_character(text[*start + *size]);)
        ++*size;
}

void keel_step_caret(const keel_step *step, const keel_step_statement *statement, size_t at, keel_str *out)
{
    const char *text = statement->text;
    size_t place = origin_of(statement, at), start = place;

    while (start > 0 && text[start - 1] != '\n')
        start--;
    size_t size = strcspn(text + start, "\r\n");
    cut_line(text, place, &start, &size);
    keel_str_addf(out, "%s:%d:\n    %.*s\n    ", step->path, keel_step_line(statement, at), (int)size, text + start);
    for (size_t i = start; i < place; i++)
        if (!inside_character(text[i]))
            keel_str_addc(out, text[i] == '\t' ? '\t' : ' ');
    keel_str_add(out, "^\n");
}
