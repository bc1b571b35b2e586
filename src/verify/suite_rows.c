#include <string.h>

#include "verify/suite_inside.h"

/* The allowed values of a column; "" is a value like any other. */
static bool read_values(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                        keel_suite_names *values)
{
    if (!keel_yaml_expect(reader, node, KEEL_YAML_LIST, what))
        return false;
    if (node->count == 0)
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" allows no value", what);
    values->place = keel_suite_place_of(reader, node);
    for (size_t i = 0; i < node->count; i++) {
        const keel_yaml *item = node->items[i];
        if (!keel_yaml_expect(reader, item, KEEL_YAML_SCALAR, what))
            return false;
        for (size_t j = 0; j < values->count; j++)
            if (strcmp(values->items[j], item->text) == 0)
                return keel_yaml_fail(item, reader->file, reader->err, "\"%s\" names \"%s\" twice", what, item->text);
        keel_suite_names_add(reader->arena, values, item->text);
    }
    return true;
}

static bool read_allowed(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                         keel_suite_table *table)
{
    keel_suite_allowed allowed = {
        .column = node->key, .severity = KEEL_ERROR, .place = keel_suite_place_of(reader, node)};
    const keel_yaml *values = node;
    const keel_suite_setting settings[] = {
        {"values", KEEL_SETTING_NODE, &values},
        {"severity", KEEL_SETTING_SEVERITY, &allowed.severity},
    };
    const char *name = keel_arena_printf(reader->arena, "\"%s\"", what);

    if (node->kind == KEEL_YAML_MAP) {
        if (!keel_suite_read_settings(reader, node, name, what, settings, KEEL_COUNT_OF(settings)))
            return false;
        if (values == node)
            return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" needs \"values\"", what);
    }
    if (!read_values(reader, values, what, &allowed.values))
        return false;
    keel_arena_push(reader->arena, &table->allowed, allowed);
    return true;
}

/* Every member of a map, COLUMN: settings. */
static bool each_column(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                        keel_suite_table *table, keel_suite_table_reader *read_member)
{
    if (!keel_yaml_expect(reader, node, KEEL_YAML_MAP, what))
        return false;
    if (node->count == 0)
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" is empty", what);
    for (size_t i = 0; i < node->count; i++) {
        const char *path = keel_arena_printf(reader->arena, "%s.%s", what, node->items[i]->key);
        if (!read_member(reader, node->items[i], path, table))
            return false;
    }
    return true;
}

bool keel_suite_read_allowed(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                             keel_suite_table *table)
{
    return each_column(reader, node, what, table, read_allowed);
}

static bool read_times(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                       keel_suite_table *table)
{
    keel_suite_times times = {
        .column = node->key, .severity = KEEL_ERROR, .place = keel_suite_place_of(reader, node)};
    const keel_suite_setting settings[] = {
        {"floor", KEEL_SETTING_TEXT, &times.floor},
        {"future", KEEL_SETTING_TEXT, &times.future},
        {"severity", KEEL_SETTING_SEVERITY, &times.severity},
    };
    const char *name = keel_arena_printf(reader->arena, "\"%s\"", what);

    if (!keel_yaml_is_empty(node) &&
        !keel_suite_read_settings(reader, node, name, what, settings, KEEL_COUNT_OF(settings)))
        return false;
    if (times.future != NULL && strcmp(times.future, "allowed") == 0) {
        times.may_be_future = true;
        times.future = NULL;
    }
    if (times.may_be_future && times.floor == NULL)
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" demands nothing", what);
    keel_arena_push(reader->arena, &table->times, times);
    return true;
}

bool keel_suite_read_times(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                           keel_suite_table *table)
{
    return each_column(reader, node, what, table, read_times);
}

bool keel_suite_read_partitions(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                                keel_suite_table *table)
{
    static const char *const words[] = {"day", "week", "month", "year"};
    keel_suite_partitions *partitions = keel_arena_alloc(reader->arena, sizeof *partitions);
    const keel_yaml *ahead = NULL;
    const keel_yaml *period = NULL;
    const keel_suite_setting settings[] = {
        {"ahead", KEEL_SETTING_NODE, &ahead},
        {"period", KEEL_SETTING_NODE, &period},
    };
    const char *name = keel_arena_printf(reader->arena, "\"%s\"", what);
    size_t index = 0;

    if (!keel_suite_read_settings(reader, node, name, what, settings, KEEL_COUNT_OF(settings)))
        return false;
    if (ahead == NULL || period == NULL)
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" needs \"%s\"", what,
                              ahead == NULL ? "ahead" : "period");
    if (!keel_yaml_read_int(reader, ahead, keel_arena_printf(reader->arena, "%s.ahead", what), 1, 1000,
                            &partitions->ahead) ||
        !keel_yaml_read_word(reader, period, keel_arena_printf(reader->arena, "%s.period", what), words,
                             KEEL_COUNT_OF(words), &index))
        return false;
    partitions->period = words[index];
    partitions->place = keel_suite_place_of(reader, node);
    table->partitions = partitions;
    return true;
}

bool keel_suite_read_audit(const keel_yaml_reader *reader, const keel_yaml *node, const char *what,
                           keel_suite_table *table)
{
    keel_suite_audit *audit = keel_arena_alloc(reader->arena, sizeof *audit);
    const char *into = NULL;
    const keel_suite_setting settings[] = {
        {"into", KEEL_SETTING_TEXT, &into},
        {"sql", KEEL_SETTING_QUERY, &audit->sql},
    };
    const char *name = keel_arena_printf(reader->arena, "\"%s\"", what);

    if (node->kind == KEEL_YAML_SCALAR) {
        if (!keel_yaml_read_string(reader, node, what, &into))
            return false;
    } else if (!keel_suite_read_settings(reader, node, name, what, settings, KEEL_COUNT_OF(settings))) {
        return false;
    }
    if (into == NULL)
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" needs \"into\"", what);
    if (!keel_suite_read_qualified(reader, node, into, &audit->into_schema, &audit->into))
        return false;
    audit->place = keel_suite_place_of(reader, node);
    table->audit = audit;
    return true;
}
