#include <string.h>

#include "verify/attempt.h"
#include "verify/period.h"
#include "verify/suite.h"
#include "verify/wording.h"

enum { AHEAD = 3, MODELS = 12, DATE_OID = 1082, TIMESTAMP_OID = 1114 };

/* An instant as microseconds since 1970; ends without a limit and infinities are the ends of int8. */
#define INSTANT(text)                                                                                              \
    "CASE " text " WHEN 'MINVALUE' THEN '-9223372036854775808'::pg_catalog.int8"                                   \
    "  WHEN '''-infinity''' THEN '-9223372036854775808'::pg_catalog.int8"                                          \
    "  WHEN 'MAXVALUE' THEN 9223372036854775807 WHEN '''infinity''' THEN 9223372036854775807"                      \
    "  ELSE (EXTRACT(epoch FROM pg_catalog.btrim(" text ", '''')::pg_catalog.timestamptz) * 1000000)::pg_catalog.int8 END"

#define BOUNDS(class)                                                                                              \
    "pg_catalog.regexp_match(pg_catalog.pg_get_expr(" class ".relpartbound, " class ".oid),"                       \
    "                        '^FOR VALUES FROM \\((''[^'']*''|MINVALUE|MAXVALUE)\\) TO \\((''[^'']*''|MINVALUE|MAXVALUE)\\)$')"

/* Columns: table, key column, its type, and the window that the table's own bound leaves it if its parent is
 * partitioned by the same column. */
static const char tables_sql[] =
    "SELECT c.oid, a.attname, a.atttypid, " INSTANT("w.bound[1]") ", " INSTANT("w.bound[2]")
    "  FROM pg_catalog.pg_partitioned_table p JOIN pg_catalog.pg_class c ON c.oid = p.partrelid"
    "  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]"
    "  LEFT JOIN LATERAL (SELECT " BOUNDS("c") " AS bound"
    "         FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_partitioned_table up ON up.partrelid = h.inhparent"
    "         JOIN pg_catalog.pg_attribute ua ON ua.attrelid = up.partrelid AND ua.attnum = up.partattrs[0]"
    "        WHERE h.inhrelid = c.oid AND up.partstrat = 'r' AND up.partnatts = 1 AND ua.attname = a.attname) w ON true"
    " WHERE p.partstrat = 'r' AND p.partnatts = 1"
    "   AND a.atttypid IN ('pg_catalog.date'::pg_catalog.regtype, 'pg_catalog.timestamp'::pg_catalog.regtype,"
    "                      'pg_catalog.timestamptz'::pg_catalog.regtype)"
    "   AND c.oid = ANY ($1::pg_catalog.oid[]) ORDER BY c.oid";

/* Columns: parent, schema, name, from, to, is the default, may be read. */
static const char partitions_sql[] =
    "SELECT h.inhparent, n.nspname, c.relname, " INSTANT("b.bound[1]") ", " INSTANT("b.bound[2]") ","
    "       b.bound IS NULL, pg_catalog.has_table_privilege(c.oid, 'SELECT')"
    "  FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    "  JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = h.inhparent"
    "  JOIN pg_catalog.pg_attribute a ON a.attrelid = h.inhparent AND a.attnum = p.partattrs[0]"
    " CROSS JOIN LATERAL (SELECT " BOUNDS("c") " AS bound) b"
    " WHERE p.partstrat = 'r' AND p.partnatts = 1 AND h.inhparent = ANY ($1::pg_catalog.oid[])"
    "   AND a.atttypid IN ('pg_catalog.date'::pg_catalog.regtype, 'pg_catalog.timestamp'::pg_catalog.regtype,"
    "                      'pg_catalog.timestamptz'::pg_catalog.regtype)"
    " ORDER BY h.inhparent, 4, 5";

typedef struct part {
    const char *schema, *name;
    keel_usec from, to;
} part;

typedef struct gap {
    keel_usec from, to;
} gap;

typedef struct gaps {
    gap *items;
    size_t count, capacity;
} gaps;

/* One partitioned table and what is known of it. */
typedef struct subject {
    keel_check_run *run;
    const keel_pg_table *table;
    const char *column;
    keel_moment kind;
    keel_usec from, to; /* the window that its own bound leaves it */
    struct { part *items; size_t count, capacity; } parts; /* by time; never overlapping */
    const part *fallback; /* the default partition, or NULL */
    bool fallback_readable;
    keel_period period;
    bool period_known;
    int64_t ahead;
} subject;

static void take_parts(subject *s, const keel_pg_result *rows)
{
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        if (keel_word_oid(rows, row, 0) != s->table->oid)
            continue;
        part one = {.schema = keel_word_cell(s->run, rows, row, 1), .name = keel_word_cell(s->run, rows, row, 2)};
        if (keel_pg_bool(rows, row, 5)) {
            part *fallback = keel_arena_alloc(s->run->arena, sizeof *fallback);
            *fallback = one;
            s->fallback = fallback;
            s->fallback_readable = keel_pg_bool(rows, row, 6);
            continue;
        }
        one.from = keel_pg_int(rows, row, 3);
        one.to = keel_pg_int(rows, row, 4);
        keel_arena_push(s->run->arena, &s->parts, one);
    }
}

static bool is_finite(const part *p)
{
    return p->from > INT64_MIN && p->to < INT64_MAX;
}

/* The period that most of the newest partitions have; of two, the newer one's. */
static void infer_period(subject *s)
{
    size_t first = s->parts.count > MODELS ? s->parts.count - MODELS : 0;
    int best = 0;

    for (size_t i = s->parts.count; i > first; i--) {
        if (!is_finite(&s->parts.items[i - 1]))
            continue;
        keel_period period = keel_period_between(s->parts.items[i - 1].from, s->parts.items[i - 1].to);
        int votes = 0;
        for (size_t j = first; j < s->parts.count; j++)
            votes += is_finite(&s->parts.items[j]) &&
                     keel_period_equal(period, keel_period_between(s->parts.items[j].from, s->parts.items[j].to));
        if (votes > best) {
            best = votes;
            s->period = period;
            s->period_known = true;
        }
    }
}

/* The suite's word goes before what the partitions look like. */
static void take_demands(subject *s)
{
    const keel_suite_table *demanded =
        s->run->suite == NULL ? NULL
                              : keel_suite_find(s->run->suite, s->table->schema, s->run->db->catalog->default_schema,
                                                s->table->name);

    s->ahead = AHEAD;
    infer_period(s);
    if (demanded == NULL || demanded->partitions == NULL)
        return;
    s->ahead = demanded->partitions->ahead;
    if (keel_period_by_name(demanded->partitions->period, &s->period))
        s->period_known = true;
}

static const part *part_at(const subject *s, keel_usec time)
{
    for (size_t i = 0; i < s->parts.count; i++)
        if (s->parts.items[i].from <= time && time < s->parts.items[i].to)
            return &s->parts.items[i];
    return NULL;
}

/* The step of `from` that `time` lies in. */
static keel_usec step_to(keel_period period, keel_usec from, keel_usec time)
{
    if (period.months == 0) {
        keel_usec steps = (time - from) / period.length;
        return from + (steps - (time < from && (time - from) % period.length != 0)) * period.length;
    }
    while (from > time)
        from = keel_period_before(period, from);
    for (keel_usec next = keel_period_after(period, from); next <= time; next = keel_period_after(period, from))
        from = next;
    return from;
}

/* The period around `time`, which no partition holds: in step with the nearest partition before it (else behind it),
 * and not into one that is there. */
static gap hole_around(const subject *s, keel_usec time)
{
    const part *before = NULL;
    const part *behind = NULL;

    for (size_t i = 0; i < s->parts.count; i++) {
        if (s->parts.items[i].to <= time)
            before = &s->parts.items[i];
        else if (behind == NULL)
            behind = &s->parts.items[i];
    }
    keel_usec base = before != NULL   ? before->to
                     : behind != NULL ? behind->from
                                      : keel_period_start(s->period, time);
    gap hole = {.from = step_to(s->period, base, time)};
    hole.to = KEEL_MIN(keel_period_after(s->period, hole.from), s->to);
    if (behind != NULL)
        hole.to = KEEL_MIN(hole.to, behind->from);
    return hole;
}

/* Walks from the period that holds now through the coming ones; those without a partition are sorted by how near. */
static void walk_ahead(const subject *s, gaps *near, gaps *far)
{
    keel_usec time = s->run->db->now;

    if (time < s->from || time >= s->to)
        return;
    for (int64_t ahead = 0; ahead <= s->ahead && time < s->to; ahead++) {
        const part *held = part_at(s, time);
        if (held != NULL) {
            time = held->to;
            continue;
        }
        gap hole = hole_around(s, time);
        keel_arena_push(s->run->arena, ahead <= 1 ? near : far, hole);
        time = hole.to;
    }
}

static const char *moment(const subject *s, keel_usec time)
{
    return keel_moment_text(s->run->arena, s->kind, time);
}

static const char *name_for(const subject *s, keel_usec start)
{
    for (size_t i = s->parts.count; i > 0; i--) {
        const part *model = &s->parts.items[i - 1];
        if (!is_finite(model))
            continue;
        const char *name = keel_period_partition_name(s->run->arena, model->name, model->from, start);
        if (name != NULL)
            return name;
    }
    const char *date = keel_moment_text(s->run->arena, KEEL_MOMENT_DATE, start);
    return keel_arena_printf(s->run->arena, "%s_%.4s%.2s%.2s", s->table->name, date, date + 5, date + 8);
}

static const char *create_them(const subject *s, const gaps *holes)
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
static const char *in_words(const subject *s, keel_usec time)
{
    bool midnight = time % (86400 * KEEL_SECOND) == 0;

    return keel_moment_text(s->run->arena, midnight ? KEEL_MOMENT_DATE : s->kind, time);
}

static const char *list_them(const subject *s, const gaps *holes)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    for (size_t i = 0; i < holes->count; i++)
        keel_str_addf(&out, "%s%s to %s", i > 0 ? ", " : "", in_words(s, holes->items[i].from),
                      in_words(s, holes->items[i].to));
    return keel_arena_strdup(s->run->arena, keel_str_text(&out));
}

static void report(const subject *s, keel_severity severity, const gaps *holes, const char *what, const char *remedy)
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

static void judge_future(const subject *s)
{
    keel_arena *arena = s->run->arena;
    bool caught = s->fallback != NULL;
    gaps near = {0};
    gaps far = {0};

    walk_ahead(s, &near, &far);
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
static void judge_gaps(const subject *s)
{
    gaps holes = {0};

    for (size_t i = 1; i < s->parts.count; i++) {
        gap hole = {.from = s->parts.items[i - 1].to, .to = s->parts.items[i].from};
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
static bool holds_rows(const subject *s, const char *name, bool *ret_holds, keel_error *err)
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

static bool judge_default(const subject *s, keel_error *err)
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

static void report_no_partition(const subject *s)
{
    const gaps none = {0};

    report(s, s->run->check->severity, &none, "the table has no partition at all: every INSERT is refused",
           keel_arena_printf(s->run->arena, "CREATE TABLE %s PARTITION OF %s DEFAULT; (or partitions by time)",
                             keel_word_sql(s->run, s->table->schema,
                                           keel_arena_printf(s->run->arena, "%s_default", s->table->name)),
                             keel_word_sql_table(s->run, s->table)));
}

static bool judge(subject *s, keel_error *err)
{
    take_demands(s);
    if (s->parts.count == 0 && s->fallback == NULL)
        report_no_partition(s);
    else if (s->period_known) {
        judge_gaps(s);
        judge_future(s);
    }
    return judge_default(s, err);
}

static keel_moment kind_of(uint32_t type)
{
    return type == DATE_OID ? KEEL_MOMENT_DATE : type == TIMESTAMP_OID ? KEEL_MOMENT_NAIVE : KEEL_MOMENT_ZONED;
}

static bool run_check(keel_check_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *tables = NULL;
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *partitions = NULL;

    if (!keel_check_query(run, &tables, err, tables_sql) || !keel_check_query(run, &partitions, err, partitions_sql))
        return false;
    keel_check_looked(run, keel_pg_rows(tables), "time-partitioned tables");
    for (int row = 0; row < keel_pg_rows(tables); row++) {
        subject s = {
            .run = run,
            .table = keel_pg_catalog_find_oid(run->db->catalog, keel_word_oid(tables, row, 0)),
            .column = keel_word_cell(run, tables, row, 1),
            .kind = kind_of(keel_word_oid(tables, row, 2)),
            .from = keel_pg_is_null(tables, row, 3) ? INT64_MIN : keel_pg_int(tables, row, 3),
            .to = keel_pg_is_null(tables, row, 4) ? INT64_MAX : keel_pg_int(tables, row, 4),
        };
        if (s.table == NULL)
            continue;
        take_parts(&s, partitions);
        if (!judge(&s, err))
            return false;
    }
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
