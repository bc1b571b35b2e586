/* Verify: what was copied is found equal; whatever was planted afterwards is found, named, and
 * judged. */
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "cluster.h"
#include "tap.h"
#include "transfer/run.h"
#include "transfer/verify.h"

typedef struct fixture {
    keel_pg *pg;
    char conninfo[CLUSTER_CONNINFO_SIZE];
    char path[64], mapping[64];
    keel_arena *arena;
    keel_report *report; /* of the last verify */
    keel_verify_result *result;
    keel_error err;
} fixture;

static keel_scratch *cluster;

static void die(const char *what, const char *message)
{
    printf("Bail out! %s: %s\n", what, message);
    exit(1);
}

static void change_source(const fixture *f, const char *sql)
{
    sqlite3 *db = NULL;

    if (sqlite3_open(f->path, &db) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        die("sqlite", sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void write_mapping(fixture *f, const char *text)
{
    snprintf(f->mapping, sizeof f->mapping, "%s.yaml", f->path);
    FILE *file = fopen(f->mapping, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        die("mapping", f->mapping);
}

static void transfer_again(fixture *f, int64_t retry_rejects)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = keel_report_create();
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *progress = keel_progress_create(true, false);
    const keel_run_options options = {.conninfo = f->conninfo,
                                      .source_path = f->path,
                                      .mapping_file = f->mapping[0] != '\0' ? f->mapping : NULL,
                                      .jobs = 2,
                                      .max_rejects = -1,
                                      .retry_rejects = retry_rejects};
    keel_run_result *result = NULL;

    if (!keel_transfer_run(f->arena, &options, report, progress, &result, &f->err))
        die("transfer", f->err.message);
}

static void transfer(fixture *f)
{
    transfer_again(f, 0);
}

static fixture *
start(const char *name, const char *source_sql, const char *target_sql, const char *mapping)
{
    fixture *f = calloc(1, sizeof *f);

    printf("# %s\n", name);
    f->arena = keel_arena_create();
    f->pg = cluster_database(cluster, name, f->conninfo);
    snprintf(f->path, sizeof f->path, "/tmp/keel_verify_%d_%s.db", (int)getpid(), name);
    unlink(f->path);
    change_source(f, source_sql);
    if (target_sql != NULL)
        cluster_exec(f->pg, target_sql);
    if (mapping != NULL)
        write_mapping(f, mapping);
    return f;
}

static void finish(fixture *f)
{
    unlink(f->path);
    if (f->mapping[0] != '\0')
        unlink(f->mapping);
    keel_pg_close(f->pg);
    keel_report_free(f->report);
    keel_arena_free(f->arena);
    free(f);
}

static bool verify_with(fixture *f, keel_verify_options options)
{
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *progress = keel_progress_create(true, false);

    keel_report_free(f->report);
    f->report = keel_report_create();
    f->result = NULL;
    options.conninfo = options.conninfo != NULL ? options.conninfo : f->conninfo;
    options.jobs = 2;
    bool done = keel_transfer_verify(f->arena, &options, f->report, progress, &f->result, &f->err);
    if (!done)
        printf("# %s\n", f->err.message);
    return done;
}

static bool verify(fixture *f)
{
    return verify_with(f, (keel_verify_options){0});
}

static int64_t count_of(const fixture *f, const char *check)
{
    int64_t count = 0;

    for (size_t i = 0; i < keel_report_count(f->report); i++)
        count += strcmp(keel_report_at(f->report, i)->check, check) == 0;
    return count;
}

static const keel_finding *first_of(const fixture *f, const char *check)
{
    static const keel_finding none = {.check = "", .object = "", .message = "", .evidence = ""};

    for (size_t i = 0; i < keel_report_count(f->report); i++)
        if (strcmp(keel_report_at(f->report, i)->check, check) == 0)
            return keel_report_at(f->report, i);
    return &none;
}

static const keel_verify_table *table_of(const fixture *f, const char *source)
{
    static const keel_verify_table none = {0};

    for (size_t i = 0; i < f->result->table_count; i++)
        if (strcmp(f->result->tables[i].source, source) == 0)
            return &f->result->tables[i];
    return &none;
}

static void say_findings(const fixture *f)
{
    for (size_t i = 0; i < keel_report_count(f->report); i++) {
        const keel_finding *finding = keel_report_at(f->report, i);
        printf("# %s %s %s: %s %s\n", keel_severity_name(finding->severity), finding->check,
               finding->object, finding->message,
               finding->evidence != NULL ? finding->evidence : "");
    }
}

static void is_clean(fixture *f, int64_t rows, const char *what)
{
    if (!ok(verify(f) && keel_report_exit_code(f->report) == 0, "%s: nothing is found", what)) {
        say_findings(f);
        return;
    }
    is_int(f->result->rows, rows, "%s: every row was compared", what);
    is_int(f->result->differences, 0, "%s: no difference", what);
}

static const char people_sql[] =
    "CREATE TABLE person (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, score "
    "REAL, seen TIMESTAMP,"
    "  note TEXT, boss INTEGER REFERENCES person(id));"
    "CREATE TABLE visit (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person(id), "
    "at DATETIME, cents INT);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO "
    "person"
    "  SELECT i * 2, 'name ' || i, i / 7.0, '2024-01-02 03:04:' || printf('%02d', i % 60), CASE i "
    "% 3 WHEN 0 THEN NULL"
    "  ELSE 'line' || char(10) || i END, CASE WHEN i > 1 THEN 2 END FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO "
    "visit"
    "  SELECT i, (i % 3000 + 1) * 2, 1700000000 + i, i FROM n;";

static void test_target_changed(void)
{
    fixture *f = start("changed", people_sql, NULL, NULL);

    transfer(f);
    is_clean(f, 8000, "a fresh copy");
    is_int((int64_t)f->result->table_count, 2, "two tables");
    cluster_exec(
        f->pg,
        "UPDATE person SET name = 'another' WHERE id = 10; UPDATE person SET id = id WHERE id = 12;"
        "INSERT INTO visit (person_id, at) VALUES (2, now())");
    ok(verify(f), "verified");
    is_int(keel_report_exit_code(f->report), 0, "a value changed in the target since is no error");
    is_int(count_of(f, "verify.changed_since"), 1, "but it is told");
    is_str(first_of(f, "verify.changed_since")->evidence,
           "{\"table\":\"person\",\"key\":\"10\",\"column\":\"name\",\"source\":\"name "
           "5\",\"target\":\"another\"}",
           "with table, key, column and both values");
    is_int(table_of(f, "person")->changed_since, 1, "counted");
    is_int(f->result->differences, 0,
           "not as a difference; nor is a row that was born in the target");

    cluster_exec(f->pg, "DELETE FROM visit WHERE id IN (7, 4000)");
    ok(verify(f), "verified");
    is_int(keel_report_exit_code(f->report), 1, "rows that are gone are an error");
    is_int(count_of(f, "verify.missing"), 2, "both are named");
    is_int(table_of(f, "visit")->missing, 2, "and counted");
    finish(f);
}

static void test_source_changed(void)
{
    fixture *f = start("source", people_sql, NULL, NULL);

    transfer(f);
    change_source(f, "UPDATE visit SET cents = -1 WHERE id = 4321; UPDATE person SET note = 'x' || "
                     "char(10) || 'y' WHERE id = 6");
    ok(verify(f), "verified");
    is_int(keel_report_exit_code(f->report), 1,
           "values that differ in rows as the run wrote them are errors");
    is_int(f->result->differences, 2, "two");
    const keel_finding *finding = first_of(f, "verify.different");
    if (strstr(finding->evidence, "visit") == NULL)
        finding = keel_report_at(f->report, keel_report_count(f->report) - 1);
    is_int(count_of(f, "verify.different"), 2, "both are listed");
    bool cents = false, note = false;
    for (size_t i = 0; i < keel_report_count(f->report); i++) {
        const char *evidence = keel_report_at(f->report, i)->evidence;
        cents =
            cents || (evidence != NULL &&
                      strcmp(evidence, "{\"table\":\"visit\",\"key\":\"4321\",\"column\":\"cents\","
                                       "\"source\":\"-1\",\"target\":\"4321\"}") == 0);
        note = note || strstr(keel_report_at(f->report, i)->message,
                              "row 6 differs: 'x\\ny' in the source, NULL in the"
                              " target") != NULL;
    }
    ok(cents, "table, key, column and both values");
    ok(note, "a message of one line");

    change_source(f, "DELETE FROM visit WHERE id = 11; INSERT INTO visit VALUES (8000, 2, NULL, "
                     "1), (-5, 4, NULL, 2)");
    ok(verify(f), "verified");
    is_int(count_of(f, "verify.extra"), 1, "a row that the source has lost");
    is_int(count_of(f, "verify.map"), 2, "rows that the run does not know");
    is_int(count_of(f, "verify.accounting"), 1, "and the accounting says so");
    finish(f);
}

static void test_limit(void)
{
    fixture *f = start("limit", people_sql, NULL, NULL);

    transfer(f);
    change_source(f, "UPDATE visit SET cents = cents + 1");
    ok(verify_with(f,
                   (keel_verify_options){.limit = 3, .only = (const char *const[]){"visit", NULL}}),
       "verified");
    is_int(count_of(f, "verify.different"), 3, "as many as asked for are listed");
    is_int(f->result->differences, 5000, "all are counted");
    is_int((int64_t)f->result->table_count, 1, "of the tables asked for");
    ok(!verify_with(f, (keel_verify_options){.only = (const char *const[]){"vist", NULL}}),
       "an unknown table is refused");
    is_int(f->err.kind, KEEL_ERR_USAGE, "as wrong usage");
    ok(!verify_with(f, (keel_verify_options){.run = 77}), "an unknown run is refused");
    finish(f);
}

static void test_server_checks(void)
{
    fixture *f = start("server", people_sql, NULL, NULL);

    transfer(f);
    cluster_exec(
        f->pg,
        "SET session_replication_role = replica; UPDATE visit SET person_id = 99999 WHERE id < 4;"
        "SELECT setval(pg_get_serial_sequence('person', 'id'), 100);"
        "RESET session_replication_role");
    ok(verify(f), "verified");
    is_int(count_of(f, "verify.orphans"), 1, "orphans, although their constraint is validated");
    ok(strstr(first_of(f, "verify.orphans")->evidence, "\"rows\":3") != NULL, "how many: %s",
       first_of(f, "verify.orphans")->evidence);
    is_int(count_of(f, "verify.sequence"), 1, "a sequence behind its column");
    cluster_exec(f->pg, "ALTER TABLE person DROP CONSTRAINT IF EXISTS person_name_key; DROP INDEX "
                        "IF EXISTS person_name_key;"
                        "UPDATE person SET name = 'twin' WHERE id IN (20, 22)");
    ok(verify(f), "verified");
    is_int(count_of(f, "verify.unique"), 1, "a unique key that does not hold");
    finish(f);
}

static const char shapes_sql[] =
    "CREATE TABLE word (word TEXT PRIMARY KEY, n INTEGER);"
    "CREATE TABLE pair (a TEXT, b INTEGER, v TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;"
    "CREATE TABLE loose (a INTEGER, b TEXT);"
    "CREATE TABLE pick (word TEXT REFERENCES word(word), a TEXT, b INTEGER, FOREIGN KEY (a, b) "
    "REFERENCES pair(a, b));"
    "CREATE TABLE empty (id INTEGER PRIMARY KEY);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO "
    "word"
    "  SELECT 'w' || (i * 7919 % 2003), i FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) INSERT INTO pair"
    "  SELECT 'k' || (i % 30), i, 'v' || i FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) INSERT INTO "
    "loose"
    "  SELECT i % 5, CASE i % 4 WHEN 0 THEN NULL ELSE 'same' END FROM n;"
    "INSERT INTO pick VALUES ('w1', 'k1', 1), (NULL, 'k2', 2), ('w2', NULL, 7);";

static void test_shapes(void)
{
    fixture *f = start("shapes", shapes_sql, NULL, NULL);

    transfer(f);
    is_clean(f, 3503, "text keys, composite keys, no keys");
    is_int(table_of(f, "loose")->compared, 600, "rows without a key are paired one to one");
    is_int(table_of(f, "empty")->compared, 0, "an empty table is fine");
    change_source(f, "UPDATE word SET n = 0 WHERE word = 'w5'; UPDATE pair SET v = 'z' WHERE a = "
                     "'k3' AND b = 33;"
                     "DELETE FROM loose WHERE rowid = 5");
    cluster_exec(f->pg, "UPDATE word SET n = 0 WHERE word = 'w6'");
    ok(verify(f), "verified");
    is_int(table_of(f, "word")->different, 1, "a text key");
    is_int(table_of(f, "word")->changed_since, 1, "changed since under a text key");
    is_int(table_of(f, "pair")->different, 1, "a composite key");
    is_int(table_of(f, "loose")->extra, 1, "one of many equal rows is left over");
    cluster_exec(
        f->pg,
        "DELETE FROM loose WHERE ctid IN (SELECT min(ctid) FROM loose WHERE a = 1 AND b = 'same')");
    change_source(f, "INSERT INTO loose VALUES (0, 'same')");
    ok(verify(f), "verified");
    is_int(table_of(f, "loose")->missing, 1, "one of many equal rows is missing");
    finish(f);
}

static const char target_sql[] =
    "CREATE TABLE person (id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, score float8, seen "
    "timestamptz, note text,"
    "  boss bigint REFERENCES person);"
    "CREATE TABLE visit (id serial PRIMARY KEY, person_id bigint NOT NULL REFERENCES person, at "
    "timestamptz, cents int);"
    "INSERT INTO person (name, note) SELECT 'own ' || i, 'n' FROM generate_series(1, 500) i;"
    "INSERT INTO visit (person_id, cents) SELECT i, i FROM generate_series(1, 500) i;";

static void test_remap(void)
{
    fixture *f = start("remap", people_sql, target_sql, NULL);

    transfer(f);
    is_str(cluster_value(f->pg, "SELECT count(*) FROM visit"), "5500",
           "loaded beside the target's own rows");
    is_clean(f, 8000, "new keys");
    cluster_exec(f->pg, "UPDATE visit SET person_id = 3 WHERE cents = 777 AND at IS NOT NULL");
    ok(verify(f), "verified");
    is_int(count_of(f, "verify.changed_since"), 1,
           "a reference that was bent is seen through the key map");
    change_source(f, "UPDATE visit SET person_id = 8 WHERE id = 4000");
    ok(verify(f), "verified");
    is_int(table_of(f, "visit")->different, 1, "one that was bent in the source too");
    is_str(first_of(f, "verify.different")->object, "public.visit(person_id)", "named");
    finish(f);
}

/* The sequence jumps in the middle of a chunk, and somebody else's rows lie in between. */
static void test_remap_in_blocks(void)
{
    fixture *f = start("remap_in_blocks",
                       "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);"
                       "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)"
                       " INSERT INTO t SELECT i, 'v' || i FROM n",
                       "CREATE SEQUENCE s MAXVALUE 100010 START 100001 CYCLE;"
                       "CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('s'), v text);"
                       "INSERT INTO t SELECT i, 'own' FROM generate_series(40000, 60000) i",
                       NULL);

    transfer(f);
    ok(verify(f), "a chunk with keys of two blocks is verified");
    is_int(f->result->rows, 40, "all of it");
    is_int(f->result->differences, 0, "and equal");
    cluster_exec(f->pg, "UPDATE t SET v = 'later' WHERE id IN (2, 100003); DELETE FROM t WHERE id = 100004");
    ok(verify(f), "and again after changes in both blocks");
    is_int(table_of(f, "t")->changed_since, 2, "one in each");
    is_int(table_of(f, "t")->missing, 1, "and a row that is gone");
    finish(f);
}

static void test_merged(void)
{
    fixture *f = start("merged", people_sql, target_sql, "tables:\n  person:\n    match: [name]\n");

    cluster_exec(f->pg, "UPDATE person SET name = 'name ' || id WHERE id <= 40");
    transfer(f);
    ok(verify(f), "verified");
    is_int(keel_report_exit_code(f->report), 0, "rows that merged are no error");
    is_int(table_of(f, "person")->merged, 40, "they are counted");
    ok(count_of(f, "verify.merged_different") > 0, "what they say otherwise is told");
    cluster_exec(f->pg,
                 "SET session_replication_role = replica; DELETE FROM person WHERE name = 'name 7';"
                 "RESET session_replication_role");
    ok(verify(f), "verified");
    is_int(table_of(f, "person")->missing, 1, "a row that others merged into is gone");
    finish(f);
}

/* New keys that are uuids, old ones that are text, and a type that only the server reads. */
static void test_other_keys(void)
{
    fixture *f = start(
        "others",
        "CREATE TABLE team (code TEXT PRIMARY KEY, lasts TEXT);"
        "CREATE TABLE member (id INTEGER PRIMARY KEY, team TEXT REFERENCES team(code), tag TEXT);"
        "INSERT INTO team VALUES ('a', '1 day'), ('b', '36 hours'), ('it''s \"c\"', NULL);"
        "INSERT INTO member VALUES (1, 'a', 'x'), (2, 'b', 'y'), (7, NULL, 'z'), (9, 'it''s "
        "\"c\"', NULL);",
        "CREATE TABLE team (code uuid PRIMARY KEY DEFAULT gen_random_uuid(), lasts interval);"
        "CREATE TABLE member (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), team uuid REFERENCES "
        "team,"
        "  tag text);"
        "INSERT INTO team DEFAULT VALUES; INSERT INTO member DEFAULT VALUES;",
        NULL);

    transfer(f);
    is_clean(f, 7, "uuids for text keys");
    cluster_exec(f->pg, "UPDATE team SET lasts = '2 days' WHERE lasts = '1 day'; DELETE FROM "
                        "member WHERE tag = 'y'");
    change_source(f, "UPDATE team SET lasts = '37 hours' WHERE code = 'b'");
    ok(verify(f), "verified");
    is_int(table_of(f, "team")->changed_since, 1, "an interval changed since");
    is_int(table_of(f, "team")->different, 1, "an interval that differs");
    is_int(table_of(f, "member")->missing, 1, "a row under a uuid is missing");
    finish(f);
}

static void test_rejected(void)
{
    fixture *f = start("rejected", people_sql, NULL, NULL);

    change_source(f, "UPDATE visit SET cents = 'many' WHERE id IN (3, 4999); UPDATE person SET "
                     "score = 'high' WHERE id = 8");
    transfer(f);
    ok(verify(f), "verified");
    is_int(keel_report_exit_code(f->report), 0, "rejected rows are accounted for");
    if (keel_report_exit_code(f->report) != 0)
        say_findings(f);
    is_int(table_of(f, "person")->rejected, 1, "one itself");
    ok(table_of(f, "visit")->rejected >= 3, "two and the children of the other");
    change_source(f, "UPDATE visit SET cents = 5 WHERE id = 3;"
                     "UPDATE person SET score = 1.5 WHERE id = 8");
    transfer_again(f, f->result->run);
    ok(verify(f), "verified");
    is_int(keel_report_exit_code(f->report), 0,
           "a run that loads rejects is verified with the run before it");
    is_int(table_of(f, "visit")->rejected, 1, "what is left");
    is_int(table_of(f, "visit")->compared, 4999, "what is there");
    ok(verify_with(f, (keel_verify_options){.run = 1}), "the run before it alone");
    is_int(count_of(f, "verify.missing") + count_of(f, "verify.map"), 0, "misses nothing");
    finish(f);
}

/* A copy of the database: same rows, same journal, but what the journal knows of transactions is
 * void. */
static void test_restored(void)
{
    fixture *f = start("restored", people_sql, NULL, NULL);
    char conninfo[CLUSTER_CONNINFO_SIZE];

    transfer(f);
    keel_pg_close(f->pg);
    f->pg = cluster_connect(keel_scratch_conninfo(cluster));
    cluster_exec(f->pg, "CREATE DATABASE restored_copy TEMPLATE restored");
    keel_pg_close(f->pg);
    snprintf(conninfo, sizeof conninfo, "%s dbname=restored_copy", keel_scratch_conninfo(cluster));
    f->pg = cluster_connect(conninfo);
    snprintf(f->conninfo, sizeof f->conninfo, "%s", conninfo);
    is_clean(f, 8000, "a restored copy");
    cluster_exec(f->pg, "UPDATE person SET name = 'another' WHERE id = 10");
    change_source(f, "UPDATE person SET name = 'a third' WHERE id = 14");
    ok(verify(f), "verified");
    is_int(count_of(f, "verify.changed_since"), 1, "row hashes tell what changed since");
    is_int(table_of(f, "person")->different, 1, "from what differs as it was written");
    finish(f);
}

static void test_by_mapping(void)
{
    static const char twin[] = "CREATE TABLE people (id int PRIMARY KEY, full_name varchar(40), "
                               "score float8, seen timestamp, note text, boss int);"
                               "INSERT INTO people SELECT i * 2, 'name ' || i, i / 7.0::float8, "
                               "'2024-01-02 03:04:00'::timestamp + (i % 60) *"
                               "  interval '1 s', CASE i % 3 WHEN 0 THEN NULL ELSE E'line\\n' || i "
                               "END, CASE WHEN i > 1 THEN 2 END"
                               "  FROM generate_series(1, 3000) i;"
                               "UPDATE people SET full_name = 'name 500 ' WHERE id = 1000; DELETE "
                               "FROM people WHERE id = 1200;"
                               "INSERT INTO people VALUES (1, 'odd'), (-4, 'odd'), (60001, 'odd')";
    fixture *f = start("by_mapping", people_sql, twin,
                       "tables:\n  visit: skip\n  person:\n    to: public.people\n    columns:\n"
                       "      name: {to: full_name}\n");

    ok(!verify(f), "without a journal there is no run");
    ok(verify_with(f, (keel_verify_options){.source_path = f->path, .mapping_file = f->mapping}),
       "compared by mapping");
    is_int(f->result->run, 0, "no run");
    is_int(table_of(f, "person")->different, 1, "the value that differs");
    is_int(table_of(f, "person")->missing, 1, "the row that is missing");
    is_int(table_of(f, "person")->extra, 3, "rows that the source does not have");
    is_int(f->result->differences, 5, "and no other");
    is_str(first_of(f, "verify.different")->message,
           "row 1000 differs: 'name 500' in the source, 'name 500 ' in the target", "in words");
    finish(f);
}

int main(void)
{
    cluster = cluster_start(NULL);
    test_target_changed();
    test_source_changed();
    test_limit();
    test_server_checks();
    test_shapes();
    test_remap();
    test_remap_in_blocks();
    test_merged();
    test_other_keys();
    test_rejected();
    test_restored();
    test_by_mapping();
    return done_testing();
}
