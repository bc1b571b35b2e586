#include "base/json_in.h"
#include "report/render_inside.h"

static const char *const colors[] = {
    [KEEL_INFO] = "\033[36m",
    [KEEL_WARNING] = "\033[33m",
    [KEEL_ERROR] = "\033[31m",
    [KEEL_CRITICAL] = "\033[1;31m",
};

static const char *const titles[] = {
    [KEEL_INFO] = "INFO",
    [KEEL_WARNING] = "WARNING",
    [KEEL_ERROR] = "ERROR",
    [KEEL_CRITICAL] = "CRITICAL",
};

/* Columns that UTF-8 text takes, one per character. */
static int columns_of(const char *text)
{
    int columns = 0;

    for (; *text != '\0'; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

/* Text of a database or a file may hold line breaks, terminal escapes and a megabyte; here it stays on its line. */
static void add_safe(keel_str *out, const char *text)
{
    keel_render_clean(out, text, KEEL_RENDER_TEXT, false);
}

static int object_columns(const keel_finding *finding)
{
    KEEL_CLEANUP(keel_str_free) keel_str shown = {0};

    add_safe(&shown, finding->object != NULL ? finding->object : "");
    return columns_of(keel_str_text(&shown));
}

static void add_evidence(keel_str *out, const keel_finding *finding, bool verbose)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    keel_json_member *members = NULL;
    size_t count = 0;
    bool any = false;

    if (finding->evidence == NULL || !keel_json_members(arena, finding->evidence, &members, &count))
        return;
    for (size_t i = 0; i < count; i++) {
        if (members[i].nested && !verbose && strcmp(members[i].key, "sample") != 0)
            continue;
        keel_str_add(out, any ? ", " : "      ");
        add_safe(out, members[i].key);
        keel_str_add(out, " = ");
        add_safe(out, members[i].value);
        any = true;
    }
    if (any)
        keel_str_addc(out, '\n');
}

static void add_remedy(keel_str *out, const char *remedy)
{
    KEEL_CLEANUP(keel_str_free) keel_str clean = {0};
    const char *prefix = "      -> ";

    keel_render_clean(&clean, remedy, KEEL_RENDER_TEXT, true);
    for (const char *line = keel_str_text(&clean); *line != '\0';) {
        size_t size = strcspn(line, "\n");
        keel_str_add(out, prefix);
        keel_str_addn(out, line, size);
        keel_str_addc(out, '\n');
        line += size + (line[size] == '\n');
        prefix = "         ";
    }
}

static void add_finding(keel_str *out, const keel_finding *finding, int object_width, bool verbose)
{
    int padding = object_width - object_columns(finding);

    keel_str_add(out, "  ");
    add_safe(out, finding->object != NULL ? finding->object : "");
    keel_str_addf(out, "%*s", KEEL_MAX(padding, 0) + 2, "");
    add_safe(out, finding->message);
    keel_str_addf(out, "  [%s]", finding->check);
    keel_render_place(finding, "\n      at ", out);
    keel_str_addc(out, '\n');
    add_evidence(out, finding, verbose);
    add_remedy(out, finding->remedy);
}

static int widest_object(const keel_report *report, keel_severity severity)
{
    enum { WIDEST = 40 };
    int widest = 0;

    for (size_t i = 0; i < keel_report_count(report); i++) {
        const keel_finding *finding = keel_report_at(report, i);
        int columns = object_columns(finding);
        if (finding->severity == severity && columns <= WIDEST)
            widest = KEEL_MAX(widest, columns);
    }
    return widest;
}

static void add_group(keel_str *out, const keel_report *report, keel_severity severity,
                      const keel_render_options *options)
{
    int width = widest_object(report, severity);

    keel_str_addf(out, "%s%s%s (%zu)\n", options->color ? colors[severity] : "", titles[severity],
                  options->color ? "\033[0m" : "", keel_report_count_of(report, severity));
    for (size_t i = 0; i < keel_report_count(report); i++) {
        const keel_finding *finding = keel_report_at(report, i);
        if (finding->severity == severity)
            add_finding(out, finding, width, options->verbose);
    }
    keel_str_addc(out, '\n');
}

void keel_render_totals(const keel_report *report, keel_str *out)
{
    size_t passed = keel_report_outcomes(report, KEEL_CHECK_PASSED);
    size_t failed = keel_report_outcomes(report, KEEL_CHECK_FAILED);
    size_t skipped = keel_report_outcomes(report, KEEL_CHECK_SKIPPED);

    if (passed + failed + skipped > 0)
        keel_str_addf(out, "%zu checks: %zu passed, %zu failed, %zu skipped; ",
                      passed + failed + skipped, passed, failed, skipped);
    keel_str_addf(out, "findings: %zu critical, %zu error, %zu warning, %zu info\n",
                  keel_report_count_of(report, KEEL_CRITICAL), keel_report_count_of(report, KEEL_ERROR),
                  keel_report_count_of(report, KEEL_WARNING), keel_report_count_of(report, KEEL_INFO));
}

/* Only where the report lists its checks: other commands have a last word of their own. */
static void add_verdict(keel_str *out, const keel_report *report, const keel_render_options *options)
{
    static const char *const words[] = {"PASS", "FAIL", "CRITICAL"};
    static const char *const shades[] = {"\033[32m", "\033[31m", "\033[1;31m"};
    int code = options->exit_code < 0 || options->exit_code > 2 ? 2 : options->exit_code;
    size_t failed = keel_report_outcomes(report, KEEL_CHECK_FAILED);

    if (keel_report_line_count(report) == 0 || keel_report_line_at(report, 0)->title == NULL)
        return;
    keel_str_addf(out, "%s%s%s", options->color ? shades[code] : "", words[code], options->color ? "\033[0m" : "");
    if (failed > 0)
        keel_str_addf(out, ": %zu of %zu checks failed", failed, keel_report_line_count(report));
    keel_str_addc(out, '\n');
}

void keel_render_text(const keel_report *report, const keel_render_options *options, keel_str *out)
{
    size_t checks = 0;

    for (int outcome = KEEL_CHECK_PASSED; outcome <= KEEL_CHECK_SKIPPED; outcome++)
        checks += keel_report_outcomes(report, (keel_check_outcome)outcome);
    if (keel_report_count(report) + checks == 0)
        return;
    keel_render_checks(report, options, out);
    for (int severity = KEEL_CRITICAL; severity >= KEEL_INFO; severity--) {
        bool shown = severity > KEEL_INFO || options->verbose;
        if (shown && keel_report_count_of(report, (keel_severity)severity) > 0)
            add_group(out, report, (keel_severity)severity, options);
    }
    keel_render_totals(report, out);
    add_verdict(out, report, options);
}
