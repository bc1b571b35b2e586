/* ${NAME} in a statement: replaced, and judged by file, line and caret. */
#include "migrate/step.h"

#include <string.h>

#include "migrate/variables.h"

typedef struct replacing {
    keel_arena *arena;
    const keel_migration_sql *sql;
} replacing;

static bool bad_variable(const replacing *r, const keel_step_statement *s, size_t at, keel_error *err, const char *what,
                         const char *remedy)
{
    keel_step step = {.path = r->sql->path};
    KEEL_CLEANUP(keel_str_free) keel_str caret = {0};

    keel_step_caret(&step, s, at, &caret);
    keel_fail(err, KEEL_ERR_CONFIG, "%s:%d: %s", r->sql->path, keel_step_line(s, at), what);
    return keel_fail_hint(err, "%s\n%s", remedy, keel_str_text(&caret));
}

static bool check_uses(const replacing *r, const keel_step_statement *s, keel_error *err)
{
    keel_variable_use use;
    size_t other = 0;

    if (r->sql->strict && keel_variables_other(s->text, s->text_size, 0, &other))
        return bad_variable(r, s, other, err, "a variable in a form that is not replaced here", "Write ${NAME}, without more.");
    for (size_t at = 0; keel_variables_next(r->arena, r->sql->variables, s->text, s->text_size, at, &use);
         at = use.start + use.size) {
        if (use.variable != NULL && use.variable->value == NULL)
            return bad_variable(r, s, use.start, err, keel_arena_printf(r->arena, "variable \"%s\" is not set", use.name),
                                keel_arena_printf(r->arena, "Set it in the environment, or write --var %s=VALUE.", use.name));
        if (use.variable == NULL && r->sql->strict)
            return bad_variable(r, s, use.start, err, keel_arena_printf(r->arena, "variable \"%s\" is not named", use.name),
                                keel_arena_printf(r->arena, "Name it: --env %s, or --var %s=VALUE.", use.name, use.name));
    }
    return true;
}

/* A value may complete a statement, never begin another one. */
static bool check_pieces(const replacing *r, const keel_step_statement *s, keel_error *err)
{
    keel_sql_statements pieces;
    keel_variable_use use = {0};

    keel_sql_split(r->arena, s->sql, s->size, &pieces);
    if (pieces.count == 1 && pieces.items[0].flaw == NULL)
        return true;
    keel_variables_next(r->arena, r->sql->variables, s->text, s->text_size, 0, &use);
    return bad_variable(r, s, 0, err,
                        keel_arena_printf(r->arena, "with its variables (\"%s\") this is not one statement any more", use.name),
                        "Values may be names, numbers or parts of a statement, without a semicolon or an open quote.");
}

bool keel_step_replace_variables(keel_arena *arena, const keel_migration_sql *sql, keel_step_statement *s, keel_error *err)
{
    const replacing r = {arena, sql};

    s->text = s->sql;
    s->text_size = s->size;
    if (memchr(s->text, '$', s->text_size) == NULL)
        return true;
    if (!check_uses(&r, s, err))
        return false;
    s->sql = keel_variables_replace(arena, sql->variables, s->text, s->text_size, &s->size);
    if (s->sql == s->text)
        return true;
    bool good = check_pieces(&r, s, err);
    s->variables = sql->variables;
    return good;
}
