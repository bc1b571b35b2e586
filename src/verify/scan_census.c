/* Values counted per column, in one pass for all columns that are known to hold few. */
#include <stdlib.h>
#include <string.h>

#include "verify/scan_inside.h"

enum {
    MOST_SETS = 31,    /* GROUPING() takes no more arguments */
    MOST_VALUES = 200, /* of a column, by its statistics */
    MOST_READ = 1000,  /* of a column, in truth: more are no census */
    MOST_WIDTH = 100,  /* bytes of an average value */
    MOST_GROUPS =
        5000,        /* of all columns of a pass together: a hash table that stays in the cache */
    FEW_VALUES = 10, /* what a check's own expression is taken to give */
};
static const int64_t small_bytes =
    16 << 20; /* a table without statistics is counted up to this size */

/* The columns of the table that the server has statistics of and believes to hold few values. */
static bool
read_statistics(const keel_pg_table *table, keel_pg *pg, keel_pg_result **ret_rows, keel_error *err)
{
    const char *params[] = {table->schema, table->name};

    return keel_pg_query(pg, ret_rows, err,
                         "SELECT s.attname, s.n_distinct, s.avg_width FROM pg_catalog.pg_stats s"
                         " WHERE s.schemaname = $1 AND s.tablename = $2 AND NOT s.inherited",
                         2, params);
}

/* False: too many for a census. */
static bool read_promise(const keel_pg_result *stats, keel_scan_count_of *census)
{
    const keel_pg_table *table = census->census.table;

    census->promised = census->expression != NULL ? FEW_VALUES : 0;
    if (census->expression != NULL)
        return true;
    for (int row = 0; row < keel_pg_rows(stats); row++) {
        if (strcmp(keel_pg_text(stats, row, 0), census->census.column->name) != 0)
            continue;
        double distinct = strtod(keel_pg_text(stats, row, 1), NULL);
        census->promised =
            1 + (distinct < 0 ? -distinct * KEEL_MAX(table->estimated_rows, 0) : distinct);
        return census->promised <= MOST_VALUES && keel_pg_int(stats, row, 2) <= MOST_WIDTH;
    }
    return table->bytes <= small_bytes;
}

/* The censuses worth their pass. */
typedef struct chosen {
    const keel_scan_count_of *items[MOST_SETS];
    int count;
} chosen;

static void add_expression(keel_str *sql, const keel_scan_count_of *census)
{
    keel_str_addc(sql, '(');
    if (census->expression != NULL) {
        keel_str_add(sql, census->expression);
    } else {
        keel_str_add(sql, "t.");
        keel_pg_add_identifier(sql, census->census.column->name);
    }
    keel_str_add(sql, ")::pg_catalog.text");
}

/* Few enough combinations: the table is grouped by all columns at once, which the server can do in
 * parallel, and the groups, not the rows, are grouped again by each. */
static bool worth_two_steps(const chosen *sets)
{
    double groups = 1;

    for (int i = 0; i < sets->count; i++)
        groups *= sets->items[i]->promised;
    return sets->count > 1 && groups > 0 && groups <= MOST_GROUPS;
}

static void add_rows(keel_str *sql, const chosen *sets, bool two_steps)
{
    const keel_scan_count_of *first = sets->items[0];

    keel_str_add(sql, "(SELECT ");
    for (int i = 0; i < sets->count; i++) {
        add_expression(sql, sets->items[i]);
        keel_str_addf(sql, " AS c%d, ", i);
    }
    keel_str_add(sql, two_steps ? "pg_catalog.count(*) AS n FROM " : "1 AS n FROM ");
    keel_scan_add_source(sql, first->run, first->census.table);
    for (int i = 0; two_steps && i < sets->count; i++)
        keel_str_addf(sql, "%s%d", i > 0 ? ", " : " GROUP BY ", i + 1);
    keel_str_add(sql, ") v");
}

static void add_columns(
    keel_str *sql, const chosen *sets, const char *before, const char *between, const char *after)
{
    for (int i = 0; i < sets->count; i++)
        keel_str_addf(sql, "%sv.c%d", i > 0 ? between : before, i);
    keel_str_add(sql, after);
}

/* SELECT GROUPING(c0, c1), value, n ... GROUP BY GROUPING SETS ((c0), (c1)): in each row all but
 * one are NULL. */
static void add_select(keel_str *sql, const chosen *sets)
{
    bool two_steps = worth_two_steps(sets);

    keel_str_add(sql, "SELECT ");
    add_columns(sql, sets, "GROUPING(", ", ", ") AS g, ");
    add_columns(sql, sets, "COALESCE(", ", ", ") AS value, ");
    keel_str_add(sql, two_steps ? "pg_catalog.sum(v.n)" : "pg_catalog.count(*)");
    keel_str_add(sql, " AS n FROM ");
    add_rows(sql, sets, two_steps);
    add_columns(sql, sets, " GROUP BY GROUPING SETS ((", "), (", "))");
    keel_str_addf(sql, " ORDER BY 1, 3 DESC, 2 LIMIT %d", sets->count * (MOST_READ + 1));
}

/* Which set a row belongs to: the only bit of GROUPING() that is not set, counted from the left. */
static int set_of(int64_t grouping, int sets)
{
    for (int i = 0; i < sets; i++)
        if ((grouping & ((int64_t)1 << (sets - 1 - i))) == 0)
            return i;
    return 0;
}

static bool judge(
    const keel_scan_count_of *asked, int set, int sets, const keel_pg_result *rows, keel_error *err)
{
    keel_arena *arena = asked->run->arena;
    keel_census census = asked->census;
    size_t room = 0;

    for (int row = 0; row < keel_pg_rows(rows); row++)
        room += set_of(keel_pg_int(rows, row, 0), sets) == set;
    census.values = keel_arena_alloc(arena, (room + 1) * sizeof *census.values);
    census.counts = keel_arena_alloc(arena, (room + 1) * sizeof *census.counts);
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        if (set_of(keel_pg_int(rows, row, 0), sets) != set || keel_pg_is_null(rows, row, 1))
            continue;
        census.values[census.count] = keel_arena_strdup(arena, keel_pg_text(rows, row, 1));
        census.counts[census.count++] = keel_pg_int(rows, row, 2);
    }
    return census.count > MOST_READ || asked->judge(asked->run, &census, err);
}

static bool count_sets(const chosen *sets, keel_pg *pg, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    add_select(&sql, sets);
    if (!keel_pg_query(pg, &rows, err, sql.data, 0, NULL))
        return false;
    for (int set = 0; set < sets->count; set++)
        if (!judge(sets->items[set], set, sets->count, rows, err))
            return false;
    return true;
}

bool keel_scan_count_values(const keel_scan *scan, keel_pg *pg, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *stats = NULL;
    chosen sets = {.count = 0};

    if (scan->censuses.count == 0)
        return true;
    if (!read_statistics(scan->censuses.items[0].census.table, pg, &stats, err))
        return false;
    for (size_t i = 0; i < scan->censuses.count; i++) {
        keel_scan_count_of *census = &scan->censuses.items[i];
        if (!read_promise(stats, census))
            continue;
        sets.items[sets.count++] = census;
        if (sets.count < MOST_SETS)
            continue;
        if (!count_sets(&sets, pg, err))
            return false;
        sets.count = 0;
    }
    return sets.count == 0 || count_sets(&sets, pg, err);
}
