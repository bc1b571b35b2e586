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
        if ((c->type == 'p' || c->type == 'u' || c->type == 'f') &&
            has_column(c->columns, c->column_count, number))
            return true;
    }
    for (size_t i = 0; i < table->indexes.count; i++) {
        const keel_pg_index *index = &table->indexes.items[i];
        if (index->unique && has_column(index->columns, index->column_count, number))
            return true;
    }
    return false;
}

/* ASCII blanks, and those that only look like one: no-break space, the spaces of U+2000..200B, line
 * and paragraph separator, ideographic space, byte order mark. */
#define ASCII_BLANKS " \\t\\n\\r\\f\\x0B"
#define OTHER_BLANKS                                                                               \
    "\\u00A0\\u2000\\u2001\\u2002\\u2003\\u2004\\u2005\\u2006\\u2007\\u2008\\u2009\\u200A\\u200B"  \
    "\\u2028\\u2029"                                                                               \
    "\\u202F\\u3000\\uFEFF"

/* Most keys begin and end with a visible ASCII character, which is seen from their first and last
 * byte at a quarter of the price of trimming them. The bytes are those of UTF-8, so the shortcut is
 * for such databases only. */
static const char *trimmed_sql(keel_check_run *run, const char *name)
{
    if (!run->db->utf8)
        return keel_arena_printf(run->arena, "t.%s <> pg_catalog.btrim(t.%s, E'" ASCII_BLANKS "')",
                                 name, name);
    return keel_arena_printf(
        run->arena,
        "CASE WHEN pg_catalog.ascii(t.%s) BETWEEN 33 AND 126 THEN pg_catalog.get_byte("
        "pg_catalog.textsend(t.%s), pg_catalog.octet_length(t.%s) - 1) NOT BETWEEN 33 AND 126"
        " ELSE true END AND t.%s <> pg_catalog.btrim(t.%s, E'" ASCII_BLANKS OTHER_BLANKS "')",
        name, name, name, name, name);
}

static void add_probe(keel_check_run *run,
                      const keel_pg_table *table,
                      const keel_pg_column *column,
                      keel_scan *scan)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    KEEL_CLEANUP(keel_str_free) keel_str remedy = {0};

    keel_pg_add_identifier(&name, column->name);
    keel_str_add(&remedy, "UPDATE ");
    keel_pg_add_qualified(&remedy, table->schema, table->name);
    keel_str_addf(
        &remedy,
        " SET %s = btrim(%s) WHERE %s <> btrim(%s); -- where no other row has that key already",
        name.data, name.data, name.data, name.data);
    keel_scan_count(scan, run, table,
                    keel_check_columns_name(run, table, (const char *[]){column->name}, 1),
                    trimmed_sql(run, name.data), "%s rows whose key begins or ends with a blank",
                    keel_arena_strdup(run->arena, remedy.data));
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
    .help = "Looks at text columns of primary keys, unique keys and foreign keys. \"ada\" and "
            "\"ada \" are two keys to "
            "the server and one to a human: the second account, the row that no join finds. The "
            "blank usually came "
            "in with a form or a CSV file.",
    .triggers = "CREATE TABLE people (name text PRIMARY KEY);\n"
                "INSERT INTO people VALUES ('ada'), ('bob ');",
    .passes = "CREATE TABLE people (name text PRIMARY KEY, motto text);\n"
              "INSERT INTO people VALUES ('ada', 'think '), ('bob', ' build');",
    .scan = scan,
};
