#include "migrate/snapshot.h"

#include "base/str.h"

/* Schemas that are looked at; $1 is one of them, or '' for all. */
#define OURS(namespace)                                                                                                \
    namespace ".nspname !~ '^pg_' AND " namespace ".nspname NOT IN ('information_schema', 'pgkeel')"                   \
              " AND ($1 = '' OR " namespace ".nspname = $1)"
#define NOT_OF_EXTENSION(class, oid)                                                                                   \
    " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend x WHERE x.classid = '" class "'::regclass AND x.objid = " oid \
    " AND x.deptype = 'e')"

static const char *const object_kinds[] = {
    /* relations; a view says its query, a partition its bound */
    "SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'S' THEN 'sequence '"
    " WHEN 'f' THEN 'foreign table ' WHEN 'c' THEN 'type ' ELSE 'table ' END || n.nspname || '.' || c.relname,"
    " concat_ws(' ', c.relkind, c.relpersistence, CASE WHEN c.relrowsecurity THEN 'rls' END, c.reloptions::text,"
    "  pg_catalog.pg_get_partkeydef(c.oid), pg_catalog.pg_get_expr(c.relpartbound, c.oid),"
    "  CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END,"
    "  (SELECT concat_ws(' ', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmax, s.seqmin, s.seqcycle)"
    "   FROM pg_catalog.pg_sequence s WHERE s.seqrelid = c.oid), pg_catalog.pg_get_userbyid(c.relowner), c.relacl::text)"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND " OURS("n") NOT_OF_EXTENSION("pg_class", "c.oid"),
    "SELECT 'column ' || n.nspname || '.' || c.relname || '.' || a.attname,"
    " concat_ws(' ', pg_catalog.format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' END,"
    "  a.attidentity, a.attgenerated, pg_catalog.pg_get_expr(d.adbin, d.adrelid), nullif(a.attstattarget, -1), a.attstorage,"
    "  (SELECT collname FROM pg_catalog.pg_collation l WHERE l.oid = a.attcollation AND l.collname <> 'default'))"
    " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
    " WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f', 'c') AND " OURS("n")
    NOT_OF_EXTENSION("pg_class", "c.oid"),
    "SELECT 'constraint ' || n.nspname || '.' || coalesce(t.relname, y.typname) || '.' || k.conname,"
    " pg_catalog.pg_get_constraintdef(k.oid) || CASE WHEN k.convalidated THEN '' ELSE ' (not validated)' END"
    " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace"
    " LEFT JOIN pg_catalog.pg_class t ON t.oid = k.conrelid LEFT JOIN pg_catalog.pg_type y ON y.oid = k.contypid"
    " WHERE k.contype <> 'n' AND " OURS("n"),
    "SELECT 'index ' || n.nspname || '.' || c.relname," /* the constraint says what a primary key's is */
    " CASE WHEN i.indisprimary THEN 'PRIMARY KEY' ELSE pg_catalog.pg_get_indexdef(i.indexrelid) END ||"
    " CASE WHEN i.indisvalid AND i.indisready THEN '' ELSE ' (INVALID)' END"
    " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE " OURS("n") NOT_OF_EXTENSION("pg_class", "i.indrelid"),
    "SELECT 'trigger ' || n.nspname || '.' || c.relname || '.' || t.tgname,"
    " pg_catalog.pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text"
    " FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND " OURS("n"),
    "SELECT 'function ' || n.nspname || '.' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')',"
    " CASE WHEN p.prokind IN ('f', 'p') THEN pg_catalog.pg_get_functiondef(p.oid) ELSE p.prosrc END || coalesce(p.proacl::text, '')"
    " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE " OURS("n")
    NOT_OF_EXTENSION("pg_proc", "p.oid"),
    "SELECT 'type ' || n.nspname || '.' || t.typname, concat_ws(' ', t.typtype,"
    " (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),"
    " CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END, t.typdefault, t.typnotnull)"
    " FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
    " WHERE t.typtype IN ('d', 'e', 'r') AND " OURS("n") NOT_OF_EXTENSION("pg_type", "t.oid"),
    "SELECT 'policy ' || n.nspname || '.' || c.relname || '.' || p.polname, concat_ws(' ', p.polcmd, p.polpermissive,"
    " p.polroles::text, pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))"
    " FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE " OURS("n"),
    "SELECT 'schema ' || n.nspname, concat_ws(' ', pg_catalog.pg_get_userbyid(n.nspowner), n.nspacl::text)"
    " FROM pg_catalog.pg_namespace n WHERE " OURS("n") NOT_OF_EXTENSION("pg_namespace", "n.oid"),
    "SELECT 'extension ' || e.extname, e.extversion FROM pg_catalog.pg_extension e WHERE $1 = ''",
};

static void add_objects(keel_str *sql)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(object_kinds); i++) {
        keel_str_add(sql, i > 0 ? " UNION ALL " : "");
        keel_str_add(sql, object_kinds[i]);
    }
}

static bool take_rows(keel_pg *pg, keel_arena *arena, const char *sql, const char *space,
                      keel_schema_snapshot *ret_snapshot, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    keel_schema_snapshot snapshot = {0};
    const char *params[] = {space};

    if (!keel_pg_query(pg, &r, err, sql, 1, params))
        return keel_fail_context(err, "read the schema");
    for (int row = 0; row < keel_pg_rows(r); row++) {
        const char *definition = keel_pg_text(r, row, 1);
        keel_schema_object object = {keel_arena_strdup(arena, keel_pg_text(r, row, 0)),
                                     keel_arena_strdup(arena, definition != NULL ? definition : "")};
        keel_arena_push(arena, &snapshot, object);
    }
    *ret_snapshot = snapshot;
    return true;
}

bool keel_schema_snapshot_take(keel_pg *pg, keel_arena *arena, const char *space, keel_schema_snapshot *ret_snapshot,
                               keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, "SELECT * FROM (");
    add_objects(&sql);
    keel_str_add(&sql, ") o(name, definition) ORDER BY name COLLATE \"C\", definition COLLATE \"C\"");
    return take_rows(pg, arena, keel_str_text(&sql), space, ret_snapshot, err);
}

bool keel_schema_snapshot_load(keel_pg *pg, keel_arena *arena, const char *space, keel_schema_snapshot *ret_snapshot,
                               bool *ret_known, keel_error *err)
{
    static const char sql[] = "SELECT o.key, o.value FROM pgkeel.migration_catalog c, pg_catalog.jsonb_each_text(c.objects) o"
                              " WHERE c.target_schema = $1 ORDER BY o.key COLLATE \"C\"";

    if (!take_rows(pg, arena, sql, space, ret_snapshot, err))
        return false;
    *ret_known = ret_snapshot->count > 0;
    return true;
}

bool keel_schema_snapshot_keep(keel_pg *pg, const char *space, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    const char *params[] = {space};

    keel_str_add(&sql,
                  "INSERT INTO pgkeel.migration_catalog (target_schema, version, objects)"
                  " SELECT $1, (SELECT version FROM pgkeel.migration WHERE target_schema = $1 ORDER BY position DESC LIMIT 1),"
                  " coalesce(pg_catalog.jsonb_object_agg(name, definition), '{}') FROM (");
    add_objects(&sql);
    keel_str_add(&sql, ") o(name, definition) ON CONFLICT (target_schema) DO UPDATE SET taken_at = EXCLUDED.taken_at,"
                       " version = EXCLUDED.version, objects = EXCLUDED.objects");
    return keel_pg_query(pg, &r, err, keel_str_text(&sql), 1, params) || keel_fail_context(err, "keep the schema");
}

size_t keel_schema_compare(const keel_schema_snapshot *before, const keel_schema_snapshot *after,
                           keel_schema_changed *changed, void *context)
{
    size_t i = 0, j = 0, count = 0;

    while (i < before->count || j < after->count) {
        const keel_schema_object *old = i < before->count ? &before->items[i] : NULL;
        const keel_schema_object *new = j < after->count ? &after->items[j] : NULL;
        int order = old == NULL ? 1 : new == NULL ? -1 : strcmp(old->name, new->name);
        if (order == 0 && strcmp(old->definition, new->definition) == 0) {
            i++;
            j++;
            continue;
        }
        count++;
        changed(context, order < 0 ? KEEL_SCHEMA_REMOVED : order > 0 ? KEEL_SCHEMA_ADDED : KEEL_SCHEMA_ALTERED,
                order <= 0 ? old : NULL, order >= 0 ? new : NULL);
        i += order <= 0;
        j += order >= 0;
    }
    return count;
}
