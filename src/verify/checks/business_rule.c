#include <string.h>

#include "base/json_in.h"
#include "base/json_out.h"
#include "verify/attempt.h"
#include "verify/demand.h"

enum { LONGEST_VALUE = 200, LONGEST_SAMPLE = 2000 }; /* bytes of a value, of all rows as they are, in the evidence */

static size_t count_rules(const keel_suite *suite)
{
    return suite->rules.count;
}

static void fill_rule(const keel_suite *suite, size_t index, keel_check *ret_check)
{
    const keel_suite_rule *rule = &suite->rules.items[index];

    ret_check->id = rule->check;
    ret_check->title = rule->title;
    ret_check->severity = rule->severity;
}

/* One pass that counts every row and keeps the first ones; the line break ends a comment at the end of the rule. */
static const char *rule_sql(keel_check_run *run, const keel_suite_rule *rule)
{
    return keel_arena_printf(
        run->arena,
        "SELECT pg_catalog.count(*), pg_catalog.json_agg(r.j ORDER BY r.n) FILTER (WHERE r.n <= %d)"
        "  FROM (SELECT pg_catalog.row_to_json(q) AS j, pg_catalog.row_number() OVER () AS n"
        "          FROM (%s\n) q) r",
        run->sample_keys, rule->sql);
}

static size_t cut(const char *text)
{
    size_t size = strnlen(text, LONGEST_VALUE + 1);

    if (size <= LONGEST_VALUE)
        return size;
    for (size = LONGEST_VALUE; size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80;)
        size--;
    return size;
}

static void add_value(keel_json *json, const keel_json_value *value)
{
    if (value->kind == KEEL_JSON_TEXT)
        keel_json_textn(json, value->text, cut(value->text));
    else if (value->kind == KEEL_JSON_ARRAY)
        keel_json_text(json, "(an array)");
    else if (value->kind == KEEL_JSON_OBJECT)
        keel_json_text(json, "(an object)");
    else
        keel_json_raw(json, value->text);
}

/* Without the blanks and line breaks between values. */
static const char *compact(keel_arena *arena, const char *json)
{
    char *out = keel_arena_strdup(arena, json);
    char *to = out;
    bool inside = false;

    for (const char *c = json; *c != '\0'; c++) {
        if (inside && *c == '\\' && c[1] != '\0')
            *to++ = *c++;
        else if (*c == '"')
            inside = !inside;
        if (inside || (*c != ' ' && *c != '\n'))
            *to++ = *c;
    }
    *to = '\0';
    return out;
}

/* The rows as they are; with their values cut if they are long, so that a report stays one. */
static const char *sample(keel_check_run *run, const char *rows)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    const keel_json_value *root = NULL;
    keel_json json;
    keel_error ignored;

    rows = compact(run->arena, rows);
    if (strlen(rows) <= LONGEST_SAMPLE || !keel_json_read(run->arena, rows, strlen(rows), &root, &ignored))
        return rows;
    keel_json_start(&json, &out, false);
    keel_json_array(&json);
    for (size_t i = 0; i < root->count; i++) {
        keel_json_object(&json);
        for (size_t j = 0; j < root->items[i].count; j++) {
            keel_json_key(&json, root->items[i].items[j].key);
            add_value(&json, &root->items[i].items[j]);
        }
        keel_json_end_object(&json);
    }
    keel_json_end_array(&json);
    return keel_arena_strdup(run->arena, out.data);
}

typedef struct first_row {
    keel_json_member *members;
    size_t count;
} first_row;

static const char *member_value(const first_row *row, const char *name, size_t size)
{
    for (size_t i = 0; i < row->count; i++)
        if (strlen(row->members[i].key) == size && strncmp(row->members[i].key, name, size) == 0)
            return row->members[i].value;
    return NULL;
}

/* {count} and {COLUMN}; a name that is no column stays as it stands. */
static void fill(keel_str *message, const char *template, const char *count, const first_row *row)
{
    for (const char *at = template; *at != '\0';) {
        size_t size = *at == '{' ? strcspn(at + 1, "}") : 0;
        const char *value = NULL;
        if (*at == '{')
            value = size == 5 && strncmp(at + 1, "count", 5) == 0 ? count : member_value(row, at + 1, size);
        if (value == NULL) {
            keel_str_addc(message, *at++);
            continue;
        }
        keel_str_addn(message, value, cut(value));
        at += size + 2;
    }
}

static void report(keel_check_run *run, const keel_suite_rule *rule, const char *count, const char *rows)
{
    KEEL_CLEANUP(keel_str_free) keel_str message = {0};
    const char **items = NULL;
    size_t item_count = 0;
    first_row first = {0};

    if (keel_json_items(run->arena, rows, &items, &item_count) && item_count > 0 &&
        !keel_json_members(run->arena, items[0], &first.members, &first.count))
        first.count = 0;
    if (rule->message != NULL)
        fill(&message, rule->message, count, &first);
    else
        keel_str_addf(&message, "%s %s the rule: %s", count, strcmp(count, "1") == 0 ? "row breaks" : "rows break",
                      rule->title);
    keel_check_found_at(run, rule->severity, &rule->place, rule->id,
                        keel_check_evidence(run, strtoll(count, NULL, 10), sample(run, rows)), rule->remedy, "%s",
                        message.data);
}

static void report_refusal(keel_check_run *run, const keel_suite_rule *rule, const keel_pg_failure *refusal)
{
    keel_check_found_at(run, KEEL_MAX(rule->severity, KEEL_ERROR), &rule->place, rule->id, NULL,
                        "Correct the rule's SQL, or apply the migration that it waits for.",
                        "the rule cannot be judged: %s (SQLSTATE %s)", refusal->message, refusal->sqlstate);
}

static bool run(keel_check_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    const keel_suite_rule *rule = &run->suite->rules.items[run->item];
    const keel_pg_failure *refusal = NULL;

    if (!keel_attempt(run, rule_sql(run, rule), &result, &refusal, err))
        return false;
    keel_check_looked(run, 1, "rules");
    if (refusal != NULL)
        report_refusal(run, rule, refusal);
    else if (keel_pg_int(result, 0, 0) > 0)
        report(run, rule, keel_pg_text(result, 0, 0), keel_pg_text(result, 0, 1));
    return true;
}

const keel_check keel_check_business_rule = {
    .id = "business.rule",
    .group = KEEL_GROUP_BUSINESS,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_NEEDS_SUITE | KEEL_CHECK_READS_ROWS,
    .title = "no row breaks a rule of the suite",
    .help =
        "Runs the rules of the suite, each as a check of its own, business.ID: a query that returns the rows that "
        "must not be. It runs in the snapshot, reading only. The finding has the number of rows and the first of "
        "them; a rule whose SQL fails is a finding too, never a pass.",
    .triggers = "CREATE TABLE units (id int PRIMARY KEY, result text, defects jsonb);"
                "INSERT INTO units VALUES (1, 'PASS', NULL), (2, 'FAIL', NULL);",
    .passes = "CREATE TABLE units (id int PRIMARY KEY, result text, defects jsonb);"
              "INSERT INTO units VALUES (1, 'PASS', NULL), (2, 'FAIL', '[{\"code\": 7}]');",
    .suite = "rules:\n"
             "  fail_needs_defects:\n"
             "    title: a failed unit has its defects\n"
             "    sql: SELECT id FROM units WHERE result = 'FAIL' AND defects IS NULL\n"
             "    message: \"{count} failed units have no defects, the first is {id}\"\n",
    .run = run,
    .items = count_rules,
    .item = fill_rule,
};
