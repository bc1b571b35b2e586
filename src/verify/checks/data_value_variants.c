/* data.value_variants: one value of an enum-like column is written in one way. */
#include <stdlib.h>

#include "base/json_out.h"
#include "verify/checks/folded.h"
#include "verify/row_sql.h"
#include "verify/scan.h"

static const char looked_at[] = "enum-like columns";

/* More are names and texts, in which a second spelling proves nothing. */
enum { MOST_VALUES = 100, ROWS_PER_VALUE = 2 };

typedef struct spelling {
    const char *folded, *value;
    int64_t rows;
    size_t place; /* in the census: the most frequent first */
} spelling;

static int by_folded(const void *left, const void *right)
{
    const spelling *a = left;
    const spelling *b = right;
    int order = strcmp(a->folded, b->folded);

    return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

static spelling *fold_all(keel_check_run *run, const keel_census *census)
{
    spelling *all = keel_arena_alloc(run->arena, (census->count + 1) * sizeof *all);

    for (size_t i = 0; i < census->count; i++)
        all[i] = (spelling){keel_folded(run->arena, census->values[i]), census->values[i], census->counts[i], i};
    qsort(all, census->count, sizeof *all, by_folded);
    return all;
}

static bool is_enum_like(const keel_census *census)
{
    int64_t rows = 0;

    for (size_t i = 0; i < census->count; i++)
        rows += census->counts[i];
    return census->count > 1 && census->count <= MOST_VALUES && rows >= ROWS_PER_VALUE * (int64_t)census->count;
}

/* What is said of the spellings that stand beside a more frequent one. */
typedef struct variants {
    keel_str message, values, updates, json_text;
    keel_json json;
    int64_t rows;
    size_t groups;
} variants;

static void free_variants(variants *v)
{
    keel_str_free(&v->message);
    keel_str_free(&v->values);
    keel_str_free(&v->updates);
    keel_str_free(&v->json_text);
}

static void add_spelling(variants *v, const spelling *one, bool first)
{
    keel_str_addf(&v->message, "%s\"%s\" (%lld)", first ? v->groups > 0 ? "; " : "" : ", ", one->value,
                  (long long)one->rows);
    keel_json_object(&v->json);
    keel_json_kv_text(&v->json, "value", one->value);
    keel_json_kv_int(&v->json, "rows", one->rows);
    keel_json_end_object(&v->json);
    if (first)
        return;
    v->rows += one->rows;
    keel_str_add(&v->values, v->values.size > 0 ? ", " : "");
    keel_pg_add_literal(&v->values, one->value);
}

static void add_update(variants *v, const keel_census *census, const spelling *group, size_t count)
{
    keel_str *sql = &v->updates;

    keel_str_add(sql, sql->size > 0 ? " UPDATE " : "UPDATE ");
    keel_pg_add_qualified(sql, census->table->schema, census->table->name);
    keel_str_add(sql, " SET ");
    keel_pg_add_identifier(sql, census->column->name);
    keel_str_add(sql, " = ");
    keel_pg_add_literal(sql, group[0].value);
    keel_str_add(sql, " WHERE ");
    keel_pg_add_identifier(sql, census->column->name);
    keel_str_add(sql, " IN (");
    for (size_t i = 1; i < count; i++) {
        keel_str_add(sql, i > 1 ? ", " : "");
        keel_pg_add_literal(sql, group[i].value);
    }
    keel_str_add(sql, ");");
}

static void add_group(variants *v, const keel_census *census, const spelling *group, size_t count)
{
    keel_json_array(&v->json);
    for (size_t i = 0; i < count; i++)
        add_spelling(v, &group[i], i == 0);
    keel_json_end_array(&v->json);
    add_update(v, census, group, count);
    v->groups++;
}

static void collect(keel_check_run *run, const keel_census *census, variants *v)
{
    const spelling *all = fold_all(run, census);

    keel_json_start(&v->json, &v->json_text, false);
    keel_json_array(&v->json);
    for (size_t first = 0, next = 0; first < census->count; first = next) {
        for (next = first + 1; next < census->count && strcmp(all[next].folded, all[first].folded) == 0;)
            next++;
        if (next - first > 1)
            add_group(v, census, &all[first], next - first);
    }
    keel_json_end_array(&v->json);
}

static const char *evidence(keel_check_run *run, const variants *v, const char *sample)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_json json;

    keel_json_start(&json, &text, false);
    keel_json_object(&json);
    keel_json_kv_int(&json, "rows", v->rows);
    if (run->sampled)
        keel_json_kv_bool(&json, "sampled", true);
    keel_json_key(&json, "variants");
    keel_json_raw(&json, v->json_text.data);
    keel_json_key(&json, "sample");
    keel_json_raw(&json, sample);
    keel_json_end_object(&json);
    return keel_arena_strdup(run->arena, text.data);
}

static bool judge(keel_check_run *run, const keel_census *census, keel_error *err)
{
    KEEL_CLEANUP(free_variants) variants v = {.rows = 0};
    const char *column = census->column->name, *sample = NULL;

    keel_check_looked(run, 1, looked_at);
    if (!is_enum_like(census))
        return true;
    collect(run, census, &v);
    if (v.groups == 0)
        return true;
    const char *where =
        keel_arena_printf(run->arena, "%s::pg_catalog.text IN (%s)", keel_row_column(run, column), v.values.data);
    if (!keel_check_sample_with(run, census->table, where, &column, 1, &sample, err))
        return false;
    keel_check_found(run, keel_check_columns_name(run, census->table, &column, 1), evidence(run, &v, sample),
                     v.updates.data, "values that differ only in case or blanks: %s", v.message.data);
    return true;
}

static void scan(keel_check_run *run, const keel_pg_table *table, keel_scan *scan)
{
    keel_check_looked(run, 0, looked_at);
    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_pg_column *column = &table->columns.items[i];
        keel_pg_kind kind = column->type->kind;
        if (kind == KEEL_PG_TEXT || kind == KEEL_PG_VARCHAR || kind == KEEL_PG_CHAR)
            keel_scan_census(scan, run, table, column, NULL, judge);
    }
}

const keel_check keel_check_data_value_variants = {
    .id = "data.value_variants",
    .group = KEEL_GROUP_DATA,
    .severity = KEEL_WARNING,
    .flags = KEEL_CHECK_READS_ROWS,
    .title = "values are spelled in one way",
    .help =
        "Counts the values of text columns that hold few (at most 100, each in two rows on the average), and reports"
        " those that differ only in case or in blanks, no-break and zero-width ones included: a filter for 'pass'"
        " does not find 'Pass' or 'pass '. Single letters may differ in case, they are often codes. The remedy keeps"
        " the most frequent spelling; a CHECK, an enum or a table of the values keeps the others out.",
    .triggers =
        "CREATE TABLE public.runs (id bigint PRIMARY KEY, result text);\n"
        "INSERT INTO public.runs SELECT n, CASE WHEN n <= 6 THEN 'pass' WHEN n <= 9 THEN 'fail' ELSE 'Pass ' END\n"
        "  FROM generate_series(1, 10) n;\n"
        "ANALYZE public.runs;",
    .passes = "CREATE TABLE public.runs (id bigint PRIMARY KEY, result text);\n"
              "INSERT INTO public.runs SELECT n, CASE WHEN n <= 6 THEN 'pass' ELSE 'passed' END\n"
              "  FROM generate_series(1, 10) n;\n"
              "ANALYZE public.runs;",
    .scan = scan,
};
