/* CREATE TABLE: columns, then constraints, then options. */
#include <strings.h>

#include "sqlite/ddl_parser.h"

static keel_sqlite_column *find(keel_sqlite_table *table, const char *name)
{
    for (size_t i = 0; i < table->columns.count; i++)
        if (name != NULL && strcasecmp(table->columns.items[i].name, name) == 0)
            return &table->columns.items[i];
    return NULL;
}

bool keel_ddl_primary_key(keel_ddl *ddl, keel_sqlite_index *key, bool descending_column)
{
    keel_sqlite_table *table = ddl->table;
    keel_sqlite_column *column = NULL;

    for (size_t part = 0; part < key->part_count; part++) {
        column = find(table, key->parts[part].column);
        if (column == NULL)
            return keel_ddl_fail(ddl, "the primary key names no column of the table");
        if (column->primary_key == 0)
            column->primary_key = (int)part + 1;
        key->parts[part].column = column->name;
    }
    table->primary_key_name = key->constraint_name;
    if (key->part_count == 1 && !descending_column && strcasecmp(column->type, "INTEGER") == 0)
        table->rowid_alias = column->name;
    keel_arena_push(ddl->arena, &table->indexes, *key);
    return true;
}

static bool index_constraint(keel_ddl *ddl, char origin)
{
    keel_sqlite_index index = {.origin = origin, .unique = true};
    const char *what = origin == 'p' ? "PRIMARY KEY" : "UNIQUE";

    index.constraint_name = keel_ddl_take_constraint_name(ddl);
    keel_ddl_span span = {ddl->at, ddl->at};
    if (!keel_ddl_parts(ddl, &index))
        return false;
    span.last = ddl->at - 1;
    const char *clause = keel_arena_printf(ddl->arena, "%s %s", what, keel_ddl_text(ddl, span));
    if (!keel_ddl_conflict(ddl, clause))
        return false;
    if (origin == 'p')
        return keel_ddl_primary_key(ddl, &index, false);
    for (size_t part = 0; part < index.part_count; part++) {
        keel_sqlite_column *column = find(ddl->table, index.parts[part].column);
        if (column != NULL)
            index.parts[part].column = column->name;
    }
    keel_arena_push(ddl->arena, &ddl->table->indexes, index);
    return true;
}

static bool foreign_key(keel_ddl *ddl)
{
    struct {
        const char **items;
        size_t count, capacity;
    } columns = {0};

    if (!keel_ddl_expect(ddl, "("))
        return false;
    do {
        const char *name = NULL;
        if (!keel_ddl_name(ddl, &name))
            return false;
        keel_sqlite_column *column = find(ddl->table, name);
        keel_arena_push(ddl->arena, &columns, column != NULL ? column->name : name);
    } while (keel_ddl_accept(ddl, ","));
    return keel_ddl_expect(ddl, ")") && keel_ddl_expect(ddl, "REFERENCES") &&
           keel_ddl_references(ddl, columns.items, columns.count);
}

static bool starts_constraint(const keel_ddl *ddl)
{
    static const char *const words[] = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"};

    for (size_t i = 0; i < KEEL_COUNT_OF(words); i++)
        if (keel_token_is(keel_ddl_peek(ddl), words[i]))
            return true;
    return false;
}

static bool constraint(keel_ddl *ddl)
{
    if (keel_ddl_accept(ddl, "CONSTRAINT"))
        return keel_ddl_name(ddl, &ddl->constraint_name);
    if (keel_ddl_accept_both(ddl, "PRIMARY", "KEY"))
        return index_constraint(ddl, 'p');
    if (keel_ddl_accept(ddl, "UNIQUE"))
        return index_constraint(ddl, 'u');
    if (keel_ddl_accept(ddl, "CHECK"))
        return keel_ddl_check(ddl);
    if (keel_ddl_accept_both(ddl, "FOREIGN", "KEY"))
        return foreign_key(ddl);
    return keel_ddl_fail(ddl, "not a constraint of a table");
}

/* SQLite lets the comma between two table constraints go. */
static bool body(keel_ddl *ddl)
{
    if (!keel_ddl_expect(ddl, "("))
        return false;
    do {
        if (!starts_constraint(ddl)) {
            if (!keel_ddl_column(ddl))
                return false;
            continue;
        }
        while (starts_constraint(ddl))
            if (!constraint(ddl))
                return false;
        ddl->constraint_name = NULL;
    } while (keel_ddl_accept(ddl, ","));
    return keel_ddl_expect(ddl, ")");
}

static bool options(keel_ddl *ddl)
{
    keel_sqlite_table *table = ddl->table;

    if (keel_ddl_peek(ddl)->kind == KEEL_TOKEN_END)
        return true;
    do {
        if (keel_ddl_accept_both(ddl, "WITHOUT", "ROWID"))
            table->without_rowid = true;
        else if (keel_ddl_accept(ddl, "STRICT"))
            table->strict = true;
        else if (!keel_token_is(keel_ddl_peek(ddl), ";"))
            return keel_ddl_fail(ddl, "not an option of a table");
    } while (keel_ddl_accept(ddl, ","));
    keel_ddl_accept(ddl, ";");
    return keel_ddl_peek(ddl)->kind == KEEL_TOKEN_END ||
           keel_ddl_fail(ddl, "something follows the table");
}

/* What the options change in columns that were read before them. */
static void settle(keel_ddl *ddl)
{
    keel_sqlite_table *table = ddl->table;

    if (table->without_rowid)
        table->rowid_alias = NULL;
    for (size_t i = 0; i < table->columns.count; i++) {
        keel_sqlite_column *column = &table->columns.items[i];
        keel_ddl_set_type(ddl->arena, column, column->type, table->strict);
        if (table->without_rowid && column->primary_key > 0)
            column->not_null = true;
    }
}

bool keel_ddl_parse_table(keel_arena *arena,
                          const char *sql,
                          keel_sqlite_table *table,
                          keel_error *err)
{
    keel_ddl ddl = {.arena = arena, .table = table, .err = err};

    keel_tokenize(arena, sql, &ddl.tokens);
    if (!keel_ddl_expect(&ddl, "CREATE"))
        return false;
    if (!keel_ddl_accept(&ddl, "TEMP"))
        keel_ddl_accept(&ddl, "TEMPORARY");
    if (!keel_ddl_expect(&ddl, "TABLE"))
        return false;
    if (keel_ddl_accept_both(&ddl, "IF", "NOT") && !keel_ddl_expect(&ddl, "EXISTS"))
        return false;
    if (!keel_ddl_name(&ddl, &table->name))
        return false;
    if (keel_ddl_accept(&ddl, ".") && !keel_ddl_name(&ddl, &table->name))
        return false;
    if (!body(&ddl) || !options(&ddl))
        return false;
    settle(&ddl);
    return true;
}
