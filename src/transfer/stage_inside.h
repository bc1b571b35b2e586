/* The inside of the stage: stage.c (the road), stage_mark.c (who is guilty), stage_take.c (what becomes of them). */
#ifndef KEEL_TRANSFER_STAGE_INSIDE_H
#define KEEL_TRANSFER_STAGE_INSIDE_H

#include "transfer/transfer.h"

/* keel_state of a staged row: 0 = to be inserted, else one of these plus the index of the index, constraint or reference. */
enum { KEEL_STAGE_MERGED = 1, KEEL_STAGE_MISSING = 2, KEEL_STAGE_HELD = 10000, KEEL_STAGE_REPEATED = 20000, KEEL_STAGE_UNCHECKED = 30000, KEEL_STAGE_ORPHANED = 40000 };

/* The rows of a unit that have to leave the chunk. */
typedef struct keel_stage_marks {
    bool *dead;
    size_t from, count;
} keel_stage_marks;

void keel_stage_name(const keel_plan_table *table, keel_str *out);
int keel_stage_column(const keel_plan_table *table, int attnum); /* index into columns, -1 if it is not sent */
/* Every column of the list is staged in its own type. */
bool keel_stage_has_all(const keel_plan_table *table, const int *attnums, size_t count);
void keel_stage_add_equal(keel_str *sql, const keel_plan_table *table, const int *attnums, size_t count); /* t.a = s.a AND ... */
/* The natural key's columns as attribute numbers. */
size_t keel_stage_match_columns(const keel_plan_table *table, int *attnums, size_t most);

/* Each marks keel_state of rows that would be refused. */
bool keel_stage_mark_uniques(keel_worker *worker, const keel_plan_table *table, keel_error *err);
/* After the insert: rows that were to arrive and did not, each with the unique index that refused it, if one did. */
bool keel_stage_mark_missing(keel_worker *worker, const keel_plan_table *table, keel_error *err);
bool keel_stage_mark_checks(keel_worker *worker, const keel_plan_table *table, keel_error *err);
bool keel_stage_mark_orphans(keel_worker *worker, const keel_plan_table *table, keel_error *err);

/* Marked rows become rejects; merged ones are flagged, and after the insert learn whom they became. */
bool keel_stage_take_marked(keel_worker *worker, keel_plan_table *table, keel_stage_marks *m, keel_error *err);
bool keel_stage_learn_merged(keel_worker *worker, const keel_plan_table *table, keel_error *err);

#endif
