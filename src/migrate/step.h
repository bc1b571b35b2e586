/* The unit of a migration: a step is the longest run of statements that share one transaction, or one statement that no
 * transaction takes. An ordinary file stays one step. What ends a step early: a line "-- pgkeel:step", the BEGIN and
 * COMMIT of the file itself (they bound steps and are not run), a statement outside of transactions, and the layout's
 * own "no transaction" mark, which makes every statement a step. Steps are a pure function of the text: no server. */
#ifndef KEEL_MIGRATE_STEP_H
#define KEEL_MIGRATE_STEP_H

#include "base/clock.h"
#include "migrate/folder.h"
#include "sql/classify.h"
#include "sql/hash.h"
#include "sql/split.h"

typedef struct keel_step_statement {
    keel_sql_piece piece;
    const char *sql; /* as it is run: NUL-terminated, without its semicolon, ${NAME} replaced */
    size_t size;
    const char *text; /* as it stands in the file; the same pointer if nothing was replaced */
    size_t text_size;
    const struct keel_variables *variables; /* that were replaced, or NULL */
    const char *data; /* COPY_IN */
    size_t data_size;
    int line;                      /* in the file */
    const char *before;            /* the comments and blanks in front of it */
    size_t before_size;
    int before_line;
    bool bounded;                  /* by the file's own BEGIN and COMMIT */
    const keel_sql_node *node;     /* NULL: not PostgreSQL 15's grammar */
    const keel_sql_complaint *complaint; /* then: what the grammar says, offset in sql */
    keel_sql_class class;
} keel_step_statement;

enum { KEEL_STEP_UNSET = -1 };

/* "-- pgkeel: lock_timeout=2s statement_timeout=1min retries=5 phase=expand" in front of a statement of the step. */
typedef struct keel_step_wishes {
    keel_usec lock_timeout, statement_timeout; /* KEEL_STEP_UNSET: by the manner; 0 = none */
    int retries;                               /* KEEL_STEP_UNSET: by the runner */
    const char *phase;                         /* "expand", "contract" or NULL */
    bool no_transaction;                       /* "transaction=none": a CALL or DO that commits by itself */
} keel_step_wishes;

typedef struct keel_step {
    int number;       /* within its side of the migration, from 1 */
    const char *path;
    int line;         /* of its first statement */
    struct { keel_step_statement *items; size_t count, capacity; } statements;
    bool transactional;
    const char *why_not;    /* not transactional: why */
    keel_sql_manner manner; /* BRIEF if any statement is */
    const char *label;      /* "CREATE INDEX CONCURRENTLY orders_at", "ALTER TABLE orders and 3 more" */
    keel_step_wishes wishes;
    const char *session;    /* SET statements of earlier steps of the file, to be run again before this one; or NULL */
    char raw_hash[KEEL_SQL_HASH_SIZE], token_hash[KEEL_SQL_HASH_SIZE]; /* of its statements as in the file, and data */
} keel_step;

typedef struct keel_steps {
    keel_step *items;
    size_t count, capacity;
} keel_steps;

/* Cuts one side of a migration. server_version as in keel_sql_classify. Refused, with FILE:LINE: a string or comment
 * without end, ROLLBACK and SAVEPOINT and two-phase commands, psql commands that cannot be done here (\i, \gexec, \copy,
 * \connect ...; \echo, \set and a few more are left out), an unknown directive (nearest word), a ${NAME} that is named and
 * has no value, and a value that makes several statements of one. */
bool keel_steps_of(keel_arena *arena, const keel_migration_sql *sql, int server_version, keel_steps *ret_steps,
                   keel_error *err);

/* The inside of keel_steps_of: sets what is run of the statement, whose `sql` is the file's. */
bool keel_step_replace_variables(keel_arena *arena, const keel_migration_sql *sql, keel_step_statement *statement,
                                 keel_error *err);

/* FILE:LINE, the line itself and a caret under the place, for a complaint about a statement; `at` is an offset in its sql.
 * What is shown is the file's text: values of variables are not. */
void keel_step_caret(const keel_step *step, const keel_step_statement *statement, size_t at, keel_str *out);
/* May it leave the session with other settings than before: SET, set_config(), or code that can do either? */
bool keel_step_sets(const keel_step_statement *statement);
/* CALL, or a DO block, that may end transactions of its own, if none stands around it. */
bool keel_step_commits(const keel_step_statement *statement);
/* The line of the file that such an offset is in. */
int keel_step_line(const keel_step_statement *statement, size_t at);

#endif
