/* The text of an ALTER TABLE cut into its subcommands, so that some can be said in another way and the others stay as they
 * were written. */
#ifndef KEEL_LINT_ALTER_TEXT_H
#define KEEL_LINT_ALTER_TEXT_H

#include "lint/lint.h"

typedef struct keel_alter_part {
    size_t start, end; /* in the statement's text, from the first token to behind the last */
} keel_alter_part;

typedef struct keel_alter_text {
    const char *head; /* "ALTER TABLE ONLY shop.orders" */
    const keel_sql_node *commands;
    const keel_alter_part *parts; /* of each command */
    size_t count;
} keel_alter_text;

/* False: it is no ALTER TABLE, or one whose commas do not part its commands. */
bool keel_alter_cut(keel_arena *arena, const keel_lint_statement *s, keel_alter_text *ret_text);
/* Where this command stands; count if nowhere. */
size_t keel_alter_find(const keel_alter_text *text, const keel_sql_node *command);

/* Behind the first token that is this keyword (lower case), from offset `from` on; 0 if there is none before `end`. */
size_t keel_text_behind_word(const keel_lint_statement *s, const char *word, size_t from, size_t end);
/* Behind the name, with its schema or not, that stands at `at`. */
size_t keel_text_behind_name(const keel_lint_statement *s, size_t at);
/* The last token before `end` that is neither blank nor comment: behind it; `from` if there is none. */
size_t keel_text_trimmed(const keel_lint_statement *s, size_t from, size_t end);

#endif
