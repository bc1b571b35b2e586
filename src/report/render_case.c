#include "base/map.h"
#include "base/memory.h"
#include "report/render_inside.h"

typedef KEEL_VEC(keel_render_case *) case_list;

bool keel_render_counts(const keel_finding *finding, const keel_render_options *options)
{
    return finding->severity >= KEEL_ERROR || (options->strict && finding->severity == KEEL_WARNING);
}

static keel_render_case *add_case(case_list *list, keel_map *by_check, keel_arena *arena, const char *check)
{
    keel_render_case *c = keel_arena_alloc(arena, sizeof *c);

    *c = (keel_render_case){.check = check, .group = keel_arena_strndup(arena, check, strcspn(check, "."))};
    keel_vec_push(list, c);
    keel_map_put(by_check, check, c);
    return c;
}

static int rank(const keel_check_line *line)
{
    static const int ranks[] = {[KEEL_CHECK_PASSED] = 0, [KEEL_CHECK_SKIPPED] = 1, [KEEL_CHECK_FAILED] = 2};

    return line != NULL ? ranks[line->outcome] : -1;
}

/* Ids are unique in every format: of several lines with one id the worst speaks for all. */
static void add_lines(case_list *list, keel_map *by_check, const keel_report *report, keel_arena *arena)
{
    for (size_t i = 0; i < keel_report_line_count(report); i++) {
        const keel_check_line *line = keel_report_line_at(report, i);
        keel_render_case *c = keel_map_get(by_check, line->check);
        if (c == NULL)
            c = add_case(list, by_check, arena, line->check);
        if (rank(line) > rank(c->line))
            c->line = line;
        if (line->group != NULL)
            c->group = line->group;
    }
}

/* Findings are counted first, so that each case gets an array of its size. */
static void count_findings(case_list *list, keel_map *by_check, const keel_report *report, keel_arena *arena)
{
    for (size_t i = 0; i < keel_report_count(report); i++) {
        const char *check = keel_report_at(report, i)->check;
        keel_render_case *c = keel_map_get(by_check, check);
        if (c == NULL)
            c = add_case(list, by_check, arena, check);
        c->count++;
    }
    for (size_t i = 0; i < list->count; i++) {
        keel_render_case *c = list->items[i];
        c->findings = keel_arena_alloc(arena, (c->count + 1) * sizeof(const keel_finding *));
        c->count = 0;
    }
}

keel_render_cases keel_render_sort(const keel_report *report, const keel_render_options *options, keel_arena *arena)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *by_check = keel_map_create();
    case_list list = {0};

    add_lines(&list, by_check, report, arena);
    count_findings(&list, by_check, report, arena);
    for (size_t i = 0; i < keel_report_count(report); i++) {
        const keel_finding *finding = keel_report_at(report, i);
        keel_render_case *c = keel_map_get(by_check, finding->check);
        c->findings[c->count++] = finding;
        c->counted += keel_render_counts(finding, options);
    }
    keel_render_cases cases = {keel_arena_alloc(arena, (list.count + 1) * sizeof *cases.items), list.count};
    for (size_t i = 0; i < list.count; i++)
        cases.items[i] = *list.items[i];
    keel_vec_free(&list);
    return cases;
}

const keel_check_about *keel_render_about(const keel_render_options *options, const char *check)
{
    for (size_t i = 0; i < options->about_count; i++)
        if (strcmp(options->about[i].id, check) == 0)
            return &options->about[i];
    return NULL;
}

const char *keel_render_title(const keel_render_options *options, const keel_render_case *c)
{
    const keel_check_about *rule = keel_render_about(options, c->check);

    if (c->line != NULL && c->line->title != NULL)
        return c->line->title;
    return rule != NULL && rule->title != NULL ? rule->title : c->check;
}
