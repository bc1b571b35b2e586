#include "diff_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void die(const char *what, const char *message)
{
    printf("Bail out! %s: %s\n", what, message);
    exit(1);
}

diff_scene *diff_open(keel_scratch *cluster, const char *name, const char *both_sql, const char *source_sql,
                      const char *target_sql)
{
    diff_scene *s = calloc(1, sizeof *s);
    char database[64];

    printf("# %s\n", name);
    s->arena = keel_arena_create();
    snprintf(database, sizeof database, "%s_a", name);
    s->source = cluster_database(cluster, database, s->conninfo[0]);
    snprintf(database, sizeof database, "%s_b", name);
    s->target = cluster_database(cluster, database, s->conninfo[1]);
    if (both_sql != NULL) {
        cluster_exec(s->source, both_sql);
        cluster_exec(s->target, both_sql);
    }
    if (source_sql != NULL)
        cluster_exec(s->source, source_sql);
    if (target_sql != NULL)
        cluster_exec(s->target, target_sql);
    return s;
}

void diff_close(diff_scene *s)
{
    if (s->map[0] != '\0')
        unlink(s->map);
    keel_pg_close(s->source);
    keel_pg_close(s->target);
    keel_report_free(s->report);
    keel_arena_free(s->arena);
    free(s);
}

const char *diff_map(diff_scene *s, const char *yaml)
{
    snprintf(s->map, sizeof s->map, "/tmp/keel_diff_%d.yaml", (int)getpid());
    FILE *file = fopen(s->map, "w");
    if (file == NULL || fputs(yaml, file) < 0 || fclose(file) != 0)
        die("map", s->map);
    return s->map;
}

bool diff_run(diff_scene *s, keel_diff_options options)
{
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *progress = keel_progress_create(true, false);

    keel_report_free(s->report);
    s->report = keel_report_create();
    s->result = NULL;
    s->err = (keel_error){0};
    options.source = options.source != NULL ? options.source : s->conninfo[0];
    options.target = options.target != NULL ? options.target : s->conninfo[1];
    return keel_diff(s->arena, &options, s->report, progress, &s->result, &s->err);
}

int64_t diff_count(const diff_scene *s, const char *check)
{
    int64_t count = 0;

    for (size_t i = 0; i < keel_report_count(s->report); i++)
        count += strcmp(keel_report_at(s->report, i)->check, check) == 0;
    return count;
}

const keel_finding *diff_finding(const diff_scene *s, const char *check, const char *object)
{
    static const keel_finding none = {.check = "", .object = "", .message = "", .evidence = "", .remedy = ""};

    for (size_t i = 0; i < keel_report_count(s->report); i++) {
        const keel_finding *finding = keel_report_at(s->report, i);
        if (strcmp(finding->check, check) == 0 && (object == NULL || keel_streq(finding->object, object)))
            return finding;
    }
    return &none;
}

const keel_diff_table *diff_table(const diff_scene *s, const char *source)
{
    for (size_t i = 0; s->result != NULL && i < s->result->table_count; i++)
        if (strcmp(s->result->tables[i].source, source) == 0)
            return &s->result->tables[i];
    die("no such table in the result", source);
}

void diff_show(const diff_scene *s)
{
    if (s->err.kind != KEEL_OK)
        printf("# error: %s (%s)\n", s->err.message, s->err.hint);
    for (size_t i = 0; i < keel_report_count(s->report); i++) {
        const keel_finding *finding = keel_report_at(s->report, i);
        printf("# %s %s %s: %s %s\n", keel_severity_name(finding->severity), finding->check,
               finding->object != NULL ? finding->object : "", finding->message,
               finding->evidence != NULL ? finding->evidence : "");
    }
}

bool diff_is_clean(diff_scene *s, keel_diff_options options)
{
    bool clean = diff_run(s, options) && s->result->differences == 0 && keel_report_exit_code(s->report) == 0;

    if (!clean)
        diff_show(s);
    return clean;
}
