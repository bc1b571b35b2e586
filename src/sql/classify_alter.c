/* ALTER TABLE: the lock is that of its strongest subcommand (AlterTableGetLockLevel in PostgreSQL's tablecmds.c,
 * traced on 15); anything not listed takes ACCESS EXCLUSIVE. */
#include <string.h>

#include "sql/classify_inside.h"

static const struct {
    const char *subtype;
    keel_sql_lock lock;
} weaker[] = {
    {"AT_SetStatistics", KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE},
    {"AT_ClusterOn", KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE},
    {"AT_DropCluster", KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE},
    {"AT_SetOptions", KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE},
    {"AT_ResetOptions", KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE},
    {"AT_ValidateConstraint", KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE},
    {"AT_AttachPartition", KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE},
    {"AT_DetachPartitionFinalize", KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE},
    {"AT_EnableTrig", KEEL_LOCK_SHARE_ROW_EXCLUSIVE},
    {"AT_EnableAlwaysTrig", KEEL_LOCK_SHARE_ROW_EXCLUSIVE},
    {"AT_EnableReplicaTrig", KEEL_LOCK_SHARE_ROW_EXCLUSIVE},
    {"AT_EnableTrigAll", KEEL_LOCK_SHARE_ROW_EXCLUSIVE},
    {"AT_EnableTrigUser", KEEL_LOCK_SHARE_ROW_EXCLUSIVE},
    {"AT_DisableTrig", KEEL_LOCK_SHARE_ROW_EXCLUSIVE},
    {"AT_DisableTrigAll", KEEL_LOCK_SHARE_ROW_EXCLUSIVE},
    {"AT_DisableTrigUser", KEEL_LOCK_SHARE_ROW_EXCLUSIVE},
};

/* Storage parameters that only vacuum and the planner read. */
static bool gentle_option(const char *name)
{
    static const char *const gentle[] = {"fillfactor", "toast_tuple_target", "parallel_workers", "vacuum_index_cleanup",
                                         "vacuum_truncate", "deduplicate_items", "fastupdate"};

    for (size_t i = 0; i < KEEL_COUNT_OF(gentle); i++)
        if (strcmp(name, gentle[i]) == 0)
            return true;
    return strncmp(name, "autovacuum_", 11) == 0 || strncmp(name, "log_autovacuum", 14) == 0;
}

static keel_sql_lock options_lock(const keel_sql_node *command)
{
    const keel_sql_node *options = NULL;
    size_t count = keel_sql_list(keel_sql_get(command, "def"), "items", &options);

    for (size_t i = 0; i < count; i++)
        if (!gentle_option(keel_sql_text_of(&options[i], "defname")))
            return KEEL_LOCK_ACCESS_EXCLUSIVE;
    return KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE;
}

static keel_sql_lock lock_of(const keel_sql_node *command)
{
    const char *subtype = keel_sql_text_of(command, "subtype");
    const keel_sql_node *def = keel_sql_get(command, "def");

    for (size_t i = 0; i < KEEL_COUNT_OF(weaker); i++)
        if (strcmp(subtype, weaker[i].subtype) == 0)
            return weaker[i].lock;
    if (strcmp(subtype, "AT_SetRelOptions") == 0 || strcmp(subtype, "AT_ResetRelOptions") == 0)
        return options_lock(command);
    if (strcmp(subtype, "AT_DetachPartition") == 0 && keel_sql_true(def, "concurrent"))
        return KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE;
    if (strcmp(subtype, "AT_AddConstraint") == 0 && strcmp(keel_sql_text_of(def, "contype"), "CONSTR_FOREIGN") == 0)
        return KEEL_LOCK_SHARE_ROW_EXCLUSIVE;
    return KEEL_LOCK_ACCESS_EXCLUSIVE;
}

/* A foreign key locks the table it points at. */
static void touch_parent(keel_sql_judging *j, const keel_sql_node *constraint)
{
    if (strcmp(keel_sql_text_of(constraint, "contype"), "CONSTR_FOREIGN") == 0)
        keel_sql_touch_relation(j, constraint, "pktable", KEEL_LOCK_SHARE_ROW_EXCLUSIVE);
}

static void touch_others(keel_sql_judging *j, const keel_sql_node *command)
{
    const char *subtype = keel_sql_text_of(command, "subtype");
    const keel_sql_node *def = keel_sql_get(command, "def");
    const keel_sql_node *constraints = NULL;
    size_t count = keel_sql_list(def, "constraints", &constraints);

    touch_parent(j, def);
    for (size_t i = 0; i < count; i++)
        touch_parent(j, &constraints[i]);
    if (keel_sql_kind_is(def, "PartitionCmd"))
        keel_sql_touch_relation(j, def, "name", strcmp(subtype, "AT_DetachPartitionFinalize") == 0
                                                    ? KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE
                                                    : KEEL_LOCK_ACCESS_EXCLUSIVE);
}

/* Every subcommand is a scan under a weak lock: it may take its time. */
static bool takes_its_time(const keel_sql_node *commands, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(keel_sql_text_of(&commands[i], "subtype"), "AT_ValidateConstraint") != 0 &&
            !keel_sql_true(keel_sql_get(&commands[i], "def"), "concurrent"))
            return false;
    return count > 0;
}

void keel_sql_judge_alter_table(keel_sql_judging *j)
{
    const keel_sql_node *commands = NULL;
    const keel_sql_node *relation = keel_sql_get(j->node, "relation");
    size_t count = keel_sql_list(j->node, "cmds", &commands);
    keel_sql_lock lock = KEEL_LOCK_NONE;

    keel_sql_about(j, keel_sql_text_of(relation, "schemaname"), keel_sql_text_of(relation, "relname"));
    for (size_t i = 0; i < count; i++) {
        lock = KEEL_MAX(lock, lock_of(&commands[i]));
        touch_others(j, &commands[i]);
        if (keel_sql_true(keel_sql_get(&commands[i], "def"), "concurrent")) {
            j->class->command = "ALTER TABLE .. DETACH PARTITION CONCURRENTLY";
            keel_sql_not_in_transaction(j);
        }
    }
    if (takes_its_time(commands, count))
        j->class->manner = KEEL_MANNER_LONG;
    keel_sql_touch_relation(j, j->node, "relation", lock);
}
