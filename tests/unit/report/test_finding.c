#include "report/finding.h"

#include <pthread.h>

#include "report/render.h"
#include "tap.h"

static void *add_many(void *arg)
{
    for (int i = 0; i < 1000; i++)
        keel_report_addf(arg, KEEL_WARNING, "test.thread", "t", NULL, NULL, "row %d", i);
    return NULL;
}

static void threads_may_add(void)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = keel_report_create();
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, add_many, report);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    is_int((int64_t)keel_report_count(report), 4000, "findings of four threads");
    is_int((int64_t)keel_report_count_of(report, KEEL_WARNING), 4000, "counted by severity");
}

static void exit_codes(void)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = keel_report_create();

    is_int(keel_report_exit_code(report), 0, "an empty report passes");
    keel_report_addf(report, KEEL_WARNING, "a", "o", NULL, NULL, "m");
    keel_report_check(report, "a", KEEL_CHECK_PASSED);
    is_int(keel_report_exit_code(report), 0, "a warning passes");
    keel_report_check(report, "b", KEEL_CHECK_FAILED);
    is_int(keel_report_exit_code(report), 1, "a failed check fails");
    keel_report_addf(report, KEEL_CRITICAL, "c", "o", NULL, NULL, "m");
    is_int(keel_report_exit_code(report), 2, "a critical finding is 2");
    is_int((int64_t)keel_report_outcomes(report, KEEL_CHECK_PASSED), 1, "checks passed");
}

static void findings_are_copies(void)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = keel_report_create();
    char object[] = "public.users";

    keel_report_addf(report, KEEL_ERROR, "a.b", object, "{\"rows\":1}", NULL, "%d rows", 1);
    object[0] = 'X';
    const keel_finding *finding = keel_report_at(report, 0);
    is_str(finding->object, "public.users", "the object is a copy");
    is_str(finding->message, "1 rows", "the message is formatted");
    is_str(finding->remedy, NULL, "no remedy stays none");
    is_int(keel_report_exit_code(report), 1, "an error fails");
}

int main(void)
{
    threads_may_add();
    exit_codes();
    findings_are_copies();
    is_str(keel_severity_name(KEEL_CRITICAL), "critical", "names");
    is_str(keel_report_verdict(0), "pass", "verdict of 0");
    is_str(keel_report_verdict(2), "critical", "verdict of 2");
    return done_testing();
}
