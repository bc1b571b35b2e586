#include <string.h>

#include "base/map.h"
#include "verify/indexes.h"

/* A table smaller than this is read as a whole anyway, whatever indexes it has. */
enum { SMALL_TABLE_BYTES = 128 * 1024, YOUNG_DAYS = 14 };

/* Columns: index, scans (of a partitioned index: of all its parts). */
static const char scans_sql[] =
    "WITH RECURSIVE wanted(oid) AS ("
    "  SELECT pg_catalog.unnest($1::pg_catalog.oid[])"
    "   UNION SELECT h.inhrelid FROM wanted w JOIN pg_catalog.pg_inherits h ON h.inhparent = w.oid"
    "), part(root, oid) AS ("
    "  SELECT i.indexrelid, i.indexrelid FROM wanted w JOIN pg_catalog.pg_index i ON i.indrelid = w.oid"
    "   UNION ALL SELECT p.root, h.inhrelid FROM part p JOIN pg_catalog.pg_inherits h ON h.inhparent = p.oid)"
    "SELECT p.root, COALESCE(sum(pg_catalog.pg_stat_get_numscans(p.oid)), 0) FROM part p GROUP BY p.root";

static const char age_sql[] =
    "SELECT pg_catalog.to_char(d.stats_reset, 'YYYY-MM-DD'),"
    "       pg_catalog.floor(EXTRACT(epoch FROM pg_catalog.now() - d.stats_reset) / 86400)::pg_catalog.int8"
    "  FROM pg_catalog.pg_stat_database d WHERE d.datname = pg_catalog.current_database()";

typedef struct statistics {
    keel_map *scans; /* the keys are the oids of those never scanned */
    const char *since;
    int64_t days;
} statistics;

static bool read_statistics(keel_check_run *run, statistics *stats, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *age = NULL;

    if (!keel_check_query(run, &rows, err, scans_sql) || !keel_pg_query(run->pg, &age, err, age_sql, 0, NULL))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++)
        if (keel_pg_int(rows, row, 1) == 0)
            keel_map_put(stats->scans, keel_pg_text(rows, row, 0), stats->scans);
    if (keel_pg_rows(age) == 1 && !keel_pg_is_null(age, 0, 0)) {
        stats->since = keel_word_cell(run, age, 0, 0);
        stats->days = keel_pg_int(age, 0, 1);
    }
    return true;
}

static bool never_scanned(keel_check_run *run, const statistics *stats, const keel_index_facts *index)
{
    return keel_map_get(stats->scans, keel_arena_printf(run->arena, "%u", index->oid)) != NULL;
}

/* What the silence is worth. */
static const char *age_in_words(keel_check_run *run, const statistics *stats)
{
    if (stats->since == NULL)
        return "since the statistics began; they were never reset, their age is not known";
    if (stats->days < YOUNG_DAYS)
        return keel_arena_printf(run->arena, "since %s; the statistics are young (%lld days): ask again later",
                                 stats->since, (long long)stats->days);
    return keel_arena_printf(run->arena, "since %s (%lld days)", stats->since, (long long)stats->days);
}

static void report(keel_check_run *run, const statistics *stats, const keel_index_facts *index)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    const char *remedy = keel_arena_printf(run->arena, "DROP INDEX%s %s;", index->partitioned ? "" : " CONCURRENTLY",
                                           keel_word_sql(run, index->schema, index->name));
    keel_json json;

    keel_evidence_start(&json, &evidence);
    keel_json_kv_text(&json, "table", keel_check_table_name(run, index->table));
    keel_json_kv_int(&json, "bytes", index->bytes);
    keel_json_kv_text(&json, "statistics_since", stats->since);
    if (stats->since != NULL)
        keel_json_kv_int(&json, "statistics_days", stats->days);
    keel_json_kv_bool(&json, "standby", run->db->standby);
    keel_check_found(run, keel_word_name(run, index->schema, index->name), keel_evidence_finish(&json), remedy,
                     "index of %s was not used %s; %s keeps its own count", keel_word_bytes(run, index->bytes),
                     age_in_words(run, stats), run->db->standby ? "the primary" : "every replica");
}

static bool may_be_spared(const keel_index_facts *index)
{
    return !index->unique && index->usable && !keel_index_is_bound(index);
}

static bool run_check(keel_check_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *scans = keel_map_create();
    statistics stats = {.scans = scans};
    keel_index_list indexes;
    int64_t looked = 0;

    if (!keel_indexes_load(run, &indexes, err) || !read_statistics(run, &stats, err))
        return false;
    for (size_t i = 0; i < indexes.count; i++) {
        const keel_index_facts *index = &indexes.items[i];
        if (!may_be_spared(index))
            continue;
        looked++;
        int64_t size = index->partitioned ? index->bytes : index->table_bytes;
        if (size >= SMALL_TABLE_BYTES && never_scanned(run, &stats, index))
            report(run, &stats, index);
    }
    keel_check_looked(run, looked, "plain indexes");
    return true;
}

const keel_check keel_check_schema_unused_index = {
    .id = "schema.unused_index",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_INFO,
    .title = "every index is used",
    .help = "Lists indexes that no query has scanned since this server's statistics were last reset, with their size and "
            "the age of the statistics. Every index is paid for by each INSERT and most UPDATEs, in WAL and in memory. "
            "Unique indexes, those behind constraints and the replica identity are left out, and so are indexes of tables "
            "below 128 kB, which are read as a whole anyway. An index that only a replica or only the yearly report uses "
            "counts as unused here: look at every replica, and at statistics old enough, before dropping.",
    .triggers = "CREATE TABLE events (id int PRIMARY KEY, kind text);"
                "INSERT INTO events SELECT i, 'kind ' || i FROM generate_series(1, 4000) i;"
                "CREATE INDEX events_kind ON events (kind);",
    .passes = "CREATE TABLE events (id int PRIMARY KEY, kind text);"
              "CREATE INDEX events_kind ON events (kind);",
    .run = run_check,
};
