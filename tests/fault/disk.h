/* A small disk of the tests' own: a tmpfs, which only root can mount. Gone when the test ends. */
#ifndef KEEL_TESTS_DISK_H
#define KEEL_TESTS_DISK_H

#include "stand.h"

/* Mounts it ("size=2m"); NULL: this machine does not let us, errno says why. Its directory, "STAND/disk". */
const char *disk_mount(const char *size);
void disk_unmount(void);
void disk_enlarge(const char *size);
/* Writes a file until there is no room left. */
void disk_fill(void);
/* It belongs to whom this path belongs to: the server. */
void disk_give_to_owner_of(const char *path);

#endif
