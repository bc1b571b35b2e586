#include <string.h>

#include "verify/suite_write_inside.h"

static bool has_expression(const keel_index_facts *index)
{
    for (size_t i = 0; i < index->key_count; i++)
        if (index->keys[i].column == 0)
            return true;
    return false;
}

/* What `unique` can say: a unique index over columns, without a predicate. */
static bool is_key(const keel_index_facts *index)
{
    return index->unique && index->usable && index->predicate == NULL && !has_expression(index);
}

static void write_unique(keel_suite_writer *w, const keel_pg_table *table)
{
    size_t shown = 0;

    for (size_t i = 0; i < w->indexes.count; i++) {
        const keel_index_facts *index = &w->indexes.items[i];
        if (index->table != table || index->primary || !is_key(index))
            continue;
        keel_str_add(w->out, shown++ == 0 ? "    unique:\n      - " : "      - ");
        int *columns = keel_arena_alloc(w->arena, index->key_count * sizeof *columns);
        for (size_t j = 0; j < index->key_count; j++)
            columns[j] = index->keys[j].column;
        keel_suite_write_columns(w, table, columns, index->key_count);
        keel_str_addc(w->out, '\n');
        w->written->keys++;
    }
}

static bool is_wish_plain(const keel_index_key *key, bool ordered)
{
    return key->opclass == NULL && key->collation == NULL && (!ordered || key->order == 0);
}

/* The key as the suite reader takes it apart again. */
static void add_key(keel_suite_writer *w, const keel_pg_table *table, const keel_index_key *key, bool ordered)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    const keel_pg_column *column = key->column != 0 ? keel_pg_table_column_number(table, key->column) : NULL;

    if (column == NULL)
        keel_str_add(&text, key->text);
    else if (is_wish_plain(key, ordered))
        keel_str_add(&text, column->name);
    else
        keel_suite_yaml_add_part(&text, column->name);
    if (key->collation != NULL) {
        keel_str_add(&text, " collate ");
        keel_suite_yaml_add_part(&text, key->collation);
    }
    keel_str_addf(&text, "%s%s", key->opclass != NULL ? " " : "", key->opclass != NULL ? key->opclass : "");
    if (ordered && (key->order & 1) != 0)
        keel_str_add(&text, (key->order & 2) != 0 ? " desc" : " desc nulls last");
    else if (ordered && (key->order & 2) != 0)
        keel_str_add(&text, " nulls first");
    keel_suite_yaml_add_flow(w->out, text.data);
}

static void add_keys(keel_suite_writer *w, const keel_index_facts *index)
{
    const bool ordered = strcmp(index->method, "btree") == 0;

    keel_str_add(w->out, ", keys: ");
    keel_str_add(w->out, index->key_count == 1 ? "" : "[");
    for (size_t i = 0; i < index->key_count; i++) {
        keel_str_add(w->out, i > 0 ? ", " : "");
        add_key(w, index->table, &index->keys[i], ordered);
    }
    keel_str_add(w->out, index->key_count == 1 ? "" : "]");
}

static void write_index(keel_suite_writer *w, const keel_index_facts *index)
{
    keel_str_add(w->out, "{name: ");
    keel_suite_yaml_add_flow(w->out, index->name);
    add_keys(w, index);
    for (size_t i = index->key_count; i < index->column_count; i++) {
        const keel_pg_column *column = keel_pg_table_column_number(index->table, index->keys[i].column);
        keel_str_add(w->out, i == index->key_count ? ", include: [" : ", ");
        keel_suite_yaml_add_flow(w->out, column != NULL ? column->name : "");
        keel_str_add(w->out, i + 1 == index->column_count ? "]" : "");
    }
    if (index->predicate != NULL) {
        keel_str_add(w->out, ", where: ");
        keel_suite_yaml_add_flow(w->out, index->predicate);
    }
    if (strcmp(index->method, "btree") != 0) {
        keel_str_add(w->out, ", method: ");
        keel_suite_yaml_add_flow(w->out, index->method);
    }
    keel_str_add(w->out, index->unique ? ", unique: true}\n" : "}\n");
    w->written->indexes++;
}

/* What is neither `unique` nor made by a constraint. */
static bool is_other(const keel_index_facts *index, const keel_pg_table *table)
{
    return index->table == table && !index->constraint && !is_key(index);
}

/* A list that holds only comments is no list to YAML. */
static bool any_usable(const keel_suite_writer *w, const keel_pg_table *table)
{
    for (size_t i = 0; i < w->indexes.count; i++)
        if (is_other(&w->indexes.items[i], table) && w->indexes.items[i].usable)
            return true;
    return false;
}

static void write_others(keel_suite_writer *w, const keel_pg_table *table)
{
    const char *title = any_usable(w, table) ? "    indexes:\n" : "    # indexes:\n";
    size_t shown = 0;

    for (size_t i = 0; i < w->indexes.count; i++) {
        const keel_index_facts *index = &w->indexes.items[i];
        if (!is_other(index, table))
            continue;
        keel_str_add(w->out, shown++ == 0 ? title : "");
        keel_str_add(w->out, index->usable ? "      - " : "      # not valid, so left out: ");
        if (index->usable) {
            write_index(w, index);
        } else {
            keel_suite_yaml_add_flow(w->out, index->name);
            keel_str_addc(w->out, '\n');
            w->written->left_out++;
        }
    }
}

void keel_suite_write_indexes(keel_suite_writer *w, const keel_pg_table *table)
{
    write_unique(w, table);
    write_others(w, table);
}
