/* The one pass over a table that all its checks share. A check's `scan` adds probes; the engine then reads the table
 * once with all probes as aggregates of one SELECT (under --quick: of a block sample if the table is large), and gives
 * every probe its value. A census is the exception: values counted per column, all censuses of a table in a second
 * pass by GROUPING SETS, and only for columns whose statistics promise few distinct values.
 *
 * The table is called t in SQL. Text in the arena of the run or static; nothing is copied. */
#ifndef KEEL_VERIFY_SCAN_H
#define KEEL_VERIFY_SCAN_H

#include "verify/check.h"

typedef struct keel_probe keel_probe;
/* `value` is the aggregate's value as text, NULL for SQL NULL. Adds findings; false only if it could not judge. */
typedef bool keel_probe_judge(keel_check_run *run, const keel_probe *probe, const char *value, keel_error *err);

struct keel_probe {
    const keel_pg_table *table;
    const char *object;    /* "public.orders(created_at)" */
    const char *aggregate; /* "count(*) FILTER (WHERE t.\"x\" > now())" */
    const char *where;     /* finds the guilty rows, for keel_check_sample; or NULL */
    const void *context;   /* the check's own */
    keel_probe_judge *judge;
};
void keel_scan_add(keel_scan *scan, keel_check_run *run, const keel_probe *probe);

/* The usual probe: counts the rows for which `where` is true and reports, if there are any, one finding with their
 * number and sample keys. message: "%s rows ..." with one %s for the number. */
void keel_scan_count(keel_scan *scan, keel_check_run *run, const keel_pg_table *table, const char *object,
                     const char *where, const char *message, const char *remedy);

typedef struct keel_census {
    const keel_pg_table *table;
    const keel_pg_column *column;
    const char **values; /* as text, never NULL; the most frequent first */
    int64_t *counts;
    size_t count;
} keel_census;
typedef bool keel_census_judge(keel_check_run *run, const keel_census *census, keel_error *err);
/* Counts the values of a text-like column or of `expression` over it (NULL: the column itself). */
void keel_scan_census(keel_scan *scan, keel_check_run *run, const keel_pg_table *table, const keel_pg_column *column,
                      const char *expression, keel_census_judge *judge);

#endif
