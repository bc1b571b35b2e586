/* A database in use has nothing against it either: while three writers run the example's traffic.sql, which leaves
 * nothing to complain of at any COMMIT, every check says of every moment what it says of the database at rest. Whatever
 * compares two tables sees both in one snapshot, or one of the runs will tell. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "example.h"
#include "tap.h"

enum { WRITERS = 3 };

/* Between two rounds: the writers are to disturb the checks, not to fill the disk. */
static const struct timespec pause_between = {.tv_nsec = 20 * 1000 * 1000};

typedef struct traffic {
    char conninfo[CLUSTER_CONNINFO_SIZE];
    keel_str statement;
    atomic_bool stop;
    atomic_int rounds, failures;
} traffic;

static void *write_until_stopped(void *argument)
{
    traffic *t = argument;
    keel_pg *pg = cluster_connect(t->conninfo);
    keel_error err;

    while (!atomic_load(&t->stop)) {
        if (keel_pg_exec(pg, &err, keel_str_text(&t->statement))) {
            atomic_fetch_add(&t->rounds, 1);
            nanosleep(&pause_between, NULL);
            continue;
        }
        printf("# a writer failed: %s\n", err.message);
        atomic_fetch_add(&t->failures, 1);
        break;
    }
    keel_pg_close(pg);
    return NULL;
}

static void read_statement(keel_arena *arena, keel_str *statement)
{
    char buffer[4096];
    size_t got;
    FILE *in = fopen(example_path(arena, "traffic.sql"), "r");

    if (in == NULL) {
        printf("Bail out! no traffic.sql\n");
        exit(1);
    }
    while ((got = fread(buffer, 1, sizeof buffer, in)) > 0)
        keel_str_addn(statement, buffer, got);
    fclose(in);
}

static bool is_known(const example_report *clean, const example_finding *f)
{
    for (size_t i = 0; i < clean->count; i++)
        if (strcmp(clean->findings[i].check, f->check) == 0 && strcmp(clean->findings[i].object, f->object) == 0)
            return true;
    return false;
}

/* Exit code 0 and no WARNING that the database at rest does not have. */
static bool is_quiet(const example_report *clean, const example_report *report)
{
    bool quiet = report->exit_code == 0 && strcmp(report->verdict, "pass") == 0;

    for (size_t i = 0; i < report->count; i++)
        quiet = quiet && (example_rank(report->findings[i].severity) < 1 || is_known(clean, &report->findings[i]));
    return quiet;
}

/* Rounds that ended while a check ran: every run is to have some. */
static void test_runs(traffic *t, const example_report *clean, int runs)
{
    int alarms = 0;
    int idle = 0;

    for (int i = 0; i < runs; i++) {
        KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
        int before = atomic_load(&t->rounds);
        example_report report = example_check(arena, t->conninfo, "app.yaml");
        idle += atomic_load(&t->rounds) == before;
        if (is_quiet(clean, &report))
            continue;
        alarms++;
        example_show(&report);
    }
    is_int(alarms, 0, "%s: no false alarm in %d runs beside %d writers", example_name(), runs, WRITERS);
    ok(idle < runs / 2, "%s: they wrote all the while (%d runs without a round)", example_name(), idle);
}

int main(int argc, char **argv)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    pthread_t writers[WRITERS];
    traffic t = {.stop = false};

    example_open(argc, argv);
    example_database("busy", t.conninfo);
    read_statement(arena, &t.statement);
    example_report clean = example_check(arena, t.conninfo, "app.yaml");
    for (int i = 0; i < WRITERS; i++)
        pthread_create(&writers[i], NULL, write_until_stopped, &t);
    test_runs(&t, &clean, argc > 4 ? atoi(argv[4]) : 1);
    atomic_store(&t.stop, true);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(writers[i], NULL);
    is_int(atomic_load(&t.failures), 0, "%s: no write was hindered in %d rounds", example_name(), atomic_load(&t.rounds));
    keel_str_free(&t.statement);
    example_drop("busy");
    return done_testing();
}
