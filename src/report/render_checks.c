/* The list of what was checked: without it a report that found nothing says nothing. */
#include "report/render_inside.h"

static const char *const outcomes[] = {"PASSED", "FAILED", "SKIPPED"};
static const char *const colors[] = {"\033[32m", "\033[31m", "\033[2m"};

static void add_outcome(keel_str *out, keel_check_outcome outcome, bool color)
{
    if (color)
        keel_str_addf(out, "%s%s\033[0m", colors[outcome], outcomes[outcome]);
    else
        keel_str_add(out, outcomes[outcome]);
}

static int widest_check(const keel_report *report)
{
    enum { WIDEST = 40 };
    size_t widest = 0;

    for (size_t i = 0; i < keel_report_line_count(report); i++) {
        size_t size = strlen(keel_report_line_at(report, i)->check);
        if (size <= WIDEST)
            widest = KEEL_MAX(widest, size);
    }
    return (int)widest;
}

/* A group has failed if one of its checks has, and is skipped only if all of them are. */
static keel_check_outcome group_outcome(const keel_report *report, size_t from, size_t to)
{
    bool passed = false;

    for (size_t i = from; i < to; i++) {
        if (keel_report_line_at(report, i)->outcome == KEEL_CHECK_FAILED)
            return KEEL_CHECK_FAILED;
        passed = passed || keel_report_line_at(report, i)->outcome == KEEL_CHECK_PASSED;
    }
    return passed ? KEEL_CHECK_PASSED : KEEL_CHECK_SKIPPED;
}

static size_t group_end(const keel_report *report, size_t from)
{
    size_t at = from;

    while (at < keel_report_line_count(report) &&
           keel_streq(keel_report_line_at(report, at)->group,
                      keel_report_line_at(report, from)->group))
        at++;
    return at;
}

static void add_line(keel_str *out, const keel_check_line *line, int width, bool color)
{
    keel_str_add(out, "  ");
    add_outcome(out, line->outcome, color);
    keel_str_addf(out, "%*s%-*s  ", 9 - (int)strlen(outcomes[line->outcome]), "", width,
                  line->check);
    keel_render_clean(out, line->title, KEEL_RENDER_LINE, false);
    if (line->note != NULL) {
        keel_str_add(out, " (");
        keel_render_clean(out, line->note, KEEL_RENDER_LINE, false);
        keel_str_addc(out, ')');
    }
    keel_str_addc(out, '\n');
}

void keel_render_checks(const keel_report *report,
                        const keel_render_options *options,
                        keel_str *out)
{
    size_t count = keel_report_line_count(report);
    int width = widest_check(report);

    if (count == 0 || keel_report_line_at(report, 0)->title == NULL)
        return;
    for (size_t from = 0, to; from < count; from = to) {
        const char *group = keel_report_line_at(report, from)->group;
        to = group_end(report, from);
        keel_str_addf(out, "%s: ", group != NULL ? group : "checks");
        add_outcome(out, group_outcome(report, from, to), options->color);
        keel_str_addc(out, '\n');
        for (size_t i = from; i < to; i++)
            add_line(out, keel_report_line_at(report, i), width, options->color);
        keel_str_addc(out, '\n');
    }
}
