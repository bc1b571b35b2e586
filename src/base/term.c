#include "base/term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool keel_term_is_tty(int fd)
{
    return isatty(fd) == 1;
}

bool keel_term_color(int fd)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (no_color != NULL && no_color[0] != '\0')
        return false;
    if (term == NULL || strcmp(term, "dumb") == 0)
        return false;
    return keel_term_is_tty(fd);
}

int keel_term_width(int fd)
{
    struct winsize size = {0};
    const char *columns = getenv("COLUMNS");

    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    if (columns != NULL) {
        long width = strtol(columns, NULL, 10);
        if (width >= 20 && width <= 1000)
            return (int)width;
    }
    return 80;
}
