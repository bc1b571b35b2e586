/* What building after the rows shares between its files: steps, and the jobs that take them. */
#ifndef KEEL_TRANSFER_BUILD_INSIDE_H
#define KEEL_TRANSFER_BUILD_INSIDE_H

#include "transfer/transfer.h"

/* The name of a step in the journal: its place among the statements of its phase, which the source alone decides. */
void keel_build_step_name(const keel_ddl_list *list, size_t index, char *name, size_t size);
/* The statement and its journal row, in one transaction. */
bool keel_build_step(keel_transfer *transfer, keel_pg *pg, const char *step, const char *sql, keel_error *err);

/* build_phase.c: all statements of a phase that are not done, spread over the workers' connections; INDEX brings the
 * statistics of each table after its last index. */
bool keel_build_phase(keel_transfer *transfer, const keel_ddl_list *list, keel_ddl_phase phase, keel_error *err);

#endif
