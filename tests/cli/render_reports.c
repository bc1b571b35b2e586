/* render_reports FORMAT [strict] [failed]: one report with everything that can go wrong in a format, rendered. For
 * reports.bats, which reads it back with the parsers of others. Times are fixed, so that two runs are equal but
 * for `renumbered`, which changes the numbers in the messages as a second run of a check would. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/render.h"

enum { MEGABYTE = 1000 * 1000 };

static void add_checks(keel_report *report)
{
    static const keel_check_line lines[] = {
        {"schema.valid_index", "schema", "every index is valid", KEEL_CHECK_PASSED, "12 indexes", 1234000},
        {"data.orphans", "relationships", "every reference finds its row", KEEL_CHECK_FAILED, "3 keys", 20000},
        {"data.blank", "data", NULL, KEEL_CHECK_SKIPPED, "no <text> columns & \"none\" wanted ]]>", 0},
        {"data.twice", "data", "named twice", KEEL_CHECK_PASSED, NULL, 0},
        {"data.twice", "data", "named twice", KEEL_CHECK_SKIPPED, "the second time", 0},
        {"business.silent", "business", "fails without a finding", KEEL_CHECK_FAILED, "50% of it,\nat: once", 0},
        {"business.hints", "business", "passes with a warning", KEEL_CHECK_PASSED, NULL, 0},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(lines); i++)
        keel_report_check_line(report, &lines[i]);
}

static char *megabyte(const char *before, const char *after)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};

    keel_str_add(&text, before);
    while (text.size < MEGABYTE)
        keel_str_add(&text, "\xc3\xa4\xe2\x82\xac"); /* the cut falls into a character */
    keel_str_add(&text, after);
    return keel_strdup(text.data);
}

static void add_hostile(keel_report *report)
{
    static const keel_finding findings[] = {
        {"hostile.markup", KEEL_ERROR, "public.\"a<b>&'c'\"", "]]> <![CDATA[ &amp; \"quoted\" 'and' <!-- -->", NULL,
         "]]>", "checks/a b:c,d%.yaml", 12, 3},
        {"hostile.control", KEEL_ERROR, "t\033[2J", "bell \a, cr \r, tab \t, two\nlines, del \x7f, csi \xc2\x9b" "2J", NULL,
         "first\nerror public.fake: spoofed\n::error::injected\r\n", NULL, 0, 0},
        {"hostile.bytes", KEEL_CRITICAL, "latin1 \xe4\xf6", "lone \xc3, cut \xe2\x82, overlong \xc0\xaf, surrogate \xed\xa0\x80",
         "{\"sample\":[\"\xe4\",\"\xff\"]}", NULL, NULL, 0, 0},
        {"hostile.nonchar", KEEL_WARNING, "\xef\xbf\xbe\xef\xbf\xbf", "not in XML: \xef\xbf\xbe", NULL, NULL, NULL, 0, 0},
        {"hostile.commands", KEEL_INFO, "::set-output name=x::y", "100%, a:b, %0A ##[error]x", NULL, NULL, "/abs/p.yaml", 7, 0},
        {"hostile.evidence", KEEL_WARNING, NULL, "evidence is no JSON", "{\"rows\":", NULL, "f", 0, 9},
        {"hostile.empty", KEEL_WARNING, "", "no object", "{}", "", NULL, 0, 0},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(findings); i++)
        keel_report_add(report, &findings[i]);
}

static void add_long(keel_report *report)
{
    KEEL_CLEANUP(keel_free_p) char *text = megabyte("", "");
    KEEL_CLEANUP(keel_free_p) char *evidence = megabyte("{\"value\":\"", "\"}");

    keel_report_add(report, &(keel_finding){.check = "hostile.long", .severity = KEEL_ERROR, .object = text,
                                            .message = text, .evidence = evidence, .remedy = text});
}

static void add_findings(keel_report *report, bool renumbered)
{
    const char *rows = renumbered ? "13" : "12";

    keel_report_addf(report, KEEL_ERROR, "data.orphans", "public.alerts(exploit_id)", "{\"rows\":12,\"sample\":[{\"id\":3}]}",
                     "DELETE FROM public.alerts WHERE true;", "%s rows have no parent", rows);
    keel_report_addf(report, KEEL_WARNING, "data.orphans", "public.alerts(user_id)", NULL, NULL, "%s rows are new", rows);
    keel_report_addf(report, KEEL_ERROR, "data.orphans", "public.alerts(exploit_id)", NULL, NULL, "%s rows have no parent",
                     rows);
    keel_report_addf(report, KEEL_WARNING, "business.hints", "public.lots", NULL, "Look at it.", "looks odd");
    keel_report_addf(report, KEEL_INFO, "nowhere.listed", "public.users", NULL, NULL, "12 rows");
}

typedef struct format {
    const char *name;
    void (*render)(const keel_report *report, const keel_render_options *options, keel_str *out);
} format;

static bool is_asked(int argc, char **argv, const char *word)
{
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], word) == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    static const format formats[] = {{"text", keel_render_text},   {"json", keel_render_json}, {"junit", keel_render_junit},
                                     {"sarif", keel_render_sarif}, {"github", keel_render_github}};
    static const keel_check_about about[] = {
        {"data.orphans", "every reference finds its row", "Finds rows whose parent is gone.", KEEL_ERROR},
        {"schema.valid_index", NULL, NULL, KEEL_CRITICAL}};
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = keel_report_create();
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    add_checks(report);
    add_findings(report, is_asked(argc, argv, "renumbered"));
    add_hostile(report);
    add_long(report);
    if (is_asked(argc, argv, "failed"))
        keel_report_addf(report, KEEL_CRITICAL, "command.failed", "check", "{\"kind\":\"x\"}", "Start it.", "no server");
    keel_render_options options = {.command = "check",
                                   .target = "host:5432/a<b>&\"c\"",
                                   .finished_at = 5 * KEEL_SECOND,
                                   .duration = 5 * KEEL_SECOND,
                                   .exit_code = keel_report_exit_code(report),
                                   .verbose = true,
                                   .strict = is_asked(argc, argv, "strict"),
                                   .about = about,
                                   .about_count = KEEL_COUNT_OF(about)};
    for (size_t i = 0; argc > 1 && i < KEEL_COUNT_OF(formats); i++)
        if (strcmp(formats[i].name, argv[1]) == 0)
            formats[i].render(report, &options, &out);
    return out.size > 0 && fwrite(out.data, 1, out.size, stdout) == out.size ? 0 : 1;
}
