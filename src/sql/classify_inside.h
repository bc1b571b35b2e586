/* What the files of classification share. */
#ifndef KEEL_SQL_CLASSIFY_INSIDE_H
#define KEEL_SQL_CLASSIFY_INSIDE_H

#include "sql/classify.h"

typedef struct keel_sql_judging {
    keel_arena *arena;
    const keel_sql_node *node;
    int server_version;
    keel_sql_class *class;
} keel_sql_judging;

/* A relation that is locked; keeps the strongest lock first. */
void keel_sql_touch(keel_sql_judging *j, const char *schema, const char *name, keel_sql_lock lock);
/* The same by a RangeVar member of a node. */
void keel_sql_touch_relation(keel_sql_judging *j, const keel_sql_node *node, const char *key, keel_sql_lock lock);
/* "X cannot run inside a transaction block". */
void keel_sql_not_in_transaction(keel_sql_judging *j);
/* What the statement is about. */
void keel_sql_about(keel_sql_judging *j, const char *schema, const char *name);

void keel_sql_judge_alter_table(keel_sql_judging *j); /* classify_alter.c */
void keel_sql_judge_tokens(keel_sql_judging *j, const char *text, size_t size); /* classify_tokens.c */

#endif
