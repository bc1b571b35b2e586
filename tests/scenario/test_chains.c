/* The factory's chain on 105,600 rows in the old spelling: up, one step down, up, down to the first version, up again; a
 * prober wants every table meanwhile. What was in the tables before is in them after, to the last row. The marks (S4-33)
 * are rows of the users' requirements. */

#include "factory.h"
#include "probe.h"

/* The columns of version 0001, in its spelling. */
#define ROWS                                                                                                          \
    "SELECT id, wip_id, serial_id, process_id, operator_id, equipment_id, lower(data_level) AS data_level, started_at," \
    " completed_at, process_time_seconds, result, measurements::text AS measurements, parameters::text AS parameters,"  \
    " defect_code, defect_reason, rework_count, notes, created_at, updated_at FROM process_data"
#define SUM "SELECT sum(hashtextextended(r::text, 0)) FROM (" ROWS ") r"
#define COUNTS                                                                                                         \
    "SELECT concat_ws(' ', (SELECT count(*) FROM lots), (SELECT count(*) FROM serials), (SELECT count(*) FROM process_data)," \
    " (SELECT count(*) FROM equipment), (SELECT count(*) FROM wip_items), (SELECT count(*) FROM users))"
#define TIMES                                                                                                         \
    "SELECT concat_ws(' ', sum(extract(epoch FROM started_at)), sum(extract(epoch FROM completed_at)),"                \
    " sum(extract(epoch FROM created_at)), sum(extract(epoch FROM updated_at)), max(started_at)) FROM process_data"
#define QUALITY                                                                                                       \
    "SELECT string_agg(q, ',') FROM (SELECT quality_status || ' ' || count(*) AS q FROM"                               \
    " (SELECT quality_status FROM wip_items UNION ALL SELECT quality_status FROM serials"                              \
    "  UNION ALL SELECT quality_status FROM wip_process_history) a GROUP BY quality_status ORDER BY 1) b"

/* Every row has the lot of its unit or its serial, and every foreign key is sure. */
static void is_related(keel_pg *pg, const char *when)
{
    is_str(cluster_value(pg, "SELECT count(*) FROM process_data d LEFT JOIN wip_items w ON w.id = d.wip_id"
                             " LEFT JOIN serials s ON s.id = d.serial_id"
                             " WHERE d.lot_id IS DISTINCT FROM coalesce(s.lot_id, w.lot_id)"),
           "0", "S4-36 %s: every row belongs to the lot of its unit", when);
    is_str(cluster_value(pg, "SELECT string_agg(conname, ', ') FROM pg_constraint WHERE NOT convalidated"), "(null)",
           "S4-36 %s: no constraint is left to be validated", when);
}

typedef struct way {
    keel_arena *arena;
    keel_pg *pg;
    char conninfo[CLUSTER_CONNINFO_SIZE];
    char counts[256], times[512], sum[64], quality[512]; /* before anything is done */
    const chain_schema *first, *fourth, *last;
} way;

static void is_kept(const way *w, const char *when)
{
    is_str(cluster_value(w->pg, COUNTS), w->counts, "S4-33 %s: as many rows in every table", when);
    is_str(cluster_value(w->pg, TIMES), w->times, "S4-35 %s: every time is as it was, to the microsecond", when);
    is_str(cluster_value(w->pg, "SELECT count(*) FROM kept.sample s JOIN (" ROWS ") r USING (id) WHERE s::text = r::text"),
           "100", "S4-34 %s: 100 sampled rows are unchanged", when);
    is_str(cluster_value(w->pg, SUM), w->sum, "S4-34 %s: and so are all others", when);
}

static void note(char *out, size_t size, keel_pg *pg, const char *sql)
{
    snprintf(out, size, "%s", cluster_value(pg, sql));
}

static void test_lint_beforehand(const way *w)
{
    chain_run run = chain_lint_pending(w->arena, w->conninfo, chain_example(w->arena, FACTORY_CHAIN));

    chain_good(&run, "S1-14: lint --live has no error to report of the chain, on the filled database");
}

/* A command that was forgotten is asked for, and nothing of the step is done. */
static void test_without_backfill(const way *w)
{
    chain_run run = factory_run(w->arena, w->conninfo, "up", NULL, NULL);

    is_int(run.exit_code, 2, "traps 7 and 8: without the backfill the chain stops");
    ok(strstr(chain_failure(&run), "0003_require_lot.sql:3: process_data has rows without a lot") != NULL,
       "before any rule is made: %s", chain_failure(&run));
    ok(strstr(chain_advice(&run), "pgkeel migrate backfill") != NULL, "and says what is wanted: %s", chain_advice(&run));
    is_str(cluster_value(w->pg, "SELECT count(*) FROM pg_constraint WHERE conname = 'ck_process_data_lot_known'"), "0",
           "nothing of 0003 is done");
    chain_run status = factory_run(w->arena, w->conninfo, "status", NULL, NULL);
    is_str(chain_versions(w->arena, &status, "applied"), "0001 0002", "S4-22: the current revision is 0002");
}

static void test_up(way *w)
{
    chain_run run;

    test_without_backfill(w);
    cluster_exec(w->pg, "INSERT INTO process_data (wip_id, process_id, operator_id, data_level, started_at)"
                        " VALUES (7, 1, 1, 'wip', now())");
    is_str(cluster_value(w->pg, "DELETE FROM process_data WHERE result = 'pending' RETURNING data_level || ' ' ||"
                                " (lot_id = (SELECT lot_id FROM wip_items WHERE id = 7))"),
           "WIP true", "in between, a program of the old version writes what it always wrote");
    ok(factory_fill(w->arena, w->conninfo), "the backfill");
    run = factory_run(w->arena, w->conninfo, "up", "--to", "0004");
    chain_good(&run, "S4-23: up to 0004");
    w->fourth = chain_schema_of(w->arena, w->pg);
    run = factory_run(w->arena, w->conninfo, "up", NULL, NULL);
    chain_good(&run, "S4-23: up to the end");
    is_int(chain_number(&run, "migrations"), 1, "S4-25: which is one migration more");
    w->last = chain_schema_of(w->arena, w->pg);
    run = factory_run(w->arena, w->conninfo, "status", NULL, NULL);
    is_str(chain_versions(w->arena, &run, "applied"), "0001 0002 0003 0004 0005", "S4-22 S4-123: the current revision");
    is_int(chain_number(&run, "pending"), 0, "S4-25: nothing is pending");
    is_str(cluster_value(w->pg, "SELECT pg_get_indexdef('uq_process_data_lot_process_wip'::regclass) || ' ' || indisvalid"
                                " FROM pg_index WHERE indexrelid = 'uq_process_data_lot_process_wip'::regclass"),
           "CREATE UNIQUE INDEX uq_process_data_lot_process_wip ON public.process_data USING btree (lot_id, process_id,"
           " wip_id) WHERE ((wip_id IS NOT NULL) AND ((result)::text = 'pass'::text)) true",
           "S4-26 S4-27: the column and the unique index, by definition");
}

/* quality_status, whose CHECKs let anything in before 0004. */
static void test_quality(const way *w)
{
    keel_error err = {0};

    ok(strstr(w->quality, "garbage") != NULL && strstr(w->quality, "Pass") != NULL,
       "IN ('pass', 'fail', 'rework', NULL) let everything in: %s", w->quality);
    is_str(cluster_value(w->pg, "SELECT string_agg(DISTINCT quality_status, ' ') FROM wip_items"), "pass rework",
           "0004 has brought it in order");
    is_str(cluster_value(w->pg, "SELECT count(*) > 0 FROM quality_status_as_found WHERE quality_status = 'garbage'"), "t",
           "and knows what it found");
    ok(!keel_pg_exec(w->pg, &err, "UPDATE wip_items SET quality_status = 'garbage' WHERE id = 1"), "no more garbage: %s",
       err.message);
}

/* What the steps cost stands in the journal. */
static void test_watched(const way *w)
{
    chain_run run = factory_run(w->arena, w->conninfo, "status", NULL, NULL);

    ok(strstr(run.text, "\"duration_ms\":") != NULL && strstr(run.text, "\"lock_wait_ms\":") != NULL &&
           strstr(run.text, "\"retries\":") != NULL,
       "S4-37 S4-39: every step is timed, with its waits for locks");
    ok(strstr(run.text, "\"wal_bytes\":") != NULL && strstr(run.text, "\"size_change\":") != NULL,
       "S4-40: with its log and the growth of its tables");
    is_str(cluster_value(w->pg, "SELECT sum(wal_bytes) > 100000 AND sum(size_change) > 1000000 FROM pgkeel.migration_step"),
           "t", "S4-40: which are more than nothing");
    is_str(cluster_value(w->pg, "SELECT max(lock_wait_ms) < 5000 FROM pgkeel.migration_step"), "t",
           "S4-41: no step waited 5 s for a lock");
}

static void test_one_step(const way *w)
{
    chain_run run = factory_run(w->arena, w->conninfo, "down", NULL, NULL);

    chain_good(&run, "S4-28 S4-29: one step down");
    is_str(chain_difference(w->arena, w->last, chain_schema_of(w->arena, w->pg)),
           "- index public.uq_process_data_lot_process_wip", "S4-30: which takes away what it had added, and nothing else");
    is_str(chain_difference(w->arena, w->fourth, chain_schema_of(w->arena, w->pg)), "", "S4-30: the schema of 0004");
    run = factory_run(w->arena, w->conninfo, "up", NULL, NULL);
    chain_good(&run, "S4-31: and up again");
    is_str(chain_difference(w->arena, w->last, chain_schema_of(w->arena, w->pg)), "", "S4-32: to the schema that was");
    run = factory_run(w->arena, w->conninfo, "verify", NULL, NULL);
    chain_good(&run, "S4-32: nothing has drifted");
}

/* Rows that the first schema cannot hold, on the way down and up again. */
static void test_first_and_back(const way *w)
{
    static const char beyond[] =
        "SELECT string_agg(concat_ws(' ', id, data_level, lot_id, wip_id, serial_id), ', ' ORDER BY id) FROM process_data"
        " WHERE id > 1000000";
    char rows[256];

    cluster_exec(w->pg, "INSERT INTO process_data (id, lot_id, wip_id, serial_id, process_id, operator_id, data_level,"
                        " started_at) SELECT 1000001, 3, NULL, NULL, 1, 1, 'LOT', now() UNION ALL"
                        " SELECT 1000002, s.lot_id, s.wip_id, s.id, 7, 1, 'SERIAL', now() FROM serials s WHERE s.id = 5");
    note(rows, sizeof rows, w->pg, beyond);
    ok(factory_down(w->arena, w->conninfo), "S4-30: down to 0001");
    is_kept(w, "at 0001 again");
    is_str(cluster_value(w->pg, "SELECT count(*) FROM process_data WHERE data_level NOT IN ('wip', 'serial')"), "0",
           "in the old spelling");
    is_str(cluster_value(w->pg, QUALITY), w->quality, "and people's own spellings are back");
    is_str(cluster_value(w->pg, "SELECT count(*) FROM process_data_beyond_0001"), "2", "rows it cannot hold are put aside");
    cluster_exec(w->pg, "ALTER TABLE process_data_beyond_0001 SET SCHEMA kept");
    is_str(chain_difference(w->arena, w->first, chain_schema_of(w->arena, w->pg)), "",
           "S4-30: beside them the schema is that of 0001");
    cluster_exec(w->pg, "ALTER TABLE kept.process_data_beyond_0001 SET SCHEMA public");
    ok(factory_up(w->arena, w->conninfo, NULL), "S4-31: and up again");
    is_str(cluster_value(w->pg, beyond), rows, "S4-31: up again, they are back with their lots");
    cluster_exec(w->pg, "DELETE FROM process_data WHERE id > 1000000");
    is_str(chain_difference(w->arena, w->last, chain_schema_of(w->arena, w->pg)), "", "S4-32: the schema is the last one");
}

static void test_whole_way(void)
{
    way w = {.arena = keel_arena_create()};
    static const char *const tables[] = {"process_data", "lots", "wip_items", "serials", "wip_process_history", NULL};
    probe p;

    w.pg = chain_database("whole_way", "filled", w.conninfo);
    note(w.counts, sizeof w.counts, w.pg, COUNTS);
    note(w.times, sizeof w.times, w.pg, TIMES);
    note(w.quality, sizeof w.quality, w.pg, QUALITY);
    w.first = chain_schema_of(w.arena, w.pg);
    note(w.sum, sizeof w.sum, w.pg, SUM);
    cluster_exec(w.pg, "CREATE SCHEMA kept; CREATE TABLE kept.sample AS SELECT * FROM (" ROWS ") r ORDER BY md5(id::text)"
                       " LIMIT 100");
    test_lint_beforehand(&w);
    probe_begin(&p, w.conninfo, tables);
    keel_usec began = keel_monotonic();
    test_up(&w);
    double seconds = (double)(keel_monotonic() - began) / KEEL_SECOND;
    ok(seconds < 30, "S4-37 S4-38 S4-122: 105,600 rows, from 0001 to the end, in %.1f s", seconds);
    is_kept(&w, "at the end");
    is_related(w.pg, "at the end");
    test_watched(&w);
    test_quality(&w);
    test_one_step(&w);
    test_first_and_back(&w);
    is_kept(&w, "at the end again");
    is_related(w.pg, "at the end again");
    ok(probe_end(&p), "S4-41: %lld times somebody wanted to write, and never waited 5 s: %s", (long long)p.attempts,
       p.err.message);
    keel_pg_close(w.pg);
    keel_arena_free(w.arena);
}

/* The first version gives up its tables when they are empty, and not before. */
static void test_to_base(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char conninfo[CLUSTER_CONNINFO_SIZE], nowhere[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *none = chain_database("nothing", NULL, nowhere);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = chain_database("to_base", "filled", conninfo);

    chain_run run = factory_run(arena, conninfo, "down", "--to", "0");
    ok(run.exit_code == 2 && strstr(chain_failure(&run), "there are rows in ") != NULL,
       "no way down loses a row, not even the last: %s", chain_failure(&run));
    is_str(cluster_value(pg, "SELECT count(*) FROM process_data"), "105600", "all rows are there");
    cluster_exec(pg, "TRUNCATE users, product_models, production_lines, processes, equipment, lots CASCADE");
    ok(factory_up(arena, conninfo, NULL), "up without rows");
    run = factory_run(arena, conninfo, "down", "--to", "0");
    chain_good(&run, "S4-100: empty, it goes all the way down");
    is_str(chain_difference(arena, chain_schema_of(arena, none), chain_schema_of(arena, pg)), "",
           "S4-100: to a schema as empty as a new database's");
    run = factory_run(arena, conninfo, "status", NULL, NULL);
    is_str(chain_versions(arena, &run, "applied"), "", "S4-100: no revision is left");
}

int main(int argc, char **argv)
{
    chain_open(argc, argv);
    factory_template("filled");
    test_whole_way();
    test_to_base();
    chain_close();
    return done_testing();
}
