/* JUnit XML as GitLab, Jenkins and GitHub actions read it: a suite per group, a case per check. A finding that counts
 * makes its case fail; others stand in the case's system-out. What could not be done at all is an error, not a
 * failure. */
#include <stdio.h>

#include "report/render_inside.h"

typedef struct tally {
    size_t tests, failures, errors, skipped;
    keel_usec duration;
} tally;

static void add_escaped(keel_str *out, const char *clean)
{
    static const char special[] = "&<>\"'\n\t";
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#10;", "&#9;"};

    for (; *clean != '\0'; clean++) {
        const char *found = strchr(special, *clean);
        if (found != NULL)
            keel_str_add(out, entities[found - special]);
        else
            keel_str_addc(out, *clean);
    }
}

static void add_attribute(keel_str *out, const char *name, const char *text)
{
    KEEL_CLEANUP(keel_str_free) keel_str clean = {0};

    keel_render_clean(&clean, text, KEEL_RENDER_LINE, false);
    keel_str_addf(out, " %s=\"", name);
    add_escaped(out, keel_str_text(&clean));
    keel_str_addc(out, '"');
}

static void add_tally(keel_str *out, const tally *sum)
{
    keel_str_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\"", sum->tests,
                  sum->failures, sum->errors, sum->skipped, (double)sum->duration / KEEL_SECOND);
}

static bool could_not(const keel_render_case *c)
{
    return c->line == NULL && strcmp(c->check, "command.failed") == 0;
}

static bool failed(const keel_render_case *c)
{
    return c->counted > 0 || (c->line != NULL && c->line->outcome == KEEL_CHECK_FAILED);
}

static bool skipped(const keel_render_case *c)
{
    return c->line != NULL && c->line->outcome == KEEL_CHECK_SKIPPED && !failed(c);
}

/* All findings of the case that count, or all that do not, as text. */
static void add_findings(keel_str *out, const keel_render_case *c, const keel_render_options *options, bool counting)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};

    for (size_t i = 0; i < c->count; i++) {
        if (keel_render_counts(c->findings[i], options) != counting)
            continue;
        if (text.size > 0)
            keel_str_addc(&text, '\n');
        keel_render_lines(c->findings[i], &text);
    }
    add_escaped(out, keel_str_text(&text));
}

static const keel_finding *worst(const keel_render_case *c)
{
    const keel_finding *found = NULL;

    for (size_t i = 0; i < c->count; i++)
        if (found == NULL || c->findings[i]->severity > found->severity)
            found = c->findings[i];
    return found;
}

static void add_failure(keel_str *out, const keel_render_case *c, const keel_render_options *options)
{
    const char *element = could_not(c) ? "error" : "failure";
    const keel_finding *first = worst(c);
    KEEL_CLEANUP(keel_str_free) keel_str message = {0};

    if (c->counted > 1)
        keel_str_addf(&message, "%zu findings; ", c->counted);
    if (c->counted > 0)
        keel_render_headline(first, KEEL_RENDER_LINE / 2, &message);
    else
        keel_str_add(&message, c->line->note != NULL ? c->line->note : "failed");
    keel_str_addf(out, "      <%s", element);
    add_attribute(out, "message", keel_str_text(&message));
    add_attribute(out, "type", c->counted > 0 ? keel_severity_name(first->severity) : "error");
    keel_str_addc(out, '>');
    add_findings(out, c, options, true);
    keel_str_addf(out, "</%s>\n", element);
}

static void add_case(keel_str *out, const keel_render_case *c, const keel_render_options *options)
{
    keel_str_add(out, "    <testcase");
    add_attribute(out, "classname", c->group);
    add_attribute(out, "name", c->name);
    keel_str_addf(out, " time=\"%.3f\">\n", c->line != NULL ? (double)c->line->duration / KEEL_SECOND : 0.0);
    if (failed(c))
        add_failure(out, c, options);
    if (skipped(c)) {
        keel_str_add(out, "      <skipped");
        add_attribute(out, "message", c->line->note != NULL ? c->line->note : "skipped");
        keel_str_add(out, "/>\n");
    }
    if (c->counted < c->count) {
        keel_str_add(out, "      <system-out>");
        add_findings(out, c, options, false);
        keel_str_add(out, "</system-out>\n");
    }
    keel_str_add(out, "    </testcase>\n");
}

static tally count(const keel_render_cases *cases, const char *group)
{
    tally sum = {0};

    for (size_t i = 0; i < cases->count; i++) {
        const keel_render_case *c = cases->items[i];
        if (group != NULL && strcmp(c->group, group) != 0)
            continue;
        sum.tests++;
        sum.errors += could_not(c);
        sum.failures += failed(c) && !could_not(c);
        sum.skipped += skipped(c);
        sum.duration += c->line != NULL ? c->line->duration : 0;
    }
    return sum;
}

static void add_suite(keel_str *out, const keel_render_cases *cases, const char *group,
                      const keel_render_options *options)
{
    char started[KEEL_UTC_SIZE];
    tally sum = count(cases, group);

    keel_str_add(out, "  <testsuite");
    add_attribute(out, "name", group);
    add_tally(out, &sum);
    keel_str_addf(out, " timestamp=\"%.19s\">\n", keel_format_utc(options->started_at, started, sizeof started));
    if (options->target != NULL) {
        keel_str_add(out, "    <properties>\n      <property name=\"target\"");
        add_attribute(out, "value", options->target);
        keel_str_add(out, "/>\n    </properties>\n");
    }
    for (size_t i = 0; i < cases->count; i++)
        if (strcmp(cases->items[i]->group, group) == 0)
            add_case(out, cases->items[i], options);
    keel_str_add(out, "  </testsuite>\n");
}

static bool is_first_of_group(const keel_render_cases *cases, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(cases->items[i]->group, cases->items[index]->group) == 0)
            return false;
    return true;
}

void keel_render_junit(const keel_report *report, const keel_render_options *options, keel_str *out)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    keel_render_cases cases = keel_render_sort(report, options, arena);
    tally sum = count(&cases, NULL);

    sum.duration = options->duration;
    keel_str_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    add_attribute(out, "name", keel_arena_printf(arena, "pgkeel %s", options->command));
    add_tally(out, &sum);
    keel_str_add(out, ">\n");
    for (size_t i = 0; i < cases.count; i++)
        if (is_first_of_group(&cases, i))
            add_suite(out, &cases, cases.items[i]->group, options);
    keel_str_add(out, "</testsuites>\n");
}
