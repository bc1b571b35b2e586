/* Which tables were asked for, and which stand in the database and are not read. */
#include <string.h>

#include "verify/engine_inside.h"

/* NAME in any schema, or SCHEMA.NAME; names may hold dots themselves. */
static bool word_is_table(const char *word, const keel_pg_table *table)
{
    size_t size = strlen(table->schema);

    if (strcmp(word, table->name) == 0)
        return true;
    return strncmp(word, table->schema, size) == 0 && word[size] == '.' &&
           strcmp(word + size + 1, table->name) == 0;
}

/* A partition belongs to the table that was asked for. */
static bool
word_is_table_or_root(const keel_engine *e, const char *word, const keel_pg_table *table)
{
    while (table != NULL && !word_is_table(word, table))
        table = table->partition_of != 0
                    ? keel_pg_catalog_find_oid(e->db.catalog, table->partition_of)
                    : NULL;
    return table != NULL;
}

bool keel_engine_table_wanted(const keel_engine *e, const keel_pg_table *table)
{
    if (e->options->tables == NULL)
        return true;
    for (const char *const *word = e->options->tables; *word != NULL; word++)
        if (word_is_table_or_root(e, *word, table))
            return true;
    return false;
}

/* What stands under that name if it is not a table: 'v' a view... */
static bool refuse_table(keel_engine *e, const char *word, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str what = {0};
    const size_t count = e->db.catalog->tables.count;
    const char **names = keel_arena_alloc(e->arena, (count + 1) * sizeof *names);
    bool none = true;

    if (!keel_pg_query_value(
            e->lead, &what, &none, err,
            "SELECT pg_catalog.max(CASE c.relkind WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a "
            "materialized view'"
            " WHEN 'f' THEN 'a foreign table' WHEN 'S' THEN 'a sequence' WHEN 'i' THEN 'an index'"
            " WHEN 'r' THEN 'a table that checks leave alone (temporary, or of the system)' END)"
            "  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relname = $1 OR n.nspname || '.' || c.relname = $1",
            1, &word))
        return false;
    if (!none)
        return keel_fail(err, KEEL_ERR_USAGE, "\"%s\" is %s; --table wants tables", word,
                         keel_str_text(&what));
    for (size_t i = 0; i < count; i++)
        names[i] = e->db.catalog->tables.items[i]->name;
    const char *nearest = keel_nearest_word(word, names, count);
    keel_fail(err, KEEL_ERR_USAGE, "there is no table \"%s\"", word);
    return nearest == NULL ? false : keel_fail_hint(err, "Did you mean \"%s\"?", nearest);
}

static bool tables_known(keel_engine *e, keel_error *err)
{
    const keel_pg_catalog *catalog = e->db.catalog;

    for (const char *const *word = e->options->tables; word != NULL && *word != NULL; word++) {
        bool known = false;
        for (size_t i = 0; i < catalog->tables.count && !known; i++)
            known = word_is_table(*word, catalog->tables.items[i]);
        for (size_t i = 0; i < e->withheld.count && !known; i++)
            known = word_is_table(*word, e->withheld.items[i].table);
        if (!known)
            return refuse_table(e, *word, err);
    }
    return true;
}

/* A suite may speak of views and foreign tables as well. */
static bool suite_table_exists(const keel_engine *e, const keel_suite_table *table)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    KEEL_CLEANUP(keel_str_free) keel_str oid = {0};
    keel_error ignored = {0};

    if (keel_pg_catalog_find(e->db.catalog, table->schema, table->name) != NULL)
        return true;
    if (table->schema != NULL)
        keel_pg_add_qualified(&name, table->schema, table->name);
    else
        keel_pg_add_identifier(&name, table->name);
    bool none = true;
    const char *params[] = {name.data};
    return keel_pg_query_value(e->lead, &oid, &none, &ignored,
                               "SELECT pg_catalog.to_regclass($1)::pg_catalog.oid", 1, params) &&
           !none;
}

static bool suite_matches(const keel_engine *e, keel_error *err)
{
    const keel_suite *suite = e->options->suite;

    if (suite == NULL || suite->tables.count == 0)
        return true;
    for (size_t i = 0; i < suite->tables.count; i++) {
        const keel_suite_table *table = &suite->tables.items[i];
        if (table->absent || suite_table_exists(e, table))
            return true;
    }
    keel_fail(err, KEEL_ERR_DATA, "not one of the suite's %zu tables is in this database",
              suite->tables.count);
    return keel_fail_hint(err,
                          "Is it the right database, the right role and search_path? The first one "
                          "is \"%s\" (%s:%d).",
                          suite->tables.items[0].name, suite->tables.items[0].place.file,
                          suite->tables.items[0].place.line);
}

/* Who checks everything means tables: roles and functions of an empty database are no reason to
 * call it right. */
static bool has_something(const keel_engine *e, keel_error *err)
{
    bool asked =
        e->options->only != NULL || e->options->suite != NULL || e->options->baseline != NULL;

    if (e->db.table_count > 0 || e->withheld.count > 0 || asked)
        return true;
    keel_fail(err, KEEL_ERR_DATA, "nothing was checked: there is no table");
    return keel_fail_hint(err, "Is it the right database?");
}

bool keel_engine_choose_tables(keel_engine *e, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str oids = {0};
    const keel_pg_catalog *catalog = e->db.catalog;

    if (!tables_known(e, err) || !suite_matches(e, err))
        return false;
    e->db.tables =
        keel_arena_alloc(e->arena, (catalog->tables.count + 1) * sizeof(keel_pg_table *));
    for (size_t i = 0; i < catalog->tables.count; i++) {
        const keel_pg_table *table = catalog->tables.items[i];
        if (!keel_engine_table_wanted(e, table))
            continue;
        keel_str_addf(&oids, "%s%u", e->db.table_count > 0 ? "," : "{", table->oid);
        e->db.tables[e->db.table_count++] = table;
    }
    keel_str_add(&oids, e->db.table_count > 0 ? "}" : "{}");
    e->db.oids = keel_arena_strdup(e->arena, oids.data);
    return has_something(e, err);
}

bool keel_engine_reads_rows(const keel_engine *e)
{
    for (size_t i = 0; i < e->entries.count; i++)
        if (e->entries.items[i].check->scan != NULL ||
            (e->entries.items[i].check->flags & KEEL_CHECK_READS_ROWS) != 0)
            return true;
    return false;
}

/* What a person may believe to have been checked, and was not. */
bool keel_engine_find_unread(keel_engine *e, keel_error *err)
{
    static const char sql[] =
        "SELECT x.kind, pg_catalog.count(*), pg_catalog.min(n.nspname || '.' || c.relname)"
        "  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,"
        "       LATERAL (SELECT CASE WHEN c.relkind = 'f' THEN 'foreign tables: their rows stand "
        "elsewhere'"
        "                            WHEN c.relkind = 'm' THEN 'materialized views: their rows "
        "stand in tables'"
        "                            WHEN c.relkind = 'r' AND c.relpersistence = 'u' AND "
        "pg_catalog.pg_is_in_recovery()"
        "                            THEN 'unlogged tables: a standby has no rows of them' END) x "
        "(kind)"
        " WHERE x.kind IS NOT NULL AND n.nspname !~ '^pg_' AND n.nspname NOT IN "
        "('information_schema', 'pgkeel')"
        " GROUP BY 1 ORDER BY 1";
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (e->options->tables != NULL || !keel_engine_reads_rows(e))
        return true;
    if (!keel_pg_query(e->lead, &rows, err, sql, 0, NULL))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++)
        keel_report_addf(e->found, KEEL_INFO, "check.not_read", keel_pg_text(rows, row, 2), NULL,
                         NULL, "not read: %s %s (this one is the first by name)",
                         keel_pg_text(rows, row, 1), keel_pg_text(rows, row, 0));
    return true;
}
