/* business.count: as many rows as the suite expects. */
#include "base/json_out.h"
#include "verify/checks/counts.h"

static const char looked_at[] = "counts";

/* Statistics are good for telling a table from half of one. */
static const double doubt_of_statistics = 0.1;

static bool holds(const keel_counted *rows, char relation, const keel_counted *other)
{
    double slack = rows->estimated || other->estimated ? doubt_of_statistics : 0;
    double above = (double)other->rows * (1 + slack), below = (double)other->rows * (1 - slack);

    if (slack > 0)
        return (relation == '<' || (double)rows->rows >= below) && (relation == '>' || (double)rows->rows <= above);
    if (relation == '=')
        return rows->rows == other->rows;
    return relation == '>' ? rows->rows >= other->rows : rows->rows <= other->rows;
}

static const char *sign_of(char relation)
{
    return relation == '=' ? "=" : relation == '>' ? ">=" : "<=";
}

static const char *evidence(keel_check_run *run, const keel_suite_count *expected, const keel_counted *rows,
                            const keel_counted *other)
{
    const char relation[] = {expected->relation, expected->relation == '=' ? '\0' : '=', '\0'};
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_json json;

    keel_json_start(&json, &text, false);
    keel_json_object(&json);
    keel_json_kv_int(&json, "rows", rows->rows);
    keel_json_kv_text(&json, "relation", relation);
    keel_json_kv_int(&json, "expected", other->rows);
    keel_json_kv_int(&json, "difference", rows->rows - other->rows);
    keel_json_kv_text(&json, "expected_by", other->object);
    if (expected->where != NULL)
        keel_json_kv_text(&json, "where", expected->where);
    if (rows->estimated || other->estimated)
        keel_json_kv_bool(&json, "from_statistics", true);
    keel_json_end_object(&json);
    return keel_arena_strdup(run->arena, text.data);
}

static const char *demand(keel_check_run *run, char relation, const keel_counted *other)
{
    static const char *const words[] = {"exactly", "at least", "at most"};
    const char *word = words[relation == '=' ? 0 : relation == '>' ? 1 : 2];

    if (other->given)
        return keel_arena_printf(run->arena, "the suite wants %s %lld", word, (long long)other->rows);
    return keel_arena_printf(run->arena, "%s has %lld, the suite wants %s as many", other->object,
                             (long long)other->rows, word);
}

static void judge(keel_check_run *run, const keel_suite_count *expected, const keel_counted *rows,
                  const keel_counted *other)
{
    bool nothing = rows->rows == 0 && other->rows == 0 && !other->given;
    const char *some = expected->where != NULL ? keel_arena_printf(run->arena, " where %s", expected->where) : "";

    keel_check_looked(run, 1, looked_at);
    keel_check_remark(run, "%s %s%lld %s %lld", rows->object, rows->estimated ? "about " : "", (long long)rows->rows,
                      sign_of(expected->relation), (long long)other->rows);
    if (nothing)
        keel_check_found_at(run, KEEL_WARNING, &expected->place, rows->object, evidence(run, expected, rows, other),
                            "Is it the right database, and is the source filled? Say equals: 0 if no rows are right.",
                            "0 rows%s were compared with 0 rows of %s: that proves nothing", some, other->object);
    else if (!holds(rows, expected->relation, other))
        keel_check_found_at(run, expected->severity, &expected->place, rows->object,
                            evidence(run, expected, rows, other), NULL, "%s%lld %s%s, but %s",
                            rows->estimated ? "about " : "", (long long)rows->rows, rows->rows == 1 ? "row" : "rows",
                            some, demand(run, expected->relation, other));
}

/* No finding: what nobody looked at has not passed, either. */
static void leave_out(keel_check_run *run, const keel_suite_count *expected, const keel_counted *rows)
{
    keel_check_skip(run, "statistics know nothing of a condition; run it without --quick");
    keel_check_remark(run, "%s where %s not counted under --quick", rows->object, expected->where);
}

static bool ends_the_run(const keel_error *err)
{
    return err->kind == KEEL_ERR_LOST || err->kind == KEEL_ERR_CONNECT || err->kind == KEEL_ERR_CANCELLED;
}

static bool look(keel_check_run *run, const keel_suite_table *table, const keel_suite_count *expected,
                 keel_error *err)
{
    const char *schema = table->schema != NULL ? table->schema : run->db->catalog->default_schema;
    keel_counted rows = {0}, other = {0};
    keel_error failure = {0};

    if (keel_count_relation(run, schema, table->name, expected->where, &rows, &failure) &&
        keel_count_other(run, schema, expected, &other, &failure)) {
        if (rows.left_out)
            leave_out(run, expected, &rows);
        else
            judge(run, expected, &rows, &other);
        return true;
    }
    if (ends_the_run(&failure)) {
        *err = failure;
        return false;
    }
    keel_check_looked(run, 1, looked_at);
    keel_check_found_at(
        run, KEEL_MAX(KEEL_ERROR, expected->severity), &expected->place,
        keel_arena_printf(run->arena, "%s%s%s", schema != NULL ? schema : "", schema != NULL ? "." : "", table->name),
        NULL, failure.hint[0] != '\0' ? failure.hint : NULL, "the rows could not be compared: %s", failure.message);
    return true;
}

/* False for a table that is there and was not asked for. */
static bool is_selected(const keel_check_run *run, const keel_suite_table *wanted)
{
    const keel_pg_table *table = keel_pg_catalog_find(run->db->catalog, wanted->schema, wanted->name);

    for (size_t i = 0; table != NULL && i < run->db->table_count; i++)
        if (run->db->tables[i] == table)
            return true;
    return table == NULL;
}

static bool run(keel_check_run *run, keel_error *err)
{
    keel_check_looked(run, 0, looked_at);
    for (size_t i = 0; i < run->suite->tables.count; i++) {
        const keel_suite_table *table = &run->suite->tables.items[i];
        for (size_t at = 0; at < table->counts.count && is_selected(run, table); at++)
            if (!look(run, table, &table->counts.items[at], err))
                return false;
    }
    return true;
}

const keel_check keel_check_business_count = {
    .id = "business.count",
    .group = KEEL_GROUP_BUSINESS,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_READS_ROWS | KEEL_CHECK_NEEDS_SUITE,
    .title = "as many rows as the suite expects",
    .help =
        "Counts the rows of a table, or those for which where: holds, and compares them with a number, another table,"
        " a query, or a table of a SQLite file (sqlite:app.db#exploits), in one snapshot of this database. Both"
        " numbers stand in the report, also when they agree. 0 compared with 0 is a WARNING, as nothing was"
        " compared, unless the suite itself says 0. Under --quick a table of more than a million rows is counted by"
        " the server's statistics, and a difference of up to a tenth is let pass; the report says so. Severity and"
        " relation (equals, at_least, at_most) are the suite's.",
    .triggers = "CREATE TABLE public.messages (id bigint PRIMARY KEY);\n"
                "CREATE TABLE public.chat_messages (id bigint PRIMARY KEY);\n"
                "INSERT INTO public.messages VALUES (1), (2), (3);\n"
                "INSERT INTO public.chat_messages VALUES (1), (2);",
    .passes = "CREATE TABLE public.messages (id bigint PRIMARY KEY);\n"
              "CREATE TABLE public.chat_messages (id bigint PRIMARY KEY);\n"
              "INSERT INTO public.messages VALUES (1), (2), (3);\n"
              "INSERT INTO public.chat_messages VALUES (4), (5), (6);",
    .suite = "tables:\n"
             "  chat_messages:\n"
             "    count: {equals: messages}\n",
    .run = run,
};
