#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool failed(const char *what, keel_error *err)
{
    return keel_fail(err, KEEL_ERR_IO, "cannot %s: %s", what, strerror(errno));
}

bool keel_output_open(const char *path, int *ret_fd, keel_error *err)
{
    if (path == NULL) {
        *ret_fd = STDOUT_FILENO;
        return true;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return keel_fail(err, KEEL_ERR_IO, "cannot write \"%s\": %s", path, strerror(errno));
    *ret_fd = fd;
    return true;
}

/* Before its first byte a regular file is emptied: it may hold an older, longer report. */
static bool empty_file(int fd, keel_error *err)
{
    struct stat status;

    if (fd == STDOUT_FILENO || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return true;
    if (lseek(fd, 0, SEEK_CUR) == 0 && ftruncate(fd, 0) != 0)
        return failed("empty the output file", err);
    return true;
}

bool keel_output_write(int fd, const keel_str *text, keel_error *err)
{
    size_t at = 0;

    if (!empty_file(fd, err))
        return false;
    while (at < text->size) {
        ssize_t written = write(fd, text->data + at, text->size - at);
        if (written < 0 && errno != EINTR)
            return failed("write the result", err);
        at += written > 0 ? (size_t)written : 0;
    }
    return true;
}

bool keel_output_close(int fd, keel_error *err)
{
    return fd == STDOUT_FILENO || close(fd) == 0 || failed("write the result", err);
}

void keel_output_error(const keel_error *err)
{
    fprintf(stderr, "pgkeel: %s\n", err->message);
    if (err->hint[0] != '\0')
        fprintf(stderr, "hint: %s\n", err->hint);
}
