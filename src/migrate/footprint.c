/* What a step's footprint is taken of, and what comes of it. */
#include "migrate/runner.h"

/* Does the step, or what its file has SET before it, steer the session with this word? */
static bool steers(const keel_step *step, const char *word)
{
    if (step->session != NULL && strcasestr(step->session, word) != NULL)
        return true;
    for (size_t i = 0; i < step->statements.count; i++) {
        const keel_step_statement *s = &step->statements.items[i];
        if (keel_step_sets(s) && strcasestr(s->sql, word) != NULL)
            return true;
    }
    return false;
}

bool keel_run_takes_role(const keel_step *step)
{
    return steers(step, "role") || steers(step, "authorization");
}

static void add_name(const char *schema, const char *name, keel_str *qualified, keel_str *out)
{
    if (name == NULL || *name == '\0')
        return;
    keel_str_clear(qualified);
    if (schema != NULL)
        keel_pg_add_qualified(qualified, schema, name);
    else
        keel_pg_add_identifier(qualified, name);
    keel_str_add(out, out->size > 0 ? ", " : "");
    keel_pg_add_literal(out, keel_str_text(qualified));
}

/* Names are resolved for the role that has connected, which may not see what the file's own role sees; and nothing may
 * be asked in front of SET TRANSACTION. */
const char *keel_run_relations(keel_arena *arena, const keel_step *step)
{
    KEEL_CLEANUP(keel_str_free) keel_str names = {0};
    KEEL_CLEANUP(keel_str_free) keel_str qualified = {0};

    if (keel_run_takes_role(step) || steers(step, "transaction"))
        return NULL;
    for (size_t i = 0; i < step->statements.count; i++) {
        const keel_sql_class *class = &step->statements.items[i].class;
        for (size_t k = 0; k < class->relations.count; k++)
            if (class->relations.items[k].lock >= KEEL_LOCK_ROW_EXCLUSIVE)
                add_name(class->relations.items[k].schema, class->relations.items[k].name, &qualified, &names);
        add_name(class->object_schema, class->object, &qualified, &names);
    }
    return keel_arena_printf(arena, "ARRAY[%s]::text[]", keel_str_text(&names));
}

void keel_run_take_footprint(keel_step_run *run, const keel_pg_result *rows)
{
    run->wal_bytes = run->size_change = KEEL_NOT_MEASURED;
    if (run->relations == NULL || rows == NULL || keel_pg_rows(rows) != 1 || keel_pg_columns(rows) != 2 || keel_pg_is_null(rows, 0, 0))
        return;
    run->wal_bytes = keel_pg_int(rows, 0, 0);
    if (!keel_pg_is_null(rows, 0, 1))
        run->size_change = keel_pg_int(rows, 0, 1);
}
