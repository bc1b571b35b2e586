/* What became of constraints, indexes, triggers, views, functions: gone, renamed, changed, new. */
#include <stddef.h>
#include <string.h>

#include "base/json_out.h"
#include "verify/baseline_inside.h"

const char *keel_baseline_evidence(keel_check_run *run, const char *before, const char *now)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_json json;

    keel_json_start(&json, &text, false);
    keel_json_object(&json);
    keel_json_kv_text(&json, "before", before);
    keel_json_kv_text(&json, "now", now);
    keel_json_end_object(&json);
    return keel_arena_strdup(run->arena, text.data);
}

static const keel_baseline_part *find(const keel_baseline_parts *parts, const keel_baseline_part *like)
{
    for (size_t i = 0; i < parts->count; i++)
        if (strcmp(parts->items[i].name, like->name) == 0 && strcmp(parts->items[i].kind, like->kind) == 0)
            return &parts->items[i];
    return NULL;
}

/* Behind the name in "CREATE UNIQUE INDEX name ON ..." and "CREATE TRIGGER name BEFORE ..."; in other definitions there
 * is none. */
static const char *without_name(const keel_baseline_part *part)
{
    static const char *const words[] = {" INDEX ", " TRIGGER "};
    const char *at = NULL;

    for (size_t i = 0; i < KEEL_COUNT_OF(words) && strncmp(part->definition, "CREATE ", 7) == 0; i++) {
        const char *found = strstr(part->definition, words[i]);
        if (found != NULL && (at == NULL || found < at))
            at = found + strlen(words[i]);
    }
    if (at == NULL)
        return part->definition;
    if (*at != '"')
        return at + strcspn(at, " ");
    for (at++; *at != '\0' && (*at != '"' || at[1] == '"'); at++)
        at += *at == '"';
    return at;
}

/* Of the same kind and definition, under a name that the baseline does not know. */
static const keel_baseline_part *find_renamed(const keel_baseline_parts *before, const keel_baseline_parts *now,
                                              const keel_baseline_part *like)
{
    for (size_t i = 0; like->definition[0] != '\0' && i < now->count; i++) {
        const keel_baseline_part *other = &now->items[i];
        if (strcmp(other->kind, like->kind) == 0 && strcmp(without_name(other), without_name(like)) == 0 &&
            find(before, other) == NULL)
            return other;
    }
    return NULL;
}

static const char *noun(const keel_baseline_terms *terms, const keel_baseline_part *part)
{
    return terms->noun != NULL ? terms->noun : part->kind;
}

/* A part of the database is named by itself, that of a table by the table. */
static const char *object_of(const keel_check_run *run, const keel_baseline_table *table, const keel_baseline_part *part)
{
    return table != NULL ? keel_baseline_name(run, table) : part->name;
}

static void report_gone(keel_check_run *run, const keel_baseline_table *table, const keel_baseline_part *part,
                        const keel_baseline_terms *terms)
{
    const char *remedy = terms->restore != NULL ? terms->restore(run, table, part) : NULL;
    const char *evidence = keel_baseline_evidence(run, part->definition, NULL);

    keel_check_found_as(run, terms->gone, object_of(run, table, part), evidence, remedy, "the %s \"%s\" is gone", noun(terms, part), part->name);
}

static void compare(keel_check_run *run, const keel_baseline_table *table, const keel_baseline_part *before,
                    const keel_baseline_part *now, const keel_baseline_terms *terms)
{
    const char *object = object_of(run, table, now);
    const char *what = noun(terms, before);
    const char *evidence = keel_baseline_evidence(run, before->definition, now->definition);

    if (before->sound && !now->sound)
        keel_check_found_as(run, terms->unsound, object, evidence, NULL, "the %s \"%s\" %s", what, now->name,
                            terms->unsound_text);
    else if (!before->sound && now->sound)
        keel_check_found_as(run, KEEL_INFO, object, evidence, NULL, "the %s \"%s\" %s", what, now->name,
                            terms->sound_text);
    else if (strcmp(before->definition, now->definition) != 0)
        keel_check_found_as(run, terms->changed, object, evidence, NULL, "the %s \"%s\" has changed", what, now->name);
}

/* True if one of the baseline's parts goes by this name now. */
static bool is_renamed(const keel_baseline_parts *before, const keel_baseline_parts *now,
                       const keel_baseline_part *part)
{
    for (size_t i = 0; i < before->count; i++)
        if (find(now, &before->items[i]) == NULL && find_renamed(before, now, &before->items[i]) == part)
            return true;
    return false;
}

static void report_renamed(keel_check_run *run, const keel_baseline_table *table, const keel_baseline_part *part,
                           const keel_baseline_part *now, const keel_baseline_terms *terms)
{
    keel_check_found_as(run, KEEL_INFO, object_of(run, table, now), NULL, NULL, "the %s \"%s\" is called \"%s\" now",
                        noun(terms, part), part->name, now->name);
}

static void report_new(keel_check_run *run, const keel_baseline_table *table, const keel_baseline_part *part,
                       const keel_baseline_terms *terms)
{
    keel_check_found_as(run, KEEL_INFO, object_of(run, table, part), keel_baseline_evidence(run, NULL, part->definition),
                        NULL, "the %s \"%s\" is new", noun(terms, part), part->name);
}

void keel_baseline_compare_parts(keel_check_run *run, const keel_baseline_table *table, const keel_baseline_parts *before,
                                 const keel_baseline_parts *now, const keel_baseline_terms *terms)
{
    for (size_t i = 0; i < before->count; i++) {
        const keel_baseline_part *part = &before->items[i];
        const keel_baseline_part *same = find(now, part);
        const keel_baseline_part *renamed = same == NULL ? find_renamed(before, now, part) : NULL;
        if (same != NULL)
            compare(run, table, part, same, terms);
        else if (renamed != NULL)
            report_renamed(run, table, part, renamed, terms);
        else
            report_gone(run, table, part, terms);
    }
    for (size_t i = 0; i < now->count; i++) {
        const keel_baseline_part *part = &now->items[i];
        if (find(before, part) == NULL && !is_renamed(before, now, part))
            report_new(run, table, part, terms);
    }
}

static const keel_baseline_parts *parts_of(const keel_baseline_table *table, size_t which)
{
    return (const keel_baseline_parts *)(const void *)((const char *)table + which);
}

int64_t keel_baseline_compare_tables(keel_check_run *run, size_t which, const keel_baseline_terms *terms)
{
    const keel_baseline *before = run->baseline->before;
    int64_t looked = 0;

    for (size_t i = 0; i < before->tables.count; i++) {
        const keel_baseline_table *then = &before->tables.items[i];
        const keel_baseline_table *now = keel_baseline_now(run, then);
        if (now == NULL || then->root != NULL)
            continue;
        if (!parts_of(then, which)->known || !parts_of(now, which)->known)
            continue;
        looked += (int64_t)parts_of(then, which)->count;
        keel_baseline_compare_parts(run, then, parts_of(then, which), parts_of(now, which), terms);
    }
    return looked;
}

int64_t keel_baseline_count_parts(const keel_baseline *baseline, size_t which)
{
    int64_t count = 0;

    for (size_t i = 0; i < baseline->tables.count; i++)
        count += (int64_t)parts_of(&baseline->tables.items[i], which)->count;
    return count;
}
