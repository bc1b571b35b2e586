#include "report/render_inside.h"

static keel_render_rule *rule_of(keel_render_rules *all, keel_arena *arena, const char *check)
{
    uintptr_t place = (uintptr_t)keel_map_get(all->places, check);

    if (place == 0) {
        keel_render_rule *made = keel_arena_alloc(arena, sizeof *made);
        *made = (keel_render_rule){.check = check,
                                   .group = keel_arena_strndup(arena, check, strcspn(check, ".")),
                                   .severity = KEEL_ERROR};
        keel_arena_push(arena, all, made);
        place = all->count;
        keel_map_put(all->places, check, (void *)place);
    }
    return all->items[place - 1];
}

static void add_line(keel_render_rules *all, keel_arena *arena, const keel_check_line *line)
{
    keel_render_rule *rule = rule_of(all, arena, line->check);

    rule->title = rule->lines == 0 ? line->title : NULL;
    rule->lines++;
    if (line->group != NULL)
        rule->group = line->group;
}

keel_render_rules keel_render_find_rules(const keel_report *report, keel_arena *arena, keel_map *places)
{
    keel_render_rules all = {.places = places};

    for (size_t i = 0; i < keel_report_line_count(report); i++)
        add_line(&all, arena, keel_report_line_at(report, i));
    for (size_t i = 0; i < keel_report_count(report); i++) {
        const keel_finding *finding = keel_report_at(report, i);
        keel_render_rule *rule = rule_of(&all, arena, finding->check);
        if (rule->findings++ == 0)
            rule->severity = finding->severity;
    }
    return all;
}

size_t keel_render_rule_index(const keel_render_rules *rules, const char *check)
{
    return (size_t)(uintptr_t)keel_map_get(rules->places, check) - 1;
}
