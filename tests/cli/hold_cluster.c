/* hold_cluster FILE: starts a throwaway cluster, writes its connection string to FILE, and keeps it
 * until standard input ends. For .bats files, which need a server and cannot start one themselves.
 */
#include <stdio.h>
#include <unistd.h>

#include "pg/scratch.h"

int main(int argc, char **argv)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = NULL;
    keel_scratch_options options = {0};
    char partial[4096];
    char byte;
    keel_error err;

    if (argc != 2 ||
        snprintf(partial, sizeof partial, "%s.partial", argv[1]) >= (int)sizeof partial)
        return 2;
    if (!keel_scratch_start(&options, &cluster, &err)) {
        fprintf(stderr, "%s (%s)\n", err.message, err.hint);
        return 1;
    }
    FILE *file = fopen(partial, "w");
    if (file == NULL || fputs(keel_scratch_conninfo(cluster), file) < 0 || fclose(file) != 0 ||
        rename(partial, argv[1]) != 0)
        return 1;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    return 0;
}
