#include "journal/footprint.h"

/* An index counts as its table, which holds it; a partitioned table as all of its partitions, whom no lock is taken on. */
static void add_relations(keel_str *out, const char *names, bool with_those_before)
{
    keel_str_add(out, "(WITH RECURSIVE relation(oid) AS (SELECT coalesce(i.indrelid, n.oid) FROM (SELECT"
                      " pg_catalog.to_regclass(name)::oid FROM pg_catalog.unnest(");
    keel_str_add(out, names);
    keel_str_add(out, ") t(name)");
    if (with_those_before)
        keel_str_add(out, " UNION SELECT pg_catalog.unnest(pg_catalog.string_to_array("
                          "pg_catalog.current_setting('pgkeel.relations', true), ' ')::oid[])");
    keel_str_add(out, ") n(oid) LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = n.oid WHERE n.oid IS NOT NULL"
                      " UNION SELECT c.inhrelid FROM relation JOIN pg_catalog.pg_inherits c ON c.inhparent = relation.oid)"
                      " SELECT oid, pg_catalog.pg_total_relation_size(oid) FROM relation) r(oid, size)");
}

void keel_footprint_add_begin(keel_str *out, const char *names, bool local)
{
    const char *until = local ? "true" : "false";

    keel_str_addf(out, "SELECT pg_catalog.set_config('pgkeel.wal', pg_catalog.pg_current_wal_insert_lsn()::text, %s),"
                       " pg_catalog.set_config('pgkeel.size', coalesce(pg_catalog.sum(size), 0)::text, %s),"
                       " pg_catalog.set_config('pgkeel.relations', coalesce(pg_catalog.string_agg(oid::text, ' '), ''), %s)"
                       " FROM ", until, until, until);
    add_relations(out, names, false);
}

void keel_footprint_add_wal(keel_str *out)
{
    keel_str_add(out, "pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(),"
                      " nullif(pg_catalog.current_setting('pgkeel.wal', true), '')::pg_catalog.pg_lsn)");
}

void keel_footprint_add_size(keel_str *out, const char *names)
{
    keel_str_add(out, "(SELECT coalesce(pg_catalog.sum(size), 0) FROM ");
    add_relations(out, names, true);
    keel_str_add(out, ") - nullif(pg_catalog.current_setting('pgkeel.size', true), '')::bigint");
}

/* A partitioned table has no room of its own, and adding up its partitions is not cheap: NULL. */
static void add_size_of(keel_str *out, const char *oid)
{
    keel_str_addf(out, "CASE WHEN pg_catalog.pg_relation_filenode(%s) IS NOT NULL THEN pg_catalog.pg_total_relation_size(%s)"
                       " WHEN pg_catalog.pg_partition_root(%s) IS NULL THEN 0 END", oid, oid, oid);
}

void keel_footprint_add_begin_one(keel_str *out, const char *name)
{
    KEEL_CLEANUP(keel_str_free) keel_str oid = {0};

    keel_str_addf(&oid, "pg_catalog.to_regclass(%s)", name);
    keel_str_add(out, "pg_catalog.set_config('pgkeel.wal', pg_catalog.pg_current_wal_insert_lsn()::text, true),"
                      " pg_catalog.set_config('pgkeel.size', coalesce((");
    add_size_of(out, keel_str_text(&oid));
    keel_str_add(out, ")::text, ''), true)");
}

void keel_footprint_add_size_one(keel_str *out, const char *name)
{
    KEEL_CLEANUP(keel_str_free) keel_str oid = {0};

    keel_str_addf(&oid, "pg_catalog.to_regclass(%s)", name);
    add_size_of(out, keel_str_text(&oid));
    keel_str_add(out, " - nullif(pg_catalog.current_setting('pgkeel.size', true), '')::bigint");
}

void keel_footprint_add_end(keel_str *out, const char *names)
{
    keel_str_add(out, "SELECT ");
    keel_footprint_add_wal(out);
    keel_str_add(out, ", ");
    keel_footprint_add_size(out, names);
}
