#include "base/str.h"
#include "lint/rule.h"

/* What the server says of an extension. */
typedef struct extension {
    bool available, installed, there, allowed, reachable; /* there: files of the wanted version are */
    const char *version;                                  /* that is wanted */
} extension;

static const char *wanted_version(const keel_lint_statement *s)
{
    const keel_sql_node *options = NULL;
    size_t count = keel_sql_list(s->node, "options", &options);

    for (size_t i = 0; i < count; i++)
        if (keel_streq(keel_sql_text_of(&options[i], "defname"), "new_version"))
            return keel_sql_text_of(keel_sql_get(&options[i], "arg"), "sval");
    return "";
}

/* False: it could not be asked. Extensions that are not superusers' alone ("trusted") are of version 13 and later. */
static bool look(keel_lint *lint, const char *name, const char *version, extension *ret_extension)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    const char *params[] = {name, version};
    const char *trusted = keel_lint_server_version(lint) < 130000 ? "false" : "v.trusted";
    const char *sql = keel_arena_printf(
        keel_lint_arena(lint),
        "SELECT e.installed_version IS NOT NULL, w.version, v.version IS NOT NULL, NOT v.superuser OR r.rolsuper"
        "  OR %s AND pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),"
        " e.installed_version = w.version OR EXISTS (SELECT 1 FROM pg_catalog.pg_extension_update_paths(e.name) p"
        "  WHERE p.source = e.installed_version AND p.target = w.version AND p.path IS NOT NULL)"
        " FROM pg_catalog.pg_available_extensions e"
        " CROSS JOIN LATERAL (SELECT coalesce(nullif($2, ''), e.default_version) AS version) w"
        " LEFT JOIN pg_catalog.pg_available_extension_versions v ON v.name = e.name AND v.version = w.version"
        " JOIN pg_catalog.pg_roles r ON r.rolname = current_user WHERE e.name = $1", trusted);
    keel_error ignored = {0};

    if (!keel_pg_query(keel_world_pg(keel_lint_world(lint)), &r, &ignored, sql, 2, params))
        return false;
    if (keel_pg_rows(r) == 0) {
        *ret_extension = (extension){0};
        return true;
    }
    *ret_extension = (extension){.available = true, .installed = keel_pg_bool(r, 0, 0), .there = keel_pg_bool(r, 0, 2),
                                 .allowed = keel_pg_bool(r, 0, 3), .reachable = keel_pg_bool(r, 0, 4),
                                 .version = keel_arena_strdup(keel_lint_arena(lint), keel_pg_text(r, 0, 1))};
    return true;
}

static void fails(keel_lint *lint, const keel_lint_statement *s, const char *name, const char *why, const char *remedy)
{
    keel_lint_found(lint, s, NULL, KEEL_ERROR, name, remedy, "%s: the statement fails", why);
}

static void judge_create(keel_lint *lint, const keel_lint_statement *s, const char *name, const extension *e)
{
    if (e->installed && keel_sql_true(s->node, "if_not_exists"))
        return;
    if (e->installed)
        fails(lint, s, name, "it is installed already", "CREATE EXTENSION IF NOT EXISTS");
    else if (!e->available)
        fails(lint, s, name, "the server does not have its files", "Install its package on the server, and on every standby.");
    else if (!e->there)
        fails(lint, s, name, keel_arena_printf(keel_lint_arena(lint), "the server does not have version %s of it", e->version),
              "See pg_available_extension_versions for those that it has.");
    else if (!e->allowed)
        fails(lint, s, name, "this role may not install it", "Let a superuser install it, and write IF NOT EXISTS here.");
}

static void judge_update(keel_lint *lint, const keel_lint_statement *s, const char *name, const extension *e)
{
    if (!e->installed)
        fails(lint, s, name, "it is not installed", "CREATE EXTENSION comes first.");
    else if (!e->reachable)
        fails(lint, s, name, keel_arena_printf(keel_lint_arena(lint), "there is no way from its version to %s", e->version),
              "See pg_extension_update_paths for the ways that there are.");
}

/* By an earlier statement of the run. */
static bool made_before(const keel_lint *lint, const keel_lint_statement *s, const char *name)
{
    for (const keel_lint_statement *before = keel_lint_whole(lint)->items; before < s; before++)
        if (keel_sql_kind_is(before->node, "CreateExtensionStmt") && keel_streq(keel_sql_text_of(before->node, "extname"), name))
            return true;
    return false;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const char *name = keel_sql_text_of(s->node, "extname");
    extension e;

    if (made_before(lint, s, name) || !look(lint, name, wanted_version(s), &e))
        return;
    if (keel_sql_kind_is(s->node, "CreateExtensionStmt"))
        judge_create(lint, s, name, &e);
    else
        judge_update(lint, s, name, &e);
}

static const char *const kinds[] = {"CreateExtensionStmt", "AlterExtensionStmt", NULL};

const keel_lint_rule keel_lint_l115 = {
    .id = "L115",
    .name = "extension-not-to-be-had",
    .severity = KEEL_ERROR,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "none: it fails",
    .help = "An extension needs its files on the server, in the version asked for, and a role that may install it: a superuser, "
            "or for a trusted extension one with CREATE on the database. Asked of the server that --live names, as the role "
            "that it names.",
    .setup = "SELECT 1;",
    .bad = "CREATE EXTENSION no_such_extension;",
    .good = "CREATE EXTENSION IF NOT EXISTS plpgsql;",
    .kinds = kinds,
    .judge = judge,
};
