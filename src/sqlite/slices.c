/* Ranges of rowids of about equal numbers of rows, found by seeks. A stretch is a pair of rowids
 * that exist; halving one at its middle and seeking to the neighbours of the middle drops the gap
 * between them, so a far outlier costs one cut and not a share of the ranges. The stretch with the
 * most rows is cut next; how many it has is estimated from the rows behind a few probes. */
#include <stdlib.h>

#include "base/memory.h"
#include "sqlite/connection.h"

enum { PROBES = 3, PROBE_ROWS = 32 };

typedef struct stretch {
    int64_t low, high; /* both exist */
    double rows;       /* estimated */
} stretch;

typedef struct cutter {
    keel_sqlite_rows *first, *last, *probe; /* prepared on rowid BETWEEN ?1 AND ?2 */
    struct {
        stretch *items;
        size_t count, capacity;
    } heap; /* the largest first */
    double total;
} cutter;

static void cutter_free(cutter *cut)
{
    keel_sqlite_rows_free(cut->first);
    keel_sqlite_rows_free(cut->last);
    keel_sqlite_rows_free(cut->probe);
    keel_vec_free(&cut->heap);
}

/* The distance from low to high, which may be more than an int64_t holds. */
static uint64_t span(int64_t low, int64_t high)
{
    return (uint64_t)high - (uint64_t)low;
}

static bool prepare(keel_sqlite *db,
                    const char *rowid,
                    const char *table,
                    const char *tail,
                    keel_sqlite_rows **ret_rows,
                    keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "SELECT %s FROM main.", rowid);
    keel_sqlite_add_identifier(&sql, table);
    keel_str_addf(&sql, " WHERE %s BETWEEN ?1 AND ?2 ORDER BY %s %s", rowid, rowid, tail);
    return keel_sqlite_query(db, keel_str_text(&sql), NULL, 0, ret_rows, err);
}

static bool seek(keel_sqlite_rows *rows,
                 int64_t low,
                 int64_t high,
                 int64_t *ret_rowid,
                 bool *ret_found,
                 keel_error *err)
{
    keel_cell cell;

    if (!keel_sqlite_rewind(rows, (int64_t[]){low, high}, 2, err) ||
        !keel_sqlite_next(rows, ret_found, err))
        return false;
    if (!*ret_found)
        return true;
    keel_sqlite_cells(rows, &cell);
    *ret_rowid = cell.integer;
    return keel_sqlite_rewind(rows, NULL, 0, err);
}

/* Rows per rowid behind `from`. */
static bool density(cutter *cut, int64_t from, int64_t high, double *ret_density, keel_error *err)
{
    int64_t reached = from;
    int rows = 0;
    bool row;

    if (!keel_sqlite_rewind(cut->probe, (int64_t[]){from, high}, 2, err))
        return false;
    for (;;) {
        keel_cell cell;
        if (!keel_sqlite_next(cut->probe, &row, err))
            return false;
        if (!row)
            break;
        keel_sqlite_cells(cut->probe, &cell);
        reached = cell.integer;
        rows++;
    }
    if (rows < PROBE_ROWS)
        reached = high;
    *ret_density = rows / ((double)span(from, reached) + 1);
    return true;
}

static bool estimate(cutter *cut, stretch *of, keel_error *err)
{
    uint64_t width = span(of->low, of->high);
    double sum = 0;

    for (unsigned probe = 0; probe < PROBES; probe++) {
        int64_t from = (int64_t)((uint64_t)of->low + width / PROBES * probe);
        double here;
        if (!density(cut, from, of->high, &here, err))
            return false;
        sum += here;
    }
    of->rows = KEEL_MAX((double)width * sum / PROBES, of->low == of->high ? 1.0 : 2.0);
    return true;
}

static bool lighter(const stretch *a, const stretch *b)
{
    bool a_whole = a->low == a->high, b_whole = b->low == b->high; /* one row cannot be cut */

    return a_whole != b_whole ? a_whole : a->rows < b->rows;
}

static void sift_down(cutter *cut, size_t at)
{
    stretch *items = cut->heap.items;

    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= cut->heap.count)
            return;
        if (child + 1 < cut->heap.count && lighter(&items[child], &items[child + 1]))
            child++;
        if (!lighter(&items[at], &items[child]))
            return;
        stretch moved = items[at];
        items[at] = items[child];
        items[child] = moved;
        at = child;
    }
}

static void push(cutter *cut, stretch added)
{
    keel_vec_push(&cut->heap, added);
    stretch *items = cut->heap.items;
    for (size_t at = cut->heap.count - 1; at > 0 && lighter(&items[(at - 1) / 2], &items[at]);) {
        stretch moved = items[at];
        items[at] = items[(at - 1) / 2];
        items[(at - 1) / 2] = moved;
        at = (at - 1) / 2;
    }
}

/* Replaces the heaviest stretch by its two halves. */
static bool cut_heaviest(cutter *cut, keel_error *err)
{
    stretch old = cut->heap.items[0];
    int64_t middle = (int64_t)((uint64_t)old.low + span(old.low, old.high) / 2 + 1);
    stretch left = {.low = old.low}, right = {.high = old.high};
    bool has_left, has_right;

    if (!seek(cut->last, old.low, middle - 1, &left.high, &has_left, err) ||
        !seek(cut->first, middle, old.high, &right.low, &has_right, err))
        return false;
    if (!has_left || !has_right)
        return keel_fail(err, KEEL_ERR_CHANGED,
                         "rows vanished while their ranges were being found");
    if (!estimate(cut, &left, err) || !estimate(cut, &right, err))
        return false;
    cut->total += left.rows + right.rows - old.rows;
    cut->heap.items[0] = left;
    sift_down(cut, 0);
    push(cut, right);
    return true;
}

/* Enough ranges, and none much heavier than the mean. */
static bool is_even(const cutter *cut, size_t want)
{
    const stretch *heaviest = &cut->heap.items[0];

    if (heaviest->low == heaviest->high || cut->heap.count >= 4 * want)
        return true;
    if (cut->heap.count < want)
        return false;
    return heaviest->rows <= 1.6 * cut->total / (double)want;
}

static int by_low(const void *left, const void *right)
{
    const stretch *a = left, *b = right;

    return (a->low > b->low) - (a->low < b->low);
}

/* Closes the gaps: each range reaches to its successor, the first and last to the ends of all
 * rowids. */
static keel_sqlite_range *cover(cutter *cut, keel_arena *arena)
{
    size_t count = cut->heap.count;
    keel_sqlite_range *ranges = keel_arena_alloc(arena, count * sizeof *ranges);

    qsort(cut->heap.items, count, sizeof *cut->heap.items, by_low);
    for (size_t i = 0; i < count; i++) {
        ranges[i].low = i == 0 ? INT64_MIN : cut->heap.items[i].low;
        ranges[i].high = i + 1 == count ? INT64_MAX : cut->heap.items[i + 1].low - 1;
    }
    return ranges;
}

static bool
open_cutter(cutter *cut, keel_sqlite *db, keel_arena *arena, const char *table, keel_error *err)
{
    const char *rowid;

    if (!keel_sqlite_rowid_name(db, arena, table, &rowid, err))
        return false;
    if (rowid == NULL)
        return keel_fail(err, KEEL_ERR_SOURCE, "the table \"%s\" has no rowid to cut ranges by",
                         table);
    return prepare(db, rowid, table, "LIMIT 1", &cut->first, err) &&
           prepare(db, rowid, table, "DESC LIMIT 1", &cut->last, err) &&
           prepare(db, rowid, table, "LIMIT 32", &cut->probe, err);
}

bool keel_sqlite_slices(keel_sqlite *db,
                        const char *table,
                        size_t want,
                        keel_arena *arena,
                        keel_sqlite_range **ret_ranges,
                        size_t *ret_count,
                        keel_error *err)
{
    KEEL_CLEANUP(cutter_free) cutter cut = {0};
    stretch all = {0};
    bool found;

    want = KEEL_MAX(want, (size_t)1);
    if (!open_cutter(&cut, db, arena, table, err) ||
        !seek(cut.first, INT64_MIN, INT64_MAX, &all.low, &found, err))
        return false;
    if (!found) {
        *ret_ranges = NULL;
        *ret_count = 0;
        return true;
    }
    if (!seek(cut.last, INT64_MIN, INT64_MAX, &all.high, &found, err) || !estimate(&cut, &all, err))
        return false;
    cut.total = all.rows;
    push(&cut, all);
    while (!is_even(&cut, want))
        if (!cut_heaviest(&cut, err))
            return false;
    *ret_ranges = cover(&cut, arena);
    *ret_count = cut.heap.count;
    return true;
}
