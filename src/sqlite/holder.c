#include "sqlite/holder.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void process_name(long pid, char *ret_name, size_t size)
{
    char path[64];

    snprintf(ret_name, size, "unknown program");
    snprintf(path, sizeof path, "/proc/%ld/comm", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    if (fgets(ret_name, (int)size, file) != NULL)
        ret_name[strcspn(ret_name, "\n")] = '\0';
    fclose(file);
}

/* "1: POSIX  ADVISORY  WRITE 4711 08:01:1234567 1073741824 1073742335" */
static bool line_names_writer(const char *line, const struct stat *file, long *ret_pid)
{
    unsigned int device_major, device_minor;
    unsigned long long inode;
    char access[16];
    long pid;

    if (sscanf(line, "%*d: %*s %*s %15s %ld %x:%x:%llu", access, &pid, &device_major, &device_minor,
               &inode) != 5)
        return false;
    if (strcmp(access, "WRITE") != 0 || inode != file->st_ino || pid <= 0 || pid == (long)getpid())
        return false;
    *ret_pid = pid;
    return device_major == major(file->st_dev) && device_minor == minor(file->st_dev);
}

void keel_sqlite_lock_holder(const char *path, char *ret_text, size_t size)
{
    struct stat file;
    char line[256], name[64];
    long pid;

    ret_text[0] = '\0';
    if (stat(path, &file) != 0)
        return;
    FILE *locks = fopen("/proc/locks", "re");
    if (locks == NULL)
        return;
    while (fgets(line, sizeof line, locks) != NULL) {
        if (!line_names_writer(line, &file, &pid))
            continue;
        process_name(pid, name, sizeof name);
        snprintf(ret_text, size, "process %ld (%s)", pid, name);
        break;
    }
    fclose(locks);
}
