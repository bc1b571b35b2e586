/* A finding that somebody has looked at: "-- pgkeel:allow=L012 "small table" until=2027-01-01" in front of a statement, or
 * an entry of "allow:" in the configuration, for many files at once. */
#ifndef KEEL_LINT_SUPPRESS_H
#define KEEL_LINT_SUPPRESS_H

#include "lint/lint.h"

typedef struct keel_suppression {
    const char *rule;   /* as written: id or name; NULL: every rule */
    const char *path;   /* the files that it is about, see keel_suppression_covers; NULL: all */
    const char *reason; /* NULL: none given */
    const char *until;  /* "2027-01-01" or NULL */
    const char *file;   /* where it stands */
    int line, column;
    bool met;           /* one of its files was judged */
    bool used;          /* ... and it had something to suppress; or its rule did not run */
} keel_suppression;

typedef struct keel_suppressions {
    keel_suppression *items;
    size_t count, capacity;
} keel_suppressions;

/* Those in the comments in front of a statement. */
void keel_suppressions_read(keel_arena *arena, const keel_lint_statement *s, keel_suppressions *ret_suppressions);
/* Is the file one of `path`'s? A glob of whole parts, of the file's path or any end of it: "00*.sql" and
 * "migrations/00*.sql" are about "db/migrations/0012_x.sql"; a folder stands for all in it. */
bool keel_suppression_covers(const keel_suppression *suppression, const char *file);
/* Does one cover this rule in this file today? Marks it used. One without a reason, or expired, covers nothing. */
bool keel_suppressed(keel_suppressions *suppressions, const keel_lint_rule *rule, const char *file, const char *today);
/* What is wrong with them, said when what they are about was judged: unknown rule, no reason, expired, nothing to suppress.
 * `whole` false: not all that they are about was looked at, so the last is not said. */
void keel_suppressions_judge(const keel_suppressions *suppressions, bool whole, const char *today, keel_arena *arena,
                             keel_report *report);

#endif
