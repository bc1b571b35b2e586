/* Differences in words: the first few as findings, all of them counted. */
#include "base/json_out.h"
#include "transfer/verify_inside.h"

static bool show(keel_verify *v, keel_severity severity)
{
    int64_t limit = v->options->limit > 0 ? v->options->limit : KEEL_VERIFY_LIMIT;

    return atomic_fetch_add(&v->shown[severity], 1) < limit;
}

/* At most `limit` bytes, not cut inside of a UTF-8 character. */
static void add_cut(keel_str *out, const char *text, size_t size, size_t limit)
{
    size_t keep = KEEL_MIN(size, limit);

    while (keep < size && keep > 0 && ((unsigned char)text[keep] & 0xc0) == 0x80)
        keep--;
    keel_str_addn(out, text, keep);
    if (keep < size)
        keel_str_add(out, "...");
}

static void cell_value(const keel_cell *cell, keel_str *out)
{
    KEEL_CLEANUP(keel_str_free) keel_str whole = {0};
    bool hex = false;

    keel_cell_text(cell, KEEL_VERIFY_SHOWN_BYTES + 4, &whole, &hex);
    keel_str_add(out, hex ? "x'" : "");
    add_cut(out, keel_str_text(&whole), whole.size, KEEL_VERIFY_SHOWN_BYTES);
    keel_str_add(out, hex ? "'" : "");
}

static void field_value(const keel_plan_column *column, keel_field field, keel_str *out)
{
    KEEL_CLEANUP(keel_str_free) keel_str whole = {0};

    if (column->as_text)
        keel_str_addn(&whole, field.bytes, (size_t)field.size);
    else
        keel_field_text(column->type, field, &whole);
    add_cut(out, keel_str_text(&whole), whole.size, KEEL_VERIFY_SHOWN_BYTES);
}

/* 'text' on one line; NULL as it is. */
static void add_quoted(keel_str *out, const char *text)
{
    if (text == NULL) {
        keel_str_add(out, "NULL");
        return;
    }
    keel_str_addc(out, '\'');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\n')
            keel_str_add(out, "\\n");
        else if ((unsigned char)*c < ' ' || *c == 0x7f)
            keel_str_addf(out, "\\x%02x", (unsigned)(unsigned char)*c);
        else
            keel_str_addc(out, *c);
    }
    keel_str_addc(out, '\'');
}

void keel_verify_row_name(const keel_verifier *w, keel_str *out)
{
    const keel_plan_table *plan = w->state->plan;

    for (size_t i = 0; i < plan->source_key_count; i++) {
        keel_str_add(out, i > 0 ? ", " : "");
        cell_value(&w->cells[plan->source_key_cells[i]], out);
    }
    if (plan->source_key_count == 0)
        keel_str_addf(out, "%s %lld", plan->by_rowid ? "rowid" : "row", (long long)w->position);
}

void keel_verify_target_row_name(const keel_verifier *w, keel_str *out)
{
    const keel_plan_table *plan = w->state->plan;
    size_t count = plan->key_column_count > 0 ? plan->key_column_count
                                              : KEEL_MIN(plan->columns.count, (size_t)3);

    for (size_t i = 0; i < count; i++) {
        size_t column = plan->key_column_count > 0 ? (size_t)plan->key_columns[i] : i;
        keel_field field = w->fields[1 + column];
        keel_str_add(out, i > 0 ? ", " : "");
        if (field.size < 0)
            keel_str_add(out, "NULL");
        else
            field_value(&plan->columns.items[column], field, out);
    }
}

static void value_evidence(const keel_plan_table *plan,
                           const char *key,
                           const char *column,
                           const char *source,
                           const char *target,
                           keel_str *out)
{
    keel_json json;

    keel_json_start(&json, out, false);
    keel_json_object(&json);
    keel_json_kv_text(&json, "table", plan->source->name);
    keel_json_kv_text(&json, "key", key);
    keel_json_kv_text(&json, "column", column);
    keel_json_kv_text(&json, "source", source);
    keel_json_kv_text(&json, "target", target);
    keel_json_end_object(&json);
}

static const char *value_message(const char *check)
{
    if (keel_streq(check, "verify.changed_since"))
        return "changed in the target since the copy";
    if (keel_streq(check, "verify.merged_different"))
        return "merged into a row that says otherwise";
    return "differs";
}

void keel_verify_say_value(keel_verifier *w,
                           keel_severity severity,
                           const char *check,
                           size_t index)
{
    KEEL_CLEANUP(keel_str_free) keel_str key = {0};
    KEEL_CLEANUP(keel_str_free) keel_str source = {0};
    KEEL_CLEANUP(keel_str_free) keel_str target = {0};
    KEEL_CLEANUP(keel_str_free) keel_str both = {0};
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    KEEL_CLEANUP(keel_str_free) keel_str object = {0};
    const keel_plan_table *plan = w->state->plan;
    const keel_plan_column *column = &plan->columns.items[index];
    const keel_cell *cell = &w->cells[column->cell];
    keel_field field = w->fields[1 + index];

    if (!show(w->verify, severity))
        return;
    keel_verify_row_name(w, &key);
    if (cell->class != KEEL_CELL_NULL)
        cell_value(cell, &source);
    if (field.size >= 0)
        field_value(column, field, &target);
    const char *source_text = cell->class != KEEL_CELL_NULL ? keel_str_text(&source) : NULL;
    const char *target_text = field.size >= 0 ? keel_str_text(&target) : NULL;
    add_quoted(&both, source_text);
    keel_str_add(&both, " in the source, ");
    add_quoted(&both, target_text);
    keel_str_add(&both, " in the target");
    value_evidence(plan, keel_str_text(&key), column->source, source_text, target_text, &evidence);
    keel_str_addf(&object, "%s.%s(%s)", plan->schema, plan->name, column->target);
    keel_report_addf(w->verify->report, severity, check, object.data, evidence.data, NULL,
                     "row %s %s: %s", keel_str_text(&key), value_message(check), both.data);
}

void keel_verify_say_row(keel_verify *v,
                         keel_severity severity,
                         const char *check,
                         const keel_verify_state *state,
                         const char *key,
                         const char *what)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    KEEL_CLEANUP(keel_str_free) keel_str object = {0};
    keel_json json;

    if (!show(v, severity))
        return;
    keel_json_start(&json, &evidence, false);
    keel_json_object(&json);
    keel_json_kv_text(&json, "table", state->plan->source->name);
    keel_json_kv_text(&json, "key", key);
    keel_json_end_object(&json);
    keel_str_addf(&object, "%s.%s", state->plan->schema, state->plan->name);
    keel_report_addf(v->report, severity, check, object.data, evidence.data, NULL, "row %s %s", key,
                     what);
}
