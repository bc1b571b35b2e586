#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void become(const char *const *argv, int output, pid_t parent)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    dup2(nothing, STDIN_FILENO);
    dup2(output >= 0 ? output : nothing, STDOUT_FILENO);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static void read_all(int from, keel_str *output)
{
    char buffer[8192];
    ssize_t got;

    while ((got = read(from, buffer, sizeof buffer)) > 0)
        keel_str_addn(output, buffer, (size_t)got);
}

int process_run(const char *const *argv, keel_str *output)
{
    int ends[2] = {-1, -1};
    pid_t parent = getpid();
    int status = 0;

    if (output != NULL && pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t process = fork();
    if (process == 0)
        become(argv, ends[1], parent);
    if (ends[1] >= 0)
        close(ends[1]);
    if (process > 0 && output != NULL)
        read_all(ends[0], output);
    if (ends[0] >= 0)
        close(ends[0]);
    if (process < 0 || waitpid(process, &status, 0) != process)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
