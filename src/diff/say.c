/* Differences in words: the first few become findings, in the order of tables and keys; all are counted. */
#include <stdlib.h>

#include "base/json_out.h"
#include "diff/inside.h"

enum { ROW_COLUMNS = 8 }; /* that name a row without a key */

static bool show(keel_diff_run *d)
{
    int64_t limit = d->options->limit > 0 ? d->options->limit : KEEL_DIFF_LIMIT;

    pthread_mutex_lock(&d->lock);
    bool shown = d->found++ < limit;
    pthread_mutex_unlock(&d->lock);
    return shown;
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

static void add_value(const keel_diff_column *column, keel_field field, keel_str *out)
{
    KEEL_CLEANUP(keel_str_free) keel_str whole = {0};

    keel_field_text(column->type, field, &whole);
    add_cut(out, keel_str_text(&whole), whole.size, KEEL_DIFF_SHOWN_BYTES);
}

/* NULL for NULL. */
static const char *value_text(const keel_diff_column *column, keel_field field, keel_str *out)
{
    if (field.size < 0)
        return NULL;
    add_value(column, field, out);
    return keel_str_text(out);
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

/* By its key, or by its first columns if it has none. */
static void add_row_name(const keel_diff_pair *pair, const keel_field *fields, keel_str *out)
{
    size_t count = pair->key_count > 0 ? pair->key_count : KEEL_MIN(pair->columns.count, (size_t)ROW_COLUMNS);

    for (size_t i = 0; i < count; i++) {
        keel_str_add(out, i > 0 ? ", " : "");
        add_value(&pair->columns.items[i], fields[i], out);
    }
    if (pair->key_count == 0 && count < pair->columns.count)
        keel_str_add(out, ", ...");
}

static void keep(keel_diff_run *d, keel_diff_shown shown, const keel_field *fields, const keel_str *object,
                 const keel_str *message, const keel_str *evidence)
{
    const keel_diff_pair *pair = shown.pair;

    if (pair->keying == KEEL_BY_RANGE && fields[0].size >= 0)
        shown.rank = fields[0].size == 8   ? keel_get_i64(fields[0].bytes)
                     : fields[0].size == 4 ? keel_get_i32(fields[0].bytes)
                                           : keel_get_i16(fields[0].bytes);
    pthread_mutex_lock(&d->lock);
    shown.order = d->shown.count;
    shown.key = keel_arena_strdup(d->shown_arena, shown.key);
    shown.finding.severity = KEEL_ERROR;
    shown.finding.object = keel_arena_strdup(d->shown_arena, object->data);
    shown.finding.message = keel_arena_strdup(d->shown_arena, message->data);
    shown.finding.evidence = keel_arena_strdup(d->shown_arena, evidence->data);
    keel_vec_push(&d->shown, shown);
    pthread_mutex_unlock(&d->lock);
}

static void value_evidence(const keel_diff_pair *pair, const char *key, const char *column, const char *source,
                           const char *target, keel_str *out)
{
    keel_json json;

    keel_json_start(&json, out, false);
    keel_json_object(&json);
    keel_json_kv_text(&json, "table", pair->name[KEEL_SOURCE]);
    keel_json_kv_text(&json, "key", key);
    keel_json_kv_text(&json, "column", column);
    keel_json_kv_text(&json, "source", source);
    keel_json_kv_text(&json, "target", target);
    keel_json_end_object(&json);
}

void keel_diff_say_value(keel_diff_worker *w, keel_diff_pair *pair, size_t index)
{
    KEEL_CLEANUP(keel_str_free) keel_str key = {0};
    KEEL_CLEANUP(keel_str_free) keel_str source = {0};
    KEEL_CLEANUP(keel_str_free) keel_str target = {0};
    KEEL_CLEANUP(keel_str_free) keel_str message = {0};
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    KEEL_CLEANUP(keel_str_free) keel_str object = {0};
    const keel_diff_column *column = &pair->columns.items[index];

    if (!show(w->diff))
        return;
    add_row_name(pair, w->fields[KEEL_SOURCE], &key);
    const char *source_text = value_text(column, w->fields[KEEL_SOURCE][index], &source);
    const char *target_text = value_text(column, w->fields[KEEL_TARGET][index], &target);
    keel_str_addf(&message, "row %s differs: ", keel_str_text(&key));
    add_quoted(&message, source_text);
    keel_str_add(&message, " in the source, ");
    add_quoted(&message, target_text);
    keel_str_add(&message, " in the target");
    value_evidence(pair, keel_str_text(&key), column->name[KEEL_SOURCE], source_text, target_text, &evidence);
    keel_str_addf(&object, "%s(%s)", pair->name[KEEL_TARGET], column->name[KEEL_TARGET]);
    keep(w->diff,
         (keel_diff_shown){
             .pair = pair, .finding.check = "diff.different", .key = keel_str_text(&key), .column = index},
         w->fields[KEEL_SOURCE], &object, &message, &evidence);
}

static void row_evidence(const keel_diff_pair *pair, const char *key, const int64_t *counts, keel_str *out)
{
    keel_json json;

    keel_json_start(&json, out, false);
    keel_json_object(&json);
    keel_json_kv_text(&json, "table", pair->name[KEEL_SOURCE]);
    keel_json_kv_text(&json, "key", key);
    if (pair->key_count == 0) {
        keel_json_kv_int(&json, "source_rows", counts[KEEL_SOURCE]);
        keel_json_kv_int(&json, "target_rows", counts[KEEL_TARGET]);
    }
    keel_json_end_object(&json);
}

void keel_diff_say_missing(keel_diff_worker *w, keel_diff_pair *pair, keel_side has_it, int64_t here, int64_t there)
{
    KEEL_CLEANUP(keel_str_free) keel_str key = {0};
    KEEL_CLEANUP(keel_str_free) keel_str message = {0};
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    KEEL_CLEANUP(keel_str_free) keel_str object = {0};
    const int64_t counts[KEEL_SIDES] = {has_it == KEEL_SOURCE ? here : there, has_it == KEEL_SOURCE ? there : here};
    bool missing = has_it == KEEL_SOURCE;

    *(missing ? &w->counts.missing : &w->counts.extra) += here - there;
    if (!show(w->diff))
        return;
    add_row_name(pair, w->fields[has_it], &key);
    keel_str_addf(&message, "row %s ", keel_str_text(&key));
    if (here > 1 || there > 0)
        keel_str_addf(&message, "stands %lld times in the source, %lld times in the target",
                      (long long)counts[KEEL_SOURCE], (long long)counts[KEEL_TARGET]);
    else
        keel_str_add(&message, missing ? "is missing in the target" : "has no counterpart in the source");
    row_evidence(pair, keel_str_text(&key), counts, &evidence);
    keel_str_add(&object, pair->name[KEEL_TARGET]);
    keep(w->diff,
         (keel_diff_shown){
             .pair = pair, .finding.check = missing ? "diff.missing" : "diff.extra", .key = keel_str_text(&key)},
         w->fields[has_it], &object, &message, &evidence);
}

void keel_diff_say_failed(keel_diff_run *d, keel_diff_pair *pair, const char *check, const char *remedy,
                          const char *message)
{
    if (!atomic_exchange(&pair->failed, true))
        keel_report_addf(d->report, KEEL_ERROR, check, pair->name[KEEL_SOURCE], NULL, remedy, "%s", message);
}

static int in_order(const void *left, const void *right)
{
    const keel_diff_shown *a = left, *b = right;

    if (a->pair != b->pair)
        return a->pair->number < b->pair->number ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    int keys = strcmp(a->key, b->key);
    if (keys != 0)
        return keys;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

void keel_diff_say_shown(keel_diff_run *d)
{
    int64_t more = d->found - (int64_t)d->shown.count;

    if (d->shown.count > 0)
        qsort(d->shown.items, d->shown.count, sizeof *d->shown.items, in_order);
    for (size_t i = 0; i < d->shown.count; i++)
        keel_report_add(d->report, &d->shown.items[i].finding);
    if (more > 0)
        keel_report_addf(d->report, KEEL_ERROR, "diff.more", NULL, NULL, "Use --limit to see more of them.",
                         "%lld further differences are not listed", (long long)more);
}
