/* A number of rows that a suite expects, and what it is held against. */
#ifndef KEEL_VERIFY_CHECKS_COUNTS_H
#define KEEL_VERIFY_CHECKS_COUNTS_H

#include "verify/row_sql.h"

typedef struct keel_counted {
    int64_t rows;
    bool estimated;     /* by the server's statistics, under --quick */
    bool left_out;      /* too many rows to be counted one by one under --quick; `rows` says nothing */
    bool given;         /* the number stands in the suite */
    const char *object; /* "public.lots", "app.db#lots", "the query" */
} keel_counted;

/* Rows of a table or view, which need not be in the catalogue; where: SQL or NULL. */
bool keel_count_relation(keel_check_run *run, const char *schema, const char *name, const char *where,
                         keel_counted *ret_counted, keel_error *err);
/* What the suite holds a table of this schema against. */
bool keel_count_other(keel_check_run *run, const char *schema, const keel_suite_count *expected,
                      keel_counted *ret_counted, keel_error *err);

#endif
