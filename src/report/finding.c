#include "report/finding.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/str.h"
#include "report/render.h"

enum { SEVERITIES = KEEL_CRITICAL + 1, OUTCOMES = KEEL_CHECK_SKIPPED + 1 };

struct keel_report {
    pthread_mutex_t lock;
    keel_arena *arena;
    KEEL_VEC(keel_finding *) findings;
    KEEL_VEC(keel_check_line *) lines;
    size_t by_severity[SEVERITIES];
    size_t by_outcome[OUTCOMES];
};

const char *keel_severity_name(keel_severity severity)
{
    switch (severity) {
    case KEEL_INFO:
        return "info";
    case KEEL_WARNING:
        return "warning";
    case KEEL_ERROR:
        return "error";
    case KEEL_CRITICAL:
        return "critical";
    }
    return "unknown";
}

keel_report *keel_report_create(void)
{
    keel_report *report = keel_alloc_zero(1, sizeof *report);

    pthread_mutex_init(&report->lock, NULL);
    report->arena = keel_arena_create();
    return report;
}

void keel_report_free(keel_report *report)
{
    if (report == NULL)
        return;
    keel_vec_free(&report->findings);
    keel_vec_free(&report->lines);
    keel_arena_free(report->arena);
    pthread_mutex_destroy(&report->lock);
    free(report);
}

static keel_finding *copy_of(keel_arena *arena, const keel_finding *finding)
{
    keel_finding *copy = keel_arena_alloc(arena, sizeof *copy);

    copy->check = keel_arena_strdup(arena, finding->check);
    copy->severity = finding->severity;
    copy->object = keel_arena_strdup(arena, finding->object);
    copy->message = keel_arena_strdup(arena, finding->message);
    copy->evidence = keel_arena_strdup(arena, finding->evidence);
    copy->remedy = keel_arena_strdup(arena, finding->remedy);
    copy->file = keel_arena_strdup(arena, finding->file);
    copy->line = finding->line;
    copy->column = finding->column;
    return copy;
}

void keel_report_add(keel_report *report, const keel_finding *finding)
{
    pthread_mutex_lock(&report->lock);
    keel_vec_push(&report->findings, copy_of(report->arena, finding));
    report->by_severity[finding->severity]++;
    pthread_mutex_unlock(&report->lock);
}

void keel_report_addf(keel_report *report, keel_severity severity, const char *check, const char *object,
                      const char *evidence, const char *remedy, const char *message_fmt, ...)
{
    KEEL_CLEANUP(keel_str_free) keel_str message = {0};
    va_list args;

    va_start(args, message_fmt);
    keel_str_addv(&message, message_fmt, args);
    va_end(args);
    keel_report_add(report, &(keel_finding){
                                .check = check,
                                .severity = severity,
                                .object = object,
                                .message = keel_str_text(&message),
                                .evidence = evidence,
                                .remedy = remedy,
                            });
}

void keel_report_check_line(keel_report *report, const keel_check_line *line)
{
    pthread_mutex_lock(&report->lock);
    keel_check_line *copy = keel_arena_alloc(report->arena, sizeof *copy);
    *copy = *line;
    copy->check = keel_arena_strdup(report->arena, line->check);
    copy->group = keel_arena_strdup(report->arena, line->group);
    copy->title = keel_arena_strdup(report->arena, line->title);
    copy->note = keel_arena_strdup(report->arena, line->note);
    keel_vec_push(&report->lines, copy);
    report->by_outcome[line->outcome]++;
    pthread_mutex_unlock(&report->lock);
}

void keel_report_check(keel_report *report, const char *check, keel_check_outcome outcome)
{
    keel_report_check_line(report, &(keel_check_line){.check = check, .outcome = outcome});
}

size_t keel_report_line_count(const keel_report *report)
{
    return report->lines.count;
}

const keel_check_line *keel_report_line_at(const keel_report *report, size_t index)
{
    return report->lines.items[index];
}

size_t keel_report_count(const keel_report *report)
{
    return report->findings.count;
}

size_t keel_report_count_of(const keel_report *report, keel_severity severity)
{
    return report->by_severity[severity];
}

const keel_finding *keel_report_at(const keel_report *report, size_t index)
{
    return report->findings.items[index];
}

size_t keel_report_outcomes(const keel_report *report, keel_check_outcome outcome)
{
    return report->by_outcome[outcome];
}

int keel_report_exit_code(const keel_report *report)
{
    if (report->by_severity[KEEL_CRITICAL] > 0)
        return 2;
    return report->by_severity[KEEL_ERROR] > 0 || report->by_outcome[KEEL_CHECK_FAILED] > 0;
}

const char *keel_report_verdict(int exit_code)
{
    static const char *const verdicts[] = {"pass", "fail", "critical"};

    return verdicts[exit_code < 0 || exit_code > 2 ? 2 : exit_code];
}
