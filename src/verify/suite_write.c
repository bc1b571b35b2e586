#include <string.h>

#include "verify/suite_write_inside.h"

void keel_suite_write_columns(keel_suite_writer *w, const keel_pg_table *table, const int *columns, size_t count)
{
    keel_str_add(w->out, count == 1 ? "" : "[");
    for (size_t i = 0; i < count; i++) {
        const keel_pg_column *column = keel_pg_table_column_number(table, columns[i]);
        keel_str_add(w->out, i > 0 ? ", " : "");
        keel_suite_yaml_add_flow(w->out, column != NULL ? column->name : "");
    }
    keel_str_add(w->out, count == 1 ? "" : "]");
}

/* "serial" of an integer that a sequence of its own feeds, else NULL. */
static const char *serial_name(const keel_pg_column *column)
{
    if (column->type->domain || !column->not_null || (column->identity == '\0' && column->sequence == NULL))
        return NULL;
    const keel_pg_kind kind = column->type->kind;
    return kind == KEEL_PG_INT2   ? "smallserial"
           : kind == KEEL_PG_INT4 ? "serial"
           : kind == KEEL_PG_INT8 ? "bigserial"
                                  : NULL;
}

static void write_column(keel_suite_writer *w, const keel_pg_column *column)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    const char *serial = serial_name(column);

    keel_str_add(&text, serial != NULL ? serial : column->type->name);
    if (serial == NULL && column->not_null)
        keel_str_add(&text, " not null");
    if (serial == NULL && column->default_sql != NULL)
        keel_str_addf(&text, " default %s", column->default_sql);
    keel_str_add(w->out, "      ");
    keel_suite_yaml_add_flow(w->out, column->name);
    keel_str_add(w->out, ": ");
    keel_suite_yaml_add(w->out, text.data);
    keel_str_addc(w->out, '\n');
    w->written->columns++;
}

static void write_triggers(keel_suite_writer *w, const keel_pg_table *table)
{
    size_t shown = 0;

    for (size_t i = 0; i < table->triggers.count; i++) {
        if (!table->triggers.items[i].enabled)
            continue;
        keel_str_add(w->out, shown++ == 0 ? "    triggers: [" : ", ");
        keel_suite_yaml_add_flow(w->out, table->triggers.items[i].name);
    }
    keel_str_add(w->out, shown > 0 ? "]\n" : "");
}

static void write_name(keel_suite_writer *w, const keel_pg_table *table)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    const char *usual = w->db.catalog->default_schema;

    if (usual == NULL || strcmp(table->schema, usual) != 0) {
        keel_suite_yaml_add_part(&name, table->schema);
        keel_str_addc(&name, '.');
    }
    keel_suite_yaml_add_part(&name, table->name);
    keel_str_add(w->out, "  ");
    keel_suite_yaml_add_flow(w->out, name.data);
    keel_str_add(w->out, ":\n");
}

static void write_table(keel_suite_writer *w, const keel_pg_table *table)
{
    const keel_pg_constraint *key = keel_pg_table_primary_key(table);

    write_name(w, table);
    keel_str_add(w->out, table->columns.count > 0 ? "    columns:\n" : "");
    for (size_t i = 0; i < table->columns.count; i++)
        write_column(w, &table->columns.items[i]);
    if (key != NULL) {
        keel_str_add(w->out, "    primary_key: ");
        keel_suite_write_columns(w, table, key->columns, key->column_count);
        keel_str_addc(w->out, '\n');
        w->written->keys++;
    }
    keel_suite_write_indexes(w, table);
    keel_suite_write_constraints(w, table);
    keel_suite_write_foreign_keys(w, table);
    keel_suite_write_allowed(w, table);
    write_triggers(w, table);
    w->written->tables++;
}

static bool is_named(const keel_pg_table *table, const char *name)
{
    size_t size = strlen(table->schema);

    return strcmp(name, table->name) == 0 || (strncmp(name, table->schema, size) == 0 && name[size] == '.' &&
                                              strcmp(name + size + 1, table->name) == 0);
}

/* A partition is as its root is. */
static bool choose(keel_suite_writer *w, const char *const *names, keel_error *err)
{
    const keel_pg_catalog *catalog = w->db.catalog;
    KEEL_CLEANUP(keel_str_free) keel_str oids = {0};

    for (const char *const *name = names; name != NULL && *name != NULL; name++) {
        bool known = false;
        for (size_t i = 0; i < catalog->tables.count; i++)
            known = known || is_named(catalog->tables.items[i], *name);
        if (!known)
            return keel_fail(err, KEEL_ERR_USAGE, "there is no table \"%s\"", *name);
    }
    w->db.tables = keel_arena_alloc(w->arena, (catalog->tables.count + 1) * sizeof *w->db.tables);
    for (size_t i = 0; i < catalog->tables.count; i++) {
        const keel_pg_table *table = catalog->tables.items[i];
        bool wanted = names == NULL;
        for (const char *const *name = names; name != NULL && *name != NULL; name++)
            wanted = wanted || is_named(table, *name);
        if (!wanted || table->partition)
            continue;
        keel_str_addf(&oids, "%s%u", w->db.table_count > 0 ? "," : "", table->oid);
        w->db.tables[w->db.table_count++] = table;
    }
    w->db.oids = keel_arena_printf(w->arena, "{%s}", keel_str_text(&oids));
    if (w->db.table_count > 0)
        return true;
    keel_fail(err, KEEL_ERR_DATA, "there is no table to write a suite of");
    return keel_fail_hint(err, "Is it the right database? Partitions are written as their root.");
}

static bool write_extensions(keel_suite_writer *w, keel_pg *pg, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_pg_query(pg, &rows, err,
                       "SELECT e.extname FROM pg_catalog.pg_extension e WHERE e.extname <> 'plpgsql' ORDER BY 1", 0,
                       NULL))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        keel_str_add(w->out, row == 0 ? "\nextensions: [" : ", ");
        keel_suite_yaml_add_flow(w->out, keel_pg_text(rows, row, 0));
    }
    keel_str_add(w->out, keel_pg_rows(rows) > 0 ? "]\n" : "");
    return true;
}

static void write_head(keel_suite_writer *w, keel_pg *pg)
{
    KEEL_CLEANUP(keel_str_free) keel_str target = {0};

    keel_pg_target_name(pg, &target);
    keel_str_addf(w->out,
                  "# Written by `pgkeel check --init` from %s: what the database is, which may not be what it "
                  "should be.\n"
                  "# Take out what may change freely. Add what only you know: not_null, allowed, times, count, "
                  "rules, statements.\n\ntables:\n",
                  target.data);
}

static bool write(keel_suite_writer *w, keel_pg *pg, const char *const *tables, keel_error *err)
{
    keel_pg_catalog *catalog = NULL;
    keel_check_run run = {.db = &w->db, .pg = pg, .arena = w->arena};

    if (!keel_pg_catalog_load(pg, w->arena, &catalog, err))
        return false;
    w->db.catalog = catalog;
    w->db.server_version = keel_pg_server_version(pg);
    if (!choose(w, tables, err) || !keel_indexes_load(&run, &w->indexes, err))
        return false;
    write_head(w, pg);
    for (size_t i = 0; i < w->db.table_count; i++)
        write_table(w, w->db.tables[i]);
    return write_extensions(w, pg, err);
}

bool keel_suite_write(keel_arena *arena, keel_pg *pg, const char *const *tables, keel_str *out,
                      keel_suite_written *ret_written, keel_error *err)
{
    keel_suite_written written = {0};
    keel_suite_writer w = {.arena = arena, .out = out, .written = &written};

    if (!keel_pg_exec(pg, err, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = '2s'"))
        return false;
    bool done = write(&w, pg, tables, err);
    keel_pg_rollback(pg);
    if (done)
        *ret_written = written;
    return done;
}
