/* Inside the pass over a table: what the checks have added, and how the table is named in FROM. */
#ifndef KEEL_VERIFY_SCAN_INSIDE_H
#define KEEL_VERIFY_SCAN_INSIDE_H

#include "base/str.h"
#include "verify/scan.h"

typedef struct keel_scan_probe {
    keel_probe probe;
    keel_check_run *run;
} keel_scan_probe;

typedef struct keel_scan_count_of {
    keel_census census;
    const char *expression; /* NULL: the column */
    double promised;        /* how many values there will be; 0 = not known */
    keel_check_run *run;
    keel_census_judge *judge;
} keel_scan_count_of;

struct keel_scan {
    keel_arena *arena;
    struct {
        keel_scan_probe *items;
        size_t count, capacity;
    } probes;
    struct {
        keel_scan_count_of *items;
        size_t count, capacity;
    } censuses;
};

/* "ONLY "s"."t" AS t", with the sample's TABLESAMPLE if the run reads one. */
void keel_scan_add_source(keel_str *sql, const keel_check_run *run, const keel_pg_table *table);
/* Under --quick: is this table read by a sample? */
bool keel_scan_samples(const keel_pg_table *table, bool quick);

/* Reads the table once for all probes and lets each judge its value. */
bool keel_scan_read(const keel_scan *scan, keel_pg *pg, keel_error *err);
/* The censuses. */
bool keel_scan_count_values(const keel_scan *scan, keel_pg *pg, keel_error *err);

#endif
