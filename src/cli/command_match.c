#include "cli/command.h"

#include <string.h>

#include "base/memory.h"

const keel_command *keel_command_find(const char *name)
{
    for (const keel_command *const *c = keel_commands; *c != NULL; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

bool keel_command_in_group(const keel_command *command, const keel_command_group *group)
{
    size_t size = strlen(group->name);

    return strncmp(command->name, group->name, size) == 0 && command->name[size] == ' ';
}

static bool has_commands(const keel_command_group *group)
{
    for (const keel_command *const *c = keel_commands; *c != NULL; c++)
        if (keel_command_in_group(*c, group))
            return true;
    return false;
}

const keel_command_group *keel_command_group_find(const char *name)
{
    for (const keel_command_group *g = keel_command_groups; g->name != NULL; g++)
        if (strcmp(g->name, name) == 0 && has_commands(g))
            return g;
    return NULL;
}

typedef KEEL_VEC(const char *) words;

static void collect_top_words(words *known)
{
    for (const keel_command *const *c = keel_commands; *c != NULL; c++)
        if (strchr((*c)->name, ' ') == NULL)
            keel_vec_push(known, (*c)->name);
    for (const keel_command_group *g = keel_command_groups; g->name != NULL; g++)
        if (has_commands(g))
            keel_vec_push(known, g->name);
}

static void collect_group_words(words *known, const keel_command_group *group)
{
    for (const keel_command *const *c = keel_commands; *c != NULL; c++)
        if (keel_command_in_group(*c, group))
            keel_vec_push(known, (*c)->name + strlen(group->name) + 1);
}

/* The whole command of a word that is known one level down: "verify" alone means "transfer verify". */
static const char *elsewhere(const char *word)
{
    for (const keel_command *const *c = keel_commands; *c != NULL; c++) {
        const char *space = strchr((*c)->name, ' ');
        if (space != NULL && strcmp(space + 1, word) == 0)
            return (*c)->name;
    }
    return NULL;
}

static bool unknown_word(const char *word, const keel_command_group *group, keel_error *err)
{
    const char *prefix = group != NULL ? group->name : "";
    const char *space = group != NULL ? " " : "";
    words known = {0};

    if (group != NULL)
        collect_group_words(&known, group);
    else
        collect_top_words(&known);
    const char *nearest = keel_nearest_word(word, known.items, known.count);
    keel_vec_free(&known);
    keel_fail(err, KEEL_ERR_USAGE, "unknown command \"%s%s%s\"", prefix, space, word);
    if (nearest != NULL)
        return keel_fail_hint(err, "Did you mean \"pgkeel %s%s%s\"?", prefix, space, nearest);
    if (group == NULL && elsewhere(word) != NULL)
        return keel_fail_hint(err, "Did you mean \"pgkeel %s\"?", elsewhere(word));
    return keel_fail_hint(err, "See \"pgkeel help%s%s\" for the list.", space, prefix);
}

bool keel_command_match(int argc, char **argv, const keel_command **ret_command,
                        const keel_command_group **ret_group, int *ret_words, keel_error *err)
{
    const keel_command *command = keel_command_find(argv[0]);
    const keel_command_group *group = keel_command_group_find(argv[0]);
    int count = 1;

    if (command == NULL && group == NULL)
        return unknown_word(argv[0], NULL, err);
    if (command == NULL && argc > 1 && argv[1][0] != '-') {
        KEEL_CLEANUP(keel_str_free) keel_str name = {0};
        keel_str_addf(&name, "%s %s", argv[0], argv[1]);
        command = keel_command_find(name.data);
        count = 2;
        if (command == NULL)
            return unknown_word(argv[1], group, err);
    }
    *ret_command = command;
    *ret_group = group;
    *ret_words = count;
    return true;
}
