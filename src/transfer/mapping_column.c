#include <string.h>

#include "transfer/mapping_reader.h"

static const char *const COLUMN_KEYS[] = {
    "to",        "skip",          "time_zone",
    "epoch",     "on_misfit",     "default",
    "round",     "empty_is_null", "allow_duplicate_keys",
    "allow_nan", "text_is_bytes",
};
static const char *const SET_KEYS[] = {"value", "sql"};

static const char *const EPOCH_WORDS[] = {"seconds", "milliseconds", "julian"};
static const keel_epoch EPOCHS[] = {KEEL_EPOCH_SECONDS, KEEL_EPOCH_MILLISECONDS, KEEL_EPOCH_JULIAN};

static const char *const MISFIT_WORDS[] = {"reject", "null", "default", "new_uuid"};
static const keel_misfit_policy MISFITS[] = {KEEL_MISFIT_REJECT, KEEL_MISFIT_NULL,
                                             KEEL_MISFIT_DEFAULT, KEEL_MISFIT_NEW_UUID};

static bool
read_epoch(const keel_yaml_reader *reader, const keel_yaml *node, keel_map_column *column)
{
    size_t index = 0;

    if (!keel_yaml_read_word(reader, node, "epoch", EPOCH_WORDS, KEEL_COUNT_OF(EPOCH_WORDS), &index))
        return false;
    column->epoch = EPOCHS[index];
    return true;
}

/* `default: x` alone says on_misfit: default; together with any other policy it is a contradiction.
 */
static bool
read_misfit(const keel_yaml_reader *reader, const keel_yaml *map, keel_map_column *column)
{
    const keel_yaml *policy = keel_yaml_get(map, "on_misfit");
    const keel_yaml *value = keel_yaml_get(map, "default");
    size_t index = value != NULL ? 2 : 0;

    if (policy != NULL && !keel_yaml_read_word(reader, policy, "on_misfit", MISFIT_WORDS,
                                              KEEL_COUNT_OF(MISFIT_WORDS), &index))
        return false;
    column->misfit = MISFITS[index];
    if (column->misfit == KEEL_MISFIT_DEFAULT && value == NULL)
        return keel_yaml_fail(policy, reader->file, reader->err,
                              "\"on_misfit: default\" needs the value, as \"default: ...\"");
    if (value == NULL)
        return true;
    if (column->misfit != KEEL_MISFIT_DEFAULT)
        return keel_yaml_fail(value, reader->file, reader->err,
                              "\"default\" goes with \"on_misfit: default\", not with \"%s\"",
                              MISFIT_WORDS[index]);
    if (value->kind == KEEL_YAML_SCALAR && value->quoted) {
        column->default_text = value->text; /* may be empty */
        return true;
    }
    return keel_yaml_read_string(reader, value, "default", &column->default_text);
}

static bool
read_switches(const keel_yaml_reader *reader, const keel_yaml *map, keel_map_column *column)
{
    const struct {
        const char *key;
        bool *value;
    } switches[] = {
        {"skip", &column->skip},
        {"round", &column->round},
        {"empty_is_null", &column->empty_is_null},
        {"allow_duplicate_keys", &column->allow_duplicate_keys},
        {"allow_nan", &column->allow_nan},
        {"text_is_bytes", &column->text_is_bytes},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(switches); i++) {
        const keel_yaml *node = keel_yaml_get(map, switches[i].key);
        if (node != NULL && !keel_yaml_read_bool(reader, node, switches[i].key, switches[i].value))
            return false;
    }
    return true;
}

static bool
read_column_map(const keel_yaml_reader *reader, const keel_yaml *map, keel_map_column *column)
{
    const keel_yaml *to = keel_yaml_get(map, "to");
    const keel_yaml *zone = keel_yaml_get(map, "time_zone");
    const keel_yaml *epoch = keel_yaml_get(map, "epoch");
    const char *what = keel_arena_printf(reader->arena, "column \"%s\"", column->source);

    if (!keel_yaml_only(map, reader->file, what, COLUMN_KEYS, KEEL_COUNT_OF(COLUMN_KEYS),
                        reader->err))
        return false;
    if (to != NULL && !keel_yaml_read_string(reader, to, "to", &column->to))
        return false;
    if (zone != NULL && !keel_yaml_read_string(reader, zone, "time_zone", &column->time_zone))
        return false;
    if (epoch != NULL && !read_epoch(reader, epoch, column))
        return false;
    if (!read_misfit(reader, map, column) || !read_switches(reader, map, column))
        return false;
    if (column->skip && map->count > 1)
        return keel_yaml_fail(map, reader->file, reader->err,
                              "a skipped column has no other settings");
    return true;
}

/* `old: skip`, `old: new`, or a map. Quoted, "skip" is a name like any other. */
static bool
read_column(const keel_yaml_reader *reader, const keel_yaml *node, keel_map_column *column)
{
    if (node->kind == KEEL_YAML_LIST)
        return keel_yaml_fail(
            node, reader->file, reader->err,
            "column \"%s\" must be `skip`, a new name or a map of settings, not a list",
            column->source);
    if (node->kind == KEEL_YAML_MAP)
        return read_column_map(reader, node, column);
    if (!node->quoted && strcmp(node->text, "skip") == 0) {
        column->skip = true;
        return true;
    }
    return keel_yaml_read_string(reader, node, column->source, &column->to);
}

static const keel_map_column *column_to(const keel_map_table *table, const char *target)
{
    for (size_t i = 0; i < table->columns.count; i++)
        if (keel_streq(table->columns.items[i].to, target))
            return &table->columns.items[i];
    return NULL;
}

bool keel_map_read_columns(const keel_yaml_reader *reader,
                           const keel_yaml *node,
                           keel_map_table *table)
{
    if (!keel_yaml_expect(reader, node, KEEL_YAML_MAP, "columns"))
        return false;
    for (size_t i = 0; i < node->count; i++) {
        const keel_yaml *member = node->items[i];
        keel_map_column column = {.source = member->key, .node = member};
        const keel_map_column *other = keel_map_table_column(table, member->key);
        if (other != NULL)
            return keel_yaml_fail(member, reader->file, reader->err,
                                  "\"%s\" and \"%s\" are one column to SQLite", other->source,
                                  member->key);
        if (!read_column(reader, member, &column))
            return false;
        other = column.to == NULL ? NULL : column_to(table, column.to);
        if (other != NULL)
            return keel_yaml_fail(member, reader->file, reader->err,
                                  "columns \"%s\" and \"%s\" both go to \"%s\"", other->source,
                                  column.source, column.to);
        keel_arena_push(reader->arena, &table->columns, column);
    }
    return true;
}

static bool read_set(const keel_yaml_reader *reader, const keel_yaml *node, keel_map_set *set)
{
    const keel_yaml *value = keel_yaml_get(node, "value");
    const keel_yaml *sql = keel_yaml_get(node, "sql");
    const char *what = keel_arena_printf(reader->arena, "set \"%s\"", set->target);

    if (node->kind != KEEL_YAML_MAP)
        return keel_yaml_fail(node, reader->file, reader->err,
                              "%s must be {value: ...} or {sql: ...}", what);
    if (!keel_yaml_only(node, reader->file, what, SET_KEYS, KEEL_COUNT_OF(SET_KEYS), reader->err))
        return false;
    if ((value == NULL) == (sql == NULL))
        return keel_yaml_fail(node, reader->file, reader->err,
                              "%s needs either \"value\" or \"sql\"", what);
    if (sql != NULL)
        return keel_yaml_read_string(reader, sql, "sql", &set->sql);
    if (value->kind == KEEL_YAML_SCALAR && value->quoted) {
        set->value = value->text; /* may be empty */
        return true;
    }
    return keel_yaml_read_string(reader, value, "value", &set->value);
}

bool keel_map_read_sets(const keel_yaml_reader *reader, const keel_yaml *node, keel_map_table *table)
{
    if (!keel_yaml_expect(reader, node, KEEL_YAML_MAP, "set"))
        return false;
    for (size_t i = 0; i < node->count; i++) {
        const keel_yaml *member = node->items[i];
        keel_map_set set = {.target = member->key, .node = member};
        if (!read_set(reader, member, &set))
            return false;
        const keel_map_column *column = column_to(table, set.target);
        if (column != NULL)
            return keel_yaml_fail(member, reader->file, reader->err,
                                  "\"%s\" is set here and filled from column \"%s\" too",
                                  set.target, column->source);
        keel_arena_push(reader->arena, &table->sets, set);
    }
    return true;
}
