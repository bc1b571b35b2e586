/* Tables and the schema that the run created go as well, if nobody has put anything into them or
 * hung anything on them; what cannot go is a finding, not an error. */
#include "transfer/undo_inside.h"

typedef struct drop_list {
    keel_undo_target **items;
    size_t count, capacity;
} drop_list;

static bool
is_empty(keel_undo *undo, const keel_undo_target *target, bool *ret_empty, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, "SELECT NOT EXISTS (SELECT FROM ");
    keel_pg_add_qualified(&sql, target->table->schema, target->table->name);
    keel_str_add(&sql, ")");
    if (!keel_pg_query(undo->pg, &result, err, sql.data, 0, NULL))
        return false;
    *ret_empty = keel_pg_bool(result, 0, 0);
    return true;
}

static void add_names(const drop_list *list, keel_str *sql)
{
    for (size_t i = 0; i < list->count; i++) {
        keel_str_add(sql, i > 0 ? ", " : "");
        keel_pg_add_qualified(sql, list->items[i]->table->schema, list->items[i]->table->name);
    }
}

/* All of them or none, under locks that keep them empty. */
static bool drop_in_transaction(keel_undo *undo, const drop_list *list, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str names = {0};

    add_names(list, &names);
    if (!keel_pg_execf(
            undo->pg, err,
            "BEGIN; SET LOCAL lock_timeout = '5s'; LOCK TABLE %s IN ACCESS EXCLUSIVE MODE",
            names.data))
        return false;
    for (size_t i = 0; i < list->count; i++) {
        bool empty = false;
        if (!is_empty(undo, list->items[i], &empty, err))
            return false;
        if (!empty)
            return keel_fail(err, KEEL_ERR_DATA, "\"%s\" is not empty", list->items[i]->name);
    }
    return keel_pg_execf(undo->pg, err, "DROP TABLE %s RESTRICT; COMMIT", names.data);
}

static bool drop(keel_undo *undo, const drop_list *list, keel_error *err)
{
    if (!drop_in_transaction(undo, list, err)) {
        keel_pg_rollback(undo->pg);
        return false;
    }
    for (size_t i = 0; i < list->count; i++)
        list->items[i]->result->dropped = true;
    return true;
}

/* The tables to drop, children first. */
static bool collect(keel_undo *undo, drop_list *list, keel_error *err)
{
    for (size_t i = undo->count; i > 0; i--) {
        keel_undo_target *target = &undo->targets[i - 1];
        bool empty = false;
        if (!target->selected || !target->journal->created || target->table == NULL)
            continue;
        if (!is_empty(undo, target, &empty, err))
            return false;
        if (empty)
            keel_arena_push(undo->arena, list, target);
        else if (target->result->kept_changed + target->result->kept_referenced == 0)
            keel_report_addf(undo->report, KEEL_INFO, "undo.not_dropped", target->name, NULL, NULL,
                             "the run created it, but it holds rows of others");
    }
    return true;
}

static bool drop_one_by_one(keel_undo *undo, drop_list *list, keel_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        drop_list single = {.items = &list->items[i], .count = 1};
        if (drop(undo, &single, err))
            continue;
        if (err->kind != KEEL_ERR_SERVER && err->kind != KEEL_ERR_DATA)
            return false;
        keel_report_addf(undo->report, KEEL_WARNING, "undo.not_dropped", list->items[i]->name, NULL,
                         "Drop it by hand once nothing needs it.",
                         "the run created it, but it cannot be dropped: %s", err->message);
    }
    return true;
}

static bool drop_schema(keel_undo *undo, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    const char *schema = NULL;
    bool created = false;

    for (size_t i = 0; schema == NULL && i < undo->count; i++)
        if (undo->targets[i].journal->created)
            schema = undo->targets[i].journal->schema;
    if (schema == NULL)
        return true;
    if (!keel_journal_step_done(undo->pg, undo->run->run, "schema", &created, err))
        return false;
    keel_pg_add_identifier(&name, schema);
    if (!created ||
        keel_pg_execf(
            undo->pg, err,
            "SET lock_timeout = '5s'; DROP SCHEMA IF EXISTS %s RESTRICT; RESET lock_timeout",
            name.data))
        return true;
    if (err->kind != KEEL_ERR_SERVER)
        return false;
    keel_report_addf(undo->report, KEEL_INFO, "undo.not_dropped", schema, NULL, NULL,
                     "the run created the schema, but it cannot be dropped: %s", err->message);
    return true;
}

bool keel_undo_drop(keel_undo *undo, keel_error *err)
{
    drop_list list = {0};

    if (!collect(undo, &list, err))
        return false;
    if (list.count > 0 && !drop(undo, &list, err) && !drop_one_by_one(undo, &list, err))
        return false;
    return drop_schema(undo, err);
}
