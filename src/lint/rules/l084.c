#include "base/str.h"
#include "lint/rule.h"

/* Roles that can log in (most connected first), as "app (3 sessions), report"; FROM brings r, the role. */
#define ROLES(from_where)                                                                                             \
    "SELECT pg_catalog.string_agg(rolname || CASE WHEN n > 0 THEN ' (' || n || CASE n WHEN 1 THEN ' session)' ELSE ' sessions)' END" \
    " ELSE '' END, ', ') FROM (SELECT r.rolname, (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a"       \
    "  WHERE a.usename = r.rolname AND a.datname = pg_catalog.current_database()) AS n " from_where                    \
    "  AND r.rolcanlogin AND NOT r.rolsuper GROUP BY r.rolname ORDER BY 2 DESC, 1 LIMIT 5) found"

/* What the statement is about: its rights (acl) and owner. $1: the name. */
static const char table_sql[] = "SELECT c.relowner AS owner, coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner)) AS acl"
                                " FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1)";
static const char all_tables_sql[] = "SELECT c.relowner AS owner, coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner)) AS acl"
                                     " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                                     " WHERE pg_catalog.quote_ident(n.nspname) = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')";
static const char schema_sql[] = "SELECT n.nspowner AS owner, coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)) AS acl"
                                 " FROM pg_catalog.pg_namespace n WHERE pg_catalog.quote_ident(n.nspname) = $1";

/* Those who hold a right ($3, '' = any) through the grantee ($2, '' = PUBLIC) and through nobody else. */
#define HELD "(a.grantee = 0 OR pg_catalog.pg_has_role(r.oid, a.grantee, 'USAGE'))"
static const char losers_sql[] = ROLES(
    "FROM pg_catalog.pg_roles r, thing t, pg_catalog.aclexplode(t.acl) a"
    " WHERE NOT pg_catalog.pg_has_role(r.oid, t.owner, 'USAGE') AND ($3 = '' OR a.privilege_type = $3) AND " HELD
    " AND a.grantee = CASE $2 WHEN '' THEN 0 ELSE (SELECT g.oid FROM pg_catalog.pg_roles g WHERE g.rolname = $2) END"
    " AND NOT EXISTS (SELECT 1 FROM pg_catalog.aclexplode(t.acl) o WHERE o.privilege_type = a.privilege_type"
    "  AND o.grantee <> a.grantee AND (o.grantee = 0 OR pg_catalog.pg_has_role(r.oid, o.grantee, 'USAGE')))");

/* The owner, where the new one ($2) does not act for it. */
static const char owner_sql[] =
    ROLES("FROM pg_catalog.pg_roles r, pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1) AND r.oid = c.relowner"
          " AND r.rolname <> $2 AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles g WHERE g.rolname = $2"
          "  AND pg_catalog.pg_has_role(r.oid, g.oid, 'USAGE'))");

/* Members that lose what the role $1 may do: $2 and who acts for it. */
static const char members_sql[] =
    ROLES("FROM pg_catalog.pg_roles r JOIN pg_catalog.pg_roles m ON pg_catalog.pg_has_role(r.oid, m.oid, 'USAGE')"
          " JOIN pg_catalog.pg_auth_members am ON am.member = m.oid JOIN pg_catalog.pg_roles g ON g.oid = am.roleid"
          " WHERE g.rolname = $1 AND m.rolname = $2");

/* Those who use the table and are bound by its policies; $2: row level security as it is now, $3: are there policies? */
static const char bound_sql[] =
    ROLES("FROM pg_catalog.pg_roles r, pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1)"
          " AND c.relrowsecurity = ($2 = 't') AND NOT r.rolbypassrls AND NOT pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE')"
          " AND pg_catalog.has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE')"
          " AND EXISTS (SELECT 1 FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid) = ($3 = 't')");

static const char *asked(keel_lint *lint, const char *sql, int count, const char *const *params)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = keel_lint_probe(lint, sql, count, params, NULL);

    return r != NULL && keel_pg_rows(r) == 1 ? keel_arena_strdup(keel_lint_arena(lint), keel_pg_text(r, 0, 0)) : NULL;
}

/* A later statement of this kind, in the same transaction. */
static const keel_lint_statement *follows(const keel_lint *lint, const keel_lint_statement *s, const char *kind)
{
    const keel_lint_script *script = keel_lint_whole(lint);
    const keel_lint_statement *after = s + 1;

    while (after < script->items + script->count && after->transaction == s->transaction && !keel_sql_kind_is(after->node, kind))
        after++;
    return after < script->items + script->count && after->transaction == s->transaction ? after : NULL;
}

/* Does the transaction go on to grant something to this role? */
static bool is_given_back(const keel_lint *lint, const keel_lint_statement *s, const char *kind, const char *list, const char *role)
{
    while ((s = follows(lint, s, kind)) != NULL) {
        const keel_sql_node *roles = NULL;
        size_t count = keel_sql_list(s->node, list, &roles);
        for (size_t i = 0; keel_sql_true(s->node, "is_grant") && i < count; i++)
            if (keel_streq(keel_sql_text_of(&roles[i], "rolename"), role))
                return true;
    }
    return false;
}

typedef struct taking {
    const char *object, *grantee; /* "" = PUBLIC */
    const char *source;           /* table_sql ... */
} taking;

static void judge_right(keel_lint *lint, const keel_lint_statement *s, const taking *t, const char *right)
{
    const char *params[] = {t->object, t->grantee, right};
    const char *roles = asked(lint, keel_arena_printf(keel_lint_arena(lint), "WITH thing AS (%s) %s", t->source, losers_sql), 3, params);

    if (roles != NULL)
        keel_lint_found(lint, s, NULL, KEEL_WARNING, t->object, "First see that none of them needs it.", "%s lost by %s",
                        *right != '\0' ? keel_arena_printf(keel_lint_arena(lint), "the right to %s is", right) : "every right is", roles);
}

static void judge_taking(keel_lint *lint, const keel_lint_statement *s, const taking *t)
{
    const keel_sql_node *rights = NULL;
    size_t count = keel_sql_list(s->node, "privileges", &rights);

    for (size_t i = 0; i < count; i++) {
        char *right = keel_arena_strdup(keel_lint_arena(lint), keel_sql_text_of(&rights[i], "priv_name"));
        for (char *c = right; *c != '\0'; c++)
            *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
        if (keel_sql_get(&rights[i], "cols") == NULL)
            judge_right(lint, s, t, right);
    }
    if (count == 0)
        judge_right(lint, s, t, "");
}

static const char *object_of(keel_lint *lint, const keel_sql_node *object)
{
    const char *schema = keel_sql_text_of(object, "schemaname"), *name = keel_sql_text_of(object, "relname");

    if (*name == '\0')
        return keel_lint_name(lint, keel_sql_text_of(object, "sval"));
    return *schema != '\0' ? keel_arena_printf(keel_lint_arena(lint), "%s.%s", keel_lint_name(lint, schema), keel_lint_name(lint, name))
                           : keel_lint_name(lint, name);
}

static void judge_revoke(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *objects = NULL, *grantees = NULL;
    size_t count = keel_sql_list(s->node, "objects", &objects), roles = keel_sql_list(s->node, "grantees", &grantees);
    bool all = keel_streq(keel_sql_text_of(s->node, "targtype"), "ACL_TARGET_ALL_IN_SCHEMA");
    bool tables = keel_streq(keel_sql_text_of(s->node, "objtype"), "OBJECT_TABLE");
    bool schemas = keel_streq(keel_sql_text_of(s->node, "objtype"), "OBJECT_SCHEMA");

    if (keel_sql_true(s->node, "is_grant") || keel_sql_true(s->node, "grant_option") || !(tables || schemas) ||
        keel_streq(keel_sql_text_of(s->node, "targtype"), "ACL_TARGET_DEFAULTS"))
        return;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < roles; k++) {
            const char *role = keel_sql_text_of(&grantees[k], "rolename");
            taking t = {object_of(lint, &objects[i]), role, schemas ? schema_sql : all ? all_tables_sql : table_sql};
            if (!is_given_back(lint, s, "GrantStmt", "grantees", role))
                judge_taking(lint, s, &t);
        }
}

static void judge_membership(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *granted = NULL, *members = NULL;
    size_t count = keel_sql_list(s->node, "granted_roles", &granted), size = keel_sql_list(s->node, "grantee_roles", &members);

    for (size_t i = 0; !keel_sql_true(s->node, "is_grant") && !keel_sql_true(s->node, "admin_opt") && i < count; i++)
        for (size_t k = 0; k < size; k++) {
            const char *params[] = {keel_sql_text_of(&granted[i], "priv_name"), keel_sql_text_of(&members[k], "rolename")};
            const char *roles = is_given_back(lint, s, "GrantRoleStmt", "grantee_roles", params[1])
                                    ? NULL
                                    : asked(lint, members_sql, 2, params);
            if (roles != NULL)
                keel_lint_found(lint, s, NULL, KEEL_WARNING, params[0], "First see that none of them needs it.",
                                "what \"%s\" may do is lost by %s", params[0], roles);
        }
}

static void judge_owner(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *command)
{
    const char *params[] = {keel_lint_relation(lint, s->node, "relation"),
                            keel_sql_text_of(keel_sql_get(command, "newowner"), "rolename")};
    const char *role = asked(lint, owner_sql, 2, params);

    if (role != NULL && follows(lint, s, "GrantStmt") == NULL)
        keel_lint_says(lint, s, command, KEEL_WARNING, "GRANT it what it needs in the same step.",
                       "what only an owner may do, and all that is not granted, is lost by %s", role);
}

static void judge_policies(keel_lint *lint, const keel_lint_statement *s, bool enables)
{
    const char *params[] = {keel_lint_relation(lint, s->node, "relation"), enables ? "f" : "t", enables ? "f" : "t"};
    size_t at = 0;
    const keel_sql_node *command = keel_lint_command(s, enables ? "AT_EnableRowSecurity" : "AT_DisableRowSecurity", &at);
    bool prepared = keel_lint_earlier(lint, s, "CreatePolicyStmt", true) != NULL || follows(lint, s, "CreatePolicyStmt") != NULL;
    const char *roles = command != NULL && !(enables && prepared) ? asked(lint, bound_sql, 3, params) : NULL;

    if (roles != NULL)
        keel_lint_says(lint, s, command, KEEL_WARNING,
                       enables ? "CREATE POLICY in the same step." : "See that every row may be seen by all of them.",
                       enables ? "there is no policy: no row is seen by %s" : "rows that policies kept from them are seen by %s", roles);
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *command;

    if (keel_sql_kind_is(s->node, "GrantStmt"))
        judge_revoke(lint, s);
    else if (keel_sql_kind_is(s->node, "GrantRoleStmt"))
        judge_membership(lint, s);
    for (size_t at = 0; (command = keel_lint_command(s, "AT_ChangeOwner", &at)) != NULL;)
        judge_owner(lint, s, command);
    judge_policies(lint, s, true);
    judge_policies(lint, s, false);
}

static const char *const kinds[] = {"GrantStmt", "GrantRoleStmt", "AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l084 = {
    .id = "L084",
    .name = "roles-lose-rights",
    .severity = KEEL_WARNING,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "ACCESS EXCLUSIVE for an owner or row level security, for a moment; none for REVOKE",
    .help = "By the rights as they are: which roles that can log in lose what a REVOKE (of tables, schemas or membership) takes, and have it "
            "from nobody else; the owner that a table had; who sees no row once row level security is enabled without a policy, or "
            "sees all once it is disabled. Roles with sessions at this moment are named first. A transaction that grants to the same "
            "role afterwards is left alone, as are rights to single columns, functions and sequences.",
    .setup = "DO $$ BEGIN CREATE ROLE pgkeel_example_app LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;"
             " CREATE TABLE t (id int PRIMARY KEY, a int); GRANT SELECT ON t TO pgkeel_example_app;",
    .bad = "REVOKE SELECT ON t FROM pgkeel_example_app;",
    .good = "REVOKE INSERT ON t FROM pgkeel_example_app;",
    .kinds = kinds,
    .judge = judge,
};
