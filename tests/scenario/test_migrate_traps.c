/* Traps that PostgreSQL lays for whoever writes migrations, by their numbers in the list that the project started from:
 * 3 to 8, 11, 13, 15 and 16. For each, what pgkeel migrate makes of it: where it stops, what it says, what is left, and
 * that the same command goes on once the file is mended. */
#include "chain.h"

typedef struct trap {
    keel_arena *arena;
    keel_pg *pg;
    char conninfo[CLUSTER_CONNINFO_SIZE];
    const char *folder;
    const chain_schema *before;
} trap;

/* A database made by the SQL, and a folder with one file. */
static trap set(const char *name, const char *sql, const char *file, const char *text)
{
    trap t = {.arena = keel_arena_create()};

    t.pg = chain_database(name, NULL, t.conninfo);
    t.folder = chain_folder(t.arena);
    cluster_exec(t.pg, sql);
    chain_file(t.folder, file, text);
    t.before = chain_schema_of(t.arena, t.pg);
    return t;
}

static void close_trap(trap *t)
{
    keel_pg_close(t->pg);
    keel_arena_free(t->arena);
}

static chain_run up(const trap *t)
{
    return chain_migrate(t->arena, t->conninfo, t->folder, "up", NULL, NULL);
}

/* It stops with this message; of the step that fails nothing is left. */
static void stops(const trap *t, const char *what, const char *message)
{
    chain_run run = up(t);

    ok(run.exit_code == 2 && strstr(chain_failure(&run), message) != NULL, "%s: %s", what, chain_failure(&run));
    is_str(chain_difference(t->arena, t->before, chain_schema_of(t->arena, t->pg)), "", "%s: nothing is left of it", what);
}

/* lint --live has this rule to say of it, before anything is run. */
static void is_named(const trap *t, const char *rule, const char *what)
{
    chain_run run = chain_lint(t->arena, t->conninfo, t->folder);

    ok(run.exit_code == 1 && *chain_found(&run, rule, NULL) != '\0', "%s: lint names it beforehand, %s: %s", what, rule,
       chain_found(&run, rule, NULL));
}

/* The file is mended, and the same command succeeds: no failed migration has to be cleared away. */
static void goes_on(const trap *t, const char *what, const char *file, const char *text)
{
    chain_file(t->folder, file, text);
    chain_run run = up(t);
    chain_good(&run, what);
}

static void test_trap_3(void)
{
    trap t = set("trap_3", "CREATE TABLE t (k int)", "001_t.sql",
                 "BEGIN;\nCREATE INDEX CONCURRENTLY t_k ON t (k);\nCOMMIT;\n");

    stops(&t, "trap 3: CONCURRENTLY inside of BEGIN",
          "001_t.sql:2: CREATE INDEX CONCURRENTLY cannot run inside a transaction block");
    chain_file(t.folder, "001_t.sql", "DO $$ BEGIN EXECUTE 'CREATE INDEX CONCURRENTLY t_k ON t (k)'; END $$;\n");
    stops(&t, "trap 3: CONCURRENTLY in a DO block", "001_t.sql:1: CREATE INDEX CONCURRENTLY cannot run inside a transaction");
    is_named(&t, "L004", "trap 3");
    goes_on(&t, "trap 3: among other statements it is a step of its own, whatever transactions a driver would begin",
            "001_t.sql", "ALTER TABLE t ADD COLUMN v int;\nCREATE INDEX CONCURRENTLY t_k ON t (k);\nINSERT INTO t VALUES (1);\n");
    is_str(cluster_value(t.pg, "SELECT string_agg(number || ' ' || label, ', ' ORDER BY number) FROM pgkeel.migration_step"),
           "1 ALTER TABLE t, 2 CREATE INDEX CONCURRENTLY t_k, 3 INSERT t", "trap 3: three steps");
    close_trap(&t);
}

static void test_trap_4(void)
{
    trap t = set("trap_4", "CREATE TABLE t (at timestamptz)", "001_t.sql",
                 "CREATE INDEX CONCURRENTLY t_recent ON t (at)\n  WHERE at >= CURRENT_TIMESTAMP - interval '30 days';\n");

    is_named(&t, "L123", "trap 4");
    stops(&t, "trap 4: an index predicate with CURRENT_TIMESTAMP",
          "functions in index predicate must be marked IMMUTABLE");
    is_str(cluster_value(t.pg, "SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0", "trap 4: and no INVALID index");
    goes_on(&t, "trap 4: without it", "001_t.sql", "CREATE INDEX CONCURRENTLY t_recent ON t (at);\n");
    close_trap(&t);
}

static void test_trap_5(void)
{
    trap t = set("trap_5", "CREATE TABLE t (at timestamptz)", "001_t.sql",
                 "CREATE TABLE u (id int);\nCREATE VIEW v AS\n  SELECT * FROM t WHERE at > datetime('now', '-1 day');\n");

    is_named(&t, "L124", "trap 5");
    stops(&t, "trap 5: a function of SQLite", "001_t.sql:3: function datetime(unknown, unknown) does not exist");
    const char *const words[] = {"migrate", "up", "--dir", t.folder, NULL};
    chain_run said = chain_say(t.arena, t.conninfo, words);
    const char *line = strstr(said.text, "SELECT * FROM t WHERE at > datetime("), *caret = strstr(said.text, "^\n");
    ok(line != NULL && caret != NULL && caret > line, "trap 5: with a caret under it: %s", said.text);
    goes_on(&t, "trap 5: in PostgreSQL's words", "001_t.sql",
            "CREATE TABLE u (id int);\nCREATE VIEW v AS\n  SELECT * FROM t WHERE at > now() - interval '1 day';\n");
    close_trap(&t);
}

/* In one runner such a file leaves a failed migration behind, which blocks all others until somebody resolves it. */
static void test_trap_6(void)
{
    trap t = set("trap_6", "CREATE TABLE t (k int)", "001_t.sql",
                 "CREATE TABLE u (id int);\nALTER TABLE t\n  ADD CONSTRAINT IF NOT EXISTS t_k CHECK (k > 0);\n");
    chain_run run = up(&t);

    is_int(run.exit_code, 2, "trap 6: ADD CONSTRAINT IF NOT EXISTS is no SQL");
    ok(strstr(chain_found(&run, "migrate.syntax", "001_t.sql"), "syntax error at or near \"NOT\"") != NULL,
       "trap 6: which is found before anything is run: %s", chain_found(&run, "migrate.syntax", NULL));
    ok(strstr(run.text, "001_t.sql:3:") != NULL, "trap 6: in its line");
    is_str(cluster_value(t.pg, "SELECT to_regnamespace('pgkeel')::text"), "(null)", "trap 6: so that nothing is journalled");
    run = chain_lint(t.arena, t.conninfo, t.folder);
    ok(run.exit_code == 1 && *chain_found(&run, "lint.syntax", NULL) != '\0', "trap 6: and by lint: %s",
       chain_found(&run, "lint.syntax", NULL));
    goes_on(&t, "trap 6: mended, it is applied like any other", "001_t.sql",
            "ALTER TABLE t ADD CONSTRAINT t_k CHECK (k > 0) NOT VALID;\n-- pgkeel:step\nALTER TABLE t VALIDATE CONSTRAINT t_k;\n");
    run = up(&t);
    chain_good(&run, "trap 6: once, which IF NOT EXISTS was meant to see to");
    close_trap(&t);
}

static void test_trap_7(void)
{
    trap t = set("trap_7", "CREATE TABLE t (k int PRIMARY KEY); INSERT INTO t VALUES (1)", "001_t.sql",
                 "CREATE TABLE u (id int);\nALTER TABLE t ADD COLUMN v int NOT NULL;\n");

    is_named(&t, "L017", "trap 7");
    stops(&t, "trap 7: NOT NULL is added to a filled table", "001_t.sql:2: column \"v\" of relation \"t\" contains null values");
    goes_on(&t, "trap 7: with a constant default", "001_t.sql", "ALTER TABLE t ADD COLUMN v int NOT NULL DEFAULT 0;\n");
    close_trap(&t);
}

static void test_trap_8(void)
{
    static const char mended[] = "ALTER TABLE t ADD CONSTRAINT t_v CHECK (v IN ('LOT', 'WIP')) NOT VALID;\n"
                                 "-- pgkeel:step\nALTER TABLE t VALIDATE CONSTRAINT t_v;\n";
    trap t = set("trap_8", "CREATE TABLE t (k int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'lot'), (2, 'WIP')",
                 "001_t.sql", "ALTER TABLE t ADD CONSTRAINT t_v CHECK (v IN ('LOT', 'WIP'));\n");

    stops(&t, "trap 8: a new CHECK over the old spelling", "check constraint \"t_v\" of relation \"t\" is violated by some row");
    chain_file(t.folder, "001_t.sql", mended);
    chain_run run = up(&t);
    ok(run.exit_code == 2 && strstr(chain_failure(&run), "001_t.sql:3: check constraint \"t_v\"") != NULL,
       "trap 8: NOT VALID it stands for new rows, and VALIDATE still finds the old: %s", chain_failure(&run));
    const char *const words[] = {"migrate", "backfill", "--table", "t", "--set", "v = upper(v)", "--where", "v <> upper(v)", NULL};
    run = chain_pgkeel(t.arena, t.conninfo, words);
    is_int(chain_number(&run, "rows"), 1, "trap 8: they are rewritten in batches");
    run = up(&t);
    chain_good(&run, "trap 8: and the same command ends what it began");
    is_str(cluster_value(t.pg, "SELECT convalidated FROM pg_constraint WHERE conname = 't_v'"), "t", "trap 8: with VALIDATE");
    close_trap(&t);
}

static void test_trap_11(void)
{
    trap t = set("trap_11", "CREATE TABLE t (k int); CREATE INDEX t_k ON t (k)", "001_t.sql",
                 "CREATE TABLE IF NOT EXISTS t (k int);\nCREATE INDEX t_k ON t (k);\n");
    const char *const words[] = {"migrate", "adopt", "--dir", t.folder, "--to", "001", NULL};

    stops(&t, "trap 11: CREATE INDEX for the second time", "001_t.sql:2: relation \"t_k\" already exists");
    chain_run run = chain_pgkeel(t.arena, t.conninfo, words);
    chain_good(&run, "trap 11: adopt says that it was applied before there was a journal");
    run = up(&t);
    chain_good(&run, "trap 11: and no statement needs to be repeatable");
    close_trap(&t);
}

static void test_trap_13(void)
{
    trap t = set("trap_13", "CREATE TABLE t (k int); CREATE MATERIALIZED VIEW mv AS SELECT k, count(*) AS n FROM t GROUP BY k;"
                            "CREATE INDEX mv_n ON mv (n)",
                 "001_t.sql", "REFRESH MATERIALIZED VIEW CONCURRENTLY mv;\n");

    is_named(&t, "L127", "trap 13");
    stops(&t, "trap 13: REFRESH CONCURRENTLY without a unique index",
          "001_t.sql:1: cannot refresh materialized view \"public.mv\" concurrently");
    chain_run run = up(&t);
    ok(strstr(chain_advice(&run), "unique index") != NULL, "trap 13: and says what is missing: %s", chain_advice(&run));
    goes_on(&t, "trap 13: with one", "001_t.sql",
            "CREATE UNIQUE INDEX CONCURRENTLY mv_k ON mv (k);\nREFRESH MATERIALIZED VIEW CONCURRENTLY mv;\n");
    close_trap(&t);
}

/* psql without ON_ERROR_STOP goes on behind the failed GRANT, and nobody has the rights that were meant. */
static void test_trap_15(void)
{
    trap t = set("trap_15", "CREATE TABLE t (k int)", "001_t.sql",
                 "\\set ON_ERROR_STOP off\nCREATE TABLE u (id int);\nGRANT SELECT ON u TO nobody_at_all;\nCREATE TABLE w (id int);\n");

    is_named(&t, "L126", "trap 15");
    stops(&t, "trap 15: GRANT to a role that is not there", "001_t.sql:3: role \"nobody_at_all\" does not exist");
    chain_file(t.folder, "002_later.sql", "CREATE TABLE later (id int);\n");
    stops(&t, "trap 15: and no later file is run either", "role \"nobody_at_all\" does not exist");
    cluster_exec(t.pg, "CREATE ROLE nobody_at_all");
    chain_run run = up(&t);
    chain_good(&run, "trap 15: with the role it goes on");
    is_str(cluster_value(t.pg, "SELECT has_table_privilege('nobody_at_all', 'u', 'SELECT')"), "t", "trap 15: with the right");
    close_trap(&t);
}

static void test_trap_16(void)
{
    trap t = set("trap_16", "CREATE TABLE t (k int)", "002_subscriptions.sql", "CREATE TABLE a (id int);\n");

    chain_file(t.folder, "002_x402.sql", "CREATE TABLE b (id int);\n");
    stops(&t, "trap 16: two files of one version", "002_x402.sql");
    chain_run run = up(&t);
    ok(strstr(chain_failure(&run), "002_subscriptions.sql") != NULL, "trap 16: both are named: %s", chain_failure(&run));
    run = chain_lint(t.arena, t.conninfo, t.folder);
    ok(run.exit_code == 2 && strstr(chain_failure(&run), "002_x402.sql") != NULL, "trap 16: by lint as well");
    close_trap(&t);
}

/* What alembic writes out names each revision's parent; the names of revisions do not sort. */
static void test_trap_16_chain(void)
{
    trap t = set("trap_16_chain", "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)", "all.sql",
                 "BEGIN;\n-- Running upgrade  -> 20260109_1030\nCREATE TABLE a (id int);\n"
                 "INSERT INTO alembic_version VALUES ('20260109_1030');\n"
                 "-- Running upgrade 20260109_1030 -> d014b2d1886b\nALTER TABLE a ADD COLUMN b int;\n"
                 "UPDATE alembic_version SET version_num = 'd014b2d1886b';\n"
                 "-- Running upgrade d014b2d1886b -> 20251223_0001\nALTER TABLE a RENAME COLUMN b TO c;\n"
                 "UPDATE alembic_version SET version_num = '20251223_0001';\nCOMMIT;\n");
    chain_run run = up(&t);

    chain_good(&run, "trap 16: revisions are applied in the order of their chain, not of their names");
    is_str(cluster_value(t.pg, "SELECT (SELECT version_num FROM alembic_version) || ' ' || attname FROM pg_attribute"
                               " WHERE attrelid = 'a'::regclass AND attnum = 2"),
           "20251223_0001 c", "trap 16: to the last one");
    chain_file(t.folder, "a_later.sql",
               "-- Running upgrade 1a -> 0z\nALTER TABLE a ADD COLUMN last int;\n");
    chain_file(t.folder, "b_before.sql",
               "-- Running upgrade 20251223_0001 -> 1a\nALTER TABLE a ADD COLUMN before_the_last int;\n");
    run = up(&t);
    chain_good(&run, "trap 16: nor of their files' names");
    is_str(cluster_value(t.pg, "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute"
                               " WHERE attrelid = 'a'::regclass AND attnum > 0"),
           "id c before_the_last last", "trap 16: one after its parent");
    chain_file(t.folder, "c_ring.sql", "-- Running upgrade y -> x\nSELECT 1;\n-- Running upgrade x -> y\nSELECT 1;\n");
    run = up(&t);
    ok(run.exit_code == 2 && strstr(chain_failure(&run), "c_ring.sql:1: revision \"x\" follows upon itself") != NULL,
       "trap 16: a ring of revisions is refused: %s", chain_failure(&run));
    chain_file(t.folder, "c_ring.sql", "-- Running upgrade 1a -> 0z\nSELECT 1;\n");
    run = up(&t);
    ok(run.exit_code == 2 && strstr(chain_failure(&run), "revision \"0z\" is there twice") != NULL,
       "trap 16: and one that is there twice: %s", chain_failure(&run));
    close_trap(&t);
}

/* What looks like one of the traps, and PostgreSQL takes it: lint is silent. */
static void test_no_traps(void)
{
    static const char *const cases[] = {
        "SELECT extract(epoch FROM now()), trim(' x'), position('a' IN 'ba'), overlay('x' PLACING 'y' FROM 1), int4 '7', date('2026-01-01')",
        "CREATE FUNCTION plus(a int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT a + 1'; CREATE INDEX t_plus ON t (plus(k))",
        "CREATE INDEX t_day ON t (date_trunc('day', at)) WHERE at > timestamp '2026-01-01'",
        "DO $$ BEGIN ALTER TABLE t ADD COLUMN IF NOT EXISTS late int; END $$; CREATE INDEX t_late ON t (late)",
        "ALTER TABLE t RENAME COLUMN v TO w; CREATE INDEX t_w ON t (w) WHERE t.w IS NOT NULL",
        "CREATE TABLE l (LIKE t); CREATE INDEX l_k ON l (k) INCLUDE (at)",
        "CREATE SCHEMA o; CREATE TABLE o.t (other int); SET search_path = o; CREATE INDEX t_other ON t (other); SET search_path = public",
        "CREATE ROLE made_here; GRANT SELECT ON t TO made_here, CURRENT_USER, PUBLIC",
        "DO $$ BEGIN CREATE ROLE made_inside; END $$; GRANT SELECT ON t TO made_inside",
        "ALTER TABLE t ADD CONSTRAINT t_not CHECK (w NOT IN ('a', NULL)) NOT VALID",
        "CREATE UNIQUE INDEX \"Mv_k\" ON \"Mv\" (k); REFRESH MATERIALIZED VIEW CONCURRENTLY \"Mv\"",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY \"Mv\"",
    };
    static const char *const rules[] = {"L122", "L123", "L124", "L125", "L126", "L127"};
    trap t = set("no_traps", "CREATE TABLE t (k int, v text, at timestamp); CREATE MATERIALIZED VIEW \"Mv\" AS SELECT 1 AS k",
                 "001_t.sql", "");

    for (size_t i = 0; i < KEEL_COUNT_OF(cases); i++) {
        chain_file(t.folder, "001_t.sql", cases[i]);
        chain_run run = chain_lint(t.arena, t.conninfo, t.folder);
        const char *found = run.report != NULL ? "" : "no report";
        for (size_t k = 0; k < KEEL_COUNT_OF(rules); k++)
            if (*chain_found(&run, rules[k], NULL) != '\0')
                found = chain_found(&run, rules[k], NULL);
        is_str(found, "", "no trap: %s", cases[i]);
        cluster_exec(t.pg, cases[i]);
    }
    close_trap(&t);
}

int main(int argc, char **argv)
{
    chain_open(argc, argv);
    test_trap_3();
    test_trap_4();
    test_trap_5();
    test_trap_6();
    test_trap_7();
    test_trap_8();
    test_trap_11();
    test_trap_13();
    test_trap_15();
    test_trap_16();
    test_trap_16_chain();
    test_no_traps();
    chain_close();
    return done_testing();
}
