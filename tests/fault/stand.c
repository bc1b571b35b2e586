#include "stand.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
    char pgkeel[512], directory[256];
    int64_t rows;
    uint64_t random;
    pid_t owner;
} stand = {.random = 20261120};

_Noreturn void stand_bail_out(const char *what, const char *why)
{
    printf("Bail out! %s: %s\n", what, why);
    exit(1);
}

static void remove_directory(void)
{
    int status;

    if (getpid() != stand.owner)
        return;
    pid_t process = fork();
    if (process == 0) {
        execlp("rm", "rm", "-rf", stand.directory, (char *)NULL);
        _exit(127);
    }
    waitpid(process, &status, 0);
}

void stand_open(int argc, char **argv)
{
    const char *parent = getenv("TMPDIR");

    if (argc < 3)
        stand_bail_out("usage", "PROGRAM PGKEEL ROWS");
    snprintf(stand.pgkeel, sizeof stand.pgkeel, "%s", argv[1]);
    stand.rows = strtoll(argv[2], NULL, 10);
    snprintf(stand.directory, sizeof stand.directory, "%s/pgkeel-fault-XXXXXX",
             parent != NULL ? parent : "/tmp");
    if (mkdtemp(stand.directory) == NULL)
        stand_bail_out("no directory", strerror(errno));
    stand.owner = getpid();
    atexit(remove_directory);
    printf("# seed %llu, %lld rows\n", (unsigned long long)stand.random, (long long)stand.rows);
}

int64_t stand_rows(void)
{
    return stand.rows;
}

const char *stand_path(const char *name)
{
    static char paths[128][512];
    char path[512];
    size_t at = 0;

    snprintf(path, sizeof path, "%s%s%s", stand.directory, name[0] != '\0' ? "/" : "", name);
    while (at < KEEL_COUNT_OF(paths) && paths[at][0] != '\0' && strcmp(paths[at], path) != 0)
        at++;
    if (at == KEEL_COUNT_OF(paths))
        stand_bail_out("no room for the path", path);
    memcpy(paths[at], path, sizeof path);
    return paths[at];
}

uint64_t stand_random(uint64_t below)
{
    uint64_t z = (stand.random += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (z ^ (z >> 31)) % below;
}

static void output_path(pid_t process, char *path, size_t size)
{
    snprintf(path, size, "%s/said-%d", stand.directory, (int)process);
}

static _Noreturn void become(const char *fault, const char **argv, pid_t parent)
{
    char path[512];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    output_path(getpid(), path, sizeof path);
    int said = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(said, STDERR_FILENO);
    if (fault != NULL)
        setenv("PGKEEL_FAULT", fault, 1);
    else
        unsetenv("PGKEEL_FAULT");
    setenv("NO_COLOR", "1", 1);
    char *own[STAND_MOST_ARGUMENTS + 2];
    size_t count = 0;
    for (; argv[count] != NULL; count++)
        own[count] = strdup(argv[count]);
    own[count] = NULL;
    execv(own[0], own);
    _exit(127);
}

static pid_t start(const char *fault, const char **argv)
{
    pid_t parent = getpid();

    fflush(stdout);
    pid_t process = fork();
    if (process < 0)
        stand_bail_out("fork", strerror(errno));
    if (process == 0)
        become(fault, argv, parent);
    return process;
}

pid_t stand_start(const char *fault, const char *first, ...)
{
    const char *argv[STAND_MOST_ARGUMENTS + 2] = {stand.pgkeel, first};
    size_t count = 2;
    va_list args;

    va_start(args, first);
    while (count <= STAND_MOST_ARGUMENTS && (argv[count] = va_arg(args, const char *)) != NULL)
        count++;
    va_end(args);
    return start(fault, argv);
}

pid_t stand_transfer(const char *fault,
                     const char *source,
                     const char *conninfo,
                     const char *option,
                     const char *value)
{
    char from[600], jobs[16];

    snprintf(from, sizeof from, "sqlite:%s", source);
    snprintf(jobs, sizeof jobs, "%d", STAND_JOBS);
    return stand_start(fault, "transfer", "run", "--from", from, "--to", conninfo, "--jobs", jobs,
                       option, value, NULL);
}

static int wait_for(pid_t process, keel_usec limit, int options)
{
    keel_usec deadline = keel_monotonic() + limit;
    int status;

    for (;;) {
        pid_t ended = waitpid(process, &status, WNOHANG | options);
        if (ended == process && WIFSTOPPED(status))
            return STAND_STOPPED;
        if (ended == process)
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        if (ended < 0)
            stand_bail_out("wait", strerror(errno));
        if (keel_monotonic() >= deadline)
            return STAND_STILL_RUNNING;
        keel_sleep(KEEL_SECOND / 1000);
    }
}

int stand_wait(pid_t process, keel_usec limit)
{
    return wait_for(process, limit, 0);
}

int stand_kill(pid_t process, int signal_number)
{
    kill(process, signal_number);
    return stand_finish(process);
}

static int end_of(pid_t process, int options)
{
    int code = wait_for(process, 120 * KEEL_SECOND, options);

    if (code != STAND_STILL_RUNNING)
        return code;
    kill(process, SIGKILL);
    (void)stand_wait(process, 10 * KEEL_SECOND);
    stand_bail_out("pgkeel does not end", stand_said(process));
}

int stand_finish(pid_t process)
{
    return end_of(process, 0);
}

int stand_until_stopped(pid_t process)
{
    return end_of(process, WUNTRACED);
}

const char *stand_said(pid_t process)
{
    static char texts[4][8192];
    static unsigned next;
    char *text = texts[next++ % 4];
    char path[512];

    output_path(process, path, sizeof path);
    int file = open(path, O_RDONLY);
    ssize_t size = file >= 0 ? read(file, text, sizeof texts[0] - 1) : 0;
    if (file >= 0)
        close(file);
    text[size > 0 ? size : 0] = '\0';
    return text;
}

bool stand_says(pid_t process, const char *wanted)
{
    const char *text = stand_said(process);

    if (strstr(text, wanted) != NULL)
        return true;
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n')
        (void)(fputs("# ", stdout), fwrite(line, 1, strcspn(line, "\n"), stdout), putchar('\n'));
    return false;
}

bool stand_until(keel_pg *pg, const char *sql)
{
    keel_usec deadline = keel_monotonic() + 20 * KEEL_SECOND;

    while (strcmp(cluster_value(pg, sql), "t") != 0) {
        if (keel_monotonic() >= deadline)
            return false;
        keel_sleep(KEEL_SECOND / 200);
    }
    return true;
}
