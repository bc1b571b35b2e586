/* CREATE TABLE: columns, defaults, identity, generated columns, NOT NULL and CHECKs. Keys and
 * indexes come after load. */
#include <strings.h>

#include "transfer/ddl_inside.h"

static const char *column_object(const keel_create_maker *maker,
                                 const keel_create_shape *shape,
                                 const keel_sqlite_column *column)
{
    return keel_arena_printf(maker->arena, "%s(%s)", shape->table->source->name, column->name);
}

static bool is_identity(const keel_create_shape *shape, const keel_create_column *column)
{
    const char *alias = shape->table->source->rowid_alias;
    keel_pg_kind kind = column->type->kind;

    return alias != NULL && strcasecmp(alias, column->source->name) == 0 &&
           (kind == KEEL_PG_INT8 || kind == KEEL_PG_INT4 || kind == KEEL_PG_INT2);
}

static void add_generated(keel_create_maker *maker,
                          const keel_create_shape *shape,
                          const keel_create_column *column,
                          keel_str *out)
{
    const keel_sqlite_column *source = column->source;
    const char *object = column_object(maker, shape, source);

    keel_str_addf(out, " GENERATED ALWAYS AS (%s) STORED", column->generated_sql);
    if (source->generated == KEEL_GENERATED_VIRTUAL)
        keel_create_say(maker, KEEL_INFO, "generated.stored", object, source->generated_sql, NULL,
                        "the VIRTUAL generated column becomes a STORED one");
    if (column->generated_note != NULL)
        keel_create_say(maker, KEEL_INFO, "generated.translated", object, source->generated_sql,
                        column->generated_note,
                        "the generated column's expression is written differently");
}

/* A generated column that stands among those which receive values: it is not generated any more. */
static void report_generated(keel_create_maker *maker,
                             const keel_create_shape *shape,
                             const keel_create_column *column)
{
    const char *sql = NULL;
    const char *reason = NULL;

    if (keel_ddl_generated_sql(maker->arena, shape->table, column->source, &sql, &reason))
        reason = NULL;
    keel_create_say(maker, KEEL_WARNING, "generated.not_carried",
                    column_object(maker, shape, column->source), column->source->generated_sql,
                    reason,
                    "the generated column becomes an ordinary one that holds its values of today");
}

static void add_default(keel_create_maker *maker,
                        const keel_create_shape *shape,
                        const keel_create_column *column,
                        keel_str *out)
{
    const keel_sqlite_column *source = column->source;
    const char *object = column_object(maker, shape, source);
    const char *sql = NULL;
    const char *note = NULL;

    if (source->default_sql == NULL)
        return;
    if (!keel_create_translate(maker, shape, KEEL_TRANSLATE_DEFAULT, source->default_expr,
                               column->type, &sql, &note)) {
        keel_create_say(maker, KEEL_WARNING, "default.not_carried", object, source->default_sql,
                        note, "the DEFAULT is not carried");
        return;
    }
    if (sql != NULL)
        keel_str_addf(out, " DEFAULT %s", sql);
    if (sql != NULL && note != NULL)
        keel_create_say(maker, KEEL_INFO, "default.translated", object, source->default_sql, note,
                        "the DEFAULT is written differently");
}

/* SQLite lets NULL into a PRIMARY KEY unless it is the rowid, or the table is WITHOUT ROWID or
 * STRICT. */
static void add_not_null(keel_create_maker *maker,
                         const keel_create_shape *shape,
                         const keel_create_column *column,
                         keel_str *out)
{
    const keel_sqlite_table *table = shape->table->source;
    const keel_sqlite_column *source = column->source;

    if (!source->not_null && source->primary_key == 0)
        return;
    keel_str_add(out, " NOT NULL");
    if (source->not_null || table->rowid_alias != NULL || table->without_rowid || table->strict)
        return;
    keel_create_say(
        maker, KEEL_WARNING, "primary_key.not_null", column_object(maker, shape, source), NULL,
        NULL,
        "SQLite allows NULL in this PRIMARY KEY, PostgreSQL does not: rows with NULL are rejected");
}

static void report_collation(keel_create_maker *maker,
                             const keel_create_shape *shape,
                             const keel_create_column *column)
{
    const char *collation = keel_create_collation(column, NULL);
    const char *object = column_object(maker, shape, column->source);

    if (collation == NULL)
        return;
    if (strcasecmp(collation, "NOCASE") != 0) {
        keel_report_addf(
            maker->report, KEEL_WARNING, "collation.not_carried", object, NULL,
            "Compare with rtrim() or another expression where the application relies on it.",
            "COLLATE %s is not carried: the column compares by its plain text in PostgreSQL",
            collation);
        return;
    }
    KEEL_CLEANUP(keel_str_free) keel_str remedy = {0};
    keel_str_add(&remedy, "Query it as lower(");
    keel_pg_add_identifier(&remedy, column->target);
    keel_str_add(&remedy, " COLLATE \"C\") = lower($1 COLLATE \"C\").");
    keel_report_addf(
        maker->report, KEEL_INFO, "collation.nocase", object, NULL, remedy.data,
        "COLLATE NOCASE: the column compares with regard to case in PostgreSQL; its indexes "
        "are built on lower(... COLLATE \"C\")");
}

static void add_column(keel_create_maker *maker,
                       const keel_create_shape *shape,
                       const keel_create_column *column,
                       keel_str *out)
{
    keel_pg_add_identifier(out, column->target);
    keel_str_addf(out, " %s", column->type->name);
    if (column->generated_sql != NULL)
        add_generated(maker, shape, column, out);
    else if (column->source->generated != KEEL_NOT_GENERATED)
        report_generated(maker, shape, column);
    else if (is_identity(shape, column))
        keel_str_add(out, " GENERATED BY DEFAULT AS IDENTITY");
    else
        add_default(maker, shape, column, out);
    add_not_null(maker, shape, column, out);
    report_collation(maker, shape, column);
}

static void add_check(keel_create_maker *maker,
                      const keel_create_shape *shape,
                      const keel_sqlite_check *check,
                      keel_str *out)
{
    const keel_plan_table *table = shape->table;
    const char *object = table->source->name;
    const char *sql = NULL;
    const char *note = NULL;

    if (check->name != NULL)
        object = keel_arena_printf(maker->arena, "%s: constraint %s", object, check->name);
    if (!keel_create_translate(maker, shape, KEEL_TRANSLATE_CHECK, check->expr, NULL, &sql,
                               &note)) {
        keel_create_say(
            maker, KEEL_WARNING, "constraint.not_carried", object, check->sql, note,
            "the CHECK is not carried: PostgreSQL will accept rows that SQLite refused");
        return;
    }
    if (sql == NULL) {
        keel_create_say(maker, KEEL_INFO, "constraint.implied", object, check->sql, note,
                        "the CHECK is left out: the type in PostgreSQL allows nothing else");
        return;
    }
    if (note != NULL)
        keel_create_say(maker, KEEL_INFO, "constraint.translated", object, check->sql, note,
                        "the CHECK is written differently");
    const char *wanted =
        check->name != NULL
            ? check->name
            : keel_create_name_usual(maker, table, &(keel_create_names){0}, "check");
    const char *name = keel_create_name_take(maker, table, KEEL_NAME_CONSTRAINT, wanted,
                                             check->name != NULL ? object : NULL);
    keel_str_add(out, ",\n    CONSTRAINT ");
    keel_pg_add_identifier(out, name);
    keel_str_addf(out, " CHECK (%s)", sql);
}

static void report_table(keel_create_maker *maker, const keel_sqlite_table *source)
{
    for (size_t i = 0; i < source->conflict_clauses.count; i++)
        keel_report_addf(
            maker->report, KEEL_WARNING, "constraint.conflict_clause", source->name, NULL,
            "Say INSERT ... ON CONFLICT where the application writes.",
            "\"%s\" is not carried: PostgreSQL has no conflict clause in a declaration",
            source->conflict_clauses.items[i]);
    if (source->parse_problem != NULL)
        keel_create_say(
            maker, KEEL_WARNING, "table.not_parsed", source->name, source->sql,
            source->parse_problem,
            "pgkeel cannot read the whole CREATE TABLE: compare the created table with it");
}

void keel_create_make_table(keel_create_maker *maker, const keel_create_shape *shape)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const keel_plan_table *table = shape->table;

    keel_create_names_check(maker, shape);
    report_table(maker, table->source);
    keel_str_addf(&sql, "CREATE TABLE %s (", keel_create_relation(maker, table));
    for (size_t i = 0; i < shape->columns.count; i++) {
        keel_str_add(&sql, i > 0 ? ",\n    " : "\n    ");
        add_column(maker, shape, &shape->columns.items[i], &sql);
    }
    for (size_t i = 0; i < table->source->checks.count; i++)
        add_check(maker, shape, &table->source->checks.items[i], &sql);
    keel_str_add(&sql, "\n)");
    keel_create_push(maker, (keel_ddl){.phase = KEEL_DDL_TABLE,
                                       .table = maker->plan->tables[shape - maker->shapes],
                                       .object = keel_arena_printf(maker->arena, "%s.%s",
                                                                   table->schema, table->name),
                                       .sql = keel_create_keep(maker, &sql)});
}
