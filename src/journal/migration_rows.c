/* Rows of migrations and their steps, as SQL to be sent with the steps themselves. */
#include "journal/footprint.h"
#include "journal/migration.h"

static void add_value(keel_str *out, const char *separator, const char *text)
{
    keel_str_add(out, separator);
    if (text != NULL)
        keel_pg_add_literal(out, text);
    else
        keel_str_add(out, "NULL");
}

void keel_journal_add_migration(keel_str *out, const keel_new_migration *m)
{
    keel_str_add(out, "INSERT INTO pgkeel.migration (target_schema, version, name, file, layout, repeatable, adopted, state, steps,"
                      " up_sql, down_sql, raw_hash, token_hash, finished_at, pgkeel_version) VALUES (");
    add_value(out, "", m->space);
    add_value(out, ", ", m->version);
    add_value(out, ", ", m->name);
    add_value(out, ", ", m->file);
    add_value(out, ", ", m->layout);
    keel_str_addf(out, ", %s, %s, '%s', %d", m->repeatable ? "true" : "false", m->adopted ? "true" : "false",
                  m->complete ? "applied" : "applying", m->step_count);
    add_value(out, ", ", m->up_sql);
    add_value(out, ", ", m->down_sql);
    add_value(out, ", ", m->raw_hash);
    add_value(out, ", ", m->token_hash);
    keel_str_add(out, m->complete ? ", pg_catalog.clock_timestamp()" : ", NULL");
    keel_str_add(out, ", '" KEEL_VERSION "') ON CONFLICT (target_schema, version) DO UPDATE SET name = EXCLUDED.name,"
                      " file = EXCLUDED.file, layout = EXCLUDED.layout, state = EXCLUDED.state, steps = EXCLUDED.steps,"
                      " up_sql = EXCLUDED.up_sql, down_sql = EXCLUDED.down_sql, raw_hash = EXCLUDED.raw_hash,"
                      " token_hash = EXCLUDED.token_hash, finished_at = EXCLUDED.finished_at;\n");
}

static void add_where(keel_str *out, const char *space, const char *version)
{
    add_value(out, " WHERE target_schema = ", space);
    add_value(out, " AND version = ", version);
}

void keel_journal_add_state(keel_str *out, const char *space, const char *version, const char *state)
{
    add_value(out, "UPDATE pgkeel.migration SET state = ", state);
    if (keel_streq(state, "applied"))
        keel_str_add(out, ", finished_at = pg_catalog.clock_timestamp()");
    add_where(out, space, version);
    keel_str_add(out, ";\n");
}

#define STEP_INTO                                                                                                \
    "INSERT INTO pgkeel.migration_step (target_schema, version, direction, number, state, label, raw_hash,"      \
    " token_hash, backend_start, finished_at, retries, lock_wait_ms, wal_bytes, size_change) VALUES ("
static const char returning[] = " RETURNING wal_bytes, size_change;\n";

static void add_footprint(keel_str *out, const char *before_wal, const char *before_size, const char *relations)
{
    keel_str_add(out, before_wal);
    if (relations != NULL)
        keel_footprint_add_wal(out);
    else
        keel_str_add(out, "NULL");
    keel_str_add(out, before_size);
    if (relations != NULL)
        keel_footprint_add_size(out, relations);
    else
        keel_str_add(out, "NULL");
}

static void add_step(keel_str *out, const keel_new_step *step, const char *state, const char *backend_start,
                     const char *finished, const char *relations)
{
    keel_str_add(out, STEP_INTO);
    add_value(out, "", step->space);
    add_value(out, ", ", step->version);
    keel_str_addf(out, ", '%c', %d, '%s'", step->direction, step->number, state);
    add_value(out, ", ", step->label);
    add_value(out, ", ", step->raw_hash);
    add_value(out, ", ", step->token_hash);
    keel_str_addf(out, ", %s, %s, %d, %.3f", backend_start, finished, step->retries, step->lock_wait_ms);
    add_footprint(out, ", ", ", ", relations);
    keel_str_add(out, ")");
}

void keel_journal_add_step(keel_str *out, const keel_new_step *step)
{
    add_step(out, step, "done", "NULL", "pg_catalog.clock_timestamp()", step->relations);
    keel_str_add(out, returning);
}

void keel_journal_add_intent(keel_str *out, const keel_new_step *step)
{
    add_step(out, step, "running",
             "(SELECT backend_start FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid())", "NULL", NULL);
    keel_str_add(out, " ON CONFLICT (target_schema, version, direction, number) DO UPDATE SET state = 'running',"
                      " pid = EXCLUDED.pid, backend_start = EXCLUDED.backend_start, started_at = EXCLUDED.started_at,"
                      " label = EXCLUDED.label, raw_hash = EXCLUDED.raw_hash, token_hash = EXCLUDED.token_hash;\n");
}

static void add_step_where(keel_str *out, const char *space, const char *version, char direction, int number)
{
    add_where(out, space, version);
    keel_str_addf(out, " AND direction = '%c' AND number = %d", direction, number);
}

void keel_journal_add_done(keel_str *out, const keel_new_step *step)
{
    keel_str_addf(out, "UPDATE pgkeel.migration_step SET state = 'done', finished_at = pg_catalog.clock_timestamp(),"
                       " retries = %d, lock_wait_ms = %.3f", step->retries, step->lock_wait_ms);
    add_footprint(out, ", wal_bytes = ", ", size_change = ", step->relations);
    add_step_where(out, step->space, step->version, step->direction, step->number);
    keel_str_add(out, returning);
}

void keel_journal_add_forget_step(keel_str *out, const char *space, const char *version, char direction, int number)
{
    keel_str_add(out, "DELETE FROM pgkeel.migration_step");
    add_step_where(out, space, version, direction, number);
    keel_str_add(out, ";\n");
}

void keel_journal_add_prepare(keel_str *out)
{
    keel_str_add(out, "PREPARE pgkeel_begin(text, text, text) AS SELECT pg_catalog.set_config('lock_timeout', $1, true),"
                      " pg_catalog.set_config('statement_timeout', $2, true), ");
    keel_footprint_add_begin_one(out, "$3");
    keel_str_add(out, ";\nPREPARE pgkeel_whole(text, text, text, text, text, boolean, text, text, text, text, text, text, text,"
                      " integer, double precision, text) AS WITH migration AS (INSERT INTO pgkeel.migration (target_schema,"
                      " version, name, file, layout, repeatable, state, steps, up_sql, down_sql, raw_hash, token_hash,"
                      " finished_at, pgkeel_version) VALUES ($1, $2, $3, $4, $5, $6, 'applied', 1, $7, $8, $9, $10,"
                      " pg_catalog.clock_timestamp(), '" KEEL_VERSION "')) "
                      STEP_INTO "$1, $2, 'u', 1, 'done', $11, $12, $13, NULL, pg_catalog.clock_timestamp(), $14, $15, ");
    keel_footprint_add_wal(out);
    keel_str_add(out, ", ");
    keel_footprint_add_size_one(out, "$16");
    keel_str_add(out, ")");
    keel_str_add(out, returning);
}

void keel_journal_add_whole_begin(keel_str *out, keel_usec lock_timeout, keel_usec statement_timeout, const char *relation)
{
    keel_str_addf(out, "EXECUTE pgkeel_begin('%lldus', '%lldus'", (long long)lock_timeout, (long long)statement_timeout);
    add_value(out, ", ", relation);
    keel_str_add(out, ");\n");
}

void keel_journal_add_whole(keel_str *out, const keel_new_migration *m, const keel_new_step *step, const char *relation)
{
    add_value(out, "EXECUTE pgkeel_whole(", m->space);
    add_value(out, ", ", m->version);
    add_value(out, ", ", m->name);
    add_value(out, ", ", m->file);
    add_value(out, ", ", m->layout);
    keel_str_add(out, m->repeatable ? ", true" : ", false");
    add_value(out, ", ", m->up_sql);
    add_value(out, ", ", m->down_sql);
    add_value(out, ", ", m->raw_hash);
    add_value(out, ", ", m->token_hash);
    add_value(out, ", ", step->label);
    add_value(out, ", ", step->raw_hash);
    add_value(out, ", ", step->token_hash);
    keel_str_addf(out, ", %d, %.3f", step->retries, step->lock_wait_ms);
    add_value(out, ", ", relation);
    keel_str_add(out, ");\n");
}

void keel_journal_add_forget(keel_str *out, const char *space, const char *version)
{
    keel_str_add(out, "DELETE FROM pgkeel.migration_step");
    add_where(out, space, version);
    keel_str_add(out, ";\nDELETE FROM pgkeel.migration");
    add_where(out, space, version);
    keel_str_add(out, ";\n");
}

void keel_journal_add_event(keel_str *out, const char *space, const char *version, const char *kind, const char *reason,
                            const char *detail)
{
    keel_str_add(out, "INSERT INTO pgkeel.migration_event (target_schema, version, kind, reason, detail) VALUES (");
    add_value(out, "", space);
    add_value(out, ", ", version);
    add_value(out, ", ", kind);
    add_value(out, ", ", reason);
    add_value(out, ", ", detail);
    keel_str_add(out, ");\n");
}
