#include "base/str.h"
#include "lint/rule.h"
#include "sql/token.h"

typedef struct sought {
    const char *name;
} sought;

static bool is_name(const keel_sql_node *node, void *context)
{
    const sought *s = context;

    return keel_streq(keel_sql_text_of(node, "sval"), s->name);
}

/* The run has dropped it, or made it, before: the live one is not the one that is replaced. */
static bool is_anew(const keel_lint *lint, const keel_lint_statement *s, const char *name)
{
    sought wanted = {name};

    for (const keel_lint_statement *before = keel_lint_whole(lint)->items; before < s; before++)
        if ((keel_sql_kind_is(before->node, "DropStmt") && keel_sql_walk(before->node, is_name, &wanted)) ||
            (before->class->object != NULL && keel_streq(before->class->object, name)) ||
            (keel_sql_kind_is(before->node, "CreateFunctionStmt") && keel_streq(keel_sql_name_of(before->node, "funcname"), name)))
            return true;
    return false;
}

/* A view. */

/* The query of CREATE VIEW: behind the first AS outside of parentheses, before WITH CHECK OPTION. */
static const char *query_of(keel_arena *arena, const keel_lint_statement *s)
{
    bool checks = strstr(keel_sql_text_of(s->node, "withCheckOption"), "CHECK_OPTION") != NULL &&
                  !keel_streq(keel_sql_text_of(s->node, "withCheckOption"), "NO_CHECK_OPTION");
    size_t from = 0, to = s->size;
    int depth = 0;

    for (size_t at = 0; at < s->size;) {
        keel_sql_token token = keel_sql_next(s->sql, s->size, at);
        at = token.start + token.size;
        depth += keel_sql_is_mark(s->sql, token, '(') - keel_sql_is_mark(s->sql, token, ')');
        if (from == 0 && depth == 0 && keel_sql_is_word(s->sql, token, "as"))
            from = at;
        else if (from > 0 && checks && depth == 0 && keel_sql_is_word(s->sql, token, "with"))
            to = token.start;
    }
    return keel_arena_strndup(arena, s->sql + from, to - from);
}

static void add_new_view(keel_lint *lint, const keel_lint_statement *s, keel_str *sql)
{
    const keel_sql_node *aliases = NULL;
    size_t count = keel_sql_list(s->node, "aliases", &aliases);

    keel_str_addf(sql, "SELECT * FROM (%s\n) AS q", query_of(keel_lint_arena(lint), s));
    for (size_t i = 0; i < count; i++) {
        keel_str_add(sql, i == 0 ? " (" : ", ");
        keel_pg_add_identifier(sql, keel_sql_text_of(&aliases[i], "sval"));
    }
    keel_str_add(sql, count > 0 ? ") LIMIT 0" : " LIMIT 0");
}

static void add_old_view(const keel_lint_statement *s, keel_str *sql)
{
    const keel_sql_node *view = keel_sql_get(s->node, "view");
    const char *schema = keel_sql_text_of(view, "schemaname");

    keel_str_add(sql, "SELECT * FROM ");
    if (*schema != '\0')
        keel_pg_add_qualified(sql, schema, keel_sql_text_of(view, "relname"));
    else
        keel_pg_add_identifier(sql, keel_sql_text_of(view, "relname"));
    keel_str_add(sql, " LIMIT 0");
}

/* Why PostgreSQL would not replace the one by the other, or NULL. */
static const char *refused(keel_arena *arena, const keel_pg_result *was, const keel_pg_result *becomes)
{
    for (int i = 0; i < keel_pg_columns(was); i++) {
        const char *name = keel_pg_column_name(was, i);
        int modifier = -1, new_modifier = -1;
        if (i >= keel_pg_columns(becomes))
            return keel_arena_printf(arena, "the view's column \"%s\" cannot be dropped", name);
        if (!keel_streq(name, keel_pg_column_name(becomes, i)))
            return keel_arena_printf(arena, "the view's column \"%s\" cannot become \"%s\"", name, keel_pg_column_name(becomes, i));
        if (keel_pg_column_type(was, i, &modifier) != keel_pg_column_type(becomes, i, &new_modifier) || modifier != new_modifier)
            return keel_arena_printf(arena, "the type of the view's column \"%s\" cannot change", name);
    }
    return NULL;
}

static void judge_view(keel_lint *lint, const keel_lint_statement *s)
{
    KEEL_CLEANUP(keel_str_free) keel_str old_sql = {0}, new_sql = {0};

    if (is_anew(lint, s, keel_sql_text_of(keel_sql_get(s->node, "view"), "relname")))
        return;
    add_old_view(s, &old_sql);
    add_new_view(lint, s, &new_sql);
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *was = keel_lint_probe(lint, keel_str_text(&old_sql), 0, NULL, NULL);
    if (was == NULL)
        return;
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *becomes = keel_lint_probe(lint, keel_str_text(&new_sql), 0, NULL, NULL);
    const char *why = becomes != NULL ? refused(keel_lint_arena(lint), was, becomes) : NULL;
    if (why != NULL)
        keel_lint_found(lint, s, NULL, KEEL_ERROR, keel_lint_relation(lint, s->node, "view"),
                        "Add columns behind the last one; or DROP VIEW and CREATE VIEW in one step, when clients are ready.",
                        "%s by CREATE OR REPLACE: it will fail", why);
}

/* A function. */

/* The parameters of these modes, as an array of texts: their types, names, or both. */
enum { TYPES = 1, NAMES = 2 };

static bool mode_is(const keel_sql_node *parameter, bool output)
{
    const char *mode = keel_sql_text_of(parameter, "mode");
    bool both = keel_streq(mode, "FUNC_PARAM_INOUT");
    bool out = keel_streq(mode, "FUNC_PARAM_OUT") || keel_streq(mode, "FUNC_PARAM_TABLE");

    return both || out == output;
}

/* For to_regtype; "" if only the server can know (table.column%TYPE). */
static const char *type_name(keel_arena *arena, const keel_sql_node *type)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    const char *schema = keel_sql_schema_of(type, "names");
    const keel_sql_node *bounds = NULL;

    if (type == NULL || keel_sql_true(type, "pct_type"))
        return "";
    if (*schema != '\0')
        keel_pg_add_qualified(&text, schema, keel_sql_name_of(type, "names"));
    else
        keel_pg_add_identifier(&text, keel_sql_name_of(type, "names"));
    keel_str_add(&text, keel_sql_list(type, "arrayBounds", &bounds) > 0 ? "[]" : "");
    return keel_arena_strdup(arena, keel_str_text(&text));
}

static void add_array(keel_lint *lint, const keel_lint_statement *s, bool output, int what, keel_str *sql)
{
    const keel_sql_node *parameters = NULL;
    size_t count = keel_sql_list(s->node, "parameters", &parameters), seen = 0;

    keel_str_add(sql, "ARRAY[");
    for (size_t i = 0; i < count; i++) {
        if (!mode_is(&parameters[i], output))
            continue;
        keel_str_add(sql, seen++ > 0 ? ", " : "");
        keel_pg_add_literal(sql, what == TYPES ? type_name(keel_lint_arena(lint), keel_sql_get(&parameters[i], "argType"))
                                               : keel_sql_text_of(&parameters[i], "name"));
    }
    keel_str_add(sql, "]::text[]");
}

/* What stands behind the statement's parameters: the functions of that name, whether each has the same parameters, and then
 * why PostgreSQL would not replace it. A type that is not there yet (NULL) makes everything unknown. */
static const char compare_sql[] =
    ", types AS (SELECT in_names, setof,"
    " (SELECT pg_catalog.string_agg(coalesce(pg_catalog.to_regtype(t)::oid::text, '?'), ' ' ORDER BY o)"
    "  FROM pg_catalog.unnest(in_types) WITH ORDINALITY u (t, o)) AS ins,"
    " (SELECT pg_catalog.string_agg(n || ' ' || coalesce(pg_catalog.to_regtype(t)::oid::text, '?'), ',' ORDER BY o)"
    "  FROM ROWS FROM (pg_catalog.unnest(out_types), pg_catalog.unnest(out_names)) WITH ORDINALITY u (t, n, o)) AS outs,"
    " pg_catalog.to_regtype(returns)::oid AS returns FROM given),"
    " functions AS (SELECT p.*, p.oid::regprocedure::text AS signature,"
    "  (SELECT pg_catalog.string_agg(t::text, ' ' ORDER BY o) FROM pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY u (t, o)) AS ins,"
    "  (SELECT pg_catalog.string_agg(coalesce(n, '') || ' ' || t::text, ',' ORDER BY o) FILTER (WHERE m IN ('o', 'b', 't'))"
    "   FROM ROWS FROM (pg_catalog.unnest(p.proallargtypes), pg_catalog.unnest(p.proargmodes), pg_catalog.unnest(p.proargnames))"
    "   WITH ORDINALITY u (t, m, n, o)) AS outs,"
    "  ARRAY(SELECT coalesce(n, '') FROM ROWS FROM (pg_catalog.unnest(p.proargnames), pg_catalog.unnest(p.proargmodes))"
    "   WITH ORDINALITY u (n, m, o) WHERE coalesce(m, 'i') IN ('i', 'b', 'v') ORDER BY o) AS in_names"
    "  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace s ON s.oid = p.pronamespace WHERE p.proname = $1 AND p.prokind = 'f'"
    "   AND s.nspname = CASE $2 WHEN '' THEN pg_catalog.current_schema() ELSE $2 END)"
    " SELECT f.signature, f.ins IS NOT DISTINCT FROM t.ins,"
    " CASE WHEN f.prorettype <> t.returns OR f.proretset <> t.setof"
    "   THEN 'its result, ' || pg_catalog.pg_get_function_result(f.oid) || ', cannot change'"
    "  WHEN f.prorettype = 'record'::regtype AND f.outs IS DISTINCT FROM t.outs"
    "   THEN 'its result, ' || pg_catalog.pg_get_function_result(f.oid) || ', cannot change'"
    "  WHEN EXISTS (SELECT 1 FROM ROWS FROM (pg_catalog.unnest(f.in_names), pg_catalog.unnest(t.in_names)) u (was, becomes)"
    "   WHERE was <> '' AND was IS DISTINCT FROM becomes) THEN 'the name of a parameter cannot change' END"
    " FROM functions f, types t WHERE t.returns IS NOT NULL AND coalesce(t.ins || t.outs, t.ins, t.outs, '') !~ '\\?'"
    " ORDER BY 2 DESC, 1 LIMIT 20";

static void add_returns(keel_lint *lint, const keel_lint_statement *s, keel_str *sql)
{
    const keel_sql_node *returns = keel_sql_get(s->node, "returnType"), *parameters = NULL, *last = NULL;
    size_t count = keel_sql_list(s->node, "parameters", &parameters), outs = 0;

    for (size_t i = 0; i < count; i++)
        if (mode_is(&parameters[i], true)) {
            last = keel_sql_get(&parameters[i], "argType");
            outs++;
        }
    keel_pg_add_literal(sql, returns == NULL && outs > 1 ? "record"
                                                         : type_name(keel_lint_arena(lint), returns != NULL ? returns : last));
    keel_str_addf(sql, "::text AS returns, %s AS setof)", keel_sql_true(returns, "setof") ? "true" : "false");
}

static void judge_function(keel_lint *lint, const keel_lint_statement *s)
{
    const char *name = keel_sql_name_of(s->node, "funcname");
    const char *params[] = {name, keel_sql_schema_of(s->node, "funcname")};
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    if (keel_sql_true(s->node, "is_procedure") || is_anew(lint, s, name))
        return;
    keel_str_add(&sql, "WITH given AS (SELECT ");
    add_array(lint, s, false, TYPES, &sql);
    keel_str_add(&sql, " AS in_types, ");
    add_array(lint, s, false, NAMES, &sql);
    keel_str_add(&sql, " AS in_names, ");
    add_array(lint, s, true, TYPES, &sql);
    keel_str_add(&sql, " AS out_types, ");
    add_array(lint, s, true, NAMES, &sql);
    keel_str_add(&sql, " AS out_names, ");
    add_returns(lint, s, &sql);
    keel_str_add(&sql, compare_sql);
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = keel_lint_probe(lint, keel_str_text(&sql), 2, params, NULL);
    if (r == NULL || keel_pg_rows(r) == 0)
        return;
    if (!keel_pg_bool(r, 0, 1))
        keel_lint_found(lint, s, NULL, KEEL_INFO, name,
                        keel_arena_printf(keel_lint_arena(lint),
                                          "DROP FUNCTION %s; in the same step, if it is the one meant.", keel_pg_text(r, 0, 0)),
                        "nothing is replaced: %s has other parameters and stays beside it", keel_pg_text(r, 0, 0));
    else if (!keel_pg_is_null(r, 0, 2))
        keel_lint_found(lint, s, NULL, KEEL_ERROR, name,
                        keel_arena_printf(keel_lint_arena(lint),
                                          "DROP FUNCTION %s; in the same step, when clients are ready.", keel_pg_text(r, 0, 0)),
                        "%s by CREATE OR REPLACE: it will fail", keel_pg_text(r, 0, 2));
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    if (!keel_sql_true(s->node, "replace"))
        return;
    if (keel_sql_kind_is(s->node, "ViewStmt"))
        judge_view(lint, s);
    else
        judge_function(lint, s);
}

static const char *const kinds[] = {"ViewStmt", "CreateFunctionStmt", NULL};

const keel_lint_rule keel_lint_l080 = {
    .id = "L080",
    .name = "replace-signature",
    .severity = KEEL_ERROR,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "none: it fails",
    .help = "CREATE OR REPLACE VIEW adds columns behind the last one, and can neither drop, rename nor retype one; CREATE OR REPLACE "
            "FUNCTION can change neither the result nor the names of parameters. The migration fails, and clients would have broken. "
            "With other types of parameters nothing is replaced: a second function stands beside the first, which is an INFO. The live "
            "view and the new query are compared by what they would return, without running them.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE VIEW w AS SELECT id, a FROM t;",
    .bad = "CREATE OR REPLACE VIEW w AS SELECT id FROM t;",
    .good = "CREATE OR REPLACE VIEW w AS SELECT id, a, v FROM t;",
    .kinds = kinds,
    .judge = judge,
};
