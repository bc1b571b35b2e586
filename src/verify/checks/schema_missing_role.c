#include <string.h>

#include "verify/wording.h"

/* Every place of the catalogue where a role stands by its oid, and whether that role is there. Of tables only the
 * selected ones. Manner: g grantee, r grantor, o owner. */
#define KIND_OF_CLASS                                                                                     \
    "CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END"
#define OF_CLASS OF_CLASS_AND("")
#define OF_CLASS_AND(join)                                                                                \
    "pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace " join                \
    " WHERE (c.relkind IN ('v', 'm', 'S', 'f') OR c.oid = ANY ($1::pg_catalog.oid[]))"
#define OF_FUNCTION "pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
#define OF_TYPE "pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
#define OF_DEFAULT "pg_catalog.pg_default_acl f LEFT JOIN pg_catalog.pg_namespace n ON n.oid = f.defaclnamespace"
#define OF_DATABASE "pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()"

/* The last row of each counts all places; the others are those whose role is gone. */
#define THOSE_GONE(columns)                                                                               \
    "), judged AS MATERIALIZED ("                                                                         \
    "  SELECT n.*, EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = n.role) AS there FROM named n)" \
    "SELECT j.what, j.object, j.catalogue, j.oid, j.role, " columns                                       \
    " WHERE NOT j.there"                                                                                  \
    " UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, pg_catalog.count(*) FROM judged ORDER BY 1, 2, 5"

/* Columns: what, object, catalogue, oid, role, privileges, field, attribute, count. A grantor counts as well. */
static const char grants_sql[] =
    "WITH acls(what, object, catalogue, field, oid, attribute, acl) AS ("
    "  SELECT " KIND_OF_CLASS ", n.nspname || '.' || c.relname, 'pg_class', 'relacl', c.oid, 0, c.relacl FROM " OF_CLASS
    "  UNION ALL SELECT 'column', n.nspname || '.' || c.relname || '(' || a.attname || ')', 'pg_attribute', 'attacl',"
    "         c.oid, a.attnum, a.attacl FROM " OF_CLASS_AND("JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid")
    "  UNION ALL SELECT 'schema', n.nspname, 'pg_namespace', 'nspacl', n.oid, 0, n.nspacl FROM pg_catalog.pg_namespace n"
    "  UNION ALL SELECT 'function', n.nspname || '.' || p.proname, 'pg_proc', 'proacl', p.oid, 0, p.proacl FROM " OF_FUNCTION
    "  UNION ALL SELECT 'type', n.nspname || '.' || t.typname, 'pg_type', 'typacl', t.oid, 0, t.typacl FROM " OF_TYPE
    "  UNION ALL SELECT 'language', l.lanname, 'pg_language', 'lanacl', l.oid, 0, l.lanacl FROM pg_catalog.pg_language l"
    "  UNION ALL SELECT 'foreign server', s.srvname, 'pg_foreign_server', 'srvacl', s.oid, 0, s.srvacl"
    "              FROM pg_catalog.pg_foreign_server s"
    "  UNION ALL SELECT 'database', d.datname, 'pg_database', 'datacl', d.oid, 0, d.datacl FROM " OF_DATABASE
    "  UNION ALL SELECT 'default privileges', COALESCE('schema ' || n.nspname, 'all schemas'), 'pg_default_acl',"
    "         'defaclacl', f.oid, 0, f.defaclacl FROM " OF_DEFAULT
    "), named AS ("
    "  SELECT a.what, a.object, a.catalogue, a.field, a.oid, a.attribute, r.role,"
    "         pg_catalog.string_agg(DISTINCT x.privilege_type, ', ' ORDER BY x.privilege_type) AS privileges"
    "    FROM acls a CROSS JOIN LATERAL pg_catalog.aclexplode(a.acl) x"
    "   CROSS JOIN LATERAL (VALUES (x.grantee), (x.grantor)) r(role)"
    "   WHERE r.role <> 0 GROUP BY 1, 2, 3, 4, 5, 6, 7"
    THOSE_GONE("j.privileges, j.field, j.attribute, NULL::pg_catalog.int8 FROM judged j");

/* Columns: what, object, catalogue, oid, role, type and identity for ALTER .. OWNER, nothing, count. Default privileges
 * cannot be described without their role. */
static const char owners_sql[] =
    "WITH named(what, object, catalogue, oid, role) AS ("
    "  SELECT " KIND_OF_CLASS ", n.nspname || '.' || c.relname, 'pg_class', c.oid, c.relowner FROM " OF_CLASS
    "  UNION ALL SELECT 'schema', n.nspname, 'pg_namespace', n.oid, n.nspowner FROM pg_catalog.pg_namespace n"
    "  UNION ALL SELECT 'function', n.nspname || '.' || p.proname, 'pg_proc', p.oid, p.proowner FROM " OF_FUNCTION
    "  UNION ALL SELECT 'type', n.nspname || '.' || t.typname, 'pg_type', t.oid, t.typowner FROM " OF_TYPE
    "   WHERE t.typtype IN ('d', 'e', 'r') OR EXISTS (SELECT FROM pg_catalog.pg_class c"
    "                                                 WHERE c.oid = t.typrelid AND c.relkind = 'c')"
    "  UNION ALL SELECT 'database', d.datname, 'pg_database', d.oid, d.datdba FROM " OF_DATABASE
    "  UNION ALL SELECT 'default privileges', COALESCE('schema ' || n.nspname, 'all schemas'), 'pg_default_acl', f.oid,"
    "         f.defaclrole FROM " OF_DEFAULT
    THOSE_GONE("pg_catalog.upper(i.type), i.identity, NULL, NULL::pg_catalog.int8 FROM judged j"
               "  LEFT JOIN LATERAL pg_catalog.pg_identify_object(CASE WHEN j.catalogue <> 'pg_default_acl' THEN"
               "            ('pg_catalog.' || j.catalogue)::pg_catalog.regclass END, j.oid, 0) i ON true");

/* No REVOKE can name a role that is gone, so the catalogue itself must be mended. */
static const char *mend_grant(keel_check_run *run, const keel_pg_result *rows, int row)
{
    const char *field = keel_pg_text(rows, row, 6);
    const char *attribute = keel_pg_text(rows, row, 7);
    bool column = strcmp(attribute, "0") != 0;

    return keel_arena_printf(
        run->arena, "UPDATE pg_catalog.%s SET %s = (SELECT pg_catalog.array_agg(a) FROM pg_catalog.unnest(%s) a WHERE "
                    "NOT EXISTS (SELECT FROM pg_catalog.aclexplode(ARRAY[a]) x WHERE %s IN (x.grantee, x.grantor))) "
                    "WHERE %s = %s%s%s; -- as superuser: REVOKE cannot name a role that is gone",
        keel_pg_text(rows, row, 2), field, field, keel_pg_text(rows, row, 4), column ? "attrelid" : "oid",
        keel_pg_text(rows, row, 3), column ? " AND attnum = " : "", column ? attribute : "");
}

static const char *mend_owner(keel_check_run *run, const keel_pg_result *rows, int row)
{
    if (keel_pg_is_null(rows, row, 5) || strcmp(keel_pg_text(rows, row, 2), "pg_default_acl") == 0)
        return keel_arena_printf(run->arena, "DELETE FROM pg_catalog.%s WHERE oid = %s; -- as superuser",
                                 keel_pg_text(rows, row, 2), keel_pg_text(rows, row, 3));
    return keel_arena_printf(run->arena, "ALTER %s %s OWNER TO CURRENT_USER;", keel_pg_text(rows, row, 5),
                             keel_pg_text(rows, row, 6));
}

static void report(keel_check_run *run, const keel_pg_result *rows, int row, bool grant)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    const char *what = keel_pg_text(rows, row, 0);
    const char *role = keel_pg_text(rows, row, 4);
    keel_json json;

    keel_evidence_start(&json, &evidence);
    keel_json_kv_text(&json, "kind", what);
    keel_json_kv_text(&json, "role_oid", role);
    if (grant)
        keel_json_kv_text(&json, "privileges", keel_pg_text(rows, row, 5));
    keel_check_found(run, keel_pg_text(rows, row, 1), keel_evidence_finish(&json),
                     grant ? mend_grant(run, rows, row) : mend_owner(run, rows, row),
                     grant ? "a grant on %s names a role that does not exist (oid %s)"
                           : "%s belongs to a role that does not exist (oid %s)",
                     what, role);
}

static bool look_at(keel_check_run *run, const char *sql, bool grant, int64_t *looked, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_check_query(run, &rows, err, sql))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        if (keel_pg_is_null(rows, row, 0))
            *looked += keel_pg_int(rows, row, 8);
        else
            report(run, rows, row, grant);
    }
    return true;
}

static bool run_check(keel_check_run *run, keel_error *err)
{
    int64_t looked = 0;

    if (!look_at(run, owners_sql, false, &looked, err) || !look_at(run, grants_sql, true, &looked, err))
        return false;
    keel_check_looked(run, looked, "owners and grants");
    return true;
}

const keel_check keel_check_schema_missing_role = {
    .id = "schema.missing_role",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_WARNING,
    .title = "every owner and every role in a grant exists",
    .help = "Looks for grants, owners and default privileges that name a role which is gone: tables, columns, views, "
            "sequences, schemas, functions, types, languages, foreign servers and the database itself. DROP ROLE refuses to "
            "leave such a thing behind, but a race with a GRANT, a restored or upgraded cluster and an edited catalogue do. "
            "It is harmless until a dump is restored elsewhere: pg_dump then writes GRANT .. TO \"16402\", which fails, and "
            "a script that goes on after errors leaves the application without its privileges. Roles that a team needs are "
            "named in its suite.",
    .triggers = "CREATE TABLE orders (id int PRIMARY KEY);"
                "CREATE ROLE keel_example_gone; GRANT SELECT ON orders TO keel_example_gone;"
                "DELETE FROM pg_catalog.pg_authid WHERE rolname = 'keel_example_gone';",
    .passes = "CREATE TABLE orders (id int PRIMARY KEY); GRANT SELECT ON orders TO CURRENT_USER, PUBLIC;",
    .run = run_check,
};
