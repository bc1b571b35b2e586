/* Which targets there are: a list or a query becomes names, a name becomes a target. */
#include "base/map.h"
#include "migrate/fan_out.h"

typedef struct finder {
    keel_arena *arena;
    const keel_fan_out_choice *choice;
    bool schemas;
    const char *option; /* as it is called, for messages */
    keel_map *seen;     /* what each target is, whatever it is called */
    keel_targets targets;
} finder;

static bool is_url(const char *text)
{
    return strncmp(text, "postgresql://", 13) == 0 || strncmp(text, "postgres://", 11) == 0;
}

static bool is_reserved(const finder *f, const char *name, keel_error *err)
{
    static const char *const templates[] = {"template0", "template1"};
    static const char *const own[] = {"information_schema", "pgkeel"};
    const char *const *names = f->schemas ? own : templates;
    bool taken = f->schemas && strncmp(name, "pg_", 3) == 0;

    for (size_t i = 0; i < 2; i++)
        taken = taken || keel_streq(name, names[i]);
    if (!taken)
        return false;
    keel_fail(err, KEEL_ERR_USAGE, "\"%s\" is no %s to migrate", name,
              f->schemas ? "schema" : "database");
    keel_fail_hint(
        err, f->schemas
                 ? "It belongs to the system: leave it out."
                 : "New databases are copied from it: leave it out (WHERE NOT datistemplate).");
    return true;
}

/* The conninfo and the name of a database; `key` tells two names of one database apart from two
 * databases. */
static bool
find_database(finder *f, const char *given, keel_target *target, keel_str *key, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str conninfo = {0};
    bool url = is_url(given);

    if (!url && f->choice->conninfo == NULL) {
        keel_fail(err, KEEL_ERR_USAGE, "\"%s\" is a database of no known server", given);
        return keel_fail_hint(err, "Name the server with --db, or write each database as a URL.");
    }
    if (url)
        keel_str_add(&conninfo, given);
    else if (is_reserved(f, given, err) ||
             !keel_pg_conninfo_database(f->choice->conninfo, given, &conninfo, err))
        return false;
    if (!keel_pg_conninfo_target(keel_str_text(&conninfo), key, err))
        return false;
    target->conninfo = keel_arena_strdup(f->arena, keel_str_text(&conninfo));
    target->name = keel_arena_strdup(f->arena, url ? keel_str_text(key) : given);
    return true;
}

static bool
find_schema(finder *f, const char *given, keel_target *target, keel_str *key, keel_error *err)
{
    if (is_reserved(f, given, err))
        return false;
    keel_str_add(key, given);
    target->name = target->space = keel_arena_strdup(f->arena, given);
    target->conninfo = f->choice->conninfo;
    return true;
}

static bool add(finder *f, const char *given, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str key = {0};
    keel_target target = {.space = ""};

    if (given == NULL || *given == '\0')
        return keel_fail(err, KEEL_ERR_USAGE, "%s: an empty name", f->option);
    if (f->targets.count == KEEL_FAN_OUT_MOST_TARGETS)
        return keel_fail(err, KEEL_ERR_USAGE, "%s: more than %d targets", f->option,
                         KEEL_FAN_OUT_MOST_TARGETS);
    if (!(f->schemas ? find_schema(f, given, &target, &key, err)
                     : find_database(f, given, &target, &key, err)))
        return false;
    if (keel_map_get(f->seen, keel_str_text(&key)) != NULL) {
        keel_fail(err, KEEL_ERR_USAGE, "%s: \"%s\" is there twice", f->option, target.name);
        return keel_fail_hint(err, "Name each target once (in a query: SELECT DISTINCT).");
    }
    keel_map_put(f->seen, keel_str_text(&key), f);
    keel_arena_push(f->arena, &f->targets, target);
    return true;
}

/* Behind the opening quote; a doubled one stands for itself. NULL: it has no end. */
static const char *quoted_name(const char *at, keel_str *out)
{
    for (; *at != '\0'; at++) {
        if (*at == '"' && *++at != '"')
            return at;
        keel_str_addc(out, *at);
    }
    return NULL;
}

/* The hosts of a URL may have commas between them. */
static const char *plain_name(const char *at, keel_str *out)
{
    size_t host = is_url(at) ? (size_t)(strstr(at, "//") + 2 - at) : 0;
    size_t size = host > 0 ? host + strcspn(at + host, "/?") : 0;

    size += strcspn(at + size, ",");
    const char *end = at + size;
    while (size > 0 && at[size - 1] == ' ')
        size--;
    keel_str_addn(out, at, size);
    return end;
}

static bool read_list(finder *f, const char *list, keel_error *err)
{
    for (const char *at = list;; at++) {
        KEEL_CLEANUP(keel_str_free) keel_str name = {0};
        at += strspn(at, " ");
        bool quoted = *at == '"';
        const char *end = quoted ? quoted_name(at + 1, &name) : plain_name(at, &name);
        if (end == NULL)
            return keel_fail(err, KEEL_ERR_USAGE, "%s: a double quote without its end", f->option);
        end += strspn(end, " ");
        if (*end != '\0' && *end != ',')
            return keel_fail(err, KEEL_ERR_USAGE, "%s: a comma is missing behind \"%s\"", f->option,
                             keel_str_text(&name));
        if (!add(f, keel_str_text(&name), err))
            return false;
        if (*end == '\0')
            return true;
        at = end;
    }
}

static bool read_query(finder *f, keel_pg *pg, const char *sql, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;

    if (!keel_pg_exec(pg, err, "SET default_transaction_read_only = on") ||
        !keel_pg_query(pg, &r, err, sql, 0, NULL))
        return keel_fail_context(err, "%s", f->option);
    if (keel_pg_columns(r) == 0 || keel_pg_rows(r) == 0) {
        keel_fail(err, KEEL_ERR_USAGE, "%s: the query gives no row", f->option);
        return keel_fail_hint(
            err, "Nothing was migrated. Its first column has to give one name per row.");
    }
    for (int row = 0; row < keel_pg_rows(r); row++)
        if (!add(f, keel_pg_text(r, row, 0), err))
            return false;
    return true;
}

/* A search_path that leads nowhere is no error to the server, but every statement behind it would
 * be. */
static bool schemas_exist(const finder *f, keel_pg *pg, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_str_free) keel_str missing = {0};

    keel_str_add(
        &sql, "SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n.name), ', ') FROM (VALUES ");
    for (size_t i = 0; i < f->targets.count; i++) {
        keel_str_add(&sql, i > 0 ? ", (" : "(");
        keel_pg_add_literal(&sql, f->targets.items[i].space);
        keel_str_addc(&sql, ')');
    }
    keel_str_add(&sql, ") n(name) WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_namespace s WHERE "
                       "s.nspname = n.name)");
    if (!keel_pg_query_value(pg, &missing, NULL, err, keel_str_text(&sql), 0, NULL))
        return keel_fail_context(err, "look for the schemas");
    if (missing.size == 0)
        return true;
    keel_fail(err, KEEL_ERR_USAGE, "%s: there is no schema %s", f->option, keel_str_text(&missing));
    return keel_fail_hint(err, "Names are taken as they are written, capital letters too; create a "
                               "schema before it is migrated.");
}

static bool one_choice(finder *f, const char **ret_list, const char **ret_query, keel_error *err)
{
    const keel_fan_out_choice *c = f->choice;
    const char *const given[] = {c->databases, c->databases_from, c->schemas, c->schemas_from};
    static const char *const names[] = {"--databases", "--databases-from", "--schemas",
                                        "--schemas-from"};
    const char *list = NULL, *query = NULL;

    for (size_t i = 0; i < KEEL_COUNT_OF(given); i++) {
        if (given[i] == NULL)
            continue;
        if (f->option != NULL)
            return keel_fail(err, KEEL_ERR_USAGE, "%s and %s do not go together", f->option,
                             names[i]);
        f->option = names[i];
        f->schemas = i >= 2;
        *(i % 2 == 0 ? &list : &query) = given[i];
    }
    if (f->option == NULL)
        return keel_fail(err, KEEL_ERR_USAGE, "no target is named");
    *ret_list = list;
    *ret_query = query;
    return true;
}

bool keel_fan_out_find(keel_arena *arena,
                       const keel_fan_out_choice *choice,
                       keel_targets *ret_targets,
                       keel_error *err)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *seen = keel_map_create();
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    finder f = {.arena = arena, .choice = choice, .seen = seen};
    const char *list = NULL, *query = NULL;

    if (!one_choice(&f, &list, &query, err) || (list != NULL && !read_list(&f, list, err)))
        return false;
    if ((query != NULL || f.schemas) && choice->conninfo == NULL)
        return keel_fail(err, KEEL_ERR_USAGE, "%s wants a database: --db", f.option);
    if ((query != NULL || f.schemas) &&
        !keel_pg_open(choice->conninfo, "migrate targets", &pg, err))
        return false;
    if ((query != NULL && !read_query(&f, pg, query, err)) ||
        (f.schemas && !schemas_exist(&f, pg, err)))
        return false;
    *ret_targets = f.targets;
    return true;
}
