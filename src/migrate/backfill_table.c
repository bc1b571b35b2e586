#include "migrate/backfill_job.h"

/* An exact name wins over one that is meant by its lower case, as SQL would read it. */
static const char table_sql[] =
    "SELECT c.oid, n.nspname, c.relname, c.relkind, coalesce((SELECT sum(greatest(l.reltuples, 0))"
    "   FROM pg_catalog.pg_partition_tree(c.oid) p JOIN pg_catalog.pg_class l ON l.oid = p.relid WHERE p.isleaf),"
    "   greatest(c.reltuples, 0))"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relname IN ($2::text, lower($2::text)) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
    " AND CASE WHEN $1::text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname IN ($1::text, lower($1::text)) END"
    " ORDER BY c.relname = $2::text DESC, n.nspname = $1::text DESC LIMIT 1";

static const char names_sql[] =
    "SELECT CASE WHEN $1::text IS NULL AND pg_catalog.pg_table_is_visible(c.oid) THEN c.relname"
    " ELSE n.nspname || '.' || c.relname END"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgkeel')"
    " ORDER BY 1 LIMIT 10000";

static const char columns_sql[] =
    "SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped";

/* The best key: all of its columns NOT NULL, and an index whose order is that of the comparison. */
static const char key_sql[] =
    "WITH best AS (SELECT i.indrelid, i.indkey, i.indnkeyatts FROM pg_catalog.pg_index i"
    "   JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = c.relam"
    "   WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL"
    "   AND m.amname = 'btree'"
    "   AND (SELECT bool_and(a.attnotnull) AND ($2::text IS NULL OR string_agg(a.attname, ',' ORDER BY n) = $2::text)"
    "        FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) n"
    "        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[n])"
    "   ORDER BY i.indisprimary DESC, i.indnkeyatts, c.relname LIMIT 1)"
    " SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)"
    " FROM best b, pg_catalog.generate_series(0, b.indnkeyatts - 1) n, pg_catalog.pg_attribute a"
    " WHERE a.attrelid = b.indrelid AND a.attnum = b.indkey[n] ORDER BY n";

/* The nearest of the names in the query's only column, in the arena. */
static const char *nearest_of(keel_backfill_job *job, const char *word, const char *sql, const char *param)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    struct { const char **items; size_t count, capacity; } names = {0};
    keel_error ignored = {0};

    if (!keel_pg_query(job->session.work, &r, &ignored, sql, 1, &param))
        return NULL;
    for (int i = 0; i < keel_pg_rows(r); i++)
        keel_arena_push(job->arena, &names, keel_arena_strdup(job->arena, keel_pg_text(r, i, 0)));
    return keel_nearest_word(word, names.items, names.count);
}

const char *keel_backfill_nearest_column(keel_backfill_job *job, const char *name)
{
    return nearest_of(job, name, columns_sql, job->oid);
}

static bool no_table(keel_backfill_job *job, const char *schema, keel_error *err)
{
    const char *nearest = nearest_of(job, job->options->table, names_sql, schema);

    keel_fail(err, KEEL_ERR_USAGE, "there is no table \"%s\"", job->options->table);
    if (nearest != NULL)
        return keel_fail_hint(err, "The nearest is \"%s\".", nearest);
    return keel_fail_hint(err, "A table outside of the search_path is given as schema.table.");
}

static bool find_table(keel_backfill_job *job, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str qualified = {0};
    const char *given = job->options->table, *dot = strchr(given, '.');
    const char *params[] = {dot != NULL ? keel_arena_strndup(job->arena, given, (size_t)(dot - given)) : NULL,
                            dot != NULL ? dot + 1 : given};

    if (!keel_pg_query(job->session.work, &r, err, table_sql, 2, params))
        return false;
    if (keel_pg_rows(r) == 0)
        return no_table(job, params[0], err);
    job->oid = keel_arena_strdup(job->arena, keel_pg_text(r, 0, 0));
    job->schema = keel_arena_strdup(job->arena, keel_pg_text(r, 0, 1));
    job->name = keel_arena_strdup(job->arena, keel_pg_text(r, 0, 2));
    keel_pg_add_qualified(&qualified, job->schema, job->name);
    job->qualified = keel_arena_strdup(job->arena, keel_str_text(&qualified));
    job->result->table = keel_arena_printf(job->arena, "%s.%s", job->schema, job->name);
    job->result->estimated_rows = strtod(keel_pg_text(r, 0, 4), NULL);
    if (strchr("rp", keel_pg_text(r, 0, 3)[0]) != NULL)
        return true;
    keel_fail(err, KEEL_ERR_USAGE, "\"%s\" is no table with rows of its own", job->result->table);
    return keel_fail_hint(err, "Name the table that is behind it.");
}

static bool no_key(keel_backfill_job *job, keel_error *err)
{
    const char *wanted = job->options->key;

    if (wanted == NULL) {
        keel_fail(err, KEEL_ERR_USAGE, "table \"%s\" has no key to walk along", job->result->table);
        return keel_fail_hint(err, "Give it a primary key, or a unique index (btree, not partial) over columns that are "
                                   "NOT NULL: CREATE UNIQUE INDEX CONCURRENTLY ... ON %s (...).", job->qualified);
    }
    const char *nearest = keel_backfill_nearest_column(job, wanted);
    if (strchr(wanted, ',') == NULL && !keel_streq(nearest, wanted)) {
        keel_fail(err, KEEL_ERR_USAGE, "table \"%s\" has no column \"%s\"", job->result->table, wanted);
        return nearest != NULL ? keel_fail_hint(err, "The nearest is \"%s\".", nearest) : false;
    }
    keel_fail(err, KEEL_ERR_USAGE, "\"%s\" is no key of table \"%s\"", wanted, job->result->table);
    return keel_fail_hint(err, "The column must be NOT NULL and alone in a unique index (btree, not partial); without --key "
                               "the primary key is taken.");
}

static bool find_key(keel_backfill_job *job, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str names = {0};
    const char *params[] = {job->oid, job->options->key};

    if (!keel_pg_query(job->session.work, &r, err, key_sql, 2, params))
        return false;
    if (keel_pg_rows(r) == 0)
        return no_key(job, err);
    for (int i = 0; i < keel_pg_rows(r); i++) {
        keel_backfill_column column = {.name = keel_arena_strdup(job->arena, keel_pg_text(r, i, 0)),
                                       .type = keel_arena_strdup(job->arena, keel_pg_text(r, i, 1))};
        keel_arena_push(job->arena, &job->key, column);
        keel_str_addf(&names, "%s%s", i > 0 ? ", " : "", column.name);
    }
    job->result->key = keel_arena_strdup(job->arena, keel_str_text(&names));
    return true;
}

bool keel_backfill_find(keel_backfill_job *job, keel_error *err)
{
    return find_table(job, err) && find_key(job, err);
}
