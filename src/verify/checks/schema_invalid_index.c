#include <stdlib.h>
#include <string.h>

#include "verify/wording.h"

enum { LOOKS = 3 };
static const keel_usec between_looks = 50 * 1000;

/* Indexes of the selected tables and of their TOAST tables that are not in order. Columns: index, its schema and name,
 * table, is partitioned, is of a TOAST table, is unique, valid, ready, live, partitions without a part of it. */
static const char suspects_sql[] =
    "SELECT i.indexrelid, xn.nspname, x.relname, c.oid, x.relkind = 'I', i.indrelid <> c.oid, i.indisunique,"
    "       i.indisvalid, i.indisready, i.indislive,"
    "       (SELECT pg_catalog.array_agg(pn.nspname || '.' || p.relname ORDER BY pn.nspname, p.relname)"
    "          FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class p ON p.oid = h.inhrelid AND p.relkind <> 'f'"
    "          JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace"
    "         WHERE x.relkind = 'I' AND h.inhparent = c.oid AND NOT EXISTS ("
    "               SELECT FROM pg_catalog.pg_inherits xh JOIN pg_catalog.pg_index xi ON xi.indexrelid = xh.inhrelid"
    "                WHERE xh.inhparent = x.oid AND xi.indrelid = p.oid AND xi.indisvalid))"
    "  FROM pg_catalog.pg_class c"
    "  JOIN pg_catalog.pg_index i ON i.indrelid IN (c.oid, NULLIF(c.reltoastrelid, 0))"
    "  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"
    "  JOIN pg_catalog.pg_namespace xn ON xn.oid = x.relnamespace"
    " WHERE c.oid = ANY ($1::pg_catalog.oid[]) AND NOT (i.indisvalid AND i.indisready AND i.indislive)"
    " ORDER BY xn.nspname, x.relname";

static const char count_sql[] =
    "SELECT pg_catalog.count(*) FROM pg_catalog.pg_index i WHERE i.indrelid = ANY ($1::pg_catalog.oid[])";

/* Tables on which somebody builds an index right now: $1 are the suspects' oids. An index of a partitioned table is
 * being built while one of its partitions is. Without the privilege to see progress, the lock that a concurrent build
 * holds on its table tells. */
static const char builders_sql[] =
    "WITH RECURSIVE suspect AS ("
    "  SELECT i.indexrelid, i.indrelid FROM pg_catalog.pg_index i WHERE i.indexrelid = ANY ($1::pg_catalog.oid[])"
    "), place(indexrelid, oid) AS ("
    "  SELECT s.indexrelid, s.indrelid FROM suspect s"
    "   UNION SELECT p.indexrelid, h.inhrelid FROM place p JOIN pg_catalog.pg_inherits h ON h.inhparent = p.oid"
    "), busy AS MATERIALIZED ("
    "  SELECT g.relid, g.index_relid, g.pid FROM pg_catalog.pg_stat_progress_create_index g"
    "   WHERE g.datid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())"
    "), held AS MATERIALIZED ("
    "  SELECT l.relation, l.pid FROM pg_catalog.pg_locks l"
    "   WHERE l.locktype = 'relation' AND l.granted"
    "     AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'AccessExclusiveLock'))"
    "SELECT p.indexrelid FROM place p"
    " WHERE EXISTS (SELECT FROM busy b WHERE b.relid = p.oid OR b.index_relid = p.indexrelid"
    "                  OR (b.relid IS NULL AND EXISTS (SELECT FROM held h"
    "                                                   WHERE h.pid = b.pid AND h.relation = p.oid)))";

/* Still there and still not in order, in a snapshot of its own. */
static const char recheck_sql[] =
    "SELECT i.indexrelid FROM pg_catalog.pg_index i WHERE i.indexrelid = ANY ($1::pg_catalog.oid[])"
    "   AND NOT (i.indisvalid AND i.indisready AND i.indislive)";

typedef struct suspects {
    keel_pg_result *rows;
    bool *cleared; /* being built, finished or dropped meanwhile */
} suspects;

static const char *oids_left(keel_check_run *run, const suspects *s)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    for (int row = 0; row < keel_pg_rows(s->rows); row++)
        if (!s->cleared[row])
            keel_str_addf(&out, "%s%s", out.size > 0 ? "," : "", keel_pg_text(s->rows, row, 0));
    return keel_arena_printf(run->arena, "{%s}", keel_str_text(&out));
}

static bool names(const keel_pg_result *answer, const char *oid)
{
    for (int row = 0; row < keel_pg_rows(answer); row++)
        if (strcmp(keel_pg_text(answer, row, 0), oid) == 0)
            return true;
    return false;
}

/* The snapshot is old and progress is now: whoever was building may have finished since. So the builders are asked for
 * first and the catalogue after them, on a connection without a snapshot; and more than once, because a build reports
 * its end a moment before it commits. */
static bool look_again(keel_check_run *run, keel_pg *pg, suspects *s, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *building = NULL;
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *broken = NULL;
    const char *oids = oids_left(run, s);

    if (!keel_pg_query(pg, &building, err, builders_sql, 1, &oids) ||
        !keel_pg_query(pg, &broken, err, recheck_sql, 1, &oids))
        return false;
    for (int row = 0; row < keel_pg_rows(s->rows); row++) {
        const char *oid = keel_pg_text(s->rows, row, 0);
        s->cleared[row] = s->cleared[row] || names(building, oid) || !names(broken, oid);
    }
    return true;
}

static bool clear_those_being_built(keel_check_run *run, suspects *s, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;

    if (!keel_pg_open(run->conninfo, "check invalid index", &pg, err))
        return false;
    for (int look = 0; look < LOOKS; look++) {
        if (look > 0)
            keel_sleep(between_looks);
        if (!look_again(run, pg, s, err))
            return false;
    }
    return true;
}

/* "_ccnew", "_ccold", "_ccnew1": what REINDEX CONCURRENTLY calls its own. */
static const char *leftover_of(const char *name)
{
    static const char *const suffixes[] = {"_ccnew", "_ccold"};
    size_t size = strlen(name);

    while (size > 0 && name[size - 1] >= '0' && name[size - 1] <= '9')
        size--;
    for (size_t i = 0; i < KEEL_COUNT_OF(suffixes); i++)
        if (size > 6 && strncmp(name + size - 6, suffixes[i], 6) == 0)
            return suffixes[i];
    return NULL;
}

static const char *remedy_for(keel_check_run *run, const keel_pg_result *rows, int row)
{
    const char *index = keel_word_sql(run, keel_pg_text(rows, row, 1), keel_pg_text(rows, row, 2));

    if (keel_pg_bool(rows, row, 4))
        return keel_arena_printf(run->arena, "For each partition without it: CREATE INDEX CONCURRENTLY .. ON partition; "
                                             "ALTER INDEX %s ATTACH PARTITION ..;", index);
    if (keel_pg_bool(rows, row, 5))
        return keel_arena_printf(run->arena, "DROP INDEX %s;", index);
    if (leftover_of(keel_pg_text(rows, row, 2)) != NULL || !keel_pg_bool(rows, row, 9))
        return keel_arena_printf(run->arena, "DROP INDEX CONCURRENTLY %s;", index);
    return keel_arena_printf(run->arena, "REINDEX INDEX CONCURRENTLY %s; or, if nobody misses it: DROP INDEX "
                                         "CONCURRENTLY %s;", index, index);
}

static const char *what_it_is(const keel_pg_result *rows, int row)
{
    const char *suffix = leftover_of(keel_pg_text(rows, row, 2));

    if (keel_pg_bool(rows, row, 4))
        return "is not valid: some partitions have no part of it";
    if (suffix != NULL && strcmp(suffix, "_ccnew") == 0)
        return "is left over from a REINDEX CONCURRENTLY that failed: the old index still serves, this one only costs";
    if (suffix != NULL)
        return "is left over from a REINDEX CONCURRENTLY that succeeded but could not drop its old index";
    if (!keel_pg_bool(rows, row, 9))
        return "is half dropped: a DROP INDEX CONCURRENTLY did not finish";
    if (!keel_pg_bool(rows, row, 8))
        return "is not ready: a CREATE INDEX CONCURRENTLY did not finish, new rows are not in it and no query uses it";
    return keel_pg_bool(rows, row, 6)
               ? "is not valid: a concurrent build did not finish (perhaps over duplicates), so it proves no uniqueness "
                 "of the rows from before, and no query uses it"
               : "is not valid: a concurrent build did not finish; writes pay for it and no query uses it";
}

static void report(keel_check_run *run, const keel_pg_result *rows, int row)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    const keel_pg_table *table = keel_pg_catalog_find_oid(run->db->catalog, keel_word_oid(rows, row, 3));
    const char *name = keel_word_name(run, keel_pg_text(rows, row, 1), keel_pg_text(rows, row, 2));
    bool unsure = run->db->standby; /* builders are seen on the primary only */
    keel_json json;

    keel_evidence_start(&json, &evidence);
    keel_json_kv_text(&json, "table", table != NULL ? keel_check_table_name(run, table) : NULL);
    keel_json_kv_bool(&json, "valid", keel_pg_bool(rows, row, 7));
    keel_json_kv_bool(&json, "ready", keel_pg_bool(rows, row, 8));
    if (!keel_pg_is_null(rows, row, 10))
        keel_json_kv_text(&json, "partitions_without", keel_pg_text(rows, row, 10));
    keel_check_found_as(run, unsure ? KEEL_WARNING : run->check->severity, name, keel_evidence_finish(&json),
                        remedy_for(run, rows, row), "index %s%s", what_it_is(rows, row),
                        unsure ? "; this is a standby: somebody may be building it on the primary" : "");
}

static bool run_check(keel_check_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *total = NULL;
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_check_query(run, &total, err, count_sql) || !keel_check_query(run, &rows, err, suspects_sql))
        return false;
    keel_check_looked(run, keel_pg_int(total, 0, 0), "indexes");
    if (keel_pg_rows(rows) == 0)
        return true;
    suspects s = {.rows = rows, .cleared = keel_arena_alloc(run->arena, (size_t)keel_pg_rows(rows))};
    if (!run->db->standby && !clear_those_being_built(run, &s, err))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++)
        if (!s.cleared[row])
            report(run, rows, row);
    return true;
}

const keel_check keel_check_schema_invalid_index = {
    .id = "schema.invalid_index",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_ERROR,
    .title = "every index is valid",
    .help = "Looks for indexes that are not valid or not ready: what a CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY "
            "leaves behind when it is cancelled, deadlocks, or meets a duplicate. No query uses such an index, writes pay "
            "for it, and a unique one proves nothing about the rows from before. Also names the _ccnew and _ccold "
            "leftovers of REINDEX CONCURRENTLY, and indexes of partitioned tables that some partition lacks. An index that "
            "somebody is building at this moment is not reported; on a standby, where that cannot be seen, it is a WARNING.",
    .triggers = "CREATE TABLE orders (id int PRIMARY KEY, at date NOT NULL);"
                "CREATE INDEX orders_at ON orders (at);"
                "UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = 'orders_at'::regclass;",
    .passes = "CREATE TABLE orders (id int PRIMARY KEY, at date NOT NULL);"
              "CREATE INDEX orders_at ON orders (at);",
    .run = run_check,
};
