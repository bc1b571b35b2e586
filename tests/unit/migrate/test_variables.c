/* ${NAME}: which names are replaced, and where a place of the replaced text stands in the file. */
#include "migrate/variables.h"

#include <stdlib.h>

#include "tap.h"

static keel_variables *known(keel_arena *arena)
{
    keel_variables *variables = keel_arena_alloc(arena, sizeof *variables);
    keel_error err = {0};

    setenv("PGKEEL_SET", "from outside", 1);
    unsetenv("PGKEEL_NOT_SET");
    ok(keel_variables_add_pair(arena, variables, "A=one=1", &err) && keel_variables_add(arena, variables, "flyway:b.c", "", &err) &&
       keel_variables_add_environment(arena, variables, "PGKEEL_SET", &err) &&
       keel_variables_add_environment(arena, variables, "PGKEEL_NOT_SET", &err), "four variables: %s", err.message);
    return variables;
}

static void test_replaced(void)
{
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"${A}", "one=1"},
        {"x${A}y${A}z", "xone=1yone=1z"},
        {"[${flyway:b.c}]", "[]"},
        {"${PGKEEL_SET}", "from outside"},
        {"${PGKEEL_NOT_SET}", "${PGKEEL_NOT_SET}"},
        {"${B} ${} ${A ${1} $A {A} ${A-x} ${a}", "${B} ${} ${A ${1} $A {A} ${A-x} ${a}"},
        {"$${A}$$", "$${A}$$"},       /* an array between dollar quotes */
        {"$$${A}$$", "$$one=1$$"},    /* a variable between them */
        {"$f$${A}$f$", "$f$${A}$f$"}, /* cannot be told from the first: not replaced */
        {"$f$ ${A} $f$", "$f$ one=1 $f$"},
        {"${${A}}", "${one=1}"},
        {"", ""},
    };
    keel_arena *arena = keel_arena_create();
    keel_variables *variables = known(arena);

    for (size_t i = 0; i < KEEL_COUNT_OF(rows); i++) {
        size_t size = 0;
        const char *got = keel_variables_replace(arena, variables, rows[i].text, strlen(rows[i].text), &size);
        is_str(got, rows[i].wanted, "%s", rows[i].text);
        is_int((int64_t)size, (int64_t)strlen(rows[i].wanted), "its size");
        ok((got == rows[i].text) == (strcmp(rows[i].text, rows[i].wanted) == 0), "copied only where something is replaced");
    }
    keel_arena_free(arena);
}

static void test_other(void)
{
    static const struct {
        const char *text;
        int64_t at; /* -1: nothing */
    } rows[] = {
        {"a $NAME", 2}, {"${NAME:-x}", 0}, {"${NAME-x} ", 0}, {"${NAME", 0}, {"${A} $B", 5}, {"$x$ $y $x$", 4},
        {"${NAME} $1 $$ $ $. $x$ $$ $x$ ${} ${1} $${a-b}$$", -1}, {"a$", -1}, {"", -1},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(rows); i++) {
        size_t at = 0;
        bool found = keel_variables_other(rows[i].text, strlen(rows[i].text), 0, &at);
        is_int(found ? (int64_t)at : -1, rows[i].at, "what is not replaced in: %s", rows[i].text);
    }
}

static void test_origin(void)
{
    keel_arena *arena = keel_arena_create();
    keel_variables *variables = known(arena);
    static const char text[] = "a ${A} b ${flyway:b.c} ${B} c ${PGKEEL_SET} d";
    size_t size = 0;
    const char *replaced = keel_variables_replace(arena, variables, text, strlen(text), &size);
    const char *const words[] = {"a", "b", "${B}", "c", "d"};

    for (size_t i = 0; i < KEEL_COUNT_OF(words); i++) {
        size_t at = (size_t)(strstr(replaced, keel_arena_printf(arena, "%s%s", i > 0 ? " " : "", words[i])) - replaced) + (i > 0);
        size_t origin = keel_variables_origin(arena, variables, text, strlen(text), at);
        is_int(strncmp(text + origin, words[i], strlen(words[i])), 0, "%s is found again", words[i]);
    }
    is_int((int64_t)keel_variables_origin(arena, variables, text, strlen(text), 4), 2, "inside of a value it is the variable");
    is_int((int64_t)keel_variables_origin(arena, variables, text, strlen(text), size), (int64_t)strlen(text), "the end is the end");
    keel_arena_free(arena);
}

static void test_refused(void)
{
    static const char *const pairs[] = {"A", "1A=x", "=x", "A B=x", "A-B=x"};
    keel_arena *arena = keel_arena_create();
    keel_variables variables = {0};

    for (size_t i = 0; i < KEEL_COUNT_OF(pairs); i++) {
        keel_error err = {0};
        ok(!keel_variables_add_pair(arena, &variables, pairs[i], &err) && err.kind == KEEL_ERR_USAGE && err.hint[0] != '\0',
           "refused: %s: %s", pairs[i], err.message);
    }
    is_int((int64_t)variables.count, 0, "none of them is there");
    keel_arena_free(arena);
}

int main(void)
{
    test_replaced();
    test_other();
    test_origin();
    test_refused();
    return done_testing();
}
