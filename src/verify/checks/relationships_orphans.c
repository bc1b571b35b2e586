/* relationships.orphans: every reference finds its parent row. */
#include "verify/checks/references.h"

#include <stdio.h>

#include "base/json_out.h"

/* Under --quick at most about this many children of a table are looked at. */
enum { SAMPLE_ROWS = 20000, SAMPLE_BYTES = 16 << 20 };
/* A table with less is worth no setting, and may be empty but for its indexes. */
enum { SMALL_BYTES = 1 << 20 };

/* A hash of the parent's keys that fits spares the server temporary files; a larger setting of the role stays. */
static const char memory_sql[] =
    "SELECT pg_catalog.set_config('work_mem', '64MB', true)"
    " WHERE pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem')) < 64 * 1024 * 1024";

/* Are there no rows, for certain? An empty file holds none for any snapshot, and whoever empties it meanwhile has left none
 * to judge. Reading it might be refused all the same, and that must be said. NULL: it is gone. */
static const char empty_sql[] =
    "SELECT pg_catalog.pg_relation_size($1::pg_catalog.oid) = 0"
    "   AND pg_catalog.has_table_privilege($1::pg_catalog.oid, 'SELECT')"
    "   AND NOT pg_catalog.row_security_active($1::pg_catalog.oid)";

static bool is_empty(keel_check_run *run, const keel_pg_table *table, bool *ret_empty, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str answer = {0};
    char oid[16];
    const char *params[] = {oid};

    *ret_empty = false;
    if (table->kind != 'r' || table->bytes > SMALL_BYTES || (run->db->standby && table->persistence == 'u'))
        return true;
    snprintf(oid, sizeof oid, "%u", table->oid);
    if (!keel_pg_query_value(run->pg, &answer, NULL, err, empty_sql, 1, params))
        return false;
    *ret_empty = strcmp(keel_str_text(&answer), "t") == 0;
    return true;
}

/* t is a row that ought to have a parent: MATCH SIMPLE lets a row go whose reference is NULL in any column, MATCH
 * FULL only one that is NULL in all. */
static void add_condition(keel_str *sql, const keel_reference *reference)
{
    for (size_t i = 0; i < reference->count; i++) {
        keel_str_add(sql, i == 0 ? "(t." : reference->full ? " OR t." : " AND t.");
        keel_pg_add_identifier(sql, reference->columns[i]);
        keel_str_add(sql, " IS NOT NULL");
    }
    keel_str_addf(sql, ") AND NOT EXISTS (SELECT FROM %s WHERE ", reference->parent_from);
    for (size_t i = 0; i < reference->count; i++)
        keel_str_addf(sql, "%s%s", i > 0 ? " AND " : "", reference->equal[i]);
    keel_str_add(sql, ")");
}

/* The share of the table's blocks to be read, in percent; 100 = all of them. */
static double sample_percent(const keel_check_run *run, const keel_pg_table *table)
{
    double rows = keel_row_estimate(run, table), bytes = (double)keel_row_bytes(run, table);

    if (!run->quick)
        return 100;
    if (rows >= 0)
        return rows <= 2.0 * SAMPLE_ROWS ? 100 : 100.0 * SAMPLE_ROWS / rows;
    return bytes <= 2.0 * SAMPLE_BYTES ? 100 : 100.0 * SAMPLE_BYTES / bytes;
}

/* The number, and of a sample the first keys too: of all rows only the references are read, perhaps from an index. */
static const char *count_sql(keel_check_run *run, const keel_pg_table *table, const keel_reference *reference)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    double percent = sample_percent(run, table);

    run->sampled = percent < 100;
    keel_str_add(&sql, "SELECT pg_catalog.count(*), ");
    keel_str_add(&sql,
                 run->sampled ? "'[' || pg_catalog.string_agg(o.key, ',') || ']' FROM (SELECT" : "NULL FROM (SELECT");
    if (run->sampled) {
        keel_str_addf(&sql, " CASE WHEN pg_catalog.row_number() OVER () <= %d THEN ", run->sample_keys);
        keel_check_add_key(&sql, table, (const char *const *)reference->columns, reference->count);
        keel_str_add(&sql, " END AS key");
    }
    keel_str_addf(&sql, " FROM %s", keel_row_whole(run, table));
    if (run->sampled)
        keel_str_addf(&sql, " TABLESAMPLE SYSTEM (%.8f) REPEATABLE (1)", percent);
    keel_str_add(&sql, " WHERE ");
    add_condition(&sql, reference);
    keel_str_add(&sql, ") o");
    return keel_arena_strdup(run->arena, sql.data);
}

static const char *look_sql(keel_check_run *run, const keel_pg_table *table, const keel_reference *reference)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "SELECT * FROM %s WHERE ", keel_row_whole(run, table));
    add_condition(&sql, reference);
    keel_str_add(&sql, "; -- then load the parents that are missing, or empty or delete these references");
    if (reference->name != NULL && !reference->validated) {
        keel_str_add(&sql, "; then ALTER TABLE ");
        keel_pg_add_qualified(&sql, table->schema, table->name);
        keel_str_add(&sql, " VALIDATE CONSTRAINT ");
        keel_pg_add_identifier(&sql, reference->name);
    }
    return keel_arena_strdup(run->arena, sql.data);
}

static const char *evidence(keel_check_run *run, const keel_reference *reference, int64_t rows, const char *sample)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_json json;

    keel_json_start(&json, &text, false);
    keel_json_object(&json);
    keel_json_kv_int(&json, "rows", rows);
    if (run->sampled)
        keel_json_kv_bool(&json, "sampled", true);
    keel_json_kv_text(&json, "parent", reference->parent_name);
    if (reference->name != NULL) {
        keel_json_kv_text(&json, "constraint", reference->name);
        keel_json_kv_bool(&json, "validated", reference->validated);
    }
    keel_json_key(&json, "sample");
    keel_json_raw(&json, sample);
    keel_json_end_object(&json);
    return keel_arena_strdup(run->arena, text.data);
}

static const char *grant_sql(keel_check_run *run, const keel_reference *reference)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const keel_pg_table *parent = reference->parent;

    if (parent == NULL)
        return NULL;
    keel_str_add(&sql, "GRANT USAGE ON SCHEMA ");
    keel_pg_add_identifier(&sql, parent->schema);
    keel_str_add(&sql, " TO CURRENT_USER; GRANT SELECT ON ");
    keel_pg_add_qualified(&sql, parent->schema, parent->name);
    keel_str_add(&sql, " TO CURRENT_USER; -- with the role of the check for CURRENT_USER");
    return keel_arena_strdup(run->arena, sql.data);
}

static const char *condition(keel_check_run *run, const keel_reference *reference)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    add_condition(&sql, reference);
    return keel_arena_strdup(run->arena, sql.data);
}

static const char *object_of(keel_check_run *run, const keel_pg_table *table, const keel_reference *reference)
{
    return keel_check_columns_name(run, table, (const char *const *)reference->columns, reference->count);
}

static bool follow(keel_check_run *run, const keel_pg_table *table, const keel_reference *reference, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *found = NULL;
    const char *object = object_of(run, table, reference);

    if (!keel_pg_query(run->pg, &found, err, count_sql(run, table, reference), 0, NULL))
        return keel_fail_context(err, "%s to %s", object, reference->parent_name);
    int64_t rows = keel_pg_int(found, 0, 0);
    const char *sample = keel_pg_text(found, 0, 1);
    if (rows == 0)
        return true;
    if (!run->sampled &&
        !keel_check_sample_with(run, table, condition(run, reference), (const char *const *)reference->columns,
                                reference->count, &sample, err))
        return false;
    keel_check_found_at(run, KEEL_ERROR, reference->name == NULL ? &reference->place : NULL, object,
                        evidence(run, reference, rows, sample), look_sql(run, table, reference),
                        "%lld %s to a row of %s that does not exist%s", (long long)rows,
                        rows == 1 ? "row refers" : "rows refer", reference->parent_name,
                        run->sampled ? " (in a sample)" : "");
    return true;
}

static bool make_room(keel_check_run *run, const keel_pg_table *table, const keel_references *references,
                      keel_error *err)
{
    bool large = keel_row_bytes(run, table) > SMALL_BYTES;

    for (size_t i = 0; i < references->count && !large; i++) {
        const keel_pg_table *parent = references->items[i].parent;
        large = parent == NULL || keel_row_bytes(run, parent) > SMALL_BYTES;
    }
    return !large || keel_pg_exec(run->pg, err, memory_sql);
}

/* Those whose parents may be read; the others are findings. */
static size_t followable(keel_check_run *run, const keel_pg_table *table, const keel_references *references)
{
    size_t count = 0;

    for (size_t i = 0; i < references->count; i++) {
        const keel_reference *reference = &references->items[i];
        if (reference->denied)
            keel_check_found(run, object_of(run, table, reference), NULL, grant_sql(run, reference),
                             "could not be followed: this role may not read %s", reference->parent_name);
        count += !reference->denied;
    }
    return count;
}

static bool each(keel_check_run *run, const keel_pg_table *table, keel_error *err)
{
    keel_references references = {0};

    if (!keel_references_declared(run, table, &references, err))
        return false;
    keel_references_given(run, table, &references);
    keel_check_looked(run, (int64_t)references.count, "references");
    if (followable(run, table, &references) == 0)
        return true;
    if (!is_empty(run, table, &run->idle, err))
        return false;
    if (run->idle)
        return true;
    if (!make_room(run, table, &references, err))
        return false;
    for (size_t i = 0; i < references.count; i++)
        if (!references.items[i].denied && !follow(run, table, &references.items[i], err))
            return false;
    return true;
}

const keel_check keel_check_relationships_orphans = {
    .id = "relationships.orphans",
    .group = KEEL_GROUP_RELATIONSHIPS,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_READS_ROWS,
    .title = "every reference finds its parent row",
    .help =
        "Follows every foreign key, and every reference that a suite names, from each child row to its parent, whatever"
        " the catalogue says about it: a key that is NOT VALID never looked at the rows it found, and one that is valid"
        " was not asked while session_replication_role was replica, while triggers were disabled, or in a restore of"
        " data only. Such rows vanish from joins, and no cascade reaches them. MATCH FULL counts a reference that is"
        " NULL in part. Temporal keys (PERIOD, PostgreSQL 18) are left to the server. Under --quick the children of a"
        " large table are a sample of its blocks. Load the missing parents, or empty or delete the references, then"
        " VALIDATE the key.",
    .triggers = "CREATE TABLE public.exploits (id bigint PRIMARY KEY);\n"
                "CREATE TABLE public.alerts (id bigint PRIMARY KEY, exploit_id bigint);\n"
                "CREATE INDEX ON public.alerts (exploit_id);\n"
                "INSERT INTO public.alerts VALUES (1, 999);\n"
                "ALTER TABLE public.alerts ADD FOREIGN KEY (exploit_id) REFERENCES public.exploits NOT VALID;",
    .passes = "CREATE TABLE public.exploits (id bigint PRIMARY KEY);\n"
              "CREATE TABLE public.alerts (id bigint PRIMARY KEY, exploit_id bigint);\n"
              "CREATE INDEX ON public.alerts (exploit_id);\n"
              "INSERT INTO public.exploits VALUES (999);\n"
              "INSERT INTO public.alerts VALUES (1, 999), (2, NULL);\n"
              "ALTER TABLE public.alerts ADD FOREIGN KEY (exploit_id) REFERENCES public.exploits NOT VALID;",
    .each = each,
};
