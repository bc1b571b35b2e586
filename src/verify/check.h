/* A check of a live PostgreSQL database: one file in checks/ with one `const keel_check`, and one line in
 * checks.c. The list, --explain, the reference page and the test of its two examples come from the descriptor.
 *
 * A check reads, it never writes. It runs on a worker's connection inside the one snapshot of the whole command
 * (REPEATABLE READ READ ONLY), so what two checks say about a table is about the same rows. A check has one or more of:
 *
 *   run   once for the database: asks the catalogue, or does a query of its own
 *   each  once for every table: queries of its own about that table (a join, a grouping). The tables are shared out
 *         among the workers; a table that is locked or forbidden fails that table only
 *   scan  once for every table whose rows stand in it: adds probes to the one pass that the table gets
 *         (verify/scan.h). Not for partitioned tables (their leaves are in the list) and foreign tables
 *
 * What a check found before it failed is forgotten, and it may be run again: when a table was locked, or was truncated
 * or rewritten under the snapshot (an old snapshot sees such a table empty).
 *
 * Different checks run at the same time on different workers; what one check is given is its own, except where it
 * says so. A check that could not look says so by returning false; that is never a pass. */
#ifndef KEEL_VERIFY_CHECK_H
#define KEEL_VERIFY_CHECK_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "pg/catalog.h"
#include "report/finding.h"

/* The first word of an id is its group: "schema.invalid_index". */
typedef enum keel_check_group {
    KEEL_GROUP_SCHEMA,        /* "schema": what the catalogue says */
    KEEL_GROUP_DATA,          /* "data": what stands in the rows of one table */
    KEEL_GROUP_RELATIONSHIPS, /* "relationships": foreign keys and what they point at */
    KEEL_GROUP_BUSINESS,      /* "business": the team's own rules */
    KEEL_GROUP_BASELINE,      /* "baseline": what has changed since another look (verify/baseline.h) */
    KEEL_GROUP_COUNT,
} keel_check_group;
const char *keel_check_group_name(keel_check_group group);

enum {
    KEEL_CHECK_READS_ROWS = 1,  /* reads tables, not only the catalogue: under --quick it must sample */
    KEEL_CHECK_OPT_IN = 2,      /* runs only if --only names it or a suite asks for it */
    KEEL_CHECK_NEEDS_SUITE = 4, /* has nothing to do without a suite; then it is not listed in the report */
    KEEL_CHECK_NEEDS_BASELINE = 8, /* the same without a baseline to save or to compare with. It may be run, each and
                                      scan at once; its `triggers` has a line "-- pgkeel check --save ..." where the
                                      baseline is saved */
};

typedef struct keel_suite keel_suite; /* verify/suite.h */
struct keel_suite_place;
typedef struct keel_scan keel_scan;   /* verify/scan.h */
typedef struct keel_check_run keel_check_run;

typedef struct keel_check keel_check;
struct keel_check {
    const char *id;
    keel_check_group group;
    keel_severity severity; /* what its findings have unless it says otherwise */
    unsigned flags;
    const char *title;    /* what is true when it passes: "every index is valid"; lower case, no full stop */
    const char *help;     /* whole sentences: what it looks for, why it hurts, what to do */
    const char *triggers; /* SQL that makes an empty database one in which it finds something, and nothing else
                             of severity ERROR or worse is found */
    const char *passes;   /* SQL of the nearest database in which it looks at something and finds nothing */
    const char *suite;    /* NEEDS_SUITE: the suite (YAML) that goes with both; else NULL */
    bool (*run)(keel_check_run *run, keel_error *err);
    bool (*each)(keel_check_run *run, const keel_pg_table *table, keel_error *err);
    void (*scan)(keel_check_run *run, const keel_pg_table *table, keel_scan *scan);
    /* After every task of every check has ended, by one thread, without a server: judges what the check's own tasks have
     * put aside. NULL = there is nothing put aside. */
    void (*finish)(keel_check_run *run);
    /* NEEDS_SUITE only: one line of the report per item of the suite ("business.RULE") instead of one for this check.
     * items counts them; item fills id, title, severity of ret_check, which starts as a copy of this descriptor.
     * run->item then says which one is meant, and run->check is the filled copy. NULL = an ordinary check. */
    size_t (*items)(const keel_suite *suite);
    void (*item)(const keel_suite *suite, size_t index, keel_check *ret_check);
};

extern const keel_check *const keel_checks[]; /* ends with NULL; in the order of the report */
const keel_check *keel_check_find(const char *id); /* or NULL */

/* What the whole command looks at, read once inside the snapshot. Shared by all workers, read only. */
typedef struct keel_check_database {
    const keel_pg_catalog *catalog;
    const keel_pg_table **tables; /* the selected ones (--table), by schema and name: ordinary and partitioned tables,
                                     materialised views are not in it; not of other sessions' temporary schemas, not "pgkeel" */
    size_t table_count;
    const char *oids;   /* the same as an array literal "{16384,16391}" for $1::oid[] */
    int server_version; /* 150018 */
    bool standby;       /* pg_is_in_recovery */
    bool utf8;          /* the database's own encoding */
    keel_usec now;      /* the snapshot's now(), microseconds since 1970 */
} keel_check_database;

struct keel_check_run {
    const keel_check *check;
    const keel_check_database *db;
    const keel_suite *suite; /* all suites in one, or NULL */
    struct keel_baseline_job *baseline; /* what NEEDS_BASELINE works with, else NULL */
    size_t item;             /* of check->items, else 0 */
    bool quick;              /* no pass over a whole large table; a finding from a sample says "sampled" in its evidence */
    bool fresh;              /* has a snapshot of its own: what was loaded for all tables may be out of date */
    bool idle;               /* set by a check that has read no row this time, only the catalogue */
    bool sampled;            /* what is read is a sample: set by the engine for a scan; a check that samples sets it itself */
    int sample_keys;         /* how many keys of guilty rows to show: 5 */
    const char *conninfo;    /* for a check that needs a connection of its own (the audit probe) */
    keel_pg *pg;             /* this worker's, inside the snapshot */
    keel_arena *arena;       /* lives as long as this task */
    keel_report *report;
    struct keel_check_share *share; /* the engine's: what keel_check_shared has loaded; or NULL */
    struct keel_check_tally *tally; /* the engine's: objects, findings, reason of a skip */
};

/* How many objects were looked at, in all; `what` names them in the plural ("foreign keys"). A check that looked
 * at none is skipped with "no foreign keys", not passed. */
void keel_check_looked(keel_check_run *run, int64_t objects, const char *what);
/* More about what was seen, for the check's line in the report, also when it passes: "public.lots 120 = 120". */
void keel_check_remark(keel_check_run *run, const char *fmt, ...) KEEL_PRINTF(2, 3);
/* The check is skipped and says why (the first reason stands). */
void keel_check_skip(keel_check_run *run, const char *fmt, ...) KEEL_PRINTF(2, 3);
/* A finding of this check at its own severity. object: "public.orders(customer_id)"; evidence: a JSON object as text
 * or NULL; remedy: a sentence, or a command or SQL to paste, or NULL. Copied. */
void keel_check_found(keel_check_run *run, const char *object, const char *evidence, const char *remedy,
                      const char *message_fmt, ...) KEEL_PRINTF(5, 6);
void keel_check_found_as(keel_check_run *run, keel_severity severity, const char *object, const char *evidence,
                         const char *remedy, const char *message_fmt, ...) KEEL_PRINTF(6, 7);
/* The same about a demand of the suite, which stands at `place`; NULL = in no file. */
void keel_check_found_at(keel_check_run *run, keel_severity severity, const struct keel_suite_place *place,
                         const char *object, const char *evidence, const char *remedy, const char *message_fmt, ...)
    KEEL_PRINTF(7, 8);

/* Asks the server; $1 is the array of the selected tables' oids (db->oids), so write ANY ($1::oid[]). Text results. */
bool keel_check_query(keel_check_run *run, keel_pg_result **ret_result, keel_error *err, const char *sql);

/* For `each`: what the catalogue says about all tables, asked for once, as a question per table costs the server more to
 * plan than to answer. `load` is given an array of oids ("{16384,16391}") and puts its value (never NULL) into run->arena;
 * the first task that comes calls it for all selected tables, and all tasks of the check share that value, read only. A
 * task with a snapshot of its own, or after the question about all has failed, gets a value of `table` alone. */
typedef bool keel_check_load(keel_check_run *run, const char *oids, const void **ret_value, keel_error *err);
bool keel_check_shared(keel_check_run *run, const keel_pg_table *table, keel_check_load *load, const void **ret_value,
                       keel_error *err);

/* schema.table and schema.table(a, b) for objects of findings: unquoted, as a person would say them. In the arena. */
const char *keel_check_table_name(keel_check_run *run, const keel_pg_table *table);
const char *keel_check_columns_name(keel_check_run *run, const keel_pg_table *table, const char *const *columns,
                                    size_t count);

/* Up to run->sample_keys keys of the rows of `table` for which `where` (SQL over alias t) is true, as a JSON array of
 * objects {"id":7}; rows of a table without a primary key are named by their ctid. One LIMITed query. */
bool keel_check_sample(keel_check_run *run, const keel_pg_table *table, const char *where, const char **ret_json,
                       keel_error *err);
/* The same with the values of these columns beside the key, long ones cut: {"id":7,"status":"Pass"}. */
bool keel_check_sample_with(keel_check_run *run, const keel_pg_table *table, const char *where,
                            const char *const *columns, size_t count, const char **ret_json, keel_error *err);
/* SQL (text) of what a sample shows of the row t, for a check that finds its rows by a query of its own. */
void keel_check_add_key(keel_str *sql, const keel_pg_table *table, const char *const *columns, size_t count);
/* {"rows":N,"sample":[...]} (plus "sampled":true if run->sampled), the usual evidence. In the arena. */
const char *keel_check_evidence(keel_check_run *run, int64_t rows, const char *sample_json);

#endif
