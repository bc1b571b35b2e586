#include "verify/scan.h"

/* char(n) is padded by the server: its blanks are nobody's mistake. */
static bool is_text(const keel_pg_type *type)
{
    return type->kind == KEEL_PG_TEXT || type->kind == KEEL_PG_VARCHAR;
}

static bool has_column(const int *columns, size_t count, int number)
{
    for (size_t i = 0; i < count; i++)
        if (columns[i] == number)
            return true;
    return false;
}

static bool is_key_column(const keel_pg_table *table, int number)
{
    for (size_t i = 0; i < table->constraints.count; i++) {
        const keel_pg_constraint *c = &table->constraints.items[i];
        if ((c->type == 'p' || c->type == 'u' || c->type == 'f') && has_column(c->columns, c->column_count, number))
            return true;
    }
    for (size_t i = 0; i < table->indexes.count; i++) {
        const keel_pg_index *index = &table->indexes.items[i];
        if (index->unique && has_column(index->columns, index->column_count, number))
            return true;
    }
    return false;
}

/* ASCII blanks, and those that only look like one: no-break space, the spaces of U+2000..200B, line and paragraph
 * separator, ideographic space, byte order mark. */
#define BLANKS "E' \\t\\n\\r\\f\\x0B\\u00A0\\u2000\\u2001\\u2002\\u2003\\u2004\\u2005\\u2006\\u2007\\u2008\\u2009" \
               "\\u200A\\u200B\\u2028\\u2029\\u202F\\u3000\\uFEFF'"

static void add_probe(keel_check_run *run, const keel_pg_table *table, const keel_pg_column *column, keel_scan *scan)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    KEEL_CLEANUP(keel_str_free) keel_str remedy = {0};

    keel_pg_add_identifier(&name, column->name);
    const char *where = keel_arena_printf(run->arena, "t.%s <> pg_catalog.btrim(t.%s, " BLANKS ")", name.data, name.data);
    keel_str_add(&remedy, "UPDATE ");
    keel_pg_add_qualified(&remedy, table->schema, table->name);
    keel_str_addf(&remedy, " SET %s = btrim(%s) WHERE %s <> btrim(%s); -- where no other row has that key already",
                  name.data, name.data, name.data, name.data);
    keel_scan_count(scan, run, table, keel_check_columns_name(run, table, (const char *[]){column->name}, 1), where,
                    "%s rows whose key begins or ends with a blank", keel_arena_strdup(run->arena, remedy.data));
}

static void scan(keel_check_run *run, const keel_pg_table *table, keel_scan *scan)
{
    keel_check_looked(run, 0, "text key columns");
    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_pg_column *column = &table->columns.items[i];
        if (!is_text(column->type) || !is_key_column(table, column->number))
            continue;
        keel_check_looked(run, 1, "text key columns");
        add_probe(run, table, column, scan);
    }
}

const keel_check keel_check_data_key_blanks = {
    .id = "data.key_blanks",
    .group = KEEL_GROUP_DATA,
    .severity = KEEL_WARNING,
    .flags = KEEL_CHECK_READS_ROWS,
    .title = "no key begins or ends with a blank",
    .help = "Looks at text columns of primary keys, unique keys and foreign keys. \"ada\" and \"ada \" are two keys to "
            "the server and one to a human: the second account, the row that no join finds. The blank usually came "
            "in with a form or a CSV file.",
    .triggers = "CREATE TABLE people (name text PRIMARY KEY); INSERT INTO people VALUES ('ada'), ('bob ');",
    .passes = "CREATE TABLE people (name text PRIMARY KEY, motto text);"
              "INSERT INTO people VALUES ('ada', 'think '), ('bob', ' build');",
    .scan = scan,
};
