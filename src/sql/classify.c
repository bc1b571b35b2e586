#include "sql/classify.h"

#include <string.h>

#include "sql/classify_inside.h"

const char *keel_sql_lock_name(keel_sql_lock lock)
{
    static const char *const names[] = {"none", "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE",
                                        "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"};

    return names[lock];
}

/* PostgreSQL's table of conflicts: for each lock, the weakest that it lets nobody else have; from there on all, but SHARE
 * with itself. */
bool keel_sql_lock_conflicts(keel_sql_lock a, keel_sql_lock b)
{
    static const keel_sql_lock weakest[] = {
        [KEEL_LOCK_NONE] = KEEL_LOCK_ACCESS_EXCLUSIVE + 1,
        [KEEL_LOCK_ACCESS_SHARE] = KEEL_LOCK_ACCESS_EXCLUSIVE,
        [KEEL_LOCK_ROW_SHARE] = KEEL_LOCK_EXCLUSIVE,
        [KEEL_LOCK_ROW_EXCLUSIVE] = KEEL_LOCK_SHARE,
        [KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE] = KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE,
        [KEEL_LOCK_SHARE] = KEEL_LOCK_ROW_EXCLUSIVE,
        [KEEL_LOCK_SHARE_ROW_EXCLUSIVE] = KEEL_LOCK_ROW_EXCLUSIVE,
        [KEEL_LOCK_EXCLUSIVE] = KEEL_LOCK_ROW_SHARE,
        [KEEL_LOCK_ACCESS_EXCLUSIVE] = KEEL_LOCK_ACCESS_SHARE,
    };

    return b >= weakest[a] && !(a == KEEL_LOCK_SHARE && b == KEEL_LOCK_SHARE);
}

void keel_sql_touch(keel_sql_judging *j, const char *schema, const char *name, keel_sql_lock lock)
{
    keel_sql_relation relation = {.schema = schema != NULL && *schema != '\0' ? schema : NULL, .name = name, .lock = lock};

    if (name == NULL || *name == '\0')
        return;
    keel_arena_push(j->arena, &j->class->relations, relation);
    for (size_t i = j->class->relations.count - 1; i > 0; i--) {
        keel_sql_relation *items = j->class->relations.items;
        if (items[i - 1].lock >= items[i].lock)
            break;
        keel_sql_relation swap = items[i - 1];
        items[i - 1] = items[i];
        items[i] = swap;
    }
}

void keel_sql_touch_relation(keel_sql_judging *j, const keel_sql_node *node, const char *key, keel_sql_lock lock)
{
    const keel_sql_node *relation = keel_sql_get(node, key);

    keel_sql_touch(j, keel_sql_text_of(relation, "schemaname"), keel_sql_text_of(relation, "relname"), lock);
}

void keel_sql_not_in_transaction(keel_sql_judging *j)
{
    j->class->transactional = false;
    j->class->why_not =
        keel_arena_printf(j->arena, "%s cannot run inside a transaction block", j->class->command);
}

void keel_sql_about(keel_sql_judging *j, const char *schema, const char *name)
{
    j->class->object_schema = schema != NULL && *schema != '\0' ? schema : NULL;
    j->class->object = name != NULL && *name != '\0' ? name : NULL;
}

static void about_relation(keel_sql_judging *j, const char *key)
{
    const keel_sql_node *relation = keel_sql_get(j->node, key);

    keel_sql_about(j, keel_sql_text_of(relation, "schemaname"), keel_sql_text_of(relation, "relname"));
}

static void judge_index(keel_sql_judging *j)
{
    bool concurrent = keel_sql_true(j->node, "concurrent");

    keel_sql_touch_relation(j, j->node, "relation", concurrent ? KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE : KEEL_LOCK_SHARE);
    keel_sql_about(j, keel_sql_text_of(keel_sql_get(j->node, "relation"), "schemaname"),
                   keel_sql_text_of(j->node, "idxname"));
    if (concurrent) {
        j->class->command = "CREATE INDEX CONCURRENTLY";
        j->class->manner = KEEL_MANNER_LONG;
        keel_sql_not_in_transaction(j);
    }
}

/* The kinds of DROP whose objects are relations, or stand on one (then its name is the word before the last). */
static const struct {
    const char *type, *command;
    bool relation, on_relation;
} drops[] = {
    {"OBJECT_TABLE", "DROP TABLE", true, false},       {"OBJECT_INDEX", "DROP INDEX", true, false},
    {"OBJECT_VIEW", "DROP VIEW", true, false},         {"OBJECT_MATVIEW", "DROP MATERIALIZED VIEW", true, false},
    {"OBJECT_SEQUENCE", "DROP SEQUENCE", true, false}, {"OBJECT_FOREIGN_TABLE", "DROP FOREIGN TABLE", true, false},
    {"OBJECT_TRIGGER", "DROP TRIGGER", false, true},   {"OBJECT_RULE", "DROP RULE", false, true},
    {"OBJECT_POLICY", "DROP POLICY", false, true},     {"OBJECT_FUNCTION", "DROP FUNCTION", false, false},
    {"OBJECT_SCHEMA", "DROP SCHEMA", false, false},    {"OBJECT_TYPE", "DROP TYPE", false, false},
    {"OBJECT_EXTENSION", "DROP EXTENSION", false, false},
};

static const char *word_at(const keel_sql_node *words, size_t count, size_t from_end)
{
    return count > from_end ? keel_sql_text_of(&words[count - 1 - from_end], "sval") : "";
}

static void judge_drop(keel_sql_judging *j)
{
    const char *type = keel_sql_text_of(j->node, "removeType");
    const keel_sql_node *objects = NULL, *words = NULL;
    size_t count = keel_sql_list(j->node, "objects", &objects);
    bool concurrent = keel_sql_true(j->node, "concurrent");

    j->class->command = "DROP";
    for (size_t d = 0; d < KEEL_COUNT_OF(drops); d++) {
        if (strcmp(type, drops[d].type) != 0)
            continue;
        j->class->command = concurrent ? "DROP INDEX CONCURRENTLY" : drops[d].command;
        for (size_t i = 0; i < count && (drops[d].relation || drops[d].on_relation); i++) {
            size_t size = keel_sql_list(&objects[i], "items", &words), on = drops[d].on_relation;
            keel_sql_touch(j, word_at(words, size, on + 1), word_at(words, size, on),
                           concurrent ? KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE : KEEL_LOCK_ACCESS_EXCLUSIVE);
            keel_sql_about(j, word_at(words, size, 1 + on), word_at(words, size, 0));
        }
    }
    if (concurrent) {
        j->class->manner = KEEL_MANNER_LONG;
        keel_sql_not_in_transaction(j);
    }
}

static bool has_option(const keel_sql_node *node, const char *list, const char *name)
{
    const keel_sql_node *options = NULL;
    size_t count = keel_sql_list(node, list, &options);

    for (size_t i = 0; i < count; i++)
        if (strcmp(keel_sql_text_of(&options[i], "defname"), name) == 0)
            return true;
    return false;
}

static void judge_reindex(keel_sql_judging *j)
{
    const char *kind = keel_sql_text_of(j->node, "kind");
    bool concurrent = has_option(j->node, "params", "concurrently");
    bool one = strcmp(kind, "REINDEX_OBJECT_TABLE") == 0 || strcmp(kind, "REINDEX_OBJECT_INDEX") == 0;

    about_relation(j, "relation");
    keel_sql_lock plain = strcmp(kind, "REINDEX_OBJECT_INDEX") == 0 ? KEEL_LOCK_ACCESS_EXCLUSIVE : KEEL_LOCK_SHARE;
    keel_sql_touch_relation(j, j->node, "relation", concurrent ? KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE : plain);
    if (concurrent) {
        j->class->command = "REINDEX CONCURRENTLY";
        j->class->manner = KEEL_MANNER_LONG;
    }
    if (concurrent || !one)
        keel_sql_not_in_transaction(j);
}

static void judge_vacuum(keel_sql_judging *j)
{
    const keel_sql_node *relations = NULL;
    size_t count = keel_sql_list(j->node, "rels", &relations);
    bool vacuum = keel_sql_true(j->node, "is_vacuumcmd");
    keel_sql_lock lock =
        has_option(j->node, "options", "full") ? KEEL_LOCK_ACCESS_EXCLUSIVE : KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE;

    j->class->manner = KEEL_MANNER_LONG;
    j->class->command = vacuum ? "VACUUM" : "ANALYZE";
    for (size_t i = 0; i < count; i++)
        keel_sql_touch_relation(j, &relations[i], "relation", lock);
    if (vacuum)
        keel_sql_not_in_transaction(j);
}

static void judge_cluster(keel_sql_judging *j)
{
    about_relation(j, "relation");
    keel_sql_touch_relation(j, j->node, "relation", KEEL_LOCK_ACCESS_EXCLUSIVE);
    if (keel_sql_get(j->node, "relation") == NULL)
        keel_sql_not_in_transaction(j);
}

static void judge_refresh(keel_sql_judging *j)
{
    bool concurrent = keel_sql_true(j->node, "concurrent");

    about_relation(j, "relation");
    keel_sql_touch_relation(j, j->node, "relation", concurrent ? KEEL_LOCK_EXCLUSIVE : KEEL_LOCK_ACCESS_EXCLUSIVE);
    if (concurrent)
        j->class->manner = KEEL_MANNER_LONG;
}

static void judge_enum(keel_sql_judging *j)
{
    keel_sql_about(j, keel_sql_schema_of(j->node, "typeName"), keel_sql_name_of(j->node, "typeName"));
    if (j->server_version < 120000 && *keel_sql_text_of(j->node, "newVal") != '\0' &&
        *keel_sql_text_of(j->node, "oldVal") == '\0')
        keel_sql_not_in_transaction(j);
}

static void judge_truncate(keel_sql_judging *j)
{
    const keel_sql_node *relations = NULL;
    size_t count = keel_sql_list(j->node, "relations", &relations);

    for (size_t i = 0; i < count; i++)
        keel_sql_touch(j, keel_sql_text_of(&relations[i], "schemaname"), keel_sql_text_of(&relations[i], "relname"),
                       KEEL_LOCK_ACCESS_EXCLUSIVE);
}

static void judge_lock(keel_sql_judging *j)
{
    const keel_sql_node *relations = NULL;
    size_t count = keel_sql_list(j->node, "relations", &relations);

    for (size_t i = 0; i < count; i++)
        keel_sql_touch(j, keel_sql_text_of(&relations[i], "schemaname"), keel_sql_text_of(&relations[i], "relname"),
                       (keel_sql_lock)keel_sql_number_of(j->node, "mode"));
}

/* A new table locks what its foreign keys point at, and a new partition its parent. */
static bool touch_referenced(const keel_sql_node *node, void *context)
{
    if (keel_sql_kind_is(node, "Constraint"))
        keel_sql_touch_relation(context, node, "pktable", KEEL_LOCK_SHARE_ROW_EXCLUSIVE);
    return false;
}

static void judge_create_table(keel_sql_judging *j)
{
    const keel_sql_node *parents = NULL;
    size_t count = keel_sql_list(j->node, "inhRelations", &parents);
    bool partition = keel_sql_get(j->node, "partbound") != NULL;

    about_relation(j, "relation");
    keel_sql_walk(j->node, touch_referenced, j);
    for (size_t i = 0; i < count; i++)
        keel_sql_touch(j, keel_sql_text_of(&parents[i], "schemaname"), keel_sql_text_of(&parents[i], "relname"),
                       partition ? KEEL_LOCK_ACCESS_EXCLUSIVE : KEEL_LOCK_SHARE_UPDATE_EXCLUSIVE);
}

static void judge_data(keel_sql_judging *j)
{
    j->class->manner = KEEL_MANNER_DATA;
    about_relation(j, "relation");
    bool reads = keel_sql_kind_is(j->node, "CopyStmt") && !keel_sql_true(j->node, "is_from");
    keel_sql_touch_relation(j, j->node, "relation", reads ? KEEL_LOCK_ACCESS_SHARE : KEEL_LOCK_ROW_EXCLUSIVE);
}

static void judge_query(keel_sql_judging *j)
{
    j->class->manner = KEEL_MANNER_DATA;
}

static void judge_session(keel_sql_judging *j)
{
    j->class->manner = KEEL_MANNER_SESSION;
}

static void judge_control(keel_sql_judging *j)
{
    static const char *const kinds[][2] = {
        {"TRANS_STMT_BEGIN", "BEGIN"},           {"TRANS_STMT_START", "START TRANSACTION"},
        {"TRANS_STMT_COMMIT", "COMMIT"},         {"TRANS_STMT_ROLLBACK", "ROLLBACK"},
        {"TRANS_STMT_SAVEPOINT", "SAVEPOINT"},   {"TRANS_STMT_RELEASE", "RELEASE"},
        {"TRANS_STMT_ROLLBACK_TO", "ROLLBACK TO"}, {"TRANS_STMT_PREPARE", "PREPARE TRANSACTION"},
        {"TRANS_STMT_COMMIT_PREPARED", "COMMIT PREPARED"}, {"TRANS_STMT_ROLLBACK_PREPARED", "ROLLBACK PREPARED"},
    };

    j->class->manner = KEEL_MANNER_CONTROL;
    for (size_t i = 0; i < KEEL_COUNT_OF(kinds); i++)
        if (strcmp(keel_sql_text_of(j->node, "kind"), kinds[i][0]) == 0)
            j->class->command = kinds[i][1];
}

static void judge_outside(keel_sql_judging *j)
{
    keel_sql_not_in_transaction(j);
}

/* Outside a transaction it runs with and without its refresh, inside only without. */
static void judge_alter_subscription(keel_sql_judging *j)
{
    const char *kind = keel_sql_text_of(j->node, "kind");

    if (strstr(kind, "_REFRESH") != NULL || strstr(kind, "_PUBLICATION") != NULL)
        keel_sql_not_in_transaction(j);
}

static void judge_alter_database(keel_sql_judging *j)
{
    const keel_sql_node *options = NULL;

    if (keel_sql_list(j->node, "options", &options) > 0 && strcmp(keel_sql_text_of(&options[0], "defname"), "tablespace") == 0)
        keel_sql_not_in_transaction(j);
}

static void judge_relation(keel_sql_judging *j)
{
    about_relation(j, "relation");
    keel_sql_touch_relation(j, j->node, "relation", KEEL_LOCK_ACCESS_EXCLUSIVE);
}

static void judge_trigger(keel_sql_judging *j)
{
    const keel_sql_node *relation = keel_sql_get(j->node, "relation");

    keel_sql_about(j, keel_sql_text_of(relation, "schemaname"), keel_sql_text_of(j->node, "trigname"));
    keel_sql_touch_relation(j, j->node, "relation", KEEL_LOCK_SHARE_ROW_EXCLUSIVE);
}

static void judge_policy(keel_sql_judging *j)
{
    keel_sql_touch_relation(j, j->node, "table", KEEL_LOCK_ACCESS_EXCLUSIVE);
}

static void judge_view(keel_sql_judging *j)
{
    about_relation(j, "view");
    if (keel_sql_true(j->node, "replace"))
        keel_sql_touch_relation(j, j->node, "view", KEEL_LOCK_ACCESS_EXCLUSIVE);
}

static void judge_table_as(keel_sql_judging *j)
{
    const keel_sql_node *into = keel_sql_get(keel_sql_get(j->node, "into"), "rel");

    keel_sql_about(j, keel_sql_text_of(into, "schemaname"), keel_sql_text_of(into, "relname"));
}

static void judge_nothing(keel_sql_judging *j)
{
    (void)j;
}

static const struct {
    const char *kind, *command;
    void (*judge)(keel_sql_judging *j);
} kinds[] = {
    {"AlterTableStmt", "ALTER TABLE", keel_sql_judge_alter_table},
    {"IndexStmt", "CREATE INDEX", judge_index},
    {"DropStmt", "DROP", judge_drop},
    {"CreateStmt", "CREATE TABLE", judge_create_table},
    {"CreateTableAsStmt", "CREATE TABLE AS", judge_table_as},
    {"RenameStmt", "ALTER .. RENAME", judge_relation},
    {"AlterObjectSchemaStmt", "ALTER .. SET SCHEMA", judge_relation},
    {"CreateTrigStmt", "CREATE TRIGGER", judge_trigger},
    {"CreatePolicyStmt", "CREATE POLICY", judge_policy},
    {"AlterPolicyStmt", "ALTER POLICY", judge_policy},
    {"RuleStmt", "CREATE RULE", judge_relation},
    {"ViewStmt", "CREATE VIEW", judge_view},
    {"CreateFunctionStmt", "CREATE FUNCTION", judge_nothing},
    {"CreateSchemaStmt", "CREATE SCHEMA", judge_nothing},
    {"CreateExtensionStmt", "CREATE EXTENSION", judge_nothing},
    {"CreateSeqStmt", "CREATE SEQUENCE", judge_nothing},
    {"CreateEnumStmt", "CREATE TYPE", judge_nothing},
    {"CompositeTypeStmt", "CREATE TYPE", judge_nothing},
    {"CreateDomainStmt", "CREATE DOMAIN", judge_nothing},
    {"AlterDomainStmt", "ALTER DOMAIN", judge_nothing},
    {"AlterEnumStmt", "ALTER TYPE", judge_enum},
    {"CommentStmt", "COMMENT", judge_nothing},
    {"GrantStmt", "GRANT", judge_nothing},
    {"GrantRoleStmt", "GRANT", judge_nothing},
    {"ReindexStmt", "REINDEX", judge_reindex},
    {"VacuumStmt", "VACUUM", judge_vacuum},
    {"ClusterStmt", "CLUSTER", judge_cluster},
    {"RefreshMatViewStmt", "REFRESH MATERIALIZED VIEW", judge_refresh},
    {"TruncateStmt", "TRUNCATE", judge_truncate},
    {"LockStmt", "LOCK TABLE", judge_lock},
    {"InsertStmt", "INSERT", judge_data},
    {"UpdateStmt", "UPDATE", judge_data},
    {"DeleteStmt", "DELETE", judge_data},
    {"MergeStmt", "MERGE", judge_data},
    {"CopyStmt", "COPY", judge_data},
    {"SelectStmt", "SELECT", judge_query},
    {"ExplainStmt", "EXPLAIN", judge_query},
    {"CallStmt", "CALL", judge_query},
    {"DoStmt", "DO", judge_query},
    {"ExecuteStmt", "EXECUTE", judge_query},
    {"VariableSetStmt", "SET", judge_session},
    {"DiscardStmt", "DISCARD", judge_session},
    {"ListenStmt", "LISTEN", judge_session},
    {"PrepareStmt", "PREPARE", judge_session},
    {"ConstraintsSetStmt", "SET CONSTRAINTS", judge_session},
    {"TransactionStmt", "BEGIN", judge_control},
    {"CreatedbStmt", "CREATE DATABASE", judge_outside},
    {"DropdbStmt", "DROP DATABASE", judge_outside},
    {"CreateTableSpaceStmt", "CREATE TABLESPACE", judge_outside},
    {"DropTableSpaceStmt", "DROP TABLESPACE", judge_outside},
    {"AlterSystemStmt", "ALTER SYSTEM", judge_outside},
    {"AlterDatabaseStmt", "ALTER DATABASE", judge_alter_database},
    {"AlterSubscriptionStmt", "ALTER SUBSCRIPTION", judge_alter_subscription},
    {"CreateSubscriptionStmt", "CREATE SUBSCRIPTION", judge_outside},
    {"DropSubscriptionStmt", "DROP SUBSCRIPTION", judge_outside},
};

void keel_sql_classify(keel_arena *arena, const keel_sql_node *node, const char *text, size_t size, int server_version,
                       keel_sql_class *ret_class)
{
    keel_sql_judging j = {arena, node, server_version > 0 ? server_version : 150000, ret_class};

    *ret_class = (keel_sql_class){.transactional = true, .analysed = true, .manner = KEEL_MANNER_BRIEF};
    for (size_t i = 0; node != NULL && i < KEEL_COUNT_OF(kinds); i++) {
        if (!keel_sql_kind_is(node, kinds[i].kind))
            continue;
        ret_class->command = kinds[i].command;
        kinds[i].judge(&j);
        return;
    }
    keel_sql_judge_tokens(&j, text, size);
    ret_class->analysed = node != NULL;
}
