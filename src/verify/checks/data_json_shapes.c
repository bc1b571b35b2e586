/* data.json_shapes: a JSON column holds one shape: objects, or arrays, or one kind of scalar. */
#include "base/json_out.h"
#include "verify/row_sql.h"
#include "verify/scan.h"

enum { OBJECT, ARRAY, STRING, NUMBER, BOOLEAN, JSON_NULL, SHAPES };

static const char *const shapes[SHAPES] = {"object", "array", "string", "number", "boolean", "null"};

typedef struct census {
    int64_t counts[SHAPES], rows;
    size_t most;
} census;

static census read_census(const char *value)
{
    census c = {.rows = 0};

    keel_row_untally(value, c.counts, SHAPES);
    for (size_t i = 0; i < SHAPES; i++) {
        c.rows += c.counts[i];
        if (c.counts[i] > c.counts[c.most])
            c.most = i;
    }
    return c;
}

/* An object or array beside anything else is a mistake of somebody; scalars may differ by design ("value" of a table
 * of settings) unless nine of ten are alike. */
static bool is_mixed(const census *c)
{
    bool containers = c->counts[OBJECT] + c->counts[ARRAY] > 0;

    if (c->counts[c->most] == c->rows)
        return false;
    return containers || c->counts[c->most] * 10 >= c->rows * 9;
}

static const char *shapes_json(keel_check_run *run, const census *c, const char *sample)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_json json;

    keel_json_start(&json, &text, false);
    keel_json_object(&json);
    keel_json_kv_int(&json, "rows", c->rows - c->counts[c->most]);
    if (run->sampled)
        keel_json_kv_bool(&json, "sampled", true);
    keel_json_key(&json, "shapes");
    keel_json_object(&json);
    for (size_t i = 0; i < SHAPES; i++)
        if (c->counts[i] > 0)
            keel_json_kv_int(&json, shapes[i], c->counts[i]);
    keel_json_end_object(&json);
    keel_json_key(&json, "sample");
    keel_json_raw(&json, sample);
    keel_json_end_object(&json);
    return keel_arena_strdup(run->arena, text.data);
}

static void add_number(keel_str *text, const census *c, size_t shape)
{
    keel_str_addf(text, "%s%lld %s%s%s", text->size > 0 ? ", " : "", (long long)c->counts[shape],
                  shape == JSON_NULL ? "JSON " : "", shapes[shape], c->counts[shape] == 1 ? "" : "s");
}

static const char *shapes_text(keel_check_run *run, const census *c)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};

    add_number(&text, c, c->most);
    for (size_t i = 0; i < SHAPES; i++)
        if (i != c->most && c->counts[i] > 0)
            add_number(&text, c, i);
    return keel_arena_strdup(run->arena, text.data);
}

static bool judge(keel_check_run *run, const keel_probe *probe, const char *value, keel_error *err)
{
    const char *typeof_sql = probe->context, *sample = NULL;
    census c = read_census(value);

    if (!is_mixed(&c))
        return true;
    const char *where = keel_arena_printf(run->arena, "%s <> '%s'", typeof_sql, shapes[c.most]);
    if (!keel_check_sample(run, probe->table, where, &sample, err))
        return false;
    keel_check_found(
        run, probe->object, shapes_json(run, &c, sample),
        keel_arena_printf(run->arena, "SELECT * FROM %s WHERE %s;", keel_row_whole(run, probe->table), where),
        "values of several shapes: %s", shapes_text(run, &c));
    return true;
}

static void scan(keel_check_run *run, const keel_pg_table *table, keel_scan *scan)
{
    keel_check_looked(run, 0, "JSON columns");
    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_pg_column *column = &table->columns.items[i];
        if (column->type->kind != KEEL_PG_JSON && column->type->kind != KEEL_PG_JSONB)
            continue;
        const char *typeof_sql = keel_arena_printf(run->arena, "pg_catalog.%s_typeof(%s)",
                                                   column->type->kind == KEEL_PG_JSON ? "json" : "jsonb",
                                                   keel_row_column(run, column->name));
        keel_check_looked(run, 1, "JSON columns");
        keel_scan_add(scan, run,
                      &(keel_probe){.table = table,
                                    .object = keel_check_columns_name(run, table, &column->name, 1),
                                    .aggregate = keel_row_tally_values(run, typeof_sql, shapes, SHAPES),
                                    .context = typeof_sql,
                                    .judge = judge});
    }
}

const keel_check keel_check_data_json_shapes = {
    .id = "data.json_shapes",
    .group = KEEL_GROUP_DATA,
    .severity = KEEL_WARNING,
    .flags = KEEL_CHECK_READS_ROWS,
    .title = "every JSON column holds one shape",
    .help =
        "Counts objects, arrays, strings, numbers, booleans and JSON nulls per json and jsonb column. Objects or arrays"
        " beside anything else, or a scalar that nine of ten rows share beside others, are reported with the rows"
        " of the smaller groups: code that writes [] where others write {}, a document that was encoded twice and"
        " arrived as a string, a JSON null (IS NULL does not find it) where SQL NULL was meant. A column of scalars"
        " without a clear majority holds them by design. SQL NULL is not counted.",
    .triggers = "CREATE TABLE public.runs (id bigint PRIMARY KEY, defects jsonb);\n"
                "INSERT INTO public.runs VALUES (1, '[{\"code\": 7}]'), (2, '[]'), (3, '{}');",
    .passes = "CREATE TABLE public.runs (id bigint PRIMARY KEY, defects jsonb);\n"
              "INSERT INTO public.runs VALUES (1, '[{\"code\": 7}]'), (2, '[]'), (3, NULL);",
    .scan = scan,
};
