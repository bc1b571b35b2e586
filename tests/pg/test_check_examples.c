/* Every check carries an example that triggers it and one that does not. Each is made into a
 * database here: the check finds something in the first, alone and at its severity; it looks at
 * something in the second and finds nothing; and no other check calls the first an ERROR. */
#include <stdlib.h>
#include <unistd.h>

#include "cluster.h"
#include "tap.h"
#include "verify/engine.h"

typedef struct example {
    const keel_check *check;
    const keel_suite *suite;
    char conninfo[CLUSTER_CONNINFO_SIZE];
} example;

static const keel_suite *suite_of(keel_arena *arena, const keel_check *check)
{
    char path[] = "/tmp/pgkeel-suite-XXXXXX";
    const char *const paths[] = {path};
    const keel_suite *suite = NULL;
    keel_error err = {0};

    if (check->suite == NULL)
        return NULL;
    int fd = mkstemp(path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL || fputs(check->suite, file) < 0 || fclose(file) != 0)
        exit(2);
    bool read = keel_suite_read(arena, paths, 1, &suite, &err);
    unlink(path);
    ok(read, "%s: its suite is read: %s", check->id, err.message);
    return suite;
}

/* The ids under which the check reports: its own, or those of the suite's items. */
static const char *const *ids_of(keel_arena *arena, const example *x)
{
    const keel_check *check = x->check;
    size_t count = check->items != NULL && x->suite != NULL ? check->items(x->suite) : 1;
    const char **ids = keel_arena_alloc(arena, (count + 1) * sizeof *ids);

    for (size_t i = 0; i < count; i++) {
        keel_check copy = *check;
        if (check->items != NULL && x->suite != NULL)
            check->item(x->suite, i, &copy);
        ids[i] = copy.id;
    }
    return ids;
}

static bool among(const char *const *ids, const char *id)
{
    for (; *ids != NULL; ids++)
        if (strcmp(*ids, id) == 0)
            return true;
    return false;
}

static bool make(keel_scratch *cluster, const char *kind, int number, const char *sql, example *x)
{
    char name[64];
    keel_error err = {0};

    snprintf(name, sizeof name, "%s_%d", kind, number);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, name, x->conninfo);
    return ok(keel_pg_exec(pg, &err, sql), "%s: the example that %s is valid SQL: %s", x->check->id,
              kind, err.message);
}

static keel_report *look(keel_arena *arena, const example *x, const char *const *only)
{
    keel_report *report = keel_report_create();
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *progress = keel_progress_create(true, false);
    const keel_check_database *database = NULL;
    keel_error err = {0};
    keel_check_options options = {
        .conninfo = x->conninfo, .suite = x->suite, .only = only, .jobs = 2};

    if (!keel_check_database_run(arena, &options, report, progress, &database, &err) &&
        only == NULL)
        ok(false, "%s: all checks run: %s", x->check->id, err.message);
    return report;
}

static void show(const keel_report *report, const char *const *but)
{
    for (size_t i = 0; i < keel_report_count(report); i++) {
        const keel_finding *finding = keel_report_at(report, i);
        if (but == NULL || !among(but, finding->check))
            printf("# %s %s: %s: %s\n", keel_severity_name(finding->severity), finding->check,
                   finding->object, finding->message);
    }
    for (size_t i = 0; i < keel_report_line_count(report); i++) {
        const keel_check_line *line = keel_report_line_at(report, i);
        if (but == NULL && line->note != NULL)
            printf("# %s: %s\n", line->check, line->note);
    }
}

static void test_triggers(keel_arena *arena, const example *x)
{
    const char *const *ids = ids_of(arena, x);
    KEEL_CLEANUP(keel_report_free_p) keel_report *alone = look(arena, x, ids);
    KEEL_CLEANUP(keel_report_free_p) keel_report *all = look(arena, x, NULL);
    size_t own = 0, severe = 0, others = 0;

    for (size_t i = 0; i < keel_report_count(alone); i++) {
        const keel_finding *finding = keel_report_at(alone, i);
        own += among(ids, finding->check);
        severe += among(ids, finding->check) && finding->severity == x->check->severity;
    }
    for (size_t i = 0; i < keel_report_count(all); i++) {
        const keel_finding *finding = keel_report_at(all, i);
        others += !among(ids, finding->check) && finding->severity >= KEEL_ERROR;
    }
    if (!ok(own > 0 && severe > 0, "%s finds something, and at its severity", x->check->id))
        show(alone, NULL);
    if (!ok(keel_report_count(alone) == own, "%s: nothing else is said when it runs alone",
            x->check->id))
        show(alone, ids);
    if (!is_int((int64_t)others, 0, "%s: no other check calls it an ERROR", x->check->id))
        show(all, ids);
}

static void test_passes(keel_arena *arena, const example *x)
{
    const char *const *ids = ids_of(arena, x);
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = look(arena, x, ids);
    bool passed = keel_report_line_count(report) > 0;

    for (size_t i = 0; i < keel_report_line_count(report); i++)
        passed = passed && keel_report_line_at(report, i)->outcome == KEEL_CHECK_PASSED;
    if (!ok(passed && keel_report_count(report) == 0, "%s looks at something and finds nothing",
            x->check->id))
        show(report, NULL);
}

static void test_words(const keel_check *check)
{
    const char *group = keel_check_group_name(check->group);
    size_t size = strlen(group);

    ok(strncmp(check->id, group, size) == 0 && check->id[size] == '.',
       "%s: the id begins with its group", check->id);
    ok(check->title != NULL && check->title[strlen(check->title) - 1] != '.',
       "%s: a title without full stop", check->id);
    ok(check->help != NULL && check->help[strlen(check->help) - 1] == '.',
       "%s: help in whole sentences", check->id);
    ok((check->run != NULL) + (check->each != NULL) + (check->scan != NULL) > 0,
       "%s: it does something", check->id);
    bool needs = (check->flags & KEEL_CHECK_NEEDS_SUITE) != 0;
    ok(!needs || check->suite != NULL, "%s: an example of the suite it needs", check->id);
    ok(keel_check_find(check->id) == check, "%s is found, and only once", check->id);
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);
    const char *wanted = getenv("PGKEEL_CHECK"); /* one id, for whoever writes a check */

    for (int i = 0; keel_checks[i] != NULL; i++) {
        KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
        example x = {.check = keel_checks[i]};
        if (wanted != NULL && strcmp(wanted, x.check->id) != 0)
            continue;
        if ((x.check->flags & KEEL_CHECK_NEEDS_BASELINE) != 0)
            continue; /* theirs are in test_check_baseline.c: a baseline is saved in the middle */
        test_words(x.check);
        x.suite = suite_of(arena, x.check);
        if (make(cluster, "triggers", i, x.check->triggers, &x))
            test_triggers(arena, &x);
        if (make(cluster, "passes", i, x.check->passes, &x))
            test_passes(arena, &x);
    }
    return done_testing();
}
