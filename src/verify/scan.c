/* What checks add to the pass over a table. */
#include <string.h>

#include "verify/scan_inside.h"

void keel_scan_add(keel_scan *scan, keel_check_run *run, const keel_probe *probe)
{
    keel_scan_probe one = {*probe, run};

    keel_arena_push(scan->arena, &scan->probes, one);
}

typedef struct count_context {
    const char *message, *remedy;
} count_context;

/* The message's %s is the number; of one row it says "row". */
static const char *with_number(keel_arena *arena, const char *message, int64_t rows)
{
    const char *hole = strstr(message, "%s");

    if (hole == NULL)
        return message;
    const char *rest = hole + 2;
    bool one = rows == 1 && strncmp(rest, " rows", 5) == 0;
    return keel_arena_printf(arena, "%.*s%lld%s%s", (int)(hole - message), message, (long long)rows,
                             one ? " row" : "", one ? rest + 5 : rest);
}

static bool
judge_count(keel_check_run *run, const keel_probe *probe, const char *value, keel_error *err)
{
    const count_context *context = probe->context;
    int64_t rows = value != NULL ? strtoll(value, NULL, 10) : 0;
    const char *sample = NULL;

    if (rows == 0)
        return true;
    if (!keel_check_sample(run, probe->table, probe->where, &sample, err))
        return false;
    keel_check_found(run, probe->object, keel_check_evidence(run, rows, sample), context->remedy,
                     "%s", with_number(run->arena, context->message, rows));
    return true;
}

void keel_scan_count(keel_scan *scan,
                     keel_check_run *run,
                     const keel_pg_table *table,
                     const char *object,
                     const char *where,
                     const char *message,
                     const char *remedy)
{
    count_context *context = keel_arena_alloc(scan->arena, sizeof *context);

    *context = (count_context){message, remedy};
    keel_scan_add(scan, run,
                  &(keel_probe){.table = table,
                                .object = object,
                                .aggregate = keel_arena_printf(scan->arena,
                                                               "count(*) FILTER (WHERE %s)", where),
                                .where = where,
                                .context = context,
                                .judge = judge_count});
}

void keel_scan_census(keel_scan *scan,
                      keel_check_run *run,
                      const keel_pg_table *table,
                      const keel_pg_column *column,
                      const char *expression,
                      keel_census_judge *judge)
{
    keel_scan_count_of one = {.census = {.table = table, .column = column},
                              .expression = expression,
                              .run = run,
                              .judge = judge};

    keel_arena_push(scan->arena, &scan->censuses, one);
}
