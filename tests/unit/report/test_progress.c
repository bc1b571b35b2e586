#include "report/progress.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "tap.h"

static char shown[64 * 1024];

static void *add_many(void *arg)
{
    for (int i = 0; i < 10000; i++)
        keel_progress_add(arg, 1);
    return NULL;
}

static void some_work(bool quiet)
{
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *progress = keel_progress_create(quiet, false);
    pthread_t threads[3];

    keel_progress_add(progress, 1);
    keel_progress_phase(progress, "data", "rows", 30000);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, add_many, progress);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    keel_progress_note(progress, "note: %s", "half way");
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *part = keel_progress_part(progress, "one of many");
    keel_progress_phase(part, "its own", "rows", 10);
    keel_progress_add(part, 10);
    keel_progress_note(part, "%d steps", 3);
    keel_progress_phase(progress, "indexes", "indexes", 0);
    keel_progress_total(progress, 4);
    keel_progress_add(progress, 3);
}

/* Runs some_work with stderr going to `fd`, and reads what came out at `from`. */
static const char *output_of(bool quiet, int fd, int from)
{
    int saved = dup(STDERR_FILENO);
    size_t size = 0;

    dup2(fd, STDERR_FILENO);
    some_work(quiet);
    dup2(saved, STDERR_FILENO);
    close(saved);
    fcntl(from, F_SETFL, O_NONBLOCK);
    for (ssize_t got; (got = read(from, shown + size, sizeof shown - 1 - size)) > 0;)
        size += (size_t)got;
    shown[size] = '\0';
    return shown;
}

static void to_a_pipe(void)
{
    int ends[2];

    if (!ok(pipe(ends) == 0, "a pipe"))
        return;
    is_str(output_of(false, ends[1], ends[0]), "note: half way\none of many: 3 steps\n", "short work shows only its notes");
    is_str(output_of(true, ends[1], ends[0]), "", "quiet shows nothing");
}

static void to_a_terminal(void)
{
    struct winsize window = {.ws_row = 24, .ws_col = 100};
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    char *name = master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0 ? ptsname(master) : NULL;
    int slave = name != NULL ? open(name, O_RDWR | O_NOCTTY) : -1;

    if (slave < 0) {
        ok(true, "a terminal # SKIP no pseudo terminals here");
        return;
    }
    ioctl(slave, TIOCSWINSZ, &window);
    const char *text = output_of(false, slave, master);
    ok(strstr(text, "data: [########################] 30,000 of 30,000 rows, 100%") != NULL, "a full bar");
    ok(strstr(text, "indexes: [##################......] 3 of 4 indexes, 75%") != NULL, "the second phase");
    ok(strstr(text, "note: half way\r\n") != NULL, "a note on its own line");
    ok(strstr(text, "one of many: 3 steps\r\n") != NULL && strstr(text, "its own") == NULL, "a part has notes and no bar");
    ok(strlen(text) > 2 && strcmp(text + strlen(text) - 2, "\r\n") == 0, "the bar's line is ended");
    close(slave);
    close(master);
}

int main(void)
{
    to_a_pipe();
    to_a_terminal();
    return done_testing();
}
