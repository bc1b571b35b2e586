/* Words for findings: names as a person says them, and the same quoted for SQL that is pasted. Everything lives in the
 * arena of the run. */
#ifndef KEEL_VERIFY_WORDING_H
#define KEEL_VERIFY_WORDING_H

#include "base/json_out.h"
#include "verify/check.h"

const char *keel_word_name(keel_check_run *run, const char *schema, const char *name); /* my shop.orders */
const char *keel_word_sql(keel_check_run *run, const char *schema, const char *name);  /* "my shop"."orders" */
const char *keel_word_sql_table(keel_check_run *run, const keel_pg_table *table);
const char *keel_word_sql_list(keel_check_run *run, const char *const *names, size_t count); /* "a", "b" */
const char *keel_word_literal(keel_check_run *run, const char *text);                        /* 'it''s' */
const char *keel_word_bytes(keel_check_run *run, int64_t bytes); /* "8 kB", "12 MB": 1024 steps, as PostgreSQL's */
/* A cell of a result, copied; NULL for SQL NULL. */
const char *keel_word_cell(keel_check_run *run, const keel_pg_result *rows, int row, int column);
uint32_t keel_word_oid(const keel_pg_result *rows, int row, int column);

/* Evidence: start, write keys, finish. {"table":...}; the text is good until `out` is freed. */
void keel_evidence_start(keel_json *json, keel_str *out);
const char *keel_evidence_finish(keel_json *json);

/* The size of relation `x` (an alias of pg_class) as an SQL expression that never waits: where somebody holds the lock
 * that pg_relation_size would wait for (or one on a namesake in another database), the last known number of pages
 * serves. */
#define KEEL_SQL_BYTES(x)                                                                                       \
    "CASE WHEN " x ".oid IN (SELECT l.relation FROM pg_catalog.pg_locks l WHERE l.mode = 'AccessExclusiveLock'" \
    " AND l.pid <> pg_catalog.pg_backend_pid())"                                                                \
    " THEN " x ".relpages * pg_catalog.current_setting('block_size')::pg_catalog.int8"                          \
    " ELSE COALESCE(pg_catalog.pg_relation_size(" x ".oid), 0) END"

#endif
