#include <string.h>

#include "base/str.h"
#include "lint/lint.h"

/* One line per rule: id and NAME of keel_lint_NAME, by id. */
#define RULES(X) \
    X(l001)      \
    X(l002)      \
    X(l003)      \
    X(l004)      \
    X(l005)      \
    X(l006)      \
    X(l007)      \
    X(l008)      \
    X(l009)      \
    X(l010)      \
    X(l011)      \
    X(l012)      \
    X(l013)      \
    X(l014)      \
    X(l015)      \
    X(l016)      \
    X(l017)      \
    X(l018)      \
    X(l019)      \
    X(l020)      \
    X(l021)      \
    X(l022)      \
    X(l024)      \
    X(l025)      \
    X(l026)      \
    X(l027)      \
    X(l028)      \
    X(l029)      \
    X(l030)      \
    X(l031)      \
    X(l032)      \
    X(l033)      \
    X(l034)      \
    X(l035)      \
    X(l036)      \
    X(l037)      \
    X(l038)      \
    X(l039)      \
    X(l040)      \
    X(l050)      \
    X(l051)      \
    X(l052)      \
    X(l053)      \
    X(l054)      \
    X(l055)      \
    X(l056)      \
    X(l057)      \
    X(l058)      \
    X(l059)      \
    X(l060)      \
    X(l062)      \
    X(l063)      \
    X(l064)      \
    X(l070)      \
    X(l071)      \
    X(l072)      \
    X(l073)      \
    X(l074)      \
    X(l075)      \
    X(l076)      \
    X(l077)      \
    X(l078)      \
    X(l079)      \
    X(l080)      \
    X(l081)      \
    X(l082)      \
    X(l083)      \
    X(l084)      \
    X(l085)      \
    X(l086)      \
    X(l090)      \
    X(l091)      \
    X(l092)      \
    X(l093)      \
    X(l094)      \
    X(l095)      \
    X(l096)      \
    X(l097)      \
    X(l098)      \
    X(l099)      \
    X(l100)      \
    X(l101)      \
    X(l102)      \
    X(l103)      \
    X(l104)      \
    X(l105)      \
    X(l106)      \
    X(l107)      \
    X(l108)      \
    X(l109)      \
    X(l110)      \
    X(l111)      \
    X(l112)      \
    X(l114)      \
    X(l115)      \
    X(l116)      \
    X(l119)      \
    X(l120)      \
    X(l121)      \
    X(l122)      \
    X(l123)      \
    X(l124)      \
    X(l125)      \
    X(l126)      \
    X(l127)

#define X(name) extern const keel_lint_rule keel_lint_##name;
RULES(X)
#undef X

const keel_lint_rule *const keel_lint_rules[] = {
#define X(name) &keel_lint_##name,
    RULES(X)
#undef X
    NULL,
};

const keel_lint_rule *keel_lint_rule_find(const char *id_or_name)
{
    for (size_t i = 0; keel_lint_rules[i] != NULL; i++)
        if (strcmp(keel_lint_rules[i]->id, id_or_name) == 0 || strcmp(keel_lint_rules[i]->name, id_or_name) == 0)
            return keel_lint_rules[i];
    return NULL;
}

const char *keel_lint_rule_nearest(keel_arena *arena, const char *word)
{
    size_t count = 0;

    while (keel_lint_rules[count] != NULL)
        count++;
    const char **words = keel_arena_alloc(arena, (2 * count + 1) * sizeof *words);
    for (size_t i = 0; i < count; i++) {
        words[2 * i] = keel_lint_rules[i]->id;
        words[2 * i + 1] = keel_lint_rules[i]->name;
    }
    return keel_nearest_word(word, words, 2 * count);
}
