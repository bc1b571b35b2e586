#include "base/memory.h"
#include "report/render_inside.h"

typedef struct sorter {
    keel_arena *arena;
    keel_render_cases cases;
    keel_map *by_check;  /* the one case of an id; where there are several, one of them */
    keel_map *several;   /* ids that have several */
    keel_map *by_object; /* lines by group and title */
} sorter;

bool keel_render_counts(const keel_finding *finding, const keel_render_options *options)
{
    return finding->severity >= KEEL_ERROR || (options->strict && finding->severity == KEEL_WARNING);
}

static const char *first_word(keel_arena *arena, const char *check)
{
    return keel_arena_strndup(arena, check, strcspn(check, "."));
}

static const char *object_key(keel_arena *arena, const char *group, const char *object)
{
    return keel_arena_printf(arena, "%s %s", group, object);
}

static keel_render_case *add_case(sorter *s, const char *check)
{
    keel_render_case *c = keel_arena_alloc(s->arena, sizeof *c);

    *c = (keel_render_case){.check = check, .name = check, .group = first_word(s->arena, check)};
    keel_arena_push(s->arena, &s->cases, c);
    keel_map_put(s->by_check, check, c);
    return c;
}

static int rank(const keel_check_line *line)
{
    static const int ranks[] = {[KEEL_CHECK_PASSED] = 0, [KEEL_CHECK_SKIPPED] = 1, [KEEL_CHECK_FAILED] = 2};

    return line != NULL ? ranks[line->outcome] : -1;
}

/* Of several lines that say the same the worst speaks for all: names are unique in every format. */
static void add_line(sorter *s, const keel_check_line *line)
{
    const char *title = line->title != NULL ? line->title : "";
    const char *group = line->group != NULL ? line->group : first_word(s->arena, line->check);
    const char *name = object_key(s->arena, line->check, title);
    keel_render_case *c = keel_map_get(s->by_object, name);

    if (c == NULL) {
        if (keel_map_get(s->by_check, line->check) != NULL)
            keel_map_put(s->several, line->check, s);
        c = add_case(s, line->check);
        keel_map_put(s->by_object, name, c);
    }
    c->group = group;
    if (rank(line) > rank(c->line))
        c->line = line;
    if (keel_map_get(s->by_object, object_key(s->arena, group, title)) == NULL)
        keel_map_put(s->by_object, object_key(s->arena, group, title), c);
}

static void name_cases(sorter *s)
{
    for (size_t i = 0; i < s->cases.count; i++) {
        keel_render_case *c = s->cases.items[i];
        if (keel_map_get(s->several, c->check) != NULL && c->line->title != NULL)
            c->name = keel_arena_printf(s->arena, "%s %s", c->check, c->line->title);
    }
}

/* The line about the object, or what stands before its columns ("public.lots(code)"), or before what is in it ("app_3:
 * 0002_b.sql"). */
static keel_render_case *case_about(sorter *s, const keel_finding *finding)
{
    const char *group = first_word(s->arena, finding->check);

    if (finding->object == NULL)
        return NULL;
    const char *table = keel_arena_strndup(s->arena, finding->object, strcspn(finding->object, "("));
    keel_render_case *found = keel_map_get(s->by_object, object_key(s->arena, group, table));
    const char *inside = strstr(finding->object, ": ");
    if (found != NULL || inside == NULL)
        return found;
    const char *holder = keel_arena_strndup(s->arena, finding->object, (size_t)(inside - finding->object));
    return keel_map_get(s->by_object, object_key(s->arena, group, holder));
}

static keel_render_case *case_of(sorter *s, const keel_finding *finding)
{
    keel_render_case *own = keel_map_get(s->by_check, finding->check);
    bool one = own != NULL && keel_map_get(s->several, finding->check) == NULL;

    if (one)
        return own;
    keel_render_case *about = case_about(s, finding);
    if (about != NULL)
        return about;
    return own != NULL ? own : add_case(s, finding->check);
}

/* Findings are counted first, so that each case gets an array of its size. */
static void add_findings(sorter *s, const keel_report *report, const keel_render_options *options)
{
    size_t count = keel_report_count(report);
    KEEL_CLEANUP(keel_free_p) keel_render_case **of = keel_alloc_zero(count + 1, sizeof *of);

    for (size_t i = 0; i < count; i++) {
        of[i] = case_of(s, keel_report_at(report, i));
        of[i]->count++;
    }
    for (size_t i = 0; i < s->cases.count; i++) {
        keel_render_case *c = s->cases.items[i];
        c->findings = keel_arena_alloc(s->arena, (c->count + 1) * sizeof(const keel_finding *));
        c->count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        const keel_finding *finding = keel_report_at(report, i);
        of[i]->findings[of[i]->count++] = finding;
        of[i]->counted += keel_render_counts(finding, options);
    }
}

keel_render_cases keel_render_sort(const keel_report *report, const keel_render_options *options, keel_arena *arena)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *by_check = keel_map_create();
    KEEL_CLEANUP(keel_map_free_p) keel_map *several = keel_map_create();
    KEEL_CLEANUP(keel_map_free_p) keel_map *by_object = keel_map_create();
    sorter s = {.arena = arena, .by_check = by_check, .several = several, .by_object = by_object};

    for (size_t i = 0; i < keel_report_line_count(report); i++)
        add_line(&s, keel_report_line_at(report, i));
    name_cases(&s);
    add_findings(&s, report, options);
    return s.cases;
}
