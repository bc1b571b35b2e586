/* Every rule against PostgreSQL itself: its bad example is found on the database that its setup makes, its good one is not;
 * and what the statements of all examples really lock, scan and rewrite is what lint --live says of them. */
#include <stdlib.h>

#include "base/str.h"
#include "cluster.h"
#include "lint/settings.h"
#include "migrate/step.h"
#include "tap.h"

static keel_scratch *cluster;

static void add_steps(keel_arena *arena, const keel_steps *steps, keel_lint_script *script)
{
    for (size_t i = 0; i < steps->count; i++)
        for (size_t k = 0; k < steps->items[i].statements.count; k++) {
            const keel_step_statement *s = &steps->items[i].statements.items[k];
            keel_lint_statement statement = {.file = "example.sql", .line = s->line, .sql = s->sql, .size = s->size,
                                             .node = s->node, .class = &s->class, .transaction = (int)i + 1,
                                             .before = s->before, .before_size = s->before_size,
                                             .before_line = s->before_line, .bounded = s->bounded};
            keel_arena_push(arena, script, statement);
        }
}

static keel_steps *cut(keel_arena *arena, const char *sql)
{
    keel_migration_sql side = {.path = "example.sql", .text = sql, .size = strlen(sql), .line = 1};
    keel_steps *steps = keel_arena_alloc(arena, sizeof *steps);
    keel_error err = {0};

    if (!keel_steps_of(arena, &side, 150000, steps, &err))
        ok(false, "cut %s: %s", sql, err.message);
    return steps;
}

/* The policy that the rule's examples are judged by. */
static keel_lint_settings *settings_of(keel_arena *arena, const keel_lint_rule *rule)
{
    keel_lint_settings *settings = keel_arena_alloc(arena, sizeof *settings);
    const keel_yaml *root = NULL;
    keel_error err = {0};

    if (rule == NULL || rule->policy == NULL)
        return settings;
    const char *text = keel_arena_printf(arena, "policy:\n  %s\n", rule->policy_example);
    ok(keel_yaml_read_text(arena, "example.yaml", text, &root, &err) &&
       keel_lint_settings_read(arena, root, "example.yaml", settings, &err), "%s: its policy is read %s", rule->id, err.message);
    return settings;
}

/* Findings of the script; live with pg, else by text. With `rule` even if it is off; NULL: what is on. */
static keel_report *lint(keel_arena *arena, keel_pg *pg, const keel_steps *steps, const keel_lint_rule *rule)
{
    const char *const also[] = {rule != NULL ? rule->id : NULL, NULL};
    keel_report *report = keel_report_create();
    keel_lint_script script = {0};
    keel_lint_options options = {.today = "2026-11-21", .also = also, .settings = settings_of(arena, rule), .old_transaction = 1,
                                 .server_version = rule != NULL ? rule->server : 0,
                                 .other_runner = rule != NULL && (rule->flags & KEEL_LINT_OTHER_RUNNER) != 0};
    keel_world *world = keel_world_empty(arena);
    keel_error err = {0};

    if (pg != NULL && !keel_world_load(pg, arena, &world, &err))
        ok(false, "the catalogue: %s", err.message);
    add_steps(arena, steps, &script);
    keel_lint_run(arena, &script, world, &options, report);
    return report;
}

static const keel_finding *finding_of(const keel_report *report, const char *id)
{
    for (size_t i = 0; i < keel_report_count(report); i++)
        if (strcmp(keel_report_at(report, i)->check, id) == 0)
            return keel_report_at(report, i);
    return NULL;
}

static void show(const keel_report *report)
{
    for (size_t i = 0; i < keel_report_count(report); i++)
        printf("# %s %s\n", keel_report_at(report, i)->check, keel_report_at(report, i)->message);
}

static bool executes(keel_pg *pg, const keel_steps *steps)
{
    keel_error err = {0};

    for (size_t i = 0; i < steps->count; i++) {
        const keel_step *step = &steps->items[i];
        bool good = !step->transactional || keel_pg_exec(pg, &err, "BEGIN");
        for (size_t k = 0; good && k < step->statements.count; k++)
            good = keel_pg_exec(pg, &err, step->statements.items[k].sql);
        good = good && (!step->transactional || keel_pg_exec(pg, &err, "COMMIT"));
        if (!good) {
            printf("# %s: %s\n", step->label, err.message);
            keel_pg_rollback(pg);
            return false;
        }
    }
    return true;
}

/* While another session has done what the rule is about. */
static keel_report *lint_beside(keel_arena *arena, keel_pg *pg, const char *conninfo, const keel_steps *steps,
                                const keel_lint_rule *rule)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *other = rule->beside != NULL ? cluster_connect(conninfo) : NULL;

    if (other != NULL)
        cluster_exec(other, rule->beside);
    keel_report *report = lint(arena, pg, steps, rule);
    if (other != NULL)
        cluster_exec(other, "ROLLBACK");
    return report;
}

static void test_rule(const keel_lint_rule *rule)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char conninfo[CLUSTER_CONNINFO_SIZE];
    const char *name = keel_arena_printf(arena, "rule_%s", rule->id);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, name, conninfo);
    keel_error err = {0};

    ok(keel_pg_exec(pg, &err, rule->setup), "%s: setup %s", rule->id, err.message);
    const keel_steps *bad = cut(arena, rule->bad), *good = cut(arena, rule->good);
    keel_pg *live = rule->server == 0 ? pg : NULL; /* of another version: by text */
    KEEL_CLEANUP(keel_report_free_p) keel_report *on_bad = lint_beside(arena, live, conninfo, bad, rule);
    KEEL_CLEANUP(keel_report_free_p) keel_report *on_good = lint(arena, live, good, rule);
    const keel_finding *found = finding_of(on_bad, rule->id);
    ok(found != NULL && found->severity == rule->severity, "%s %s: the bad example is found", rule->id, rule->name);
    if (found == NULL || found->severity != rule->severity)
        show(on_bad);
    ok(finding_of(on_good, rule->id) == NULL, "%s: the good one is not", rule->id);
    if (finding_of(on_good, rule->id) != NULL)
        show(on_good);
    if ((rule->flags & KEEL_LINT_NEEDS_LIVE) == 0) {
        KEEL_CLEANUP(keel_report_free_p) keel_report *by_text = lint(arena, NULL, bad, rule);
        if (strstr("L002 L003 L009 L024 L030 L037", rule->id) == NULL)
            ok(finding_of(by_text, rule->id) != NULL, "%s: found by text alone too", rule->id);
    }
    ok(executes(pg, good), "%s: and PostgreSQL takes the good one", rule->id);
}

/* The truth: what a statement really does to tables that were there before it. */

/* Relations that were there, with what this session has read of them so far. */
static const char before_sql[] =
    "DROP TABLE IF EXISTS pg_temp.before_all; CREATE TEMPORARY TABLE before_all AS SELECT c.oid, c.relkind, c.reltuples,"
    " pg_relation_filenode(c.oid) AS filenode, coalesce(x.seq_tup_read, 0) + coalesce(x.idx_tup_fetch, 0) AS read"
    " FROM pg_class c LEFT JOIN pg_stat_xact_all_tables x ON x.relid = c.oid WHERE c.relnamespace = 'public'::regnamespace";
/* Own locks of SHARE and stronger on them (readers of a materialised view mind only the strongest). */
#define HELD                                                                                                           \
    " FROM pg_locks l JOIN before_all b ON b.oid = l.relation JOIN pg_class c ON c.oid = b.oid"                        \
    " LEFT JOIN pg_stat_xact_all_tables x ON x.relid = b.oid WHERE l.pid = pg_backend_pid()"                           \
    " AND (l.mode = 'AccessExclusiveLock' OR b.relkind <> 'm' AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock'))"
static const char locks_sql[] =
    "SELECT coalesce(string_agg(DISTINCT c.relname || ' ' || l.mode, ', ' ORDER BY c.relname || ' ' || l.mode), '')" HELD;
/* Was a large one read or written anew under them? */
static const char work_sql[] =
    "SELECT coalesce(bool_or(coalesce(x.seq_tup_read, 0) + coalesce(x.idx_tup_fetch, 0) - b.read >= 20000"
    "  OR b.filenode <> pg_relation_filenode(c.oid) AND b.reltuples >= 10000), false)" HELD " AND b.relkind IN ('r', 'm')";

typedef struct tally {
    int statements, missed, false_alarms;
} tally;

/* What is held against PostgreSQL: lint --live, and lint by the text alone. */
typedef struct claims {
    const keel_report *live, *text;
} claims;

typedef struct truth {
    tally live, text;
    keel_str table; /* where text mode and PostgreSQL disagree: Markdown as TAP diagnostics */
    keel_str missed; /* statements that text mode missed without a reason, one a line */
} truth;

/* Rules that say that others wait for as long as rows are read or written. */
static bool is_alarm(const keel_finding *f)
{
    static const char *const fails[] = {"L004", "L017", "L026", "L029"}; /* ERRORs of another kind */

    for (size_t i = 0; i < KEEL_COUNT_OF(fails); i++)
        if (strcmp(f->check, fails[i]) == 0)
            return false;
    return f->severity == KEEL_ERROR && f->check[0] == 'L' && strcmp(f->check, "L036") < 0;
}

static int last_line(const keel_step_statement *s)
{
    return s->line + keel_sql_place_of(s->sql, s->size, s->size).line - 1;
}

static const keel_finding *alarm_at(const keel_report *report, const keel_step_statement *s)
{
    for (size_t i = 0; report != NULL && i < keel_report_count(report); i++) {
        const keel_finding *f = keel_report_at(report, i);
        if (is_alarm(f) && f->line >= s->line && f->line <= last_line(s))
            return f;
    }
    return NULL;
}

static bool add_up(tally *count, bool blocks, bool alarm)
{
    count->statements++;
    count->missed += blocks && !alarm;
    count->false_alarms += !blocks && alarm;
    return blocks == alarm;
}

/* What the text cannot tell, so that it is not an ERROR there. */
static const struct {
    const char *sql, *why;
} beyond_text[] = {
    {"ALTER TABLE n ADD CONSTRAINT n_pkey PRIMARY KEY USING INDEX n_id", "is the column NOT NULL already?"},
    {"CREATE TABLE d2 PARTITION OF d FOR VALUES FROM (1000000) TO (2000000)", "is there a default partition?"},
    {"ALTER TABLE t ALTER ch TYPE text", "most columns that become text were varchar: a WARNING"},
};

static const char *why_missed(const char *sql)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(beyond_text); i++)
        if (strcmp(beyond_text[i].sql, sql) == 0)
            return beyond_text[i].why;
    return NULL;
}

static const char *one_line(keel_arena *arena, const char *text)
{
    char *line = keel_arena_strdup(arena, text);

    for (char *c = line; *c != '\0'; c++)
        if (*c == '\n')
            *c = ' ';
    return line;
}

static void compare(truth *all, const keel_step_statement *s, bool blocks, const claims *said, const char *locks)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const keel_finding *live = alarm_at(said->live, s), *text = alarm_at(said->text, s);
    const char *sql = one_line(arena, s->sql);

    if (!add_up(&all->live, blocks, live != NULL))
        printf("# %s: %s (%s) %s %s\n", blocks ? "missed" : "false alarm", sql, locks, live != NULL ? live->check : "",
               live != NULL ? live->message : "");
    if (!add_up(&all->text, blocks, text != NULL))
        keel_str_addf(&all->table, "# | %s | %s | %s | %s |\n", sql, blocks ? "blocks" : "does not block",
                      text != NULL ? text->check : "no error", blocks && why_missed(sql) != NULL ? why_missed(sql) : "");
    if (blocks && text == NULL && why_missed(sql) == NULL)
        keel_str_addf(&all->missed, "%s\n", sql);
}

/* Weak locks only, but for VACUUM FULL and CLUSTER, which their file node shows. */
static bool truth_outside(keel_pg *pg, const keel_step *step, const claims *said, truth *all)
{
    const keel_step_statement *s = &step->statements.items[0];
    keel_error err = {0};

    cluster_exec(pg, before_sql);
    if (!keel_pg_exec(pg, &err, s->sql))
        return false;
    bool anew = strcmp(cluster_value(pg, "SELECT coalesce(bool_or(b.filenode <> pg_relation_filenode(c.oid)), false)"
                                         " FROM before_all b JOIN pg_class c USING (oid) WHERE c.relkind = 'r'"), "t") == 0;
    compare(all, s, anew, said, "file node");
    return true;
}

/* `keep` false: rolled back. */
static bool truth_inside(keel_pg *pg, const keel_step *step, const claims *said, bool keep, truth *all)
{
    static const claims nothing = {NULL, NULL};
    bool seen = false;
    keel_error err = {0};

    cluster_exec(pg, "BEGIN");
    cluster_exec(pg, before_sql);
    for (size_t k = 0; k < step->statements.count; k++) {
        const keel_step_statement *s = &step->statements.items[k];
        char locks[2048];
        if (!keel_pg_exec(pg, &err, s->sql)) {
            keel_pg_rollback(pg);
            return false;
        }
        snprintf(locks, sizeof locks, "%s", cluster_value(pg, locks_sql));
        bool works = strcmp(cluster_value(pg, work_sql), "t") == 0;
        bool data = s->class.manner == KEEL_MANNER_DATA; /* reads rows, but takes no lock for it */
        compare(all, s, works && !seen && !data, data ? &nothing : said, locks);
        seen = seen || works;
    }
    cluster_exec(pg, keep ? "COMMIT" : "ROLLBACK");
    return true;
}

static keel_pg *traced(const char *conninfo)
{
    keel_pg *pg = cluster_connect(conninfo);

    cluster_exec(pg, "SET max_parallel_maintenance_workers = 0; SET max_parallel_workers_per_gather = 0;"
                     "SET client_min_messages = error");
    return pg;
}

static void test_example(const keel_lint_rule *rule, bool bad, truth *all)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg =
        cluster_database(cluster, keel_arena_printf(arena, "truth_%s_%d", rule->id, bad), conninfo);
    const keel_steps *steps = cut(arena, bad ? rule->bad : rule->good);

    cluster_exec(pg, rule->setup);
    KEEL_CLEANUP(keel_report_free_p) keel_report *live = lint(arena, pg, steps, NULL);
    KEEL_CLEANUP(keel_report_free_p) keel_report *text = lint(arena, NULL, steps, NULL);
    const claims said = {live, text};
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *at_work = traced(conninfo);
    for (size_t i = 0; i < steps->count; i++)
        if (!(steps->items[i].transactional ? truth_inside(at_work, &steps->items[i], &said, true, all)
                                            : truth_outside(at_work, &steps->items[i], &said, all)))
            return; /* it fails, which some examples show */
}

static const char large[] =
    "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text, w varchar(20), n numeric(12,2), m numeric, ts timestamp,"
    " tz timestamptz, t3 timestamp(3), c cidr, ch char(10), bv varbit(8), j json, f real, i8 bigint);"
    "INSERT INTO t (id, a, b, v, w, n, m, ts, tz, t3, c, ch, bv, j, f, i8) SELECT i, i, i, repeat('x', 300), 'w', i, i, now(), now(), now(),"
    " '10.0.0.0/8', 'c', '101', '{}', i, i FROM generate_series(1, 40000) i;"
    "CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p SELECT i FROM generate_series(1, 40000) i;"
    "CREATE TABLE s (id int PRIMARY KEY, a int); INSERT INTO s SELECT i, i FROM generate_series(1, 100) i; ANALYZE;";

/* One statement each: harmless ones above all, which text linters cry wolf at. */
static const char *const statements[] = {
    "ALTER TABLE t ALTER w TYPE varchar(40)", "ALTER TABLE t ALTER w TYPE text", "ALTER TABLE t ALTER w TYPE varchar",
    "ALTER TABLE t ALTER v TYPE varchar", "ALTER TABLE t ALTER w TYPE varchar(10)", "ALTER TABLE t ALTER v TYPE varchar(400)",
    "ALTER TABLE t ALTER n TYPE numeric(14,2)", "ALTER TABLE t ALTER n TYPE numeric", "ALTER TABLE t ALTER n TYPE numeric(14,4)",
    "ALTER TABLE t ALTER m TYPE numeric(20,2)", "ALTER TABLE t ALTER c TYPE inet", "ALTER TABLE t ALTER t3 TYPE timestamp(6)",
    "ALTER TABLE t ALTER t3 TYPE timestamp", "ALTER TABLE t ALTER ts TYPE timestamp(3)", "ALTER TABLE t ALTER ts TYPE timestamptz",
    "ALTER TABLE t ALTER tz TYPE timestamp", "ALTER TABLE t ALTER ch TYPE text", "ALTER TABLE t ALTER bv TYPE varbit(16)",
    "ALTER TABLE t ALTER j TYPE jsonb", "ALTER TABLE t ALTER f TYPE double precision", "ALTER TABLE t ALTER a TYPE int",
    "ALTER TABLE t ALTER i8 TYPE int", "ALTER TABLE t ALTER a SET STATISTICS 500", "ALTER TABLE t SET (fillfactor = 80)",
    "ALTER TABLE t ALTER a SET DEFAULT 7", "ALTER TABLE t ALTER b DROP NOT NULL", "ALTER TABLE t ALTER b SET NOT NULL",
    "ALTER TABLE t ADD x int", "ALTER TABLE t ADD x int DEFAULT 7", "ALTER TABLE t ADD x int NOT NULL DEFAULT 7",
    "ALTER TABLE t ADD x timestamptz DEFAULT now()", "ALTER TABLE t ADD x timestamptz DEFAULT clock_timestamp()",
    "ALTER TABLE t ADD x float8 DEFAULT random()", "ALTER TABLE t ADD x int REFERENCES p", "ALTER TABLE t ADD x int UNIQUE",
    "ALTER TABLE t ADD CHECK (a > 0)", "ALTER TABLE t ADD CHECK (a > 0) NOT VALID", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p",
    "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p NOT VALID", "ALTER TABLE s ADD CHECK (a > 0)", "ALTER TABLE s ALTER a SET NOT NULL",
    "ALTER TABLE s ALTER a TYPE bigint", "CREATE INDEX ON s (a)", "CREATE INDEX ON t (a)", "CREATE UNIQUE INDEX ON t (a) WHERE a > 5",
    "CREATE INDEX ON t (lower(v))", "ALTER TABLE t RENAME a TO z", "ALTER TABLE t RENAME TO z", "ALTER TABLE t DROP COLUMN a",
    "ALTER TABLE t DROP CONSTRAINT t_pkey", "COMMENT ON TABLE t IS 'x'", "CREATE STATISTICS st ON a, b FROM t",
    "ALTER TABLE t REPLICA IDENTITY FULL", "ALTER TABLE t ENABLE ROW LEVEL SECURITY", "CREATE POLICY pol ON t USING (true)",
    "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "ALTER TABLE t DISABLE TRIGGER ALL", "CREATE VIEW vw AS SELECT a FROM t", "CREATE TABLE n (LIKE t INCLUDING ALL)",
    "CREATE TABLE n (id int PRIMARY KEY, t_id int REFERENCES t)", "GRANT SELECT ON t TO public", "ALTER TABLE t OWNER TO postgres",
    "ALTER TABLE t SET UNLOGGED", "ALTER TABLE t SET LOGGED", "ALTER TABLE t SET ACCESS METHOD heap", "CLUSTER t USING t_pkey",
    "REINDEX TABLE t", "REINDEX INDEX t_pkey", "ANALYZE t", "VACUUM t", "VACUUM FULL t", "CREATE TABLE c AS SELECT * FROM t",
    "ALTER TABLE t ADD x bigserial", "ALTER TABLE t ADD x int GENERATED ALWAYS AS IDENTITY",
    "ALTER TABLE t ADD x int GENERATED ALWAYS AS (a + 1) STORED", "ALTER TABLE t ALTER v TYPE text COLLATE \"C\"",
    "ALTER TABLE t ALTER a TYPE bigint, ADD y int", "ALTER INDEX t_pkey RENAME TO t_key", "ALTER TABLE t ALTER v SET STORAGE EXTERNAL",
};

static void test_statement(keel_pg *pg, const char *sql, truth *all)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const keel_steps *steps = cut(arena, sql);
    KEEL_CLEANUP(keel_report_free_p) keel_report *live = lint(arena, pg, steps, NULL);
    KEEL_CLEANUP(keel_report_free_p) keel_report *text = lint(arena, NULL, steps, NULL);
    const claims said = {live, text};
    bool ran = steps->items[0].transactional ? truth_inside(pg, &steps->items[0], &said, false, all)
                                             : truth_outside(pg, &steps->items[0], &said, all);

    if (!ran)
        ok(false, "cannot be run: %s", sql);
}

static void show_table(const truth *all)
{
    printf("# where text mode and PostgreSQL disagree: %d missed, %d false alarms of %d statements\n", all->text.missed,
           all->text.false_alarms, all->text.statements);
    printf("# | statement | PostgreSQL | text mode | missed, because the text does not tell |\n# |---|---|---|---|\n%s", keel_str_text(&all->table));
}

static void test_all_truths(void)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "truth", conninfo);
    truth all = {0};

    for (size_t i = 0; keel_lint_rules[i] != NULL; i++)
        if (strcmp(keel_lint_rules[i]->id, "L036") < 0) {
            test_example(keel_lint_rules[i], true, &all);
            test_example(keel_lint_rules[i], false, &all);
        }
    cluster_exec(pg, large);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *at_work = traced(conninfo);
    for (size_t i = 0; i < KEEL_COUNT_OF(statements); i++)
        test_statement(at_work, statements[i], &all);
    ok(all.live.statements >= 100, "%d statements were executed and traced", all.live.statements);
    is_int(all.live.missed, 0, "lint --live misses none that blocks");
    is_int(all.live.false_alarms, 0, "and cries wolf at none");
    show_table(&all);
    is_str(keel_str_text(&all.missed), "", "by text alone it misses none either, but those that are listed");
    ok(all.text.missed <= (int)KEEL_COUNT_OF(beyond_text), "... which are %d", all.text.missed);
    ok(all.text.false_alarms * 115 <= 13 * all.text.statements,
       "and cries wolf no more often than squawk's 13 of 115: %d of %d", all.text.false_alarms, all.text.statements);
    keel_str_free(&all.table);
    keel_str_free(&all.missed);
}

int main(void)
{
    static const char *const settings[] = {"wal_level = logical", "max_prepared_transactions = 2", NULL};

    cluster = cluster_start(settings);
    for (size_t i = 0; keel_lint_rules[i] != NULL; i++)
        test_rule(keel_lint_rules[i]);
    test_all_truths();
    keel_scratch_stop(cluster);
    return done_testing();
}
