/* What an undo has to say of rows that it could not simply delete. */
#include "base/json_out.h"
#include "transfer/undo_inside.h"

enum { NAMED_IN_EVIDENCE = 10 };

/* The key of a row, or its place where the table has none. */
static void add_key_sql(const keel_undo_target *target, keel_str *sql)
{
    const keel_pg_constraint *key = keel_pg_table_primary_key(target->table);

    keel_str_add(sql, "SELECT pg_catalog.concat_ws(', '");
    if (key == NULL)
        keel_str_add(sql, ", t.ctid");
    for (size_t i = 0; key != NULL && i < key->column_count; i++) {
        const keel_pg_column *column = keel_pg_table_column_number(target->table, key->columns[i]);
        keel_str_add(sql, ", t.");
        keel_pg_add_identifier(sql, column->name);
    }
    keel_str_add(sql, ")");
}

static bool read_key(keel_undo *undo,
                     const keel_undo_target *target,
                     const keel_undo_found *row,
                     keel_str *key,
                     keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;

    add_key_sql(target, &sql);
    keel_str_addf(&sql, " FROM ONLY %s t WHERE t.ctid = '(%u,%u)'::tid", row->leaf->relation,
                  row->block, row->offset);
    if (!keel_pg_query(undo->pg, &result, err, sql.data, 0, NULL))
        return false;
    keel_str_clear(key);
    keel_str_add(key, keel_pg_rows(result) > 0 ? keel_pg_text(result, 0, 0) : "?");
    return true;
}

static bool list_each(keel_undo *undo,
                      const keel_undo_target *target,
                      const keel_undo_rows *changed,
                      keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str key = {0};

    for (size_t i = 0; i < changed->count && undo->listed < KEEL_UNDO_LISTED; i++, undo->listed++) {
        if (!read_key(undo, target, &changed->items[i], &key, err))
            return false;
        keel_report_addf(undo->report, KEEL_WARNING, "undo.changed", target->name, NULL, NULL,
                         "row %s was changed since the copy and %s", key.data,
                         undo->options->dry_run ? "would be deleted (--force)"
                                                : "is deleted (--force)");
    }
    return true;
}

static bool name_some(keel_undo *undo,
                      const keel_undo_target *target,
                      const keel_undo_rows *changed,
                      keel_str *out,
                      keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str key = {0};
    keel_json json;

    keel_json_start(&json, out, false);
    keel_json_object(&json);
    keel_json_kv_int(&json, "rows", (int64_t)changed->count);
    keel_json_key(&json, "keys");
    keel_json_array(&json);
    for (size_t i = 0; i < changed->count && i < NAMED_IN_EVIDENCE; i++) {
        if (!read_key(undo, target, &changed->items[i], &key, err))
            return false;
        keel_json_text(&json, key.data);
    }
    keel_json_end_array(&json);
    keel_json_end_object(&json);
    return true;
}

bool keel_undo_report_changed(keel_undo *undo,
                              const keel_undo_target *target,
                              const keel_undo_rows *changed,
                              keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};

    if (changed->count == 0)
        return true;
    if (undo->options->force)
        return list_each(undo, target, changed, err);
    if (!name_some(undo, target, changed, &evidence, err))
        return false;
    keel_report_addf(undo->report, KEEL_WARNING, "undo.changed", target->name, evidence.data,
                     "Run the undo again with --force to delete them too.",
                     "%zu rows were changed since the copy and are kept", changed->count);
    return true;
}

static void name_children(const keel_undo_target *target, keel_str *out)
{
    for (size_t i = 0; i < target->references.count; i++) {
        bool named = false;
        for (size_t j = 0; j < i; j++)
            named = named ||
                    keel_streq(target->references.items[j].name, target->references.items[i].name);
        if (!named)
            keel_str_addf(out, "%s%s", out->size > 0 ? ", " : "", target->references.items[i].name);
    }
}

void keel_undo_report_kept(keel_undo *undo, const keel_undo_target *target)
{
    KEEL_CLEANUP(keel_str_free) keel_str children = {0};

    if (target->result->kept_referenced <= 0)
        return;
    name_children(target, &children);
    keel_report_addf(
        undo->report, KEEL_WARNING, "undo.referenced", target->name, NULL,
        "Delete or repoint the rows that refer to them, then run the undo again.",
        "%lld rows are kept because rows that stay refer to them (referring tables: %s)",
        (long long)target->result->kept_referenced, keel_str_text(&children));
}
