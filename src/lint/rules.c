#include <string.h>

#include "lint/lint.h"

/* One line per rule: id and NAME of keel_lint_NAME, by id. */
#define RULES(X) \
    X(l001)      \
    X(l012)

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
