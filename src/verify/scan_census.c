/* Values counted per column: one pass by GROUPING SETS for all columns that are known to hold few. */
#include <stdlib.h>
#include <string.h>

#include "verify/scan_inside.h"

enum {
    MOST_SETS = 31,     /* GROUPING() takes no more arguments */
    MOST_VALUES = 200,  /* of a column, by its statistics */
    MOST_READ = 1000,   /* of a column, in truth: more are no census */
    MOST_WIDTH = 100,   /* bytes of an average value */
};
static const int64_t small_bytes = 16 << 20; /* a table without statistics is counted up to this size */

/* The columns of the table that the server has statistics of and believes to hold few values. */
static bool read_statistics(const keel_pg_table *table, keel_pg *pg, keel_pg_result **ret_rows, keel_error *err)
{
    const char *params[] = {table->schema, table->name};

    return keel_pg_query(pg, ret_rows, err,
                         "SELECT s.attname, s.n_distinct, s.avg_width FROM pg_catalog.pg_stats s"
                         " WHERE s.schemaname = $1 AND s.tablename = $2 AND NOT s.inherited",
                         2, params);
}

static bool promises_few(const keel_pg_result *stats, const keel_scan_count_of *census)
{
    const keel_pg_table *table = census->census.table;

    for (int row = 0; row < keel_pg_rows(stats); row++) {
        if (strcmp(keel_pg_text(stats, row, 0), census->census.column->name) != 0)
            continue;
        double distinct = strtod(keel_pg_text(stats, row, 1), NULL);
        if (distinct < 0)
            distinct = -distinct * KEEL_MAX(table->estimated_rows, 0);
        return distinct <= MOST_VALUES && keel_pg_int(stats, row, 2) <= MOST_WIDTH;
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

/* SELECT GROUPING(v0, v1), v0, v1, n ... GROUP BY GROUPING SETS ((v0), (v1)): in each row all but one are NULL. */
static void add_select(keel_str *sql, const chosen *sets)
{
    const keel_scan_count_of *first = sets->items[0];

    keel_str_add(sql, "SELECT GROUPING(");
    for (int i = 0; i < sets->count; i++)
        keel_str_addf(sql, "%sv.c%d", i > 0 ? ", " : "", i);
    keel_str_add(sql, ") AS g, COALESCE(");
    for (int i = 0; i < sets->count; i++)
        keel_str_addf(sql, "%sv.c%d", i > 0 ? ", " : "", i);
    keel_str_addf(sql, ") AS value, pg_catalog.count(*) AS n FROM (SELECT ");
    for (int i = 0; i < sets->count; i++) {
        keel_str_add(sql, i > 0 ? ", " : "");
        add_expression(sql, sets->items[i]);
        keel_str_addf(sql, " AS c%d", i);
    }
    keel_str_add(sql, " FROM ");
    keel_scan_add_source(sql, first->run, first->census.table);
    keel_str_add(sql, ") v GROUP BY GROUPING SETS (");
    for (int i = 0; i < sets->count; i++)
        keel_str_addf(sql, "%s(v.c%d)", i > 0 ? ", " : "", i);
    keel_str_addf(sql, ") ORDER BY 1, 3 DESC, 2 LIMIT %d", sets->count * (MOST_READ + 1));
}

/* Which set a row belongs to: the only bit of GROUPING() that is not set, counted from the left. */
static int set_of(int64_t grouping, int sets)
{
    for (int i = 0; i < sets; i++)
        if ((grouping & ((int64_t)1 << (sets - 1 - i))) == 0)
            return i;
    return 0;
}

static bool judge(const keel_scan_count_of *asked, int set, int sets, const keel_pg_result *rows, keel_error *err)
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
        const keel_scan_count_of *census = &scan->censuses.items[i];
        if (census->expression == NULL && !promises_few(stats, census))
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
