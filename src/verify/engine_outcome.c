/* The report: findings in an order that does not depend on who was faster, and a line per check. */
#include <stdlib.h>
#include <string.h>

#include "verify/baseline.h"
#include "verify/engine_inside.h"

typedef struct placed {
    const keel_finding *finding;
    size_t check; /* its place in the list; what belongs to no check comes first */
    size_t number;
} placed;

static size_t place_of(const keel_engine *e, const char *id)
{
    for (size_t i = 0; i < e->entries.count; i++)
        if (strcmp(e->entries.items[i].check->id, id) == 0)
            return i + 1;
    return 0;
}

static int compare(const char *left, const char *right)
{
    return strcmp(left != NULL ? left : "", right != NULL ? right : "");
}

static int by_place(const void *left, const void *right)
{
    const placed *a = left;
    const placed *b = right;
    int order = (a->check > b->check) - (a->check < b->check);

    order = order != 0 ? order : compare(a->finding->check, b->finding->check);
    order = order != 0 ? order : compare(a->finding->object, b->finding->object);
    order = order != 0 ? order : compare(a->finding->message, b->finding->message);
    return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

static void hand_over(const keel_engine *e, keel_report *report)
{
    size_t count = keel_report_count(e->found);
    KEEL_CLEANUP(keel_free_p) placed *all = keel_alloc_zero(count + 1, sizeof *all);

    for (size_t i = 0; i < count; i++) {
        const keel_finding *finding = keel_report_at(e->found, i);
        all[i] = (placed){finding, place_of(e, finding->check), i};
    }
    qsort(all, count, sizeof *all, by_place);
    for (size_t i = 0; i < count; i++)
        keel_report_add(report, all[i].finding);
}

typedef struct numbers {
    size_t of[KEEL_CRITICAL + 1];
} numbers;

static numbers count_findings(const keel_engine *e, const char *id)
{
    numbers n = {0};

    for (size_t i = 0; i < keel_report_count(e->found); i++) {
        const keel_finding *finding = keel_report_at(e->found, i);
        if (strcmp(finding->check, id) == 0)
            n.of[finding->severity]++;
    }
    return n;
}

static bool has_failed(const keel_engine *e, const keel_engine_entry *entry, const numbers *n)
{
    return n->of[KEEL_CRITICAL] + n->of[KEEL_ERROR] > 0 || entry->unread > 0 ||
           (e->options->strict && n->of[KEEL_WARNING] > 0);
}

static keel_check_outcome
outcome(const keel_engine *e, const keel_engine_entry *entry, const numbers *n)
{
    size_t found = n->of[KEEL_INFO] + n->of[KEEL_WARNING];

    if (entry->refused != NULL)
        return KEEL_CHECK_SKIPPED;
    if (has_failed(e, entry, n))
        return KEEL_CHECK_FAILED;
    return entry->tally.objects == 0 && found == 0 ? KEEL_CHECK_SKIPPED : KEEL_CHECK_PASSED;
}

/* Where the noun of a phrase ends: "sequences| of columns", "indexes| that nobody needs", "foreign
 * keys|". */
static size_t noun_end(const char *phrase)
{
    static const char *const ends[] = {" of ",  " that ", " with ", " without ",
                                       " and ", " in ",   " to "};
    size_t size = strlen(phrase);

    for (size_t i = 0; i < KEEL_COUNT_OF(ends); i++) {
        const char *end = strstr(phrase, ends[i]);
        if (end != NULL)
            size = KEEL_MIN(size, (size_t)(end - phrase));
    }
    return size;
}

static bool ends_in(const char *text, size_t size, const char *end)
{
    size_t length = strlen(end);

    return size > length && strncmp(text + size - length, end, length) == 0;
}

/* "indexes" -> "index", "entries" -> "entry", "tables" -> "table" */
static void add_singular(keel_str *out, const char *plural)
{
    size_t noun = noun_end(plural);
    size_t stem = noun;

    if (ends_in(plural, noun, "ies"))
        stem -= 3;
    else if (ends_in(plural, noun, "xes") || ends_in(plural, noun, "sses"))
        stem -= 2;
    else if (ends_in(plural, noun, "s"))
        stem -= 1;
    keel_str_addn(out, plural, stem);
    keel_str_add(out, ends_in(plural, noun, "ies") ? "y" : "");
    keel_str_add(out, plural + noun);
}

static void add_note(keel_str *out, const char *format, long long number)
{
    keel_str_addf(out, "%s", out->size > 0 ? ", " : "");
    keel_str_addf(out, "%lld ", number);
    if (number == 1)
        add_singular(out, format);
    else
        keel_str_add(out, format);
}

static void add_unread(keel_str *note, const keel_engine_entry *entry)
{
    bool whole = entry->check->run != NULL && entry->done == 0;

    keel_str_add(note, note->size > 0 ? ", " : "");
    if (whole)
        keel_str_add(note, "could not look");
    else
        keel_str_addf(note, "%zu table%s not read", entry->unread, entry->unread == 1 ? "" : "s");
}

static void
describe(const keel_engine_entry *entry, const numbers *n, keel_check_outcome how, keel_str *note)
{
    const char *what = entry->tally.what[0] != '\0' ? entry->tally.what : "tables";

    if (how == KEEL_CHECK_SKIPPED) {
        if (entry->refused != NULL)
            keel_str_addf(note, "left out by the suite: %s", entry->refused);
        else if (entry->tally.skip[0] != '\0')
            keel_str_add(note, entry->tally.skip);
        else if (entry->late > 0)
            keel_str_add(note, "the time of --quick was used up");
        else
            keel_str_addf(note, "no %s", what);
        return;
    }
    if (entry->tally.objects > 0)
        add_note(note, what, entry->tally.objects);
    for (int severity = KEEL_CRITICAL; severity >= KEEL_INFO; severity--) {
        static const char *const names[] = {"notes", "warnings", "errors", "critical findings"};
        if (n->of[severity] > 0)
            add_note(note, names[severity], (long long)n->of[severity]);
    }
    if (entry->unread > 0)
        add_unread(note, entry);
    if (entry->late > 0)
        keel_str_addf(note, ", %zu left out when the time of --quick was used up", entry->late);
    if (entry->tally.remarks[0] != '\0')
        keel_str_addf(note, "%s%s", note->size > 0 ? ": " : "", entry->tally.remarks);
}

static void add_line(const keel_engine *e, const keel_engine_entry *entry, keel_report *report)
{
    KEEL_CLEANUP(keel_str_free) keel_str note = {0};
    numbers n = count_findings(e, entry->check->id);
    keel_check_outcome how = outcome(e, entry, &n);

    describe(entry, &n, how, &note);
    keel_report_check_line(report,
                           &(keel_check_line){.check = entry->check->id,
                                              .group = keel_check_group_name(entry->check->group),
                                              .title = entry->check->title,
                                              .outcome = how,
                                              .note = note.size > 0 ? note.data : NULL,
                                              .duration = entry->spent});
}

bool keel_engine_conclude(keel_engine *e, keel_report *report, keel_error *err)
{
    bool any = e->options->baseline != NULL && keel_baseline_job_saves(e->options->baseline);

    for (size_t i = 0; i < e->entries.count; i++) {
        add_line(e, &e->entries.items[i], report);
        any = any || keel_report_line_at(report, keel_report_line_count(report) - 1)->outcome !=
                         KEEL_CHECK_SKIPPED;
    }
    hand_over(e, report);
    if (any)
        return true;
    const keel_check_line *first =
        keel_report_line_at(report, keel_report_line_count(report) - e->entries.count);
    if (e->entries.count == 1)
        keel_fail(err, KEEL_ERR_DATA, "nothing was checked: the one check was skipped");
    else
        keel_fail(err, KEEL_ERR_DATA, "nothing was checked: all %zu checks were skipped",
                  e->entries.count);
    return keel_fail_hint(err, "\"%s\" was skipped because: %s. Is it the right database?",
                          first->check,
                          first->note != NULL ? first->note : "it found nothing to look at");
}
