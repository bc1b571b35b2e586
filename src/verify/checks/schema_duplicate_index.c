#include <string.h>

#include "verify/indexes.h"

/* How one index makes another superfluous. */
typedef enum overlap {
    OVERLAP_NONE,
    OVERLAP_SAME,    /* the same keys */
    OVERLAP_REVERSE, /* the same keys, read from the other end */
    OVERLAP_PREFIX,  /* its keys are the first ones of the other */
} overlap;

enum { REVERSED = 3 }; /* DESC and NULLS FIRST both turned */

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The first `count` keys are the same columns, compared in the same way; order: each turned by `turn`. */
static bool same_keys(const keel_index_facts *a, const keel_index_facts *b, size_t count, int turn)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(a->keys[i].text, b->keys[i].text) != 0 || strcmp(a->keys[i].kind, b->keys[i].kind) != 0 ||
            (a->keys[i].order ^ turn) != b->keys[i].order)
            return false;
    return true;
}

/* Whatever `a` carries, `b` carries too, so that an index-only scan of `a` can be one of `b`. */
static bool carries(const keel_index_facts *b, const keel_index_facts *a)
{
    for (size_t i = a->key_count; i < a->column_count; i++) {
        bool found = false;
        for (size_t j = 0; j < b->column_count && !found; j++)
            found = strcmp(a->keys[i].text, b->keys[j].text) == 0;
        if (!found)
            return false;
    }
    return true;
}

/* Does `b` do everything that `a` does? */
static overlap covers(const keel_index_facts *b, const keel_index_facts *a)
{
    bool btree = strcmp(a->method, "btree") == 0;
    bool exclusion = a->constraint && !a->unique;

    if (exclusion || a->table != b->table || strcmp(a->method, b->method) != 0 || !same_text(a->predicate, b->predicate) ||
        a->key_count > b->key_count || !carries(b, a) || a->partitioned != b->partitioned)
        return OVERLAP_NONE;
    if (!btree && !same_text(a->storage, b->storage))
        return OVERLAP_NONE;
    bool straight = same_keys(a, b, a->key_count, 0);
    if (!straight && !(btree && same_keys(a, b, a->key_count, REVERSED)))
        return OVERLAP_NONE;
    if (a->key_count < b->key_count)
        return btree && !a->unique ? OVERLAP_PREFIX : OVERLAP_NONE;
    if (a->unique && (!b->unique || a->nulls_not_distinct != b->nulls_not_distinct || a->immediate != b->immediate))
        return OVERLAP_NONE;
    return straight ? OVERLAP_SAME : OVERLAP_REVERSE;
}

/* Of two that do the same, the one that stays: what cannot be dropped, then what proves more, then the older. */
static bool outranks(const keel_index_facts *b, const keel_index_facts *a)
{
    if (a->primary != b->primary)
        return b->primary;
    if (keel_index_is_bound(a) != keel_index_is_bound(b))
        return keel_index_is_bound(b);
    if (a->unique != b->unique)
        return b->unique;
    if (a->column_count != b->column_count)
        return b->column_count > a->column_count;
    return b->oid < a->oid;
}

/* An index that makes `a` superfluous, or NULL. Never two that name each other. */
static const keel_index_facts *superseder(const keel_index_list *list, const keel_index_facts *a, overlap *ret_how)
{
    const keel_index_facts *best = NULL;

    for (size_t i = 0; i < list->count; i++) {
        const keel_index_facts *b = &list->items[i];
        if (b == a || b->table != a->table || !b->usable)
            continue;
        overlap how = covers(b, a);
        if (how == OVERLAP_NONE || (covers(a, b) != OVERLAP_NONE && !outranks(b, a)))
            continue;
        if (best == NULL || (how != OVERLAP_PREFIX && *ret_how == OVERLAP_PREFIX) ||
            (how == *ret_how && outranks(b, best))) {
            best = b;
            *ret_how = how;
        }
    }
    return best;
}

static const char *in_words(overlap how, const keel_index_facts *keeper)
{
    if (how == OVERLAP_PREFIX)
        return "its keys are the first keys of";
    if (how == OVERLAP_REVERSE)
        return "the same keys, which a scan from the other end serves, are those of";
    return keeper->unique ? "its keys are those of the unique" : "its keys are those of";
}

static const char *remedy_for(keel_check_run *run, const keel_index_facts *index, const keel_index_facts *keeper)
{
    if (index->replica_identity)
        return "It is the table's replica identity: give that to the other one first, then look again.";
    if (index->referenced)
        return "A foreign key relies on it: re-create that key over the other one first, then look again.";
    if (index->constraint)
        return "Both stand behind constraints: ask which of the two anybody relies on (ON CONFLICT ON CONSTRAINT, foreign "
               "keys) and drop that constraint's twin by ALTER TABLE .. DROP CONSTRAINT.";
    return keel_arena_printf(run->arena, "DROP INDEX%s %s; -- \"%s\" stays", index->partitioned ? "" : " CONCURRENTLY",
                             keel_word_sql(run, index->schema, index->name), keeper->name);
}

static void report(keel_check_run *run, const keel_index_facts *index, const keel_index_facts *keeper, overlap how)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    const char *other = keel_word_name(run, keeper->schema, keeper->name);
    keel_json json;

    keel_evidence_start(&json, &evidence);
    keel_json_kv_text(&json, "table", keel_check_table_name(run, index->table));
    keel_json_kv_text(&json, "kind", how == OVERLAP_PREFIX ? "prefix" : "duplicate");
    keel_json_kv_text(&json, "kept", other);
    keel_json_kv_int(&json, "bytes", index->bytes);
    keel_json_kv_int(&json, "kept_bytes", keeper->bytes);
    keel_check_found(run, keel_word_name(run, index->schema, index->name), keel_evidence_finish(&json),
                     remedy_for(run, index, keeper), "index of %s is superfluous: %s index %s (%s)",
                     keel_word_bytes(run, index->bytes), in_words(how, keeper), other,
                     keel_word_bytes(run, keeper->bytes));
}

/* The keeper may be a prefix of a third one; the last of the chain is the one that stays. */
static const keel_index_facts *last_keeper(const keel_index_list *list, const keel_index_facts *index, overlap *ret_how)
{
    const keel_index_facts *keeper = superseder(list, index, ret_how);
    overlap how;

    while (keeper != NULL && !keel_index_is_bound(keeper)) {
        const keel_index_facts *next = superseder(list, keeper, &how);
        if (next == NULL)
            break;
        keeper = next;
        *ret_how = how == OVERLAP_PREFIX ? OVERLAP_PREFIX : *ret_how;
    }
    return keeper;
}

static bool run_check(keel_check_run *run, keel_error *err)
{
    keel_index_list indexes;

    if (!keel_indexes_load(run, &indexes, err))
        return false;
    keel_check_looked(run, (int64_t)indexes.count, "indexes");
    for (size_t i = 0; i < indexes.count; i++) {
        const keel_index_facts *index = &indexes.items[i];
        overlap how = OVERLAP_NONE;
        if (index->attached || !index->usable)
            continue;
        const keel_index_facts *keeper = last_keeper(&indexes, index, &how);
        if (keeper != NULL)
            report(run, index, keeper, how);
    }
    return true;
}

const keel_check keel_check_schema_duplicate_index = {
    .id = "schema.duplicate_index",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_WARNING,
    .title = "no index repeats another",
    .help = "Looks for indexes that another one makes superfluous: the same table, method, keys, operator classes, "
            "collations, predicate and no column that the other does not carry; or a non-unique btree index whose keys are "
            "the first keys of another. A plain index beside a UNIQUE constraint or primary key on the same columns is the "
            "usual case. Each one costs every write and gives nothing back. (a, b) and (b, a) are different, and so are a "
            "partial index and a whole one. What stands behind a constraint, a foreign key or the replica identity is "
            "never proposed for dropping.",
    .triggers = "CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE);"
                "CREATE INDEX idx_users_email ON users (email);",
    .passes = "CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE);"
              "CREATE INDEX idx_users_email ON users (email, id) WHERE id > 0;",
    .run = run_check,
};
