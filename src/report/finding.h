/* The house's first noun. Whatever pgkeel claims about a database, a file or a run is a finding: check id,
 * severity, object, message, evidence, remedy. A report collects the findings of one command and keeps the
 * summary; renderers (report/render_*.c) turn it into text or the JSON envelope. Strings are copied into the
 * report's own arena. keel_report_add, _addf, _check_line and _check are thread-safe, nothing else here is. */
#ifndef KEEL_REPORT_FINDING_H
#define KEEL_REPORT_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"

typedef enum keel_severity { KEEL_INFO, KEEL_WARNING, KEEL_ERROR, KEEL_CRITICAL } keel_severity;
const char *keel_severity_name(keel_severity severity); /* "info", "warning", "error", "critical" */

typedef struct keel_finding {
    const char *check; /* dotted id, e.g. "source.class_mismatch" */
    keel_severity severity;
    const char *object;   /* e.g. "public.alerts_sent(exploit_id)" */
    const char *message;  /* one line, lower case, no full stop */
    const char *evidence; /* a JSON object as text, or NULL */
    const char *remedy;   /* a full sentence, a command or SQL to paste; or NULL */
    const char *file;     /* what it is about stands in a file (a suite, a migration): its path, or NULL */
    int line, column;     /* in the file, from 1; 0 = not known */
} keel_finding;

typedef struct keel_report keel_report;

keel_report *keel_report_create(void);
void keel_report_free(keel_report *report);
KEEL_DEFINE_CLEANUP(keel_report, keel_report_free);

/* Adds a finding (a copy). */
void keel_report_add(keel_report *report, const keel_finding *finding);
/* The same in one line; evidence may be NULL, remedy may be NULL, message is a printf format. */
void keel_report_addf(keel_report *report, keel_severity severity, const char *check, const char *object,
                      const char *evidence, const char *remedy, const char *message_fmt, ...) KEEL_PRINTF(7, 8);
/* A check and how it ended: the report's list of what was asked, in the order added; feeds summary.checks, passed,
 * failed, skipped. */
typedef enum keel_check_outcome { KEEL_CHECK_PASSED, KEEL_CHECK_FAILED, KEEL_CHECK_SKIPPED } keel_check_outcome;
typedef struct keel_check_line {
    const char *check;  /* id */
    const char *group;  /* "schema"; NULL = none */
    const char *title;  /* what is true when it passes; NULL = the id says it */
    keel_check_outcome outcome;
    const char *note;   /* "12 foreign keys", or why it was skipped; or NULL */
    keel_usec duration; /* 0 = not measured */
} keel_check_line;
void keel_report_check_line(keel_report *report, const keel_check_line *line); /* a copy */
/* The same with nothing but the id. */
void keel_report_check(keel_report *report, const char *check, keel_check_outcome outcome);
size_t keel_report_line_count(const keel_report *report);
const keel_check_line *keel_report_line_at(const keel_report *report, size_t index);

size_t keel_report_count(const keel_report *report);                       /* all findings */
size_t keel_report_count_of(const keel_report *report, keel_severity severity);
const keel_finding *keel_report_at(const keel_report *report, size_t index); /* in the order added */
/* 0 without ERROR/CRITICAL findings and failed checks, 1 with ERROR or failed checks, 2 with CRITICAL. */
int keel_report_exit_code(const keel_report *report);

#endif
