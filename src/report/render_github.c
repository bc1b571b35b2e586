/* Workflow commands of GitHub Actions, one line per finding, the worst first: of each level it shows only the first
 * ten of a step. The last line is the count of everything, for the log. */
#include "report/render_inside.h"

/* What the runner undoes in a message; in a property it undoes comma and colon too. */
static void add_escaped(keel_str *out, const char *clean, bool property)
{
    for (; *clean != '\0'; clean++) {
        bool special = *clean == '%' || *clean == '\r' || *clean == '\n' ||
                       (property && (*clean == ':' || *clean == ','));
        if (special)
            keel_str_addf(out, "%%%02X", (unsigned char)*clean);
        else
            keel_str_addc(out, *clean);
    }
}

static void add_property(keel_str *out, const char *name, const char *text)
{
    KEEL_CLEANUP(keel_str_free) keel_str clean = {0};

    keel_render_clean(&clean, text, KEEL_RENDER_LINE, false);
    keel_str_addf(out, "%s=", name);
    add_escaped(out, keel_str_text(&clean), true);
}

static void add_place(keel_str *out, const keel_finding *finding)
{
    if (finding->file == NULL)
        return;
    add_property(out, "file", finding->file);
    if (finding->line > 0)
        keel_str_addf(out, ",line=%d", finding->line);
    if (finding->line > 0 && finding->column > 0)
        keel_str_addf(out, ",col=%d", finding->column);
    keel_str_addc(out, ',');
}

static void add_message(keel_str *out, const keel_finding *finding)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};

    keel_render_headline(finding, KEEL_RENDER_LINE, &text);
    if (finding->remedy != NULL) {
        keel_str_addc(&text, '\n');
        keel_render_clean(&text, finding->remedy, KEEL_RENDER_LINE, true);
    }
    add_escaped(out, keel_str_text(&text), false);
}

static void add_finding(keel_str *out, const keel_finding *finding)
{
    static const char *const levels[] = {
        [KEEL_INFO] = "notice", [KEEL_WARNING] = "warning", [KEEL_ERROR] = "error", [KEEL_CRITICAL] = "error"};

    keel_str_addf(out, "::%s ", levels[finding->severity]);
    add_place(out, finding);
    add_property(out, "title", finding->check);
    if (finding->severity == KEEL_CRITICAL)
        keel_str_add(out, " (critical)");
    keel_str_add(out, "::");
    add_message(out, finding);
    keel_str_addc(out, '\n');
}

/* A check that failed without a finding still has to be seen. */
static void add_silent_failures(keel_str *out, const keel_report *report, const keel_render_options *options)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    keel_render_cases cases = keel_render_sort(report, options, arena);

    for (size_t i = 0; i < cases.count; i++) {
        const keel_render_case *c = cases.items[i];
        if (c->count > 0 || c->line == NULL || c->line->outcome != KEEL_CHECK_FAILED)
            continue;
        add_finding(out, &(keel_finding){.check = c->check,
                                         .severity = KEEL_ERROR,
                                         .object = c->name != c->check ? c->line->title : NULL,
                                         .message = c->line->note != NULL ? c->line->note : "failed"});
    }
}

void keel_render_github(const keel_report *report, const keel_render_options *options, keel_str *out)
{
    for (int severity = KEEL_CRITICAL; severity >= KEEL_INFO; severity--)
        for (size_t i = 0; i < keel_report_count(report); i++)
            if ((int)keel_report_at(report, i)->severity == severity)
                add_finding(out, keel_report_at(report, i));
    add_silent_failures(out, report, options);
    keel_render_totals(report, out);
}
