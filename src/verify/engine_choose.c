/* Which checks were asked for. A word that means nothing is an error: a misspelt --only must not
 * look like a database without faults. */
#include <string.h>

#include "verify/engine_inside.h"

static bool groups_given(const keel_check_options *options)
{
    for (int group = 0; group < KEEL_GROUP_COUNT; group++)
        if (options->groups[group])
            return true;
    return false;
}

/* "data" and "data.*" */
static bool word_means_group(const char *word, keel_check_group group)
{
    const char *name = keel_check_group_name(group);
    size_t size = strlen(name);

    return strncmp(word, name, size) == 0 && (word[size] == '\0' || strcmp(word + size, ".*") == 0);
}

static bool word_is_group(const char *word)
{
    for (int group = 0; group < KEEL_GROUP_COUNT; group++)
        if (word_means_group(word, (keel_check_group)group))
            return true;
    return false;
}

static bool word_means(const char *word, const keel_check *check)
{
    return strcmp(word, check->id) == 0 || word_means_group(word, check->group);
}

static bool list_means(const char *const *words, const keel_check *check)
{
    for (; words != NULL && *words != NULL; words++)
        if (word_means(*words, check))
            return true;
    return false;
}

static bool list_names(const char *const *words, const char *id)
{
    for (; words != NULL && *words != NULL; words++)
        if (strcmp(*words, id) == 0)
            return true;
    return false;
}

static bool wanted(const keel_check_options *options, const keel_check *check)
{
    if (groups_given(options) && !options->groups[check->group])
        return false;
    if ((check->flags & KEEL_CHECK_NEEDS_SUITE) != 0 && options->suite == NULL)
        return false;
    if ((check->flags & KEEL_CHECK_NEEDS_BASELINE) != 0 && options->baseline == NULL)
        return false;
    bool opt_in =
        (check->flags & KEEL_CHECK_OPT_IN) != 0 && (check->flags & KEEL_CHECK_NEEDS_SUITE) == 0;
    if (opt_in && !list_names(options->only, check->id))
        return false;
    return (options->only == NULL || list_means(options->only, check)) &&
           !list_means(options->skip, check);
}

static const char *refusal(const keel_suite *suite, const char *id)
{
    for (size_t i = 0; suite != NULL && i < suite->skip.count; i++)
        if (strcmp(suite->skip.items[i], id) == 0)
            return suite->skip_reasons.count > i ? suite->skip_reasons.items[i]
                                                 : "the suite leaves it out";
    return NULL;
}

static void add_entry(keel_engine *e, const keel_check *check, size_t item)
{
    keel_engine_entry entry = {
        .check = check, .item = item, .refused = refusal(e->options->suite, check->id)};

    keel_arena_push(e->arena, &e->entries, entry);
}

/* Every check there is for this command line, with a copy for each item of the suite. */
typedef struct candidates {
    struct candidate {
        const keel_check *check;
        size_t item;
    } * items;
    size_t count, capacity;
} candidates;

static void add_candidates(keel_engine *e, const keel_check *check, candidates *all)
{
    if (check->items == NULL) {
        struct candidate one = {check, 0};
        keel_arena_push(e->arena, all, one);
        return;
    }
    size_t count = e->options->suite != NULL ? check->items(e->options->suite) : 0;
    for (size_t item = 0; item < count; item++) {
        keel_check *copy = keel_arena_alloc(e->arena, sizeof *copy);
        *copy = *check;
        check->item(e->options->suite, item, copy);
        struct candidate one = {copy, item};
        keel_arena_push(e->arena, all, one);
    }
}

static bool refuse_word(keel_engine *e, const char *word, const candidates *all, keel_error *err)
{
    const char **words =
        keel_arena_alloc(e->arena, (all->count + KEEL_GROUP_COUNT) * sizeof *words);
    size_t count = 0;

    for (size_t i = 0; i < all->count; i++)
        words[count++] = all->items[i].check->id;
    for (int group = 0; group < KEEL_GROUP_COUNT; group++)
        words[count++] = keel_check_group_name((keel_check_group)group);
    const char *nearest = keel_nearest_word(word, words, count);
    keel_fail(err, KEEL_ERR_USAGE, "there is no check \"%s\"", word);
    if (nearest != NULL)
        return keel_fail_hint(err, "Did you mean \"%s\"? \"pgkeel check --list\" shows them all.",
                              nearest);
    return keel_fail_hint(err, "\"pgkeel check --list\" shows them all.");
}

static bool
words_known(keel_engine *e, const char *const *words, const candidates *all, keel_error *err)
{
    for (; words != NULL && *words != NULL; words++) {
        bool known = word_is_group(*words);
        for (size_t i = 0; i < all->count && !known; i++)
            known = word_means(*words, all->items[i].check);
        if (!known)
            return refuse_word(e, *words, all, err);
    }
    return true;
}

static bool suite_words_known(keel_engine *e, const candidates *all, keel_error *err)
{
    const keel_suite *suite = e->options->suite;

    for (size_t i = 0; suite != NULL && i < suite->skip.count; i++) {
        const char *const words[] = {suite->skip.items[i], NULL};
        if (!words_known(e, words, all, err))
            return keel_fail_context(err, "%s:%d", suite->skip.place.file, suite->skip.place.line);
    }
    return true;
}

bool keel_engine_choose_checks(keel_engine *e, keel_error *err)
{
    candidates all = {0};

    for (size_t i = 0; keel_checks[i] != NULL; i++)
        add_candidates(e, keel_checks[i], &all);
    if (!words_known(e, e->options->only, &all, err) ||
        !words_known(e, e->options->skip, &all, err) || !suite_words_known(e, &all, err))
        return false;
    for (int group = 0; group < KEEL_GROUP_COUNT; group++)
        for (size_t i = 0; i < all.count; i++)
            if ((int)all.items[i].check->group == group && wanted(e->options, all.items[i].check))
                add_entry(e, all.items[i].check, all.items[i].item);
    if (e->entries.count > 0)
        return true;
    keel_fail(err, KEEL_ERR_USAGE, "no check is left to run");
    return keel_fail_hint(
        err,
        "--only, --skip and the groups exclude every check, or those that are left need --suite, "
        "--save or --against.");
}
