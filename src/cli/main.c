#include <stdlib.h>

#include "cli/arguments.h"
#include "cli/cli.h"

int main(int argc, char **argv)
{
    char **arguments = keel_arguments_take(argc, argv);
    int exit_code = keel_cli_main(argc, arguments);

    free(arguments);
    return exit_code;
}
