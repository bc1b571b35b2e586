/* What a suite demands of a table, and the table that it means. */
#ifndef KEEL_VERIFY_DEMAND_H
#define KEEL_VERIFY_DEMAND_H

#include "verify/suite.h"
#include "verify/wording.h"

typedef struct keel_demand {
    const keel_suite_table *wanted;
    /* NULL: there is no such table. Of a view or a foreign table there are only the columns' names, types and
     * nullability, and kind says which it is: 'v', 'm', 'f'. */
    const keel_pg_table *table;
    bool withheld; /* it is there, but the shared catalogue has it not: somebody holds its lock, or it is our own */
    const char *name; /* "public.exploits", whether it is there or not */
} keel_demand;

typedef struct keel_demands {
    keel_demand *items;
    size_t count, capacity;
} keel_demands;

/* Every table of the suite that is to be judged, in the suite's order, in the arena. Where only some tables were
 * chosen (--table) the others are left out. */
bool keel_demands_of(keel_check_run *run, keel_demands *ret_demands, keel_error *err);

/* The same, without those that are not there, are withheld or must not be: schema.table_missing speaks of them. */
bool keel_demands_present(keel_check_run *run, keel_demands *ret_demands, keel_error *err);

/* What stands under that name, whatever is known of it: pg_class.relkind, or 0 if nothing does. */
bool keel_demand_kind(keel_check_run *run, const char *schema, const char *name, char *ret_kind, keel_error *err);

/* "; the nearest is \"amount\"" or "", by the columns of the table. */
const char *keel_demand_nearest_column(keel_check_run *run, const keel_pg_table *table, const char *name);
/* Reports every name that is no column of the table, as `what` ("the foreign key"); true if all are. */
bool keel_demand_columns_exist(keel_check_run *run, const keel_demand *demand, const keel_suite_names *names,
                               keel_severity severity, const keel_suite_place *place, const char *what);

#endif
