#include "journal/migration.h"

#include <string.h>

#include "journal/journal.h"

/* Cheaper for a server process that has just been made than a look into the catalogue's tables. */
static const char exists_sql[] = "SELECT pg_catalog.to_regclass('pgkeel.migration') IS NOT NULL";

/* Times are sent as the session shows them, which is UTC, and get their shape here. */
#define MIGRATION_COLUMNS                                                                                               \
    "SELECT m.version, m.name, m.file, m.layout, m.repeatable, m.adopted, m.state, m.position, m.steps, m.raw_hash,"    \
    " m.token_hash, m.started_at, m.finished_at, m.applied_by"
#define STEP_COLUMNS                                                                                                    \
    ", s.direction, s.number, s.state = 'running', s.label, s.raw_hash, s.token_hash, s.pid, s.backend_start,"          \
    " s.started_at, s.finished_at, extract(epoch FROM s.finished_at - s.started_at) * 1000, s.lock_wait_ms, s.retries," \
    " s.wal_bytes, s.size_change"
#define FROM_MIGRATION " FROM pgkeel.migration m"
#define FROM_STEP FROM_MIGRATION " LEFT JOIN pgkeel.migration_step s USING (target_schema, version)"
#define OF_SPACE " WHERE m.target_schema = $1 ORDER BY m.position"
#define BY_STEP OF_SPACE ", s.direction DESC, s.number"

static const char *const migrations_sql[] = {
    [KEEL_JOURNAL_BRIEF] = "SELECT m.version, NULL, m.file, NULL, m.repeatable, m.adopted, m.state, m.position, m.steps,"
                           " m.raw_hash, m.token_hash, NULL, m.finished_at, NULL" FROM_MIGRATION OF_SPACE,
    [KEEL_JOURNAL_STEPS] = MIGRATION_COLUMNS ", NULL, NULL" STEP_COLUMNS FROM_STEP BY_STEP,
    [KEEL_JOURNAL_SQL] = MIGRATION_COLUMNS ", m.up_sql, m.down_sql" STEP_COLUMNS FROM_STEP BY_STEP,
};

static const char *copied(keel_arena *arena, const keel_pg_result *result, int row, int column)
{
    return keel_arena_strdup(arena, keel_pg_text(result, row, column));
}

/* "2026-01-14 09:30:00.123456+00" becomes "2026-01-14T09:30:00.123Z". */
static const char *utc(keel_arena *arena, const keel_pg_result *result, int row, int column)
{
    enum { SECONDS = 19 }; /* the length of a time down to its seconds */
    const char *text = keel_pg_text(result, row, column);
    const char *fraction = text != NULL && strlen(text) > SECONDS && text[SECONDS] == '.' ? text + SECONDS + 1 : "";
    size_t digits = KEEL_MIN(strspn(fraction, "0123456789"), (size_t)3);

    if (text == NULL || strlen(text) < SECONDS)
        return keel_arena_strdup(arena, text);
    char *shaped = keel_arena_strdup(arena, "0000-00-00T00:00:00.000Z");
    memcpy(shaped, text, SECONDS);
    shaped[10] = 'T';
    memcpy(shaped + SECONDS + 1, fraction, digits);
    return shaped;
}

static int64_t measured(const keel_pg_result *result, int row, int column)
{
    return keel_pg_is_null(result, row, column) ? KEEL_NOT_MEASURED : keel_pg_int(result, row, column);
}

static double real(const keel_pg_result *result, int row, int column)
{
    const char *text = keel_pg_text(result, row, column);

    return text != NULL ? strtod(text, NULL) : 0;
}

static keel_done_migration migration_of(keel_arena *arena, const keel_pg_result *r, int row)
{
    return (keel_done_migration){
        .version = copied(arena, r, row, 0),
        .name = copied(arena, r, row, 1),
        .file = copied(arena, r, row, 2),
        .layout = copied(arena, r, row, 3),
        .repeatable = keel_pg_bool(r, row, 4),
        .adopted = keel_pg_bool(r, row, 5),
        .state = copied(arena, r, row, 6),
        .position = keel_pg_int(r, row, 7),
        .step_count = (int)keel_pg_int(r, row, 8),
        .raw_hash = copied(arena, r, row, 9),
        .token_hash = copied(arena, r, row, 10),
        .started_at = utc(arena, r, row, 11),
        .finished_at = utc(arena, r, row, 12),
        .applied_by = copied(arena, r, row, 13),
    };
}

static keel_done_step step_of(keel_arena *arena, const keel_pg_result *r, int row)
{
    return (keel_done_step){
        .direction = keel_pg_text(r, row, 16)[0],
        .number = (int)keel_pg_int(r, row, 17),
        .running = keel_pg_bool(r, row, 18),
        .label = copied(arena, r, row, 19),
        .raw_hash = copied(arena, r, row, 20),
        .token_hash = copied(arena, r, row, 21),
        .pid = (int)keel_pg_int(r, row, 22),
        .backend_start = copied(arena, r, row, 23),
        .started_at = utc(arena, r, row, 24),
        .finished_at = utc(arena, r, row, 25),
        .duration_ms = real(r, row, 26),
        .lock_wait_ms = real(r, row, 27),
        .retries = (int)keel_pg_int(r, row, 28),
        .wal_bytes = measured(r, row, 29),
        .size_change = measured(r, row, 30),
    };
}

static bool table_exists(keel_pg *pg, bool *ret_exists, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;

    if (!keel_pg_query(pg, &result, err, exists_sql, 0, NULL))
        return false;
    *ret_exists = keel_pg_bool(result, 0, 0);
    return true;
}

static void take_row(keel_arena *arena, const keel_pg_result *r, int row, keel_journal_depth depth,
                     keel_done_migrations *found)
{
    const char *version = keel_pg_text(r, row, 0);

    if (found->count == 0 || !keel_streq(found->items[found->count - 1].version, version))
        keel_arena_push(arena, found, migration_of(arena, r, row));
    keel_done_migration *last = &found->items[found->count - 1];
    if (depth == KEEL_JOURNAL_SQL) {
        last->up_sql = copied(arena, r, row, 14);
        last->down_sql = copied(arena, r, row, 15);
    }
    if (depth != KEEL_JOURNAL_BRIEF && !keel_pg_is_null(r, row, 16))
        keel_arena_push(arena, &last->steps, step_of(arena, r, row));
}

bool keel_journal_migrations(keel_pg *pg, keel_arena *arena, const char *space, keel_journal_depth depth,
                             keel_done_migrations *ret_migrations, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    const char *params[] = {space};
    keel_done_migrations found = {0};
    bool exists = false;

    if (!table_exists(pg, &exists, err) || (exists && !keel_pg_query(pg, &result, err, migrations_sql[depth], 1, params)))
        return keel_journal_explain(err) || keel_fail_context(err, "read the journal");
    for (int row = 0; result != NULL && row < keel_pg_rows(result); row++)
        take_row(arena, result, row, depth, &found);
    *ret_migrations = found;
    return true;
}

const keel_done_migration *keel_done_find(const keel_done_migrations *migrations, const char *version)
{
    for (size_t i = 0; i < migrations->count; i++)
        if (keel_streq(migrations->items[i].version, version))
            return &migrations->items[i];
    return NULL;
}

const keel_done_step *keel_done_step_find(const keel_done_migration *migration, char direction, int number)
{
    for (size_t i = 0; migration != NULL && i < migration->steps.count; i++)
        if (migration->steps.items[i].direction == direction && migration->steps.items[i].number == number)
            return &migration->steps.items[i];
    return NULL;
}
