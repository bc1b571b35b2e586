/* What the files of the DDL parser share: a cursor over the tokens, names, and the pieces that
 * columns, table constraints and indexes have in common. */
#ifndef KEEL_SQLITE_DDL_PARSER_H
#define KEEL_SQLITE_DDL_PARSER_H

#include "sqlite/ddl.h"
#include "sqlite/tokenizer.h"

typedef struct keel_ddl {
    keel_arena *arena;
    keel_tokens tokens;
    size_t at;
    keel_sqlite_table *table;    /* being filled; NULL for an index */
    const char *constraint_name; /* of the last CONSTRAINT, for the next constraint */
    keel_error *err;
} keel_ddl;

/* Text between two parentheses, and where it was found. */
typedef struct keel_ddl_span {
    size_t first, last; /* tokens; last < first if there are none */
} keel_ddl_span;

const keel_token *keel_ddl_peek(const keel_ddl *ddl);
bool keel_ddl_accept(keel_ddl *ddl, const char *text);
bool keel_ddl_accept_both(keel_ddl *ddl, const char *first, const char *second); /* both or none */
bool keel_ddl_expect(keel_ddl *ddl, const char *text);
bool keel_ddl_fail(keel_ddl *ddl, const char *message); /* returns false */

bool keel_ddl_name(keel_ddl *ddl, const char **ret_name);
const char *keel_ddl_take_constraint_name(keel_ddl *ddl);
/* "(" ... ")" balanced; the parentheses are not part of the span. */
bool keel_ddl_parentheses(keel_ddl *ddl, keel_ddl_span *ret_span);
char *keel_ddl_text(const keel_ddl *ddl, keel_ddl_span span);
/* The tree of an expression, or NULL if it cannot be read. */
const keel_expr *keel_ddl_expression(keel_ddl *ddl, const char *sql);

/* ON CONFLICT ...; remembers every resolution but ABORT, which is what PostgreSQL does. */
bool keel_ddl_conflict(keel_ddl *ddl, const char *constraint);
/* CHECK has been accepted. */
bool keel_ddl_check(keel_ddl *ddl);
/* REFERENCES has been accepted; the columns are those of this table. */
bool keel_ddl_references(keel_ddl *ddl, const char **columns, size_t count);
/* [NOT] DEFERRABLE [INITIALLY ...], if it stands here. */
bool keel_ddl_deferral(keel_ddl *ddl, keel_sqlite_foreign_key *key);
/* (column [COLLATE c] [ASC|DESC], ...) of an index or key; AUTOINCREMENT may stand before the
 * parenthesis. */
bool keel_ddl_parts(keel_ddl *ddl, keel_sqlite_index *index);

/* One column with its constraints; columns and constraints of the table part (ddl_column.c,
 * ddl_table.c). */
bool keel_ddl_column(keel_ddl *ddl);
keel_sqlite_column *keel_ddl_current_column(keel_ddl *ddl);
/* Notes a primary key over columns; `descending_column` is the quirk of "INTEGER PRIMARY KEY DESC".
 */
bool keel_ddl_primary_key(keel_ddl *ddl, keel_sqlite_index *key, bool descending_column);

#endif
