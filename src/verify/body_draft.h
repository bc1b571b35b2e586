/* The text of a piece of a body under way to the server: names in it are taken for variables one by one, and every byte
 * still knows where in the source it comes from. Everything lives in the arena. */
#ifndef KEEL_VERIFY_BODY_DRAFT_H
#define KEEL_VERIFY_BODY_DRAFT_H

#include "base/map.h"
#include "sql/token.h"
#include "verify/body.h"

enum { KEEL_BODY_MOST_NAMES = 8 };

/* A text under way, each of whose bytes knows where it comes from. */
typedef struct keel_body_draft {
    char *text;
    size_t size;
    size_t *origin;                   /* offset in the source */
    const keel_body_variable **stand; /* whose expression the byte belongs to, or NULL */
} keel_body_draft;

/* a.b.c in a draft. */
typedef struct keel_body_chain {
    size_t start, end;             /* bytes */
    size_t ends[KEEL_BODY_MOST_NAMES];       /* behind each name */
    const char *names[KEEL_BODY_MOST_NAMES]; /* folded */
    size_t count;
    size_t star; /* behind the .* that follows, or 0 */
} keel_body_chain;

keel_body_draft keel_body_start_draft(keel_arena *arena, const keel_body_piece *piece);
bool keel_body_read_chain(keel_arena *arena, const char *text, size_t size, size_t at, keel_body_chain *c);
/* The variable that a chain begins with, by itself or behind a label; how many of its names that takes. */
const keel_body_variable *keel_body_resolve(const keel_body_scope *scope, const keel_body_chain *c, size_t *ret_used);
/* The two tokens before `at`, the nearer one first. */
void keel_body_look_back(const keel_body_draft *d, size_t at, keel_sql_token before[2]);
/* Puts the variable's expression where the chain stands; false if that cannot be done. */
bool keel_body_put_variable(keel_arena *arena, keel_body_draft *d, const keel_body_chain *c,
                            const keel_body_variable *variable, size_t used);
/* $1, $2, ... stand for parameters whatever the server thinks of them; false if there is no such parameter. */
bool keel_body_put_parameters(keel_arena *arena, keel_body_draft *d, const keel_body_scope *scope);
/* Puts variables in wherever a name can hardly be anything else: one that no column has. */
void keel_body_put_likely(keel_arena *arena, keel_body_draft *d, const keel_body_scope *scope, const keel_map *columns);

#endif
