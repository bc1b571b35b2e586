#include "cli/signals.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "cli/cli.h"

/* The one writable global of the house: a signal handler has nowhere else to write. */
static volatile sig_atomic_t cancelled = 0;

static void say(const char *text, size_t size)
{
    int saved = errno;

    (void)!write(STDERR_FILENO, text, size);
    errno = saved;
}

static void on_signal(int signal_number)
{
    static const char first[] =
        "\npgkeel: stopping at the next safe point; once more to stop at once, nothing is lost either way\n";
    static const char second[] = "\npgkeel: stopped at once; what is committed is kept\n";

    (void)signal_number;
    if (cancelled) {
        say(second, sizeof second - 1);
        _exit(2);
    }
    cancelled = 1;
    say(first, sizeof first - 1);
}

const volatile sig_atomic_t *keel_cli_cancel_flag(void)
{
    return &cancelled;
}

void keel_signals_install(void)
{
    struct sigaction stop = {.sa_handler = on_signal};
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigemptyset(&stop.sa_mask);
    sigaddset(&stop.sa_mask, SIGINT);
    sigaddset(&stop.sa_mask, SIGTERM);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, NULL);
}
