/* Triggers of the catalogue that users made. */
#include "pg/catalog_internal.h"

static const char triggers_sql[] =
    "SELECT g.tgrelid, g.tgname, format('%I.%I', fn.nspname, f.proname), g.tgtype, g.tgenabled"
    "  FROM pg_catalog.pg_trigger g"
    "  JOIN pg_catalog.pg_proc f ON f.oid = g.tgfoid"
    "  JOIN pg_catalog.pg_namespace fn ON fn.oid = f.pronamespace"
    "  JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE NOT g.tgisinternal AND " KEEL_CATALOG_READ_TABLES " ORDER BY g.tgrelid, g.tgname";

enum { ON_ROW = 1, BEFORE = 2, ON_INSERT = 4, ON_DELETE = 8, ON_UPDATE = 16 }; /* bits of tgtype */

static keel_pg_trigger make_trigger(const keel_catalog_reader *reader, const keel_pg_result *rows, int row)
{
    int64_t type = keel_pg_int(rows, row, 3);
    char enabled = keel_catalog_char_at(rows, row, 4);

    return (keel_pg_trigger){
        .name = keel_catalog_text_at(reader, rows, row, 1),
        .function = keel_catalog_text_at(reader, rows, row, 2),
        .before = (type & BEFORE) != 0,
        .row = (type & ON_ROW) != 0,
        .on_insert = (type & ON_INSERT) != 0,
        .on_update = (type & ON_UPDATE) != 0,
        .on_delete = (type & ON_DELETE) != 0,
        .always = enabled == 'A' || enabled == 'R',
        .enabled = enabled == 'O' || enabled == 'A',
    };
}

bool keel_catalog_read_triggers(keel_catalog_reader *reader, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_catalog_query(reader, &rows, err, triggers_sql))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        keel_pg_table *table = keel_catalog_table_at(reader, rows, row, 0);
        if (table != NULL)
            keel_arena_push(reader->arena, &table->triggers, make_trigger(reader, rows, row));
    }
    return true;
}
