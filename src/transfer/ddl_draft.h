/* One index while it is put together: its parts and its predicate, in words of PostgreSQL. */
#ifndef KEEL_TRANSFER_DDL_DRAFT_H
#define KEEL_TRANSFER_DDL_DRAFT_H

#include "transfer/ddl_inside.h"

typedef struct keel_create_draft {
    const keel_create_shape *shape;
    const keel_sqlite_index *source; /* NULL: the primary key of a rowid alias */
    const char *object;              /* of findings */
    const char *what;                /* "the UNIQUE constraint" */
    const char *check;               /* id of the finding when it is lost */
    keel_str parts;                  /* as CREATE INDEX wants them */
    keel_str plain;                  /* the same without order, for finding duplicates */
    keel_create_names columns;       /* target names; complete only if it is plain */
    bool folded;                     /* a part is lower(...) because of NOCASE */
    bool expression;
    const char *where;
} keel_create_draft;

/* Frees what it holds; the KEEL_CLEANUP form. */
void keel_create_draft_free(keel_create_draft *draft);
/* All three are false once the index is lost, and then a finding says so. */
bool keel_create_draft_column(keel_create_maker *maker,
                              keel_create_draft *draft,
                              const char *name,
                              const char *part_collation,
                              bool descending);
bool keel_create_draft_parts(keel_create_maker *maker, keel_create_draft *draft);
bool keel_create_draft_predicate(keel_create_maker *maker, keel_create_draft *draft);

#endif
