/* Which checks and which tables were asked for. A word that means nothing is an error: a misspelt --only must not
 * look like a database without faults. */
#include <string.h>

#include "verify/engine_inside.h"

static bool groups_given(const keel_check_options *options)
{
    for (int group = 0; group < KEEL_GROUP_COUNT; group++)
        if (options->groups[group])
            return true;
    return false;
}

/* "data", "data.*" and "data.key_blanks" all mean the check of that last name. */
static bool word_means(const char *word, const keel_check *check)
{
    const char *group = keel_check_group_name(check->group);
    size_t size = strlen(group);

    if (strcmp(word, check->id) == 0)
        return true;
    return strncmp(word, group, size) == 0 && (word[size] == '\0' || strcmp(word + size, ".*") == 0);
}

static bool list_means(const char *const *words, const keel_check *check)
{
    for (; words != NULL && *words != NULL; words++)
        if (word_means(*words, check))
            return true;
    return false;
}

static bool list_names(const char *const *words, const char *id)
{
    for (; words != NULL && *words != NULL; words++)
        if (strcmp(*words, id) == 0)
            return true;
    return false;
}

static bool wanted(const keel_check_options *options, const keel_check *check)
{
    if (groups_given(options) && !options->groups[check->group])
        return false;
    if ((check->flags & KEEL_CHECK_NEEDS_SUITE) != 0 && options->suite == NULL)
        return false;
    bool opt_in = (check->flags & KEEL_CHECK_OPT_IN) != 0 && (check->flags & KEEL_CHECK_NEEDS_SUITE) == 0;
    if (opt_in && !list_names(options->only, check->id))
        return false;
    return (options->only == NULL || list_means(options->only, check)) && !list_means(options->skip, check);
}

static const char *refusal(const keel_suite *suite, const char *id)
{
    for (size_t i = 0; suite != NULL && i < suite->skip.count; i++)
        if (strcmp(suite->skip.items[i], id) == 0)
            return suite->skip_reasons.count > i ? suite->skip_reasons.items[i] : "the suite leaves it out";
    return NULL;
}

static void add_entry(keel_engine *e, const keel_check *check, size_t item)
{
    keel_engine_entry entry = {.check = check, .item = item, .refused = refusal(e->options->suite, check->id)};

    keel_arena_push(e->arena, &e->entries, entry);
}

/* Every check there is for this command line, with a copy for each item of the suite. */
typedef struct candidates {
    struct candidate { const keel_check *check; size_t item; } *items;
    size_t count, capacity;
} candidates;

static void add_candidates(keel_engine *e, const keel_check *check, candidates *all)
{
    if (check->items == NULL) {
        struct candidate one = {check, 0};
        keel_arena_push(e->arena, all, one);
        return;
    }
    size_t count = e->options->suite != NULL ? check->items(e->options->suite) : 0;
    for (size_t item = 0; item < count; item++) {
        keel_check *copy = keel_arena_alloc(e->arena, sizeof *copy);
        *copy = *check;
        check->item(e->options->suite, item, copy);
        struct candidate one = {copy, item};
        keel_arena_push(e->arena, all, one);
    }
}

static bool refuse_word(keel_engine *e, const char *word, const candidates *all, keel_error *err)
{
    const char **words = keel_arena_alloc(e->arena, (all->count + KEEL_GROUP_COUNT) * sizeof *words);
    size_t count = 0;

    for (size_t i = 0; i < all->count; i++)
        words[count++] = all->items[i].check->id;
    for (int group = 0; group < KEEL_GROUP_COUNT; group++)
        words[count++] = keel_check_group_name((keel_check_group)group);
    const char *nearest = keel_nearest_word(word, words, count);
    keel_fail(err, KEEL_ERR_USAGE, "there is no check \"%s\"", word);
    if (nearest != NULL)
        return keel_fail_hint(err, "Did you mean \"%s\"? \"pgkeel check --list\" shows them all.", nearest);
    return keel_fail_hint(err, "\"pgkeel check --list\" shows them all.");
}

static bool words_known(keel_engine *e, const char *const *words, const candidates *all, keel_error *err)
{
    for (; words != NULL && *words != NULL; words++) {
        bool known = false;
        for (size_t i = 0; i < all->count && !known; i++)
            known = word_means(*words, all->items[i].check);
        if (!known)
            return refuse_word(e, *words, all, err);
    }
    return true;
}

bool keel_engine_choose_checks(keel_engine *e, keel_error *err)
{
    candidates all = {0};

    for (size_t i = 0; keel_checks[i] != NULL; i++)
        add_candidates(e, keel_checks[i], &all);
    if (!words_known(e, e->options->only, &all, err) || !words_known(e, e->options->skip, &all, err))
        return false;
    for (size_t i = 0; i < all.count; i++)
        if (wanted(e->options, all.items[i].check))
            add_entry(e, all.items[i].check, all.items[i].item);
    if (e->entries.count > 0)
        return true;
    keel_fail(err, KEEL_ERR_USAGE, "no check is left to run");
    return keel_fail_hint(err, "--only, --skip and the groups exclude every check%s.",
                          e->options->suite == NULL ? ", or those that are left need a --suite" : "");
}

/* NAME in any schema, or SCHEMA.NAME; names may hold dots themselves. */
static bool word_is_table(const char *word, const keel_pg_table *table)
{
    size_t size = strlen(table->schema);

    if (strcmp(word, table->name) == 0)
        return true;
    return strncmp(word, table->schema, size) == 0 && word[size] == '.' && strcmp(word + size + 1, table->name) == 0;
}

/* A partition belongs to the table that was asked for. */
static bool word_is_table_or_root(const keel_engine *e, const char *word, const keel_pg_table *table)
{
    while (table != NULL && !word_is_table(word, table))
        table = table->partition_of != 0 ? keel_pg_catalog_find_oid(e->db.catalog, table->partition_of) : NULL;
    return table != NULL;
}

static bool table_wanted(const keel_engine *e, const keel_pg_table *table)
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

    if (!keel_pg_query_value(e->lead, &what, &none, err,
                             "SELECT pg_catalog.max(CASE c.relkind WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view'"
                             " WHEN 'f' THEN 'a foreign table' WHEN 'S' THEN 'a sequence' WHEN 'i' THEN 'an index'"
                             " WHEN 'r' THEN 'a table that checks leave alone (temporary, or of the system)' END)"
                             "  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                             " WHERE c.relname = $1 OR n.nspname || '.' || c.relname = $1",
                             1, &word))
        return false;
    if (!none)
        return keel_fail(err, KEEL_ERR_USAGE, "\"%s\" is %s; --table wants tables", word, keel_str_text(&what));
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
        if (!known)
            return refuse_table(e, *word, err);
    }
    return true;
}

static bool suite_matches(const keel_engine *e, keel_error *err)
{
    const keel_suite *suite = e->options->suite;

    if (suite == NULL || suite->tables.count == 0)
        return true;
    for (size_t i = 0; i < suite->tables.count; i++) {
        const keel_suite_table *table = &suite->tables.items[i];
        if (table->absent || keel_pg_catalog_find(e->db.catalog, table->schema, table->name) != NULL)
            return true;
    }
    keel_fail(err, KEEL_ERR_DATA, "not one of the suite's %zu tables is in this database", suite->tables.count);
    return keel_fail_hint(err, "Is it the right database, the right role and search_path? The first one is \"%s\" (%s:%d).",
                          suite->tables.items[0].name, suite->tables.items[0].place.file, suite->tables.items[0].place.line);
}

bool keel_engine_choose_tables(keel_engine *e, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str oids = {0};
    const keel_pg_catalog *catalog = e->db.catalog;

    if (!tables_known(e, err) || !suite_matches(e, err))
        return false;
    e->db.tables = keel_arena_alloc(e->arena, (catalog->tables.count + 1) * sizeof(keel_pg_table *));
    for (size_t i = 0; i < catalog->tables.count; i++) {
        const keel_pg_table *table = catalog->tables.items[i];
        if (!table_wanted(e, table))
            continue;
        keel_str_addf(&oids, "%s%u", e->db.table_count > 0 ? "," : "{", table->oid);
        e->db.tables[e->db.table_count++] = table;
    }
    keel_str_add(&oids, e->db.table_count > 0 ? "}" : "{}");
    e->db.oids = keel_arena_strdup(e->arena, oids.data);
    return true;
}
