#include "verify/index_demand.h"

#include <string.h>
#include <strings.h>

#include "verify/expression.h"

static bool same_text(const char *one, const char *other)
{
    return one == NULL ? other == NULL : other != NULL && strcmp(one, other) == 0;
}

static bool fits_key(const keel_index_wish *wish, const keel_index_key *key, bool ordered)
{
    if (wish->column != NULL ? key->column != wish->column->number : key->column != 0)
        return false;
    return same_text(wish->opclass, key->opclass) && same_text(wish->collation, key->collation) &&
           (!ordered || wish->order == key->order);
}

static bool has_included(const keel_index_facts *index, const keel_pg_table *table, const keel_suite_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        const keel_pg_column *column = keel_pg_table_column(table, names->items[i]);
        bool found = false;
        for (size_t j = index->key_count; column != NULL && j < index->column_count; j++)
            found = found || index->keys[j].column == column->number;
        if (!found)
            return false;
    }
    return true;
}

/* All that can be told without asking the server what an expression means. */
static bool fits(const keel_index_facts *index, const keel_demand *demand, const keel_suite_index *wanted,
                 const keel_index_wish *wishes)
{
    if (index->table != demand->table || strcasecmp(index->method, wanted->method) != 0 ||
        (wanted->unique && !index->unique) || index->key_count != wanted->keys.count ||
        (wanted->where == NULL) != (index->predicate == NULL) ||
        !has_included(index, demand->table, &wanted->include))
        return false;
    for (size_t i = 0; i < wanted->keys.count; i++)
        if (!fits_key(&wishes[i], &index->keys[i], strcmp(index->method, "btree") == 0))
            return false;
    return true;
}

typedef struct candidates {
    const keel_index_facts **items;
    bool *fit;
    const char **texts; /* of the expression in question */
    bool *same;
    size_t count;
} candidates;

static candidates find_candidates(keel_check_run *run, const keel_index_list *list, const keel_demand *demand,
                                  const keel_suite_index *wanted, const keel_index_wish *wishes)
{
    const size_t most = demand->table->indexes.count + 1;
    candidates c = {.items = keel_arena_alloc(run->arena, most * sizeof *c.items),
                    .fit = keel_arena_alloc(run->arena, most * sizeof *c.fit),
                    .texts = keel_arena_alloc(run->arena, most * sizeof *c.texts),
                    .same = keel_arena_alloc(run->arena, most * sizeof *c.same)};

    for (size_t i = 0; i < list->count && c.count < most; i++)
        if (fits(&list->items[i], demand, wanted, wishes)) {
            c.fit[c.count] = true;
            c.items[c.count++] = &list->items[i];
        }
    return c;
}

/* Asks for one expression of the demand, even if nothing is left to compare it with: it may be wrong. */
static bool narrow(keel_check_run *run, const keel_demand *demand, const char *expression, candidates *c,
                   const char **ret_refusal, keel_error *err)
{
    if (!keel_expression_compare(run, demand->table, NULL, expression, c->texts, c->count, c->same, ret_refusal, err))
        return false;
    for (size_t i = 0; i < c->count; i++)
        c->fit[i] = c->fit[i] && c->same[i];
    return true;
}

static bool narrow_all(keel_check_run *run, const keel_demand *demand, const keel_suite_index *wanted,
                       const keel_index_wish *wishes, candidates *c, const char **ret_refusal, keel_error *err)
{
    *ret_refusal = NULL;
    for (size_t i = 0; i < wanted->keys.count && *ret_refusal == NULL; i++) {
        for (size_t j = 0; j < c->count; j++)
            c->texts[j] = c->items[j]->keys[i].text;
        if (wishes[i].column == NULL && !narrow(run, demand, wishes[i].expression, c, ret_refusal, err))
            return false;
    }
    for (size_t j = 0; j < c->count; j++)
        c->texts[j] = c->items[j]->predicate;
    return wanted->where == NULL || *ret_refusal != NULL || narrow(run, demand, wanted->where, c, ret_refusal, err);
}

bool keel_index_demand_find(keel_check_run *run, const keel_index_list *list, const keel_demand *demand,
                            const keel_suite_index *wanted, const keel_index_facts **ret_usable,
                            const keel_index_facts **ret_unusable, const char **ret_refusal, keel_error *err)
{
    keel_index_wish *wishes = keel_arena_alloc(run->arena, wanted->keys.count * sizeof *wishes);

    for (size_t i = 0; i < wanted->keys.count; i++)
        keel_index_wish_read(run, demand->table, wanted->keys.items[i], &wishes[i]);
    candidates c = find_candidates(run, list, demand, wanted, wishes);
    if (!narrow_all(run, demand, wanted, wishes, &c, ret_refusal, err))
        return false;
    *ret_usable = *ret_unusable = NULL;
    for (size_t i = 0; i < c.count; i++)
        if (c.fit[i])
            *(c.items[i]->usable ? ret_usable : ret_unusable) = c.items[i];
    return true;
}

/* A key as CREATE INDEX wants it: an expression in parentheses, a name in quotes. */
static void add_key(keel_check_run *run, keel_str *sql, const keel_pg_table *table, const char *key)
{
    keel_index_wish wish = {0};

    keel_index_wish_read(run, table, key, &wish);
    if (wish.column != NULL)
        keel_pg_add_identifier(sql, wish.column->name);
    else
        keel_str_addf(sql, "(%s)", wish.expression);
    if (wish.collation != NULL) {
        keel_str_add(sql, " COLLATE ");
        keel_pg_add_identifier(sql, wish.collation);
    }
    keel_str_addf(sql, "%s%s", wish.opclass != NULL ? " " : "", wish.opclass != NULL ? wish.opclass : "");
    keel_str_add(sql, (wish.order & KEEL_INDEX_DESCENDING) != 0 ? " DESC" : "");
    if (((wish.order & KEEL_INDEX_DESCENDING) != 0) != ((wish.order & KEEL_INDEX_NULLS_FIRST) != 0))
        keel_str_add(sql, (wish.order & KEEL_INDEX_NULLS_FIRST) != 0 ? " NULLS FIRST" : " NULLS LAST");
}

const char *keel_index_demand_sql(keel_check_run *run, const keel_demand *demand, const keel_suite_index *wanted)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "CREATE %sINDEX %s", wanted->unique ? "UNIQUE " : "",
                  demand->table->kind == 'p' ? "" : "CONCURRENTLY ");
    if (wanted->name != NULL) {
        keel_pg_add_identifier(&sql, wanted->name);
        keel_str_addc(&sql, ' ');
    }
    keel_str_addf(&sql, "ON %s USING %s (", keel_word_sql_table(run, demand->table), wanted->method);
    for (size_t i = 0; i < wanted->keys.count; i++) {
        keel_str_add(&sql, i > 0 ? ", " : "");
        add_key(run, &sql, demand->table, wanted->keys.items[i]);
    }
    keel_str_addc(&sql, ')');
    if (wanted->include.count > 0)
        keel_str_addf(&sql, " INCLUDE (%s)", keel_word_sql_list(run, wanted->include.items, wanted->include.count));
    if (wanted->where != NULL)
        keel_str_addf(&sql, " WHERE %s", wanted->where);
    keel_str_addc(&sql, ';');
    return keel_arena_strdup(run->arena, sql.data);
}

const char *keel_index_demand_words(keel_check_run *run, const keel_suite_index *wanted)
{
    KEEL_CLEANUP(keel_str_free) keel_str words = {0};

    keel_str_addf(&words, "%s%s (", wanted->unique ? "unique " : "", wanted->method);
    for (size_t i = 0; i < wanted->keys.count; i++)
        keel_str_addf(&words, "%s%s", i > 0 ? ", " : "", wanted->keys.items[i]);
    keel_str_addc(&words, ')');
    for (size_t i = 0; i < wanted->include.count; i++)
        keel_str_addf(&words, "%s%s%s", i == 0 ? " include (" : ", ", wanted->include.items[i],
                      i + 1 == wanted->include.count ? ")" : "");
    if (wanted->where != NULL)
        keel_str_addf(&words, " where %s", wanted->where);
    return keel_arena_strdup(run->arena, words.data);
}
