#include <string.h>

#include "sql/parse.h"
#include "verify/wording.h"

/* The text of constraints as the server deparses it: every operator application in its own parentheses. Columns:
 * schema, table or domain, is a domain, constraint, expression. A child's copy of an inherited CHECK is left out. */
static const char checks_sql[] =
    "SELECT n.nspname, c.relname, false, o.conname, pg_catalog.pg_get_expr(o.conbin, o.conrelid)"
    "  FROM pg_catalog.pg_constraint o JOIN pg_catalog.pg_class c ON c.oid = o.conrelid"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE o.contype = 'c' AND c.oid = ANY ($1::pg_catalog.oid[])"
    "   AND NOT (o.coninhcount > 0 AND EXISTS (SELECT FROM pg_catalog.pg_inherits h"
    "             WHERE h.inhrelid = c.oid AND h.inhparent = ANY ($1::pg_catalog.oid[])))"
    " UNION ALL "
    "SELECT n.nspname, t.typname, true, o.conname, pg_catalog.pg_get_expr(o.conbin, 0)"
    "  FROM pg_catalog.pg_constraint o JOIN pg_catalog.pg_type t ON t.oid = o.contypid"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
    " WHERE o.contype = 'c'"
    "   AND EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = ANY ($1::pg_catalog.oid[])"
    "                  AND a.atttypid = t.oid AND NOT a.attisdropped)"
    " ORDER BY 1, 2, 3, 4";

/* What a truth-valued expression may come to; more than is possible is allowed, less is not. */
enum { CAN_BE_TRUE = 1, CAN_BE_FALSE = 2, CAN_BE_NULL = 4, CAN_BE_ANY = 7 };

/* Operators of pg_catalog that give NULL whenever one side is NULL. */
static bool is_strict_operator(const char *name)
{
    static const char *const names[] = {"=", "<>", "<", ">", "<=", ">=", "~", "~*", "!~", "!~*",
                                        "~~", "~~*", "!~~", "!~~*", "@>", "<@", "&&"};

    for (size_t i = 0; i < KEEL_COUNT_OF(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static const keel_sql_node *without_casts(const keel_sql_node *node)
{
    while (keel_sql_kind_is(node, "TypeCast"))
        node = keel_sql_get(node, "arg");
    return node;
}

/* NULL itself, cast or not. */
static bool is_null(const keel_sql_node *node)
{
    const keel_sql_node *constant = without_casts(node);

    return keel_sql_kind_is(constant, "A_Const") && keel_sql_true(constant, "isnull");
}

/* A NULL among the elements of an array literal: a word without quotes, in any case. */
static bool literal_holds_null(const char *text)
{
    bool quoted = false;

    for (; *text != '\0'; text++) {
        if (*text == '\\' && text[1] != '\0')
            text++;
        else if (*text == '"')
            quoted = !quoted;
        else if (!quoted && (*text == '{' || *text == ',')) {
            const char *word = text + 1 + strspn(text + 1, " \t\n");
            if (strncasecmp(word, "null", 4) != 0)
                continue;
            const char *end = word + 4 + strspn(word + 4, " \t\n");
            if (*end == ',' || *end == '}')
                return true;
        }
    }
    return false;
}

static bool array_holds_null(const keel_sql_node *node)
{
    const keel_sql_node *array = without_casts(node);
    const keel_sql_node *elements;

    if (keel_sql_kind_is(array, "A_Const"))
        return literal_holds_null(keel_sql_text_of(keel_sql_get(array, "sval"), "sval"));
    if (!keel_sql_kind_is(array, "A_ArrayExpr"))
        return false;
    size_t count = keel_sql_list(array, "elements", &elements);
    for (size_t i = 0; i < count; i++)
        if (is_null(&elements[i]))
            return true;
    return false;
}

static int outcomes(const keel_sql_node *node);

/* Three-valued AND or OR over sets: `absorbing` decides alone, `neutral` never does. */
static int combine(int a, int b, int absorbing, int neutral)
{
    int result = (a | b) & absorbing;

    if ((a & neutral) && (b & neutral))
        result |= neutral;
    if (((a | b) & CAN_BE_NULL) && (a & (neutral | CAN_BE_NULL)) && (b & (neutral | CAN_BE_NULL)))
        result |= CAN_BE_NULL;
    return result;
}

static int bool_outcomes(const keel_sql_node *node)
{
    const char *kind = keel_sql_text_of(node, "boolop");
    const keel_sql_node *args;
    size_t count = keel_sql_list(node, "args", &args);

    if (count == 0)
        return CAN_BE_ANY;
    int result = outcomes(&args[0]);
    if (strcmp(kind, "NOT_EXPR") == 0)
        return (result & CAN_BE_NULL) | (result & CAN_BE_TRUE ? CAN_BE_FALSE : 0) |
               (result & CAN_BE_FALSE ? CAN_BE_TRUE : 0);
    bool conjunction = strcmp(kind, "AND_EXPR") == 0;
    for (size_t i = 1; i < count; i++)
        result = combine(result, outcomes(&args[i]), conjunction ? CAN_BE_FALSE : CAN_BE_TRUE,
                         conjunction ? CAN_BE_TRUE : CAN_BE_FALSE);
    return result;
}

static int operator_outcomes(const keel_sql_node *node)
{
    const char *kind = keel_sql_text_of(node, "kind");
    const keel_sql_node *name;
    bool plain = keel_sql_list(node, "name", &name) == 1; /* OPERATOR(schema.op) is somebody's own */

    if (!plain || !is_strict_operator(keel_sql_name_of(node, "name")))
        return CAN_BE_ANY;
    const keel_sql_node *left = keel_sql_get(node, "lexpr");
    const keel_sql_node *right = keel_sql_get(node, "rexpr");
    if (strcmp(kind, "AEXPR_OP") == 0 && left != NULL && (is_null(left) || is_null(right)))
        return CAN_BE_NULL;
    if (strcmp(kind, "AEXPR_OP_ANY") == 0)
        return is_null(left) || is_null(right) ? CAN_BE_NULL
               : array_holds_null(right)       ? CAN_BE_TRUE | CAN_BE_NULL
                                               : CAN_BE_ANY;
    if (strcmp(kind, "AEXPR_OP_ALL") == 0 && array_holds_null(right))
        return CAN_BE_FALSE | CAN_BE_NULL;
    return CAN_BE_ANY;
}

static int outcomes(const keel_sql_node *node)
{
    if (is_null(node))
        return CAN_BE_NULL;
    if (keel_sql_kind_is(node, "BoolExpr"))
        return bool_outcomes(node);
    if (keel_sql_kind_is(node, "A_Expr"))
        return operator_outcomes(node);
    if (keel_sql_kind_is(node, "A_Const") && keel_sql_get(node, "boolval") != NULL)
        return keel_sql_true(keel_sql_get(node, "boolval"), "boolval") ? CAN_BE_TRUE : CAN_BE_FALSE;
    if (keel_sql_kind_is(node, "NullTest"))
        return CAN_BE_TRUE | CAN_BE_FALSE;
    return CAN_BE_ANY;
}

/* A part that can never be false does as if it were not there, as long as only AND and OR stand above it: the CHECK
 * passes on NULL as on true. The first such part that names NULL, or NULL. */
static const keel_sql_node *idle_part(const keel_sql_node *node)
{
    const keel_sql_node *args;

    if ((outcomes(node) & (CAN_BE_FALSE | CAN_BE_NULL)) == CAN_BE_NULL && !keel_sql_kind_is(node, "BoolExpr"))
        return node;
    if (!keel_sql_kind_is(node, "BoolExpr") || strcmp(keel_sql_text_of(node, "boolop"), "NOT_EXPR") == 0)
        return NULL;
    size_t count = keel_sql_list(node, "args", &args);
    for (size_t i = 0; i < count; i++) {
        const keel_sql_node *found = idle_part(&args[i]);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static const keel_sql_node *parse_expression(keel_check_run *run, const char *expression)
{
    const keel_sql_node *select = NULL;
    const keel_sql_node *targets;
    keel_sql_complaint complaint;
    const char *sql = keel_arena_printf(run->arena, "SELECT %s", expression);

    if (!keel_sql_parse(run->arena, sql, strlen(sql), &select, &complaint) ||
        keel_sql_list(select, "targetList", &targets) != 1)
        return NULL;
    return keel_sql_get(&targets[0], "val");
}

static const char *remedy_for(keel_check_run *run, const keel_pg_result *rows, int row, bool list)
{
    const char *name = keel_word_cell(run, rows, row, 3);
    const char *owner = keel_word_sql(run, keel_pg_text(rows, row, 0), keel_pg_text(rows, row, 1));
    const char *kind = keel_pg_bool(rows, row, 2) ? "DOMAIN" : "TABLE";
    const char *quoted = keel_word_sql_list(run, &name, 1);
    const char *advice = list ? "the same list without NULL, which lets NULL pass all the same"
                              : "IS NULL or IS NOT NULL where a comparison with NULL stands";

    return keel_arena_printf(run->arena, "ALTER %s %s DROP CONSTRAINT %s; ALTER %s %s ADD CONSTRAINT %s CHECK (..) NOT "
                                         "VALID; ALTER %s %s VALIDATE CONSTRAINT %s; with %s",
                             kind, owner, quoted, kind, owner, quoted, kind, owner, quoted, advice);
}

static void judge(keel_check_run *run, const keel_pg_result *rows, int row, int64_t *unread)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    const char *expression = keel_pg_text(rows, row, 4);
    const keel_sql_node *root = expression != NULL ? parse_expression(run, expression) : NULL;
    const char *owner = keel_word_name(run, keel_pg_text(rows, row, 0), keel_pg_text(rows, row, 1));
    const char *name = keel_pg_text(rows, row, 3);
    keel_json json;

    *unread += root == NULL;
    const keel_sql_node *part = root != NULL ? idle_part(root) : NULL;
    if (part == NULL)
        return;
    bool whole = (outcomes(root) & CAN_BE_FALSE) == 0;
    bool list = strcmp(keel_sql_text_of(part, "kind"), "AEXPR_OP_ANY") == 0;
    keel_evidence_start(&json, &evidence);
    keel_json_kv_text(&json, "constraint", name);
    keel_json_kv_text(&json, "expression", expression);
    keel_check_found(run, keel_word_name(run, owner, name), keel_evidence_finish(&json),
                     remedy_for(run, rows, row, list), "%s \"%s\" of %s can never be false: %s, so any value passes",
                     whole ? "CHECK" : "a part of CHECK", name, owner,
                     list ? "a list with NULL in it gives NULL where no value matches"
                          : "a comparison with NULL gives NULL");
}

static bool run_check(keel_check_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    int64_t unread = 0;

    if (!keel_check_query(run, &rows, err, checks_sql))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++)
        judge(run, rows, row, &unread);
    keel_check_looked(run, keel_pg_rows(rows) - unread,
                      unread == 0 ? "CHECK constraints"
                                  : keel_arena_printf(run->arena, "CHECK constraints; %lld in newer syntax unread",
                                                      (long long)unread));
    return true;
}

const keel_check keel_check_schema_check_never_false = {
    .id = "schema.check_never_false",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_WARNING,
    .title = "every CHECK can be false",
    .help = "Looks for CHECK constraints of tables and domains that let everything pass because NULL stands in them: "
            "x IN ('a', 'b', NULL), x = ANY (ARRAY['a', NULL]), x = NULL, CHECK (NULL). A comparison that meets NULL gives "
            "NULL instead of false, and a CHECK refuses only false. The same is said of a part of a CHECK, joined by AND or "
            "OR to others. NULL between quotes is a word and not meant. Leave NULL out of the list: a NULL value passes a "
            "CHECK anyway; then validate, which finds the rows that slipped in.",
    .triggers = "CREATE TABLE lots (id int PRIMARY KEY,"
                "                   quality text CHECK (quality IN ('pass', 'fail', 'rework', NULL)));",
    .passes = "CREATE TABLE lots (id int PRIMARY KEY,"
              "                   quality text CHECK (quality IN ('pass', 'fail', 'rework', 'NULL')));",
    .run = run_check,
};
