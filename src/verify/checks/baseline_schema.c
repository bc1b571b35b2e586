#include <string.h>

#include "verify/baseline_inside.h"

/* Views, routines, types, extensions, policies and privileges; what belongs to an extension comes with it. Long
 * definitions are kept as a hash. */
#define NOT_OF_EXTENSION(class_, oid_)                                                                            \
    "NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog." class_                        \
    "'::pg_catalog.regclass AND d.objid = " oid_ " AND d.deptype = 'e')"
static const char objects_sql[] =
    "WITH own AS (SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace n"
    "  WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgkeel')),"
    " relations AS (SELECT c.oid, c.relkind, n.nspname || '.' || c.relname AS name, c.relacl"
    "  FROM pg_catalog.pg_class c JOIN own n ON n.oid = c.relnamespace WHERE " NOT_OF_EXTENSION("pg_class", "c.oid") "),"
    " objects (kind, name, definition) AS ("
    "  SELECT CASE r.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, r.name, pg_catalog.pg_get_viewdef(r.oid)"
    "    FROM relations r WHERE r.relkind IN ('v', 'm')"
    "  UNION ALL SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,"
    "         n.nspname || '.' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')',"
    "         CASE WHEN p.prokind IN ('f', 'p') THEN pg_catalog.pg_get_functiondef(p.oid) ELSE '' END"
    "    FROM pg_catalog.pg_proc p JOIN own n ON n.oid = p.pronamespace WHERE " NOT_OF_EXTENSION("pg_proc", "p.oid")
    "  UNION ALL SELECT 'enum', n.nspname || '.' || t.typname,"
    "         (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)"
    "            FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)"
    "    FROM pg_catalog.pg_type t JOIN own n ON n.oid = t.typnamespace"
    "   WHERE t.typtype = 'e' AND " NOT_OF_EXTENSION("pg_type", "t.oid")
    "  UNION ALL SELECT 'domain', n.nspname || '.' || t.typname,"
    "         pg_catalog.format_type(t.typbasetype, t.typtypmod) || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END"
    "         || COALESCE(' DEFAULT ' || t.typdefault, '') || COALESCE((SELECT ' ' || pg_catalog.string_agg("
    "            pg_catalog.pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname)"
    "            FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '')"
    "    FROM pg_catalog.pg_type t JOIN own n ON n.oid = t.typnamespace"
    "   WHERE t.typtype = 'd' AND " NOT_OF_EXTENSION("pg_type", "t.oid")
    "  UNION ALL SELECT 'extension', x.extname::pg_catalog.text, x.extversion FROM pg_catalog.pg_extension x"
    "  UNION ALL SELECT 'policy', r.name || '.' || p.polname,"
    "         CASE WHEN p.polpermissive THEN 'permissive ' ELSE 'restrictive ' END || p.polcmd::pg_catalog.text || ' to '"
    "         || (SELECT pg_catalog.string_agg(CASE q.role WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(q.role) END,"
    "                                          ', ' ORDER BY 1) FROM pg_catalog.unnest(p.polroles) q (role))"
    "         || COALESCE(' using ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid), '')"
    "         || COALESCE(' with check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), '')"
    "    FROM pg_catalog.pg_policy p JOIN relations r ON r.oid = p.polrelid"
    "  UNION ALL SELECT 'privileges', r.name,"
    "         (SELECT pg_catalog.string_agg(a.item, ', ' ORDER BY a.item) FROM (SELECT u::pg_catalog.text AS item"
    "            FROM pg_catalog.unnest(r.relacl) u) a)"
    "    FROM relations r WHERE r.relacl IS NOT NULL AND r.relkind IN ('r', 'p', 'v', 'm', 'f', 'S'))"
    " SELECT o.kind, o.name, CASE WHEN pg_catalog.length(o.definition) <= 2000 THEN COALESCE(o.definition, '')"
    "                             ELSE 'md5 ' || pg_catalog.md5(o.definition) END"
    "  FROM objects o ORDER BY o.kind COLLATE pg_catalog.\"C\", o.name COLLATE pg_catalog.\"C\"";

static void keep(keel_baseline_job *job, const keel_pg_result *rows)
{
    pthread_mutex_lock(&job->lock);
    job->now->objects = (keel_baseline_parts){.known = true};
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        keel_baseline_part part = {keel_arena_strdup(job->arena, keel_pg_text(rows, row, 0)),
                                   keel_arena_strdup(job->arena, keel_pg_text(rows, row, 1)),
                                   keel_arena_strdup(job->arena, keel_pg_text(rows, row, 2)), true};
        keel_arena_push(job->arena, &job->now->objects, part);
    }
    pthread_mutex_unlock(&job->lock);
}

static bool run(keel_check_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    keel_baseline_start(run);
    if (!keel_baseline_query(run, &rows, err, objects_sql, 0, NULL))
        return false;
    keep(run->baseline, rows);
    return true;
}

static const char *column_object(keel_check_run *run, const keel_baseline_table *table, const char *column)
{
    return keel_arena_printf(run->arena, "%s.%s(%s)", table->schema, table->name, column);
}

static void tell_text(keel_check_run *run, const keel_baseline_table *table, const char *column, const char *what,
                      const char *before, const char *now)
{
    if (keel_streq(before, now))
        return;
    keel_check_found_as(run, KEEL_WARNING, column_object(run, table, column), keel_baseline_evidence(run, before, now),
                        NULL, "%s was %s and is %s", what, before != NULL ? before : "none", now != NULL ? now : "none");
}

static void compare_column(keel_check_run *run, const keel_baseline_table *table, const keel_baseline_column *before,
                           const keel_baseline_column *now)
{
    const char *object = column_object(run, table, before->name);

    tell_text(run, table, before->name, "the type", before->type, now->type);
    tell_text(run, table, before->name, "the default", before->default_sql, now->default_sql);
    tell_text(run, table, before->name, "the collation", before->collation, now->collation);
    if (!keel_streq(before->made, now->made))
        keel_check_found_as(run, KEEL_WARNING, object, keel_baseline_evidence(run, before->made, now->made), NULL,
                            "the column is %s, and was %s", now->made != NULL ? now->made : "an ordinary one",
                            before->made != NULL ? before->made : "an ordinary one");
    if (before->not_null && !now->not_null) {
        KEEL_CLEANUP(keel_str_free) keel_str remedy = {0};
        keel_str_add(&remedy, "ALTER TABLE ");
        keel_pg_add_qualified(&remedy, table->schema, table->name);
        keel_str_add(&remedy, " ALTER COLUMN ");
        keel_pg_add_identifier(&remedy, before->name);
        keel_str_add(&remedy, " SET NOT NULL;");
        keel_check_found_as(run, KEEL_ERROR, object, NULL, remedy.data, "the column may be NULL now");
    } else if (!before->not_null && now->not_null) {
        keel_check_found_as(run, KEEL_INFO, object, NULL, NULL, "the column is NOT NULL now");
    }
}

static void compare_columns(keel_check_run *run, const keel_baseline_table *before, const keel_baseline_table *now)
{
    for (size_t i = 0; i < before->columns.count; i++) {
        const keel_baseline_column *then = &before->columns.items[i];
        const keel_baseline_column *here = keel_baseline_column_of(now, then->name);
        if (here != NULL)
            compare_column(run, before, then, here);
        else
            keel_check_found_as(run, KEEL_ERROR, column_object(run, before, then->name),
                                keel_baseline_evidence(run, then->type, NULL), NULL, "the column is gone");
    }
    for (size_t i = 0; i < now->columns.count; i++)
        if (keel_baseline_column_of(before, now->columns.items[i].name) == NULL)
            keel_check_found_as(run, KEEL_INFO, column_object(run, before, now->columns.items[i].name),
                                keel_baseline_evidence(run, NULL, now->columns.items[i].type), NULL, "the column is new");
}

static void compare_table(keel_check_run *run, const keel_baseline_table *before, const keel_baseline_table *now)
{
    const char *name = keel_baseline_name(run, before);

    if (before->kind != now->kind)
        keel_check_found_as(run, KEEL_WARNING, name, NULL, NULL, "the table is %s now",
                            now->kind == 'p' ? "partitioned" : "an ordinary one");
    if (before->persistence != now->persistence)
        keel_check_found_as(run, KEEL_WARNING, name, NULL, NULL, "the table is %s now",
                            now->persistence == 'u' ? "unlogged: it is emptied by a crash" : "logged");
    if (before->row_security != now->row_security)
        keel_check_found_as(run, before->row_security ? KEEL_ERROR : KEEL_INFO, name, NULL, NULL,
                            "row-level security is %s now", now->row_security ? "on" : "off");
    if (before->root == NULL)
        compare_columns(run, before, now);
}

/* Partitions come and go; whether their rows are still there is told by the table that they belong to. */
static void report_gone(keel_check_run *run, const keel_baseline_table *table)
{
    const char *name = keel_baseline_name(run, table);

    if (table->root != NULL)
        keel_check_found_as(run, KEEL_WARNING, name, NULL, NULL, "the partition of \"%s\" is gone", table->root);
    else
        keel_check_found(run, name, NULL, NULL, "the table is gone");
}

static void report_new(keel_check_run *run)
{
    const keel_baseline *before = run->baseline->before;
    const keel_baseline *now = run->baseline->now;

    for (size_t i = 0; before->complete && i < now->tables.count; i++) {
        const keel_baseline_table *table = &now->tables.items[i];
        if (keel_baseline_find(before, table->schema, table->name) == NULL)
            keel_check_found_as(run, KEEL_INFO, keel_baseline_name(run, table), NULL, NULL, "the %s is new",
                                table->root != NULL ? "partition" : "table");
    }
}

static void compare_objects(keel_check_run *run)
{
    static const keel_baseline_terms terms = {
        .gone = KEEL_ERROR,
        .unsound = KEEL_WARNING,
        .changed = KEEL_WARNING,
        .unsound_text = "does not work now",
        .sound_text = "works now",
    };
    const keel_baseline *before = run->baseline->before;
    const keel_baseline *now = run->baseline->now;

    if (before->objects.known && now->objects.known)
        keel_baseline_compare_parts(run, NULL, &before->objects, &now->objects, &terms);
    if (before->server_version / 10000 != now->server_version / 10000)
        keel_check_found_as(run, KEEL_INFO, "database", NULL, NULL,
                            "the baseline is of PostgreSQL %d, this is %d: definitions may be spelled differently",
                            before->server_version / 10000, now->server_version / 10000);
}

static void finish(keel_check_run *run)
{
    const keel_baseline_job *job = run->baseline;
    int64_t looked = 0;

    keel_baseline_settle(run);
    if (job->before == NULL) {
        keel_baseline_saved(run, (int64_t)job->now->tables.count, "tables");
        return;
    }
    for (size_t i = 0; i < job->before->tables.count; i++) {
        const keel_baseline_table *before = &job->before->tables.items[i];
        const keel_baseline_table *now = keel_baseline_now(run, before);
        if (now == NULL && !job->now->complete)
            continue;
        looked++;
        if (now == NULL)
            report_gone(run, before);
        else
            compare_table(run, before, now);
    }
    report_new(run);
    compare_objects(run);
    keel_check_looked(run, looked, "tables");
}

const keel_check keel_check_baseline_schema = {
    .id = "baseline.schema",
    .group = KEEL_GROUP_BASELINE,
    .severity = KEEL_CRITICAL,
    .flags = KEEL_CHECK_NEEDS_BASELINE,
    .title = "tables, columns, views, functions, types and privileges are those of the baseline",
    .help = "A table that is gone is CRITICAL; a column, NOT NULL, row-level security, a view, function, type, extension, "
            "policy or grant that is gone an ERROR; another type, default, collation or definition a WARNING, and so is a "
            "partition that is gone; what is new is INFO. Whatever a deployment meant to change, it reports too: save a new "
            "baseline when it is done.",
    .triggers = "CREATE TABLE parts (id bigint PRIMARY KEY, code text NOT NULL); CREATE TABLE notes (id bigint PRIMARY KEY);\n"
                "-- pgkeel check --save before.json\n"
                "DROP TABLE notes;",
    .passes = "CREATE TABLE parts (id bigint PRIMARY KEY, code text NOT NULL); CREATE TABLE notes (id bigint PRIMARY KEY);",
    .run = run,
    .finish = finish,
};
