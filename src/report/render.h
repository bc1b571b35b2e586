/* Renderers: a report turned into text for a human, or into the JSON envelope, JUnit XML, SARIF or GitHub's
 * annotations for a program. They append to a keel_str and print nothing. Every format holds the same findings, and
 * stays valid whatever bytes stand in them. A further format is one more render_*.c and one more function of this
 * shape. */
#ifndef KEEL_REPORT_RENDER_H
#define KEEL_REPORT_RENDER_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/str.h"
#include "report/finding.h"

/* What is to be said about a check beside its findings (SARIF's rules). */
typedef struct keel_check_about {
    const char *id;
    const char *title; /* what is true when it passes; or NULL */
    const char *help;  /* whole sentences; or NULL */
    keel_severity severity;
} keel_check_about;

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
    bool strict;            /* JUnit: a WARNING makes its check fail */
    const keel_check_about *about; /* SARIF: of the checks that have one, in any order */
    size_t about_count;
} keel_render_options;

/* The lines of checks; findings grouped by severity, the worst first, each with object, message, evidence and remedy;
 * then one line of counts, and after lines of checks one with the verdict. INFO findings are only counted unless
 * verbose. Nothing at all for an empty report. */
void keel_render_text(const keel_report *report, const keel_render_options *options, keel_str *out);

/* The lines of checks that have a title, by group, each with its outcome and note; a part of keel_render_text. */
void keel_render_checks(const keel_report *report, const keel_render_options *options, keel_str *out);

/* One JSON document, pretty, with a newline at its end: docs/reference/report.schema.json. */
void keel_render_json(const keel_report *report, const keel_render_options *options, keel_str *out);
/* JUnit XML: a test suite per group, a test case per check. */
void keel_render_junit(const keel_report *report, const keel_render_options *options, keel_str *out);
/* SARIF 2.1.0. */
void keel_render_sarif(const keel_report *report, const keel_render_options *options, keel_str *out);
/* Annotations for GitHub Actions, as lines of a job's log; the worst first. */
void keel_render_github(const keel_report *report, const keel_render_options *options, keel_str *out);

/* "7 checks: 5 passed, ...; findings: ...", one line. */
void keel_render_totals(const keel_report *report, keel_str *out);

/* How many checks ended that way (keel_report_check). */
size_t keel_report_outcomes(const keel_report *report, keel_check_outcome outcome);
/* "pass", "fail" or "critical" for exit codes 0, 1, 2. */
const char *keel_report_verdict(int exit_code);

#endif
