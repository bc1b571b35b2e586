#include <string.h>

#include "verify/attempt.h"
#include "verify/partitions.h"

static const char *moment(const keel_partitioned *s, keel_usec time)
{
    return keel_moment_text(s->run->arena, s->kind, time);
}

static const char *name_for(const keel_partitioned *s, keel_usec start)
{
    for (size_t i = s->parts.count; i > 0; i--) {
        const keel_partition *model = &s->parts.items[i - 1];
        if (!keel_partition_is_finite(model))
            continue;
        const char *name = keel_period_partition_name(s->run->arena, model->name, model->from, start);
        if (name != NULL)
            return name;
    }
    const char *date = keel_moment_text(s->run->arena, KEEL_MOMENT_DATE, start);
    return keel_arena_printf(s->run->arena, "%s_%.4s%.2s%.2s", s->table->name, date, date + 5, date + 8);
}

static const char *create_them(const keel_partitioned *s, const keel_partition_gaps *holes)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    for (size_t i = 0; i < holes->count; i++)
        keel_str_addf(&out, "%sCREATE TABLE %s PARTITION OF %s FOR VALUES FROM ('%s') TO ('%s');", i > 0 ? " " : "",
                      keel_word_sql(s->run, s->table->schema, name_for(s, holes->items[i].from)),
                      keel_word_sql_table(s->run, s->table), moment(s, holes->items[i].from),
                      moment(s, holes->items[i].to));
    return keel_arena_strdup(s->run->arena, keel_str_text(&out));
}

/* For people: midnight goes without saying. */
static const char *in_words(const keel_partitioned *s, keel_usec time)
{
    bool midnight = time % (86400 * KEEL_SECOND) == 0;

    return keel_moment_text(s->run->arena, midnight ? KEEL_MOMENT_DATE : s->kind, time);
}

static const char *list_them(const keel_partitioned *s, const keel_partition_gaps *holes)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    for (size_t i = 0; i < holes->count; i++)
        keel_str_addf(&out, "%s%s to %s", i > 0 ? ", " : "", in_words(s, holes->items[i].from),
                      in_words(s, holes->items[i].to));
    return keel_arena_strdup(s->run->arena, keel_str_text(&out));
}

static void report(const keel_partitioned *s, keel_severity severity, const keel_partition_gaps *holes, const char *what, const char *remedy)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    keel_json json;

    keel_evidence_start(&json, &evidence);
    keel_json_kv_int(&json, "partitions", (int64_t)s->parts.count);
    keel_json_kv_bool(&json, "default", s->fallback != NULL);
    if (s->period_known)
        keel_json_kv_text(&json, "period", keel_period_name(s->run->arena, s->period));
    if (s->parts.count > 0 && s->parts.items[s->parts.count - 1].to < INT64_MAX)
        keel_json_kv_text(&json, "last_ends", moment(s, s->parts.items[s->parts.count - 1].to));
    keel_json_kv_int(&json, "missing", (int64_t)holes->count);
    keel_check_found_as(s->run, severity, keel_check_columns_name(s->run, s->table, &s->column, 1),
                        keel_evidence_finish(&json), remedy, "%s", what);
}

static void judge_future(const keel_partitioned *s)
{
    keel_arena *arena = s->run->arena;
    bool caught = s->fallback != NULL;
    keel_partition_gaps near = {0};
    keel_partition_gaps far = {0};

    keel_partitioned_walk(s, &near, &far);
    const char *fate = caught ? "they go to the default partition, in whose way a later partition then stands"
                              : "they are refused";
    if (near.count > 0)
        report(s, caught ? KEEL_WARNING : s->run->check->severity, &near,
               keel_arena_printf(arena, "no partition for the rows of %s: %s", list_them(s, &near), fate),
               create_them(s, &near));
    if (far.count > 0)
        report(s, caught ? KEEL_INFO : KEEL_WARNING, &far,
               keel_arena_printf(arena, "no partition yet for the rows of %s", list_them(s, &far)),
               create_them(s, &far));
}

/* Holes between partitions that the walk ahead does not come to. */
static void judge_gaps(const keel_partitioned *s)
{
    keel_partition_gaps holes = {0};

    for (size_t i = 1; i < s->parts.count; i++) {
        keel_partition_gap hole = {.from = s->parts.items[i - 1].to, .to = s->parts.items[i].from};
        if (hole.from < hole.to && (hole.to <= s->run->db->now || hole.from > s->run->db->now))
            keel_arena_push(s->run->arena, &holes, hole);
    }
    if (holes.count > 0 && s->fallback == NULL)
        report(s, KEEL_WARNING, &holes,
               keel_arena_printf(s->run->arena, "no partition holds the rows of %s, between others that are there: they "
                                                "are refused", list_them(s, &holes)),
               create_them(s, &holes));
}

/* A default partition that somebody has locked is left unread: it is a side question. */
static bool holds_rows(const keel_partitioned *s, const char *name, bool *ret_holds, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    keel_pg *pg = s->run->pg;

    *ret_holds = false;
    if (!keel_attempt_begin(pg, err))
        return false;
    if (keel_pg_query(pg, &rows, err,
                      keel_arena_printf(s->run->arena, "SELECT EXISTS (SELECT FROM %s LIMIT 1)", name), 0, NULL))
        *ret_holds = keel_pg_bool(rows, 0, 0);
    else if (!keel_pg_alive(pg) || strcmp(err->sqlstate, "57014") == 0)
        return false;
    return keel_attempt_end(pg, err);
}

static bool judge_default(const keel_partitioned *s, keel_error *err)
{
    keel_check_run *run = s->run;
    bool holds = false;

    if (s->fallback == NULL || !s->fallback_readable)
        return true;
    const char *name = keel_word_sql(run, s->fallback->schema, s->fallback->name);
    if (!holds_rows(s, name, &holds, err))
        return keel_fail_context(err, "look into default partition \"%s\"", s->fallback->name);
    if (!holds)
        return true;
    const char *remedy = keel_arena_printf(run->arena, "SELECT min(%s), max(%s), count(*) FROM %s;",
                                           keel_word_sql_list(run, &s->column, 1),
                                           keel_word_sql_list(run, &s->column, 1), name);
    keel_check_found_as(run, KEEL_INFO, keel_word_name(run, s->fallback->schema, s->fallback->name), NULL, remedy,
                        "the default partition of %s holds rows: a partition for their time cannot be created before they "
                        "are moved", keel_check_table_name(run, s->table));
    return true;
}

static void report_no_partition(const keel_partitioned *s)
{
    const keel_partition_gaps none = {0};

    report(s, s->run->check->severity, &none, "the table has no partition at all: every INSERT is refused",
           keel_arena_printf(s->run->arena, "CREATE TABLE %s PARTITION OF %s DEFAULT; (or partitions by time)",
                             keel_word_sql(s->run, s->table->schema,
                                           keel_arena_printf(s->run->arena, "%s_default", s->table->name)),
                             keel_word_sql_table(s->run, s->table)));
}

static bool judge(const keel_partitioned *s, keel_error *err)
{
    if (s->parts.count == 0 && s->fallback == NULL)
        report_no_partition(s);
    else if (s->period_known) {
        judge_gaps(s);
        judge_future(s);
    }
    return judge_default(s, err);
}

static bool run_check(keel_check_run *run, keel_error *err)
{
    keel_partitioned_list tables;

    if (!keel_partitioned_load(run, &tables, err))
        return false;
    keel_check_looked(run, (int64_t)tables.count, "time-partitioned tables");
    for (size_t i = 0; i < tables.count; i++)
        if (!judge(&tables.items[i], err))
            return false;
    return true;
}

const keel_check keel_check_schema_partition_coverage = {
    .id = "schema.partition_coverage",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_ERROR,
    .title = "partitions exist for the time to come",
    .help = "Looks at tables partitioned by ranges of one date or timestamp column. The length of a period is taken from "
            "the newest partitions (or from the suite, which may also say how many periods ahead; 3 unless said). No "
            "partition for the period that holds now or for the next one is an ERROR, for later ones a WARNING, because the "
            "INSERT that comes then is refused, and where a trigger swallows errors its rows are lost without a word. With "
            "a default partition it is one step milder. Gaps between partitions are a WARNING, and a default partition that "
            "holds rows is an INFO. A partition that is itself partitioned by the same column is asked only for its own "
            "time. Bounds are read and proposed in UTC.",
    .triggers = "CREATE TABLE audit (id bigint, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);"
                "CREATE TABLE audit_y2020m01 PARTITION OF audit FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');",
    .passes = "CREATE TABLE audit (id bigint, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);"
              "DO $$ BEGIN FOR i IN 0..4 LOOP"
              "  EXECUTE format('CREATE TABLE audit_%s PARTITION OF audit FOR VALUES FROM (%L) TO (%L)', i,"
              "                 (date_trunc('month', now()) + i * interval '1 month')::date,"
              "                 (date_trunc('month', now()) + (i + 1) * interval '1 month')::date);"
              "END LOOP; END $$;",
    .run = run_check,
};
