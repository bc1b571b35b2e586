#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char disk[512];
static bool mounted;
static pid_t owner;

void disk_unmount(void)
{
    if (mounted && getpid() == owner)
        umount2(disk, MNT_DETACH);
    mounted = false;
}

const char *disk_mount(const char *size)
{
    static bool unmounts_at_exit;

    snprintf(disk, sizeof disk, "%s", stand_path("disk"));
    mkdir(disk, 0755);
    chmod(stand_path(""), 0711); /* the server is another user */
    if (mount("pgkeel-test", disk, "tmpfs", 0, size) != 0)
        return NULL;
    if (!unmounts_at_exit)
        atexit(disk_unmount);
    unmounts_at_exit = true;
    owner = getpid();
    mounted = true;
    return disk;
}

void disk_enlarge(const char *size)
{
    if (mount("pgkeel-test", disk, "tmpfs", MS_REMOUNT, size) != 0)
        stand_bail_out("remount", strerror(errno));
}

void disk_fill(void)
{
    static const char block[65536];
    char path[600];

    snprintf(path, sizeof path, "%s/filler", disk);
    int filler = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (filler < 0)
        stand_bail_out("cannot fill", disk);
    while (write(filler, block, sizeof block) > 0)
        continue;
    close(filler);
}

void disk_give_to_owner_of(const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0)
        stand_bail_out(path, strerror(errno));
    if (chown(disk, status.st_uid, status.st_gid) != 0)
        stand_bail_out(disk, strerror(errno));
}
