/* What a database holds, said without the keys that a run may have given, and compared. */
#include "stand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OF(name, sql)                                                                              \
    "SELECT '" name " ' || count(*) || '/' || coalesce(sum(pg_catalog.hashtextextended(x::text, "  \
    "1)::numeric), 0) AS said"                                                                     \
    " FROM (" sql ") x"

static const char rows_sql[] =
    "SELECT string_agg(said, ', ' ORDER BY said) FROM (" OF("account", "SELECT code, opened, balance, note FROM account") " UNION ALL " OF(
        "node",
        "SELECT n.name, "
        "n.weight, u.name AS "
        "up FROM node n LEFT "
        "JOIN node u ON u.id = "
        "n.up") " UNION "
                "ALL " OF(
                    "entr"
                    "y",
                    "SELE"
                    "CT "
                    "e."
                    "labe"
                    "l, "
                    "e."
                    "amou"
                    "nt, "
                    "e."
                    "at, "
                    "a."
                    "code"
                    ", "
                    "n."
                    "name"
                    ", "
                    "e."
                    "node"
                    "_id "
                    "IS "
                    "NULL"
                    " FRO"
                    "M "
                    "entr"
                    "y e"
                    " LEF"
                    "T "
                    "JOIN"
                    " acc"
                    "ount"
                    " a "
                    "ON "
                    "a."
                    "id "
                    "= "
                    "e."
                    "acco"
                    "unt_"
                    "id "
                    "LEFT"
                    " JOI"
                    "N "
                    "node"
                    " n "
                    "ON "
                    "n."
                    "id "
                    "= "
                    "e."
                    "node"
                    "_id") " UNION ALL " OF("tag",
                                            "SELECT t.word, a.code FROM tag t LEFT JOIN account a "
                                            "ON a.id = t.account_id") " UNION ALL " OF("line",
                                                                                       "SELECT "
                                                                                       "body, n "
                                                                                       "FROM line") ") s";

static const char journal_sql[] =
    "SELECT string_agg(said, ', ' ORDER BY said) FROM (SELECT t.source || ' ' || t.keys || ' ' || "
    "sum(c.rows_read) || '='"
    " || sum(c.inserted) || '+' || sum(c.merged) || '+' || sum(c.rejected) || ' ' || (SELECT "
    "count(*) || '/' ||"
    " coalesce(sum(pg_catalog.hashtextextended(r.key || ' ' || coalesce(r.value, '') || r.code, "
    "1)::numeric), 0)"
    " FROM pgkeel.reject r WHERE r.run = t.run AND r.tbl = t.tbl) AS said FROM pgkeel.run_table t "
    "JOIN pgkeel.chunk c"
    " USING (run, tbl) WHERE t.run = (SELECT max(run) FROM pgkeel.run) AND c.kind IN ('l', 'e')"
    " GROUP BY t.run, t.tbl) s";

/* nextval is not undone with its transaction: so attempts that came to nothing are counted too. */
static const char count_attempts_sql[] =
    "CREATE SEQUENCE public.attempts; CREATE FUNCTION public.attempt() RETURNS trigger LANGUAGE "
    "plpgsql AS"
    " $$ BEGIN PERFORM nextval('public.attempts'); RETURN new; END $$;"
    "CREATE TRIGGER attempt BEFORE INSERT ON pgkeel.chunk FOR EACH ROW WHEN (new.kind = 'l')"
    " EXECUTE FUNCTION public.attempt()";

static const char redone_sql[] =
    "SELECT CASE WHEN s.is_called THEN s.last_value ELSE 0 END - (SELECT count(*) FROM "
    "pgkeel.chunk WHERE kind = 'l'"
    " AND run = (SELECT max(run) FROM pgkeel.run)) FROM public.attempts s";

static const char nobody_sql[] = "SELECT count(*) = 0 FROM pg_catalog.pg_stat_activity WHERE "
                                 "application_name LIKE 'pgkeel transfer%'"
                                 " AND datname = current_database()";

keel_pg *stand_database(keel_scratch *cluster,
                        const char *name,
                        const char *template_name,
                        char conninfo[CLUSTER_CONNINFO_SIZE])
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    char sql[256], own[CLUSTER_CONNINFO_SIZE];

    if (template_name == NULL)
        return cluster_database(cluster, name, conninfo);
    pg = cluster_connect(keel_scratch_conninfo(cluster));
    snprintf(sql, sizeof sql, "CREATE DATABASE \"%s\" TEMPLATE \"%s\"", name, template_name);
    cluster_exec(pg, sql);
    snprintf(own, sizeof own, "%s", keel_scratch_conninfo(cluster));
    snprintf(strstr(own, "dbname="), 200, "dbname=%s", name);
    if (conninfo != NULL)
        memcpy(conninfo, own, sizeof own);
    return cluster_connect(own);
}

void stand_template(keel_scratch *cluster, const char *name, const char *source)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, name, conninfo);

    pid_t process = stand_transfer(NULL, source, conninfo, NULL, NULL);
    if (stand_finish(process) == 2)
        stand_bail_out(name, stand_said(process));
    if (!stand_until(pg, nobody_sql))
        stand_bail_out(name, "backends of pgkeel do not end");
    cluster_exec(pg, count_attempts_sql);
}

void stand_refer(keel_scratch *cluster,
                 const char *source,
                 const char *template_name,
                 const char *keys,
                 stand_reference *ret_reference)
{
    char conninfo[CLUSTER_CONNINFO_SIZE], name[64];
    keel_usec started = keel_monotonic();

    snprintf(name, sizeof name, "reference_%s", keys);
    KEEL_CLEANUP(keel_pg_close_p)
    keel_pg *pg = stand_database(cluster, name, template_name, conninfo);
    started = keel_monotonic();
    pid_t process = stand_transfer(NULL, source, conninfo, "--keys", keys);
    *ret_reference = (stand_reference){.exit_code = stand_finish(process)};
    ret_reference->duration = keel_monotonic() - started;
    if (ret_reference->exit_code == 2)
        stand_bail_out("the reference run fails", stand_said(process));
    snprintf(ret_reference->rows, sizeof ret_reference->rows, "%s", cluster_value(pg, rows_sql));
    snprintf(ret_reference->journal, sizeof ret_reference->journal, "%s",
             cluster_value(pg, journal_sql));
    ret_reference->redone = stand_redone(pg);
    printf("# %s: %lld ms, exit code %d, %lld chunks refused\n# %s\n# %s\n", name,
           (long long)ret_reference->duration / 1000, ret_reference->exit_code,
           (long long)ret_reference->redone, ret_reference->rows, ret_reference->journal);
    if (stand_verify(conninfo) != 0)
        stand_bail_out(name, "verify finds differences after a run that nothing disturbed");
}

/* One difference in words, in a buffer that the next call overwrites. */
static const char *differs(const char *what, const char *got, const char *wanted)
{
    static char text[4096];

    snprintf(text, sizeof text, "%s: got %s, wanted %s", what, got, wanted);
    return text;
}

const char *stand_difference(keel_pg *pg, const stand_reference *reference)
{
    const char *got = cluster_value(pg, rows_sql);

    if (strcmp(got, reference->rows) != 0)
        return differs("rows", got, reference->rows);
    got = cluster_value(pg, journal_sql);
    if (strcmp(got, reference->journal) != 0)
        return differs("journal", got, reference->journal);
    got = cluster_value(pg, "SELECT state FROM pgkeel.run ORDER BY run DESC LIMIT 1");
    return strcmp(got, "complete") == 0 ? NULL : differs("state", got, "complete");
}

int64_t stand_redone(keel_pg *pg)
{
    if (!stand_until(pg, nobody_sql))
        stand_bail_out("redone", "backends of pgkeel do not end");
    return strtoll(cluster_value(pg, redone_sql), NULL, 10);
}

int stand_verify(const char *conninfo)
{
    pid_t process = stand_start(NULL, "transfer", "verify", "--db", conninfo, NULL);
    int code = stand_finish(process);

    if (code != 0)
        printf("# %.1000s\n", stand_said(process));
    return code;
}
