#include "check_case.h"

#include <stdlib.h>

#include "checked.h"

static keel_arena *arena; /* of the last call */

static _Noreturn void bail_out(const char *what, const char *why)
{
    printf("Bail out! %s: %s\n", what, why);
    exit(1);
}

static const keel_suite *read_suite(const char *text)
{
    const keel_suite *suite = NULL;
    keel_error err = {0};

    if (text != NULL && !keel_suite_read_text(arena, "suite.yaml", text, &suite, &err))
        bail_out("suite", err.message);
    return suite;
}

/* A SELECT is run up to its semicolon: it must return rows. */
static bool remedy_works(keel_pg *pg, const char *remedy)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    const char *end = strstr(remedy, ";");
    keel_error err = {0};

    if (strncmp(remedy, "SELECT ", 7) != 0)
        return true;
    const char *sql = keel_arena_strndup(arena, remedy, end != NULL ? (size_t)(end - remedy) : strlen(remedy));
    if (keel_pg_query(pg, &rows, &err, sql, 0, NULL) && keel_pg_rows(rows) > 0)
        return true;
    printf("# %s\n", err.message);
    return false;
}

static void add_finding(keel_str *out, const keel_finding *finding)
{
    keel_str_addf(out, "%s%s %s: %s", out->size > 0 ? "\n" : "", keel_severity_name(finding->severity), finding->object,
                  finding->message);
}

check_seen check_case_see(const char *conninfo, const check_case *c)
{
    if (arena != NULL)
        keel_arena_free(arena);
    arena = keel_arena_create();
    const char *const only[] = {c->check, NULL};
    KEEL_CLEANUP(checked_free)
    checked it = check_database(conninfo, (keel_check_options){.suite = read_suite(c->suite), .only = only, .quick = c->quick});
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(conninfo);
    KEEL_CLEANUP(keel_str_free) keel_str found = {0};
    const keel_check_line *line = checked_line(&it, c->check);
    check_seen seen = {0};

    if (line == NULL)
        bail_out(c->name, it.err.message);
    for (size_t i = 0; i < keel_report_count(it.report); i++) {
        const keel_finding *finding = keel_report_at(it.report, i);
        add_finding(&found, finding);
        if (i == 0) {
            seen.evidence = keel_arena_strdup(arena, finding->evidence);
            seen.remedy = keel_arena_strdup(arena, finding->remedy);
        }
        if (seen.futile == NULL && finding->remedy != NULL && !remedy_works(pg, finding->remedy))
            seen.futile = keel_arena_strdup(arena, finding->remedy);
    }
    seen.note = keel_arena_strdup(arena, line->note);
    if (line->outcome != KEEL_CHECK_SKIPPED)
        seen.found = keel_arena_strdup(arena, keel_str_text(&found));
    return seen;
}

bool check_case_paste(keel_pg *pg, const char *remedy, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};

    keel_str_add(&text, remedy);
    for (char *sql = text.data, *end; (end = strchr(sql, ';')) != NULL; sql = end + 1) {
        *end = '\0';
        sql += strspn(sql, " ");
        if (strncmp(sql, "or", 2) == 0 || strncmp(sql, "--", 2) == 0)
            break;
        if (!keel_pg_exec(pg, err, sql)) /* one by one: CONCURRENTLY stands alone */
            return false;
    }
    return true;
}
