/* Bytes to stdout or --output FILE, errors to stderr. */
#ifndef KEEL_CLI_OUTPUT_H
#define KEEL_CLI_OUTPUT_H

#include "base/error.h"
#include "base/str.h"

/* Opens the file for the result before the work starts, so that a wrong path is found early; its old content
 * stays until the first write. NULL is stdout. */
bool keel_output_open(const char *path, int *ret_fd, keel_error *err);
bool keel_output_write(int fd, const keel_str *text, keel_error *err);
/* Closes the file; stdout stays open. A write error that shows up late is an error. */
bool keel_output_close(int fd, keel_error *err);
/* "pgkeel: message" and the hint under it, on stderr. */
void keel_output_error(const keel_error *err);

#endif
