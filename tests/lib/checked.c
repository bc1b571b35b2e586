#include "checked.h"

#include <stdio.h>
#include <string.h>

checked check_database(const char *conninfo, keel_check_options options)
{
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *progress = keel_progress_create(true, false);
    checked c = {.arena = keel_arena_create(), .report = keel_report_create()};

    options.conninfo = conninfo;
    options.jobs = options.jobs > 0 ? options.jobs : 2;
    if (!keel_check_database_run(c.arena, &options, c.report, progress, &c.database, &c.err))
        c.database = NULL;
    return c;
}

checked check_only(const char *conninfo, const char *id)
{
    const char *const only[] = {id, NULL};

    return check_database(conninfo, (keel_check_options){.only = only});
}

void checked_free(checked *c)
{
    keel_report_free(c->report);
    keel_arena_free(c->arena);
}

static bool matches(const keel_finding *finding, const char *id, const char *object)
{
    return (id == NULL || strcmp(finding->check, id) == 0) &&
           (object == NULL || keel_streq(finding->object, object));
}

size_t checked_count(const checked *c, const char *id, const char *object)
{
    size_t count = 0;

    for (size_t i = 0; i < keel_report_count(c->report); i++)
        count += matches(keel_report_at(c->report, i), id, object);
    return count;
}

const keel_finding *checked_find(const checked *c, const char *id, const char *object)
{
    for (size_t i = 0; i < keel_report_count(c->report); i++)
        if (matches(keel_report_at(c->report, i), id, object))
            return keel_report_at(c->report, i);
    return NULL;
}

const keel_check_line *checked_line(const checked *c, const char *id)
{
    for (size_t i = 0; i < keel_report_line_count(c->report); i++)
        if (strcmp(keel_report_line_at(c->report, i)->check, id) == 0)
            return keel_report_line_at(c->report, i);
    return NULL;
}

const char *checked_text(const checked *c)
{
    static char text[65536];
    size_t size = 0;

    text[0] = '\0';
    for (size_t i = 0; i < keel_report_count(c->report) && size < sizeof text; i++) {
        const keel_finding *f = keel_report_at(c->report, i);
        size += (size_t)snprintf(text + size, sizeof text - size, "%s %s %s: %s\n",
                                 keel_severity_name(f->severity), f->check, f->object, f->message);
    }
    return text;
}
