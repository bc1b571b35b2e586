/* A statement said in another way: a sequence that ends in the same catalogue and stalls nobody for longer than a moment.
 * A rule hands its rewrite over with its finding; the finding's remedy, `migrate plan --safe` and the files that it writes
 * are all made of it by keel_rewrite_add. */
#ifndef KEEL_LINT_REWRITE_H
#define KEEL_LINT_REWRITE_H

#include "lint/lint.h"

typedef struct keel_rewrite_edit {
    size_t at, size;  /* these bytes of the statement (size 0: none) */
    const char *text; /* become this; NULL: there is no edit */
} keel_rewrite_edit;

enum { KEEL_REWRITE_EDITS = 3 };

typedef struct keel_rewrite {
    const keel_lint_statement *statement;
    const keel_lint_rule *rule;    /* set by keel_lint_rewrite */
    const keel_sql_node *command;  /* the subcommand of ALTER TABLE that it is about; NULL: the statement */
    bool step;                     /* the statement begins a step */
    bool outside;                  /* it has statements that no transaction takes */
    bool gone;                     /* the command goes away: `after` does its work */
    keel_rewrite_edit edits[KEEL_REWRITE_EDITS];
    const char *before, *after;    /* whole statements, with "-- pgkeel:step" between transactions; NULL: none */
} keel_rewrite;

struct keel_rewrites {
    keel_rewrite *items;
    size_t count, capacity;
};

typedef struct keel_rewritten {
    size_t pieces; /* transactions, and statements that no transaction takes */
    bool outside;  /* there is one of the latter */
} keel_rewritten;

/* The statement with all rewrites that are about it, appended; ends in a semicolon. False, and nothing appended, if none
 * is. */
bool keel_rewrite_add(keel_arena *arena, const keel_rewrites *rewrites, const keel_lint_statement *s, keel_str *out,
                      keel_rewritten *ret_rewritten);
/* text[0..size), out of which statements from .. to - 1 of the script were cut, with all of them rewritten, appended. */
void keel_rewrite_text(keel_arena *arena, const keel_rewrites *rewrites, const keel_lint_script *script, size_t from,
                       size_t to, const char *text, size_t size, keel_str *out);

#endif
