#include "cli/signals.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "tap.h"

/* A child sends itself these signals and exits with 40 + the cancel flag; its stderr goes to `said`. */
static int status_after(const int *signals, char *said, size_t size)
{
    int ends[2];
    int status = 0;

    if (pipe(ends) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        keel_signals_install();
        for (; *signals != 0; signals++)
            kill(getpid(), *signals);
        _exit(40 + (*keel_cli_cancel_flag() != 0));
    }
    close(ends[1]);
    waitpid(child, &status, 0);
    ssize_t got = read(ends[0], said, size - 1);
    said[got > 0 ? got : 0] = '\0';
    close(ends[0]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(void)
{
    static const int none[] = {0}, once[] = {SIGINT, 0}, term[] = {SIGTERM, 0}, twice[] = {SIGTERM, SIGINT, 0},
                     pipe_only[] = {SIGPIPE, 0};
    char said[1024];

    is_int(status_after(none, said, sizeof said), 40, "no signal, no cancelling");
    is_int(status_after(once, said, sizeof said), 41, "SIGINT sets the flag");
    ok(strstr(said, "stopping at the next safe point") != NULL, "... and says so");
    is_int(status_after(term, said, sizeof said), 41, "SIGTERM sets the flag");
    is_int(status_after(twice, said, sizeof said), 2, "a second one ends at once with exit code 2");
    ok(strstr(said, "stopped at once") != NULL, "... and says so");
    is_int(status_after(pipe_only, said, sizeof said), 40, "SIGPIPE is ignored");
    is_str(said, "", "... in silence");
    return done_testing();
}
