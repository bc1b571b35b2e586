#include "verify/expression.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_in.h"
#include "verify/attempt.h"

/* The end of a quoted piece that starts at `at`: behind the closing quote. */
static const char *behind_quote(const char *at)
{
    const char quote = *at;

    for (at++; *at != '\0'; at++)
        if (*at == quote && *++at != quote)
            return at;
    return at;
}

/* The members of an array literal: {a,"b c",d}; a quote in it may be escaped by a backslash. */
static const char *behind_member(const char *at, const char *end)
{
    bool quoted = false;

    for (; at < end && (quoted || *at != ','); at++) {
        if (*at == '\\' && at + 1 < end)
            at++;
        else if (*at == '"')
            quoted = !quoted;
    }
    return at;
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Appends the members between at and end in the order of their text; the same member twice is there once. */
static void add_sorted(keel_arena *arena, keel_str *out, const char *at, const char *end)
{
    struct {
        const char **items;
        size_t count, capacity;
    } members = {0};

    for (const char *next = at; next <= end; next++) {
        const char *start = next;
        next = behind_member(start, end);
        const char *member = keel_arena_strndup(arena, start, (size_t)(next - start));
        keel_arena_push(arena, &members, member);
    }
    qsort(members.items, members.count, sizeof *members.items, by_text);
    for (size_t i = 0; i < members.count; i++)
        if (i == 0 || strcmp(members.items[i - 1], members.items[i]) != 0)
            keel_str_addf(out, "%s%s", i == 0 ? "" : ",", members.items[i]);
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* `prefix` ends with the quote and the brace that open the list: '{a,b}'. */
static const char *settle_list(keel_arena *arena, keel_str *out, const char *at, const char *prefix)
{
    const char *members = at + strlen(prefix);
    const char *behind = behind_quote(members - 2);
    const char *brace = behind - 2;

    keel_str_add(out, prefix);
    if (brace > members && *brace == '}')
        add_sorted(arena, out, members, brace);
    else
        brace = members;
    keel_str_addn(out, brace, (size_t)(behind - brace));
    return behind;
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

const char *keel_expression_settle(keel_arena *arena, const char *printed)
{
    static const char now[] = "CURRENT_TIMESTAMP";
    static const char any[] = "= ANY ('{";
    static const char all[] = "<> ALL ('{";
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    for (const char *at = printed; *at != '\0';) {
        const char *from = at;
        if (starts_with(at, any) || starts_with(at, all)) {
            at = settle_list(arena, &out, at, *at == '=' ? any : all);
        } else if (*at == '\'' || *at == '"') {
            at = behind_quote(at);
            keel_str_addn(&out, from, (size_t)(at - from));
        } else if (is_name_byte(*at)) {
            while (is_name_byte(*at))
                at++;
            bool is_now = (size_t)(at - from) == strlen(now) && starts_with(from, now) && *at != '(';
            keel_str_addn(&out, is_now ? "now()" : from, is_now ? strlen("now()") : (size_t)(at - from));
        } else {
            keel_str_addc(&out, *at++);
        }
    }
    return keel_arena_strdup(arena, keel_str_text(&out));
}

static void add_output(keel_str *sql, const char *expression, const char *cast, bool first)
{
    keel_str_add(sql, first ? "" : ", ");
    /* The line break ends a comment that the expression may end with. */
    keel_str_addf(sql, cast != NULL ? "CAST((%s\n) AS " : "(%s\n)", expression);
    if (cast != NULL)
        keel_str_addf(sql, "%s)", cast);
}

static void add_source(keel_str *sql, const keel_pg_table *table)
{
    keel_str_add(sql, " FROM pg_catalog.json_populate_recordset(CAST(NULL AS ");
    keel_pg_add_qualified(sql, table->schema, table->name);
    keel_str_add(sql, "), '[]') AS ");
    keel_pg_add_identifier(sql, table->name);
}

/* [{"Plan": {"Output": [...]}}] */
static bool read_outputs(keel_check_run *run, const char *json, const keel_json_value **ret_outputs, keel_error *err)
{
    const keel_json_value *root = NULL;

    if (!keel_json_read(run->arena, json, strlen(json), &root, err))
        return keel_fail_context(err, "read a plan");
    const keel_json_value *plan = root->count == 1 ? keel_json_get(&root->items[0], "Plan") : NULL;
    const keel_json_value *outputs = plan != NULL ? keel_json_get(plan, "Output") : NULL;
    if (outputs == NULL || outputs->kind != KEEL_JSON_ARRAY)
        return keel_fail(err, KEEL_ERR_INTERNAL, "a plan has no outputs: %.200s", json);
    *ret_outputs = outputs;
    return true;
}

/* The outputs as the server prints them; *ret_outputs stays as it is if it refuses. */
static bool explain(keel_check_run *run, const keel_pg_table *table, const char *cast, const char *wanted,
                    const char *const *actual, size_t count, const keel_json_value **ret_outputs,
                    const keel_pg_failure **ret_refusal, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, "EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) SELECT ");
    add_output(&sql, wanted, cast, true);
    for (size_t i = 0; i < count; i++)
        add_output(&sql, actual[i], cast, false);
    add_source(&sql, table);
    if (!keel_attempt(run, sql.data, &result, ret_refusal, err))
        return false;
    return *ret_refusal != NULL || read_outputs(run, keel_pg_text(result, 0, 0), ret_outputs, err);
}

/* Text that is equal needs no server; a refusal is only known by asking, so there must be something equal. */
static bool all_exact(const char *wanted, const char *const *actual, size_t count, bool *ret_same)
{
    size_t exact = 0;

    for (size_t i = 0; i < count; i++)
        exact += ret_same[i] = strcmp(wanted, actual[i]) == 0;
    return exact > 0 && exact == count;
}

bool keel_expression_compare(keel_check_run *run, const keel_pg_table *table, const char *cast, const char *wanted,
                             const char *const *actual, size_t count, bool *ret_same, const char **ret_refusal,
                             keel_error *err)
{
    const keel_json_value *outputs = NULL;
    const keel_pg_failure *refusal = NULL;

    if (all_exact(wanted, actual, count, ret_same)) {
        *ret_refusal = NULL;
        return true;
    }
    if (!explain(run, table, cast, wanted, actual, count, &outputs, &refusal, err))
        return false;
    bool whole = refusal == NULL && outputs->count == count + 1;
    for (size_t i = 0; i < count; i++)
        ret_same[i] = whole && strcmp(keel_expression_settle(run->arena, outputs->items[0].text),
                                      keel_expression_settle(run->arena, outputs->items[i + 1].text)) == 0;
    *ret_refusal = refusal != NULL ? refusal->message : whole ? NULL : "it is not one expression";
    return true;
}
