#include "base/fault.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/macros.h"
#include "base/memory.h"

enum { MOST_FAULTS = 8 };

typedef enum action { KILL, EXIT, ERROR, STOP, STALL } action;

typedef struct fault {
    char *point;
    long hit; /* acts on this hit, from 1 */
    action action;
    keel_usec stall;
    atomic_long hits;
} fault;

static fault faults[MOST_FAULTS];
static size_t fault_count;
static pthread_once_t loaded = PTHREAD_ONCE_INIT;

static _Noreturn void refuse(const char *spec)
{
    dprintf(STDERR_FILENO, "pgkeel: cannot read PGKEEL_FAULT at \"%s\"\n", spec);
    _exit(2);
}

static bool read_action(fault *f, const char *text)
{
    static const char *const names[] = {[KILL] = "kill", [EXIT] = "exit", [ERROR] = "error", [STOP] = "stop"};
    char *end = NULL;

    for (size_t i = 0; i < KEEL_COUNT_OF(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            f->action = (action)i;
            return true;
        }
    }
    if (strncmp(text, "stall:", 6) != 0)
        return false;
    double seconds = strtod(text + 6, &end);
    if (end == text + 6 || *end != '\0' || !(seconds >= 0 && seconds <= 3600))
        return false;
    f->action = STALL;
    f->stall = (keel_usec)(seconds * (double)KEEL_SECOND);
    return true;
}

/* Reads one "point@N:action"; cuts the text up in place. */
static bool read_fault(fault *f, char *spec)
{
    char *colon = strchr(spec, ':');
    char *end = NULL;

    if (colon == NULL)
        return false;
    *colon = '\0';
    char *at = strchr(spec, '@');
    f->hit = 1;
    if (at != NULL) {
        *at = '\0';
        f->hit = strtol(at + 1, &end, 10);
        if (end == at + 1 || *end != '\0' || f->hit < 1)
            return false;
    }
    f->point = spec;
    return spec[0] != '\0' && read_action(f, colon + 1);
}

/* The copy of the variable lives as long as the process: the points' names are in it. */
static void load(void)
{
    const char *value = getenv("PGKEEL_FAULT");

    if (value == NULL || value[0] == '\0')
        return;
    char *rest = keel_strdup(value);
    for (char *spec; (spec = strsep(&rest, ",")) != NULL; fault_count++) {
        if (fault_count == MOST_FAULTS || !read_fault(&faults[fault_count], spec))
            refuse(spec);
    }
}

static bool act(const fault *f)
{
    switch (f->action) {
    case KILL:
        kill(getpid(), SIGKILL);
        pause();
        return false;
    case EXIT:
        _exit(3);
    case STOP:
        raise(SIGSTOP); /* this thread does not return from it before the process is stopped */
        return true;
    case STALL:
        keel_sleep(f->stall);
        return true;
    case ERROR:
        return false;
    }
    return true;
}

bool keel_fault(const char *point)
{
    bool go_on = true;

    pthread_once(&loaded, load);
    for (size_t i = 0; i < fault_count; i++) {
        fault *f = &faults[i];
        if (strcmp(f->point, point) == 0 && atomic_fetch_add(&f->hits, 1) + 1 == f->hit)
            go_on = act(f) && go_on;
    }
    return go_on;
}
