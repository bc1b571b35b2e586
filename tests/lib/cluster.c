#include "cluster.h"

#include <stdio.h>
#include <stdlib.h>

static _Noreturn void bail_out(const char *what, const keel_error *err)
{
    printf("Bail out! %s: %s (%s)\n", what, err->message, err->hint);
    exit(1);
}

keel_scratch *cluster_start(const char *const *settings)
{
    keel_scratch_options options = {.settings = settings};
    keel_scratch *cluster = NULL;
    keel_error err;

    if (!keel_scratch_start(&options, &cluster, &err))
        bail_out("no cluster", &err);
    return cluster;
}

keel_pg *cluster_connect(const char *conninfo)
{
    keel_pg *pg = NULL;
    keel_error err;

    if (!keel_pg_open(conninfo, "test", &pg, &err))
        bail_out("no connection", &err);
    return pg;
}

keel_pg *cluster_database(keel_scratch *cluster, const char *name, char conninfo[CLUSTER_CONNINFO_SIZE])
{
    char own[CLUSTER_CONNINFO_SIZE];
    char *target = conninfo != NULL ? conninfo : own;
    keel_error err;

    if (!keel_scratch_database(cluster, name, target, CLUSTER_CONNINFO_SIZE, &err))
        bail_out("no database", &err);
    return cluster_connect(target);
}

void cluster_exec(keel_pg *pg, const char *sql)
{
    keel_error err;

    if (!keel_pg_exec(pg, &err, sql))
        bail_out(sql, &err);
}

const char *cluster_value(keel_pg *pg, const char *sql)
{
    static char value[8192];
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    bool none = false;
    keel_error err;

    if (!keel_pg_query_value(pg, &text, &none, &err, sql, 0, NULL))
        bail_out(sql, &err);
    snprintf(value, sizeof value, "%s", none ? "(null)" : keel_str_text(&text));
    return value;
}
