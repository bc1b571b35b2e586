/* The pass: all aggregates of all checks in as few SELECTs as the server's limit on columns allows.
 */
#include "verify/scan_inside.h"

enum { MOST_COLUMNS = 1600 }; /* of a SELECT; the server's limit is 1664 */
static const int64_t whole_bytes = 32
                                   << 20; /* --quick: up to this size a table is read as a whole */
static const int64_t sample_bytes = 16 << 20;
static const int64_t compiled_bytes =
    128 << 20; /* from this size on it pays to compile the aggregates */

bool keel_scan_samples(const keel_pg_table *table, bool quick)
{
    return quick && table->kind == 'r' && table->bytes > whole_bytes;
}

void keel_scan_add_source(keel_str *sql, const keel_check_run *run, const keel_pg_table *table)
{
    keel_str_add(sql, table->kind == 'r' ? "ONLY " : "");
    keel_pg_add_qualified(sql, table->schema, table->name);
    keel_str_add(sql, " AS t");
    if (run->sampled && keel_scan_samples(table, true))
        keel_str_addf(sql, " TABLESAMPLE SYSTEM (%.6f) REPEATABLE (0)",
                      KEEL_MAX(100.0 * (double)sample_bytes / (double)table->bytes, 0.0001));
}

/* Adds the aggregates from `from` on; where the next SELECT begins. */
static size_t add_aggregates(const keel_scan *scan, size_t from, keel_str *sql)
{
    size_t to = KEEL_MIN(scan->probes.count, from + MOST_COLUMNS);

    for (size_t at = from; at < to; at++)
        keel_str_addf(sql, "%s(%s)::pg_catalog.text", at > from ? ", " : "SELECT ",
                      scan->probes.items[at].probe.aggregate);
    return to;
}

static bool
read_some(const keel_scan *scan, size_t from, size_t *ret_next, keel_pg *pg, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *row = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const keel_scan_probe *first = &scan->probes.items[from];

    size_t next = add_aggregates(scan, from, &sql);
    keel_str_add(&sql, " FROM ");
    keel_scan_add_source(&sql, first->run, first->probe.table);
    if (!keel_pg_query(pg, &row, err, sql.data, 0, NULL))
        return false;
    for (size_t at = from; at < next; at++) {
        const keel_scan_probe *probe = &scan->probes.items[at];
        if (!probe->probe.judge(probe->run, &probe->probe, keel_pg_text(row, 0, (int)(at - from)),
                                err))
            return false;
    }
    *ret_next = next;
    return true;
}

bool keel_scan_read(const keel_scan *scan, keel_pg *pg, keel_error *err)
{
    size_t next = 0;
    const bool compiled =
        scan->probes.count > 0 && scan->probes.items[0].probe.table->bytes >= compiled_bytes;

    if (compiled && !keel_pg_exec(pg, err, "SET LOCAL jit TO DEFAULT"))
        return false;
    while (next < scan->probes.count)
        if (!read_some(scan, next, &next, pg, err))
            return false;
    return !compiled || keel_pg_exec(pg, err, "SET LOCAL jit = off");
}
