/* A case of a check: a database made by SQL, and what one check says about it. */
#ifndef KEEL_TESTS_CHECK_CASE_H
#define KEEL_TESTS_CHECK_CASE_H

#include "cluster.h"
#include "tap.h"

typedef struct check_case {
    const char *name; /* for the TAP line; the database is made for it alone */
    const char *check;
    const char *sql;
    const char *suite;    /* YAML, or NULL */
    const char *found;    /* "severity object: message", a line per finding; "" = it passed; NULL = it was skipped */
    const char *evidence; /* of the first finding; NULL = not asked */
    const char *note;     /* of the check's line; NULL = not asked */
    bool quick;
} check_case;

/* What the check said; strings live until the next call. */
typedef struct check_seen {
    const char *found, *evidence, *note;
    const char *remedy; /* of the first finding */
    const char *futile; /* the first remedy that is a SELECT and fails or finds nothing; NULL = none */
} check_seen;

/* Runs the check alone. */
check_seen check_case_see(const char *conninfo, const check_case *c);

static inline void check_case_judge(const char *conninfo, const check_case *c)
{
    check_seen seen = check_case_see(conninfo, c);

    is_str(seen.found, c->found, "%s: %s", c->check, c->name);
    if (c->evidence != NULL)
        is_str(seen.evidence, c->evidence, "%s: %s: the evidence", c->check, c->name);
    if (c->note != NULL)
        is_str(seen.note, c->note, "%s: %s: the note", c->check, c->name);
    if (seen.futile != NULL)
        ok(false, "%s: %s: the remedy finds the rows: %s", c->check, c->name, seen.futile);
}

static inline void check_case_run(keel_scratch *cluster, const check_case *c)
{
    static int number;
    char name[32], conninfo[CLUSTER_CONNINFO_SIZE];

    snprintf(name, sizeof name, "case_%d", ++number);
    keel_pg *pg = cluster_database(cluster, name, conninfo);
    cluster_exec(pg, c->sql);
    keel_pg_close(pg);
    check_case_judge(conninfo, c);
}

/* Runs the statements of a remedy; what stands behind "or" or "--" is not part of it. */
bool check_case_paste(keel_pg *pg, const char *remedy, keel_error *err);

/* The remedy of the first finding works: the check then finds nothing, or nothing is left to look at. */
static inline void check_case_mend(keel_scratch *cluster, const check_case *c)
{
    static int number;
    char name[32], conninfo[CLUSTER_CONNINFO_SIZE];
    keel_error err = {0};

    snprintf(name, sizeof name, "mend_%d", ++number);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, name, conninfo);
    cluster_exec(pg, c->sql);
    check_seen seen = check_case_see(conninfo, c);
    if (!ok(seen.found != NULL && seen.found[0] != '\0' && seen.remedy != NULL, "%s: %s: found", c->check, c->name))
        return;
    ok(check_case_paste(pg, seen.remedy, &err), "%s: %s: %s %s", c->check, c->name, seen.remedy, err.message);
    seen = check_case_see(conninfo, c);
    ok(seen.found == NULL || seen.found[0] == '\0', "%s: %s: mended: %s", c->check, c->name,
       seen.found != NULL ? seen.found : "nothing left to look at");
}

#endif
