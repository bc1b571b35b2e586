/* Who holds locks on a file, as Linux tells it in /proc/locks: read-only looking, never a lock of
 * our own. */
#ifndef KEEL_SQLITE_HOLDER_H
#define KEEL_SQLITE_HOLDER_H

#include <stddef.h>

/* Writes "process 4711 (python3)" of the first other process that holds a write lock on `path` into
 * ret_text, or "" if none is seen (another container, a network file system). */
void keel_sqlite_lock_holder(const char *path, char *ret_text, size_t size);

#endif
