#include "base/options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"

typedef struct parse {
    const keel_option_set *sets;
    size_t set_count;
    int argc;
    char **argv;
    int at; /* the word being read */
    keel_error *err;
} parse;

typedef struct match {
    const keel_option *option;
    void *target;
} match;

static bool find(const parse *p, const char *name, size_t size, char short_name, match *ret_match)
{
    for (size_t s = 0; s < p->set_count; s++) {
        for (size_t i = 0; i < p->sets[s].count; i++) {
            const keel_option *o = &p->sets[s].options[i];
            bool same = name != NULL ? strlen(o->name) == size && memcmp(o->name, name, size) == 0
                                     : o->short_name == short_name;
            if (same) {
                *ret_match = (match){.option = o, .target = p->sets[s].target};
                return true;
            }
        }
    }
    return false;
}

static bool unknown_long(const parse *p, const char *name, size_t size)
{
    KEEL_VEC(const char *) names = {0};
    KEEL_CLEANUP(keel_str_free) keel_str wanted = {0};

    keel_str_addn(&wanted, name, size);
    for (size_t s = 0; s < p->set_count; s++)
        for (size_t i = 0; i < p->sets[s].count; i++)
            keel_vec_push(&names, p->sets[s].options[i].name);
    const char *nearest = keel_nearest_word(keel_str_text(&wanted), names.items, names.count);
    keel_vec_free(&names);
    keel_fail(p->err, KEEL_ERR_USAGE, "unknown option \"--%s\"", keel_str_text(&wanted));
    if (nearest != NULL)
        keel_fail_hint(p->err, "Did you mean \"--%s\"?", nearest);
    return false;
}

static bool set_int(const parse *p, const match *m, const char *value)
{
    const keel_option *o = m->option;
    char *end = NULL;

    errno = 0;
    int64_t number = strtoll(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0 || number < o->min || number > o->max)
        return keel_fail(p->err, KEEL_ERR_USAGE,
                         "\"--%s\" wants a number from %" PRId64 " to %" PRId64 ", not \"%s\"", o->name,
                         o->min, o->max, value);
    *(int64_t *)((char *)m->target + o->offset) = number;
    return true;
}

static bool set_choice(const parse *p, const match *m, const char *value)
{
    KEEL_CLEANUP(keel_str_free) keel_str known = {0};
    size_t count = 0;

    for (; m->option->choices[count] != NULL; count++) {
        if (strcmp(m->option->choices[count], value) == 0) {
            *(const char **)((char *)m->target + m->option->offset) = m->option->choices[count];
            return true;
        }
        keel_str_addf(&known, "%s%s", count > 0 ? ", " : "", m->option->choices[count]);
    }
    keel_fail(p->err, KEEL_ERR_USAGE, "\"--%s\" does not know \"%s\"", m->option->name, value);
    const char *nearest = keel_nearest_word(value, m->option->choices, count);
    if (nearest != NULL)
        return keel_fail_hint(p->err, "Did you mean \"%s\"? It knows %s.", nearest, keel_str_text(&known));
    return keel_fail_hint(p->err, "It knows %s.", keel_str_text(&known));
}

static bool add_text(const parse *p, const match *m, const char *value)
{
    keel_texts *texts = (keel_texts *)((char *)m->target + m->option->offset);

    if (texts->count == KEEL_TEXTS_MOST)
        return keel_fail(p->err, KEEL_ERR_USAGE, "\"--%s\" more than %d times", m->option->name, KEEL_TEXTS_MOST);
    texts->items[texts->count++] = value;
    return true;
}

static bool set_value(const parse *p, const match *m, const char *value)
{
    switch (m->option->type) {
    case KEEL_OPTION_FLAG:
        *(bool *)((char *)m->target + m->option->offset) = true;
        return true;
    case KEEL_OPTION_TEXT:
        *(const char **)((char *)m->target + m->option->offset) = value;
        return true;
    case KEEL_OPTION_TEXTS:
        return add_text(p, m, value);
    case KEEL_OPTION_INT:
        return set_int(p, m, value);
    case KEEL_OPTION_CHOICE:
        return set_choice(p, m, value);
    }
    return true;
}

/* The value of an option that wants one: behind "=" (or glued to a short name), else the next word. */
static bool take_value(parse *p, const match *m, const char *glued)
{
    if (glued == NULL && p->at + 1 >= p->argc)
        return keel_fail(p->err, KEEL_ERR_USAGE, "\"--%s\" wants a value: --%s %s", m->option->name,
                         m->option->name, m->option->argument);
    return set_value(p, m, glued != NULL ? glued : p->argv[++p->at]);
}

static bool parse_long(parse *p, const char *word)
{
    const char *equals = strchr(word, '=');
    size_t size = equals != NULL ? (size_t)(equals - word) : strlen(word);
    match m = {0};

    if (!find(p, word, size, 0, &m))
        return unknown_long(p, word, size);
    if (m.option->type != KEEL_OPTION_FLAG)
        return take_value(p, &m, equals != NULL ? equals + 1 : NULL);
    if (equals != NULL)
        return keel_fail(p->err, KEEL_ERR_USAGE, "\"--%s\" takes no value", m.option->name);
    return set_value(p, &m, NULL);
}

static bool parse_short(parse *p, const char *letters)
{
    for (const char *c = letters; *c != '\0'; c++) {
        match m = {0};
        if (!find(p, NULL, 0, *c, &m))
            return keel_fail(p->err, KEEL_ERR_USAGE, "unknown option \"-%c\"", *c);
        if (m.option->type != KEEL_OPTION_FLAG)
            return take_value(p, &m, c[1] != '\0' ? c + 1 : NULL);
        if (!set_value(p, &m, NULL))
            return false;
    }
    return true;
}

bool keel_options_parse(const keel_option_set *sets, size_t set_count, int argc, char **argv,
                        int *ret_words, keel_error *err)
{
    parse p = {.sets = sets, .set_count = set_count, .argc = argc, .argv = argv, .err = err};
    int words = 0;
    bool only_words = false;

    for (; p.at < argc; p.at++) {
        char *word = argv[p.at];
        bool is_option = !only_words && word[0] == '-' && word[1] != '\0';
        if (!is_option)
            argv[words++] = word;
        else if (strcmp(word, "--") == 0)
            only_words = true;
        else if (word[1] == '-' ? !parse_long(&p, word + 2) : !parse_short(&p, word + 1))
            return false;
    }
    *ret_words = words;
    return true;
}
