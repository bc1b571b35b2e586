#include "migrate/work.h"

#include "base/map.h"
#include "migrate/layout.h"
#include "migrate/variables.h"

const char *keel_line_state_name(keel_line_state state)
{
    static const char *const names[] = {"applied", "pending", "applying", "reverting", "changed", "missing"};

    return names[state];
}

typedef struct judge {
    keel_arena *arena;
    keel_work *work;
    const keel_work_options *options;
    keel_report *report;
} judge;

static void found(judge *j, keel_severity severity, const char *check, const keel_work_line *line, int at,
                  const char *message, const char *evidence, const char *remedy)
{
    keel_finding finding = {.check = check, .severity = severity, .message = message, .evidence = evidence,
                            .remedy = remedy, .line = at};

    finding.object = line->migration != NULL ? line->migration->file : line->done->file;
    finding.file = line->migration != NULL ? line->migration->up.path : NULL;
    keel_report_add(j->report, &finding);
}

static keel_line_state state_of(const keel_migration *migration, const keel_done_migration *done)
{
    char hash[KEEL_SQL_HASH_SIZE];

    if (done == NULL)
        return KEEL_LINE_PENDING;
    if (keel_streq(done->state, "applying"))
        return KEEL_LINE_APPLYING;
    if (keel_streq(done->state, "reverting"))
        return KEEL_LINE_REVERTING;
    if (!done->repeatable)
        return KEEL_LINE_APPLIED;
    keel_sql_hash_tokens(migration->up.text, migration->up.size, hash);
    return keel_streq(hash, done->token_hash) ? KEEL_LINE_APPLIED : KEEL_LINE_CHANGED;
}

static bool same_bytes(const keel_migration *migration, const keel_done_migration *done)
{
    char hash[KEEL_SQL_HASH_SIZE];

    keel_sql_hash_bytes(migration->up.text, migration->up.size, hash);
    return keel_streq(hash, done->raw_hash);
}

static int count_done(const keel_done_migration *done)
{
    int count = 0;

    for (size_t i = 0; done != NULL && i < done->steps.count; i++)
        count += done->steps.items[i].direction == 'u' && !done->steps.items[i].running;
    return count;
}

/* The first step up that the journal has otherwise than the file, or 0. One taken over from another tool has no steps. */
static int edited_step(const keel_work_line *line)
{
    const keel_done_migration *done = line->done;

    for (size_t i = 0; i < done->steps.count; i++) {
        const keel_done_step *step = &done->steps.items[i];
        if (step->direction != 'u')
            continue;
        if ((size_t)step->number > line->up.count ||
            !keel_streq(step->token_hash, line->up.items[step->number - 1].token_hash))
            return step->number;
    }
    bool whole = line->state == KEEL_LINE_APPLIED && !done->adopted;
    return whole && (int)line->up.count > done->step_count ? done->step_count + 1 : 0;
}

static bool adopted_and_edited(const keel_work_line *line)
{
    char hash[KEEL_SQL_HASH_SIZE];

    keel_sql_hash_tokens(line->migration->up.text, line->migration->up.size, hash);
    return line->done->adopted && line->done->raw_hash[0] != '\0' && !keel_streq(hash, line->done->token_hash);
}

static void judge_edit(judge *j, keel_work_line *line)
{
    KEEL_CLEANUP(keel_str_free) keel_str diff = {0};
    int step = edited_step(line);

    if (step == 0 && !adopted_and_edited(line)) {
        found(j, KEEL_INFO, "migrate.comments", line, 1, "only comments or blanks differ from what was applied", NULL, NULL);
        return;
    }
    line->refused = j->work->refused = true;
    keel_text_diff(line->done->up_sql != NULL ? line->done->up_sql : "", line->migration->up.text, &diff);
    int at = step > 0 && (size_t)step <= line->up.count ? line->up.items[step - 1].line : 1;
    found(j, KEEL_ERROR, "migrate.edited", line, at,
          keel_arena_printf(j->arena, "version %s was applied and its file has been changed since (step %d)",
                            line->done->version, KEEL_MAX(step, 1)),
          NULL,
          keel_arena_printf(j->arena,
                            "%sPut the file back and write a new migration; or accept it as it is: pgkeel migrate repair %s "
                            "--accept --reason \"...\"",
                            keel_str_text(&diff), line->done->version));
}

static void judge_syntax(judge *j, keel_work_line *line)
{
    enum { GRAMMAR = 160000 }; /* a server from here on knows more than our grammar */

    for (size_t i = 0; i < line->up.count; i++) {
        const keel_step *step = &line->up.items[i];
        for (size_t k = 0; k < step->statements.count; k++) {
            const keel_step_statement *s = &step->statements.items[k];
            KEEL_CLEANUP(keel_str_free) keel_str caret = {0};
            if (s->complaint == NULL)
                continue;
            bool newer = s->complaint->ours || j->work->server_version >= GRAMMAR;
            int at = keel_step_line(s, s->complaint->at);
            keel_step_caret(step, s, s->complaint->at, &caret);
            found(j, newer ? KEEL_INFO : KEEL_ERROR, newer ? "migrate.not_analysed" : "migrate.syntax", line, at,
                  s->complaint->message, NULL, newer ? NULL : keel_arena_strdup(j->arena, keel_str_text(&caret)));
            line->refused = line->refused || !newer;
            j->work->refused = j->work->refused || !newer;
        }
    }
}

/* The line that an earlier look at the same folder has made for this migration; its last lines are the folder's. */
static const keel_work_line *line_before(const judge *j, const keel_migration *migration)
{
    const keel_work *before = j->options->before;
    size_t of_folder = j->work->folder->migrations.count;

    if (before == NULL || before->folder != j->work->folder)
        return NULL;
    return &before->lines.items[before->lines.count - of_folder + (size_t)(migration - j->work->folder->migrations.items)];
}

/* A ${NAME} that nobody names may be meant: functions in other languages write such things. It may also be forgotten. */
static void judge_variables(judge *j, keel_work_line *line)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *said = keel_map_create();
    const keel_migration_sql *sql = &line->migration->up;
    keel_variable_use use;

    for (size_t at = 0; keel_variables_next(j->arena, sql->variables, sql->text, sql->size, at, &use);
         at = use.start + use.size) {
        if (use.variable != NULL || keel_map_get(said, use.name) != NULL)
            continue;
        keel_map_put(said, use.name, j);
        found(j, KEEL_WARNING, "migrate.variable", line,
              sql->line + keel_sql_place_of(sql->text, sql->size, use.start).line - 1,
              keel_arena_printf(j->arena, "${%s} is run as it stands: no variable of that name is named", use.name), NULL,
              keel_arena_printf(j->arena, "If it is to be replaced: --env %s, or --var %s=VALUE.", use.name, use.name));
    }
}

static bool cut(judge *j, keel_work_line *line, keel_error *err)
{
    const keel_work_line *before = line_before(j, line->migration);

    if (before != NULL && before->up.count > 0) {
        line->up = before->up;
        return true;
    }
    return keel_steps_of(j->arena, &line->migration->up, j->work->server_version, &line->up, err);
}

static bool judge_line(judge *j, keel_work_line *line, keel_error *err)
{
    bool applied = line->state == KEEL_LINE_APPLIED;

    if (applied && same_bytes(line->migration, line->done))
        return true;
    if (!cut(j, line, err))
        return false;
    if (applied || (line->state == KEEL_LINE_APPLYING && !same_bytes(line->migration, line->done) && edited_step(line) != 0))
        judge_edit(j, line);
    if (!applied) {
        judge_variables(j, line);
        judge_syntax(j, line);
        j->work->pending += line->state != KEEL_LINE_REVERTING;
    }
    return true;
}

static void add_missing(judge *j)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *there = keel_map_create();

    for (size_t i = 0; i < j->work->folder->migrations.count; i++)
        keel_map_put(there, j->work->folder->migrations.items[i].version, &j->work->folder->migrations.items[i]);
    for (size_t i = 0; i < j->work->done->count; i++) {
        const keel_done_migration *done = &j->work->done->items[i];
        if (keel_map_get(there, done->version) != NULL)
            continue;
        keel_work_line line = {.state = KEEL_LINE_MISSING, .done = done, .steps_done = count_done(done)};
        keel_arena_push(j->arena, &j->work->lines, line);
        found(j, KEEL_WARNING, "migrate.missing", &line, 0,
              keel_arena_printf(j->arena, "version %s was applied, but its file is not in the folder", done->version), NULL,
              "Bring the file back from version control.");
    }
}

static int compare(const keel_work *work, const char *left, const char *right)
{
    return work->folder->layout->compare != NULL ? work->folder->layout->compare(left, right)
                                                 : keel_layout_compare(left, right);
}

/* The highest version that was applied in full. */
static const char *newest_applied(const keel_work *work)
{
    const char *newest = NULL;

    for (size_t i = 0; i < work->done->count; i++) {
        const keel_done_migration *done = &work->done->items[i];
        if (!done->repeatable && keel_streq(done->state, "applied") &&
            (newest == NULL || compare(work, newest, done->version) < 0))
            newest = done->version;
    }
    return newest;
}

static void judge_order(judge *j)
{
    const char *newest = newest_applied(j->work);

    for (size_t i = 0; i < j->work->lines.count && newest != NULL; i++) {
        keel_work_line *line = &j->work->lines.items[i];
        if (line->state != KEEL_LINE_PENDING || line->migration->repeatable ||
            compare(j->work, line->migration->version, newest) > 0)
            continue;
        bool allowed = j->options->allow_out_of_order;
        line->refused = !allowed;
        j->work->refused = j->work->refused || !allowed;
        found(j, allowed ? KEEL_INFO : KEEL_ERROR, "migrate.out_of_order", line, 1,
              keel_arena_printf(j->arena, "version %s is pending, but the newer version %s is applied already",
                                line->migration->version, newest),
              NULL, allowed ? NULL : "Give it a newer version; or apply it late on purpose: --allow-out-of-order.");
    }
}

bool keel_work_make(keel_arena *arena, const keel_migration_folder *folder, const keel_done_migrations *done,
                    int server_version, const keel_work_options *options, keel_report *report, keel_work **ret_work,
                    keel_error *err)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *rows = keel_map_create();
    keel_work *work = keel_arena_alloc(arena, sizeof *work);
    judge j = {arena, work, options, report};

    *work = (keel_work){.folder = folder, .done = done, .server_version = server_version};
    for (size_t i = 0; i < done->count; i++)
        keel_map_put(rows, done->items[i].version, &done->items[i]);
    add_missing(&j);
    for (size_t i = 0; i < folder->migrations.count; i++) {
        const keel_migration *migration = &folder->migrations.items[i];
        const keel_done_migration *row = keel_map_get(rows, migration->version);
        keel_work_line line = {.state = state_of(migration, row), .migration = migration, .done = row,
                               .steps_done = count_done(row)};
        if (!judge_line(&j, &line, err))
            return false;
        keel_arena_push(arena, &work->lines, line);
    }
    judge_order(&j);
    *ret_work = work;
    return true;
}
