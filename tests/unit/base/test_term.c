#include "base/term.h"

#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

int main(void)
{
    int ends[2];

    ok(pipe(ends) == 0 && !keel_term_is_tty(ends[1]), "a pipe is no terminal");
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    ok(!keel_term_color(ends[1]), "a pipe gets no color");
    unsetenv("COLUMNS");
    is_int(keel_term_width(ends[1]), 80, "the width is 80 if nobody knows");
    setenv("COLUMNS", "132", 1);
    is_int(keel_term_width(ends[1]), 132, "COLUMNS counts");
    setenv("COLUMNS", "wide", 1);
    is_int(keel_term_width(ends[1]), 80, "nonsense in COLUMNS does not");
    return done_testing();
}
