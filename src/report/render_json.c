#include "report/render_inside.h"

static void add_summary(keel_json *json, const keel_report *report)
{
    size_t passed = keel_report_outcomes(report, KEEL_CHECK_PASSED);
    size_t failed = keel_report_outcomes(report, KEEL_CHECK_FAILED);
    size_t skipped = keel_report_outcomes(report, KEEL_CHECK_SKIPPED);

    keel_json_key(json, "summary");
    keel_json_object(json);
    keel_json_kv_int(json, "checks", (int64_t)(passed + failed + skipped));
    keel_json_kv_int(json, "passed", (int64_t)passed);
    keel_json_kv_int(json, "failed", (int64_t)failed);
    keel_json_kv_int(json, "skipped", (int64_t)skipped);
    for (int severity = KEEL_CRITICAL; severity >= KEEL_INFO; severity--)
        keel_json_kv_int(json, keel_severity_name((keel_severity)severity),
                         (int64_t)keel_report_count_of(report, (keel_severity)severity));
    keel_json_end_object(json);
}

static void add_place(keel_json *json, const keel_finding *finding)
{
    if (finding->file == NULL)
        return;
    keel_render_bounded(json, "file", finding->file, KEEL_RENDER_TEXT);
    if (finding->line > 0)
        keel_json_kv_int(json, "line", finding->line);
    if (finding->line > 0 && finding->column > 0)
        keel_json_kv_int(json, "column", finding->column);
}

static void add_finding(keel_json *json, const keel_finding *finding)
{
    keel_json_object(json);
    keel_json_kv_text(json, "check", finding->check);
    keel_json_kv_text(json, "severity", keel_severity_name(finding->severity));
    keel_render_bounded(json, "object", finding->object, KEEL_RENDER_TEXT);
    keel_render_bounded(json, "message", finding->message, KEEL_RENDER_TEXT);
    keel_render_evidence(json, finding->evidence);
    keel_render_bounded(json, "remedy", finding->remedy, KEEL_RENDER_TEXT);
    add_place(json, finding);
    keel_json_end_object(json);
}

static void add_findings(keel_json *json, const keel_report *report)
{
    keel_json_key(json, "findings");
    keel_json_array(json);
    for (size_t i = 0; i < keel_report_count(report); i++)
        add_finding(json, keel_report_at(report, i));
    keel_json_end_array(json);
}

static void add_line(keel_json *json, const keel_check_line *line)
{
    static const char *const outcomes[] = {"passed", "failed", "skipped"};

    keel_json_object(json);
    keel_json_kv_text(json, "check", line->check);
    keel_json_kv_text(json, "group", line->group);
    keel_render_bounded(json, "title", line->title, KEEL_RENDER_TEXT);
    keel_json_kv_text(json, "outcome", outcomes[line->outcome]);
    keel_render_bounded(json, "note", line->note, KEEL_RENDER_TEXT);
    keel_json_kv_int(json, "duration_ms", line->duration / 1000);
    keel_json_end_object(json);
}

void keel_render_check_lines(keel_json *json, const keel_report *report)
{
    keel_json_key(json, "checks");
    keel_json_array(json);
    for (size_t i = 0; i < keel_report_line_count(report); i++)
        add_line(json, keel_report_line_at(report, i));
    keel_json_end_array(json);
}

void keel_render_json(const keel_report *report, const keel_render_options *options, keel_str *out)
{
    char started[KEEL_UTC_SIZE];
    char finished[KEEL_UTC_SIZE];
    keel_json json;

    keel_json_start(&json, out, true);
    keel_json_object(&json);
    keel_json_kv_text(&json, "tool", "pgkeel");
    keel_json_kv_text(&json, "version", KEEL_VERSION);
    keel_json_kv_text(&json, "command", options->command);
    keel_json_kv_text(&json, "target", options->target);
    keel_json_kv_text(&json, "started_at", keel_format_utc(options->started_at, started, sizeof started));
    keel_json_kv_text(&json, "finished_at",
                      keel_format_utc(options->finished_at, finished, sizeof finished));
    keel_json_kv_int(&json, "duration_ms", options->duration / 1000);
    keel_json_kv_text(&json, "verdict", keel_report_verdict(options->exit_code));
    add_summary(&json, report);
    keel_render_check_lines(&json, report);
    add_findings(&json, report);
    keel_json_key(&json, "result");
    keel_json_raw(&json, options->result != NULL ? options->result : "{}");
    keel_json_end_object(&json);
    keel_str_addc(out, '\n');
}
