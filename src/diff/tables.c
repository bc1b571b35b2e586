/* Which tables stand opposite each other. */
#include <string.h>
#include <strings.h>

#include "diff/inside.h"

static bool same(const char *left, const char *right, bool exact)
{
    return exact ? strcmp(left, right) == 0 : strcasecmp(left, right) == 0;
}

/* The one table of that name; without a schema the default one comes first, then any, if only one has it. */
static const keel_pg_table *find_as(const keel_pg_catalog *catalog, const keel_diff_name *name, bool exact)
{
    const keel_pg_table *found = NULL;
    size_t count = 0;

    for (size_t i = 0; i < catalog->tables.count; i++) {
        const keel_pg_table *table = catalog->tables.items[i];
        if (!same(table->name, name->name, exact) || (name->schema != NULL && !same(table->schema, name->schema, exact)))
            continue;
        if (name->schema != NULL || keel_streq(table->schema, catalog->default_schema))
            return table;
        found = table;
        count++;
    }
    return count == 1 ? found : NULL;
}

static const keel_pg_table *find_table(const keel_pg_catalog *catalog, const keel_diff_name *name)
{
    const keel_pg_table *table = find_as(catalog, name, true);

    return table != NULL ? table : find_as(catalog, name, false);
}

static const char *nearest_table(const keel_diff_run *d, keel_side side, const char *name)
{
    const keel_pg_catalog *catalog = d->catalog[side];
    const char **names = keel_arena_alloc(d->arena, (catalog->tables.count + 1) * sizeof *names);

    for (size_t i = 0; i < catalog->tables.count; i++)
        names[i] = catalog->tables.items[i]->name;
    return keel_nearest_word(name, names, catalog->tables.count);
}

/* A view or a foreign table of that name says more than "no such table". */
static bool is_other_relation(keel_diff_run *d, const keel_diff_name *name, const char **ret_kind, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    const char *const params[] = {name->name, name->schema};

    if (!keel_pg_query(d->lead[KEEL_SOURCE], &rows, err,
                       "SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'"
                       "                      ELSE 'foreign table' END"
                       "  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                       " WHERE c.relkind IN ('v', 'm', 'f') AND c.relname = $1 AND ($2::pg_catalog.text IS NULL OR n.nspname = $2)",
                       2, params))
        return false;
    *ret_kind = keel_pg_rows(rows) > 0 ? keel_arena_strdup(d->arena, keel_pg_text(rows, 0, 0)) : NULL;
    return true;
}

static bool unknown_table(keel_diff_run *d, const keel_diff_name *name, keel_error *err)
{
    const char *kind = NULL;

    if (!is_other_relation(d, name, &kind, err))
        return false;
    if (kind != NULL) {
        keel_fail(err, KEEL_ERR_USAGE, "\"%s\" is a %s", name->name, kind);
        return keel_fail_hint(err, "Tables are compared; a map puts a query in the place of one: {from: \"SELECT * FROM %s\"}.",
                              name->name);
    }
    keel_fail(err, KEEL_ERR_USAGE, "the source has no table \"%s\"", name->name);
    const char *nearest = nearest_table(d, KEEL_SOURCE, name->name);
    return nearest != NULL ? keel_fail_hint(err, "Did you mean \"%s\"?", nearest)
                           : keel_fail_hint(err, "Name tables as NAME or SCHEMA.NAME, as they are called in the source.");
}

static const keel_diff_map_table *map_of(const keel_diff_run *d, const keel_pg_table *table)
{
    for (size_t i = 0; i < d->map->tables.count; i++) {
        const keel_diff_map_table *entry = &d->map->tables.items[i];
        if (entry->from == NULL && find_table(d->catalog[KEEL_SOURCE], &entry->source) == table)
            return entry;
    }
    return NULL;
}

static const char *target_schema(const keel_diff_run *d, const char *schema)
{
    for (size_t i = 0; i < d->map->schemas.count; i++)
        if (keel_streq(d->map->schemas.items[i].schema, schema))
            return d->map->schemas.items[i].name;
    return schema;
}

/* Exactly, where the map says nothing: two schemas may hold tables of the same name. */
static const keel_pg_table *counterpart(const keel_diff_run *d, const keel_pg_table *table,
                                        const keel_diff_map_table *map)
{
    const keel_pg_catalog *catalog = d->catalog[KEEL_TARGET];
    const char *schema = table != NULL ? target_schema(d, table->schema) : NULL;

    if (map != NULL && map->to.name != NULL) {
        const keel_pg_table *found =
            map->to.schema == NULL && schema != NULL ? keel_pg_catalog_find(catalog, schema, map->to.name) : NULL;
        return found != NULL ? found : find_table(catalog, &map->to);
    }
    if (table == NULL)
        return find_table(catalog, &map->source);
    return keel_pg_catalog_find(catalog, schema, table->name);
}

static const char *relation_of(keel_diff_run *d, const keel_pg_table *table)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, table->kind == 'p' ? "" : "ONLY ");
    keel_pg_add_qualified(&sql, table->schema, table->name);
    return keel_arena_strdup(d->arena, sql.data);
}

static const char *name_of(keel_diff_run *d, const keel_pg_table *table)
{
    return keel_arena_printf(d->arena, "%s.%s", table->schema, table->name);
}

static keel_diff_pair *make_pair(keel_diff_run *d, const keel_pg_table *source, const keel_pg_table *target,
                                 const keel_diff_map_table *map)
{
    keel_diff_pair *pair = keel_arena_alloc(d->arena, sizeof *pair);

    *pair = (keel_diff_pair){.number = d->pairs.count, .map = map, .table = {source, target}};
    pair->name[KEEL_SOURCE] = source != NULL ? name_of(d, source) : map->source.name;
    pair->name[KEEL_TARGET] = name_of(d, target);
    pair->relation[KEEL_SOURCE] =
        source != NULL ? relation_of(d, source) : keel_arena_printf(d->arena, "(%s)", map->from);
    pair->relation[KEEL_TARGET] = relation_of(d, target);
    pair->where = map != NULL ? map->where : NULL;
    pthread_mutex_init(&pair->lock, NULL);
    keel_arena_push(d->arena, &d->pairs, pair);
    return pair;
}

static bool is_paired(const keel_diff_run *d, const keel_pg_table *target)
{
    for (size_t i = 0; i < d->pairs.count; i++)
        if (d->pairs.items[i]->table[KEEL_TARGET] == target)
            return true;
    return false;
}

static bool add_table(keel_diff_run *d, const keel_pg_table *table, const keel_diff_map_table *map, keel_error *err)
{
    const keel_pg_table *target;

    if (map != NULL && map->skip)
        return true;
    target = counterpart(d, table, map);
    if (target == NULL && map != NULL && map->to.name != NULL)
        return keel_yaml_fail(map->node, d->map->file, err, "the target has no table \"%s\"", map->to.name);
    if (target == NULL) {
        keel_diff_say_table(d->report, table != NULL ? name_of(d, table) : map->source.name, false);
        return true;
    }
    if (is_paired(d, target))
        return map != NULL ? keel_yaml_fail(map->node, d->map->file, err, "table \"%s\" of the target is compared already",
                                            target->name)
                           : keel_fail(err, KEEL_ERR_USAGE, "table \"%s\" is named twice", target->name);
    return keel_diff_pair_columns(d, make_pair(d, table, target, map), err);
}

static const keel_diff_map_table *query_named(const keel_diff_run *d, const char *name)
{
    for (size_t i = 0; i < d->map->tables.count; i++) {
        const keel_diff_map_table *entry = &d->map->tables.items[i];
        if (entry->from != NULL && strcmp(entry->source.name, name) == 0)
            return entry;
    }
    return NULL;
}

static bool add_named(keel_diff_run *d, const char *word, keel_error *err)
{
    keel_diff_name name;

    if (!keel_diff_name_read(d->arena, word, &name))
        return keel_fail(err, KEEL_ERR_USAGE, "\"%s\" is not a name, a table is [schema.]table", word);
    const keel_diff_map_table *query = query_named(d, name.name);
    const keel_pg_table *table = query == NULL ? find_table(d->catalog[KEEL_SOURCE], &name) : NULL;
    if (query == NULL && table == NULL)
        return unknown_table(d, &name, err);
    const keel_diff_map_table *map = query != NULL ? query : map_of(d, table);
    if (map != NULL && map->skip)
        return keel_fail(err, KEEL_ERR_USAGE, "the map skips table \"%s\"", name.name);
    return add_table(d, table, map, err);
}

static bool add_all_of_source(keel_diff_run *d, keel_error *err)
{
    const keel_pg_catalog *catalog = d->catalog[KEEL_SOURCE];

    for (size_t i = 0; i < catalog->tables.count; i++) {
        const keel_pg_table *table = catalog->tables.items[i];
        if (!table->partition && !add_table(d, table, map_of(d, table), err))
            return false;
    }
    for (size_t i = 0; i < d->map->tables.count; i++) {
        const keel_diff_map_table *entry = &d->map->tables.items[i];
        if (entry->from != NULL && !add_table(d, NULL, entry, err))
            return false;
    }
    return true;
}

/* A table that is skipped by name is skipped wherever it stands. */
static bool is_skipped(const keel_diff_run *d, const keel_pg_table *target)
{
    for (size_t i = 0; i < d->map->tables.count; i++) {
        const keel_diff_map_table *entry = &d->map->tables.items[i];
        const keel_diff_name *name = entry->to.name != NULL ? &entry->to : &entry->source;
        if (entry->skip && strcmp(name->name, target->name) == 0 &&
            (name->schema == NULL || strcmp(name->schema, target->schema) == 0))
            return true;
    }
    return false;
}

static void find_extra_tables(keel_diff_run *d)
{
    const keel_pg_catalog *catalog = d->catalog[KEEL_TARGET];

    for (size_t i = 0; i < catalog->tables.count; i++) {
        const keel_pg_table *table = catalog->tables.items[i];
        if (!table->partition && !is_paired(d, table) && !is_skipped(d, table))
            keel_diff_say_table(d->report, name_of(d, table), true);
    }
}

/* A typo in the map must not look like a comparison. */
static bool check_map(keel_diff_run *d, keel_error *err)
{
    for (size_t i = 0; i < d->map->tables.count; i++) {
        const keel_diff_map_table *entry = &d->map->tables.items[i];
        if (entry->from != NULL || find_table(d->catalog[KEEL_SOURCE], &entry->source) != NULL ||
            (entry->skip && find_table(d->catalog[KEEL_TARGET], &entry->source) != NULL))
            continue;
        keel_yaml_fail(entry->node, d->map->file, err, "the source has no table \"%s\"", entry->source.name);
        const char *nearest = nearest_table(d, KEEL_SOURCE, entry->source.name);
        return nearest != NULL ? keel_fail_hint(err, "Did you mean \"%s\"?", nearest) : false;
    }
    return true;
}

static void say_others(keel_diff_run *d, const keel_pg_result *rows)
{
    KEEL_CLEANUP(keel_str_free) keel_str list = {0};

    for (int row = 0; row < keel_pg_rows(rows); row++)
        keel_str_addf(&list, "%s%s", row > 0 ? ", " : "", keel_pg_text(rows, row, 0));
    if (list.size > 0)
        keel_report_addf(d->report, KEEL_INFO, "diff.not_tables", d->name[KEEL_SOURCE], NULL,
                         "A map puts a query in the place of one.", "not compared, as they are no tables: %s", list.data);
}

/* Views and foreign tables are passed over, and that is said. */
static bool find_others(keel_diff_run *d, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_pg_query(d->lead[KEEL_SOURCE], &rows, err,
                       "SELECT pg_catalog.count(*) || CASE c.relkind WHEN 'v' THEN ' views' WHEN 'm' THEN"
                       "       ' materialized views' ELSE ' foreign tables' END"
                       "  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                       " WHERE c.relkind IN ('v', 'm', 'f') AND n.nspname !~ '^pg_' AND NOT c.relispartition"
                       "   AND n.nspname NOT IN ('information_schema', 'pgkeel') GROUP BY c.relkind ORDER BY c.relkind",
                       0, NULL))
        return false;
    say_others(d, rows);
    return true;
}

static bool keys_used(const keel_diff_run *d, keel_error *err)
{
    for (size_t i = 0; i < d->keys.count; i++)
        if (!d->keys.items[i].used)
            return keel_fail(err, KEEL_ERR_USAGE, "--key: table \"%s\" is not compared", d->keys.items[i].table.name);
    return true;
}

static bool none_to_compare(const keel_diff_run *d, keel_error *err)
{
    keel_fail(err, KEEL_ERR_DATA, "there is no table to compare: %s and %s have none in common",
              d->name[KEEL_SOURCE], d->name[KEEL_TARGET]);
    return keel_fail_hint(err, "Tables are paired by schema and name; a map (--map) pairs others.");
}

bool keel_diff_pair_tables(keel_diff_run *d, keel_error *err)
{
    const char *const *names = d->options->tables;
    bool all = names == NULL || names[0] == NULL;

    if (!check_map(d, err))
        return false;
    for (; !all && *names != NULL; names++)
        if (!add_named(d, *names, err))
            return false;
    if (all) {
        if (!add_all_of_source(d, err) || !find_others(d, err))
            return false;
        find_extra_tables(d);
    }
    return (d->pairs.count > 0 || none_to_compare(d, err)) && keys_used(d, err);
}
