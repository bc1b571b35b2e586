/* The program's arguments, copied, with passwords blanked where the process list can see them. */
#ifndef KEEL_CLI_ARGUMENTS_H
#define KEEL_CLI_ARGUMENTS_H

/* A NULL-terminated copy of argv; argv's own passwords are overwritten. Free it with keel_arguments_free, in whatever
 * order its entries stand by then (option parsing moves them). */
char **keel_arguments_take(int argc, char **argv);
void keel_arguments_free(char **copy);

#endif
