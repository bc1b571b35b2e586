#include "verify/partitions.h"

#include "verify/suite.h"

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

static void take_parts(keel_partitioned *s, const keel_pg_result *rows)
{
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        if (keel_word_oid(rows, row, 0) != s->table->oid)
            continue;
        keel_partition one = {.schema = keel_word_cell(s->run, rows, row, 1), .name = keel_word_cell(s->run, rows, row, 2)};
        if (keel_pg_bool(rows, row, 5)) {
            keel_partition *fallback = keel_arena_alloc(s->run->arena, sizeof *fallback);
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

bool keel_partition_is_finite(const keel_partition *p)
{
    return p->from > INT64_MIN && p->to < INT64_MAX;
}

/* The period that most of the newest partitions have; of two, the newer one's. */
static void infer_period(keel_partitioned *s)
{
    size_t first = s->parts.count > MODELS ? s->parts.count - MODELS : 0;
    int best = 0;

    for (size_t i = s->parts.count; i > first; i--) {
        if (!keel_partition_is_finite(&s->parts.items[i - 1]))
            continue;
        keel_period period = keel_period_between(s->parts.items[i - 1].from, s->parts.items[i - 1].to);
        int votes = 0;
        for (size_t j = first; j < s->parts.count; j++)
            votes += keel_partition_is_finite(&s->parts.items[j]) &&
                     keel_period_equal(period, keel_period_between(s->parts.items[j].from, s->parts.items[j].to));
        if (votes > best) {
            best = votes;
            s->period = period;
            s->period_known = true;
        }
    }
}

/* The suite's word goes before what the partitions look like. */
static void take_demands(keel_partitioned *s)
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

static const keel_partition *part_at(const keel_partitioned *s, keel_usec time)
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
static keel_partition_gap hole_around(const keel_partitioned *s, keel_usec time)
{
    const keel_partition *before = NULL;
    const keel_partition *behind = NULL;

    for (size_t i = 0; i < s->parts.count; i++) {
        if (s->parts.items[i].to <= time)
            before = &s->parts.items[i];
        else if (behind == NULL)
            behind = &s->parts.items[i];
    }
    keel_usec base = before != NULL   ? before->to
                     : behind != NULL ? behind->from
                                      : keel_period_start(s->period, time);
    keel_partition_gap hole = {.from = step_to(s->period, base, time)};
    hole.to = KEEL_MIN(keel_period_after(s->period, hole.from), s->to);
    if (behind != NULL)
        hole.to = KEEL_MIN(hole.to, behind->from);
    return hole;
}

void keel_partitioned_walk(const keel_partitioned *s, keel_partition_gaps *near, keel_partition_gaps *far)
{
    keel_usec time = s->run->db->now;

    if (time < s->from || time >= s->to)
        return;
    for (int64_t ahead = 0; ahead <= s->ahead && time < s->to; ahead++) {
        const keel_partition *held = part_at(s, time);
        if (held != NULL) {
            time = held->to;
            continue;
        }
        keel_partition_gap hole = hole_around(s, time);
        keel_arena_push(s->run->arena, ahead <= 1 ? near : far, hole);
        time = hole.to;
    }
}

static keel_moment kind_of(uint32_t type)
{
    return type == DATE_OID ? KEEL_MOMENT_DATE : type == TIMESTAMP_OID ? KEEL_MOMENT_NAIVE : KEEL_MOMENT_ZONED;
}

bool keel_partitioned_load(keel_check_run *run, keel_partitioned_list *ret_list, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *tables = NULL;
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *partitions = NULL;
    keel_partitioned_list list = {0};

    if (!keel_check_query(run, &tables, err, tables_sql) || !keel_check_query(run, &partitions, err, partitions_sql))
        return false;
    for (int row = 0; row < keel_pg_rows(tables); row++) {
        keel_partitioned s = {
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
        take_demands(&s);
        keel_arena_push(run->arena, &list, s);
    }
    *ret_list = list;
    return true;
}
