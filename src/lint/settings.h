/* What pgkeel.yaml says to lint, under "lint:": which rules run, what somebody has looked at already, and the policies of
 * the house that some rules judge by.
 *
 *     lint:
 *       small_rows: 50000
 *       other_runner: true                  # not pgkeel migrate applies the files
 *       skip: [L056]
 *       also: [L100]                        # rules that are off unless named
 *       allow:
 *         - {rule: L093, path: "migrations/00*.sql", reason: "read by a client of 2019", until: 2027-01-01}
 *       policy:
 *         names: {table: "^[a-z][a-z0-9_]*$"}
 *         required: {columns: [created_at], comments: true}
 *         forbidden: {features: [triggers], types: [money]} */
#ifndef KEEL_LINT_SETTINGS_H
#define KEEL_LINT_SETTINGS_H

#include "base/yaml.h"
#include "lint/suppress.h"

/* What names of new objects look like: POSIX extended regular expressions; NULL = anything. */
typedef struct keel_lint_names_policy {
    const char *table, *column, *index, *constraint;
} keel_lint_names_policy;

enum {
    KEEL_LINT_FOREIGN_KEYS = 1,
    KEEL_LINT_INHERITANCE = 2,
    KEEL_LINT_PARTITIONS = 4,
    KEEL_LINT_RULES = 8,
    KEEL_LINT_TRIGGERS = 16,
    KEEL_LINT_UNLOGGED = 32,
};

struct keel_lint_policy {
    keel_lint_names_policy names;
    const char *const *required_columns; /* of every new table; NULL-terminated, NULL = none */
    bool required_comments;              /* on every new table */
    unsigned forbidden_features;         /* of the above */
    const char *const *forbidden_types;  /* NULL-terminated, NULL = none */
};

struct keel_lint_settings {
    double small_rows;                             /* 0 = not set */
    bool other_runner;
    const char *const *only, *const *skip, *const *also; /* ids or names, NULL-terminated; NULL = not set */
    keel_suppressions allow;
    keel_lint_policy policy;
    const keel_yaml *policies; /* the keys of "policy:" that are there; or NULL */
};

/* Reads the value of "lint:". Refused, with file, line and column: what is not known there, a rule that does not exist in
 * only, skip or also, a regular expression that is none, a date that is none. What is wrong with an entry of "allow" is a
 * finding of the run instead, as it is for those that stand in the files. Strings live in the arena or the tree. */
bool keel_lint_settings_read(keel_arena *arena, const keel_yaml *node, const char *file, keel_lint_settings *ret_settings,
                             keel_error *err);
/* Is the policy there that the rule judges by? True for a rule that needs none. */
bool keel_lint_settings_state(const keel_lint_settings *settings, const keel_lint_rule *rule);

#endif
