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

typedef struct names {
    keel_str sql;     /* literals with commas between them */
    keel_str first, name;
    bool several;
} names;

static void free_names(names *n)
{
    keel_str_free(&n->sql);
    keel_str_free(&n->first);
    keel_str_free(&n->name);
}

static void add_name(names *n, const char *schema, const char *name)
{
    if (name == NULL || *name == '\0')
        return;
    keel_str_clear(&n->name);
    if (schema != NULL)
        keel_pg_add_qualified(&n->name, schema, name);
    else
        keel_pg_add_identifier(&n->name, name);
    if (n->sql.size > 0 && keel_streq(n->first.data, n->name.data))
        return;
    n->several = n->sql.size > 0;
    if (!n->several)
        keel_str_addn(&n->first, n->name.data, n->name.size);
    keel_str_add(&n->sql, n->several ? ", " : "");
    keel_pg_add_literal(&n->sql, n->name.data);
}

static void add_names(names *n, const keel_step_statement *s)
{
    for (size_t i = 0; i < s->class.relations.count; i++)
        if (s->class.relations.items[i].lock >= KEEL_LOCK_ROW_EXCLUSIVE)
            add_name(n, s->class.relations.items[i].schema, s->class.relations.items[i].name);
    if (!keel_sql_kind_is(s->node, "IndexStmt")) /* its table holds it */
        add_name(n, s->class.object_schema, s->class.object);
}

/* Names are resolved for the role that has connected, which may not see what the file's own role sees; and nothing may
 * be asked in front of SET TRANSACTION. */
void keel_run_name_relations(const keel_runner *runner, keel_step_run *run)
{
    KEEL_CLEANUP(free_names) names n = {0};

    run->relations = run->relation = NULL;
    if (keel_run_takes_role(run->step) || steers(run->step, "transaction"))
        return;
    for (size_t i = 0; i < run->step->statements.count; i++)
        add_names(&n, &run->step->statements.items[i]);
    run->relations = keel_arena_printf(runner->arena, "ARRAY[%s]::text[]", keel_str_text(&n.sql));
    run->relation = keel_arena_strdup(runner->arena, n.first.data);
    run->whole = run->whole && !n.several;
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
