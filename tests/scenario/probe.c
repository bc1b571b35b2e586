#include "probe.h"

#include <stdio.h>

static void *want(void *context)
{
    probe *p = context;
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(p->conninfo);

    for (size_t at = 0; !p->stop; at = p->tables[at + 1] != NULL ? at + 1 : 0) {
        if (!keel_pg_execf(pg, &p->err, "BEGIN; SET LOCAL lock_timeout = '5s'; DELETE FROM %s WHERE false; ROLLBACK",
                           p->tables[at]))
            break;
        p->attempts++;
        keel_sleep(2000);
    }
    return NULL;
}

void probe_begin(probe *p, const char *conninfo, const char *const *tables)
{
    *p = (probe){.tables = tables};
    snprintf(p->conninfo, sizeof p->conninfo, "%s", conninfo);
    pthread_create(&p->thread, NULL, want, p);
}

bool probe_end(probe *p)
{
    int64_t count = 0;

    p->stop = true;
    pthread_join(p->thread, NULL);
    while (p->tables[count] != NULL)
        count++;
    return p->err.kind == KEEL_OK && p->attempts >= count;
}
