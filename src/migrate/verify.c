#include "migrate/verify.h"

#include "base/str.h"
#include "migrate/snapshot.h"

typedef struct drift {
    keel_arena *arena;
    keel_report *report;
} drift;

static void changed(void *context, keel_schema_change change, const keel_schema_object *before,
                    const keel_schema_object *after)
{
    static const char *const what[] = {"was added by another hand", "is gone", "was changed by another hand"};
    drift *d = context;
    KEEL_CLEANUP(keel_str_free) keel_str diff = {0};
    const keel_schema_object *object = after != NULL ? after : before;

    keel_text_diff(before != NULL ? before->definition : "", after != NULL ? after->definition : "", &diff);
    keel_report_add(d->report,
                    &(keel_finding){.check = "migrate.drift", .severity = KEEL_ERROR,
                                    .object = object != NULL ? object->name : "",
                                    .message = keel_arena_printf(d->arena, "%s since the last run of migrate", what[change]),
                                    .remedy = keel_arena_printf(d->arena,
                                                                "%sWrite it as a migration, or put the schema back as it was.",
                                                                keel_str_text(&diff))});
}

static void add_line(keel_report *report, const char *check, const char *title, size_t wrong, const char *note)
{
    keel_report_check_line(report, &(keel_check_line){.check = check, .group = "migrate", .title = title, .note = note,
                                                      .outcome = wrong > 0 ? KEEL_CHECK_FAILED : KEEL_CHECK_PASSED});
}

static bool verify_drift(keel_pg *pg, keel_arena *arena, const char *space, keel_report *report, keel_error *err)
{
    static const char title[] = "the schema is as the last run left it";
    drift d = {arena, report};
    keel_schema_snapshot before = {0}, after = {0};
    bool known = false;

    if (!keel_schema_snapshot_load(pg, arena, space, &before, &known, err) ||
        !keel_schema_snapshot_take(pg, arena, space, &after, err))
        return false;
    if (!known) {
        keel_report_check_line(report, &(keel_check_line){.check = "migrate.drift", .group = "migrate", .title = title,
                                                          .outcome = KEEL_CHECK_SKIPPED,
                                                          .note = "no run has left a picture of the schema yet"});
        return true;
    }
    size_t wrong = keel_schema_compare(&before, &after, changed, &d);
    add_line(report, "migrate.drift", title, wrong, keel_arena_printf(arena, "%zu objects", after.count));
    return true;
}

static void verify_files(keel_arena *arena, const keel_work *work, keel_report *report)
{
    size_t wrong = 0, half = 0;

    for (size_t i = 0; i < work->lines.count; i++) {
        const keel_work_line *line = &work->lines.items[i];
        bool begun = line->state == KEEL_LINE_APPLYING || line->state == KEEL_LINE_REVERTING;
        wrong += line->refused;
        half += begun;
        if (begun)
            keel_report_addf(report, KEEL_ERROR, "migrate.interrupted",
                             line->migration != NULL ? line->migration->file : line->done->file, NULL,
                             line->state == KEEL_LINE_APPLYING ? "pgkeel migrate up" : "pgkeel migrate down",
                             "version %s was interrupted: %d steps are done", line->done->version, line->steps_done);
    }
    const char *files = keel_arena_printf(arena, "%zu migrations", work->lines.count);
    add_line(report, "migrate.files", "every applied file is as it was applied", wrong, files);
    add_line(report, "migrate.interrupted", "nothing is half applied", half, files);
}

bool keel_migrate_verify(keel_arena *arena, const keel_migrate_options *options, keel_report *report,
                         const keel_work **ret_work, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    const char *space = options->space != NULL ? options->space : "";

    if (!keel_migrate_look(arena, options, report, ret_work, err))
        return false;
    if ((*ret_work)->done->count == 0) {
        keel_fail(err, KEEL_ERR_CHANGED, "the journal knows no migration of this database");
        return keel_fail_hint(err, "Apply them with \"pgkeel migrate up\", or take over what another tool has applied with "
                                   "\"pgkeel migrate adopt\".");
    }
    verify_files(arena, *ret_work, report);
    return keel_pg_open(options->conninfo, "migrate verify", &pg, err) && verify_drift(pg, arena, space, report, err);
}
