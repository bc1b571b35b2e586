/* What a file descriptor shows to a human: is it a terminal, does it want color, how wide is it. */
#ifndef KEEL_BASE_TERM_H
#define KEEL_BASE_TERM_H

#include <stdbool.h>

bool keel_term_is_tty(int fd);

/* True on a terminal that is not "dumb", unless NO_COLOR is set to anything but "". */
bool keel_term_color(int fd);

/* Columns: of the terminal, else of COLUMNS, else 80. */
int keel_term_width(int fd);

#endif
