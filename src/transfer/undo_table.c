/* One table of the run as undo finds it: where its rows lie, who refers to them, and whether
 * transaction ids still tell them from others. */
#include "transfer/undo_inside.h"

enum { BATCH_BYTES = 128 * 1024 * 1024 /* of a batch, about, values out of line included */ };

/* The table itself, or the partitions that hold rows. */
static const char leaves_sql[] =
    "SELECT c.oid, format('%I.%I', n.nspname, c.relname),"
    " pg_catalog.pg_relation_size(c.oid) / current_setting('block_size')::bigint, "
    "greatest(c.reltuples, 0)::bigint,"
    " pg_catalog.pg_table_size(c.oid)"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind = 'r' AND c.oid IN (SELECT $1::oid UNION ALL"
    "   SELECT relid FROM pg_catalog.pg_partition_tree($1::oid::regclass) WHERE isleaf)"
    " ORDER BY c.oid";

static bool load_leaves(keel_undo *undo, keel_undo_target *target, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    char oid[16];
    const char *params[] = {oid};
    /* before 14 there is no scan by block range: every batch reads the whole table, so there are
     * fewer of them */
    int64_t wanted =
        keel_pg_server_version(undo->pg) >= 140000 ? KEEL_UNDO_ROWS : 20 * KEEL_UNDO_ROWS;

    snprintf(oid, sizeof oid, "%u", target->table->oid);
    if (!keel_pg_query(undo->pg, &rows, err, leaves_sql, 1, params))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        keel_undo_leaf leaf = {.oid = (uint32_t)keel_pg_int(rows, row, 0),
                               .relation =
                                   keel_arena_strdup(undo->arena, keel_pg_text(rows, row, 1)),
                               .blocks = keel_pg_int(rows, row, 2)};
        int64_t held =
            KEEL_MAX(keel_pg_int(rows, row, 3), target->journal->inserted / keel_pg_rows(rows));
        int64_t by_rows = leaf.blocks * wanted / KEEL_MAX(held, 1);
        int64_t by_bytes = leaf.blocks * BATCH_BYTES / KEEL_MAX(keel_pg_int(rows, row, 4), 1);
        leaf.step = KEEL_MAX(KEEL_MIN(by_rows, by_bytes), 1);
        keel_arena_push(undo->arena, &target->leaves, leaf);
    }
    return true;
}

static const char *
match_sql(keel_arena *arena, const keel_pg_table *child, const keel_pg_constraint *key)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    for (size_t i = 0; i < key->column_count; i++) {
        const keel_pg_column *column = keel_pg_table_column_number(child, key->columns[i]);
        keel_str_add(&sql, i > 0 ? " AND c." : "c.");
        keel_pg_add_identifier(&sql, column != NULL ? column->name : "");
        keel_str_add(&sql, " = t.");
        keel_pg_add_identifier(&sql, key->parent_columns[i]);
    }
    return keel_arena_strdup(arena, keel_str_text(&sql));
}

static void add_references(keel_undo *undo,
                           keel_undo_target *target,
                           const keel_pg_table *parent,
                           uint32_t leaf)
{
    for (size_t i = 0; parent != NULL && i < parent->inbound.count; i++) {
        KEEL_CLEANUP(keel_str_free) keel_str relation = {0};
        const keel_pg_constraint *key = parent->inbound.items[i];
        const keel_pg_table *child = parent->inbound_from.items[i];
        keel_str_add(&relation, child->kind == 'p' ? "" : "ONLY ");
        keel_pg_add_qualified(&relation, child->schema, child->name);
        keel_undo_reference reference = {
            .child = keel_arena_strdup(undo->arena, keel_str_text(&relation)),
            .name = keel_arena_printf(undo->arena, "%s.%s", child->schema, child->name),
            .child_oid = child->oid,
            .leaf = leaf,
            .match = match_sql(undo->arena, child, key),
            .acts = key->on_delete == 'c' || key->on_delete == 'n' || key->on_delete == 'd',
            .deferrable = key->deferrable,
        };
        keel_arena_push(undo->arena, &target->references, reference);
    }
}

static void load_references(keel_undo *undo, keel_undo_target *target)
{
    add_references(undo, target, target->table, 0);
    for (size_t i = 0; i < target->leaves.count; i++)
        if (target->leaves.items[i].oid != target->table->oid)
            add_references(undo, target,
                           keel_pg_catalog_find_oid(undo->catalog, target->leaves.items[i].oid),
                           target->leaves.items[i].oid);
}

/* The low half of the ids, whether one is so old that its low half may have come round, whether the
 * table has been rewritten since a chunk. */
static const char ids_sql[] =
    "SELECT coalesce(array_agg(DISTINCT c.xid & 4294967295), '{}'),"
    " coalesce(bool_or(pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) - c.xid "
    ">= 2137483648), false),"
    " coalesce(bool_or(c.filenode IS DISTINCT FROM "
    "pg_catalog.pg_relation_filenode($3::oid::regclass)), false)"
    " FROM pgkeel.chunk c WHERE c.run = $1::bigint AND c.tbl = $2::int AND c.kind IN ('l', 's')";

static bool
has_own_ids(keel_undo *undo, const keel_undo_target *target, bool *ret_has, keel_error *err)
{
    const char *params[] = {target->xids};

    *ret_has = false;
    for (size_t i = 0; !*ret_has && i < target->leaves.count; i++) {
        KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
        KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
        keel_str_addf(&sql, "SELECT EXISTS (SELECT FROM ONLY %s WHERE xmin = ANY($1::xid[]))",
                      target->leaves.items[i].relation);
        if (!keel_pg_query(undo->pg, &result, err, sql.data, 1, params))
            return false;
        *ret_has = keel_pg_bool(result, 0, 0);
    }
    return true;
}

/* A table that was rewritten and still holds one of our ids was rewritten as it was (VACUUM FULL,
 * CLUSTER); without any, every row got a new id (ALTER TYPE). Decided once: later our rows are gone
 * and their ids with them. */
static bool judge_rewritten(keel_undo *undo, keel_undo_target *target, keel_error *err)
{
    const char *step = keel_arena_printf(undo->arena, "undo.by_xid:%d", target->journal->table);
    bool decided = false, has = false;

    if (!keel_journal_step_done(undo->pg, undo->run->run, step, &decided, err))
        return false;
    if (decided)
        return true;
    if (!has_own_ids(undo, target, &has, err))
        return false;
    target->by_hash = !has;
    if (target->by_hash || undo->options->dry_run)
        return true;
    return keel_journal_step_record(undo->pg, undo->run->run, step, "", err);
}

static bool load_ids(keel_undo *undo, keel_undo_target *target, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    char run[24], table[16], oid[16];
    const char *params[] = {run, table, oid};

    snprintf(run, sizeof run, "%lld", (long long)undo->run->run);
    snprintf(table, sizeof table, "%d", target->journal->table);
    snprintf(oid, sizeof oid, "%u", target->table->oid);
    if (!keel_pg_query(undo->pg, &result, err, ids_sql, 3, params))
        return false;
    target->xids = keel_arena_strdup(undo->arena, keel_pg_text(result, 0, 0));
    target->by_hash = !undo->run->home || keel_pg_bool(result, 0, 1);
    if (target->by_hash)
        return true;
    bool rewritten = keel_pg_bool(result, 0, 2) ||
                     target->table->kind == 'p'; /* partitions: no filenode of the whole */
    /* by ids from the start, so that the step stands before the first row is gone */
    return rewritten ? judge_rewritten(undo, target, err) : true;
}

static void report_triggers(keel_undo *undo, const keel_undo_target *target)
{
    for (size_t i = 0; i < target->table->triggers.count; i++) {
        const keel_pg_trigger *trigger = &target->table->triggers.items[i];
        if (trigger->on_delete && trigger->enabled)
            keel_report_addf(undo->report, KEEL_INFO, "undo.trigger", target->name, NULL, NULL,
                             "its trigger \"%s\" fires for the rows that are deleted",
                             trigger->name);
    }
}

bool keel_undo_target_load(keel_undo *undo, keel_undo_target *target, keel_error *err)
{
    const keel_run_table *journal = target->journal;

    target->name = keel_arena_printf(undo->arena, "%s.%s", journal->schema, journal->name);
    target->table = keel_pg_catalog_find(undo->catalog, journal->schema, journal->name);
    if (target->table == NULL)
        return true;
    if (!load_leaves(undo, target, err))
        return false;
    load_references(undo, target);
    target->record =
        keel_pg_table_primary_key(target->table) == NULL && target->references.count == 0;
    if (!target->selected)
        return true;
    report_triggers(undo, target);
    return load_ids(undo, target, err);
}
