/* SQL about the rows of one table, for checks that read rows. The table is called t, as in the shared scan
 * (verify/scan.h). Everything returned lives in the arena of the run. */
#ifndef KEEL_VERIFY_ROW_SQL_H
#define KEEL_VERIFY_ROW_SQL_H

#include "verify/check.h"
#include "verify/suite.h"

const char *keel_row_column(keel_check_run *run, const char *name);  /* t."name" */
const char *keel_row_literal(keel_check_run *run, const char *text); /* 'text' */
/* ONLY "schema"."table" t: the rows that stand in it; of a partitioned table those of its partitions. */
const char *keel_row_whole(keel_check_run *run, const keel_pg_table *table);

/* How many rows stand in it, by the statistics (-1: never analysed), partitions summed; and in bytes. */
double keel_row_estimate(const keel_check_run *run, const keel_pg_table *table);
int64_t keel_row_bytes(const keel_check_run *run, const keel_pg_table *table);

/* One aggregate that counts, for each of at most KEEL_ROW_TALLY conditions, the rows for which it is the first that
 * is true. One evaluation per row, whatever the number of conditions. keel_row_untally reads its value. */
enum { KEEL_ROW_TALLY = 6 };
const char *keel_row_tally(keel_check_run *run, const char *const *conditions, size_t count);
void keel_row_untally(const char *value, int64_t *ret_counts, size_t count);
/* The same for the values of one text: CASE expression WHEN 'a' THEN ... */
const char *keel_row_tally_values(keel_check_run *run, const char *expression, const char *const *values,
                                  size_t count);

/* `sql` with every `word` that stands outside of quotes, and is not part of a longer name, replaced. */
const char *keel_row_replace_word(keel_check_run *run, const char *sql, const char *word, const char *replacement);

/* What the suite demands of this table, or of the one that it is a partition of; NULL = nothing. */
const keel_suite_table *keel_row_demands(const keel_check_run *run, const keel_pg_table *table);
/* "table.column of FILE:LINE does not exist", ERROR: what the suite asks for cannot be looked at. */
void keel_row_no_column(keel_check_run *run, const keel_pg_table *table, const char *column, keel_suite_place place);

#endif
