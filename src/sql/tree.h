/* The parse tree as the grammar writes it, JSON without blanks, read into nodes in one pass. */
#ifndef KEEL_SQL_TREE_H
#define KEEL_SQL_TREE_H

#include "sql/parse.h"

/* Reads `json`, which is overwritten and must live as long as the node: its texts are what the node's texts are. False:
 * it is cut off, or nested deeper than any statement that a person writes. */
bool keel_sql_tree_read(keel_arena *arena, char *json, keel_sql_node *ret_node);

#endif
