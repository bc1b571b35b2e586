#include "verify/sequences.h"

#include <string.h>

#include "base/map.h"

/* How many are asked for in one statement. */
enum { BATCH = 200 };

#define DEFINITIONS_SQL(where)                                                                            \
    "SELECT n.nspname, c.relname, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle,"            \
    "       pg_catalog.has_sequence_privilege(c.oid, 'SELECT') AND NOT (c.relpersistence = 'u'"           \
    "           AND pg_catalog.pg_is_in_recovery())"                                                      \
    "  FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid"                    \
    "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"                                          \
    " WHERE " where " ORDER BY n.nspname, c.relname"

static const char all_sql[] = DEFINITIONS_SQL("n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgkeel')");
static const char one_sql[] = DEFINITIONS_SQL("s.seqrelid = pg_catalog.to_regclass($1)"); /* by its quoted name */

typedef struct definitions {
    keel_sequence *items;
    size_t count, capacity;
    bool *wanted; /* of each item: its value is of interest */
} definitions;

/* name: NULL for all. */
static bool read_definitions(keel_check_run *run, const char *name, definitions *all, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_pg_query(run->pg, &rows, err, name != NULL ? one_sql : all_sql, name != NULL ? 1 : 0, &name))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        keel_sequence sequence = {
            .schema = keel_word_cell(run, rows, row, 0),
            .name = keel_word_cell(run, rows, row, 1),
            .start = keel_pg_int(rows, row, 2),
            .increment = keel_pg_int(rows, row, 3),
            .lowest = keel_pg_int(rows, row, 4),
            .highest = keel_pg_int(rows, row, 5),
            .cycle = keel_pg_bool(rows, row, 6),
            .readable = keel_pg_bool(rows, row, 7),
        };
        keel_arena_push(run->arena, all, sequence);
    }
    return true;
}

/* What comes behind `last`; past the end, a cycling sequence starts over and another one is spent. */
static void step(keel_sequence *sequence, int64_t last)
{
    int64_t next;
    bool beyond = __builtin_add_overflow(last, sequence->increment, &next) || next > sequence->highest ||
                  next < sequence->lowest;

    sequence->spent = beyond && !sequence->cycle;
    if (!beyond)
        sequence->next = next;
    else if (sequence->cycle)
        sequence->next = sequence->increment > 0 ? sequence->lowest : sequence->highest;
    else
        sequence->next = last;
}

/* The values of items `from` .. `to`; those that cannot be read are left out. */
static bool read_batch(keel_check_run *run, definitions *all, size_t from, size_t to, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    for (size_t i = from; i < to; i++) {
        if (!all->items[i].readable || !all->wanted[i])
            continue;
        keel_str_addf(&sql, "%sSELECT %zu, s.last_value, s.is_called FROM ", sql.size > 0 ? " UNION ALL " : "", i);
        keel_pg_add_qualified(&sql, all->items[i].schema, all->items[i].name);
        keel_str_add(&sql, " s");
    }
    if (sql.size == 0)
        return true;
    if (!keel_pg_query(run->pg, &rows, err, keel_str_text(&sql), 0, NULL))
        return keel_fail_context(err, "read sequences");
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        keel_sequence *sequence = &all->items[keel_pg_int(rows, row, 0)];
        int64_t last = keel_pg_int(rows, row, 1);
        if (keel_pg_bool(rows, row, 2))
            step(sequence, last);
        else
            sequence->next = last;
    }
    return true;
}

static bool read_values(keel_check_run *run, definitions *all, keel_error *err)
{
    for (size_t from = 0; from < all->count; from += BATCH)
        if (!read_batch(run, all, from, KEEL_MIN(from + BATCH, all->count), err))
            return false;
    return true;
}

typedef struct feed {
    size_t sequence; /* of definitions */
    const keel_pg_table *table;
    const keel_pg_column *column;
} feed;

typedef struct feeds {
    feed *items;
    size_t count, capacity;
} feeds;

static void feed_column(keel_check_run *run, definitions *all, const keel_map *by_name, const keel_pg_table *table,
                        const keel_pg_column *column, feeds *found)
{
    const keel_sequence *fed = column->sequence != NULL ? keel_map_get(by_name, column->sequence) : NULL;

    if (fed == NULL)
        return;
    feed one = {.sequence = (size_t)(fed - all->items), .table = table, .column = column};
    all->wanted[one.sequence] = true;
    keel_arena_push(run->arena, found, one);
}

/* A partition's columns are fed by what feeds its parent's. */
static void find_feeds(keel_check_run *run, definitions *all, const keel_map *by_name, feeds *found)
{
    for (size_t i = 0; i < run->db->table_count; i++) {
        const keel_pg_table *table = run->db->tables[i];
        for (size_t j = 0; j < table->columns.count && !table->partition; j++)
            feed_column(run, all, by_name, table, &table->columns.items[j], found);
    }
}

static void find_loose_ones(keel_check_run *run, definitions *all, feeds *found)
{
    for (size_t i = 0; i < all->count; i++) {
        feed loose = {.sequence = i};
        if (all->wanted[i])
            continue;
        all->wanted[i] = true;
        keel_arena_push(run->arena, found, loose);
    }
}

static bool read_into_list(keel_check_run *run, definitions *all, const feeds *found, keel_sequence_list *list,
                           keel_error *err)
{
    if (!read_values(run, all, err))
        return false;
    for (size_t i = 0; i < found->count; i++) {
        keel_sequence sequence = all->items[found->items[i].sequence];
        sequence.table = found->items[i].table;
        sequence.column = found->items[i].column;
        list->unreadable += !sequence.readable;
        keel_arena_push(run->arena, list, sequence);
    }
    return true;
}

bool keel_sequences_load(keel_check_run *run, keel_sequence_list *ret_list, keel_error *err)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *by_name = keel_map_create();
    keel_sequence_list list = {0};
    definitions all = {0};
    feeds found = {0};

    if (!read_definitions(run, NULL, &all, err))
        return false;
    all.wanted = keel_arena_alloc(run->arena, all.count + 1);
    for (size_t i = 0; i < all.count; i++)
        keel_map_put(by_name, keel_word_sql(run, all.items[i].schema, all.items[i].name), &all.items[i]);
    find_feeds(run, &all, by_name, &found);
    if (run->db->table_count == run->db->catalog->tables.count)
        find_loose_ones(run, &all, &found);
    if (!read_into_list(run, &all, &found, &list, err))
        return false;
    *ret_list = list;
    return true;
}

bool keel_sequences_of(keel_check_run *run, const keel_pg_table *table, keel_sequence_list *ret_list, keel_error *err)
{
    keel_sequence_list list = {0};
    feeds found = {0};
    definitions all = {0};

    for (size_t i = 0; i < table->columns.count && !table->partition; i++) {
        const keel_pg_column *column = &table->columns.items[i];
        feed one = {.sequence = all.count, .table = table, .column = column};
        if (column->sequence == NULL)
            continue;
        if (!read_definitions(run, column->sequence, &all, err))
            return false;
        if (all.count > one.sequence)
            keel_arena_push(run->arena, &found, one);
    }
    all.wanted = keel_arena_alloc(run->arena, all.count + 1);
    memset(all.wanted, true, all.count);
    if (!read_into_list(run, &all, &found, &list, err))
        return false;
    *ret_list = list;
    return true;
}

bool keel_sequence_column_range(const keel_pg_column *column, int64_t *ret_lowest, int64_t *ret_highest)
{
    static const struct {
        keel_pg_kind kind;
        int64_t lowest, highest;
    } ranges[] = {
        {KEEL_PG_INT2, INT16_MIN, INT16_MAX},
        {KEEL_PG_INT4, INT32_MIN, INT32_MAX},
        {KEEL_PG_INT8, INT64_MIN, INT64_MAX},
    };

    for (size_t i = 0; column != NULL && i < KEEL_COUNT_OF(ranges); i++)
        if (ranges[i].kind == column->type->kind) {
            *ret_lowest = ranges[i].lowest;
            *ret_highest = ranges[i].highest;
            return true;
        }
    return false;
}

const char *keel_sequences_in_words(keel_check_run *run, const keel_sequence_list *list)
{
    if (list->unreadable == 0)
        return "sequences";
    return keel_arena_printf(run->arena, "sequences (%lld of them not readable by this role)",
                             (long long)list->unreadable);
}
