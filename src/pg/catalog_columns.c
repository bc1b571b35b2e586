/* Columns of the catalogue, with their defaults and the sequences that feed them. */
#include "pg/catalog_internal.h"

/* A default makes keys if it draws from a sequence or calls a volatile function that returns a uuid. */
static const char columns_sql[] =
    "WITH generators AS MATERIALIZED ("
    "  SELECT DISTINCT quote_ident(p.proname) || '(' AS call FROM pg_catalog.pg_proc p"
    "   WHERE p.prorettype = 'pg_catalog.uuid'::pg_catalog.regtype AND p.provolatile = 'v')"
    "SELECT a.attrelid, a.attname, a.attnum, a.atttypid, a.atttypmod, format_type(a.atttypid, a.atttypmod),"
    "       a.attnotnull, x.default_sql, a.attidentity, a.attgenerated <> '', l.collname,"
    "       a.attgenerated = '' AND (x.default_sql ~ '\\mnextval\\(' OR EXISTS ("
    "           SELECT FROM generators g WHERE strpos(x.default_sql, g.call) > 0))"
    "  FROM pg_catalog.pg_attribute a"
    "  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    "  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
    "  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
    "  LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation AND a.attcollation <> t.typcollation"
    " CROSS JOIN LATERAL (SELECT pg_get_expr(d.adbin, d.adrelid) AS default_sql) x"
    " WHERE a.attnum > 0 AND NOT a.attisdropped AND " KEEL_CATALOG_READ_TABLES
    " ORDER BY a.attrelid, a.attnum";

/* Owned by the column (serial, identity), or named in its default; the latter comes last and wins. Each dependency looks
 * up its sequence (OFFSET 0): in a catalogue that was never analyzed the server expects few sequences, would read all
 * dependencies for each of them, and takes a minute over 2,000 tables. */
static const char sequences_sql[] =
    "SELECT u.relation, u.attnum, n.nspname, s.relname"
    "  FROM (SELECT p.refobjid AS relation, p.refobjsubid AS attnum, p.objid AS sequence, 1 AS rank"
    "          FROM pg_catalog.pg_depend p"
    "         WHERE p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    "           AND p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    "           AND p.refobjsubid > 0 AND p.deptype IN ('a', 'i')"
    "         UNION ALL"
    "        SELECT d.adrelid, d.adnum, p.refobjid, 2"
    "          FROM pg_catalog.pg_depend p JOIN pg_catalog.pg_attrdef d ON d.oid = p.objid"
    "         WHERE p.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass"
    "           AND p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass) u"
    "  CROSS JOIN LATERAL (SELECT c.oid, c.relname, c.relnamespace FROM pg_catalog.pg_class c"
    "                       WHERE c.oid = u.sequence AND c.relkind = 'S' OFFSET 0) s"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace"
    " ORDER BY u.rank, u.relation, u.attnum, s.oid";

static keel_pg_column make_column(const keel_catalog_reader *reader, const keel_pg_result *rows, int row)
{
    char identity = keel_catalog_char_at(rows, row, 8);

    return (keel_pg_column){
        .name = keel_catalog_text_at(reader, rows, row, 1),
        .number = (int)keel_pg_int(rows, row, 2),
        .type = keel_catalog_type(reader, keel_catalog_oid_at(rows, row, 3), (int)keel_pg_int(rows, row, 4),
                                  keel_catalog_text_at(reader, rows, row, 5)),
        .not_null = keel_pg_bool(rows, row, 6),
        .default_sql = keel_catalog_text_at(reader, rows, row, 7),
        .identity = identity,
        .generated = keel_pg_bool(rows, row, 9),
        .collation = keel_catalog_text_at(reader, rows, row, 10),
        .default_generates = identity != '\0' || keel_pg_bool(rows, row, 11),
    };
}

bool keel_catalog_read_columns(keel_catalog_reader *reader, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_catalog_query(reader, &rows, err, columns_sql))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        keel_pg_table *table = keel_catalog_table_at(reader, rows, row, 0);
        if (table != NULL)
            keel_arena_push(reader->arena, &table->columns, make_column(reader, rows, row));
    }
    return true;
}

static keel_pg_column *column_at(const keel_catalog_reader *reader, const keel_pg_result *rows, int row)
{
    keel_pg_table *table = keel_catalog_table_at(reader, rows, row, 0);
    int number = (int)keel_pg_int(rows, row, 1);

    for (size_t at = 0; table != NULL && at < table->columns.count; at++)
        if (table->columns.items[at].number == number)
            return &table->columns.items[at];
    return NULL;
}

bool keel_catalog_read_sequences(keel_catalog_reader *reader, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};

    if (!keel_pg_query(reader->pg, &rows, err, sequences_sql, 0, NULL))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        keel_pg_column *column = column_at(reader, rows, row);
        if (column == NULL)
            continue;
        keel_str_clear(&name);
        keel_pg_add_qualified(&name, keel_pg_text(rows, row, 2), keel_pg_text(rows, row, 3));
        column->sequence = keel_arena_strdup(reader->arena, name.data);
    }
    return true;
}
