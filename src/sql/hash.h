/* Two fingerprints of SQL: of its bytes, and of its tokens. Text whose tokens are equal means the same to PostgreSQL:
 * comments, blanks and the case of unquoted words do not count; everything inside quotes does. XXH3, 128 bits. */
#ifndef KEEL_SQL_HASH_H
#define KEEL_SQL_HASH_H

#include <stddef.h>

#include "base/str.h"

enum { KEEL_SQL_HASH_SIZE = 33 }; /* 32 hex digits and NUL */

void keel_sql_hash_bytes(const char *text, size_t size, char ret_hash[KEEL_SQL_HASH_SIZE]);
void keel_sql_hash_tokens(const char *text, size_t size, char ret_hash[KEEL_SQL_HASH_SIZE]);
/* What the token hash is of: tokens separated by one blank (a line break where it means something:
 * between strings that it joins, behind a psql command). */
void keel_sql_normal(const char *text, size_t size, keel_str *out);

#endif
