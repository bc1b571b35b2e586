/* data.time_range: no time is ahead of the clock, before anybody kept records, zero or infinite. */
#include "base/json_out.h"
#include "verify/checks/planned.h"
#include "verify/row_sql.h"
#include "verify/scan.h"

static const char looked_at[] = "time columns";

/* Before 1900 nobody measured what stands in databases; a dropped century (0024-03-01) is far below. */
static const char usual_floor[] = "1900-01-01 00:00:00+00";
/* Times that were planned may be far ahead, and 9999-12-31 means never; milliseconds read as seconds are further. */
static const char farthest_plan[] = "10000-01-01 00:00:00+00";
static const char epoch[] = "1970-01-01 00:00:00+00";

enum { FUTURE, PAST, ZERO, INFINITE, KINDS };

/* What a column is held to, as texts that the server reads as times. */
typedef struct range {
    const char *floor, *ceiling;
    bool planned; /* infinity means "for ever" */
    bool zero;    /* the epoch to the second is a zero that was read as a time */
    keel_severity severity;
    const keel_suite_place *place;
    const char *column;
} range;

static const char *literal(keel_check_run *run, const keel_pg_column *column, const char *time)
{
    static const char *const types[] = {"date", "timestamp", "timestamptz"};
    const char *type = types[column->type->kind == KEEL_PG_DATE        ? 0
                             : column->type->kind == KEEL_PG_TIMESTAMP ? 1
                                                                       : 2];

    return keel_arena_printf(run->arena, "%s::pg_catalog.%s", keel_row_literal(run, time), type);
}

/* The first that is true counts: KINDS of them, in order. */
static void make_conditions(keel_check_run *run, const keel_pg_column *column, const range *r,
                            const char *conditions[KINDS])
{
    const char *name = keel_row_column(run, column->name);

    conditions[FUTURE] =
        keel_arena_printf(run->arena, "(%s > %s AND %s <> 'infinity')", name, literal(run, column, r->ceiling), name);
    conditions[PAST] =
        keel_arena_printf(run->arena, "(%s < %s AND %s <> '-infinity')", name, literal(run, column, r->floor), name);
    conditions[ZERO] =
        r->zero ? keel_arena_printf(run->arena, "%s = %s", name, literal(run, column, epoch)) : "false";
    conditions[INFINITE] =
        r->planned ? "false" : keel_arena_printf(run->arena, "%s IN ('infinity', '-infinity')", name);
}

static const char *any_of(keel_check_run *run, const char *conditions[KINDS])
{
    return keel_arena_printf(run->arena, "(%s OR %s OR %s OR %s)", conditions[FUTURE], conditions[PAST],
                             conditions[ZERO], conditions[INFINITE]);
}

static const char *evidence(keel_check_run *run, const int64_t counts[KINDS], int64_t rows, const char *sample)
{
    static const char *const keys[KINDS] = {"after_ceiling", "before_floor", "epoch", "infinite"};
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_json json;

    keel_json_start(&json, &text, false);
    keel_json_object(&json);
    keel_json_kv_int(&json, "rows", rows);
    if (run->sampled)
        keel_json_kv_bool(&json, "sampled", true);
    for (size_t i = 0; i < KINDS; i++)
        if (counts[i] > 0)
            keel_json_kv_int(&json, keys[i], counts[i]);
    keel_json_key(&json, "sample");
    keel_json_raw(&json, sample);
    keel_json_end_object(&json);
    return keel_arena_strdup(run->arena, text.data);
}

static const char *in_words(keel_check_run *run, const range *r, const int64_t counts[KINDS])
{
    const char *const words[KINDS] = {
        keel_arena_printf(run->arena, "after %s", r->ceiling),
        keel_arena_printf(run->arena, "before %s", r->floor),
        "at the zero of Unix time to the second",
        "infinite",
    };
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};

    for (size_t i = 0; i < KINDS; i++)
        if (counts[i] > 0)
            keel_str_addf(&text, "%s%lld %s", text.size > 0 ? ", " : "", (long long)counts[i], words[i]);
    return keel_arena_strdup(run->arena, keel_str_text(&text));
}

static bool judge(keel_check_run *run, const keel_probe *probe, const char *value, keel_error *err)
{
    const range *r = probe->context;
    int64_t counts[KINDS], rows = 0;
    const char *sample = NULL;

    keel_row_untally(value, counts, KINDS);
    for (size_t i = 0; i < KINDS; i++)
        rows += counts[i];
    if (rows == 0)
        return true;
    if (!keel_check_sample_with(run, probe->table, probe->where, &r->column, 1, &sample, err))
        return false;
    keel_check_found_at(run, r->severity, r->place, probe->object, evidence(run, counts, rows, sample),
                        keel_arena_printf(run->arena,
                                          "SELECT * FROM %s WHERE %s; -- then correct them, or say times: in a suite",
                                          keel_row_whole(run, probe->table), probe->where),
                        "%lld %s a time out of range: %s", (long long)rows, rows == 1 ? "row has" : "rows have",
                        in_words(run, r, counts));
    return true;
}

/* What the server makes of a time or an interval of the suite, or a finding. */
static const char *resolve(keel_check_run *run, const char *sql, const char *given, const keel_suite_times *times,
                           const char *object)
{
    KEEL_CLEANUP(keel_str_free) keel_str value = {0};
    keel_error refused = {0}, ignored = {0};
    char now[KEEL_UTC_SIZE];
    const char *params[] = {given, keel_format_utc(run->db->now, now, sizeof now)};

    if (!keel_pg_exec(run->pg, &refused, "SAVEPOINT keel_times"))
        return NULL;
    bool read = keel_pg_query_value(run->pg, &value, NULL, &refused, sql, 2, params);
    if (!keel_pg_exec(run->pg, &ignored, "ROLLBACK TO SAVEPOINT keel_times; RELEASE SAVEPOINT keel_times") || read)
        return read ? keel_arena_strdup(run->arena, keel_str_text(&value)) : NULL;
    keel_check_found_at(run, KEEL_ERROR, &times->place, object, NULL, "Correct the suite.",
                        "the column cannot be judged: %s", refused.message);
    return NULL;
}

static const keel_suite_times *times_of(const keel_suite_table *demands, const char *column)
{
    for (size_t i = 0; demands != NULL && i < demands->times.count; i++)
        if (strcmp(demands->times.items[i].column, column) == 0)
            return &demands->times.items[i];
    return NULL;
}

/* False: the suite says what nobody can read. */
static bool apply_suite(keel_check_run *run, const keel_suite_times *times, const char *object, range *r)
{
    r->severity = times->severity;
    r->place = &times->place;
    r->planned = times->may_be_future;
    if (times->floor != NULL) {
        r->floor =
            resolve(run, "SELECT $1::pg_catalog.timestamptz::pg_catalog.text FROM (SELECT $2::pg_catalog.text) n",
                    times->floor, times, object);
        r->zero = false;
    }
    if (times->may_be_future)
        r->ceiling = farthest_plan;
    else
        r->ceiling = resolve(run, "SELECT ($2::pg_catalog.timestamptz + $1::pg_catalog.interval)::pg_catalog.text",
                             times->future != NULL ? times->future : "1 day", times, object);
    return r->floor != NULL && r->ceiling != NULL;
}

static const char *tomorrow(keel_check_run *run)
{
    char text[KEEL_UTC_SIZE];

    return keel_arena_strdup(run->arena, keel_format_utc(run->db->now + 24 * 3600 * KEEL_SECOND, text, sizeof text));
}

static void add(keel_check_run *run, const keel_pg_table *table, const keel_pg_column *column,
                const keel_suite_times *times, keel_scan *scan)
{
    const char *object = keel_check_columns_name(run, table, &column->name, 1);
    range *r = keel_arena_alloc(run->arena, sizeof *r);
    const char *conditions[KINDS];

    *r = (range){.floor = usual_floor,
                 .planned = keel_is_planned(column),
                 .zero = column->type->kind != KEEL_PG_DATE,
                 .severity = KEEL_WARNING,
                 .column = column->name};
    r->ceiling = r->planned ? farthest_plan : tomorrow(run);
    if (times != NULL && !apply_suite(run, times, object, r))
        return;
    make_conditions(run, column, r, conditions);
    const char *where = any_of(run, conditions);
    keel_scan_add(scan, run,
                  &(keel_probe){.table = table,
                                .object = object,
                                .aggregate = keel_arena_printf(run->arena, "%s FILTER (WHERE %s)",
                                                               keel_row_tally(run, conditions, KINDS), where),
                                .where = where,
                                .context = r,
                                .judge = judge});
}

static bool has_time(const keel_pg_column *column)
{
    keel_pg_kind kind = column->type->kind;

    return kind == KEEL_PG_DATE || kind == KEEL_PG_TIMESTAMP || kind == KEEL_PG_TIMESTAMPTZ;
}

static void judge_names(keel_check_run *run, const keel_pg_table *table, const keel_suite_table *demands)
{
    for (size_t i = 0; demands != NULL && i < demands->times.count; i++) {
        const keel_suite_times *times = &demands->times.items[i];
        const keel_pg_column *column = keel_pg_table_column(table, times->column);
        if (column == NULL)
            keel_row_no_column(run, table, times->column, times->place);
        else if (!has_time(column))
            keel_check_found_at(run, KEEL_ERROR, &times->place, keel_check_columns_name(run, table, &column->name, 1),
                                NULL, "Give the column a type of times, or take it out of the suite's times.",
                                "the suite wants times in it, but it is %s", column->type->name);
    }
}

static void scan(keel_check_run *run, const keel_pg_table *table, keel_scan *scan)
{
    const keel_suite_table *demands = keel_row_demands(run, table);

    keel_check_looked(run, 0, looked_at);
    judge_names(run, table, demands);
    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_pg_column *column = &table->columns.items[i];
        if (!has_time(column))
            continue;
        keel_check_looked(run, 1, looked_at);
        add(run, table, column, times_of(demands, column->name), scan);
    }
}

const keel_check keel_check_data_time_range = {
    .id = "data.time_range",
    .group = KEEL_GROUP_DATA,
    .severity = KEEL_WARNING,
    .flags = KEEL_CHECK_READS_ROWS,
    .title = "times lie in a sensible range",
    .help =
        "Counts, in columns of type date and timestamp, times more than a day ahead of the server's clock, times"
        " before 1900 (a lost century), times that are the zero of Unix time to the second (an empty field that was"
        " read as a number; not asked of dates, which may be birthdays), and infinity. A day is let pass because a"
        " timestamp without time zone may be anybody's. A column that plans is allowed to lie ahead, to the year"
        " 10000, and to be infinite: one with a word like expires, until, due, scheduled, next, valid, start or end"
        " in its name, unless there is a word like created, started or last in it, and one whose default adds an"
        " interval. A suite's times: sets floor, future and severity of a column and replaces all this. Arrays and"
        " ranges of times are not looked at.",
    .triggers =
        "CREATE TABLE public.runs (id bigint PRIMARY KEY, completed_at timestamptz);\n"
        "INSERT INTO public.runs VALUES (1, now()), (2, now() + interval '1 year'), (3, '1970-01-01 00:00:00Z');",
    .passes = "CREATE TABLE public.runs (id bigint PRIMARY KEY, completed_at timestamptz, expires_at timestamptz);\n"
              "INSERT INTO public.runs VALUES (1, now(), now() + interval '1 year'), (2, NULL, 'infinity');",
    .scan = scan,
};
