/* A line per table in the report, whatever compared it. */
#include <string.h>

#include "base/str.h"
#include "diff/diff.h"

static void add_count(keel_str *out, int64_t count, const char *what)
{
    if (count > 0)
        keel_str_addf(out, "%s%lld %s", out->size > 0 ? ", " : "", (long long)count, what);
}

static void make_note(const keel_diff_table *table, keel_str *out)
{
    int64_t rows = KEEL_MAX(table->rows_source, table->rows_target);

    if (!table->compared) {
        keel_str_add(out, "could not be compared");
        return;
    }
    add_count(out, table->different, "different");
    add_count(out, table->missing, "missing");
    add_count(out, table->extra, "extra");
    keel_str_addf(out, "%s%lld row%s", out->size > 0 ? " of " : "", (long long)rows, rows == 1 ? "" : "s");
    if (rows == 0)
        keel_str_add(out, " on either side");
}

static bool is_about(const char *object, const char *table)
{
    size_t size = strlen(table);

    return strncmp(object, table, size) == 0 && (object[size] == '\0' || object[size] == '(');
}

/* A missing column, an incomparable one or a corrupt index is a failure although no row differs. */
static bool has_error(const keel_report *report, const keel_diff_table *table)
{
    for (size_t i = 0; i < keel_report_count(report); i++) {
        const keel_finding *finding = keel_report_at(report, i);
        if (finding->severity >= KEEL_ERROR && finding->object != NULL &&
            (is_about(finding->object, table->source) || is_about(finding->object, table->target)))
            return true;
    }
    return false;
}

static void add_line(keel_report *report, const keel_diff_table *table)
{
    KEEL_CLEANUP(keel_str_free) keel_str note = {0};
    bool differs = table->missing + table->extra + table->different > 0;
    bool failed = !table->compared || differs || has_error(report, table);

    make_note(table, &note);
    keel_report_check_line(report, &(keel_check_line){
                                       .check = "diff.rows",
                                       .group = "diff",
                                       .title = table->source,
                                       .outcome = failed ? KEEL_CHECK_FAILED : KEEL_CHECK_PASSED,
                                       .note = note.data,
                                       .duration = (keel_usec)(table->seconds * (double)KEEL_SECOND),
                                   });
}

/* 0 rows against 0 rows is no difference, and no comparison either: it is said. */
static void say_empty(keel_report *report, const keel_diff_result *result)
{
    size_t compared = 0, empty = 0;

    for (size_t i = 0; i < result->table_count; i++) {
        const keel_diff_table *table = &result->tables[i];
        compared += table->compared;
        if (!table->compared || table->rows_source > 0 || table->rows_target > 0)
            continue;
        empty++;
        keel_report_addf(report, KEEL_INFO, "diff.empty", table->source, NULL, NULL, "0 rows were compared with 0 rows");
    }
    if (empty == compared)
        keel_report_addf(report, KEEL_WARNING, "diff.empty", result->source_name, NULL, "Is it the right database?",
                         "every table is empty on both sides: no row was compared");
}

void keel_diff_say_tables(keel_report *report, const keel_diff_result *result)
{
    for (size_t i = 0; i < result->table_count; i++)
        add_line(report, &result->tables[i]);
    say_empty(report, result);
}

void keel_diff_say_table(keel_report *report, const char *name, bool in_target)
{
    const char *where = in_target ? "target" : "source";
    KEEL_CLEANUP(keel_str_free) keel_str note = {0};

    keel_str_addf(&note, "in the %s only", where);
    keel_report_addf(report, KEEL_ERROR, "diff.table", name, NULL,
                     "A map names its counterpart, or says \"skip\".", "stands in the %s only", where);
    keel_report_check_line(report, &(keel_check_line){.check = "diff.table", .group = "diff", .title = name,
                                                      .outcome = KEEL_CHECK_FAILED, .note = note.data});
}
