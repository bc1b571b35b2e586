/* What a statement is to someone who has to run it on a live database: may it stand in a transaction, which locks does
 * it take on what, does it hold them briefly or for the time of a scan. By the parse tree; a statement that PostgreSQL
 * 15's grammar does not know is judged by its keywords alone (`analysed` is false then). Without the catalogue: of two
 * possible locks the stronger is said. Lock modes measured on PostgreSQL 15 (pg_locks), see docs/reference/locks.md. */
#ifndef KEEL_SQL_CLASSIFY_H
#define KEEL_SQL_CLASSIFY_H

#include "sql/parse.h"

typedef enum keel_sql_lock { /* in the order of strength, as pg_locks.mode has them */
    KEEL_LOCK_NONE,
    KEEL_LOCK_ACCESS_SHARE,
    KEEL_LOCK_ROW_SHARE,
    KEEL_LOCK_ROW_EXCLUSIVE,
    KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE,
    KEEL_LOCK_SHARE,
    KEEL_LOCK_SHARE_ROW_EXCLUSIVE,
    KEEL_LOCK_EXCLUSIVE,
    KEEL_LOCK_ACCESS_EXCLUSIVE,
} keel_sql_lock;
const char *keel_sql_lock_name(keel_sql_lock lock); /* "ACCESS EXCLUSIVE" */
bool keel_sql_lock_conflicts(keel_sql_lock a, keel_sql_lock b); /* two sessions cannot hold both */

typedef enum keel_sql_manner {
    KEEL_MANNER_BRIEF,   /* DDL: strong locks, wanted for a moment: short lock_timeout, retried */
    KEEL_MANNER_LONG,    /* CONCURRENTLY, VALIDATE, VACUUM: weak locks for the time of a scan: no timeout, progress */
    KEEL_MANNER_DATA,    /* INSERT, UPDATE, DELETE, COPY, SELECT, CALL, DO */
    KEEL_MANNER_SESSION, /* SET, RESET, DISCARD, LISTEN...: changes the session, no object */
    KEEL_MANNER_CONTROL, /* BEGIN, COMMIT, ROLLBACK, SAVEPOINT, PREPARE TRANSACTION: the file wants to steer itself */
} keel_sql_manner;

typedef struct keel_sql_relation {
    const char *schema, *name; /* schema NULL = by search_path */
    keel_sql_lock lock;
} keel_sql_relation;

typedef struct keel_sql_class {
    const char *command;      /* "CREATE INDEX CONCURRENTLY", "ALTER TABLE": upper case, as people say it */
    keel_sql_manner manner;
    bool transactional;
    const char *why_not;      /* not transactional: "CREATE INDEX CONCURRENTLY cannot run inside a transaction block" */
    bool analysed;
    const char *object_schema, *object; /* what it makes, changes or drops: the index of a CREATE INDEX; or NULL */
    struct { keel_sql_relation *items; size_t count, capacity; } relations; /* the strongest lock first */
} keel_sql_class;

/* `node` NULL: by keywords of the text. server_version decides what older servers refuse in a transaction; 0 = 15. */
void keel_sql_classify(keel_arena *arena, const keel_sql_node *node, const char *text, size_t size, int server_version,
                       keel_sql_class *ret_class);

#endif
