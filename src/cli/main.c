#include "cli/cli.h"

int main(int argc, char **argv)
{
    return keel_cli_main(argc, argv);
}
