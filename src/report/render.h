/* Renderers: a report turned into text for a human or into the JSON envelope for a program. They append to a
 * keel_str and print nothing. A further format (JUnit, SARIF, ...) is one more render_*.c and one more function
 * of this shape. */
#ifndef KEEL_REPORT_RENDER_H
#define KEEL_REPORT_RENDER_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/str.h"
#include "report/finding.h"

typedef struct keel_render_options {
    const char *command;    /* "transfer run" */
    const char *target;     /* "host/db", without a password; or NULL */
    keel_usec started_at;   /* wall clock */
    keel_usec finished_at;
    keel_usec duration;     /* by the monotonic clock */
    int exit_code;          /* what the command will return; decides the verdict */
    bool color;             /* text only */
    bool verbose;           /* text only: INFO findings too, and all of the evidence */
    const char *result;     /* JSON only: the command's own result as a JSON value; NULL gives {} */
} keel_render_options;

/* Findings grouped by severity, the worst first, each with object, message, evidence and remedy; then one line
 * of counts. INFO findings are only counted unless verbose. Nothing at all for an empty report. */
void keel_render_text(const keel_report *report, const keel_render_options *options, keel_str *out);

/* One JSON document, pretty, with a newline at its end. */
void keel_render_json(const keel_report *report, const keel_render_options *options, keel_str *out);

/* How many checks ended that way (keel_report_check). */
size_t keel_report_outcomes(const keel_report *report, keel_check_outcome outcome);
/* "pass", "fail" or "critical" for exit codes 0, 1, 2. */
const char *keel_report_verdict(int exit_code);

#endif
