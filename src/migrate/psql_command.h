/* psql's own commands in a migration file: few can be left out without harm, the others are refused by name. */
#ifndef KEEL_MIGRATE_PSQL_COMMAND_H
#define KEEL_MIGRATE_PSQL_COMMAND_H

#include "base/error.h"

/* true: the command (from its backslash on) changes nothing that matters here and may be left out. */
bool keel_psql_command_allowed(const char *path, int line, const char *command, keel_error *err);

#endif
