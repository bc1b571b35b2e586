/* Between encode_row.c and encode_reference.c. Misfits are rejects of the worker's chunk. */
#ifndef KEEL_TRANSFER_ENCODE_INSIDE_H
#define KEEL_TRANSFER_ENCODE_INSIDE_H

#include "transfer/transfer.h"

void keel_encode_reject(keel_worker *worker, keel_plan_table *table, int64_t position, int column, keel_misfit_code code,
                        const char *detail);
keel_misfit_code keel_encode_new_key(keel_str *out, const keel_pg_type *type, const keel_new_key *key);
/* A column that another table's map rewrites. */
keel_misfit_code keel_encode_reference(const keel_worker *worker, const keel_plan_column *column,
                                       const keel_referred *found, keel_str *out);
/* Looks up every reference of the row; false = an orphan, it has been rejected. */
bool keel_encode_check_references(keel_worker *worker, keel_plan_table *table, int64_t position);

/* A map of a million keys is not in the processor's cache. Where the table allows it (late_references), its entries are
 * asked for first, the row is encoded with room for the keys, and then they are looked up and put there. */
void keel_encode_fetch_references(keel_worker *worker, const keel_plan_table *table);
bool keel_encode_settle_references(keel_worker *worker, keel_plan_table *table, int64_t position);

#endif
