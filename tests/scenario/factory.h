/* The factory's chain of migrations as pgkeel would have it (examples/neurohub/migrations/pgkeel): its whole way up, with
 * the backfill in its middle, and the whole way back. What fails is shown as TAP comments. */
#ifndef KEEL_TESTS_FACTORY_H
#define KEEL_TESTS_FACTORY_H

#include "chain.h"

#define FACTORY_BY_HAND "neurohub/migrations/by-hand"
#define FACTORY_CHAIN "neurohub/migrations/pgkeel"

/* A database at version 0001, as written by hand, with the 105,600 rows of fill.sql; nobody is connected to it after. */
void factory_template(const char *name);

/* One command over the chain. */
chain_run factory_run(keel_arena *arena, const char *conninfo, const char *word, const char *option, const char *value);
/* The backfill that 0002 asks for, and the one that goes before its way down. */
bool factory_fill(keel_arena *arena, const char *conninfo);
bool factory_empty(keel_arena *arena, const char *conninfo);
/* From 0001 to this version (NULL: to the end), and from anywhere back to 0001. */
bool factory_up(keel_arena *arena, const char *conninfo, const char *version);
bool factory_down(keel_arena *arena, const char *conninfo);

#endif
