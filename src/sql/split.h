/* SQL text cut into statements by psql's rules, never by semicolons alone: quotes, dollar quotes, nested comments,
 * parentheses and BEGIN ATOMIC bodies hold theirs; COPY .. FROM STDIN takes its data lines with it; psql's own commands
 * stand for themselves. Any text can be cut; what is wrong with it is said per statement. Pieces point into the text. */
#ifndef KEEL_SQL_SPLIT_H
#define KEEL_SQL_SPLIT_H

#include "base/arena.h"
#include "sql/token.h"

typedef enum keel_sql_piece {
    KEEL_SQL_STATEMENT,
    KEEL_SQL_COPY_IN, /* COPY .. FROM STDIN and its data */
    KEEL_SQL_PSQL,    /* \i, \echo, ... */
} keel_sql_piece;

typedef struct keel_sql_statement {
    keel_sql_piece piece;
    size_t start, size;           /* from its first token to its last, without the semicolon */
    size_t end;                   /* behind semicolon, data or command line */
    size_t comments;              /* where the comments and blanks before it start */
    size_t data, data_size;       /* COPY_IN: the lines between, without the "\." */
    bool terminated;              /* had its semicolon (COPY_IN: and its "\.") */
    const char *flaw;             /* "the string that starts here does not end", or NULL */
    size_t flaw_at;
} keel_sql_statement;

typedef struct keel_sql_statements {
    keel_sql_statement *items;
    size_t count, capacity;
} keel_sql_statements;

/* Statements without a token (stray semicolons) are left out. */
void keel_sql_split(keel_arena *arena, const char *text, size_t size, keel_sql_statements *ret_statements);

#endif
