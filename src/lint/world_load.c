/* A world from a live database: the catalogue, and beside it what only statistics and partitions say. */
#include "base/str.h"
#include "lint/world_inside.h"
#include "pg/catalog.h"

static const char **names_of(keel_arena *arena, const keel_pg_table *table, const int *numbers, size_t count)
{
    const char **names = keel_arena_alloc(arena, (count + 1) * sizeof *names);

    for (size_t i = 0; i < count; i++) {
        const keel_pg_column *column = numbers[i] > 0 ? keel_pg_table_column_number(table, numbers[i]) : NULL;
        names[i] = column != NULL ? column->name : NULL;
    }
    return names;
}

static void load_columns(keel_arena *arena, const keel_pg_table *from, keel_world_table *table)
{
    for (size_t i = 0; i < from->columns.count; i++) {
        const keel_pg_column *c = &from->columns.items[i];
        keel_world_column column = {.name = c->name, .type = c->type->name, .not_null = c->not_null,
                                    .has_default = c->default_sql != NULL, .generated = c->generated,
                                    .identity = c->identity != 0};
        keel_arena_push(arena, &table->columns, column);
    }
}

static void load_constraints(keel_arena *arena, const keel_pg_table *from, keel_world_table *table)
{
    for (size_t i = 0; i < from->constraints.count; i++) {
        const keel_pg_constraint *c = &from->constraints.items[i];
        keel_world_constraint constraint = {.name = c->name, .type = c->type, .validated = c->validated,
                                            .columns = names_of(arena, from, c->columns, c->column_count),
                                            .column_count = c->column_count, .parent_schema = c->parent_schema,
                                            .parent_table = c->parent_table};
        if (c->check_sql != NULL) {
            constraint.check = keel_world_tokens(arena, c->check_sql);
            constraint.not_null_column = keel_world_not_null_column(arena, c->check_sql);
        }
        keel_arena_push(arena, &table->constraints, constraint);
    }
}

static bool of_constraint(const keel_pg_table *from, const char *index)
{
    for (size_t i = 0; i < from->constraints.count; i++)
        if (strchr("pux", from->constraints.items[i].type) != NULL && keel_streq(from->constraints.items[i].name, index))
            return true;
    return false;
}

static const char *method_of(keel_arena *arena, const char *definition)
{
    const char *method = strstr(definition, " USING ");

    return method != NULL ? keel_arena_strndup(arena, method + 7, strcspn(method + 7, " ")) : "btree";
}

static bool same_without_quotes(const char *quoted, const char *plain)
{
    for (; *quoted != '\0'; quoted++)
        if (*quoted != '"' && *quoted != *plain++)
            return false;
    return *plain == '\0';
}

/* "... USING btree (a, "B")": its columns, and nothing behind them. */
static bool is_plain(const char *definition, const char *const *columns, size_t count)
{
    KEEL_CLEANUP(keel_str_free) keel_str plain = {0};
    const char *method = strstr(definition, " USING btree (");

    keel_str_add(&plain, " USING btree (");
    for (size_t i = 0; i < count && columns[i] != NULL; i++)
        keel_str_addf(&plain, "%s%s", i > 0 ? ", " : "", columns[i]);
    keel_str_addc(&plain, ')');
    return method != NULL && same_without_quotes(method, keel_str_text(&plain));
}

static void load_indexes(keel_arena *arena, const keel_pg_table *from, keel_world_table *table)
{
    for (size_t i = 0; i < from->indexes.count; i++) {
        const keel_pg_index *x = &from->indexes.items[i];
        keel_world_index index = {.name = x->name, .method = method_of(arena, x->definition),
                                  .columns = names_of(arena, from, x->columns, x->column_count),
                                  .column_count = x->column_count, .unique = x->unique, .primary = x->primary,
                                  .valid = x->valid, .partial = x->partial, .of_constraint = of_constraint(from, x->name),
                                  .scans = -1};
        index.plain = is_plain(x->definition, index.columns, index.column_count);
        keel_arena_push(arena, &table->indexes, index);
    }
}

static void load_inbound(keel_world *world, const keel_pg_catalog *catalog)
{
    for (size_t i = 0; i < catalog->tables.count; i++) {
        const keel_pg_table *from = catalog->tables.items[i];
        keel_world_table *table = world->tables.items[i];
        for (size_t k = 0; k < from->inbound_from.count; k++) {
            keel_world_table *child = keel_world_table_mutable(world, from->inbound_from.items[k]->schema,
                                                               from->inbound_from.items[k]->name);
            if (child != NULL)
                keel_arena_push(world->arena, &table->inbound, child);
        }
    }
}

static void load_tables(keel_world *world, const keel_pg_catalog *catalog)
{
    for (size_t i = 0; i < catalog->tables.count; i++) {
        const keel_pg_table *from = catalog->tables.items[i];
        keel_world_table *table = keel_world_add(world, from->schema, from->name);
        table->kind = from->kind;
        table->known = true;
        table->rows = from->estimated_rows;
        table->bytes = from->bytes;
        table->partition = from->partition;
        table->unlogged = from->persistence == 'u';
        load_columns(world->arena, from, table);
        load_constraints(world->arena, from, table);
        load_indexes(world->arena, from, table);
    }
    load_inbound(world, catalog);
}

/* A table never analysed says -1 rows or none: what its size suggests (rows of 100 bytes) is better than nothing. */
static const char facts_sql[] =
    "SELECT n.nspname, c.relname,"
    " coalesce((s.n_tup_ins + s.n_tup_upd + s.n_tup_del) / greatest(extract(epoch FROM now() -"
    "  coalesce(d.stats_reset, pg_catalog.pg_postmaster_start_time())), 1), -1),"
    " (SELECT dn.nspname || '.' || dc.relname FROM pg_catalog.pg_partitioned_table pt JOIN pg_catalog.pg_class dc"
    "   ON dc.oid = pt.partdefid JOIN pg_catalog.pg_namespace dn ON dn.oid = dc.relnamespace WHERE pt.partrelid = c.oid),"
    " (SELECT pn.nspname || '.' || pc.relname FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class pc ON pc.oid = h.inhparent"
    "   JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace WHERE h.inhrelid = c.oid AND c.relispartition LIMIT 1),"
    " EXISTS (SELECT 1 FROM pg_catalog.pg_publication_tables p WHERE p.schemaname = n.nspname AND p.tablename = c.relname),"
    " CASE WHEN c.reltuples <= 0 THEN greatest(coalesce(s.n_live_tup, 0), pg_catalog.pg_relation_size(c.oid) / 100) ELSE c.reltuples END,"
    " coalesce((SELECT sum(l.reltuples) FROM pg_catalog.pg_partition_tree(c.oid) t JOIN pg_catalog.pg_class l ON l.oid = t.relid"
    "   WHERE t.isleaf AND c.relkind = 'p'), -1),"
    " coalesce((SELECT sum(pg_catalog.pg_relation_size(t.relid)) FROM pg_catalog.pg_partition_tree(c.oid) t"
    "   WHERE t.isleaf AND c.relkind = 'p'), -1)"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_catalog.pg_stat_user_tables s ON s.relid = c.oid"
    " LEFT JOIN pg_catalog.pg_stat_database d ON d.datname = pg_catalog.current_database()"
    " WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

static double number(const keel_pg_result *r, int row, int column)
{
    return keel_pg_is_null(r, row, column) ? -1 : strtod(keel_pg_text(r, row, column), NULL);
}

static bool load_facts(keel_world *world, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;

    if (!keel_pg_query(world->pg, &r, err, facts_sql, 0, NULL))
        return false;
    for (int row = 0; row < keel_pg_rows(r); row++) {
        keel_world_table *table = keel_world_table_mutable(world, keel_pg_text(r, row, 0), keel_pg_text(r, row, 1));
        if (table == NULL)
            continue;
        table->writes = number(r, row, 2);
        table->default_partition = keel_arena_strdup(world->arena, keel_pg_text(r, row, 3));
        table->parent = keel_arena_strdup(world->arena, keel_pg_text(r, row, 4));
        table->replicated = keel_pg_bool(r, row, 5);
        table->rows = number(r, row, table->kind == 'p' ? 7 : 6);
        if (table->kind == 'p')
            table->bytes = (int64_t)number(r, row, 8);
    }
    return true;
}

static bool load_scans(keel_world *world, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;

    if (!keel_pg_query(world->pg, &r, err,
                       "SELECT schemaname, relname, indexrelname, idx_scan FROM pg_catalog.pg_stat_user_indexes", 0, NULL))
        return false;
    for (int row = 0; row < keel_pg_rows(r); row++) {
        keel_world_table *table = keel_world_table_mutable(world, keel_pg_text(r, row, 0), keel_pg_text(r, row, 1));
        for (size_t i = 0; table != NULL && i < table->indexes.count; i++)
            if (keel_streq(table->indexes.items[i].name, keel_pg_text(r, row, 2)))
                table->indexes.items[i].scans = keel_pg_int(r, row, 3);
    }
    return true;
}

static bool load_standby(keel_world *world, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str answer = {0};

    if (!keel_pg_query_value(world->pg, &answer, NULL, err,
                             "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_replication)", 0, NULL))
        return false;
    world->standby = keel_streq(keel_str_text(&answer), "t");
    return true;
}

static bool load_all(keel_world *world, keel_error *err)
{
    keel_pg_catalog *catalog = NULL;

    if (!keel_pg_catalog_load(world->pg, world->arena, &catalog, err))
        return keel_fail_context(err, "read the catalogue");
    world->default_schema = catalog->default_schema;
    load_tables(world, catalog);
    return load_facts(world, err) && load_scans(world, err) && load_standby(world, err) && keel_world_load_sessions(world, err);
}

bool keel_world_load(keel_pg *pg, keel_arena *arena, keel_world **ret_world, keel_error *err)
{
    keel_world *world = keel_world_empty(arena);
    keel_error ignored = {0};

    world->pg = pg;
    world->server_version = keel_pg_server_version(pg);
    if (!keel_pg_exec(pg, err, "SET lock_timeout = '5s'")) /* sizes want a look at tables that somebody may have locked */
        return false;
    bool good = load_all(world, err);
    keel_pg_exec(pg, &ignored, "RESET lock_timeout");
    if (good)
        *ret_world = world;
    return good;
}
