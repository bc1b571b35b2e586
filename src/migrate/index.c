#include "migrate/index.h"

#include "base/str.h"
#include "sql/token.h"

/* Behind USING, pg_get_indexdef names neither index nor table. */
#define SHAPE "CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || substring(pg_catalog.pg_get_indexdef(i.indexrelid) from ' USING (.*)$')"
#define INDEX_COLUMNS                                                                                                  \
    "i.indexrelid, n.nspname, c.relname, " SHAPE ", i.indisvalid AND i.indisready,"                                    \
    " coalesce((SELECT p.pid FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid LIMIT 1), 0)"
#define INDEX_TABLES                                                                                                   \
    " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"                                   \
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"

static bool ask(keel_pg *pg, keel_arena *arena, const char *sql, int count, const char *const *params,
                keel_index **ret_index, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    keel_index *index = NULL;

    if (!keel_pg_query(pg, &r, err, sql, count, params))
        return false;
    if (keel_pg_rows(r) > 0) {
        index = keel_arena_alloc(arena, sizeof *index);
        *index = (keel_index){.oid = keel_arena_strdup(arena, keel_pg_text(r, 0, 0)),
                              .schema = keel_arena_strdup(arena, keel_pg_text(r, 0, 1)),
                              .name = keel_arena_strdup(arena, keel_pg_text(r, 0, 2)),
                              .shape = keel_arena_strdup(arena, keel_pg_text(r, 0, 3)),
                              .valid = keel_pg_bool(r, 0, 4),
                              .builder = (int)keel_pg_int(r, 0, 5)};
    }
    *ret_index = index;
    return true;
}

static const char *quoted(keel_arena *arena, const char *schema, const char *name)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    if (schema != NULL && *schema != '\0')
        keel_pg_add_qualified(&out, schema, name);
    else
        keel_pg_add_identifier(&out, name);
    return keel_arena_strdup(arena, keel_str_text(&out));
}

bool keel_index_find_name(keel_pg *pg, keel_arena *arena, const char *schema, const char *name, keel_index **ret_index,
                          keel_error *err)
{
    const char *params[] = {quoted(arena, schema, name)};

    return ask(pg, arena, "SELECT " INDEX_COLUMNS INDEX_TABLES " WHERE i.indexrelid = pg_catalog.to_regclass($1)", 1,
               params, ret_index, err);
}

static const char *table_of(keel_arena *arena, const keel_step_statement *create)
{
    const keel_sql_node *relation = keel_sql_get(create->node, "relation");

    return quoted(arena, keel_sql_text_of(relation, "schemaname"), keel_sql_text_of(relation, "relname"));
}

bool keel_index_find(keel_pg *pg, keel_arena *arena, const keel_step_statement *create, keel_index **ret_index,
                     keel_error *err)
{
    const char *name = keel_sql_text_of(create->node, "idxname");
    const char *params[] = {table_of(arena, create), name};

    if (*name != '\0')
        return ask(pg, arena,
                   "SELECT " INDEX_COLUMNS INDEX_TABLES " JOIN pg_catalog.pg_class t ON t.oid = pg_catalog.to_regclass($1)"
                   " WHERE c.relname = $2 AND c.relnamespace = t.relnamespace", 2, params, ret_index, err);
    if (!keel_index_wanted(pg, arena, create, &params[1], err))
        return false;
    return ask(pg, arena, "SELECT " INDEX_COLUMNS INDEX_TABLES " WHERE i.indrelid = pg_catalog.to_regclass($1) AND " SHAPE
               " = $2 ORDER BY i.indisvalid DESC, i.indexrelid DESC LIMIT 1", 2, params, ret_index, err);
}

/* The statement on another table, under a name of the server's choice: what stands behind the table's name is kept. */
static void add_on_other_table(const keel_step_statement *create, const char *table, keel_str *out)
{
    const keel_sql_node *relation = keel_sql_get(create->node, "relation");
    size_t at = (size_t)keel_sql_number_of(relation, "location");
    bool qualified = *keel_sql_text_of(relation, "schemaname") != '\0';

    keel_str_add(out, keel_sql_true(create->node, "unique") ? "CREATE UNIQUE INDEX ON " : "CREATE INDEX ON ");
    keel_str_add(out, table);
    for (int names = qualified ? 2 : 1; names > 0 && at < create->size;) {
        keel_sql_token token = keel_sql_next(create->sql, create->size, at);
        names -= token.kind == KEEL_SQL_WORD || token.kind == KEEL_SQL_IDENTIFIER;
        at = token.start + token.size;
    }
    keel_str_add(out, create->sql + at);
}

static bool make_and_ask(keel_pg *pg, keel_arena *arena, const keel_step_statement *create, keel_index **ret_index,
                         keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const char *table = "pg_temp.pgkeel_like";
    const char *params[] = {table};

    keel_str_addf(&sql, "BEGIN; SET LOCAL client_min_messages = error; SET LOCAL lock_timeout = '2s';"
                        " CREATE TEMPORARY TABLE pgkeel_like (LIKE %s) ON COMMIT DROP;", table_of(arena, create));
    add_on_other_table(create, table, &sql);
    return keel_pg_exec(pg, err, keel_str_text(&sql)) &&
           ask(pg, arena, "SELECT " INDEX_COLUMNS INDEX_TABLES " WHERE i.indrelid = pg_catalog.to_regclass($1)", 1, params,
               ret_index, err);
}

bool keel_index_wanted(keel_pg *pg, keel_arena *arena, const keel_step_statement *create, const char **ret_shape,
                       keel_error *err)
{
    keel_index *index = NULL;
    bool good = make_and_ask(pg, arena, create, &index, err);

    keel_pg_rollback(pg);
    if (!good)
        return keel_fail_context(err, "what the index of line %d would be", create->line);
    if (index == NULL)
        return keel_fail(err, KEEL_ERR_INTERNAL, "no index came of line %d", create->line);
    *ret_shape = index->shape;
    return true;
}

void keel_index_add_drop(keel_str *out, const keel_index *index)
{
    keel_str_add(out, "DROP INDEX CONCURRENTLY ");
    keel_pg_add_qualified(out, index->schema, index->name);
}
