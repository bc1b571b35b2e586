/* Two rows with the same key, value by value. */
#include "diff/inside.h"

bool keel_diff_fields(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side, const unsigned char *tuple,
                      size_t size, keel_error *err)
{
    return keel_tuple_fields(tuple, size, w->fields[side], pair->columns.count) ||
           keel_fail(err, KEEL_ERR_INTERNAL, "a row of the %s is malformed", keel_side_names[side]);
}

/* A row type or a range of numbers travels as text, where 1.0 and 1.00 look different: the target's own operator
 * decides, on a connection outside of any snapshot. */
static bool ask_server(keel_diff_run *d, const keel_diff_column *column, keel_field left, keel_field right)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_str_free) keel_str answer = {0};
    KEEL_CLEANUP(keel_str_free) keel_str source = {0};
    KEEL_CLEANUP(keel_str_free) keel_str target = {0};
    keel_error ignored;
    bool asked;

    keel_str_addn(&source, left.bytes, (size_t)left.size);
    keel_str_addn(&target, right.bytes, (size_t)right.size);
    const char *const params[] = {keel_str_text(&source), keel_str_text(&target)};
    keel_str_addf(&sql, "SELECT $1::pg_catalog.text::%s IS NOT DISTINCT FROM $2::pg_catalog.text::%s",
                  column->declared[KEEL_TARGET]->name, column->declared[KEEL_TARGET]->name);
    pthread_mutex_lock(&d->judge_lock);
    asked = (d->judge != NULL || keel_pg_open(d->conninfo[KEEL_TARGET], "diff", &d->judge, &ignored)) &&
            keel_pg_query_value(d->judge, &answer, NULL, &ignored, sql.data, 2, params);
    pthread_mutex_unlock(&d->judge_lock);
    return asked && keel_streq(keel_str_text(&answer), "t");
}

bool keel_diff_equal(keel_diff_worker *w, const keel_diff_column *column, keel_field left, keel_field right)
{
    if (keel_compare_fields(column->type, left, right))
        return true;
    return column->by_server && left.size >= 0 && right.size >= 0 && ask_server(w->diff, column, left, right);
}

bool keel_diff_rows(keel_diff_worker *w, keel_diff_pair *pair, const unsigned char *source, size_t source_size,
                    const unsigned char *target, size_t target_size, keel_error *err)
{
    bool differs = false;

    if (!keel_diff_fields(w, pair, KEEL_SOURCE, source, source_size, err) ||
        !keel_diff_fields(w, pair, KEEL_TARGET, target, target_size, err))
        return false;
    for (size_t i = pair->key_count; i < pair->columns.count; i++) {
        if (keel_diff_equal(w, &pair->columns.items[i], w->fields[KEEL_SOURCE][i], w->fields[KEEL_TARGET][i]))
            continue;
        differs = true;
        w->counts.values++;
        keel_diff_say_value(w, pair, i);
    }
    w->counts.different += differs;
    return true;
}
