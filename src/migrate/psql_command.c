#include "migrate/psql_command.h"

#include <string.h>

static const struct {
    const char *name;
    const char *remedy; /* NULL: may be left out */
} commands[] = {
    {"echo", NULL},       {"qecho", NULL},  {"warn", NULL},     {"timing", NULL}, {"pset", NULL}, {"x", NULL},
    {"restrict", NULL},   {"unrestrict", NULL}, {"encoding", NULL}, {"t", NULL},  {"a", NULL},    {"q", "Delete what stands behind it."},
    {"i", "Copy the other file's SQL into this one."},
    {"ir", "Copy the other file's SQL into this one."},
    {"include", "Copy the other file's SQL into this one."},
    {"include_relative", "Copy the other file's SQL into this one."},
    {"copy", "Use COPY .. FROM STDIN with the data in this file."},
    {"gexec", "Write a DO block that EXECUTEs what the query makes."},
    {"gset", "Write a DO block with a variable."},
    {"g", "End the statement with a semicolon."},
    {"gx", "End the statement with a semicolon."},
    {"c", "A migration runs in one database; use --db for another."},
    {"connect", "A migration runs in one database; use --db for another."},
    {"if", "Write a DO block with an IF."},
    {"elif", "Write a DO block with an IF."},
    {"else", "Write a DO block with an IF."},
    {"endif", "Write a DO block with an IF."},
    {"!", "A migration runs SQL only."},
    {"watch", "A migration runs each statement once."},
};

/* \set of psql's own settings is harmless; a variable would be used further on. */
static bool harmless_set(const char *command)
{
    static const char *const settings[] = {"ON_ERROR_STOP", "ON_ERROR_ROLLBACK", "QUIET", "ECHO", "VERBOSITY",
                                           "SHOW_CONTEXT", "AUTOCOMMIT", "HISTFILE"};
    const char *name = command + strlen("\\set");

    name += strspn(name, " \t");
    for (size_t i = 0; i < KEEL_COUNT_OF(settings); i++)
        if (strncmp(name, settings[i], strlen(settings[i])) == 0 && strchr(" \t\r", name[strlen(settings[i])]) != NULL)
            return true;
    return *name == '\0';
}

bool keel_psql_command_allowed(const char *path, int line, const char *command, keel_error *err)
{
    size_t size = strcspn(command + 1, " \t\r");

    if (size == 3 && strncmp(command + 1, "set", 3) == 0 && harmless_set(command))
        return true;
    for (size_t i = 0; i < KEEL_COUNT_OF(commands); i++) {
        if (strlen(commands[i].name) != size || strncmp(command + 1, commands[i].name, size) != 0)
            continue;
        if (commands[i].remedy == NULL)
            return true;
        keel_fail(err, KEEL_ERR_CONFIG, "%s:%d: psql's command \"\\%s\" cannot be run here", path, line,
                  commands[i].name);
        return keel_fail_hint(err, "%s", commands[i].remedy);
    }
    keel_fail(err, KEEL_ERR_CONFIG, "%s:%d: psql's command \"%.*s\" cannot be run here", path, line, (int)size + 1,
              command);
    return keel_fail_hint(err, "Migrations are SQL; write what it does as SQL.");
}
