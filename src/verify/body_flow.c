/* The statements of PL/pgSQL that steer: they hold conditions and other statements. */
#include "verify/body_inside.h"

static const char *const none[] = {NULL};

static bool condition_until(keel_body_reader *r, const char *word)
{
    const char *const words[] = {word, NULL};
    keel_body_span span;

    if (!keel_body_until(r, words, false, &span))
        return false;
    keel_body_add_condition(r, span);
    return keel_body_take(r, word);
}

bool keel_body_read_if(keel_body_reader *r)
{
    static const char *const ends[] = {"elsif", "elseif", "else", "end", NULL};

    if (!condition_until(r, "then") || !keel_body_read_statements(r, ends))
        return false;
    while (keel_body_take(r, "elsif") || keel_body_take(r, "elseif"))
        if (!condition_until(r, "then") || !keel_body_read_statements(r, ends))
            return false;
    if (keel_body_take(r, "else") && !keel_body_read_statements(r, ends))
        return false;
    return keel_body_take(r, "end") && keel_body_take(r, "if") && keel_body_finish(r);
}

bool keel_body_read_case(keel_body_reader *r)
{
    static const char *const when[] = {"when", NULL};
    static const char *const ends[] = {"when", "else", "end", NULL};
    keel_body_span subject;

    if (!keel_body_until(r, when, false, &subject))
        return false;
    keel_body_add_condition(r, subject);
    while (keel_body_take(r, "when"))
        if (!condition_until(r, "then") || !keel_body_read_statements(r, ends))
            return false;
    if (keel_body_take(r, "else") && !keel_body_read_statements(r, ends))
        return false;
    return keel_body_take(r, "end") && keel_body_take(r, "case") && keel_body_finish(r);
}

bool keel_body_read_plain_loop(keel_body_reader *r)
{
    r->label = NULL;
    return keel_body_read_loop(r);
}

bool keel_body_read_while(keel_body_reader *r)
{
    return condition_until(r, "loop") && keel_body_read_plain_loop(r);
}

bool keel_body_read_foreach(keel_body_reader *r)
{
    static const char *const in[] = {"in", NULL};
    static const char *const loop[] = {"loop", NULL};
    keel_body_span target;

    return keel_body_until(r, in, false, &target) && keel_body_take(r, "in") && keel_body_take(r, "array") &&
           keel_body_expression_until(r, loop) && keel_body_take(r, "loop") && keel_body_read_plain_loop(r);
}

bool keel_body_read_exit(keel_body_reader *r)
{
    static const char *const when[] = {"when", NULL};
    keel_body_span label;
    keel_body_span condition;

    if (!keel_body_until(r, when, true, &label))
        return false;
    if (!keel_body_take(r, "when"))
        return keel_body_finish(r);
    if (!keel_body_until(r, none, true, &condition))
        return false;
    keel_body_add_condition(r, condition);
    return keel_body_finish(r);
}
