#include "migrate/repair.h"

#include "base/json_out.h"
#include "journal/journal.h"
#include "migrate/layout.h"
#include "migrate/session.h"

typedef struct repairing {
    keel_arena *arena;
    const keel_repair *repair;
    const char *space;
    const keel_migration_folder *folder;
    const keel_migration *migration; /* NULL: no file */
    const keel_done_migration *done; /* NULL: no row */
    keel_steps steps;
    int server_version;
    const struct keel_variables *variables;
} repairing;

static bool find(repairing *r, const keel_done_migrations *done, keel_error *err)
{
    const char *version = r->repair->version;

    for (size_t i = 0; i < r->folder->migrations.count; i++)
        if (keel_streq(r->folder->migrations.items[i].version, version))
            r->migration = &r->folder->migrations.items[i];
    r->done = keel_done_find(done, version);
    if (r->migration == NULL && r->done == NULL) {
        keel_fail(err, KEEL_ERR_USAGE, "neither the folder nor the journal has a version \"%s\"", version);
        return keel_fail_hint(err, "\"pgkeel migrate status\" lists them.");
    }
    return r->migration == NULL || keel_steps_of(r->arena, &r->migration->up, r->server_version, &r->steps, err);
}

static bool needs_both(const repairing *r, keel_error *err)
{
    if (r->migration != NULL && r->done != NULL)
        return true;
    keel_fail(err, KEEL_ERR_USAGE, r->done == NULL ? "version \"%s\" was never applied" : "version \"%s\" has no file",
              r->repair->version);
    return keel_fail_hint(err, "%s", r->done == NULL ? "There is nothing to repair: pgkeel migrate up applies it."
                                                     : "Bring its file back from version control first.");
}

static const char *detail_of(repairing *r, const char *key, const char *text)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    keel_json json;

    keel_json_start(&json, &out, false);
    keel_json_object(&json);
    keel_json_kv_text(&json, key, text);
    keel_json_end_object(&json);
    return keel_arena_strdup(r->arena, keel_str_text(&out));
}

static void add_step_hashes(const repairing *r, keel_str *sql)
{
    for (size_t i = 0; i < r->done->steps.count; i++) {
        const keel_done_step *step = &r->done->steps.items[i];
        if (step->direction != 'u' || (size_t)step->number > r->steps.count)
            continue;
        const keel_step *now = &r->steps.items[step->number - 1];
        keel_str_addf(sql, "UPDATE pgkeel.migration_step SET raw_hash = '%s', token_hash = '%s', label = ", now->raw_hash,
                      now->token_hash);
        keel_pg_add_literal(sql, now->label);
        keel_str_add(sql, " WHERE target_schema = ");
        keel_pg_add_literal(sql, r->space);
        keel_str_add(sql, " AND version = ");
        keel_pg_add_literal(sql, r->done->version);
        keel_str_addf(sql, " AND direction = 'u' AND number = %d;\n", step->number);
    }
}

static bool accept_file(repairing *r, keel_str *sql, const char **ret_diff, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str diff = {0};
    char raw[KEEL_SQL_HASH_SIZE], tokens[KEEL_SQL_HASH_SIZE];
    const keel_migration *m = r->migration;

    if (!needs_both(r, err))
        return false;
    keel_text_diff(r->done->up_sql != NULL ? r->done->up_sql : "", m->up.text, &diff);
    *ret_diff = keel_arena_strdup(r->arena, keel_str_text(&diff));
    keel_sql_hash_bytes(m->up.text, m->up.size, raw);
    keel_sql_hash_tokens(m->up.text, m->up.size, tokens);
    keel_journal_add_migration(sql, &(keel_new_migration){.space = r->space, .version = m->version, .name = m->name,
                                                          .file = m->file, .layout = r->folder->layout->id,
                                                          .repeatable = m->repeatable, .step_count = (int)r->steps.count,
                                                          .up_sql = m->up.text, .down_sql = m->down.text,
                                                          .raw_hash = raw, .token_hash = tokens,
                                                          .complete = keel_streq(r->done->state, "applied")});
    add_step_hashes(r, sql);
    keel_journal_add_event(sql, r->space, m->version, "accepted", r->repair->reason, detail_of(r, "diff", *ret_diff));
    return true;
}

/* The side of the migration whose steps are meant: down while it is on its way down, else up. */
typedef struct repaired_side {
    char direction;
    keel_steps steps;
} repaired_side;

static bool find_side(repairing *r, repaired_side *ret_side, keel_error *err)
{
    repaired_side up = {'u', r->steps}, down = {.direction = 'd'};

    if (r->done == NULL || !keel_streq(r->done->state, "reverting")) {
        *ret_side = up;
        return needs_both(r, err);
    }
    keel_migration_sql sql = {.path = r->done->file, .text = r->done->down_sql, .line = 1, .variables = r->variables};
    if (r->migration != NULL && r->migration->down.text != NULL)
        sql = r->migration->down;
    else
        sql.size = sql.text != NULL ? strlen(sql.text) : 0;
    *ret_side = down;
    return sql.text == NULL || keel_steps_of(r->arena, &sql, r->server_version, &ret_side->steps, err);
}

static bool check_step(const repairing *r, const repaired_side *side, keel_error *err)
{
    if (r->repair->step >= 1 && (size_t)r->repair->step <= side->steps.count)
        return true;
    keel_fail(err, KEEL_ERR_USAGE, "version \"%s\" has no step %d on its way %s", r->repair->version, r->repair->step,
              side->direction == 'u' ? "up" : "down");
    return keel_fail_hint(err, "It has steps 1 to %zu; \"pgkeel migrate plan\" shows them.", side->steps.count);
}

/* But for the one that is meant. */
static size_t count_done(const repairing *r, char direction)
{
    size_t count = 0;

    for (size_t i = 0; i < r->done->steps.count; i++)
        count += r->done->steps.items[i].direction == direction && !r->done->steps.items[i].running &&
                 r->done->steps.items[i].number != r->repair->step;
    return count;
}

/* What the migration is once its step is marked. */
static void add_outcome(const repairing *r, const repaired_side *side, bool done, keel_str *sql)
{
    const char *version = r->repair->version;
    bool all = done && count_done(r, side->direction) + 1 == side->steps.count;

    if (side->direction == 'u') {
        keel_journal_add_state(sql, r->space, version, all ? "applied" : "applying");
    } else if (all) {
        keel_journal_add_forget(sql, r->space, version);
        keel_journal_add_event(sql, r->space, version, "reverted", NULL, NULL);
    }
}

static bool mark_step(repairing *r, bool done, keel_str *sql, keel_error *err)
{
    const keel_repair *repair = r->repair;
    repaired_side side;

    if (!find_side(r, &side, err) || !check_step(r, &side, err))
        return false;
    const keel_step *step = &side.steps.items[repair->step - 1];
    keel_new_step row = {.space = r->space, .version = repair->version, .direction = side.direction, .number = repair->step,
                         .label = step->label, .raw_hash = step->raw_hash, .token_hash = step->token_hash};
    keel_journal_add_forget_step(sql, r->space, repair->version, side.direction, repair->step);
    if (done)
        keel_journal_add_step(sql, &row);
    keel_journal_add_event(sql, r->space, repair->version, done ? "marked done" : "marked undone", repair->reason,
                           detail_of(r, "step", step->label));
    add_outcome(r, &side, done, sql);
    return true;
}

static bool forget(repairing *r, keel_str *sql, keel_error *err)
{
    if (r->done == NULL)
        return needs_both(r, err);
    keel_journal_add_forget(sql, r->space, r->repair->version);
    keel_journal_add_event(sql, r->space, r->repair->version, "forgotten", r->repair->reason, NULL);
    return true;
}

static bool make_sql(repairing *r, keel_str *sql, const char **ret_diff, keel_error *err)
{
    switch (r->repair->deed) {
    case KEEL_REPAIR_ACCEPT:
        return accept_file(r, sql, ret_diff, err);
    case KEEL_REPAIR_DONE:
        return mark_step(r, true, sql, err);
    case KEEL_REPAIR_UNDONE:
        return mark_step(r, false, sql, err);
    case KEEL_REPAIR_FORGET:
        return forget(r, sql, err);
    }
    return keel_fail(err, KEEL_ERR_INTERNAL, "no such repair");
}

bool keel_migrate_repair(keel_arena *arena, const keel_migrate_options *options, const keel_repair *repair,
                         const char **ret_diff, keel_error *err)
{
    KEEL_CLEANUP(keel_session_close) keel_session session = {0};
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *progress = keel_progress_create(true, false);
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    keel_migration_folder *folder = NULL;
    keel_done_migrations done = {0};
    repairing r = {.arena = arena, .repair = repair, .space = options->space != NULL ? options->space : ""};

    if (!keel_migration_folder_read(arena, options->dir, options->layout, &folder, err) ||
        !keel_session_open(options->conninfo, progress, options->cancel, &session, err) ||
        !keel_session_lock(&session, options->conninfo, r.space, options->wait, err) ||
        !keel_journal_migrations(session.work, arena, r.space, KEEL_JOURNAL_SQL, &done, err))
        return false;
    r.folder = folder;
    r.variables = options->variables;
    keel_migration_folder_set_variables(folder, options->variables);
    r.server_version = keel_pg_server_version(session.work);
    keel_str_add(&sql, "BEGIN;\n");
    if (!find(&r, &done, err) || !make_sql(&r, &sql, ret_diff, err))
        return false;
    keel_str_add(&sql, "COMMIT");
    return options->dry_run || keel_pg_exec(session.work, err, keel_str_text(&sql));
}
