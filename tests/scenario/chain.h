/* Folders of migrations run as a user would: a cluster of its own, a database per case, pgkeel from outside, its report
 * read back. What goes wrong in the stand itself ends the program with "Bail out!". */
#ifndef KEEL_TESTS_CHAIN_H
#define KEEL_TESTS_CHAIN_H

#include "base/arena.h"
#include "base/json_in.h"
#include "cluster.h"
#include "tap.h"

/* argv: the pgkeel under test, and the folder of the examples. */
void chain_open(int argc, char **argv);
void chain_close(void); /* stops the cluster, removes the folders */

/* The path of "neurohub/migrations/pgkeel" in the examples. */
const char *chain_example(keel_arena *arena, const char *path);
/* A file of the examples as text. */
const char *chain_text(keel_arena *arena, const char *path);
/* An empty folder that lives as long as the program; and a file in it. */
const char *chain_folder(keel_arena *arena);
void chain_file(const char *folder, const char *name, const char *text);

/* A database, empty or a copy of another one that nobody is connected to; the caller closes. */
keel_pg *chain_database(const char *name, const char *template, char conninfo[CLUSTER_CONNINFO_SIZE]);

/* The same with an arena. */
typedef struct chain_place {
    keel_arena *arena;
    keel_pg *pg;
    char conninfo[CLUSTER_CONNINFO_SIZE];
} chain_place;
chain_place chain_place_open(const char *name, const char *template);
void chain_place_close(chain_place *p);

typedef struct chain_run {
    int exit_code;
    const keel_json_value *report, *result; /* NULL: there is none */
    const char *text;                       /* as written */
} chain_run;

/* pgkeel WORDS... --db CONNINFO --format json --quiet; words end with NULL. Any thread. */
chain_run chain_pgkeel(keel_arena *arena, const char *conninfo, const char *const *words);
/* The same for people: stdout and stderr as one text, in `text`. */
chain_run chain_say(keel_arena *arena, const char *conninfo, const char *const *words);
/* migrate WORD --dir FOLDER, and one option more with its value (NULL: none). */
chain_run chain_migrate(keel_arena *arena, const char *conninfo, const char *folder, const char *word,
                        const char *option, const char *value);
/* lint PATH --live CONNINFO, and lint --pending of a folder. */
chain_run chain_lint(keel_arena *arena, const char *conninfo, const char *path);
chain_run chain_lint_pending(keel_arena *arena, const char *conninfo, const char *folder);

/* The message of the first finding of this check whose object or message contains `about` (NULL: any); "" if none. */
const char *chain_found(const chain_run *run, const char *check, const char *about);
/* Why the command failed; "" if it did not. And what to do about it. */
const char *chain_failure(const chain_run *run);
const char *chain_advice(const chain_run *run);
/* How many findings are this bad. */
size_t chain_count(const chain_run *run, const char *severity);
/* A member of the result as text or number. */
int64_t chain_number(const chain_run *run, const char *key);
/* The versions of `migrate status` in this state, "0001 0002". */
const char *chain_versions(keel_arena *arena, const chain_run *status, const char *state);
/* The findings as TAP comments. */
void chain_show(const chain_run *run);
/* ok() that it went well, with the findings shown if it has not. */
static inline bool chain_good(const chain_run *run, const char *what)
{
    if (!ok(run->exit_code == 0, "%s", what))
        chain_show(run);
    return run->exit_code == 0;
}

/* The schema public as text, to be held against another one. */
typedef struct chain_schema chain_schema;
const chain_schema *chain_schema_of(keel_arena *arena, keel_pg *pg);
/* What differs, "+ column public.t.a; - index public.i; ~ ..."; "" if nothing. */
const char *chain_difference(keel_arena *arena, const chain_schema *before, const chain_schema *after);

#endif
