/* The sequences that feed columns of the selected tables, and those that feed none, with what they give next. A
 * sequence is not part of a snapshot: what is read here is as of now, later than any row of the snapshot. */
#ifndef KEEL_VERIFY_SEQUENCES_H
#define KEEL_VERIFY_SEQUENCES_H

#include "verify/wording.h"

typedef struct keel_sequence {
    const char *schema, *name;
    const keel_pg_table *table;   /* NULL: no column has it as its own or in its default */
    const keel_pg_column *column;
    int64_t start, increment, lowest, highest; /* highest and lowest as declared; increment may be negative */
    bool cycle;
    bool readable; /* the role may read it, else `next` says nothing */
    bool spent;    /* the next value lies beyond its end */
    int64_t next;  /* what nextval would give; if spent, the last one given */
} keel_sequence;

typedef struct keel_sequence_list {
    keel_sequence *items; /* one per column that it feeds */
    size_t count, capacity;
    int64_t unreadable;
} keel_sequence_list;

/* Those of the selected tables; sequences of no column are there only if all tables are selected. */
bool keel_sequences_load(keel_check_run *run, keel_sequence_list *ret_list, keel_error *err);
/* Those that feed the columns of one table. */
bool keel_sequences_of(keel_check_run *run, const keel_pg_table *table, keel_sequence_list *ret_list, keel_error *err);
/* The smallest and largest value of an integer column; false for other types. */
bool keel_sequence_column_range(const keel_pg_column *column, int64_t *ret_lowest, int64_t *ret_highest);
/* "sequences", and how many of them could not be read. */
const char *keel_sequences_in_words(keel_check_run *run, const keel_sequence_list *list);

#endif
