#include "scene.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void bail_out(const char *what, const char *why)
{
    printf("Bail out! %s: %s\n", what, why);
    exit(1);
}

scene *
scene_open(keel_scratch *cluster, const char *name, const char *source_sql, const char *target_sql)
{
    scene *s = calloc(1, sizeof *s);

    if (s == NULL)
        bail_out(name, "no memory");
    printf("# %s\n", name);
    s->arena = keel_arena_create();
    s->pg = cluster_database(cluster, name, s->conninfo);
    snprintf(s->source, sizeof s->source, "/tmp/keel_scene_%d_%.40s.db", (int)getpid(), name);
    snprintf(s->mapping, sizeof s->mapping, "/tmp/keel_scene_%d_%.40s.yaml", (int)getpid(), name);
    unlink(s->source);
    if (target_sql != NULL)
        cluster_exec(s->pg, target_sql);
    if (source_sql != NULL)
        scene_source(s, source_sql);
    return s;
}

void scene_close(scene *s)
{
    unlink(s->source);
    unlink(s->mapping);
    keel_report_free(s->report);
    keel_pg_close(s->pg);
    keel_arena_free(s->arena);
    free(s);
}

void scene_source(const scene *s, const char *sql)
{
    sqlite3 *db = NULL;

    if (sqlite3_open(s->source, &db) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        bail_out(s->source, sqlite3_errmsg(db));
    sqlite3_close(db);
}

const char *scene_map(scene *s, const char *yaml)
{
    FILE *file = fopen(s->mapping, "w");

    if (file == NULL || fputs(yaml, file) < 0 || fclose(file) != 0)
        bail_out(s->mapping, "cannot be written");
    return s->mapping;
}

static void prepare(scene *s, keel_run_options *options)
{
    options->conninfo = s->conninfo;
    options->source_path = s->source;
    if (options->jobs == 0)
        options->jobs = 2;
    if (options->max_rejects == 0)
        options->max_rejects = -1;
    keel_report_free(s->report);
    s->report = keel_report_create();
    s->result = NULL;
    s->plan = NULL;
    s->err = (keel_error){0};
}

bool scene_run(scene *s, keel_run_options options)
{
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *progress = keel_progress_create(true, false);

    prepare(s, &options);
    if (keel_transfer_run(s->arena, &options, s->report, progress, &s->result, &s->err))
        return true;
    printf("# refused: %s (%s)\n", s->err.message, s->err.hint);
    return false;
}

bool scene_plan(scene *s, keel_run_options options)
{
    keel_ddl_list ddl = {0};

    prepare(s, &options);
    if (keel_transfer_plan(s->arena, &options, s->report, &s->plan, &ddl, &s->err))
        return true;
    printf("# refused: %s (%s)\n", s->err.message, s->err.hint);
    return false;
}

bool scene_copy(scene *s, const char *yaml)
{
    return scene_run(s,
                     (keel_run_options){.mapping_file = yaml != NULL ? scene_map(s, yaml) : NULL});
}

const keel_finding *scene_finding(const scene *s, const char *check, const char *object)
{
    for (size_t i = 0; i < keel_report_count(s->report); i++) {
        const keel_finding *finding = keel_report_at(s->report, i);
        if (strcmp(finding->check, check) == 0 &&
            (object == NULL || strstr(finding->object, object) != NULL))
            return finding;
    }
    return NULL;
}

const keel_run_table *scene_table(const scene *s, const char *source)
{
    for (size_t i = 0; s->result != NULL && i < s->result->table_count; i++)
        if (strcmp(s->result->tables[i].source, source) == 0)
            return &s->result->tables[i];
    bail_out(source, "the run has no such table");
}

const char *scene_value(const scene *s, const char *sql_fmt, ...)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    va_list args;

    va_start(args, sql_fmt);
    keel_str_addv(&sql, sql_fmt, args);
    va_end(args);
    return cluster_value(s->pg, keel_str_text(&sql));
}

const char *scene_rejects(const scene *s, const char *source)
{
    return scene_value(s,
                       "SELECT coalesce(string_agg(concat_ws(' ', r.key, coalesce(r.column_name, "
                       "'-'), r.code), '; '"
                       " ORDER BY r.position, r.key), 'none') FROM pgkeel.reject r JOIN "
                       "pgkeel.run_table t USING (run, tbl)"
                       " WHERE t.source = '%s' AND r.run = %lld AND r.resolved_by IS NULL",
                       source, s->result != NULL ? (long long)s->result->run : 0LL);
}

void scene_show(const scene *s)
{
    for (size_t i = 0; i < keel_report_count(s->report); i++) {
        const keel_finding *finding = keel_report_at(s->report, i);
        printf("# %s %s %s: %s\n", keel_severity_name(finding->severity), finding->check,
               finding->object, finding->message);
    }
}
