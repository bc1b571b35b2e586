/* Baselines: every kind of change is found by the check meant for it, alone and at its severity; a database that has
 * not changed gives nothing. S4-33 rows, S4-34 sampled records, S4-35 timestamps, S4-36 foreign keys, S4-131
 * comparison with a baseline, S4-133 size. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "checked.h"
#include "cluster.h"
#include "tap.h"
#include "verify/baseline.h"

static const char *const baseline_only[] = {"baseline", NULL};
static char path[] = "/tmp/pgkeel-baseline-XXXXXX";

static const char factory_sql[] =
    "CREATE TYPE public.grade AS ENUM ('a', 'b');"
    "CREATE DOMAIN public.weight AS numeric CHECK (VALUE > 0);"
    "CREATE TABLE lots (id bigserial PRIMARY KEY, code text NOT NULL CONSTRAINT lots_code UNIQUE, status text DEFAULT 'new',"
    " made timestamptz NOT NULL DEFAULT now(), note varchar(40), CONSTRAINT lots_status CHECK (status <> ''));"
    "CREATE TABLE serials (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, lot_id bigint NOT NULL"
    " CONSTRAINT serials_lot REFERENCES lots, n numeric(10, 2), g grade, w weight, data jsonb, f float8);"
    "CREATE TABLE pairs (a int, b text, c int, PRIMARY KEY (a, b));"
    "CREATE TABLE codes (id uuid PRIMARY KEY, v text); CREATE TABLE loose (a int, b text);"
    "CREATE TABLE days (day date NOT NULL, id int NOT NULL, v text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);"
    "CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');"
    "CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2026-07-01') TO ('2027-01-01');"
    "CREATE TABLE \"Odd \"\"Name\" (\"Key, One\" text PRIMARY KEY, \"select\" int);"
    "CREATE INDEX serials_lot_id ON serials (lot_id); CREATE INDEX lots_made ON lots (made) WHERE status = 'new';"
    "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
    "CREATE TRIGGER lots_touch BEFORE UPDATE ON lots FOR EACH ROW EXECUTE FUNCTION touch();"
    "CREATE VIEW fresh AS SELECT id, code FROM lots WHERE status = 'new';"
    "CREATE SEQUENCE tickets; SELECT nextval('tickets') FROM generate_series(1, 50);"
    "GRANT SELECT ON lots TO PUBLIC; ALTER TABLE codes ENABLE ROW LEVEL SECURITY; CREATE POLICY seen ON codes USING (true);"
    "INSERT INTO lots (code, note) SELECT 'L' || i, NULLIF(i % 3, 0)::text FROM generate_series(1, 300) i;"
    "INSERT INTO serials (lot_id, n, g, w, data, f) SELECT 1 + i % 300, i * 1.5, 'a', i, jsonb_build_object('i', i), i / 3.0"
    "  FROM generate_series(1, 900) i;"
    "INSERT INTO pairs SELECT i % 7, 'b' || i, i FROM generate_series(1, 60) i;"
    "INSERT INTO codes SELECT md5(i::text)::uuid, 'v' || i FROM generate_series(1, 40) i;"
    "INSERT INTO loose SELECT i % 5, 'x' FROM generate_series(1, 30) i;"
    "INSERT INTO days SELECT date '2026-01-01' + i, i, 'v' FROM generate_series(0, 300) i;"
    "INSERT INTO \"Odd \"\"Name\" VALUES ('a\"\\,{}', 1), ('', 2); ANALYZE;";

static bool save(const char *conninfo, keel_check_options options)
{
    KEEL_CLEANUP(keel_baseline_job_free_p) keel_baseline_job *job = keel_baseline_job_create(NULL);
    keel_error err = {0};

    options.baseline = job;
    options.only = options.only != NULL ? options.only : baseline_only;
    KEEL_CLEANUP(checked_free) checked c = check_database(conninfo, options);
    const keel_baseline *result = keel_baseline_job_result(job);
    if (c.database != NULL && result != NULL && keel_baseline_write(result, path, &err))
        return true;
    return ok(false, "the baseline is saved: %s%s", c.err.message, err.message);
}

static keel_baseline *load(keel_arena *arena)
{
    const keel_baseline *before = NULL;
    keel_baseline *copy = keel_arena_alloc(arena, sizeof *copy);
    keel_error err = {0};

    if (!keel_baseline_read(arena, path, &before, &err)) {
        printf("Bail out! %s\n", err.message);
        exit(1);
    }
    *copy = *before;
    return copy;
}

static checked compare_with(const keel_baseline *before, const char *conninfo, keel_check_options options)
{
    KEEL_CLEANUP(keel_baseline_job_free_p) keel_baseline_job *job = keel_baseline_job_create(before);

    options.baseline = job;
    options.only = options.only != NULL ? options.only : baseline_only;
    return check_database(conninfo, options);
}

static checked compare(keel_arena *arena, const char *conninfo, keel_check_options options)
{
    return compare_with(load(arena), conninfo, options);
}

static void show(const checked *c)
{
    for (size_t i = 0; i < keel_report_count(c->report); i++) {
        const keel_finding *f = keel_report_at(c->report, i);
        printf("# %s %s: %s: %s %s\n", keel_severity_name(f->severity), f->check, f->object, f->message,
               f->evidence != NULL ? f->evidence : "");
    }
}

typedef struct change {
    const char *sql;
    const char *check; /* without its group */
    keel_severity severity;
    const char *object;  /* NULL = any */
    const char *message; /* a part of it */
    int warnings;        /* findings of WARNING and worse; 0 = this one alone, or none if it is INFO */
} change;

static const change changes[] = {
    /* rows (S4-33) */
    {"DELETE FROM serials WHERE id = 7", "rows", KEEL_ERROR, "public.serials", "rows are gone: 1 of 900", 2},
    {"DELETE FROM serials WHERE id = 7; INSERT INTO serials (lot_id) VALUES (1), (2)", "rows", KEEL_ERROR,
     "public.serials", "rows are gone: 1 of 900", 2},
    {"TRUNCATE pairs", "rows", KEEL_ERROR, "public.pairs", "rows are gone: 60 of 60", 2},
    {"DELETE FROM loose WHERE a = 1", "rows", KEEL_ERROR, "public.loose", "rows are gone: 6 of 30", 0},
    {"DELETE FROM days WHERE id = 200", "rows", KEEL_ERROR, "public.days", "rows are gone: 1 of 301", 0},
    {"DROP TABLE days_2", "rows", KEEL_ERROR, "public.days", "rows are gone: 120 of 301", 2},
    {"INSERT INTO lots (code) VALUES ('new')", "rows", KEEL_INFO, "public.lots", "rows have been added: 1", 0},
    {"INSERT INTO codes VALUES (gen_random_uuid(), 'new')", "rows", KEEL_INFO, "public.codes", "added: 1", 0},
    {"DROP TABLE pairs", "rows", KEEL_ERROR, "public.pairs", "rows are gone with the table: 60", 2},
    /* contents (S4-34, S4-35, S4-36) */
    {"UPDATE serials SET lot_id = 5 WHERE id = 3", "hashes", KEEL_ERROR, "public.serials(lot_id)",
     "rows point elsewhere", 0},
    {"UPDATE lots SET made = made + interval '1 us' WHERE id = 300", "hashes", KEEL_WARNING, "public.lots(made)",
     "values are not those of the baseline", 0},
    {"UPDATE lots SET note = CASE id WHEN 1 THEN '2' ELSE '1' END WHERE id IN (1, 2)", "hashes", KEEL_WARNING,
     "public.lots(note)", "values are not those", 0}, /* two values have changed places */
    {"UPDATE lots SET note = NULL WHERE id = 1", "hashes", KEEL_WARNING, "public.lots(note)", "values are not those", 0},
    {"UPDATE lots SET note = '' WHERE id = 3", "hashes", KEEL_WARNING, "public.lots(note)", "values are not those", 0},
    {"UPDATE serials SET n = 0, f = 0 WHERE id = 900", "hashes", KEEL_WARNING, "public.serials(f)", "values", 2},
    {"INSERT INTO lots (code) VALUES ('new'); UPDATE lots SET status = 'old' WHERE id = 9", "hashes", KEEL_WARNING,
     "public.lots(status)", "values are not those", 0}, /* found although the table has grown */
    {"UPDATE pairs SET b = 'other' WHERE b = 'b9'", "hashes", KEEL_ERROR, "public.pairs", "other rows stand here", 2},
    {"UPDATE pairs SET c = 0 WHERE b = 'b9'", "hashes", KEEL_WARNING, "public.pairs(c)", "values", 0},
    {"UPDATE codes SET v = 'x' WHERE v = 'v3'", "hashes", KEEL_WARNING, "public.codes(v)", "values", 0},
    {"UPDATE loose SET b = 'y' WHERE ctid = (SELECT min(ctid) FROM loose)", "hashes", KEEL_WARNING, "public.loose",
     "rows are not those of the baseline", 0},
    {"UPDATE days SET v = 'w' WHERE id = 250", "hashes", KEEL_WARNING, "public.days(v)", "values", 0},
    {"UPDATE \"Odd \"\"Name\" SET \"select\" = 9", "hashes", KEEL_WARNING, "public.Odd \"Name(select)", "values", 0},
    {"INSERT INTO codes VALUES (gen_random_uuid(), 'new'); UPDATE codes SET v = 'x' WHERE v = 'v3'", "hashes",
     KEEL_WARNING, "public.codes", "sampled rows are not as they were: 1 of 40", 0},
    {"INSERT INTO codes VALUES (gen_random_uuid(), 'new'); DELETE FROM codes WHERE v = 'v3'", "hashes", KEEL_ERROR,
     "public.codes", "sampled rows are gone: 1 of 40", 2}, /* and other rows stand there */
    {"ALTER TABLE pairs DROP CONSTRAINT pairs_pkey, DROP COLUMN b", "hashes", KEEL_WARNING, "public.pairs",
     "cannot be compared with the baseline's: \"b\" of its key is gone", 3},
    /* schema */
    {"DROP TABLE loose", "schema", KEEL_CRITICAL, "public.loose", "the table is gone", 2},
    {"CREATE TABLE more (id int)", "schema", KEEL_INFO, "public.more", "the table is new", 0},
    {"ALTER TABLE lots DROP COLUMN note", "schema", KEEL_ERROR, "public.lots(note)", "the column is gone", 0},
    {"ALTER TABLE lots ADD COLUMN wip_id bigint", "schema", KEEL_INFO, "public.lots(wip_id)", "the column is new", 0},
    {"ALTER TABLE serials ALTER n TYPE numeric(12, 2)", "schema", KEEL_WARNING, "public.serials(n)",
     "the type was numeric(10,2) and is numeric(12,2)", 0}, /* and the values are the same */
    {"ALTER TABLE serials ALTER id TYPE bigint", "schema", KEEL_WARNING, "public.serials(id)",
     "the type was integer and is bigint", 2}, /* the sequence's too; the key's hashes are still the same */
    {"ALTER TABLE lots ALTER code DROP NOT NULL", "schema", KEEL_ERROR, "public.lots(code)", "may be NULL now", 0},
    {"ALTER TABLE lots ALTER status SET NOT NULL", "schema", KEEL_INFO, "public.lots(status)", "NOT NULL now", 0},
    {"ALTER TABLE lots ALTER status SET DEFAULT 'old'", "schema", KEEL_WARNING, "public.lots(status)",
     "the default was 'new'::text and is 'old'::text", 0},
    {"ALTER TABLE lots ALTER made DROP DEFAULT", "schema", KEEL_WARNING, "public.lots(made)", "is none", 0},
    {"ALTER TABLE serials ALTER id DROP IDENTITY", "schema", KEEL_WARNING, "public.serials(id)",
     "the column is an ordinary one, and was identity always", 2},
    {"ALTER TABLE loose SET UNLOGGED", "schema", KEEL_WARNING, "public.loose", "unlogged", 0},
    {"ALTER TABLE codes DISABLE ROW LEVEL SECURITY", "schema", KEEL_ERROR, "public.codes", "security is off", 0},
    {"DROP VIEW fresh", "schema", KEEL_ERROR, "public.fresh", "the view \"public.fresh\" is gone", 0},
    {"CREATE OR REPLACE VIEW fresh AS SELECT id, code FROM lots", "schema", KEEL_WARNING, "public.fresh", "has changed", 0},
    {"CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'", "schema",
     KEEL_WARNING, "public.touch()", "the function \"public.touch()\" has changed", 0},
    {"ALTER TYPE grade ADD VALUE 'c'", "schema", KEEL_WARNING, "public.grade", "the enum", 0},
    {"ALTER DOMAIN weight DROP CONSTRAINT weight_check", "schema", KEEL_WARNING, "public.weight", "the domain", 0},
    {"DROP POLICY seen ON codes", "schema", KEEL_ERROR, "public.codes.seen", "the policy", 0},
    {"REVOKE SELECT ON lots FROM PUBLIC", "schema", KEEL_WARNING, "public.lots", "the privileges", 0},
    {"DROP TABLE days_2", "schema", KEEL_WARNING, "public.days_2", "the partition of \"public.days\" is gone", 2},
    {"CREATE TABLE days_3 PARTITION OF days FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')", "schema", KEEL_INFO,
     "public.days_3", "the partition is new", 0},
    /* constraints */
    {"ALTER TABLE lots DROP CONSTRAINT lots_status", "constraints", KEEL_ERROR, "public.lots", "\"lots_status\" is gone", 0},
    {"ALTER TABLE serials DROP CONSTRAINT serials_lot", "constraints", KEEL_ERROR, "public.serials", "is gone", 0},
    {"ALTER TABLE lots DROP CONSTRAINT lots_code", "constraints", KEEL_ERROR, "public.lots", "\"lots_code\" is gone", 0},
    {"ALTER TABLE codes DROP CONSTRAINT codes_pkey", "constraints", KEEL_ERROR, "public.codes", "\"codes_pkey\" is gone", 0},
    {"ALTER TABLE lots DROP CONSTRAINT lots_status, ADD CONSTRAINT lots_status CHECK (true)", "constraints",
     KEEL_WARNING, "public.lots", "\"lots_status\" has changed", 0},
    {"ALTER TABLE lots DROP CONSTRAINT lots_status, ADD CONSTRAINT lots_status CHECK (status <> '') NOT VALID",
     "constraints", KEEL_WARNING, "public.lots", "is no longer validated", 0},
    {"ALTER TABLE lots RENAME CONSTRAINT lots_status TO lots_state", "constraints", KEEL_INFO, "public.lots",
     "\"lots_status\" is called \"lots_state\" now", 0},
    {"ALTER TABLE lots ADD CHECK (id > 0)", "constraints", KEEL_INFO, "public.lots", "is new", 0},
    /* indexes */
    {"DROP INDEX serials_lot_id", "indexes", KEEL_WARNING, "public.serials", "the index \"serials_lot_id\" is gone", 0},
    {"ALTER INDEX lots_made RENAME TO lots_made_at", "indexes", KEEL_INFO, "public.lots", "is called \"lots_made_at\"", 0},
    {"DROP INDEX lots_made; CREATE INDEX lots_made ON lots (made)", "indexes", KEEL_WARNING, "public.lots", "changed", 0},
    {"UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'lots_made'::regclass", "indexes", KEEL_ERROR,
     "public.lots", "is invalid now", 0},
    {"CREATE INDEX ON lots (note)", "indexes", KEEL_INFO, "public.lots", "is new", 0},
    /* triggers */
    {"DROP TRIGGER lots_touch ON lots", "triggers", KEEL_ERROR, "public.lots", "the trigger \"lots_touch\" is gone", 0},
    {"ALTER TABLE lots DISABLE TRIGGER lots_touch", "triggers", KEEL_ERROR, "public.lots", "is disabled now", 0},
    {"ALTER TABLE lots ENABLE REPLICA TRIGGER lots_touch", "triggers", KEEL_ERROR, "public.lots", "is disabled now", 0},
    {"DROP TRIGGER lots_touch ON lots; CREATE TRIGGER lots_touch BEFORE INSERT ON lots FOR EACH ROW"
     " EXECUTE FUNCTION touch()",
     "triggers", KEEL_WARNING, "public.lots", "has changed", 0},
    /* sequences */
    {"SELECT setval('lots_id_seq', 299)", "sequences", KEEL_ERROR, "public.lots_id_seq",
     "has moved back from 300 to 299", 0},
    {"ALTER SEQUENCE tickets RESTART", "sequences", KEEL_ERROR, "public.tickets", "from 50 to its start", 0},
    {"DROP SEQUENCE tickets", "sequences", KEEL_ERROR, "public.tickets", "the sequence is gone", 0},
    {"ALTER SEQUENCE tickets INCREMENT 10", "sequences", KEEL_WARNING, "public.tickets", "the sequence has changed", 0},
    {"CREATE SEQUENCE others", "sequences", KEEL_INFO, "public.others", "the sequence is new", 0},
    /* size (S4-133) */
    {"INSERT INTO loose SELECT i, repeat('x', 1000) FROM generate_series(1, 3000) i", "sizes", KEEL_INFO, "database",
     "grew from", 0},
    {"INSERT INTO loose SELECT i, repeat('x', 1000) FROM generate_series(1, 3000) i", "sizes", KEEL_INFO,
     "public.loose", "grew from", 0},
};

static const keel_finding *find(const checked *c, const change *wanted)
{
    for (size_t i = 0; i < keel_report_count(c->report); i++) {
        const keel_finding *f = keel_report_at(c->report, i);
        if (strcmp(f->check + strlen("baseline."), wanted->check) == 0 && f->severity == wanted->severity &&
            (wanted->object == NULL || strcmp(f->object, wanted->object) == 0) &&
            strstr(f->message, wanted->message) != NULL)
            return f;
    }
    return NULL;
}

static int warnings(const checked *c)
{
    return (int)(keel_report_count_of(c->report, KEEL_WARNING) + keel_report_count_of(c->report, KEEL_ERROR) +
                 keel_report_count_of(c->report, KEEL_CRITICAL));
}

static bool judge(const checked *c, const change *wanted)
{
    int severe = wanted->warnings != 0 ? wanted->warnings : wanted->severity >= KEEL_WARNING;

    if (find(c, wanted) != NULL && warnings(c) == severe)
        return true;
    printf("# wanted: %s: %s; of WARNING and worse %d, got %d\n", wanted->object, wanted->message, severe, warnings(c));
    return false;
}

/* Databases are copies of template1, where the factory stands. */
static void test_change(keel_scratch *cluster, const change *wanted, size_t number)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char conninfo[CLUSTER_CONNINFO_SIZE], name[64];

    snprintf(name, sizeof name, "change_%zu", number);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, name, conninfo);
    cluster_exec(pg, wanted->sql);
    KEEL_CLEANUP(checked_free) checked c = compare(arena, conninfo, (keel_check_options){0});
    if (!ok(judge(&c, wanted), "baseline.%s, %s: %s", wanted->check, keel_severity_name(wanted->severity), wanted->sql))
        show(&c);
}

static void unchanged(const char *conninfo, keel_check_options options, const char *what)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    KEEL_CLEANUP(checked_free) checked c = compare(arena, conninfo, options);
    size_t told = keel_report_count(c.report) - checked_count(&c, "baseline.sizes", "database");
    bool passed = keel_report_line_count(c.report) == 8;

    for (size_t i = 0; i < keel_report_line_count(c.report); i++)
        passed = passed && keel_report_line_at(c.report, i)->outcome == KEEL_CHECK_PASSED;
    if (!ok(passed && told == 0, "%s: nothing is found, and every check has looked", what))
        show(&c);
}

/* Physical order, dead rows, statistics and storage are no change; nor is who looks, or how many at once. */
static void test_unchanged(keel_scratch *cluster, const char *conninfo)
{
    char other[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "shuffled", other);

    unchanged(conninfo, (keel_check_options){0}, "the same database");
    unchanged(conninfo, (keel_check_options){.jobs = 8}, "eight workers");
    unchanged(conninfo, (keel_check_options){.snapshot = KEEL_SNAPSHOT_TABLE}, "a snapshot per table");
    cluster_exec(pg, "CREATE TABLE moved AS SELECT * FROM loose; TRUNCATE loose;"
                     "INSERT INTO loose SELECT * FROM moved ORDER BY a DESC, b; DROP TABLE moved;"
                     "UPDATE serials SET n = n; UPDATE pairs SET c = c + 1; UPDATE pairs SET c = c - 1;"
                     "CLUSTER lots USING lots_code; ALTER DATABASE shuffled SET search_path = pg_catalog;"
                     "ALTER DATABASE shuffled SET timezone = 'Asia/Tokyo'; ALTER DATABASE shuffled SET datestyle = 'German';"
                     "ALTER DATABASE shuffled SET extra_float_digits = 0; ALTER DATABASE shuffled SET intervalstyle = 'iso_8601'");
    unchanged(other, (keel_check_options){0}, "the same rows elsewhere and in another order, other settings");
}

/* Hashes of servers that hash differently say nothing, and the report says so instead. */
static void test_incomparable(const char *conninfo)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    keel_baseline *before = load(arena);

    before->probe ^= 1;
    KEEL_CLEANUP(checked_free) checked other = compare_with(before, conninfo, (keel_check_options){0});
    is_int(checked_line(&other, "baseline.hashes")->outcome, KEEL_CHECK_SKIPPED, "hashes of another server are not compared");
    is_str(checked_line(&other, "baseline.hashes")->note, "hashes cannot be compared: the two servers hash differently",
           "... and the report says why");
    is_int(checked_line(&other, "baseline.rows")->outcome, KEEL_CHECK_PASSED, "... while rows are");
    *before = *load(arena);
    before->encoding = "LATIN1";
    before->server_version = 120022;
    KEEL_CLEANUP(checked_free) checked latin = compare_with(before, conninfo, (keel_check_options){0});
    is_str(checked_line(&latin, "baseline.hashes")->note,
           "hashes cannot be compared: the two databases have different encodings", "nor those of another encoding");
    ok(checked_find(&latin, "baseline.schema", "database") != NULL, "another major version is told");
}

/* What the file was saved without is skipped, with the reason; the rest is compared. */
static void test_parts(const char *conninfo)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const char *const rows[] = {"baseline.rows", NULL};

    save(conninfo, (keel_check_options){.only = rows});
    KEEL_CLEANUP(checked_free) checked c = compare(arena, conninfo, (keel_check_options){0});
    is_int(checked_line(&c, "baseline.rows")->outcome, KEEL_CHECK_PASSED, "rows alone: rows are compared");
    is_str(checked_line(&c, "baseline.hashes")->note, "hashes cannot be compared: the baseline was saved without them",
           "... hashes are not");
    is_str(checked_line(&c, "baseline.sequences")->note, "the baseline was saved without sequences", "... nor sequences");
    is_str(checked_line(&c, "baseline.triggers")->note, "the baseline was saved without triggers", "... nor triggers");
    ok(load(arena)->fingerprint == NULL, "... and there is no fingerprint of half a schema");
}

static void test_tables(keel_scratch *cluster, const char *conninfo)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const char *const two[] = {"lots", "days", NULL};
    char other[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "some_tables", other);

    save(conninfo, (keel_check_options){.tables = two});
    cluster_exec(pg, "TRUNCATE pairs; DROP SEQUENCE tickets; DELETE FROM days WHERE id = 200; CREATE TABLE x (a int)");
    KEEL_CLEANUP(checked_free) checked c = compare(arena, other, (keel_check_options){0});
    is_int((int64_t)load(arena)->tables.count, 4, "--table: a partitioned table brings its partitions");
    ok(warnings(&c) == 1 && checked_find(&c, "baseline.rows", "public.days") != NULL &&
           checked_find(&c, "baseline.schema", "public.x") == NULL,
       "... and nothing is said of other tables") || (show(&c), false);
    save(conninfo, (keel_check_options){0});
    KEEL_CLEANUP(checked_free) checked less = compare(arena, other, (keel_check_options){.tables = two});
    ok(warnings(&less) == 1 && checked_find(&less, "baseline.rows", "public.days") != NULL,
       "a whole baseline, compared with --table") || (show(&less), false);
}

/* --quick: large tables are counted from statistics and sampled, small ones read. */
static void test_quick(keel_scratch *cluster)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "quick", conninfo);

    cluster_exec(pg, "CREATE TABLE big (id int PRIMARY KEY, v text) WITH (autovacuum_enabled = off);"
                     "INSERT INTO big SELECT i, repeat('x', 900) FROM generate_series(1, 40000) i; ANALYZE big");
    save(conninfo, (keel_check_options){.quick = true});
    keel_baseline *before = load(arena);
    const keel_baseline_table *big = keel_baseline_find(before, "public", "big");
    const keel_baseline_table *lots = keel_baseline_find(before, "public", "lots");
    ok(big->counted && !big->exact && !big->hashed && big->sample.count == 100, "--quick: a large table by a sample");
    is_int(big->rows, 40000, "... its rows from the statistics");
    ok(lots->exact && lots->hashed, "... a small one as a whole");
    unchanged(conninfo, (keel_check_options){.quick = true}, "--quick");
    KEEL_CLEANUP(checked_free) checked full = compare(arena, conninfo, (keel_check_options){0});
    is_int(warnings(&full), 0, "a full look at a quick baseline");
    cluster_exec(pg, "UPDATE big SET v = 'y'; DELETE FROM big WHERE id % 2 = 0; ANALYZE big");
    KEEL_CLEANUP(checked_free) checked less = compare(arena, conninfo, (keel_check_options){.quick = true});
    const keel_finding *rows = checked_find(&less, "baseline.rows", "public.big");
    ok(rows != NULL && rows->severity == KEEL_WARNING && strstr(rows->evidence, "\"estimated\":true") != NULL,
       "half of the rows gone is a warning from statistics");
    ok(checked_count(&less, "baseline.hashes", "public.big") == 2, "sampled rows that are gone and changed are found") ||
        (show(&less), false);
}

static void test_unreadable(keel_scratch *cluster)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char conninfo[CLUSTER_CONNINFO_SIZE], clerk[CLUSTER_CONNINFO_SIZE + 16];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "guarded", conninfo);
    const char *user = strstr(conninfo, "user=postgres");

    cluster_exec(pg, "CREATE ROLE clerk LOGIN; GRANT SELECT ON lots, loose, days, days_1 TO clerk");
    snprintf(clerk, sizeof clerk, "%.*suser=clerk%s", (int)(user - conninfo), conninfo, user + strlen("user=postgres"));
    save(conninfo, (keel_check_options){0});
    KEEL_CLEANUP(checked_free) checked c = compare(arena, clerk, (keel_check_options){0});
    is_int(checked_line(&c, "baseline.rows")->outcome, KEEL_CHECK_FAILED, "what could not be read is no pass");
    ok(checked_find(&c, "check.unreadable", "public.serials") != NULL, "... and is named");
    is_int((int64_t)checked_count(&c, "baseline.rows", NULL) + (int64_t)checked_count(&c, "baseline.hashes", NULL), 0,
           "... once, and not as a loss") || (show(&c), false);
    cluster_exec(pg, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO clerk");
    save(clerk, (keel_check_options){.tables = (const char *const[]){"lots", NULL}});
    cluster_exec(pg, "REVOKE SELECT ON loose FROM clerk");
    save(clerk, (keel_check_options){.tables = (const char *const[]){"lots", "loose", NULL}});
    ok(!keel_baseline_find(load(arena), "public", "loose")->counted, "a baseline says what it could not count");
    KEEL_CLEANUP(checked_free) checked late = compare(arena, conninfo, (keel_check_options){0});
    const keel_finding *f = checked_find(&late, "baseline.rows", "public.loose");
    ok(f != NULL && f->severity == KEEL_WARNING, "... and a comparison with it says so") || (show(&late), false);
}

/* Whatever a table is called and made of, it is saved, unchanged, and one changed value is found. */
static void test_hostile(keel_scratch *cluster)
{
    static const char sql[] =
        "DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE SCHEMA \"a.b\";"
        "CREATE TYPE pair AS (x int, y text); CREATE DOMAIN whole AS bigint; CREATE DOMAIN code AS varchar(9) COLLATE \"C\";"
        "CREATE TABLE \"a.b\".\"c.d\"\"e 'f' \\ {,}\" (\"select\" whole PRIMARY KEY, \"Größe, €\" text);"
        "INSERT INTO \"a.b\".\"c.d\"\"e 'f' \\ {,}\" SELECT i, E'\\\\x' || i FROM generate_series(-5, 5) i;"
        "CREATE TABLE n234567890123456789012345678901234567890123456789012345678901234 (id code, at date, PRIMARY KEY (at, id));"
        "INSERT INTO n234567890123456789012345678901234567890123456789012345678901234 SELECT 'k' || i, 'today' FROM generate_series(1, 9) i;"
        "CREATE TABLE types (id numeric(20,3) PRIMARY KEY, c char(5), p pair, r int4range, a text[], aa int[][], j json,"
        " b bytea, i interval, m money, pt point, bits bit(4), n inet, ts tsvector, x xml, t time, f float4, rc regclass,"
        " nm name, g text GENERATED ALWAYS AS (c || '!') STORED);"
        "INSERT INTO types SELECT i, 'c', (i, 'y')::pair, int4range(1, i), ARRAY['a', NULL], '{{1,2},{3,4}}', '{ \"a\" : 1 }',"
        " '\\xff', '1 day', 1.5, '(1,2)', B'1010', '::1', 'a b', '<a/>', '10:00', 'NaN', 'types', 'n'"
        "  FROM generate_series(1, 5) i;"
        "CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; CREATE UNLOGGED TABLE fleeting (id int PRIMARY KEY);"
        "CREATE TABLE mother (id int PRIMARY KEY, v text); CREATE TABLE child (w int) INHERITS (mother);"
        "INSERT INTO mother VALUES (1, 'm'); INSERT INTO child VALUES (1, 'c', 2), (1, 'c', 2);"
        "CREATE TEMP TABLE passing (id int); CREATE SEQUENCE \"a.b\".\"s.q\"; SELECT nextval('\"a.b\".\"s.q\"');";
    static const change found[] = {
        {"UPDATE \"a.b\".\"c.d\"\"e 'f' \\ {,}\" SET \"Größe, €\" = '' WHERE \"select\" = -5", "hashes", KEEL_WARNING,
         "a.b.c.d\"e 'f' \\ {,}(Größe, €)", "values", 0},
        {"UPDATE types SET p = (9, 'y') WHERE id = 3", "hashes", KEEL_WARNING, "public.types(p)", "values", 0},
        {"UPDATE child SET v = 'd' WHERE ctid = '(0,1)'", "hashes", KEEL_WARNING, "public.child", "rows", 0},
        {"UPDATE n23456789012345678901234567890123456789012345678901234567890123 SET id = 'z' WHERE id = 'k3'", "hashes",
         KEEL_ERROR, NULL, "other rows stand here", 2},
        {"SELECT setval('\"a.b\".\"s.q\"', 1, false)", "sequences", KEEL_ERROR, "a.b.s.q", "moved back", 0},
    };
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "hostile", conninfo);

    cluster_exec(pg, sql);
    for (size_t i = 0; i < KEEL_COUNT_OF(found); i++) {
        KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
        save(conninfo, (keel_check_options){0});
        KEEL_CLEANUP(checked_free) checked same = compare(arena, conninfo, (keel_check_options){0});
        if (!is_int(warnings(&same), 0, "hostile names and types: nothing has changed"))
            show(&same);
        cluster_exec(pg, found[i].sql);
        KEEL_CLEANUP(checked_free) checked c = compare(arena, conninfo, (keel_check_options){0});
        if (!ok(judge(&c, &found[i]), "hostile: %s", found[i].sql))
            show(&c);
    }
    const keel_baseline_table *nothing = NULL;
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    nothing = keel_baseline_find(load(arena), "public", "nothing");
    ok(nothing != NULL && nothing->rows == 1 && nothing->hashed, "a table without columns has rows too");
}

typedef struct writer {
    char conninfo[CLUSTER_CONNINFO_SIZE];
    atomic_bool stop;
    atomic_int commits;
} writer;

/* Rows come in every kind of table, one transaction after the other. */
static void *write_on(void *argument)
{
    writer *w = argument;
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(w->conninfo);

    while (!atomic_load(&w->stop)) {
        cluster_exec(pg, "BEGIN; INSERT INTO lots (code) SELECT gen_random_uuid()::text FROM generate_series(1, 20);"
                         "INSERT INTO serials (lot_id) SELECT max(id) FROM lots; INSERT INTO codes SELECT gen_random_uuid(), 'n';"
                         "INSERT INTO loose VALUES (1, 'n'); INSERT INTO days SELECT '2026-02-02', max(id) + 1, 'n' FROM days;"
                         "COMMIT");
        atomic_fetch_add(&w->commits, 1);
    }
    return NULL;
}

static void wait_for_commits(writer *w, int more)
{
    int wanted = atomic_load(&w->commits) + more;
    keel_usec deadline = keel_monotonic() + 60 * KEEL_SECOND;

    while (atomic_load(&w->commits) < wanted) {
        if (keel_monotonic() > deadline) {
            printf("Bail out! the writer stands still\n");
            exit(1);
        }
        keel_sleep(KEEL_SECOND / 200);
    }
}

/* S4-131: writers at work while a baseline is saved and compared with do not make a loss of what they add. */
static void test_growth(keel_scratch *cluster)
{
    writer w = {.commits = 0};
    pthread_t thread;

    keel_pg_close(cluster_database(cluster, "growth", w.conninfo));
    if (pthread_create(&thread, NULL, write_on, &w) != 0)
        exit(1);
    for (int round = 0; round < 10; round++) {
        KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
        wait_for_commits(&w, 2);
        save(w.conninfo, (keel_check_options){0});
        wait_for_commits(&w, 2);
        KEEL_CLEANUP(checked_free) checked c = compare(arena, w.conninfo, (keel_check_options){0});
        if (!is_int(warnings(&c), 0, "growth is no loss and no change, round %d", round))
            show(&c);
        ok(checked_count(&c, "baseline.rows", "public.lots") == 1, "... and is told");
    }
    atomic_store(&w.stop, true);
    pthread_join(thread, NULL);
}

/* The examples of the descriptors: saved where they say so. */
static void test_example(keel_scratch *cluster, const keel_check *check, int number)
{
    static const char mark[] = "-- pgkeel check --save";
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const char *then = strstr(check->triggers, mark);
    char conninfo[CLUSTER_CONNINFO_SIZE], name[64];

    snprintf(name, sizeof name, "example_%d", number);
    if (!ok(then != NULL && keel_check_find(check->id) == check, "%s: its example says where the baseline is saved", check->id))
        return;
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, name, conninfo);
    cluster_exec(pg, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    cluster_exec(pg, keel_arena_strndup(arena, check->triggers, (size_t)(then - check->triggers)));
    save(conninfo, (keel_check_options){0});
    cluster_exec(pg, then);
    const char *const only[] = {check->id, NULL};
    KEEL_CLEANUP(checked_free) checked c = compare(arena, conninfo, (keel_check_options){.only = only});
    bool found = false;
    for (size_t i = 0; i < keel_report_count(c.report); i++)
        found = found || keel_report_at(c.report, i)->severity == check->severity;
    if (!ok(found, "%s finds something in its example, at its severity", check->id))
        show(&c);
    cluster_exec(pg, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    cluster_exec(pg, check->passes);
    save(conninfo, (keel_check_options){0});
    KEEL_CLEANUP(checked_free) checked same = compare(arena, conninfo, (keel_check_options){.only = only});
    ok(warnings(&same) == 0 && checked_line(&same, check->id)->outcome == KEEL_CHECK_PASSED,
       "%s looks at something in the other, and finds nothing", check->id);
}

static void test_fingerprint(keel_scratch *cluster, const char *conninfo)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char other[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "printed", other);

    save(conninfo, (keel_check_options){0});
    const char *print = load(arena)->fingerprint;
    cluster_exec(pg, "DELETE FROM serials");
    save(other, (keel_check_options){0});
    is_str(load(arena)->fingerprint, print, "rows do not change the fingerprint of a schema");
    cluster_exec(pg, "ALTER TABLE lots ALTER status SET NOT NULL");
    save(other, (keel_check_options){0});
    ok(strcmp(load(arena)->fingerprint, print) != 0, "a NOT NULL does");
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);
    char conninfo[CLUSTER_CONNINFO_SIZE];
    int examples = 0;

    snprintf(conninfo, sizeof conninfo, "%s dbname=template1", keel_scratch_conninfo(cluster));
    keel_pg *template = cluster_connect(conninfo);
    cluster_exec(template, factory_sql);
    keel_pg_close(template);
    keel_pg_close(cluster_database(cluster, "factory", conninfo));
    int file = mkstemp(path);
    if (file < 0 || close(file) != 0 || !save(conninfo, (keel_check_options){0}))
        return 1;
    test_unchanged(cluster, conninfo);
    for (size_t i = 0; i < KEEL_COUNT_OF(changes); i++)
        test_change(cluster, &changes[i], i);
    test_incomparable(conninfo);
    test_fingerprint(cluster, conninfo);
    test_parts(conninfo);
    test_tables(cluster, conninfo);
    test_quick(cluster);
    test_unreadable(cluster);
    test_growth(cluster);
    test_hostile(cluster);
    for (int i = 0; keel_checks[i] != NULL; i++)
        if ((keel_checks[i]->flags & KEEL_CHECK_NEEDS_BASELINE) != 0)
            test_example(cluster, keel_checks[i], examples++);
    is_int(examples, 8, "checks with examples");
    unlink(path);
    return done_testing();
}
