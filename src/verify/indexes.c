#include "verify/indexes.h"

/* One row per index and column. */
#define INDEXES_SQL(nulls_not_distinct)                                                                             \
    "WITH RECURSIVE wanted(oid) AS ("                                                                               \
    "  SELECT pg_catalog.unnest($1::pg_catalog.oid[])"                                                              \
    "   UNION SELECT h.inhrelid FROM wanted w JOIN pg_catalog.pg_inherits h ON h.inhparent = w.oid"                 \
    "           JOIN pg_catalog.pg_class p ON p.oid = h.inhrelid AND p.relispartition"                              \
    "), sized AS MATERIALIZED ("                                                                                    \
    "  SELECT i.*, x.relname, x.relkind, x.relispartition, x.reloptions, xn.nspname, a.amname,"                     \
    "         " KEEL_SQL_BYTES("c") " AS table_bytes,"                                                              \
    "         CASE WHEN x.relkind <> 'I' THEN " KEEL_SQL_BYTES("x")                                                 \
    "         ELSE (WITH RECURSIVE part(oid) AS ("                                                                  \
    "                 SELECT h.inhrelid FROM pg_catalog.pg_inherits h WHERE h.inhparent = x.oid"                    \
    "                  UNION ALL SELECT h.inhrelid FROM part JOIN pg_catalog.pg_inherits h ON h.inhparent = part.oid)" \
    "               SELECT COALESCE(sum(" KEEL_SQL_BYTES("px") "), 0)"                                              \
    "                 FROM part JOIN pg_catalog.pg_class px ON px.oid = part.oid AND px.relkind = 'i') END AS bytes" \
    "    FROM wanted w JOIN pg_catalog.pg_index i ON i.indrelid = w.oid"                                            \
    "    JOIN pg_catalog.pg_class c ON c.oid = i.indrelid"                                                          \
    "    JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"                                                        \
    "    JOIN pg_catalog.pg_namespace xn ON xn.oid = x.relnamespace"                                                \
    "    JOIN pg_catalog.pg_am a ON a.oid = x.relam)"                                                               \
    "SELECT s.indexrelid, s.indrelid, s.nspname, s.relname, s.amname, s.relkind = 'I', s.relispartition,"           \
    "       s.indisvalid AND s.indisready AND s.indislive, s.indisunique, s.indimmediate, " nulls_not_distinct ","  \
    "       s.indisreplident, s.indisprimary,"                                                                      \
    "       s.indexrelid IN (SELECT o.conindid FROM pg_catalog.pg_constraint o WHERE o.contype <> 'f'),"               \
    "       s.indexrelid IN (SELECT o.conindid FROM pg_catalog.pg_constraint o WHERE o.contype = 'f'),"                \
    "       pg_catalog.pg_get_expr(s.indpred, s.indrelid), pg_catalog.array_to_string(s.reloptions, ','), s.bytes," \
    "       s.indnkeyatts, s.indnatts, s.indkey[k.n - 1],"                                                          \
    "       pg_catalog.pg_get_indexdef(s.indexrelid, k.n, false),"                                                  \
    "       CASE WHEN k.n <= s.indnkeyatts"                                                                         \
    "            THEN pg_catalog.concat_ws('/', s.indclass[k.n - 1], s.indcollation[k.n - 1], t.attoptions)"        \
    "            ELSE '' END, s.indoption[k.n - 1],"                                                                \
    "       CASE WHEN NOT oc.opcdefault THEN oc.opcname END,"                                                       \
    "       CASE WHEN co.oid <> COALESCE(ta.attcollation, 100) THEN co.collname END, s.table_bytes"                 \
    "  FROM sized s CROSS JOIN LATERAL pg_catalog.generate_series(1, s.indnatts) k(n)"                              \
    "  JOIN pg_catalog.pg_attribute t ON t.attrelid = s.indexrelid AND t.attnum = k.n"                              \
    "  LEFT JOIN pg_catalog.pg_attribute ta"                                                                        \
    "    ON ta.attrelid = s.indrelid AND ta.attnum = s.indkey[k.n - 1] AND ta.attnum > 0"                           \
    "  LEFT JOIN pg_catalog.pg_opclass oc ON k.n <= s.indnkeyatts AND oc.oid = s.indclass[k.n - 1]"                 \
    "  LEFT JOIN pg_catalog.pg_collation co ON k.n <= s.indnkeyatts AND co.oid = s.indcollation[k.n - 1]"           \
    " ORDER BY s.indrelid, s.relname, s.indexrelid, k.n"

static const char indexes_sql[] = INDEXES_SQL("s.indnullsnotdistinct");
static const char indexes_sql_14[] = INDEXES_SQL("false");

static keel_index_facts facts_at(keel_check_run *run, const keel_pg_result *rows, int row)
{
    return (keel_index_facts){
        .oid = keel_word_oid(rows, row, 0),
        .table = keel_pg_catalog_find_oid(run->db->catalog, keel_word_oid(rows, row, 1)),
        .schema = keel_word_cell(run, rows, row, 2),
        .name = keel_word_cell(run, rows, row, 3),
        .method = keel_word_cell(run, rows, row, 4),
        .partitioned = keel_pg_bool(rows, row, 5),
        .attached = keel_pg_bool(rows, row, 6),
        .usable = keel_pg_bool(rows, row, 7),
        .unique = keel_pg_bool(rows, row, 8),
        .immediate = keel_pg_bool(rows, row, 9),
        .nulls_not_distinct = keel_pg_bool(rows, row, 10),
        .replica_identity = keel_pg_bool(rows, row, 11),
        .primary = keel_pg_bool(rows, row, 12),
        .constraint = keel_pg_bool(rows, row, 13),
        .referenced = keel_pg_bool(rows, row, 14),
        .predicate = keel_word_cell(run, rows, row, 15),
        .storage = keel_word_cell(run, rows, row, 16),
        .bytes = keel_pg_int(rows, row, 17),
        .key_count = (size_t)keel_pg_int(rows, row, 18),
        .column_count = (size_t)keel_pg_int(rows, row, 19),
        .table_bytes = keel_pg_int(rows, row, 26),
    };
}

/* The columns of the index that starts in `row`. False if somebody dropped it since the snapshot. */
static bool read_keys(keel_check_run *run, const keel_pg_result *rows, int row, keel_index_facts *facts)
{
    facts->keys = keel_arena_alloc(run->arena, facts->column_count * sizeof *facts->keys);
    for (size_t i = 0; i < facts->column_count; i++, row++) {
        facts->keys[i] = (keel_index_key){
            .column = (int)keel_pg_int(rows, row, 20),
            .text = keel_word_cell(run, rows, row, 21),
            .kind = keel_word_cell(run, rows, row, 22),
            .order = (int)keel_pg_int(rows, row, 23),
            .opclass = keel_word_cell(run, rows, row, 24),
            .collation = keel_word_cell(run, rows, row, 25),
        };
        if (facts->keys[i].text == NULL)
            return false;
    }
    return true;
}

bool keel_indexes_load(keel_check_run *run, keel_index_list *ret_list, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    keel_index_list list = {0};

    if (!keel_check_query(run, &rows, err, run->db->server_version >= 150000 ? indexes_sql : indexes_sql_14))
        return false;
    for (int row = 0; row < keel_pg_rows(rows);) {
        keel_index_facts facts = facts_at(run, rows, row);
        if (facts.table != NULL && read_keys(run, rows, row, &facts))
            keel_arena_push(run->arena, &list, facts);
        row += (int)facts.column_count;
    }
    *ret_list = list;
    return true;
}

bool keel_index_is_bound(const keel_index_facts *index)
{
    return index->constraint || index->referenced || index->replica_identity || index->attached;
}
