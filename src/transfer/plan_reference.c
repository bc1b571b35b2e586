/* How tables hang together: foreign keys and what they point at, key modes, cycles, load order. */
#include <strings.h>

#include "transfer/plan.h"

/* The keyset of `parent` over these columns; made if it is new. */
static size_t keyset_of(keel_plan *plan, keel_plan_table *parent, const int *cells, size_t count)
{
    for (size_t i = 0; i < parent->keysets.count; i++) {
        const keel_plan_keyset *set = &parent->keysets.items[i];
        if (set->count == count && memcmp(set->cells, cells, count * sizeof *cells) == 0)
            return i;
    }
    keel_plan_keyset set = {.cells = keel_arena_alloc(plan->arena, count * sizeof *cells), .count = count};
    memcpy(set.cells, cells, count * sizeof *cells);
    keel_arena_push(plan->arena, &parent->keysets, set);
    return parent->keysets.count - 1;
}

static void add_key_keyset(keel_plan *plan, keel_plan_table *table)
{
    table->key_keyset = -1;
    if (table->key_column < 0)
        return;
    int cell = table->columns.items[table->key_column].cell;
    size_t at = keyset_of(plan, table, &cell, 1);
    table->keysets.items[at].is_key = true;
    table->key_keyset = (int)at;
}

static int column_by_target(const keel_plan_table *table, const char *target)
{
    for (size_t i = 0; i < table->columns.count; i++)
        if (strcmp(table->columns.items[i].target, target) == 0)
            return (int)i;
    return -1;
}

static const char *target_name(const keel_plan_table *table, int attnum)
{
    const keel_pg_column *column = keel_pg_table_column_number(table->target, attnum);

    return column != NULL ? column->name : "";
}

/* The target's own constraint over the same columns, if it stands there already. */
static const keel_pg_constraint *find_target_key(const keel_plan_table *table, const keel_plan_reference *reference,
                                                 const keel_plan_table *parent)
{
    for (size_t i = 0; table->target != NULL && i < table->target->constraints.count; i++) {
        const keel_pg_constraint *constraint = &table->target->constraints.items[i];
        bool same = constraint->type == 'f' && constraint->column_count == reference->count;
        if (same && parent != NULL && parent->target != NULL && parent->target->oid != constraint->parent_oid)
            same = false;
        for (size_t j = 0; same && j < reference->count; j++)
            same = reference->columns[j] >= 0 &&
                   strcmp(target_name(table, constraint->columns[j]),
                          table->columns.items[reference->columns[j]].target) == 0;
        if (same)
            return constraint;
    }
    return NULL;
}

static void report_untransferred(const keel_plan_table *table, const keel_sqlite_foreign_key *key, keel_report *report)
{
    keel_report_addf(report, KEEL_INFO, "plan.parent_not_transferred", table->source->name, NULL, NULL,
                     "foreign key to \"%s\": that table is not part of this transfer, so its rows are the target's own",
                     key->parent);
}

static void add_source_reference(keel_plan *plan, keel_plan_table *table, const keel_sqlite_foreign_key *key,
                                 keel_report *report)
{
    keel_plan_table *parent = keel_plan_find_source(plan, key->parent);
    keel_plan_reference reference = {.name = key->name != NULL ? key->name : key->parent,
                                     .count = key->count,
                                     .parent = parent,
                                     .source = key};
    int *cells = keel_arena_alloc(plan->arena, key->count * sizeof *cells);
    bool complete = key->parent_columns != NULL;

    if (key->count > KEEL_KEY_COLUMNS) {
        keel_report_addf(report, KEEL_CRITICAL, "plan.wide_key", table->source->name, NULL,
                         "Leave out one of its columns in the mapping: a reference that is not whole is not carried.",
                         "the foreign key to \"%s\" has %zu columns, PostgreSQL allows %d", key->parent, key->count,
                         (int)KEEL_KEY_COLUMNS);
        return;
    }

    reference.columns = keel_arena_alloc(plan->arena, key->count * sizeof(int));
    for (size_t i = 0; i < key->count; i++) {
        reference.columns[i] = keel_plan_column_by_source(table, key->columns[i]);
        if (reference.columns[i] < 0)
            return; /* a column of it is not transferred: nothing refers any more */
        if (parent != NULL && complete) {
            int column = keel_plan_column_by_source(parent, key->parent_columns[i]);
            complete = column >= 0;
            cells[i] = complete ? parent->columns.items[column].cell : -1;
        }
    }
    if (parent == NULL)
        report_untransferred(table, key, report);
    if (parent != NULL && !complete)
        reference.parent = NULL;
    if (reference.parent != NULL)
        reference.parent_keyset = keyset_of(plan, parent, cells, key->count);
    reference.target = find_target_key(table, &reference, parent);
    keel_arena_push(plan->arena, &table->references, reference);
}

static keel_plan_table *find_by_oid(const keel_plan *plan, uint32_t oid)
{
    for (size_t i = 0; i < plan->table_count; i++)
        if (plan->tables[i]->target != NULL && plan->tables[i]->target->oid == oid)
            return plan->tables[i];
    return NULL;
}

static bool has_reference(const keel_plan_table *table, const keel_pg_constraint *constraint)
{
    for (size_t i = 0; i < table->references.count; i++)
        if (table->references.items[i].target == constraint)
            return true;
    return false;
}

/* A foreign key that only the target has: the source's rows must satisfy it all the same. */
static void add_target_reference(keel_plan *plan, keel_plan_table *table, const keel_pg_constraint *constraint)
{
    keel_plan_reference reference = {.name = constraint->name,
                                     .count = constraint->column_count,
                                     .parent = find_by_oid(plan, constraint->parent_oid),
                                     .target = constraint};
    int *cells = keel_arena_alloc(plan->arena, reference.count * sizeof *cells);

    reference.columns = keel_arena_alloc(plan->arena, reference.count * sizeof(int));
    for (size_t i = 0; i < reference.count; i++) {
        reference.columns[i] = column_by_target(table, target_name(table, constraint->columns[i]));
        if (reference.columns[i] < 0)
            return;
        if (reference.parent == NULL)
            continue;
        int column = column_by_target(reference.parent, constraint->parent_columns[i]);
        if (column < 0)
            reference.parent = NULL;
        else
            cells[i] = reference.parent->columns.items[column].cell;
    }
    if (reference.parent != NULL)
        reference.parent_keyset = keyset_of(plan, reference.parent, cells, reference.count);
    keel_arena_push(plan->arena, &table->references, reference);
}

static void add_references(keel_plan *plan, keel_plan_table *table, keel_report *report)
{
    for (size_t i = 0; i < table->source->foreign_keys.count; i++)
        add_source_reference(plan, table, &table->source->foreign_keys.items[i], report);
    for (size_t i = 0; table->target != NULL && i < table->target->constraints.count; i++) {
        const keel_pg_constraint *constraint = &table->target->constraints.items[i];
        if (constraint->type == 'f' && !has_reference(table, constraint))
            add_target_reference(plan, table, constraint);
    }
}

/* Does the target give this key by itself? For a table to be created: an INTEGER PRIMARY KEY becomes an identity. */
static bool key_is_generated(const keel_plan_table *table)
{
    if (table->key_column < 0)
        return false;
    const keel_plan_column *key = &table->columns.items[table->key_column];
    if (key->target_column != NULL)
        return key->target_column->default_generates || key->target_column->identity != 0;
    return table->source->rowid_alias != NULL && strcmp(table->source->rowid_alias, key->source) == 0;
}

static bool matches_key(const keel_plan_table *table)
{
    for (size_t i = 0; table->mapping != NULL && i < table->mapping->match.count; i++)
        if (strcmp(table->mapping->match.items[i], table->columns.items[table->key_column].target) == 0)
            return true;
    return false;
}

static void choose_remap(const keel_plan *plan, keel_plan_table *table, keel_report *report)
{
    bool stated = table->mapping != NULL && table->mapping->keys != KEEL_KEYS_AUTO;
    keel_key_choice choice = stated ? table->mapping->keys : plan->options.keys;
    bool generated = key_is_generated(table);

    if (table->journalled != NULL) {
        table->remap = strcmp(table->journalled->keys, "remap") == 0;
        return;
    }
    if (choice == KEEL_KEYS_AUTO)
        choice = table->target_had_rows && generated ? KEEL_KEYS_REMAP : KEEL_KEYS_KEEP;
    table->remap = choice == KEEL_KEYS_REMAP && generated && !matches_key(table);
    if (choice == KEEL_KEYS_REMAP && !table->remap)
        keel_report_addf(report, stated ? KEEL_CRITICAL : KEEL_INFO, "plan.keys_kept", table->source->name, NULL,
                         stated ? "Say `keys: keep`, or give the target's key a sequence, an identity or a uuid default."
                                : NULL,
                         "the target does not generate this table's key%s", stated ? "" : ": keys are kept");
}

static void choose_keys(const keel_plan *plan, keel_plan_table *table, keel_report *report)
{
    choose_remap(plan, table, report);
    table->renames = table->remap || (table->mapping != NULL && table->mapping->match.count > 0 &&
                                      table->key_column >= 0 && table->integer_key && !matches_key(table));
}

bool keel_plan_integer_map(const keel_plan_table *table)
{
    return table->key_keyset >= 0 && table->integer_key && table->integer_source_key;
}

/* The table whose key map rewrites what stands in this column; NULL if the value is carried as it is. A reference to a
 * column that is itself a reference is followed (at most as deep as there are tables). */
static const keel_plan_table *rewriter(const keel_plan *plan, const keel_plan_table *table, int column, size_t depth)
{
    if (depth > plan->table_count)
        return NULL;
    for (size_t i = 0; i < table->references.count; i++) {
        const keel_plan_reference *reference = &table->references.items[i];
        for (size_t j = 0; reference->parent != NULL && j < reference->count; j++) {
            if (reference->columns[j] != column)
                continue;
            const keel_plan_table *parent = reference->parent;
            int parent_column = parent->keysets.items[reference->parent_keyset].cells[j];
            if (parent->renames && parent_column == parent->columns.items[parent->key_column].cell)
                return parent;
            const keel_plan_table *further = rewriter(plan, parent, parent_column, depth + 1);
            if (further != NULL)
                return further;
        }
    }
    return NULL;
}

static void assign_roles(const keel_plan *plan, keel_plan_table *table)
{
    for (size_t i = 0; i < table->columns.count; i++) {
        keel_plan_column *column = &table->columns.items[i];
        column->rewritten_by = rewriter(plan, table, (int)i, 0);
        if (column->rewritten_by != NULL)
            column->role = KEEL_ROLE_REFERENCE;
        if (table->remap && (int)i == table->key_column)
            column->role = KEEL_ROLE_KEY;
    }
}

/* Tarjan's strongly connected components: a component comes out after everything it refers to, so parents first. */
typedef struct walk {
    keel_plan *plan;
    int *index, *low;
    bool *on_stack;
    size_t *stack, depth;
    int next, groups;
    keel_plan_table **order;
    size_t placed;
} walk;

static size_t position_of(const keel_plan *plan, const keel_plan_table *table)
{
    size_t at = 0;

    while (plan->tables[at] != table)
        at++;
    return at;
}

static void close_component(walk *w, size_t root)
{
    size_t members = 0, at;

    do {
        at = w->stack[--w->depth];
        w->on_stack[at] = false;
        w->plan->tables[at]->group = w->groups;
        w->order[w->placed++] = w->plan->tables[at];
        members++;
    } while (at != root);
    for (size_t i = w->placed - members; i < w->placed; i++) {
        bool self = false;
        for (size_t j = 0; j < w->order[i]->references.count; j++)
            self = self || w->order[i]->references.items[j].parent == w->order[i];
        w->order[i]->cyclic = members > 1 || self;
    }
    w->groups++;
}

static void visit(walk *w, size_t at)
{
    const keel_plan_table *table = w->plan->tables[at];

    w->index[at] = w->low[at] = ++w->next;
    w->stack[w->depth++] = at;
    w->on_stack[at] = true;
    for (size_t i = 0; i < table->references.count; i++) {
        if (table->references.items[i].parent == NULL)
            continue;
        size_t parent = position_of(w->plan, table->references.items[i].parent);
        if (w->index[parent] == 0) {
            visit(w, parent);
            w->low[at] = KEEL_MIN(w->low[at], w->low[parent]);
        } else if (w->on_stack[parent]) {
            w->low[at] = KEEL_MIN(w->low[at], w->index[parent]);
        }
    }
    if (w->low[at] == w->index[at])
        close_component(w, at);
}

static void order_tables(keel_plan *plan)
{
    size_t count = plan->table_count;
    walk w = {.plan = plan,
              .index = keel_arena_alloc(plan->arena, count * sizeof(int)),
              .low = keel_arena_alloc(plan->arena, count * sizeof(int)),
              .on_stack = keel_arena_alloc(plan->arena, count * sizeof(bool)),
              .stack = keel_arena_alloc(plan->arena, count * sizeof(size_t)),
              .order = keel_arena_alloc(plan->arena, (count + 1) * sizeof(keel_plan_table *))};

    for (size_t at = 0; at < count; at++)
        if (w.index[at] == 0)
            visit(&w, at);
    plan->tables = w.order;
}

static bool nullable(const keel_plan_table *table, const keel_plan_reference *reference)
{
    for (size_t i = 0; i < reference->count; i++)
        if (table->columns.items[reference->columns[i]].rule.not_null)
            return false;
    return true;
}

static void mark_cycles(keel_plan_table *table)
{
    for (size_t i = 0; i < table->references.count; i++) {
        keel_plan_reference *reference = &table->references.items[i];
        reference->cyclic = reference->parent != NULL && reference->parent->group == table->group;
        bool enforced = reference->cyclic && reference->target != NULL && table->fire_triggers && !table->create;
        reference->second_pass = enforced && nullable(table, reference);
        reference->parent_first = enforced && !reference->second_pass;
    }
}

static void refuse_cycle(const keel_plan_table *table, keel_report *report)
{
    keel_report_addf(report, KEEL_CRITICAL, "plan.cycle", table->source->name, NULL,
                     "Drop one of its constraints for the transfer, make a column nullable, or use --triggers skip.",
                     "its foreign keys form a cycle over NOT NULL columns (or it has no key), so neither two passes nor an"
                     " order of tables can load it");
}

/* Every parent of the table that has to be loaded before it stands among the first `placed`. */
static bool may_follow(const keel_plan *plan, const keel_plan_table *table, size_t placed)
{
    for (size_t i = 0; i < table->references.count; i++) {
        bool found = !table->references.items[i].parent_first;
        for (size_t j = 0; !found && j < placed; j++)
            found = plan->tables[j] == table->references.items[i].parent;
        if (!found)
            return false;
    }
    return true;
}

/* Inside a cycle, tables whose references cannot wait come after their parents. */
static void order_cycles(keel_plan *plan, keel_report *report)
{
    for (size_t at = 0; at < plan->table_count; at++) {
        size_t next = at;
        while (next < plan->table_count && plan->tables[next]->group == plan->tables[at]->group &&
               !may_follow(plan, plan->tables[next], at))
            next++;
        if (next == plan->table_count || plan->tables[next]->group != plan->tables[at]->group) {
            refuse_cycle(plan->tables[at], report);
            continue;
        }
        keel_plan_table *table = plan->tables[next];
        for (; next > at; next--)
            plan->tables[next] = plan->tables[next - 1];
        plan->tables[at] = table;
    }
}

static void check_cycle_keys(const keel_plan_table *table, keel_report *report)
{
    for (size_t i = 0; i < table->references.count; i++)
        if (table->key_column < 0 && (table->references.items[i].second_pass || table->references.items[i].parent_first)) {
            refuse_cycle(table, report);
            return;
        }
}

static void number_tables(keel_plan *plan)
{
    for (size_t i = 0; i < plan->table_count; i++) {
        plan->tables[i]->index = i;
        plan->tables[i]->number = plan->tables[i]->journalled != NULL ? plan->tables[i]->journalled->table : (int)i;
    }
}

bool keel_plan_link(keel_plan *plan, keel_report *report, keel_error *err)
{
    (void)err;
    for (size_t i = 0; i < plan->table_count; i++)
        add_key_keyset(plan, plan->tables[i]);
    for (size_t i = 0; i < plan->table_count; i++)
        add_references(plan, plan->tables[i], report);
    for (size_t i = 0; i < plan->table_count; i++)
        choose_keys(plan, plan->tables[i], report);
    for (size_t i = 0; i < plan->table_count; i++)
        assign_roles(plan, plan->tables[i]);
    order_tables(plan);
    for (size_t i = 0; i < plan->table_count; i++)
        mark_cycles(plan->tables[i]);
    for (size_t i = 0; i < plan->table_count; i++)
        check_cycle_keys(plan->tables[i], report);
    order_cycles(plan, report);
    number_tables(plan);
    return true;
}
