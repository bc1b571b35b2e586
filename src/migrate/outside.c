#include "migrate/outside.h"

#include "migrate/index.h"

static const keel_step_statement *statement_of(const keel_step_run *run)
{
    return &run->step->statements.items[0];
}

static bool exists(keel_pg *pg, const char *sql, const char *name, bool *ret_exists, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str answer = {0};
    const char *params[] = {name};

    if (!keel_pg_query_value(pg, &answer, NULL, err, sql, 1, params))
        return false;
    *ret_exists = keel_streq(keel_str_text(&answer), "t");
    return true;
}

static void free_watch(keel_run_watch *watch)
{
    keel_str_free(&watch->blockers);
}

/* What may wait long for transactions of others: says so, and stops on request. */
static bool run_watched(keel_runner *runner, const keel_step_run *run, const char *sql, keel_error *err)
{
    enum { LOOK_EVERY = 200000 };
    keel_usec began = keel_monotonic();
    KEEL_CLEANUP(free_watch) keel_run_watch watch = {.runner = runner, .run = run, .began = began, .said = began};
    const volatile sig_atomic_t *cancel = runner->options->cancel;
    int completed = 0;

    if (keel_pg_script(runner->session.work, sql, LOOK_EVERY, keel_run_idle, &watch, &completed, NULL, err))
        return true;
    if (cancel == NULL || !*cancel)
        return false;
    keel_fail(err, KEEL_ERR_CANCELLED, "stopped while it removed what an earlier attempt at %s, step %d has left", run->file,
              run->number);
    return keel_fail_hint(err, "Run the same command again to go on.");
}

static bool drop_rest(keel_runner *runner, const keel_step_run *run, const keel_index *index, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_index_add_drop(&sql, index);
    return run_watched(runner, run, keel_str_text(&sql), err);
}

/* CREATE INDEX CONCURRENTLY. */

static bool refuse_other_index(const keel_step_run *run, const keel_index *index, const char *wanted, keel_error *err)
{
    keel_fail(err, KEEL_ERR_DATA, "%s:%d: an index \"%s\" is there already, but it is another one: %s", run->step->path,
              statement_of(run)->line, index->name, index->shape);
    return keel_fail_hint(err, "Wanted is: %s. Drop or rename the old index in a step before, or give the new one another "
                               "name.", wanted);
}

static bool wait_for_builder(keel_runner *runner, const keel_step_run *run, keel_index **index, keel_error *err)
{
    while (*index != NULL && (*index)->builder != 0) {
        keel_progress_note(runner->session.progress, "%s: backend %d is building \"%s\"", run->file, (*index)->builder,
                           (*index)->name);
        keel_sleep(KEEL_SECOND);
        if (runner->options->cancel != NULL && *runner->options->cancel)
            return keel_fail(err, KEEL_ERR_CANCELLED, "stopped while waiting for an index build");
        if (!keel_index_find(runner->session.work, runner->arena, statement_of(run), index, err))
            return false;
    }
    return true;
}

static bool prepare_index(keel_runner *runner, const keel_step_run *run, bool *ret_needed, keel_error *err)
{
    const keel_step_statement *create = statement_of(run);
    keel_index *index = NULL;
    const char *wanted = NULL;

    if (!keel_index_find(runner->session.work, runner->arena, create, &index, err) ||
        !wait_for_builder(runner, run, &index, err))
        return false;
    if (index == NULL)
        return true;
    if (!keel_index_wanted(runner->session.work, runner->arena, create, &wanted, err))
        return false;
    if (!keel_streq(index->shape, wanted))
        return refuse_other_index(run, index, wanted, err);
    if (index->valid) {
        *ret_needed = run->begun == NULL && !keel_sql_true(create->node, "if_not_exists");
        return true;
    }
    keel_progress_note(runner->session.progress, "%s: \"%s\" is the INVALID rest of a failed build: dropped and built anew",
                       run->file, index->name);
    return drop_rest(runner, run, index, err);
}

static bool confirm_index(keel_runner *runner, const keel_step_run *run, keel_error *err)
{
    keel_index *index = NULL;

    if (!keel_index_find(runner->session.work, runner->arena, statement_of(run), &index, err))
        return false;
    if (index != NULL && index->valid)
        return true;
    keel_fail(err, KEEL_ERR_DATA, "%s:%d: the index is %s after its build", run->step->path, statement_of(run)->line,
              index == NULL ? "not there" : "INVALID");
    return keel_fail_hint(err, "Run the same command again; it drops what is INVALID and builds it anew.");
}

/* The names of plain key columns, quoted; "" if an expression is among them. */
static void add_key_columns(const keel_step_statement *create, keel_str *out)
{
    const keel_sql_node *keys = NULL;
    size_t count = keel_sql_list(create->node, "indexParams", &keys);

    for (size_t i = 0; i < count; i++) {
        const char *name = keel_sql_text_of(&keys[i], "name");
        if (*name == '\0') {
            keel_str_clear(out);
            return;
        }
        keel_str_add(out, i > 0 ? ", " : "");
        keel_pg_add_identifier(out, name);
    }
}

/* A hint with keys that stand more than once; best effort, under a timeout. */
static void add_duplicates(keel_runner *runner, const keel_step_statement *create, keel_error *failed)
{
    KEEL_CLEANUP(keel_str_free) keel_str columns = {0};
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    const keel_sql_node *relation = keel_sql_get(create->node, "relation");
    const char *samples = "";
    keel_error ignored = {0};

    add_key_columns(create, &columns);
    if (columns.size == 0)
        return;
    keel_str_addf(&sql, "SELECT concat_ws(', ', %s), count(*) FROM ", columns.data);
    if (*keel_sql_text_of(relation, "schemaname") != '\0')
        keel_pg_add_qualified(&sql, keel_sql_text_of(relation, "schemaname"), keel_sql_text_of(relation, "relname"));
    else
        keel_pg_add_identifier(&sql, keel_sql_text_of(relation, "relname"));
    keel_str_addf(&sql, " GROUP BY %s HAVING count(*) > 1 LIMIT 5", columns.data);
    if (!keel_pg_exec(runner->session.work, &ignored, "SET statement_timeout = '10s'") ||
        !keel_pg_query(runner->session.work, &r, &ignored, keel_str_text(&sql), 0, NULL))
        return;
    for (int row = 0; row < keel_pg_rows(r); row++)
        samples = keel_arena_printf(runner->arena, "%s%s(%s) %s times", samples, row > 0 ? ", " : "",
                                    keel_pg_text(r, row, 0), keel_pg_text(r, row, 1));
    if (keel_pg_rows(r) > 0)
        keel_fail_hint(failed, "More than once: %s. Mend the rows, then run the same command again.", samples);
}

static bool clean_index(keel_runner *runner, const keel_step_run *run, keel_error *failed, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    keel_index *index = NULL;

    if (keel_streq(failed->sqlstate, "23505"))
        add_duplicates(runner, statement_of(run), failed);
    if (!keel_pg_exec(runner->session.work, err, "SET statement_timeout = 0; SET lock_timeout = '2s'") ||
        !keel_index_find(runner->session.work, runner->arena, statement_of(run), &index, err))
        return false;
    if (index == NULL || index->valid || index->builder != 0)
        return true;
    keel_index_add_drop(&sql, index);
    return keel_pg_exec(runner->session.work, err, keel_str_text(&sql)) ||
           keel_fail_context(err, "drop the INVALID index \"%s\"", index->name);
}

/* DROP INDEX CONCURRENTLY: a dropped half is dropped again; with nothing left, it is done. */

static bool prepare_drop(keel_runner *runner, const keel_step_run *run, bool *ret_needed, keel_error *err)
{
    const keel_sql_class *class = &statement_of(run)->class;
    keel_index *index = NULL;

    if (run->begun == NULL || class->object == NULL)
        return true;
    if (!keel_index_find_name(runner->session.work, runner->arena, class->object_schema, class->object, &index, err))
        return false;
    *ret_needed = index != NULL;
    return true;
}

/* ALTER TABLE .. DETACH PARTITION CONCURRENTLY: an interrupted one wants FINALIZE. */

static bool prepare_detach(keel_runner *runner, const keel_step_run *run, bool *ret_needed, keel_error *err)
{
    const keel_sql_node *commands = NULL;
    size_t count = keel_sql_list(statement_of(run)->node, "cmds", &commands);
    const keel_sql_node *part = count > 0 ? keel_sql_get(keel_sql_get(&commands[0], "def"), "name") : NULL;
    const keel_sql_node *parent = keel_sql_get(statement_of(run)->node, "relation");
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;

    if (run->begun == NULL)
        return true;
    if (*keel_sql_text_of(part, "schemaname") != '\0')
        keel_pg_add_qualified(&name, keel_sql_text_of(part, "schemaname"), keel_sql_text_of(part, "relname"));
    else
        keel_pg_add_identifier(&name, keel_sql_text_of(part, "relname"));
    const char *params[] = {keel_str_text(&name)};
    if (!keel_pg_query(runner->session.work, &r, err,
                       "SELECT inhdetachpending FROM pg_catalog.pg_inherits WHERE inhrelid = pg_catalog.to_regclass($1)", 1,
                       params))
        return false;
    *ret_needed = keel_pg_rows(r) > 0 && !keel_pg_bool(r, 0, 0);
    if (keel_pg_rows(r) == 0 || *ret_needed)
        return true;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    keel_str_add(&sql, "ALTER TABLE ");
    if (*keel_sql_text_of(parent, "schemaname") != '\0')
        keel_pg_add_qualified(&sql, keel_sql_text_of(parent, "schemaname"), keel_sql_text_of(parent, "relname"));
    else
        keel_pg_add_identifier(&sql, keel_sql_text_of(parent, "relname"));
    keel_str_addf(&sql, " DETACH PARTITION %s FINALIZE", keel_str_text(&name));
    return run_watched(runner, run, keel_str_text(&sql), err);
}

/* Objects that a row of a shared catalogue stands for: there or not. */

static const struct {
    const char *kind; /* behind CREATE and DROP */
    const char *key;  /* the statement's member that names it */
    const char *sql;
} named[] = {
    {"DATABASE", "dbname", "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1)"},
    {"TABLESPACE", "tablespacename", "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_tablespace WHERE spcname = $1)"},
    {"SUBSCRIPTION", "subname",
     "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid"
     " WHERE s.subname = $1 AND d.datname = pg_catalog.current_database())"},
};

static bool prepare_named(keel_runner *runner, const keel_step_run *run, bool *ret_needed, keel_error *err)
{
    const char *command = statement_of(run)->class.command;
    bool drops = strncmp(command, "DROP ", 5) == 0, there = false;
    size_t i = 0;

    if (run->begun == NULL)
        return true;
    while (i + 1 < KEEL_COUNT_OF(named) && strstr(command, named[i].kind) == NULL)
        i++;
    if (!exists(runner->session.work, named[i].sql, keel_sql_text_of(statement_of(run)->node, named[i].key), &there, err))
        return false;
    *ret_needed = there == drops;
    return true;
}

/* REINDEX CONCURRENTLY: an interrupted one leaves INVALID twins behind, "..._ccnew" or "..._ccold". */
static bool prepare_reindex(keel_runner *runner, const keel_step_run *run, bool *ret_needed, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    const keel_sql_class *class = &statement_of(run)->class;

    *ret_needed = true;
    if (run->begun == NULL || class->object == NULL)
        return true;
    if (class->object_schema != NULL)
        keel_pg_add_qualified(&name, class->object_schema, class->object);
    else
        keel_pg_add_identifier(&name, class->object);
    const char *params[] = {keel_str_text(&name)};
    if (!keel_pg_query(runner->session.work, &r, err,
                       "SELECT n.nspname, c.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
                       " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                       " LEFT JOIN pg_catalog.pg_index o ON o.indexrelid = pg_catalog.to_regclass($1)"
                       " WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'"
                       " AND i.indrelid = coalesce(o.indrelid, pg_catalog.to_regclass($1))", 1, params))
        return false;
    for (int row = 0; row < keel_pg_rows(r); row++) {
        keel_index rest = {.schema = keel_pg_text(r, row, 0), .name = keel_pg_text(r, row, 1)};
        if (!drop_rest(runner, run, &rest, err))
            return false;
    }
    return true;
}

/* What may be done twice: VACUUM, ALTER SYSTEM, ... */
static bool prepare_again(keel_runner *runner, const keel_step_run *run, bool *ret_needed, keel_error *err)
{
    (void)runner, (void)run, (void)err;
    *ret_needed = true;
    return true;
}

/* What the catalogue cannot tell about is left to people. */
static bool prepare_unknown(keel_runner *runner, const keel_step_run *run, bool *ret_needed, keel_error *err)
{
    (void)runner;
    *ret_needed = true;
    if (run->begun == NULL)
        return true;
    keel_fail(err, KEEL_ERR_DATA, "%s, step %d: an earlier run was interrupted in \"%s\"; whether it was done cannot be seen",
              run->file, run->number, run->step->label);
    return keel_fail_hint(err, "Look, then say it: pgkeel migrate repair %s --step %d --done (or --undone) --reason \"...\"",
                          run->version, run->number);
}

static const struct {
    const char *command;
    bool (*prepare)(keel_runner *runner, const keel_step_run *run, bool *ret_needed, keel_error *err);
    bool (*clean)(keel_runner *runner, const keel_step_run *run, keel_error *failed, keel_error *err);
    bool (*confirm)(keel_runner *runner, const keel_step_run *run, keel_error *err);
} kinds[] = {
    {"CREATE INDEX CONCURRENTLY", prepare_index, clean_index, confirm_index},
    {"DROP INDEX CONCURRENTLY", prepare_drop, NULL, NULL},
    {"ALTER TABLE .. DETACH PARTITION CONCURRENTLY", prepare_detach, NULL, NULL},
    {"CREATE DATABASE", prepare_named, NULL, NULL},
    {"DROP DATABASE", prepare_named, NULL, NULL},
    {"CREATE TABLESPACE", prepare_named, NULL, NULL},
    {"DROP TABLESPACE", prepare_named, NULL, NULL},
    {"CREATE SUBSCRIPTION", prepare_named, NULL, NULL},
    {"DROP SUBSCRIPTION", prepare_named, NULL, NULL},
    {"REINDEX CONCURRENTLY", prepare_reindex, NULL, NULL},
    {"REINDEX", prepare_again, NULL, NULL},
    {"VACUUM", prepare_again, NULL, NULL},
    {"CLUSTER", prepare_again, NULL, NULL},
    {"ALTER SYSTEM", prepare_again, NULL, NULL},
    {"ALTER DATABASE", prepare_again, NULL, NULL},
    {"REPACK", prepare_again, NULL, NULL},
};

static size_t kind_of(const keel_step_run *run)
{
    size_t i = 0;

    while (i < KEEL_COUNT_OF(kinds) && !keel_streq(kinds[i].command, statement_of(run)->class.command))
        i++;
    return i;
}

bool keel_outside_prepare(keel_runner *runner, const keel_step_run *run, bool *ret_needed, keel_error *err)
{
    size_t kind = kind_of(run);

    *ret_needed = true;
    return kind < KEEL_COUNT_OF(kinds) ? kinds[kind].prepare(runner, run, ret_needed, err)
                                       : prepare_unknown(runner, run, ret_needed, err);
}

bool keel_outside_clean(keel_runner *runner, const keel_step_run *run, keel_error *failed, keel_error *err)
{
    size_t kind = kind_of(run);

    return kind >= KEEL_COUNT_OF(kinds) || kinds[kind].clean == NULL || kinds[kind].clean(runner, run, failed, err);
}

bool keel_outside_confirm(keel_runner *runner, const keel_step_run *run, keel_error *err)
{
    size_t kind = kind_of(run);

    return kind >= KEEL_COUNT_OF(kinds) || kinds[kind].confirm == NULL || kinds[kind].confirm(runner, run, err);
}
