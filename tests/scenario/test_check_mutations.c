/* The applications under examples/, clean and with one defect at a time: every file in defects/ says in its head which
 * check finds it, how bad that is, and on what object, and the check must find it there, alone. Nothing else of WARNING
 * or worse may come up that the clean database does not have, except what the head names as a consequence.
 *
 *   -- finds: relationships.orphans error public.alerts_sent(exploit_id)
 *   -- also: relationships.not_validated warning public.alerts_sent(exploit_id)
 *   -- after: SQL that mends what is shared by all databases of the server
 *   -- exit: 1
 *
 * S0-32..37, S0-52..58, S1-18..21, S3-21..45, S4-16..20, S4-42..55, S4-61..64, S4-91..97. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "example.h"
#include "tap.h"

enum { MOST_EXPECTED = 8, LEAST_DEFECTS = 25 };

typedef struct expected {
    char check[80], severity[16], object[160];
    bool primary; /* a "finds", not an "also" */
} expected;

typedef struct defect {
    const char *name, *path, *after;
    expected items[MOST_EXPECTED];
    size_t count;
    int exit_code;
} defect;

static example_report clean;

static _Noreturn void bail_out(const char *path, const char *why)
{
    printf("Bail out! %s: %s\n", path, why);
    exit(1);
}

static void read_expected(defect *d, const char *text, bool primary)
{
    if (d->count == MOST_EXPECTED)
        bail_out(d->path, "too many findings in its head");
    expected *e = &d->items[d->count++];
    e->primary = primary;
    if (sscanf(text, "%79s %15s %159[^\n]", e->check, e->severity, e->object) != 3 || example_rank(e->severity) < 0)
        bail_out(d->path, text);
}

static void read_line(keel_arena *arena, defect *d, const char *line)
{
    if (strncmp(line, "-- finds: ", 10) == 0)
        read_expected(d, line + 10, true);
    else if (strncmp(line, "-- also: ", 9) == 0)
        read_expected(d, line + 9, false);
    else if (strncmp(line, "-- after: ", 10) == 0)
        d->after = keel_arena_strdup(arena, line + 10);
    else if (strncmp(line, "-- exit: ", 9) == 0)
        d->exit_code = atoi(line + 9);
}

static defect read_defect(keel_arena *arena, const char *file)
{
    defect d = {.path = example_path(arena, keel_arena_printf(arena, "defects/%s", file)), .exit_code = -1};
    char line[512];
    FILE *in = fopen(d.path, "r");

    d.name = keel_arena_strndup(arena, file, strlen(file) - strlen(".sql"));
    while (in != NULL && fgets(line, sizeof line, in) != NULL)
        read_line(arena, &d, line);
    if (in != NULL)
        fclose(in);
    if (d.count == 0 || !d.items[0].primary || d.exit_code < 0)
        bail_out(d.path, "it does not say what finds it and with which exit code");
    return d;
}

static bool is_finding(const example_finding *f, const char *check, const char *severity, const char *object)
{
    return strcmp(f->check, check) == 0 && strcmp(f->severity, severity) == 0 && strcmp(f->object, object) == 0;
}

static bool has(const example_report *report, const char *check, const char *severity, const char *object)
{
    for (size_t i = 0; i < report->count; i++)
        if (is_finding(&report->findings[i], check, severity, object))
            return true;
    return false;
}

static bool all_found(const defect *d, const example_report *report)
{
    bool all = true;

    for (size_t i = 0; i < d->count; i++) {
        const expected *e = &d->items[i];
        if (has(report, e->check, e->severity, e->object) && !has(&clean, e->check, e->severity, e->object))
            continue;
        printf("# not found: %s %s %s\n", e->check, e->severity, e->object);
        all = false;
    }
    return all;
}

static bool nothing_else(const defect *d, const example_report *report)
{
    bool nothing = true;

    for (size_t i = 0; i < report->count; i++) {
        const example_finding *f = &report->findings[i];
        bool known = example_rank(f->severity) < 1 || has(&clean, f->check, f->severity, f->object);
        for (size_t j = 0; j < d->count && !known; j++)
            known = is_finding(f, d->items[j].check, d->items[j].severity, d->items[j].object);
        if (!known)
            printf("# found too: %s %s %s: %s\n", f->check, f->severity, f->object, f->message);
        nothing = nothing && known;
    }
    return nothing;
}

static void test_defect(const defect *d)
{
    static const char *const verdicts[] = {"pass", "fail", "critical"};
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char conninfo[CLUSTER_CONNINFO_SIZE];

    example_database("defective", conninfo);
    if (!example_psql(conninfo, d->path))
        bail_out(d->path, "psql does not run it");
    example_report report = example_check(arena, conninfo, "app.yaml");
    bool found = all_found(d, &report);
    bool alone = nothing_else(d, &report);
    bool exits = report.exit_code == d->exit_code && strcmp(report.verdict, verdicts[d->exit_code % 3]) == 0;
    if (!exits)
        printf("# exit code %d, %s; wanted %d\n", report.exit_code, report.verdict, d->exit_code);
    ok(found && alone && exits, "%s %s: %s finds it, alone", example_name(), d->name, d->items[0].check);
    example_drop("defective");
    if (d->after != NULL)
        example_server(d->after);
}

static void test_clean(keel_arena *arena)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    bool fine = true;

    example_database("pristine", conninfo);
    clean = example_check(arena, conninfo, "app.yaml");
    for (size_t i = 0; i < clean.count; i++)
        fine = fine && example_rank(clean.findings[i].severity) < 2;
    if (!ok(fine && clean.exit_code == 0 && strcmp(clean.verdict, "pass") == 0, "%s: clean, no ERROR and exit code 0",
            example_name()))
        example_show(&clean);
    example_drop("pristine");
}

static int is_sql(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 4 && strcmp(entry->d_name + length - 4, ".sql") == 0;
}

/* A fifth argument names one defect: to look at it alone. */
int main(int argc, char **argv)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    struct dirent **files = NULL;

    example_open(argc, argv);
    test_clean(arena);
    int count = scandir(example_path(arena, "defects"), &files, is_sql, alphasort);
    ok(count >= LEAST_DEFECTS, "%s: %d defects", example_name(), count);
    for (int i = 0; i < count; i++) {
        defect d = read_defect(arena, files[i]->d_name);
        if (argc < 5 || strcmp(argv[4], d.name) == 0)
            test_defect(&d);
        free(files[i]);
    }
    free(files);
    return done_testing();
}
