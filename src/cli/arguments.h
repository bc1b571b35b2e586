/* The program's arguments, copied, with passwords blanked where the process list can see them. */
#ifndef KEEL_CLI_ARGUMENTS_H
#define KEEL_CLI_ARGUMENTS_H

/* A NULL-terminated copy of argv, to be freed with free() as a whole; argv's own passwords are overwritten. */
char **keel_arguments_take(int argc, char **argv);

#endif
