/* What a step costs, measured by the server in the step's own messages: the log that it writes (the server counts its log
 * as a whole, so what others write meanwhile is in it) and by how much the relations that it names grow or shrink, with
 * their indexes, TOAST and partitions. SQL text, appended; `names` is SQL of type text[]: relations as to_regclass reads
 * them. Between begin and end the session remembers what was (settings pgkeel.*). */
#ifndef KEEL_JOURNAL_FOOTPRINT_H
#define KEEL_JOURNAL_FOOTPRINT_H

#include <stdbool.h>

#include "base/str.h"

/* A SELECT without its semicolon. local: until the end of the transaction, else until the session's. */
void keel_footprint_add_begin(keel_str *out, const char *names, bool local);
/* Expressions for wal_bytes and size_change; NULL if the session has forgotten the beginning. */
void keel_footprint_add_wal(keel_str *out);
void keel_footprint_add_size(keel_str *out, const char *names);
/* The same of one relation, cheaper by far, for what is prepared: items of a SELECT list, and an expression. `name` is SQL
 * of type text. The name is to mean the same, or nothing, at both ends. NULL for a partitioned table. */
void keel_footprint_add_begin_one(keel_str *out, const char *name);
void keel_footprint_add_size_one(keel_str *out, const char *name);
/* A SELECT of both, for a step of which the journal keeps no row. */
void keel_footprint_add_end(keel_str *out, const char *names);

#endif
