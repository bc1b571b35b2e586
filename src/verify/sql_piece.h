/* Pieces of SQL as people write them into a suite: what belongs together by quotes and parentheses. No connection, no
 * grammar. */
#ifndef KEEL_VERIFY_SQL_PIECE_H
#define KEEL_VERIFY_SQL_PIECE_H

#include <stdbool.h>

/* The first byte behind the quoted or parenthesised piece that starts at `at`, or behind the single byte there; NULL
 * if it never ends. */
const char *keel_sql_piece_skip(const char *at);
/* Has every quote and parenthesis its partner? */
bool keel_sql_piece_is_whole(const char *sql);

#endif
