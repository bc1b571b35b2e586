/* A reference to be followed, whether a foreign key or one that only the suite knows of. */
#ifndef KEEL_VERIFY_CHECKS_REFERENCES_H
#define KEEL_VERIFY_CHECKS_REFERENCES_H

#include "verify/row_sql.h"

typedef struct keel_reference {
    const char *name;            /* of the foreign key; NULL = of the suite */
    bool full, validated;        /* MATCH FULL; a foreign key that promises nothing about old rows is not validated */
    bool denied;                 /* this role may not read the parent */
    const keel_pg_table *parent; /* NULL: not an ordinary table that the catalogue holds */
    const char *parent_from;     /* ONLY "s"."t" p */
    const char *parent_name;     /* "public.exploits(id)" */
    const char **columns;        /* of the child */
    const char **equal;          /* pairwise: p."id" OPERATOR(pg_catalog.=) t."exploit_id" */
    const char **parent_columns;
    size_t count;
    keel_suite_place place;
} keel_reference;

typedef struct keel_references {
    keel_reference *items;
    size_t count, capacity;
} keel_references;

/* Foreign keys of the table, each once, without those that the table it is a partition of has as well. */
bool keel_references_declared(keel_check_run *run, const keel_pg_table *table, keel_references *references,
                              keel_error *err);
/* References that the suite names and that are no foreign keys. One that cannot be followed becomes a finding. */
void keel_references_given(keel_check_run *run, const keel_pg_table *table, keel_references *references);

#endif
