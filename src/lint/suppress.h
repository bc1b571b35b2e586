/* "-- pgkeel:allow=L012 "small table" until=2027-01-01" in front of a statement: a finding that somebody has looked at. */
#ifndef KEEL_LINT_SUPPRESS_H
#define KEEL_LINT_SUPPRESS_H

#include "lint/lint.h"

typedef struct keel_suppression {
    const char *rule;   /* as written: id or name */
    const char *reason; /* NULL: none given */
    const char *until;  /* "2027-01-01" or NULL */
    int line;
    bool used;
} keel_suppression;

typedef struct keel_suppressions {
    keel_suppression *items;
    size_t count, capacity;
} keel_suppressions;

/* Those in the comments in front of a statement. */
void keel_suppressions_read(keel_arena *arena, const keel_lint_statement *s, keel_suppressions *ret_suppressions);
/* The one that covers this rule today, or NULL; marks it used. One without a reason, or expired, covers nothing. */
bool keel_suppressed(keel_suppressions *suppressions, const keel_lint_rule *rule, const char *today);
/* What is wrong with them, said after the statement was judged: unknown rule, no reason, expired, nothing to suppress. */
void keel_suppressions_judge(const keel_suppressions *suppressions, const keel_lint_statement *s, const char *today,
                             keel_arena *arena, keel_report *report);

#endif
