/* The safe form of a statement against the statement itself: on filled tables both end in the same catalogue, names of
 * constraints and indexes included, and lint finds nothing in the safe one. */
#include <stdlib.h>

#include "cluster.h"
#include "lint/rewrite.h"
#include "migrate/snapshot.h"
#include "migrate/step.h"
#include "tap.h"

static keel_scratch *cluster;

typedef struct script {
    keel_migration_sql sql;
    keel_lint_script lint;
    const keel_steps *steps;
} script;

static script cut(keel_arena *arena, const char *text)
{
    keel_steps *steps = keel_arena_alloc(arena, sizeof *steps);
    script s = {.sql = {.path = "case.sql", .text = text, .size = strlen(text), .line = 1}, .steps = steps};
    keel_error err = {0};

    if (!ok(keel_steps_of(arena, &s.sql, 150000, steps, &err), "cut %.60s: %s", text, err.message))
        return s;
    for (size_t i = 0; i < steps->count; i++)
        for (size_t k = 0; k < steps->items[i].statements.count; k++) {
            const keel_step_statement *t = &steps->items[i].statements.items[k];
            keel_lint_statement statement = {.file = "case.sql", .line = t->line, .sql = t->sql, .size = t->size,
                                             .node = t->node, .class = &t->class, .transaction = (int)i + 1,
                                             .before = t->before, .before_size = t->before_size,
                                             .before_line = t->before_line, .bounded = t->bounded};
            keel_arena_push(arena, &s.lint, statement);
        }
    return s;
}

/* pg NULL: by the text. */
static keel_report *lint(keel_arena *arena, keel_pg *pg, const script *s, keel_rewrites *rewrites)
{
    keel_report *report = keel_report_create();
    keel_lint_options options = {.today = "2026-11-21", .rewrites = rewrites, .small_rows = 10};
    keel_world *world = keel_world_empty(arena);
    keel_error err = {0};

    if (pg != NULL && !keel_world_load(pg, arena, &world, &err))
        ok(false, "the catalogue: %s", err.message);
    keel_lint_run(arena, &s->lint, world, &options, report);
    return report;
}

static const char *safe_form(keel_arena *arena, keel_pg *pg, const char *sql, size_t *ret_count)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    script s = cut(arena, sql);
    keel_rewrites rewrites = {0};
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = lint(arena, pg, &s, &rewrites);

    keel_rewrite_text(arena, &rewrites, &s.lint, 0, s.lint.count, sql, s.sql.size, &out);
    *ret_count = rewrites.count;
    return keel_arena_strdup(arena, keel_str_text(&out));
}

static bool execute(keel_pg *pg, const keel_steps *steps, keel_error *err)
{
    for (size_t i = 0; i < steps->count; i++) {
        const keel_step *step = &steps->items[i];
        bool good = !step->transactional || keel_pg_exec(pg, err, "BEGIN");
        for (size_t k = 0; good && k < step->statements.count; k++)
            good = keel_pg_exec(pg, err, step->statements.items[k].sql);
        if (!good || (step->transactional && !keel_pg_exec(pg, err, "COMMIT"))) {
            keel_pg_rollback(pg);
            return false;
        }
    }
    return true;
}

/* What is left to say of the safe form, but for rules about something else than waiting. */
static void is_clean(keel_arena *arena, keel_pg *pg, const char *sql, const char *name)
{
    script s = cut(arena, sql);
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = lint(arena, pg, &s, NULL);
    size_t left = 0;

    for (size_t i = 0; i < keel_report_count(report); i++) {
        const keel_finding *f = keel_report_at(report, i);
        bool other = strstr("L038 L070", f->check) != NULL;
        if (f->severity == KEEL_INFO || other)
            continue;
        printf("# %s %s\n", f->check, f->message);
        left++;
    }
    is_int((int64_t)left, 0, "%s: lint finds nothing in it", name);
}

static void show(void *context, keel_schema_change change, const keel_schema_object *before, const keel_schema_object *after)
{
    (void)context, (void)change;
    printf("# %s | %s | %s\n", before != NULL ? before->name : after->name, before != NULL ? before->definition : "",
           after != NULL ? after->definition : "");
}

/* Runs it in a database of its own. */
static bool outcome(keel_arena *arena, keel_pg *pg, const char *sql, const char *name, keel_schema_snapshot *snapshot)
{
    script s = cut(arena, sql);
    keel_error err = {0};

    return ok(execute(pg, s.steps, &err), "%s: PostgreSQL takes it: %s", name, err.message) &&
           ok(keel_schema_snapshot_take(pg, arena, "", snapshot, &err), "%s: snapshot %s", name, err.message);
}

static keel_pg *original, *rewritten; /* a database for each */

static void fill(keel_pg *pg, const char *setup)
{
    cluster_exec(pg, "SET client_min_messages = error; DROP SCHEMA IF EXISTS public, \"Shop A\", parts CASCADE; CREATE SCHEMA public");
    cluster_exec(pg, setup);
}

static void same_end(const char *name, const char *setup, const char *sql)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    keel_schema_snapshot first, second;
    size_t count = 0;

    fill(original, setup);
    fill(rewritten, setup);
    const char *safe = safe_form(arena, rewritten, sql, &count);
    if (!ok(count > 0, "%s: has a safe form", name))
        return;
    is_clean(arena, rewritten, safe, name);
    if (!outcome(arena, original, sql, name, &first) || !outcome(arena, rewritten, safe, "its safe form", &second) ||
        !is_int((int64_t)keel_schema_compare(&first, &second, show, NULL), 0, "%s: the same catalogue", name))
        printf("# %s\n# %s\n", sql, safe);
}

static void test_rules(void)
{
    static const char *const ids[] = {"L001", "L002", "L003", "L007", "L008", "L009", "L010", "L011", "L012", "L013",
                                      "L016", "L027", "L030", "L032", "L035", "L054", "L055"};

    for (size_t i = 0; i < KEEL_COUNT_OF(ids); i++) {
        const keel_lint_rule *rule = keel_lint_rule_find(ids[i]);
        same_end(rule->id, rule->setup, rule->bad);
    }
}

static const char filled[] =
    "CREATE TABLE p (id int PRIMARY KEY, \"Odd Key\" int UNIQUE); INSERT INTO p SELECT i, i FROM generate_series(1, 200) i;"
    "CREATE TABLE t (id int, a int, b int, c text, v text);"
    "INSERT INTO t SELECT i, i, i, i, 'x' FROM generate_series(1, 200) i;"
    "CREATE SCHEMA \"Shop A\"; CREATE TABLE \"Shop A\".\"Big Orders\" (\"Id\" int, n int, pad text);"
    "INSERT INTO \"Shop A\".\"Big Orders\" SELECT i, i, 'x' FROM generate_series(1, 200) i;"
    "CREATE TABLE a_table_whose_name_is_as_long_as_postgresql_lets_it_be_xxxx (a_column_whose_name_is_long_as_well int, p text);"
    "INSERT INTO a_table_whose_name_is_as_long_as_postgresql_lets_it_be_xxxx SELECT i, 'x' FROM generate_series(1, 200) i;"
    "CREATE INDEX t_ab ON t (a, b); CREATE INDEX t_c ON t (c); ALTER TABLE t ADD CONSTRAINT t_a_check CHECK (a IS DISTINCT FROM -1);"
    "CREATE TABLE m (at date, v text) PARTITION BY RANGE (at); CREATE TABLE m1 (at date, v text);"
    "INSERT INTO m1 SELECT '2026-01-01'::date + i % 28, 'x' FROM generate_series(1, 200) i;"
    "CREATE SCHEMA parts; CREATE TABLE parts.\"All\" (id int, \"Key\" int, v text) PARTITION BY RANGE (id);"
    "CREATE TABLE parts.one PARTITION OF parts.\"All\" FOR VALUES FROM (0) TO (100);"
    "CREATE INDEX one_id ON parts.one (id); CREATE TABLE \"Two\" PARTITION OF parts.\"All\" DEFAULT; INSERT INTO parts.\"All\" SELECT i, i, 'x' FROM generate_series(1, 200) i;"
    "CREATE TABLE k (kind text, v text) PARTITION BY LIST (kind); CREATE TABLE k1 (kind text, v text);"
    "INSERT INTO k1 SELECT 'x', 'x' FROM generate_series(1, 200) i; ANALYZE;";

static const struct {
    const char *name, *sql;
} cases[] = {
    {"names that PostgreSQL chooses",
     "ALTER TABLE t ADD CHECK (a > 0), ADD CHECK (b > a - 1), ADD UNIQUE (a, b), ADD FOREIGN KEY (a) REFERENCES p, ADD PRIMARY KEY (id);"},
    {"a key whose NOT NULL stands beside it", "ALTER TABLE t ADD PRIMARY KEY (id, b), ALTER id SET NOT NULL, ALTER COLUMN b SET NOT NULL;"},
    {"some commands stay", "ALTER TABLE t ALTER a SET STATISTICS 200, ADD x numeric(10,2), -- a comment, with commas\n"
                           "  ALTER b SET NOT NULL, DROP COLUMN c, ADD UNIQUE (b)\n;"},
    {"an index that something else in the statement wants", "ALTER TABLE t ALTER a SET NOT NULL, ADD CONSTRAINT u UNIQUE (a), CLUSTER ON t_ab;"},
    {"a table that refers to itself", "ALTER TABLE t ADD UNIQUE (id), ADD FOREIGN KEY (a) REFERENCES t (id);"},
    {"quoted names", "ALTER TABLE ONLY \"Shop A\".\"Big Orders\" ADD UNIQUE (\"Id\"), ALTER \"Id\" SET NOT NULL, "
                     "ADD FOREIGN KEY (\"Id\") REFERENCES public.p (\"Odd Key\"), ADD CHECK (\"Id\" > 0 AND n > 0);"},
    {"long names", "ALTER TABLE a_table_whose_name_is_as_long_as_postgresql_lets_it_be_xxxx ADD UNIQUE (a_column_whose_name_is_long_as_well), "
                   "ADD CHECK (a_column_whose_name_is_long_as_well > 0), ALTER a_column_whose_name_is_long_as_well SET NOT NULL;"},
    {"columns with constraints", "ALTER TABLE t ADD COLUMN n int DEFAULT 5 CHECK (n > 0) NOT NULL, ADD COLUMN q int DEFAULT 7 "
                                 "CONSTRAINT q_p REFERENCES p (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, ADD COLUMN w int UNIQUE;"},
    {"two constraints of one column", "ALTER TABLE t ADD n int DEFAULT 5 REFERENCES p CHECK (n < 9) NOT NULL;"},
    {"a key with everything", "ALTER TABLE t ADD CONSTRAINT t_all UNIQUE NULLS NOT DISTINCT (a) INCLUDE (b, c) DEFERRABLE INITIALLY DEFERRED;"},
    {"an included column gives its name too", "ALTER TABLE t ADD UNIQUE (a) INCLUDE (b);"},
    {"an index that may exist", "CREATE UNIQUE INDEX IF NOT EXISTS t_lower ON t (lower(c), a) WHERE a > 5;"},
    {"an index without a name", "CREATE INDEX ON t USING btree (a, (b + 1));"},
    {"several indexes dropped", "DROP INDEX IF EXISTS t_ab, public.t_c, nothing;"},
    {"a foreign key deferred", "ALTER TABLE t ADD CONSTRAINT t_p FOREIGN KEY (a) REFERENCES p (id) ON UPDATE CASCADE DEFERRABLE;"},
    {"a check that no child has", "ALTER TABLE t ADD CONSTRAINT own CHECK (a > 0) NO INHERIT;"},
    {"a range", "ALTER TABLE m ATTACH PARTITION m1 FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);"},
    {"a list", "ALTER TABLE k ATTACH PARTITION public.k1 FOR VALUES IN ('x', 'y');"},
    {"an index of a partitioned table", "CREATE UNIQUE INDEX on parts.\"All\" USING btree (id, \"Key\") INCLUDE (v) WITH (fillfactor = 80);"},
    {"more statements behind it", "INSERT INTO p VALUES (0, 0);\nALTER TABLE t ADD CONSTRAINT c CHECK (a > 0); UPDATE p SET \"Odd Key\" = 201 "
                                  "WHERE id = 0;\nALTER TABLE t ALTER a SET NOT NULL;\nCOMMENT ON TABLE t IS 'x';\n"},
    {"the file's own transaction", "BEGIN;\nALTER TABLE t ADD COLUMN x int;\nCREATE INDEX t_x ON t (x);\nALTER TABLE t ADD UNIQUE (b);\n"
                                   "COMMENT ON COLUMN t.x IS 'x';\nCOMMIT;\n"},
};

/* Where the server would do more, or chooses what lint cannot know, it stays in words. */
static void test_none(void)
{
    static const char *const refused[] = {
        "CREATE INDEX ON parts.\"All\" (id);", /* one partition has it, and its index would be attached */
        "CREATE TABLE parts.three PARTITION OF parts.\"All\" FOR VALUES FROM (500) TO (600); CREATE INDEX ON parts.\"All\" (v);",
        "CREATE INDEX ON parts.\"All\" (lower(v));",
        "ALTER TABLE IF EXISTS t ADD UNIQUE (a);",
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS n int CHECK (n > 0);",
        "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a) WITH (fillfactor = 70);",
        "ALTER TABLE t ADD COLUMN n int UNIQUE DEFERRABLE;",
        "ALTER TABLE t ADD COLUMN n text CHECK (n <> '') COLLATE \"C\";",
        "ALTER TABLE m ADD UNIQUE (at);",
        "ALTER TABLE t ALTER a TYPE bigint;",
        "DROP INDEX t_c CASCADE;",
    };
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();

    fill(rewritten, filled);
    for (size_t i = 0; i < KEEL_COUNT_OF(refused); i++) {
        size_t count = 1;
        is_str(safe_form(arena, rewritten, refused[i], &count), refused[i], "left as it is: %s", refused[i]);
        is_int((int64_t)count, 0, "for it has no safe form of the same outcome");
    }
}

/* By text alone the same, without a look at the tables. */
static void test_text(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    size_t count = 0;

    is_str(safe_form(arena, NULL, "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) -- why\n; -- here", &count),
           "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;\n-- pgkeel:step\nALTER TABLE t VALIDATE CONSTRAINT c; -- here",
           "what stands around a statement stays");
    is_str(safe_form(arena, NULL, "CREATE TABLE t (a int);\nCREATE INDEX t_a ON t (a);\nALTER TABLE t ALTER a SET NOT NULL;", &count),
           "CREATE TABLE t (a int);\nCREATE INDEX t_a ON t (a);\nALTER TABLE t ALTER a SET NOT NULL;",
           "a table of the same run is left alone");
    is_int((int64_t)count, 0, "without a word");
    safe_form(arena, NULL, "-- pgkeel:allow=L001 \"small\"\nCREATE INDEX t_a ON t (a);", &count);
    is_int((int64_t)count, 0, "and so is what somebody has allowed");
}

static void test_small(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    size_t count = 0;

    fill(rewritten, "CREATE TABLE t (id int, a int); INSERT INTO t SELECT i, i FROM generate_series(1, 9) i; ANALYZE");
    safe_form(arena, rewritten, "ALTER TABLE t ADD PRIMARY KEY (id), ADD CHECK (a > 0); CREATE INDEX t_a ON t (a);", &count);
    is_int((int64_t)count, 0, "a small table is left alone");
}

int main(void)
{
    cluster = cluster_start(NULL);
    original = cluster_database(cluster, "original", NULL);
    rewritten = cluster_database(cluster, "rewritten", NULL);
    test_rules();
    for (size_t i = 0; i < KEEL_COUNT_OF(cases); i++)
        same_end(cases[i].name, filled, cases[i].sql);
    test_none();
    test_text();
    test_small();
    keel_pg_close(original);
    keel_pg_close(rewritten);
    keel_scratch_stop(cluster);
    return done_testing();
}
