#include "base/fault.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "tap.h"

/* Runs `hits` hits of the point "a" in a child under this PGKEEL_FAULT; the child exits with 10 + the number
 * of hits that failed. Returns the wait status. */
static int status_of(const char *spec, int hits)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        int failed = 0;
        setenv("PGKEEL_FAULT", spec, 1);
        for (int i = 0; i < hits; i++)
            failed += !keel_fault("a");
        _exit(10 + failed);
    }
    waitpid(child, &status, 0);
    return status;
}

/* The same, for a child that stops on its way and is let go on. */
static bool stops_and_goes_on(void)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        setenv("PGKEEL_FAULT", "a@2:stop", 1);
        _exit(keel_fault("a") && keel_fault("a") ? 7 : 8);
    }
    waitpid(child, &status, WUNTRACED);
    bool stopped = WIFSTOPPED(status);
    kill(child, SIGCONT);
    waitpid(child, &status, 0);
    return stopped && WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

static bool exited(int status, int code)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

static atomic_int failed_in_threads;

static void *hit_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < 1000; i++)
        if (!keel_fault("a"))
            atomic_fetch_add(&failed_in_threads, 1);
    return NULL;
}

static void only_one_hit_acts_over_all_threads(void)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        pthread_t threads[4];
        setenv("PGKEEL_FAULT", "a@2500:error", 1);
        for (int i = 0; i < 4; i++)
            pthread_create(&threads[i], NULL, hit_often, NULL);
        for (int i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
        _exit(atomic_load(&failed_in_threads));
    }
    waitpid(child, &status, 0);
    ok(exited(status, 1), "one hit of 4000 in four threads acts");
}

int main(void)
{
    ok(exited(status_of("", 3), 10), "no fault asked for, none happens");
    ok(exited(status_of("b:error", 3), 10), "another point does not act");
    ok(exited(status_of("a@2:error", 3), 11), "the second hit fails, the third does not");
    ok(exited(status_of("b:kill,a:error", 3), 11), "the first hit is the default; several faults");
    ok(exited(status_of("a@3:exit", 3), 3), "exit");
    ok(exited(status_of("a@4:exit", 3), 10), "a hit that never comes");
    int killed = status_of("a@3:kill", 3);
    ok(WIFSIGNALED(killed) && WTERMSIG(killed) == SIGKILL, "kill");
    ok(stops_and_goes_on(), "stop");
    keel_usec before = keel_monotonic();
    ok(exited(status_of("a@1:stall:0.05", 2), 10), "a stall goes on afterwards");
    ok(keel_monotonic() - before >= 50000, "... after its time");
    ok(exited(status_of("a:eror", 1), 2) && exited(status_of("a@x:kill", 1), 2) &&
           exited(status_of("a", 1), 2) && exited(status_of(":kill", 1), 2),
       "a spec that cannot be read ends the process");
    only_one_hit_acts_over_all_threads();
    return done_testing();
}
