/* References that only the suite knows of: the server has no operator for them, so one is chosen by the types. */
#include "verify/checks/references.h"

static bool is_number(keel_pg_kind kind)
{
    return kind >= KEEL_PG_INT2 && kind <= KEEL_PG_NUMERIC;
}

static bool is_text(keel_pg_kind kind)
{
    return kind == KEEL_PG_TEXT || kind == KEEL_PG_VARCHAR || kind == KEEL_PG_CHAR;
}

enum { FIRST_OWN_OID = 16384 }; /* types that an extension or the team made have operators of their own */

/* Keys of different types ("user_id varchar" of "users.id integer") are compared as people read them. */
static const char *make_equal(keel_check_run *run, const keel_pg_column *child, const keel_pg_column *parent)
{
    const keel_pg_kind from = child->type->kind, to = parent->type->kind;
    bool alike = child->type->base_oid == parent->type->base_oid || (is_number(from) && is_number(to));
    bool texts = is_text(from) && is_text(to);
    bool other_collation = texts && !keel_streq(child->collation, parent->collation);
    const char *cast = alike || texts ? "" : "::pg_catalog.text";
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, "p.");
    keel_pg_add_identifier(&sql, parent->name);
    keel_str_addf(&sql, "%s %s t.", cast,
                  alike && child->type->base_oid >= FIRST_OWN_OID ? "=" : "OPERATOR(pg_catalog.=)");
    keel_pg_add_identifier(&sql, child->name);
    keel_str_addf(&sql, "%s%s", cast, other_collation ? " COLLATE pg_catalog.\"C\"" : "");
    return keel_arena_strdup(run->arena, sql.data);
}

static const keel_pg_table *find_parent(const keel_check_run *run, const keel_pg_table *table,
                                        const keel_suite_reference *given)
{
    const char *schema = given->parent_schema != NULL ? given->parent_schema : table->schema;

    return keel_pg_catalog_find(run->db->catalog, schema, given->parent_table);
}

/* The parent's column that the i-th of the child stands for: named, or that of the primary key. */
static const keel_pg_column *parent_column(const keel_pg_table *parent, const keel_suite_reference *given, size_t i)
{
    const keel_pg_constraint *key = keel_pg_table_primary_key(parent);

    if (given->parent_columns.count > 0)
        return i < given->parent_columns.count ? keel_pg_table_column(parent, given->parent_columns.items[i]) : NULL;
    return key != NULL && i < key->column_count ? keel_pg_table_column_number(parent, key->columns[i]) : NULL;
}

static size_t parent_column_count(const keel_pg_table *parent, const keel_suite_reference *given)
{
    const keel_pg_constraint *key = keel_pg_table_primary_key(parent);

    return given->parent_columns.count > 0 ? given->parent_columns.count : key != NULL ? key->column_count : 0;
}

static bool is_foreign_key(const keel_pg_table *table, const keel_pg_table *parent, const keel_suite_reference *given)
{
    for (size_t i = 0; i < table->constraints.count; i++) {
        const keel_pg_constraint *key = &table->constraints.items[i];
        bool same = key->type == 'f' && key->parent_oid == parent->oid && key->column_count == given->columns.count;
        for (size_t at = 0; same && at < key->column_count; at++) {
            const keel_pg_column *child = keel_pg_table_column_number(table, key->columns[at]);
            const keel_pg_column *to = parent_column(parent, given, at);
            same = to != NULL && strcmp(child->name, given->columns.items[at]) == 0 &&
                   strcmp(key->parent_columns[at], to->name) == 0;
        }
        if (same)
            return true;
    }
    return false;
}

static void cannot_follow(keel_check_run *run, const keel_pg_table *table, const keel_suite_reference *given,
                          const char *why)
{
    const char *object =
        keel_check_columns_name(run, table, (const char *const *)given->columns.items, given->columns.count);

    keel_check_found_at(run, KEEL_ERROR, &given->place, object, NULL, "Correct the suite, or create what it names.",
                        "the reference of the suite to \"%s\" cannot be followed: %s", given->parent_table, why);
}

static bool fill(keel_check_run *run, const keel_pg_table *table, const keel_suite_reference *given,
                 keel_reference *reference)
{
    KEEL_CLEANUP(keel_str_free) keel_str names = {0};

    for (size_t i = 0; i < given->columns.count; i++) {
        const keel_pg_column *child = keel_pg_table_column(table, given->columns.items[i]);
        const keel_pg_column *parent = parent_column(reference->parent, given, i);
        if (child == NULL || parent == NULL)
            return false;
        reference->columns[i] = child->name;
        reference->parent_columns[i] = parent->name;
        reference->equal[i] = make_equal(run, child, parent);
        keel_str_addf(&names, "%s%s", i > 0 ? ", " : "", parent->name);
    }
    reference->parent_name = keel_arena_printf(run->arena, "%s.%s(%s)", reference->parent->schema,
                                               reference->parent->name, keel_str_text(&names));
    return true;
}

static void add_given(keel_check_run *run, const keel_pg_table *table, const keel_suite_reference *given,
                      keel_references *references)
{
    const keel_pg_table *parent = find_parent(run, table, given);
    KEEL_CLEANUP(keel_str_free) keel_str from = {0};
    size_t size = given->columns.count * sizeof(char *);

    if (parent == NULL) {
        cannot_follow(run, table, given, "there is no such table");
        return;
    }
    if (is_foreign_key(table, parent, given))
        return;
    keel_str_add(&from, parent->kind == 'r' ? "ONLY " : "");
    keel_pg_add_qualified(&from, parent->schema, parent->name);
    keel_str_add(&from, " p");
    keel_reference reference = {
        .parent = parent,
        .parent_from = keel_arena_strdup(run->arena, from.data),
        .columns = keel_arena_alloc(run->arena, size),
        .parent_columns = keel_arena_alloc(run->arena, size),
        .equal = keel_arena_alloc(run->arena, size),
        .count = given->columns.count,
        .place = given->place,
    };
    if (parent_column_count(parent, given) != given->columns.count)
        cannot_follow(run, table, given, "it has another number of key columns");
    else if (!fill(run, table, given, &reference))
        cannot_follow(run, table, given, "a column does not exist");
    else
        keel_arena_push(run->arena, references, reference);
}

void keel_references_given(keel_check_run *run, const keel_pg_table *table, keel_references *references)
{
    const keel_suite_table *demands = table->partition ? NULL : keel_row_demands(run, table);

    for (size_t i = 0; demands != NULL && i < demands->references.count; i++)
        add_given(run, table, &demands->references.items[i], references);
}
