/* Child processes of a scratch cluster. Between fork and exec only async-signal-safe calls are made: the caller
 * may have threads. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "pg/scratch_internal.h"

static _Noreturn void die(const char *what)
{
    (void)!write(STDERR_FILENO, what, strlen(what));
    (void)!write(STDERR_FILENO, "\n", 1);
    _exit(127);
}

/* Standard input from nowhere, both outputs to one file, no signal blocked, nothing else inherited. */
static void detach(int output)
{
    sigset_t none;
    int nowhere = open("/dev/null", O_RDWR);

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    dup2(nowhere, STDIN_FILENO);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    setsid(); /* a Ctrl-C of the terminal is for us, not for the server */
}

static void become_server_user(const keel_scratch *scratch)
{
    if (!scratch->switch_user)
        return;
    if (setgroups(0, NULL) != 0 || setgid(scratch->gid) != 0 || setuid(scratch->uid) != 0)
        die("cannot switch to the server's user");
}

static _Noreturn void run_child(const keel_scratch *scratch, char *const *argv, int output, int death_signal,
                                pid_t parent)
{
    detach(output);
    become_server_user(scratch);
    prctl(PR_SET_PDEATHSIG, death_signal); /* after setuid, which clears it */
    if (getppid() != parent)
        _exit(127); /* the parent died before the line above */
    if (chdir(scratch->directory) != 0)
        die("the server's user cannot enter the directory of the cluster");
    execv(argv[0], argv);
    die("cannot execute the program");
}

static void log_path(const keel_scratch *scratch, keel_str *out)
{
    keel_str_addf(out, "%s/server.log", scratch->directory);
}

/* execv wants char *const *, and promises not to write. */
static char *const *exec_arguments(const char *const *argv)
{
    char *const *arguments;

    memcpy(&arguments, &argv, sizeof arguments);
    return arguments;
}

bool keel_scratch_spawn(const keel_scratch *scratch, const char *const *argv, int death_signal, pid_t *ret_pid,
                        keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str path = {0};
    pid_t parent = getpid();

    log_path(scratch, &path);
    int output = open(path.data, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (output < 0)
        return keel_fail(err, KEEL_ERR_IO, "cannot write \"%s\": %s", path.data, strerror(errno));
    pid_t child = fork();
    if (child == 0)
        run_child(scratch, exec_arguments(argv), output, death_signal, parent);
    close(output);
    if (child < 0)
        return keel_fail(err, KEEL_ERR_IO, "cannot start \"%s\": %s", argv[0], strerror(errno));
    *ret_pid = child;
    return true;
}

bool keel_scratch_wait(pid_t child, keel_usec patience, int *ret_status)
{
    keel_usec deadline = keel_monotonic() + patience;

    for (;;) {
        int status = 0;
        pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child || (ended < 0 && errno == ECHILD)) {
            *ret_status = status;
            return true;
        }
        if (keel_monotonic() >= deadline)
            return false;
        keel_sleep(KEEL_SECOND / 500);
    }
}

/* State and parent of a process from /proc/PID/stat, whose second field may hold anything in parentheses. */
static bool read_stat(const char *pid, char *ret_state, pid_t *ret_parent)
{
    char path[64];
    char line[512];
    int parent;

    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    size_t size = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[size] = '\0';
    const char *after_name = strrchr(line, ')');
    if (after_name == NULL || sscanf(after_name, ") %c %d", ret_state, &parent) != 2)
        return false;
    *ret_parent = parent;
    return true;
}

typedef KEEL_VEC(pid_t) pid_list;

static void list_children(pid_t parent, pid_list *children)
{
    DIR *proc = opendir("/proc");

    for (struct dirent *entry; proc != NULL && (entry = readdir(proc)) != NULL;) {
        char state;
        pid_t its_parent;
        if (!isdigit((unsigned char)entry->d_name[0]) || !read_stat(entry->d_name, &state, &its_parent))
            continue;
        if (its_parent == parent)
            keel_vec_push(children, (pid_t)strtol(entry->d_name, NULL, 10));
    }
    if (proc != NULL)
        closedir(proc);
}

/* A zombie counts as gone: it has let go of files and shared memory, and init may be slow to reap. */
static bool is_gone(pid_t process)
{
    char name[32];
    char state;
    pid_t parent;

    snprintf(name, sizeof name, "%d", (int)process);
    return !read_stat(name, &state, &parent) || state == 'Z' || state == 'X';
}

void keel_scratch_kill_all(pid_t postmaster)
{
    enum { PATIENCE_SECONDS = 10 };
    keel_usec deadline = keel_monotonic() + PATIENCE_SECONDS * KEEL_SECOND;
    pid_list children = {0};
    int status;

    kill(postmaster, SIGSTOP); /* so that no child is born while we count */
    list_children(postmaster, &children);
    kill(postmaster, SIGKILL);
    for (size_t at = 0; at < children.count; at++)
        kill(children.items[at], SIGKILL);
    keel_scratch_wait(postmaster, deadline - keel_monotonic(), &status);
    for (size_t at = 0; at < children.count; at++)
        while (!is_gone(children.items[at]) && keel_monotonic() < deadline)
            keel_sleep(KEEL_SECOND / 500);
    keel_vec_free(&children);
}

void keel_scratch_clear_log(const keel_scratch *scratch)
{
    KEEL_CLEANUP(keel_str_free) keel_str path = {0};

    log_path(scratch, &path);
    unlink(path.data);
}

void keel_scratch_add_log_tail(const keel_scratch *scratch, keel_str *out)
{
    KEEL_CLEANUP(keel_str_free) keel_str path = {0};
    char tail[600];

    log_path(scratch, &path);
    FILE *file = fopen(path.data, "re");
    if (file == NULL)
        return;
    if (fseek(file, -(long)(sizeof tail - 1), SEEK_END) != 0)
        rewind(file);
    size_t size = fread(tail, 1, sizeof tail - 1, file);
    fclose(file);
    while (size > 0 && isspace((unsigned char)tail[size - 1]))
        size--;
    tail[size] = '\0';
    for (char *at = strchr(tail, '\n'); at != NULL; at = strchr(at, '\n'))
        *at = ' ';
    keel_str_add(out, tail);
}

static _Noreturn void run_captured(const char *const *argv, int output)
{
    detach(output);
    execvp(argv[0], exec_arguments(argv));
    _exit(127);
}

bool keel_scratch_capture(const char *const *argv, keel_str *out)
{
    enum { PATIENCE_SECONDS = 10 };
    int ends[2];
    int status = -1;
    char part[512];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid_t child = fork();
    if (child == 0)
        run_captured(argv, ends[1]);
    close(ends[1]);
    for (ssize_t got; child > 0 && (got = read(ends[0], part, sizeof part)) > 0;)
        keel_str_addn(out, part, (size_t)got);
    close(ends[0]);
    if (child < 0 || !keel_scratch_wait(child, PATIENCE_SECONDS * KEEL_SECOND, &status) || status != 0)
        return false;
    while (out->size > 0 && out->data[out->size - 1] == '\n')
        out->data[--out->size] = '\0';
    return out->size > 0;
}
