/* The catalogue of a database that has one of everything. */
#include <stdlib.h>

#include "cluster.h"
#include "tap.h"
#include "pg/catalog.h"

static const char schema_sql[] =
    "CREATE SCHEMA \"My Shop\"; CREATE SCHEMA pgkeel; CREATE TABLE pgkeel.runs (id int);"
    "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');"
    "CREATE DOMAIN amount AS numeric(12,2) CHECK (VALUE >= 0);"
    "CREATE DOMAIN strict_amount AS amount NOT NULL;"
    "CREATE DOMAIN codes AS varchar(7)[];"
    "CREATE SEQUENCE shared_ids;"
    "CREATE TABLE typed (b bool, i2 int2, i4 int4, i8 int8, f4 real, f8 float8, n numeric, n202 numeric(20,2),"
    "  t text, v varchar, v20 varchar(20), c char(3), by bytea, d date, ti time(3), ts timestamp, tz timestamptz(0),"
    "  u uuid, j json, jb jsonb, ip inet, ci cidr, m mood, va varchar(9)[], ma mood[], a strict_amount, co codes,"
    "  iv interval, bo box, nm name);"
    "CREATE TABLE \"My Shop\".\"Order\" (id serial PRIMARY KEY, \"odd\"\"name\" text COLLATE \"C\");"
    "CREATE TABLE parent (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int NOT NULL, b int, UNIQUE (b, a));"
    "CREATE TABLE child (id int DEFAULT nextval('shared_ids') PRIMARY KEY,"
    "  token uuid DEFAULT gen_random_uuid(), key text DEFAULT 'k-' || gen_random_uuid()::text, made date DEFAULT now(),"
    "  total int GENERATED ALWAYS AS (pa * 2) STORED, pa int, pb int,"
    "  me int REFERENCES child ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,"
    "  CONSTRAINT child_parent FOREIGN KEY (pb, pa) REFERENCES parent (b, a) ON DELETE CASCADE ON UPDATE RESTRICT,"
    "  CONSTRAINT positive CHECK (pa > 0), CONSTRAINT always CHECK (1 < 2));"
    "ALTER TABLE child ADD CONSTRAINT late CHECK (pb > 0) NOT VALID;"
    "CREATE UNIQUE INDEX child_partial ON child (lower(key), pb) INCLUDE (token) WHERE pa > 1;"
    "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
    "CREATE TRIGGER on_write BEFORE INSERT OR UPDATE ON child FOR EACH ROW EXECUTE FUNCTION touch();"
    "CREATE TRIGGER off AFTER DELETE ON child EXECUTE FUNCTION touch();"
    "ALTER TABLE child DISABLE TRIGGER off; ALTER TABLE child ENABLE ALWAYS TRIGGER on_write;"
    "ALTER TABLE child ENABLE ROW LEVEL SECURITY;"
    "CREATE TABLE parts (id int, at date, PRIMARY KEY (id)) PARTITION BY RANGE (id);"
    "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);"
    "CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);"
    "CREATE UNLOGGED TABLE to_parts (part int REFERENCES parts, gone int, kept int);"
    "ALTER TABLE to_parts DROP COLUMN gone;"
    "INSERT INTO to_parts SELECT NULL, i FROM generate_series(1, 1000) i; ANALYZE to_parts;"
    "CREATE TABLE empty ();"
    "CREATE VIEW looked AS SELECT 1; CREATE TEMP TABLE passing (id int)";

static keel_pg_catalog *load(keel_pg *pg, keel_arena *arena)
{
    keel_pg_catalog *catalog = NULL;
    keel_error err = {0};

    if (!ok(keel_pg_catalog_load(pg, arena, &catalog, &err), "the catalogue loads %s", err.message))
        exit(done_testing());
    return catalog;
}

static void test_tables(const keel_pg_catalog *catalog)
{
    is_int((int64_t)catalog->tables.count, 9, "ordinary and partitioned tables, no views, temporary or own ones");
    is_str(catalog->default_schema, "public", "default schema");
    for (size_t at = 0; at < catalog->tables.count; at++) {
        keel_pg_table *table = catalog->tables.items[at];
        ok(keel_pg_catalog_find(catalog, table->schema, table->name) == table &&
           keel_pg_catalog_find_oid(catalog, table->oid) == table, "%s is found by name and by oid", table->name);
    }
    ok(keel_pg_catalog_find(catalog, "public", "absent") == NULL, "an absent table is NULL");
    const keel_pg_table *table = keel_pg_catalog_find(catalog, NULL, "to_parts");
    ok(table->persistence == 'u' && table->kind == 'r' && !table->partition, "an unlogged table");
    is_int((int64_t)table->estimated_rows, 1000, "estimated rows");
    ok(table->bytes > 8192, "size in bytes");
    is_int((int64_t)table->columns.count, 2, "a dropped column is not there");
    is_int(keel_pg_table_column(table, "kept")->number, 3, "and numbers keep their gap");
    ok(keel_pg_table_column_number(table, 2) == NULL, "nothing has the dropped number");
    ok(keel_pg_catalog_find(catalog, "public", "typed")->estimated_rows < 0, "never analysed is unknown");
    ok(keel_pg_catalog_find(catalog, "public", "parts")->kind == 'p', "a partitioned table");
    ok(keel_pg_catalog_find(catalog, "public", "parts_1")->partition, "a partition");
    is_int((int64_t)keel_pg_catalog_find(catalog, "public", "empty")->columns.count, 0, "a table without columns");
}

static const keel_pg_type *type_of(const keel_pg_catalog *catalog, const char *column)
{
    return keel_pg_table_column(keel_pg_catalog_find(catalog, "public", "typed"), column)->type;
}

static void test_types(const keel_pg_catalog *catalog)
{
    static const struct {
        const char *column, *name;
        keel_pg_kind kind;
    } simple[] = {
        {"b", "boolean", KEEL_PG_BOOL}, {"i2", "smallint", KEEL_PG_INT2}, {"i4", "integer", KEEL_PG_INT4},
        {"i8", "bigint", KEEL_PG_INT8}, {"f4", "real", KEEL_PG_FLOAT4}, {"f8", "double precision", KEEL_PG_FLOAT8},
        {"n", "numeric", KEEL_PG_NUMERIC}, {"t", "text", KEEL_PG_TEXT}, {"v", "character varying", KEEL_PG_VARCHAR},
        {"by", "bytea", KEEL_PG_BYTEA}, {"d", "date", KEEL_PG_DATE}, {"u", "uuid", KEEL_PG_UUID},
        {"j", "json", KEEL_PG_JSON}, {"jb", "jsonb", KEEL_PG_JSONB}, {"ip", "inet", KEEL_PG_INET},
        {"ci", "cidr", KEEL_PG_CIDR}, {"m", "public.mood", KEEL_PG_ENUM}, {"iv", "interval", KEEL_PG_OTHER},
        {"bo", "box", KEEL_PG_OTHER}, {"nm", "name", KEEL_PG_OTHER}, {"c", "character(3)", KEEL_PG_CHAR},
        {"ti", "time(3) without time zone", KEEL_PG_TIME}, {"ts", "timestamp without time zone", KEEL_PG_TIMESTAMP},
        {"tz", "timestamp(0) with time zone", KEEL_PG_TIMESTAMPTZ}, {"v20", "character varying(20)", KEEL_PG_VARCHAR},
        {"n202", "numeric(20,2)", KEEL_PG_NUMERIC}, {"va", "character varying(9)[]", KEEL_PG_ARRAY},
        {"ma", "public.mood[]", KEEL_PG_ARRAY}, {"a", "public.strict_amount", KEEL_PG_NUMERIC},
        {"co", "public.codes", KEEL_PG_ARRAY},
    };

    for (size_t at = 0; at < KEEL_COUNT_OF(simple); at++) {
        const keel_pg_type *type = type_of(catalog, simple[at].column);
        ok(type->kind == simple[at].kind && strcmp(type->name, simple[at].name) == 0, "%s", type->name);
    }
    is_int(type_of(catalog, "v20")->length, 20, "varchar length");
    is_int(type_of(catalog, "c")->length, 3, "char length");
    is_int(type_of(catalog, "v")->length, 0, "unlimited varchar");
    ok(type_of(catalog, "n202")->precision == 20 && type_of(catalog, "n202")->scale == 2, "numeric(20,2)");
    is_int(type_of(catalog, "n")->precision, 0, "unlimited numeric");
    is_int(type_of(catalog, "ti")->fraction_digits, 3, "time(3)");
    is_int(type_of(catalog, "ts")->fraction_digits, 6, "timestamp has six digits");
    is_int(type_of(catalog, "tz")->fraction_digits, 0, "timestamptz(0)");
    ok(type_of(catalog, "m")->label_count == 3 && strcmp(type_of(catalog, "m")->labels[2], "happy") == 0, "labels in order");
    const keel_pg_type *domain = type_of(catalog, "a");
    ok(domain->domain && domain->domain_not_null && domain->base_oid == 1700 && domain->oid != 1700, "a domain's base");
    ok(domain->precision == 12 && domain->scale == 2, "and its base's modifier");
    const keel_pg_type *element = type_of(catalog, "va")->element;
    ok(element->kind == KEEL_PG_VARCHAR && element->length == 9 && element->oid == 1043, "an element has the modifier");
    is_str(element->name, "character varying(9)", "and its name");
    ok(type_of(catalog, "ma")->element->label_count == 3, "an element that is an enum has its labels");
    element = type_of(catalog, "co")->element;
    ok(element->length == 7 && strcmp(element->name, "character varying(7)") == 0, "a domain over an array");
}

static void test_columns(const keel_pg_catalog *catalog)
{
    const keel_pg_table *order = keel_pg_catalog_find(catalog, "My Shop", "Order");
    const keel_pg_table *parent = keel_pg_catalog_find(catalog, "public", "parent");
    const keel_pg_table *child = keel_pg_catalog_find(catalog, "public", "child");
    const keel_pg_column *id = keel_pg_table_column(order, "id");

    is_str(id->sequence, "\"My Shop\".\"Order_id_seq\"", "the sequence of a serial, quoted");
    ok(id->default_generates && id->not_null && id->identity == '\0', "a serial generates");
    is_str(keel_pg_table_column(order, "odd\"name")->collation, "C", "a collation of its own");
    ok(keel_pg_table_column(child, "key")->collation == NULL, "the default collation is none");
    id = keel_pg_table_column(parent, "id");
    ok(id->identity == 'a' && id->default_generates && id->default_sql == NULL, "identity");
    is_str(id->sequence, "\"public\".\"parent_id_seq\"", "the sequence of an identity");
    id = keel_pg_table_column(child, "id");
    is_str(id->sequence, "\"public\".\"shared_ids\"", "a sequence that the column does not own");
    is_str(id->default_sql, "nextval('public.shared_ids'::regclass)", "a default with its names qualified");
    ok(keel_pg_table_column(child, "token")->default_generates, "gen_random_uuid() generates");
    ok(keel_pg_table_column(child, "key")->default_generates, "also inside an expression");
    ok(!keel_pg_table_column(child, "made")->default_generates, "now() does not");
    ok(keel_pg_table_column(child, "total")->generated && !keel_pg_table_column(child, "pa")->generated, "generated");
}

static const keel_pg_constraint *constraint_of(const keel_pg_table *table, const char *name)
{
    for (size_t at = 0; at < table->constraints.count; at++)
        if (strcmp(table->constraints.items[at].name, name) == 0)
            return &table->constraints.items[at];
    return NULL;
}

static void test_constraints(const keel_pg_catalog *catalog)
{
    const keel_pg_table *child = keel_pg_catalog_find(catalog, "public", "child");
    const keel_pg_table *parent = keel_pg_catalog_find(catalog, "public", "parent");
    const keel_pg_constraint *foreign = constraint_of(child, "child_parent");

    is_int((int64_t)child->constraints.count, 6, "primary, two foreign, three checks");
    is_int((int64_t)keel_pg_table_primary_key(child)->column_count, 1, "the primary key");
    ok(keel_pg_table_primary_key(keel_pg_catalog_find(catalog, "public", "typed")) == NULL, "or none");
    ok(foreign->type == 'f' && foreign->column_count == 2 && foreign->columns[0] == 7 && foreign->columns[1] == 6,
       "a foreign key's columns in its order");
    ok(strcmp(foreign->parent_columns[0], "b") == 0 && strcmp(foreign->parent_columns[1], "a") == 0, "pairwise with the parent's");
    ok(foreign->on_delete == 'c' && foreign->on_update == 'r' && !foreign->deferrable, "its actions");
    ok(strcmp(foreign->parent_schema, "public") == 0 && strcmp(foreign->parent_table, "parent") == 0, "its parent");
    ok(strstr(foreign->definition, "REFERENCES public.parent(b, a)") != NULL, "%s", foreign->definition);
    foreign = constraint_of(child, "child_me_fkey");
    ok(foreign->deferrable && foreign->initially_deferred && foreign->on_delete == 'n', "deferrable, to itself");
    is_str(constraint_of(child, "positive")->check_sql, "(pa > 0)", "a check's expression");
    ok(constraint_of(child, "positive")->validated && !constraint_of(child, "late")->validated, "validated or not");
    is_int((int64_t)constraint_of(child, "always")->column_count, 0, "a check without columns");
    ok(parent->inbound.count == 1 && parent->inbound.items[0] == constraint_of(child, "child_parent") &&
       parent->inbound_from.items[0] == child, "inbound foreign keys");
    is_int((int64_t)constraint_of(parent, "parent_b_a_key")->column_count, 2, "a unique constraint");
    is_int((int64_t)keel_pg_catalog_find(catalog, "public", "to_parts")->constraints.count, 1,
           "a foreign key to a partitioned table counts once");
}

static void test_indexes_and_triggers(const keel_pg_catalog *catalog)
{
    const keel_pg_table *child = keel_pg_catalog_find(catalog, "public", "child");

    is_int((int64_t)child->indexes.count, 2, "two indexes");
    const keel_pg_index *index = &child->indexes.items[0];
    is_str(index->name, "child_partial", "by name");
    ok(index->unique && !index->primary && index->partial && index->expression && index->valid && index->immediate &&
       !index->nulls_not_distinct, "what it is");
    ok(index->column_count == 2 && index->columns[0] == 0 && index->columns[1] == 7, "key columns without INCLUDE");
    ok(child->indexes.items[1].primary, "the index of the primary key");
    ok(child->row_security && !child->force_row_security, "row security");
    is_int((int64_t)child->triggers.count, 2, "user triggers, not those of foreign keys");
    const keel_pg_trigger *trigger = &child->triggers.items[1];
    is_str(trigger->function, "public.touch", "a trigger's function");
    ok(trigger->before && trigger->row && trigger->on_insert && trigger->on_update && !trigger->on_delete, "its events");
    ok(trigger->enabled && trigger->always, "ENABLE ALWAYS");
    ok(!child->triggers.items[0].enabled && !child->triggers.items[0].row && child->triggers.items[0].on_delete, "disabled");
}

static const keel_pg_type *named(keel_pg *pg, keel_arena *arena, const char *sql_name)
{
    static const keel_pg_type none = {.kind = KEEL_PG_OTHER, .name = "none"};
    const keel_pg_type *type = &none;
    keel_error err = {0};

    ok(keel_pg_type_by_name(pg, arena, sql_name, &type, &err), "type %s %s", sql_name, err.message);
    return type;
}

/* What is known without asking is what the server would say. */
static void test_type_builtin(keel_pg *pg, keel_arena *arena)
{
    static const char *const names[] = {"boolean", "bytea", "bigint", "smallint", "integer", "text", "double precision", "inet",
                                        "varchar", "varchar(20)", "date", "time", "timestamp", "timestamptz", "numeric",
                                        "numeric(10,2)", "numeric(5)", "uuid", "jsonb"};
    static const char *const unknown[] = {"varchar(", "text(3)", "numeric(1,2", "money", "", "varchar(3)x"};

    for (size_t i = 0; i < KEEL_COUNT_OF(names); i++) {
        const keel_pg_type *known = keel_pg_type_builtin(arena, names[i]), *asked = NULL;
        keel_error err = {0};
        ok(keel_pg_type_by_name(pg, arena, names[i], &asked, &err) && known != NULL && known->oid == asked->oid &&
               known->base_oid == asked->base_oid && known->kind == asked->kind && known->length == asked->length &&
               known->precision == asked->precision && known->scale == asked->scale &&
               known->fraction_digits == asked->fraction_digits && !asked->domain,
           "%s is known as it is", names[i]);
    }
    for (size_t i = 0; i < KEEL_COUNT_OF(unknown); i++)
        ok(keel_pg_type_builtin(arena, unknown[i]) == NULL, "\"%s\" is not known", unknown[i]);
}

static void test_type_by_name(keel_pg *pg, keel_arena *arena)
{
    const keel_pg_type *type = named(pg, arena, "varchar(20)");
    keel_error err = {0};

    ok(type->kind == KEEL_PG_VARCHAR && type->length == 20, "varchar(20)");
    is_str(type->name, "character varying(20)", "with its full name");
    type = named(pg, arena, "timestamptz");
    ok(type->kind == KEEL_PG_TIMESTAMPTZ && type->fraction_digits == 6, "timestamptz");
    type = named(pg, arena, "mood");
    ok(type->label_count == 3 && strcmp(type->name, "public.mood") == 0, "an enum through search_path");
    type = named(pg, arena, "strict_amount");
    ok(type->domain && type->precision == 12 && type->domain_not_null, "a domain, even one that refuses NULL");
    type = named(pg, arena, "numeric(5,1)[]");
    ok(type->kind == KEEL_PG_ARRAY && type->element->precision == 5 && type->element->scale == 1, "an array");
    if (keel_pg_server_version(pg) >= 150000)
        is_int(named(pg, arena, "numeric(5,-3)")->scale, -3, "a negative scale");
    ok(!keel_pg_type_by_name(pg, arena, "nonsense", &type, &err) && err.kind == KEEL_ERR_CONFIG, "%s", err.message);
    ok(!keel_pg_type_by_name(pg, arena, "int); DROP TABLE empty; --", &type, &err), "nothing but a type: %s", err.message);
    is_str(cluster_value(pg, "SHOW search_path"), "\"$user\", public", "search_path is as it was");
}

static void test_inside_transaction(keel_pg *pg, keel_arena *arena)
{
    cluster_exec(pg, "BEGIN; SET LOCAL search_path = \"My Shop\", public; CREATE TABLE fresh (id int)");
    const keel_pg_catalog *catalog = load(pg, arena);
    ok(keel_pg_catalog_find(catalog, NULL, "fresh") != NULL, "sees what its own transaction made");
    is_str(catalog->default_schema, "My Shop", "default schema of the moment");
    is_str(cluster_value(pg, "SHOW search_path"), "\"My Shop\", public", "search_path is put back");
    ok(keel_pg_in_transaction(pg), "the transaction stays open");
    keel_pg_rollback(pg);
}

/* A table under ALTER TABLE must not hold up whoever only wants to know what there is. */
static void test_beside_exclusive_lock(keel_pg *pg, const char *conninfo, keel_arena *arena)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *holder = cluster_connect(conninfo);

    cluster_exec(holder, "BEGIN; LOCK TABLE to_parts IN ACCESS EXCLUSIVE MODE");
    cluster_exec(pg, "SET lock_timeout = '2s'");
    const keel_pg_catalog *catalog = load(pg, arena);
    ok(keel_pg_catalog_find(catalog, NULL, "to_parts")->bytes > 0, "the last known size serves");
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "catalog", conninfo);

    cluster_exec(pg, schema_sql);
    const keel_pg_catalog *catalog = load(pg, arena);
    ok(!keel_pg_in_transaction(pg), "no transaction is left open");
    test_tables(catalog);
    test_types(catalog);
    test_columns(catalog);
    test_constraints(catalog);
    test_indexes_and_triggers(catalog);
    test_type_builtin(pg, arena);
    test_type_by_name(pg, arena);
    test_inside_transaction(pg, arena);
    test_beside_exclusive_lock(pg, conninfo, arena);
    return done_testing();
}
