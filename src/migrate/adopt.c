#include "migrate/adopt.h"

#include "journal/journal.h"
#include "migrate/layout.h"
#include "migrate/session.h"
#include "migrate/snapshot.h"

const keel_history keel_histories[] = {
    {"flyway", "flyway_schema_history", "installed_rank,version,script,success,type",
     "SELECT CASE WHEN type = 'BASELINE' THEN '~' ELSE '' END"
     " || coalesce(version, regexp_replace(script, '^.*/|\\.sql$', '', 'g')) FROM"
     " (SELECT DISTINCT ON (coalesce(version, script)) * FROM %s WHERE success"
     "  ORDER BY coalesce(version, script), installed_rank DESC) h"
     " WHERE type NOT LIKE 'UNDO%' AND type NOT IN ('DELETE', 'SCHEMA') ORDER BY installed_rank",
     "SELECT coalesce(version, script) FROM %s WHERE NOT success", "Flyway"},
    {"sqlx", "_sqlx_migrations", "version,success", "SELECT version::text FROM %s WHERE success",
     "SELECT version::text FROM %s WHERE NOT success", "sqlx"},
    {"goose", "goose_db_version", "version_id,is_applied",
     "SELECT version_id::text FROM (SELECT DISTINCT ON (version_id) version_id, is_applied FROM %s"
     " ORDER BY version_id, id DESC) v WHERE is_applied AND version_id > 0", NULL, "goose"},
    {"golang-migrate", "schema_migrations", "version,dirty",
     "SELECT CASE WHEN dirty THEN '<' ELSE '<=' END || version::text FROM %s",
     "SELECT version::text FROM %s WHERE dirty", "golang-migrate"},
    {"rails", "schema_migrations", "version", "SELECT version::text FROM %s", NULL, "Rails"},
    {"dbmate", "schema_migrations", "version", "SELECT version::text FROM %s", NULL, "dbmate"},
    {"diesel", "__diesel_schema_migrations", "version", "SELECT version::text FROM %s", NULL, "diesel"},
    {"prisma", "_prisma_migrations", "migration_name,finished_at,rolled_back_at",
     "SELECT migration_name FROM %s WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL",
     "SELECT migration_name FROM %s WHERE finished_at IS NULL AND rolled_back_at IS NULL", "Prisma"},
    {"alembic", "alembic_version", "version_num", "SELECT '=' || version_num FROM %s", NULL, "Alembic"},
    {.id = NULL},
};

/* The first history whose table has its columns, preferring the role's own schema. */
static bool find_history(keel_pg *pg, keel_arena *arena, const char *from, const keel_history **ret_history,
                         const char **ret_table, keel_error *err)
{
    static const char sql[] =
        "SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = $1 AND c.relkind IN ('r', 'p')"
        " AND NOT EXISTS (SELECT 1 FROM unnest(string_to_array($2, ',')) w WHERE NOT EXISTS (SELECT 1 FROM"
        "  pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attname = w AND NOT a.attisdropped))"
        " ORDER BY n.nspname <> coalesce(pg_catalog.current_schema(), ''), n.nspname LIMIT 1";

    for (const keel_history *history = keel_histories; history->id != NULL; history++) {
        KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
        const char *params[] = {history->table, history->columns};
        if (from != NULL && !keel_streq(from, history->id))
            continue;
        if (!keel_pg_query(pg, &r, err, sql, 2, params))
            return false;
        if (keel_pg_rows(r) == 0)
            continue;
        *ret_history = history;
        *ret_table = keel_arena_strdup(arena, keel_pg_text(r, 0, 0));
        return true;
    }
    keel_fail(err, KEEL_ERR_DATA, "no history of another tool%s%s is in this database", from != NULL ? " called " : "",
              from != NULL ? from : "");
    return keel_fail_hint(err, "Known are those of Flyway, sqlx, goose, golang-migrate, dbmate, Rails, diesel, Prisma and "
                               "Alembic; or say up to which version the files stand: --to VERSION.");
}

typedef struct adopting {
    keel_arena *arena;
    keel_pg *pg;
    const keel_migration_folder *folder;
    const keel_done_migrations *done;
    const char *space;
    bool dry_run;
    keel_adopted *adopted;
} adopting;

static bool enter(adopting *a, const keel_migration *m, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    char raw[KEEL_SQL_HASH_SIZE], tokens[KEEL_SQL_HASH_SIZE];

    if (keel_done_find(a->done, m->version) != NULL) {
        a->adopted->known++;
        return true;
    }
    a->adopted->entered++;
    if (a->dry_run)
        return true;
    keel_sql_hash_bytes(m->up.text, m->up.size, raw);
    keel_sql_hash_tokens(m->up.text, m->up.size, tokens);
    keel_journal_add_migration(&sql, &(keel_new_migration){.space = a->space, .version = m->version, .name = m->name,
                                                           .file = m->file, .layout = a->folder->layout->id,
                                                           .repeatable = m->repeatable, .up_sql = m->up.text,
                                                           .down_sql = m->down.text, .raw_hash = raw,
                                                           .token_hash = tokens, .complete = true, .adopted = true});
    keel_journal_add_event(&sql, a->space, m->version, "adopted",
                           a->adopted->history != NULL ? a->adopted->history : "given by hand", NULL);
    return keel_pg_exec(a->pg, err, keel_str_text(&sql));
}

/* "=" before a version: alembic knows only the newest of a chain, and it is its revision, not our number. */
static bool is_version(const keel_migration *m, const char *version)
{
    if (version[0] == '=')
        return keel_streq(m->name, version + 1) || keel_streq(m->version, version + 1);
    return keel_layout_compare(m->version, version) == 0;
}

static const keel_migration *find_file(const adopting *a, const char *version)
{
    for (size_t i = 0; i < a->folder->migrations.count; i++)
        if (is_version(&a->folder->migrations.items[i], version))
            return &a->folder->migrations.items[i];
    return NULL;
}

static bool enter_up_to(adopting *a, const keel_migration *last, bool with_it, keel_error *err)
{
    for (size_t i = 0; i < a->folder->migrations.count; i++) {
        if (!with_it && &a->folder->migrations.items[i] == last)
            return true;
        if (!enter(a, &a->folder->migrations.items[i], err))
            return false;
        if (&a->folder->migrations.items[i] == last)
            return true;
    }
    return true;
}

/* A baseline seldom has a file of its own. */
static bool enter_below(adopting *a, const char *version, keel_error *err)
{
    for (size_t i = 0; i < a->folder->migrations.count; i++) {
        const keel_migration *m = &a->folder->migrations.items[i];
        if (!m->repeatable && keel_layout_compare(m->version, version) <= 0 && !enter(a, m, err))
            return false;
    }
    return true;
}

/* "~" stands for every file up to that version, whether it has one or not. "<=" and "=" stand for everything up to that version, "<" for everything before it; else it is one. */
static bool enter_version(adopting *a, const char *version, keel_error *err)
{
    bool all_before = version[0] == '<' || version[0] == '=';
    bool with_it = version[0] != '<' || version[1] == '=';
    const char *wanted = version[0] != '<' ? version : version + (with_it ? 2 : 1);
    const keel_migration *found = find_file(a, wanted);

    if (version[0] == '~')
        return enter_below(a, version + 1, err);
    if (found == NULL) {
        const char *name = keel_arena_strdup(a->arena, wanted[0] == '=' ? wanted + 1 : wanted);
        keel_arena_push(a->arena, &a->adopted->unknown, name);
        return true;
    }
    return all_before ? enter_up_to(a, found, with_it, err) : enter(a, found, err);
}

static bool read_history(adopting *a, const char *with_table, const char *table, keel_pg_result **ret_rows, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const char *place = strstr(with_table, "%s");

    keel_str_addn(&sql, with_table, (size_t)(place - with_table));
    keel_str_add(&sql, table);
    keel_str_add(&sql, place + 2);
    return keel_pg_query(a->pg, ret_rows, err, keel_str_text(&sql), 0, NULL) || keel_fail_context(err, "read \"%s\"", table);
}

static bool list_failed(adopting *a, const keel_history *history, const char *table, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;

    if (history->failed == NULL)
        return true;
    if (!read_history(a, history->failed, table, &r, err))
        return false;
    for (int row = 0; row < keel_pg_rows(r); row++) {
        const char *version = keel_arena_strdup(a->arena, keel_pg_text(r, row, 0));
        keel_arena_push(a->arena, &a->adopted->failed, version);
    }
    return true;
}

static bool enter_history(adopting *a, const keel_history *history, const char *table, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;

    if (!list_failed(a, history, table, err) || !read_history(a, history->sql, table, &r, err))
        return false;
    for (int row = 0; row < keel_pg_rows(r); row++)
        if (!keel_pg_is_null(r, row, 0) && !enter_version(a, keel_pg_text(r, row, 0), err))
            return false;
    return true;
}

static bool enter_given(adopting *a, const char *to, keel_error *err)
{
    const keel_migration *last = find_file(a, to);

    if (last == NULL) {
        keel_fail(err, KEEL_ERR_USAGE, "there is no version \"%s\" in \"%s\"", to, a->folder->path);
        return keel_fail_hint(err, "\"pgkeel migrate status\" lists them.");
    }
    return enter_up_to(a, last, true, err);
}

static bool adopt_locked(adopting *a, const keel_migrate_options *options, const char *from, keel_error *err)
{
    const keel_history *history = NULL;
    const char *table = NULL;

    if (options->to != NULL)
        return enter_given(a, options->to, err);
    if (!find_history(a->pg, a->arena, from, &history, &table, err))
        return false;
    a->adopted->history = table;
    return enter_history(a, history, table, err);
}

static void report_oddities(const keel_adopted *adopted, keel_report *report)
{
    for (size_t i = 0; i < adopted->failed.count; i++)
        keel_report_addf(report, KEEL_ERROR, "migrate.adopt_failed", adopted->failed.items[i], NULL,
                         "Look what of it is there. Take the rest away by hand, and \"pgkeel migrate up\" applies it anew; or "
                         "complete it by hand and take it over: pgkeel migrate adopt --to VERSION.",
                         "%s has this version as failed or half done: it was not taken over", adopted->history);
    for (size_t i = 0; i < adopted->unknown.count; i++)
        keel_report_addf(report, KEEL_WARNING, "migrate.adopt_unknown", adopted->unknown.items[i], NULL,
                         "Bring its file back from version control, then run adopt again.",
                         "%s has this version, the folder has not", adopted->history);
}

bool keel_migrate_adopt(keel_arena *arena, const keel_migrate_options *options, const char *from, keel_report *report,
                        const keel_adopted **ret_adopted, keel_error *err)
{
    KEEL_CLEANUP(keel_session_close) keel_session session = {0};
    const char *space = options->space != NULL ? options->space : "";
    keel_adopted *adopted = keel_arena_alloc(arena, sizeof *adopted);
    keel_done_migrations done = {0};
    keel_migration_folder *folder = NULL;
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *progress = keel_progress_create(true, false);

    if (!keel_migration_folder_read(arena, options->dir, options->layout, &folder, err) ||
        !keel_session_open(options->conninfo, progress, options->cancel, &session, err) ||
        !keel_session_lock(&session, options->conninfo, space, options->wait, err) ||
        (!options->dry_run && !keel_journal_ensure_migrate(session.work, err)) ||
        !keel_journal_migrations(session.work, arena, space, KEEL_JOURNAL_BRIEF, &done, err))
        return false;
    adopting a = {arena, session.work, folder, &done, space, options->dry_run, adopted};
    if (!keel_pg_exec(session.work, err, "BEGIN"))
        return false;
    if (!adopt_locked(&a, options, from, err) || !keel_pg_exec(session.work, err, "COMMIT")) {
        keel_pg_rollback(session.work);
        return false;
    }
    report_oddities(adopted, report);
    *ret_adopted = adopted;
    return options->dry_run || adopted->entered == 0 || keel_schema_snapshot_keep(session.work, space, err);
}
