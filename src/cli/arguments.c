/* The command line as the process list shows it: a password in a URL or a conninfo string is blanked there as soon as
 * the program has its own copy. For a moment at the start it is visible; PGPASSWORD, a service or ~/.pgpass never are. */
#include "cli/arguments.h"

#include <string.h>

#include "base/memory.h"

static void blank(char *from, const char *to)
{
    memset(from, 'x', (size_t)(to - from));
}

/* scheme://user:PASSWORD@host */
static void blank_user_info(char *argument)
{
    char *start = strstr(argument, "://");

    if (start == NULL)
        return;
    start += 3;
    size_t authority = strcspn(start, "/?");
    char *at = memrchr(start, '@', authority);
    char *colon = at != NULL ? memchr(start, ':', (size_t)(at - start)) : NULL;
    if (colon != NULL)
        blank(colon + 1, at);
}

/* password=SECRET in a query or a conninfo string, quoted or not. */
static void blank_keyword(char *argument)
{
    for (char *at = strstr(argument, "password"); at != NULL; at = strstr(at + 1, "password")) {
        char *value = at + strlen("password");
        value += strspn(value, " ");
        if (*value != '=')
            continue;
        value++;
        value += strspn(value, " ");
        if (*value == '\'')
            blank(value + 1, value + 1 + strcspn(value + 1, "'"));
        else
            blank(value, value + strcspn(value, " &"));
    }
}

/* One block: the array and behind it the texts, so that it does not matter what option parsing leaves in the array. */
char **keel_arguments_take(int argc, char **argv)
{
    size_t array = ((size_t)argc + 1) * sizeof(char *), texts = 0;

    for (int i = 0; i < argc; i++)
        texts += strlen(argv[i]) + 1;
    char **copy = keel_alloc(array + texts);
    char *to = (char *)copy + array;
    for (int i = 0; i < argc; i++) {
        size_t size = strlen(argv[i]) + 1;
        copy[i] = memcpy(to, argv[i], size);
        to += size;
        blank_user_info(argv[i]);
        blank_keyword(argv[i]);
    }
    copy[argc] = NULL;
    return copy;
}
