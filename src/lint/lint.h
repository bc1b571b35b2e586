/* pgkeel lint: what a migration will do to the people who use the database while it runs, said before it runs. A rule
 * is one file in rules/ with one `const keel_lint_rule`, and one line in rules.c; the list, --explain, the reference page
 * and the test that holds every rule against PostgreSQL itself come from the descriptor.
 *
 * Statements are judged in their order, each in the world that the ones before it have left (lint/world.h): of a table
 * that the same run makes, nobody is a user yet. With a live database the world begins as its catalogue; without one,
 * tables that the run has not made are taken for large and busy. */
#ifndef KEEL_LINT_LINT_H
#define KEEL_LINT_LINT_H

#include "base/clock.h"
#include "lint/world.h"
#include "report/finding.h"
#include "sql/classify.h"

typedef struct keel_lint_statement {
    const char *file;
    int line;                    /* of its first word */
    const char *sql;             /* without its semicolon */
    size_t size;
    const keel_sql_node *node;   /* NULL: not PostgreSQL 15's grammar */
    const keel_sql_complaint *complaint; /* then: what the grammar says; NULL = said elsewhere */
    const keel_sql_class *class;
    bool substituted;            /* values of variables stand in it, which the file has not */
    bool bounded;                /* the file has its own BEGIN and COMMIT around it */
    int transaction;             /* statements of one number share a transaction; each has one, outside ones their own */
    const char *before;          /* the comments and blanks in front of it, where suppressions stand */
    size_t before_size;
    int before_line;
} keel_lint_statement;

typedef struct keel_lint_script {
    keel_lint_statement *items;
    size_t count, capacity;
} keel_lint_script;

typedef struct keel_lint keel_lint; /* one run of lint; lint/run.c */
typedef struct keel_lint_settings keel_lint_settings; /* of the configuration; lint/settings.h */
typedef struct keel_lint_policy keel_lint_policy;

enum {
    KEEL_LINT_NEEDS_LIVE = 1, /* says nothing without a live database */
    KEEL_LINT_OFF = 2,        /* runs only if the configuration or --only asks for it (taste, policy) */
    KEEL_LINT_TEXT = 4,       /* looks at text, statement by statement, parsed or not */
    KEEL_LINT_SCRIPT = 8,     /* looks at the script as a whole, once: `judge` gets its first statement */
    KEEL_LINT_OTHER_RUNNER = 16, /* is about what pgkeel migrate takes care of: runs where something else applies the files */
};

typedef struct keel_lint_rule {
    const char *id;         /* "L012" */
    const char *name;       /* "fk-not-validated" */
    keel_severity severity; /* on a large, busy table; the live table may lessen it, never raise it above */
    unsigned flags;
    const char *lock;       /* "SHARE ROW EXCLUSIVE on both tables, for a scan"; "" = none */
    const char *help;       /* whole sentences: what happens, to whom, what to do */
    const char *setup;      /* SQL that makes the database of the examples: tables t (large, 20,000 rows), ... */
    const char *bad;        /* SQL that it finds, on that database */
    const char *good;       /* the safe form: SQL that it does not find; "-- pgkeel:step" between its transactions */
    const char *policy;     /* judges by this key of "policy:" in the configuration, and not at all without it; or NULL */
    const char *policy_example; /* then: the policy of the examples, as YAML: "names: {table: ...}" */
    const char *beside;     /* SQL that another session has run, and keeps open, while `bad` is judged; NULL = none */
    int server;             /* the examples show what this server version does, judged by text; 0 = any */
    const char *const *kinds; /* kinds of parse nodes that it looks at, NULL-terminated; NULL = every statement */
    void (*judge)(keel_lint *lint, const keel_lint_statement *s);
} keel_lint_rule;

extern const keel_lint_rule *const keel_lint_rules[]; /* ends with NULL; by id */
const keel_lint_rule *keel_lint_rule_find(const char *id_or_name); /* or NULL */
const char *keel_lint_rule_nearest(keel_arena *arena, const char *word); /* an id or a name; or NULL */

/* For rules, while they judge. */

const keel_world *keel_lint_world(const keel_lint *lint);
bool keel_lint_live(const keel_lint *lint);
int keel_lint_server_version(const keel_lint *lint); /* live, or as given, or 150000 */
bool keel_lint_version_known(const keel_lint *lint); /* live, or as given; else 15 is a guess */
const keel_lint_script *keel_lint_whole(const keel_lint *lint);
/* True the first time that the judging rule asks about this: for what is said once per file, table or run. */
bool keel_lint_once(keel_lint *lint, const char *what);
/* The first and the last statement of this one's transaction, at most a thousand away from it: there are files of a hundred
 * thousand inserts, and rules look from each. */
const keel_lint_statement *keel_lint_first_near(const keel_lint *lint, const keel_lint_statement *s);
const keel_lint_statement *keel_lint_last_near(const keel_lint *lint, const keel_lint_statement *s);
keel_arena *keel_lint_arena(keel_lint *lint);
const keel_lint_policy *keel_lint_policy_of(const keel_lint *lint); /* never NULL for a rule that names its policy */

/* How bad a strong lock or a scan on this table is: KEEL_INFO for a table that this run has made, or small by the live
 * catalogue (rows below small_rows, 10,000 unless configured, or under 8 MB); else `worst`. *ret_why says so in words
 * ("20000 rows", "size not known"). table NULL: not known, `worst`. */
keel_severity keel_lint_weigh(keel_lint *lint, const keel_world_table *table, keel_severity worst, const char **ret_why);

/* A finding of the rule that is judging. `at`: a node whose "location" names the place, or NULL for the statement's
 * first word. object: "public.orders". remedy: the safe form as SQL to paste, with the names of this statement. INFO
 * findings about tables made in the same run are not worth a reader's time: do not make them. */
void keel_lint_found(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *at, keel_severity severity,
                     const char *object, const char *remedy, const char *message_fmt, ...) KEEL_PRINTF(7, 8);

/* Statements to be said in another way: lint/rewrite.h. */
typedef struct keel_rewrites keel_rewrites;

/* The options of a run. */
typedef struct keel_lint_options {
    const char *const *only, *const *skip; /* ids or names, NULL-terminated; NULL = none */
    const char *const *also;               /* those that are off unless named */
    const keel_lint_settings *settings;    /* suppressions and policies of the configuration; or NULL */
    bool whole; /* the script is all that there is: what the configuration suppresses has to be in it */
    int server_version;   /* without a live database; 0 = 150000 */
    double small_rows;    /* 0 = 10,000 */
    const char *today;    /* "2026-11-21": for suppressions that expire */
    keel_rewrites *rewrites; /* takes the findings above INFO that have a complete safe form, which are not reported then;
                                NULL: all are reported */
    bool other_runner;    /* something else than pgkeel migrate applies the files: nobody sets timeouts but they */
    keel_usec old_transaction; /* of others: from this age on it stands in the way; 0 = a minute */
} keel_lint_options;
const keel_lint_options *keel_lint_options_of(const keel_lint *lint);

/* Judges a script. `world`: from a live database (keel_world_load), or keel_world_empty. What is suppressed with a reason
 * is left out; an unknown, useless, expired or unreasoned suppression is a finding itself ("lint.suppression"). Statements
 * that the grammar does not know are ERROR "lint.syntax" for a server of that grammar, and INFO "lint.not_analysed" for a
 * newer one, which may know them. Findings: check = rule id; file, line, column. */
void keel_lint_run(keel_arena *arena, const keel_lint_script *script, keel_world *world, const keel_lint_options *options,
                   keel_report *report);

#endif
