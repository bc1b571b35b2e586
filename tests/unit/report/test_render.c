#include "report/render.h"

#include "tap.h"

static keel_report *example(void)
{
    keel_report *report = keel_report_create();

    keel_report_check(report, "data.orphans", KEEL_CHECK_FAILED);
    keel_report_check(report, "data.counts", KEEL_CHECK_PASSED);
    keel_report_addf(report, KEEL_INFO, "plan.note", "public.users", NULL, NULL, "12 rows");
    keel_report_addf(report, KEEL_WARNING, "source.affinity", "t(b)", NULL, "Look at it.", "looks like text");
    keel_report_addf(report, KEEL_ERROR, "data.orphans", "public.alerts(exploit_id)",
                     "{\"rows\":12,\"sample\":[3,9]}", "Load the parents.\nThen verify again.",
                     "12 rows have no parent");
    keel_report_addf(report, KEEL_ERROR, "data.orphans", "t\033[2J", NULL, NULL, "two\nlines");
    return report;
}

static void text(void)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = example();
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    keel_render_options options = {.command = "check"};

    keel_render_text(report, &options, &out);
    is_str(out.data,
           "ERROR (2)\n"
           "  public.alerts(exploit_id)  12 rows have no parent  [data.orphans]\n"
           "      rows = 12, sample = [3,9]\n"
           "      -> Load the parents.\n"
           "         Then verify again.\n"
           "  t\\x1b[2J                   two\\nlines  [data.orphans]\n"
           "\n"
           "WARNING (1)\n"
           "  t(b)  looks like text  [source.affinity]\n"
           "      -> Look at it.\n"
           "\n"
           "2 checks: 1 passed, 1 failed, 0 skipped; findings: 0 critical, 2 error, 1 warning, 1 info\n",
           "grouped by severity, the worst first, aligned, one finding one line");
    keel_str_clear(&out);
    options.verbose = options.color = true;
    keel_render_text(report, &options, &out);
    ok(strstr(out.data, "\033[31mERROR\033[0m") != NULL, "color where asked for");
    ok(strstr(out.data, "rows = 12, sample = [3,9]") != NULL, "all evidence when verbose");
    ok(strstr(out.data, "INFO\033[0m (1)\n") != NULL, "INFO when verbose");
}

static void nothing_to_say(void)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = keel_report_create();
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    keel_render_text(report, &(keel_render_options){.command = "check"}, &out);
    is_str(keel_str_text(&out), "", "an empty report is silent");
}

static void json(void)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = keel_report_create();
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    keel_render_options options = {
        .command = "transfer run",
        .target = "host/db",
        .finished_at = 5 * KEEL_SECOND,
        .duration = 5000999,
        .exit_code = 1,
        .result = "{\"tables\":[]}",
    };

    keel_report_check(report, "data.orphans", KEEL_CHECK_SKIPPED);
    keel_report_addf(report, KEEL_ERROR, "a.b", "t", "{\"rows\":1}", NULL, "m");
    keel_render_json(report, &options, &out);
    is_str(out.data,
           "{\n  \"tool\": \"pgkeel\",\n  \"version\": \"" KEEL_VERSION "\",\n"
           "  \"command\": \"transfer run\",\n  \"target\": \"host/db\",\n"
           "  \"started_at\": \"1970-01-01T00:00:00.000Z\",\n"
           "  \"finished_at\": \"1970-01-01T00:00:05.000Z\",\n"
           "  \"duration_ms\": 5000,\n  \"verdict\": \"fail\",\n"
           "  \"summary\": {\n    \"checks\": 1,\n    \"passed\": 0,\n    \"failed\": 0,\n"
           "    \"skipped\": 1,\n    \"critical\": 0,\n    \"error\": 1,\n    \"warning\": 0,\n"
           "    \"info\": 0\n  },\n"
           "  \"checks\": [\n    {\n      \"check\": \"data.orphans\",\n      \"group\": null,\n"
           "      \"title\": null,\n      \"outcome\": \"skipped\",\n      \"note\": null,\n"
           "      \"duration_ms\": 0\n    }\n  ],\n"
           "  \"findings\": [\n    {\n      \"check\": \"a.b\",\n      \"severity\": \"error\",\n"
           "      \"object\": \"t\",\n      \"message\": \"m\",\n      \"evidence\": {\"rows\":1},\n"
           "      \"remedy\": null\n    }\n  ],\n"
           "  \"result\": {\"tables\":[]}\n}\n",
           "the envelope");
}

int main(void)
{
    text();
    nothing_to_say();
    json();
    return done_testing();
}
