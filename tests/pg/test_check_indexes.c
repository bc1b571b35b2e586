/* The checks of indexes: superfluous, unused, invalid, of the wrong kind, and missing behind a foreign key. */
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "check_case.h"

#define DUPLICATE "schema.duplicate_index"
#define SUPERFLUOUS(index, size, how, keeper, keeper_size) \
    "warning public." index ": index of " size " is superfluous: " how " index public." keeper " (" keeper_size ")"
#define SAME "its keys are those of"
#define SAME_UNIQUE "its keys are those of the unique"
#define PREFIX "its keys are the first keys of"

static const check_case duplicates[] = {
    {.name = "plain indexes beside UNIQUE constraints, and prefixes (S0-57)",
     .check = DUPLICATE,
     .sql = "CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE, api_key uuid UNIQUE);"
            "CREATE INDEX idx_users_email ON users (email); CREATE INDEX idx_users_api_key ON users (api_key);"
            "CREATE TABLE exploits (id serial PRIMARY KEY, chain text, \"timestamp\" timestamptz);"
            "CREATE INDEX idx_exploits_timestamp ON exploits (\"timestamp\" DESC);"
            "CREATE INDEX idx_exploits_timestamp_chain ON exploits (\"timestamp\" DESC, chain);"
            "CREATE INDEX idx_exploits_active ON exploits (\"timestamp\" DESC, chain) WHERE chain <> 'x'",
     .found = SUPERFLUOUS("idx_exploits_timestamp", "8 kB", PREFIX, "idx_exploits_timestamp_chain", "8 kB") "\n"
              SUPERFLUOUS("idx_users_api_key", "8 kB", SAME_UNIQUE, "users_api_key_key", "8 kB") "\n"
              SUPERFLUOUS("idx_users_email", "8 kB", SAME_UNIQUE, "users_email_key", "8 kB"),
     .note = "9 indexes, 3 warnings",
     .evidence = "{\"table\":\"public.exploits\",\"kind\":\"prefix\",\"kept\":\"public.idx_exploits_timestamp_chain\","
                 "\"bytes\":8192,\"kept_bytes\":8192}"},
    {.name = "order, class, collation, predicate, method, options and table make a difference",
     .check = DUPLICATE,
     .sql = "CREATE TABLE t (a text, b text, c int, d int[]); CREATE TABLE u (a text);"
            "CREATE INDEX i1 ON t (a, b); CREATE INDEX i2 ON t (b, a); CREATE INDEX i3 ON t (a text_pattern_ops, b);"
            "CREATE INDEX i4 ON t (a COLLATE \"C\", b); CREATE INDEX i5 ON t (a, b DESC); CREATE INDEX i6 ON t (a, b) WHERE c > 0;"
            "CREATE INDEX i7 ON t (a, b) WHERE c > 1; CREATE INDEX i8 ON t USING hash (a); CREATE INDEX i9 ON t (lower(a), b);"
            "CREATE INDEX i10 ON t (upper(a), b); CREATE INDEX i11 ON u (a); CREATE INDEX i12 ON t (a NULLS FIRST, b);"
            "CREATE INDEX i13 ON t USING brin (c); CREATE INDEX i14 ON t USING brin (c) WITH (pages_per_range = 4)",
     .found = "",
     .note = "14 indexes"},
    {.name = "the same expression and predicate, the younger one goes",
     .check = DUPLICATE,
     .sql = "CREATE TABLE t (a text, b int); CREATE INDEX z ON t (lower(a)) WHERE b > 0; CREATE INDEX a ON t (lower(a)) WHERE b > 0",
     .found = SUPERFLUOUS("a", "8 kB", SAME, "z", "8 kB")},
    {.name = "a scan from the other end serves the opposite order",
     .check = DUPLICATE,
     .sql = "CREATE TABLE t (a int, b int); CREATE INDEX i1 ON t (a, b DESC); CREATE INDEX i2 ON t (a DESC, b)",
     .found = SUPERFLUOUS("i2", "8 kB", "the same keys, which a scan from the other end serves, are those of", "i1", "8 kB")},
    {.name = "INCLUDE: what is carried must be carried on",
     .check = DUPLICATE,
     .sql = "CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int); CREATE INDEX i1 ON t (a) INCLUDE (b);"
            "CREATE INDEX i2 ON t (a); CREATE INDEX i3 ON t (id) INCLUDE (c)",
     .found = SUPERFLUOUS("i2", "8 kB", SAME, "i1", "8 kB")},
    {.name = "INCLUDE columns that are keys of the other",
     .check = DUPLICATE,
     .sql = "CREATE TABLE t (a int, b int, c int); CREATE INDEX i1 ON t (a) INCLUDE (c); CREATE INDEX i2 ON t (a, b, c)",
     .found = SUPERFLUOUS("i1", "8 kB", PREFIX, "i2", "8 kB")},
    {.name = "a chain of prefixes names the one that stays",
     .check = DUPLICATE,
     .sql = "CREATE TABLE t (a int, b int, c int); CREATE INDEX i1 ON t (a); CREATE INDEX i2 ON t (a, b); CREATE INDEX i3 ON t (a, b, c)",
     .found = SUPERFLUOUS("i1", "8 kB", PREFIX, "i3", "8 kB") "\n" SUPERFLUOUS("i2", "8 kB", PREFIX, "i3", "8 kB")},
    {.name = "a unique index is no prefix, and proves something",
     .check = DUPLICATE,
     .sql = "CREATE TABLE t (a int, b int); CREATE UNIQUE INDEX i1 ON t (a); CREATE INDEX i2 ON t (a, b); CREATE UNIQUE INDEX i3 ON t (a, b)",
     .found = SUPERFLUOUS("i2", "8 kB", SAME_UNIQUE, "i3", "8 kB")},
    {.name = "NULLS NOT DISTINCT proves more",
     .check = DUPLICATE,
     .sql = "CREATE TABLE t (a int); CREATE UNIQUE INDEX i1 ON t (a); CREATE UNIQUE INDEX i2 ON t (a) NULLS NOT DISTINCT",
     .found = ""},
    {.name = "what an exclusion constraint, a foreign key or the replica identity needs is not to be dropped",
     .check = DUPLICATE,
     .sql = "CREATE TABLE t (id int NOT NULL, r int4range, a int, EXCLUDE USING gist (r WITH &&));"
            "CREATE INDEX i1 ON t USING gist (r);"
            "CREATE UNIQUE INDEX i2 ON t (id); CREATE UNIQUE INDEX i3 ON t (id); ALTER TABLE t REPLICA IDENTITY USING INDEX i3",
     .found = SUPERFLUOUS("i1", "8 kB", SAME, "t_r_excl", "8 kB") "\n" SUPERFLUOUS("i2", "8 kB", SAME_UNIQUE, "i3", "8 kB")},
    {.name = "a UNIQUE constraint on the primary key's columns",
     .check = DUPLICATE,
     .sql = "CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t ADD CONSTRAINT twin UNIQUE (id)",
     .found = SUPERFLUOUS("twin", "8 kB", SAME_UNIQUE, "t_pkey", "8 kB")},
    {.name = "quoted names in another schema",
     .check = DUPLICATE,
     .sql = "CREATE SCHEMA \"My Shop\"; CREATE TABLE \"My Shop\".\"Order\" (\"a b\" int); CREATE INDEX \"I 1\" ON \"My Shop\".\"Order\" (\"a b\");"
            "CREATE INDEX \"I \"\"2\" ON \"My Shop\".\"Order\" (\"a b\")",
     .found = "warning My Shop.I \"2: index of 8 kB is superfluous: its keys are those of index My Shop.I 1 (8 kB)"},
    {.name = "partitioned indexes are judged once, with the size of their parts; an attached part is left alone",
     .check = DUPLICATE,
     .sql = "CREATE TABLE t (a int, b int) PARTITION BY LIST (a); CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1);"
            "CREATE TABLE t_2 PARTITION OF t FOR VALUES IN (2); CREATE INDEX i1 ON t (a); CREATE INDEX i2 ON t (a, b);"
            "CREATE INDEX own ON t_1 (a)",
     .found = SUPERFLUOUS("i1", "16 kB", PREFIX, "i2", "16 kB") "\n" SUPERFLUOUS("own", "8 kB", SAME, "t_1_a_idx", "8 kB")},
    {.name = "an invalid twin serves nobody",
     .check = DUPLICATE,
     .sql = "CREATE TABLE t (a int); CREATE INDEX i1 ON t (a); CREATE INDEX i2 ON t (a);"
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i1'::regclass",
     .found = ""},
    {.name = "no index at all", .check = DUPLICATE, .sql = "CREATE TABLE t (a int)", .found = NULL, .note = "no indexes"},
};

#define BTREE "schema.jsonb_btree"
static const check_case documents[] = {
    {.name = "btree and hash, alone or beside others (S4-16 to S4-21, trap 12)",
     .check = BTREE,
     .sql = "CREATE DOMAIN doc AS jsonb; CREATE TABLE t (id int PRIMARY KEY, j jsonb, d doc, k json);"
            "CREATE INDEX i1 ON t (j); CREATE INDEX i2 ON t USING hash (j); CREATE INDEX i3 ON t (id, d) WHERE id > 0",
     .found = "warning public.i1: btree index on the jsonb column \"j\" of public.t: it serves only comparisons of whole "
              "documents, and a large document does not fit into it\n"
              "warning public.i2: hash index on the jsonb column \"j\" of public.t: it serves only comparisons of whole "
              "documents, and a large document does not fit into it\n"
              "warning public.i3: btree index on the jsonb column \"d\" of public.t: it serves only comparisons of whole "
              "documents, and a large document does not fit into it"},
    {.name = "GIN, expressions, INCLUDE and UNIQUE are meant",
     .check = BTREE,
     .sql = "CREATE TABLE t (id int, j jsonb UNIQUE); CREATE INDEX i1 ON t USING gin (j); CREATE INDEX i2 ON t ((j->>'a'));"
            "CREATE INDEX i3 ON t (id) INCLUDE (j)",
     .found = "", .note = "2 jsonb indexes"},
};

#define NO_INDEX "relationships.no_index"
#define PARENT "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b), UNIQUE (a)); "
#define CHILD PARENT "CREATE TABLE c (id int, a int, b int, FOREIGN KEY (a, b) REFERENCES p (a, b)); "
#define BARE(object, size)                                                                                            \
    object ": no index begins with the columns of foreign key \"c_a_b_fkey\" (small today): every DELETE or key change " \
           "in public.p reads the whole table (" size ")"
static const check_case references[] = {
    {.name = "none, a wrong order, other methods, partial and expression indexes (S0-53)",
     .check = NO_INDEX,
     .sql = CHILD "CREATE INDEX ON c (a); CREATE INDEX ON c (a, id, b); CREATE INDEX ON c USING brin (a, b);"
            "CREATE INDEX ON c (a, b) WHERE id > 0; CREATE INDEX ON c (a, (b + 0)); CREATE INDEX ON c (a) INCLUDE (b);"
            "CREATE INDEX ON c (a, b) WHERE id IS NOT NULL; CREATE INDEX ON c (a, b) WHERE a IS NULL;"
            "CREATE INDEX ON c USING hash (a); CREATE INDEX ON c (a, b) WHERE a IS NOT NULL OR b IS NOT NULL;",
     .found = BARE("info public.c(a, b)", "0 bytes")},
    {.name = "any order within the first columns", .check = NO_INDEX, .sql = CHILD "CREATE INDEX ON c (b, a, id)", .found = ""},
    {.name = "partial only by NOT NULL of the key's columns",
     .check = NO_INDEX,
     .sql = CHILD "CREATE INDEX ON c (a, b) WHERE b IS NOT NULL AND a IS NOT NULL",
     .found = "", .note = "1 foreign key"},
    {.name = "a hash index of one column",
     .check = NO_INDEX,
     .sql = PARENT "CREATE TABLE c (a int REFERENCES p (a)); CREATE INDEX ON c USING hash (a)",
     .found = ""},
    {.name = "an invalid index is none",
     .check = NO_INDEX,
     .sql = CHILD "CREATE INDEX i ON c (a, b); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass",
     .found = BARE("info public.c(a, b)", "0 bytes")},
    {.name = "a large table is a WARNING",
     .check = NO_INDEX,
     .sql = CHILD "INSERT INTO p VALUES (1, 1); INSERT INTO c SELECT n, 1, 1 FROM generate_series(1, 4000) n; ANALYZE c",
     .found = "warning public.c(a, b): no index begins with the columns of foreign key \"c_a_b_fkey\": every DELETE or key "
              "change in public.p reads the whole table (176 kB)"},
    {.name = "a partitioned child: its own index, or one of every partition",
     .check = NO_INDEX,
     .sql = PARENT
            "CREATE TABLE c (k int, a int REFERENCES p (a)) PARTITION BY LIST (k); CREATE TABLE c_1 PARTITION OF c FOR VALUES IN (1);"
            "CREATE TABLE c_2 (a int, gone int, k int); ALTER TABLE c_2 DROP COLUMN gone; ALTER TABLE c ATTACH PARTITION c_2 FOR VALUES IN (2);"
            "CREATE INDEX ON c_1 (a); CREATE INDEX ON c_2 (a);"
            "CREATE TABLE d (k int, a int REFERENCES p (a)) PARTITION BY LIST (k); CREATE TABLE d_1 PARTITION OF d FOR VALUES IN (1);"
            "CREATE INDEX ON d (a);"
            "CREATE TABLE e (k int, a int REFERENCES p (a)) PARTITION BY LIST (k); CREATE TABLE e_1 PARTITION OF e FOR VALUES IN (1);"
            "CREATE TABLE e_2 PARTITION OF e FOR VALUES IN (2); CREATE INDEX ON e_1 (a)",
     .found = "info public.e(a): no index begins with the columns of foreign key \"e_a_fkey\" (small today): every DELETE or "
              "key change in public.p reads the whole table (0 bytes)",
     .note = "3 foreign keys, 1 note"},
    {.name = "quoted names, to itself, in another schema",
     .check = NO_INDEX,
     .sql = "CREATE SCHEMA \"S\"; CREATE TABLE \"S\".\"T t\" (\"Id\" int PRIMARY KEY, \"Up AND (\" int REFERENCES \"S\".\"T t\");"
            "CREATE TABLE \"S\".u (\"x AND y\" int REFERENCES \"S\".\"T t\"); CREATE INDEX ON \"S\".u (\"x AND y\") WHERE \"x AND y\" IS NOT NULL",
     .found = "info S.T t(Up AND (): no index begins with the columns of foreign key \"T t_Up AND (_fkey\" (small today): every "
              "DELETE or key change in S.T t reads the whole table (0 bytes)"},
};

#define INVALID "schema.invalid_index"
#define SPOIL(index, what) "UPDATE pg_index SET " what " WHERE indexrelid = '" index "'::regclass;"
static const check_case broken[] = {
    {.name = "not valid, not ready, half dropped, unique, and what REINDEX leaves behind",
     .check = INVALID,
     .sql = "CREATE TABLE t (a int, b text); CREATE INDEX i1 ON t (a);" SPOIL("i1", "indisvalid = false")
            "CREATE INDEX i2 ON t (a);" SPOIL("i2", "indisvalid = false, indisready = false")
            "CREATE UNIQUE INDEX i3 ON t (a);" SPOIL("i3", "indisvalid = false")
            "CREATE INDEX i4 ON t (a);" SPOIL("i4", "indisvalid = false, indisready = false, indislive = false")
            "CREATE INDEX i5_ccnew1 ON t (a);" SPOIL("i5_ccnew1", "indisvalid = false")
            "CREATE INDEX i6_ccold ON t (a);" SPOIL("i6_ccold", "indisvalid = false") "CREATE INDEX i7 ON t (a)",
     .found =
         "error public.i1: index is not valid: a concurrent build did not finish; writes pay for it and no query uses it\n"
         "error public.i2: index is not ready: a CREATE INDEX CONCURRENTLY did not finish, new rows are not in it and no query "
         "uses it\n"
         "error public.i3: index is not valid: a concurrent build did not finish (perhaps over duplicates), so it proves no "
         "uniqueness of the rows from before, and no query uses it\n"
         "error public.i4: index is half dropped: a DROP INDEX CONCURRENTLY did not finish\n"
         "error public.i5_ccnew1: index is left over from a REINDEX CONCURRENTLY that failed: the old index still serves, this "
         "one only costs\n"
         "error public.i6_ccold: index is left over from a REINDEX CONCURRENTLY that succeeded but could not drop its old index",
     .note = "7 indexes, 6 errors"},
    {.name = "a partitioned index that a partition lacks",
     .check = INVALID,
     .sql = "CREATE TABLE t (a int) PARTITION BY LIST (a); CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1);"
            "CREATE TABLE t_2 PARTITION OF t FOR VALUES IN (2); CREATE INDEX i ON ONLY t (a); CREATE INDEX i_1 ON t_1 (a);"
            "ALTER INDEX i ATTACH PARTITION i_1",
     .found = "error public.i: index is not valid: some partitions have no part of it",
     .evidence = "{\"table\":\"public.t\",\"valid\":false,\"ready\":true,\"partitions_without\":\"{public.t_2}\"}"},
    {.name = "all partitions have it",
     .check = INVALID,
     .sql = "CREATE TABLE t (a int) PARTITION BY LIST (a); CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1);"
            "CREATE INDEX i ON ONLY t (a); CREATE INDEX i_1 ON t_1 (a); ALTER INDEX i ATTACH PARTITION i_1",
     .found = ""},
    {.name = "a name that only ends like a leftover is no finding",
     .check = INVALID, .sql = "CREATE TABLE t (a int); CREATE INDEX t_ccnew ON t (a)", .found = ""},
};

#define UNUSED "schema.unused_index"
#define ROWS "CREATE TABLE t (id int PRIMARY KEY, a int, b int); INSERT INTO t SELECT n, n, n FROM generate_series(1, 4000) n;"
static const check_case unused[] = {
    {.name = "never scanned: with size, and statistics of unknown age (S0-57)",
     .check = UNUSED,
     .sql = ROWS "CREATE INDEX i ON t (a); CREATE UNIQUE INDEX u ON t (a, b)",
     .found = "info public.i: index of 104 kB was not used since the statistics began; they were never reset, their age is "
              "not known; every replica keeps its own count",
     .evidence = "{\"table\":\"public.t\",\"bytes\":106496,\"statistics_since\":null,\"standby\":false}",
     .note = "1 plain index, 1 note"},
    {.name = "once scanned is used",
     .check = UNUSED,
     .sql = ROWS "CREATE INDEX i ON t (a); SET enable_seqscan = off; SELECT b FROM t WHERE a = 7; SELECT pg_stat_force_next_flush()",
     .found = ""},
    {.name = "a small table",
     .check = UNUSED, .sql = "CREATE TABLE t (a int); CREATE INDEX i ON t (a)", .found = ""},
    {.name = "a partitioned index is used if one part is, and unused as a whole",
     .check = UNUSED,
     .sql = "CREATE TABLE t (id int, a int, b int) PARTITION BY LIST (id); CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1);"
            "CREATE TABLE t_2 PARTITION OF t FOR VALUES IN (2); INSERT INTO t SELECT n % 2 + 1, n, n FROM generate_series(1, 30000) n;"
            "CREATE INDEX i ON t (a); CREATE INDEX j ON t (b); SET enable_seqscan = off; SELECT b FROM t_1 WHERE a = 7;"
            "SELECT pg_stat_force_next_flush()",
     .found = "info public.j: index of 688 kB was not used since the statistics began; they were never reset, their age is not "
              "known; every replica keeps its own count"},
};

/* An index that somebody is building is not called broken: not while it waits, and not by a snapshot that is older than
 * its end; and when its builder is gone, it is. */
typedef struct builder {
    char conninfo[CLUSTER_CONNINFO_SIZE];
    const char *sql;
    keel_error err;
} builder;

static void *build(void *context)
{
    builder *b = context;
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(b->conninfo);

    keel_pg_exec(pg, &b->err, b->sql);
    return NULL;
}

static bool becomes(keel_pg *pg, const char *sql, const char *value)
{
    keel_usec deadline = keel_monotonic() + 20 * KEEL_SECOND;

    while (strcmp(cluster_value(pg, sql), value) != 0) {
        if (keel_monotonic() > deadline)
            return false;
        keel_sleep(KEEL_SECOND / 100);
    }
    return true;
}

typedef struct engine keel_engine;
static void (*meanwhile)(void);
void __real_keel_engine_make_tasks(keel_engine *e);
void __wrap_keel_engine_make_tasks(keel_engine *e);
void __wrap_keel_engine_make_tasks(keel_engine *e)
{
    if (meanwhile != NULL)
        meanwhile();
    __real_keel_engine_make_tasks(e);
}

static keel_pg *holder; /* whatever the build waits for */
static pthread_t building;

static void let_it_finish(void)
{
    cluster_exec(holder, "COMMIT");
    pthread_join(building, NULL);
    meanwhile = NULL;
}

/* `hold` keeps the build from ending; `phase` is where it waits then. */
static void start_building(builder *b, keel_pg *looker, const char *sql, const char *hold, const char *phase)
{
    char seen[256];

    cluster_exec(holder, hold);
    b->sql = sql;
    b->err = (keel_error){0};
    if (pthread_create(&building, NULL, build, b) != 0)
        exit(2);
    snprintf(seen, sizeof seen,
             "SELECT count(*) FROM pg_stat_progress_create_index g WHERE g.phase = '%s' AND EXISTS ("
             "SELECT FROM pg_index i WHERE i.indrelid = g.relid AND NOT i.indisvalid)", phase);
    ok(becomes(looker, seen, "1"), "%s is %s", sql, phase);
}

static void judge_building(const char *conninfo, const char *name, const char *found)
{
    const check_case c = {.name = name, .check = INVALID, .found = found};

    check_case_judge(conninfo, &c);
}

static void test_being_built(keel_scratch *cluster)
{
    static const char write[] = "BEGIN; INSERT INTO t VALUES (2)";
    static const char read[] = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1";
    builder b = {0};
    char plain[CLUSTER_CONNINFO_SIZE + 16];

    holder = cluster_database(cluster, "being_built", b.conninfo);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *looker = cluster_connect(b.conninfo);
    cluster_exec(holder, "CREATE TABLE t (a int); CREATE TABLE other (a int); CREATE INDEX ok ON other (a);"
                         "CREATE ROLE plain LOGIN; GRANT USAGE ON SCHEMA public TO plain; GRANT SELECT ON t, other TO plain");
    snprintf(plain, sizeof plain, "%s user=plain", b.conninfo);

    start_building(&b, looker, "CREATE INDEX CONCURRENTLY i ON t (a)", write, "waiting for writers before build");
    judge_building(b.conninfo, "an index that is being built", "");
    judge_building(plain, "the same by a role that may not see progress", "");
    let_it_finish();
    is_str(b.err.message, "", "it was built");

    start_building(&b, looker, "CREATE INDEX CONCURRENTLY j ON t (a)", read, "waiting for old snapshots");
    meanwhile = let_it_finish;
    judge_building(b.conninfo, "a build that ends after the snapshot was taken", "");
    ok(meanwhile == NULL && b.err.message[0] == '\0', "it has ended meanwhile: %s", b.err.message);

    start_building(&b, looker, "REINDEX INDEX CONCURRENTLY i", write, "waiting for writers before build");
    judge_building(b.conninfo, "an index that is being rebuilt", "");
    cluster_exec(looker, "SELECT pg_terminate_backend(pid) FROM pg_stat_progress_create_index");
    pthread_join(building, NULL);
    cluster_exec(holder, "COMMIT");
    ok(becomes(looker, "SELECT count(*) FROM pg_stat_progress_create_index", "0"), "its builder is gone");
    judge_building(b.conninfo, "what a killed rebuild left behind",
                   "error public.i_ccnew: index is left over from a REINDEX CONCURRENTLY that failed: the old index still "
                   "serves, this one only costs");
    keel_pg_close(holder);
}

/* The remedies are SQL to paste: after it nothing is left to say. */
static const check_case mended[] = {
    {.name = "a dropped duplicate", .check = DUPLICATE,
     .sql = "CREATE TABLE \"T\" (a int UNIQUE); CREATE INDEX \"I\" ON \"T\" (a)"},
    {.name = "a GIN index", .check = BTREE, .sql = "CREATE TABLE t (j jsonb); CREATE INDEX i ON t (j)"},
    {.name = "an index for the foreign key", .check = NO_INDEX,
     .sql = "CREATE TABLE p (a int PRIMARY KEY); CREATE TABLE c (\"A a\" int REFERENCES p)"},
    {.name = "a leftover dropped", .check = INVALID,
     .sql = "CREATE TABLE t (a int); CREATE INDEX t_a_ccnew ON t (a);" SPOIL("t_a_ccnew", "indisvalid = false")},
    {.name = "an unused index dropped", .check = UNUSED, .sql = ROWS "CREATE INDEX i ON t (a)"},
};

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);

    for (size_t i = 0; i < KEEL_COUNT_OF(duplicates); i++)
        check_case_run(cluster, &duplicates[i]);
    for (size_t i = 0; i < KEEL_COUNT_OF(documents); i++)
        check_case_run(cluster, &documents[i]);
    for (size_t i = 0; i < KEEL_COUNT_OF(references); i++)
        check_case_run(cluster, &references[i]);
    for (size_t i = 0; i < KEEL_COUNT_OF(broken); i++)
        check_case_run(cluster, &broken[i]);
    for (size_t i = 0; i < KEEL_COUNT_OF(unused); i++)
        check_case_run(cluster, &unused[i]);
    for (size_t i = 0; i < KEEL_COUNT_OF(mended); i++)
        check_case_mend(cluster, &mended[i]);
    test_being_built(cluster);
    return done_testing();
}
