/* The pieces of keel_transfer_run (run.c); only src/transfer/run*.c include it. */
#ifndef KEEL_TRANSFER_RUN_INSIDE_H
#define KEEL_TRANSFER_RUN_INSIDE_H

#include "transfer/interrupt.h"
#include "transfer/run.h"
#include "transfer/transfer.h"

typedef struct keel_running {
    keel_arena *arena;
    const keel_run_options *options;
    keel_transfer transfer;
    keel_plan_options plan_options;
    keel_mapping *mapping;
    keel_run *earlier;          /* the run that is resumed, or NULL */
    int64_t newest_seen;        /* the newest run when the decision was made; 0 = none */
    keel_run *base;             /* of --retry-rejects and --new-rows, or NULL */
    keel_run_table *journalled; /* tables of earlier or base */
    size_t journalled_count;
    keel_sqlite_facts facts;
    char *source;               /* absolute path */
    keel_ddl_list ddl;
    int64_t *counted;           /* count(*) per table, by plan index */
    keel_run_result *result;
    keel_interrupt interrupt;
} keel_running;

/* run_find.c: which run this command is about. *ret_over: there is nothing to do (a complete run, said in result). */
bool keel_run_find(keel_running *running, bool *ret_over, keel_error *err);
/* Inserts the run and its tables, holding the run's lock; *ret_raced: somebody else started the same in this moment. */
bool keel_run_create(keel_running *running, keel_error *err);
void keel_facts_json(const keel_sqlite_facts *facts, keel_str *out);
/* run_recheck.c: the source's file facts differ from the run's; do the finished chunks still say the same? */
bool keel_run_recheck(keel_running *running, keel_error *err);
/* run_account.c */
bool keel_run_account(keel_running *running, keel_error *err);

#endif
