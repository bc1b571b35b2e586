/* data.duplicate_keys: what should be unique is unique, read from the rows and not from the index. */
#include "base/json_out.h"
#include "verify/checks/unique_keys.h"

/* A sample cannot prove that a row is alone: under --quick larger tables are not looked at. */
static const int64_t quick_bytes = 32 << 20;

/* Until the savepoint is taken back. */
static const char heap_only_sql[] =
    "SAVEPOINT keel_heap; SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off;"
    " SET LOCAL enable_bitmapscan = off";
static const char as_before_sql[] = "ROLLBACK TO SAVEPOINT keel_heap; RELEASE SAVEPOINT keel_heap";

static void add_keys(keel_str *sql, const keel_unique_key *key)
{
    for (size_t i = 0; i < key->count; i++)
        keel_str_addf(sql, "%s%s AS k%zu", i > 0 ? ", " : "", key->expressions[i], i);
}

/* Rows that an equal one may stand beside: within the predicate, and with NULLs only where NULLs are equal. */
static void add_where(keel_str *sql, const keel_unique_key *key)
{
    const char *and = " WHERE ";

    if (key->where != NULL) {
        keel_str_addf(sql, "%s(%s)", and, key->where);
        and = " AND ";
    }
    for (size_t i = 0; !key->nulls_equal && i < key->count; i++, and = " AND ")
        keel_str_addf(sql, "%s%s IS NOT NULL", and, key->expressions[i]);
}

static void add_group_by(keel_str *sql, const keel_unique_key *key)
{
    keel_str_add(sql, " GROUP BY ");
    for (size_t i = 0; i < key->count; i++)
        keel_str_addf(sql, "%s%zu", i > 0 ? ", " : "", i + 1);
    keel_str_add(sql, " HAVING pg_catalog.count(*) > 1");
}

static const char *count_sql(keel_check_run *run, const keel_pg_table *table, const keel_unique_key *key)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, "SELECT pg_catalog.count(*), pg_catalog.sum(d.n), '[' || pg_catalog.string_agg(");
    for (size_t i = 0; i < key->count; i++) {
        KEEL_CLEANUP(keel_str_free) keel_str name = {0};
        keel_json json;
        keel_json_start(&json, &name, false);
        keel_json_text(&json, key->names[i]);
        keel_str_addf(&sql, "'%s' || ", i > 0 ? "," : "{");
        keel_pg_add_literal(&sql, name.data);
        keel_str_addf(&sql,
                      " || ':' || coalesce(pg_catalog.to_json(pg_catalog.left(d.k%zu::pg_catalog.text, 80))"
                      "::pg_catalog.text, 'null') || ",
                      i);
    }
    keel_str_addf(&sql,
                  "',\"rows\":' || d.n || '}', ',') FILTER (WHERE d.place <= %d) || ']'"
                  " FROM (SELECT g.*, pg_catalog.row_number() OVER () AS place FROM (SELECT ",
                  run->sample_keys);
    add_keys(&sql, key);
    keel_str_addf(&sql, ", pg_catalog.count(*) AS n FROM %s", keel_row_whole(run, table));
    add_where(&sql, key);
    add_group_by(&sql, key);
    keel_str_add(&sql, ") g) d");
    return keel_arena_strdup(run->arena, sql.data);
}

static const char *look_sql(keel_check_run *run, const keel_pg_table *table, const keel_unique_key *key)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, "SELECT ");
    add_keys(&sql, key);
    keel_str_addf(&sql, ", count(*) FROM %s", keel_row_whole(run, table));
    add_where(&sql, key);
    add_group_by(&sql, key);
    keel_str_add(&sql, "; -- then merge or delete the surplus rows");
    if (key->index != NULL || key->claims != NULL) {
        keel_str_add(&sql, " and REINDEX INDEX CONCURRENTLY ");
        keel_pg_add_qualified(&sql, table->schema, key->index != NULL ? key->index : key->claims);
    }
    return keel_arena_strdup(run->arena, sql.data);
}

static const char *evidence(keel_check_run *run, const keel_unique_key *key, const keel_pg_result *found)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_json json;

    keel_json_start(&json, &text, false);
    keel_json_object(&json);
    keel_json_kv_int(&json, "values", keel_pg_int(found, 0, 0));
    keel_json_kv_int(&json, "rows", keel_pg_int(found, 0, 1));
    if (key->index != NULL)
        keel_json_kv_text(&json, "index", key->index);
    keel_json_key(&json, "sample");
    keel_json_raw(&json, keel_pg_text(found, 0, 2));
    keel_json_end_object(&json);
    return keel_arena_strdup(run->arena, text.data);
}

static bool read_heap(keel_check_run *run, const char *sql, keel_pg_result **ret_found, keel_error *err)
{
    keel_error ignored = {0};

    bool done = keel_pg_exec(run->pg, err, heap_only_sql) && keel_pg_query(run->pg, ret_found, err, sql, 0, NULL);
    return keel_pg_exec(run->pg, done ? err : &ignored, as_before_sql) && done;
}

static const char *reason(keel_check_run *run, const keel_unique_key *key)
{
    if (key->index != NULL)
        return keel_arena_printf(run->arena, "whose index \"%s\" %s", key->index, key->doubt);
    if (key->claims != NULL)
        return keel_arena_printf(run->arena, "which the index \"%s\" should keep and does not", key->claims);
    return "which the suite says is a key";
}

static bool look(keel_check_run *run, const keel_pg_table *table, const keel_unique_key *key, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *found = NULL;
    const char *object = keel_check_columns_name(run, table, (const char *const *)key->names, key->count);

    if (!read_heap(run, count_sql(run, table, key), &found, err))
        return keel_fail_context(err, "%s", object);
    long long values = keel_pg_int(found, 0, 0), rows = keel_pg_int(found, 0, 1);
    if (values == 0)
        return true;
    keel_check_found_at(run, KEEL_ERROR, key->index == NULL ? &key->place : NULL, object, evidence(run, key, found),
                        look_sql(run, table, key), "%lld rows share %lld %s of a key, %s", rows, values,
                        values == 1 ? "value" : "values", reason(run, key));
    return true;
}

static void say_unseen(keel_check_run *run, const keel_pg_table *table, const keel_unique_key *key)
{
    keel_check_skip(run, "a sample cannot show that a value is unique; run it without --quick");
    keel_check_remark(run, "%s not looked at under --quick",
                      keel_check_columns_name(run, table, (const char *const *)key->names, key->count));
}

static bool each(keel_check_run *run, const keel_pg_table *table, keel_error *err)
{
    keel_unique_keys keys = {0};
    int64_t kept = 0;

    if (!keel_unique_keys_declared(run, table, &keys, err))
        return false;
    keel_unique_keys_given(run, table, &keys, &kept);
    keel_check_looked(run, kept, "keys");
    run->idle = true;
    for (size_t i = 0; i < keys.count; i++) {
        const keel_unique_key *key = &keys.items[i];
        bool trusted = key->index != NULL && key->doubt == NULL;
        if (!trusted && run->quick && keel_row_bytes(run, table) > quick_bytes) {
            say_unseen(run, table, key);
            continue;
        }
        keel_check_looked(run, 1, "keys");
        run->idle = run->idle && trusted;
        if (!trusted && !look(run, table, key, err))
            return false;
    }
    return true;
}

const keel_check keel_check_data_duplicate_keys = {
    .id = "data.duplicate_keys",
    .group = KEEL_GROUP_DATA,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_READS_ROWS,
    .title = "what should be unique is unique",
    .help =
        "Groups the rows of every key that the server does not vouch for: unique and primary keys whose index is not"
        " valid or not ready (a CREATE UNIQUE INDEX CONCURRENTLY that failed), or was sorted by a version of its"
        " collation that is no longer installed (after an upgrade of the operating system such an index misses what it"
        " holds and lets duplicates in), and the keys that a suite names, unless an index of numbers, times and the like"
        " keeps them: text is read even where an index vouches for it. It reads the table itself, not the index. NULLs are equal only under NULLS NOT DISTINCT, the collation and predicate of the index hold."
        " Any other unique index that is valid and of its collation's present version is trusted, also in full mode: to prove"
        " it means to sort the table, which amcheck's bt_index_check does better. An index that is being built"
        " is left alone. Merge or delete the surplus rows, then REINDEX.",
    .triggers =
        "CREATE COLLATION public.words (provider = icu, locale = 'und');\n"
        "CREATE TABLE public.users (id bigint PRIMARY KEY, email text COLLATE public.words UNIQUE);\n"
        "INSERT INTO public.users VALUES (1, 'ada@example.org');\n"
        "-- an index that misses what it holds, as after an upgrade of the operating system:\n"
        "UPDATE pg_catalog.pg_index SET indisready = false WHERE indexrelid = 'public.users_email_key'::regclass;\n"
        "INSERT INTO public.users VALUES (2, 'ada@example.org');\n"
        "UPDATE pg_catalog.pg_index SET indisready = true WHERE indexrelid = 'public.users_email_key'::regclass;\n"
        "UPDATE pg_catalog.pg_collation SET collversion = '0' WHERE collname = 'words';",
    .passes =
        "CREATE COLLATION public.words (provider = icu, locale = 'und');\n"
        "CREATE TABLE public.users (id bigint PRIMARY KEY, email text COLLATE public.words UNIQUE);\n"
        "INSERT INTO public.users VALUES (1, 'ada@example.org'), (2, 'bob@example.org'), (3, NULL), (4, NULL);\n"
        "UPDATE pg_catalog.pg_collation SET collversion = '0' WHERE collname = 'words';",
    .each = each,
};
