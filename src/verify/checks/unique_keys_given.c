/* Keys that the suite names. */
#include "verify/checks/unique_keys.h"

static bool holds(const keel_suite_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return true;
    return false;
}

/* An index of the same columns, or of fewer, over every row: no predicate. NULLs are no matter: a key of the suite
 * does not compare them. */
static bool keeps(const keel_unique_key *index, const keel_suite_key *given)
{
    if (index->index == NULL || index->where != NULL)
        return false;
    for (size_t i = 0; i < index->count; i++)
        if (!holds(&given->columns, index->names[i]))
            return false;
    return true;
}

/* The one to be trusted most, or NULL. */
static const keel_unique_key *find_index(const keel_unique_keys *keys, const keel_suite_key *given)
{
    const keel_unique_key *found = NULL;

    for (size_t i = 0; i < keys->count; i++) {
        const keel_unique_key *key = &keys->items[i];
        bool better = found == NULL || (found->doubt != NULL && key->doubt == NULL) ||
                      (found->text && key->doubt == NULL && !key->text);
        if (keeps(key, given) && better)
            found = key;
    }
    return found;
}

static void add(keel_check_run *run, const keel_pg_table *table, const keel_suite_key *given, const char *claims,
                keel_unique_keys *keys)
{
    keel_unique_key key = {.place = given->place, .claims = claims};

    key.expressions = keel_arena_alloc(run->arena, given->columns.count * sizeof(char *));
    key.names = keel_arena_alloc(run->arena, given->columns.count * sizeof(char *));
    for (size_t i = 0; i < given->columns.count; i++) {
        const char *name = given->columns.items[i];
        if (keel_pg_table_column(table, name) == NULL) {
            keel_row_no_column(run, table, name, given->place);
            return;
        }
        key.names[key.count] = name;
        key.expressions[key.count++] = keel_row_column(run, name);
    }
    keel_arena_push(run->arena, keys, key);
}

void keel_unique_keys_given(keel_check_run *run, const keel_pg_table *table, keel_unique_keys *keys,
                            int64_t *ret_kept)
{
    const keel_suite_table *demands = table->partition ? NULL : keel_row_demands(run, table);

    *ret_kept = 0;
    for (size_t i = 0; demands != NULL && i < demands->keys.count; i++) {
        const keel_suite_key *given = &demands->keys.items[i];
        const keel_unique_key *index = find_index(keys, given);
        bool judged = index != NULL && index->doubt != NULL && index->count == given->columns.count;
        if (judged || (index != NULL && index->doubt == NULL && !index->text))
            (*ret_kept) += !judged;
        else
            add(run, table, given, index != NULL ? index->index : NULL, keys);
    }
}
