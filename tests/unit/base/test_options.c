#include "base/options.h"

#include "tap.h"

typedef struct target {
    bool quiet;
    bool dry_run;
    const char *from;
    const char *keys;
    int64_t jobs;
    keel_texts vars;
} target;

static const char *const key_choices[] = {"keep", "remap", NULL};
static const keel_option own[] = {
    KEEL_TEXT_OPTION(target, from, "from", 0, "SOURCE", "where rows come from"),
    KEEL_CHOICE_OPTION(target, keys, "keys", 'k', "HOW", key_choices, "keep or remap"),
    KEEL_INT_OPTION(target, jobs, "jobs", 'j', "N", 1, 64, "workers"),
    KEEL_FLAG_OPTION(target, dry_run, "dry-run", 0, "plan only"),
    KEEL_TEXTS_OPTION(target, vars, "var", 0, "NAME=VALUE", "a variable"),
};
static const keel_option common[] = {KEEL_FLAG_OPTION(target, quiet, "quiet", 'q', "say less")};

/* Parses words separated by spaces. */
static bool parse(const char *line, target *t, char **argv, int *words, keel_error *err)
{
    static char copy[256];
    int argc = 0;
    const keel_option_set sets[] = {{own, KEEL_COUNT_OF(own), t}, {common, KEEL_COUNT_OF(common), t}};

    snprintf(copy, sizeof copy, "%s", line);
    for (char *save = NULL, *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    return keel_options_parse(sets, KEEL_COUNT_OF(sets), argc, argv, words, err);
}

static void values_arrive(void)
{
    target t = {0};
    char *argv[32];
    int words = 0;
    keel_error err = {0};

    ok(parse("one --from=a.db --keys keep -j4 two -q --dry-run -- --three", &t, argv, &words, &err),
       "a line with everything: %s", err.message);
    is_str(t.from, "a.db", "--name=value");
    is_str(t.keys, "keep", "--name value");
    is_int(t.jobs, 4, "-nvalue");
    ok(t.quiet && t.dry_run, "flags of both tables");
    is_int(words, 3, "three words");
    is_str(argv[1], "two", "words keep their order");
    is_str(argv[2], "--three", "-- ends the options");
    ok(parse("-qj 8 --from=a=b -", &t, argv, &words, &err), "short ones in a row");
    is_int(t.jobs, 8, "the last one wins");
    is_str(t.from, "a=b", "the first = separates");
    is_int(words, 1, "a lone - is a word");
    ok(parse("--var A=1 --var=B=2", &t, argv, &words, &err), "an option that collects");
    ok(t.vars.count == 2 && strcmp(t.vars.items[0], "A=1") == 0 && strcmp(t.vars.items[1], "B=2") == 0, "keeps them all");
}

static void refused(const char *line, const char *message, const char *hint)
{
    target t = {0};
    char *argv[32];
    int words = -1;
    keel_error err = {0};

    ok(!parse(line, &t, argv, &words, &err) && words == -1, "refused: %s", line);
    is_int(err.kind, KEEL_ERR_USAGE, "... as wrong usage");
    is_str(err.message, message, "... with its message");
    is_str(err.hint, hint, "... and its hint");
}

static void help_is_aligned(void)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    static const keel_option options[] = {
        KEEL_FLAG_OPTION(target, quiet, "quiet", 'q', "say less"),
        KEEL_TEXT_OPTION(target, from, "from", 0, "SOURCE",
                         "where rows come from: a long sentence that does not fit on one line of a terminal"),
    };

    keel_options_help(options, KEEL_COUNT_OF(options), &out);
    is_str(out.data,
           "  -q, --quiet        say less\n"
           "      --from SOURCE  where rows come from: a long sentence that does not fit on\n"
           "                     one line of a terminal\n",
           "help text");
}

int main(void)
{
    values_arrive();
    refused("--form x", "unknown option \"--form\"", "Did you mean \"--from\"?");
    refused("--xylophone", "unknown option \"--xylophone\"", "");
    refused("-x", "unknown option \"-x\"", "");
    refused("--from", "\"--from\" wants a value: --from SOURCE", "");
    refused("--quiet=yes", "\"--quiet\" takes no value", "");
    refused("--jobs 0", "\"--jobs\" wants a number from 1 to 64, not \"0\"", "");
    refused("--jobs 4x", "\"--jobs\" wants a number from 1 to 64, not \"4x\"", "");
    refused("--keys kepe", "\"--keys\" does not know \"kepe\"",
            "Did you mean \"keep\"? It knows keep, remap.");
    help_is_aligned();
    return done_testing();
}
