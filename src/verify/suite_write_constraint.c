#include <string.h>

#include "verify/suite_write_inside.h"

/* What is broken is said in a comment; a demand for it would fail at once. */
static void leave_out(keel_suite_writer *w, const keel_pg_constraint *constraint)
{
    keel_str_add(w->out, "      # NOT VALID, so left out: ");
    keel_suite_yaml_add_flow(w->out, constraint->name);
    keel_str_addc(w->out, '\n');
    w->written->left_out++;
}

static void write_check(keel_suite_writer *w, const keel_pg_constraint *constraint)
{
    keel_str_add(w->out, "      - {name: ");
    keel_suite_yaml_add_flow(w->out, constraint->name);
    if (constraint->type == 'c') {
        keel_str_add(w->out, ", check: ");
        keel_suite_yaml_add_flow(w->out, constraint->check_sql);
    }
    keel_str_add(w->out, "}\n");
    w->written->constraints++;
}

/* A list that holds only comments is no list to YAML. */
static bool any_valid(const keel_pg_table *table, const char *types)
{
    for (size_t i = 0; i < table->constraints.count; i++)
        if (strchr(types, table->constraints.items[i].type) != NULL && table->constraints.items[i].validated)
            return true;
    return false;
}

static void add_title(keel_suite_writer *w, const keel_pg_table *table, const char *types, const char *title)
{
    keel_str_addf(w->out, "    %s%s:\n", any_valid(table, types) ? "" : "# ", title);
}

void keel_suite_write_constraints(keel_suite_writer *w, const keel_pg_table *table)
{
    size_t shown = 0;

    for (size_t i = 0; i < table->constraints.count; i++) {
        const keel_pg_constraint *constraint = &table->constraints.items[i];
        if (constraint->type != 'c' && constraint->type != 'x')
            continue;
        if (shown++ == 0)
            add_title(w, table, "cx", "constraints");
        if (constraint->validated)
            write_check(w, constraint);
        else
            leave_out(w, constraint);
    }
}

static const char *action_name(char action)
{
    static const struct {
        char letter;
        const char *name;
    } names[] = {{'r', "restrict"}, {'c', "cascade"}, {'n', "set null"}, {'d', "set default"}};

    for (size_t i = 0; i < KEEL_COUNT_OF(names); i++)
        if (names[i].letter == action)
            return names[i].name;
    return "no action";
}

static void write_foreign_key(keel_suite_writer *w, const keel_pg_table *table, const keel_pg_constraint *key)
{
    KEEL_CLEANUP(keel_str_free) keel_str references = {0};

    if (strcmp(key->parent_schema, table->schema) != 0) {
        keel_suite_yaml_add_part(&references, key->parent_schema);
        keel_str_addc(&references, '.');
    }
    keel_suite_yaml_add_part(&references, key->parent_table);
    for (size_t i = 0; i < key->column_count; i++) {
        keel_str_add(&references, i == 0 ? "(" : ", ");
        keel_suite_yaml_add_part(&references, key->parent_columns[i]);
    }
    keel_str_addc(&references, ')');
    keel_str_add(w->out, "      - {columns: ");
    keel_suite_write_columns(w, table, key->columns, key->column_count);
    keel_str_add(w->out, ", references: ");
    keel_suite_yaml_add_flow(w->out, references.data);
    keel_str_addf(w->out, ", on_delete: %s", action_name(key->on_delete));
    if (key->on_update != 'a')
        keel_str_addf(w->out, ", on_update: %s", action_name(key->on_update));
    keel_str_add(w->out, "}\n");
    w->written->foreign_keys++;
}

void keel_suite_write_foreign_keys(keel_suite_writer *w, const keel_pg_table *table)
{
    size_t shown = 0;

    for (size_t i = 0; i < table->constraints.count; i++) {
        const keel_pg_constraint *key = &table->constraints.items[i];
        if (key->type != 'f')
            continue;
        if (shown++ == 0)
            add_title(w, table, "f", "foreign_keys");
        if (key->validated)
            write_foreign_key(w, table, key);
        else
            leave_out(w, key);
    }
}

/* 'it''s' -> it's; *at stands behind the closing quote. False for E'' and for what is no string. */
static bool read_string(keel_arena *arena, const char **at, const char **ret_value)
{
    KEEL_CLEANUP(keel_str_free) keel_str value = {0};
    const char *c = *at;

    if (*c != '\'')
        return false;
    for (c++; *c != '\0'; c++) {
        if (*c == '\'' && *++c != '\'') {
            *at = c;
            *ret_value = keel_arena_strdup(arena, keel_str_text(&value));
            return true;
        }
        keel_str_addc(&value, *c);
    }
    return false;
}

/* "((status)::text = ANY (" or "(status = ANY (": the column itself, not something made of it. Returns what stands
 * behind, or NULL. */
static const char *behind_any(const char *check_sql, const char *column)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    const char *at = check_sql + strspn(check_sql, "(");

    if (*at == '"')
        keel_pg_add_identifier(&name, column);
    else
        keel_str_add(&name, column);
    if (strncmp(at, keel_str_text(&name), name.size) != 0)
        return NULL;
    at += name.size;
    const char *any = strstr(at, " = ANY (");
    if (any == NULL)
        return NULL;
    bool cast = strncmp(at, ")::", 3) == 0 && at + 3 + strcspn(at + 3, " ('\"") == any;
    return at == any || cast ? any + strlen(" = ANY (") : NULL;
}

bool keel_suite_read_in_list(keel_arena *arena, const char *check_sql, const char *column, const char ***ret_values,
                             size_t *ret_count)
{
    struct {
        const char **items;
        size_t count, capacity;
    } values = {0};
    const char *at = behind_any(check_sql, column);

    if (at == NULL || strncmp(at += strspn(at, "("), "ARRAY[", strlen("ARRAY[")) != 0)
        return false;
    for (at += strlen("ARRAY["); *at != ']';) {
        const char *value = NULL;
        if (!read_string(arena, &at, &value))
            return false;
        keel_arena_push(arena, &values, value);
        at += strcspn(at, ",]'");
        at += *at == ',' ? 1 + strspn(at + 1, " ") : 0;
        if (*at != '\'' && *at != ']')
            return false;
    }
    if (values.count == 0 || strpbrk(at, "'\" ") != NULL) /* the list is not all of the CHECK */
        return false;
    *ret_values = values.items;
    *ret_count = values.count;
    return true;
}

typedef struct in_list {
    int column;
    const char **values;
    size_t count;
} in_list;

static bool read_check(keel_suite_writer *w, const keel_pg_table *table, const keel_pg_constraint *check,
                       in_list *ret_list)
{
    if (check->type != 'c' || !check->validated || check->column_count != 1)
        return false;
    const keel_pg_column *column = keel_pg_table_column_number(table, check->columns[0]);
    ret_list->column = check->columns[0];
    return column != NULL &&
           keel_suite_read_in_list(w->arena, check->check_sql, column->name, &ret_list->values, &ret_list->count);
}

static bool is_earlier(keel_suite_writer *w, const keel_pg_table *table, size_t before, int column)
{
    in_list other = {0};

    for (size_t i = 0; i < before; i++)
        if (read_check(w, table, &table->constraints.items[i], &other) && other.column == column)
            return true;
    return false;
}

/* The values of a column that its CHECK lists; of two such CHECKs the first. */
void keel_suite_write_allowed(keel_suite_writer *w, const keel_pg_table *table)
{
    size_t shown = 0;

    for (size_t i = 0; i < table->constraints.count; i++) {
        in_list list = {0};
        if (!read_check(w, table, &table->constraints.items[i], &list) || is_earlier(w, table, i, list.column))
            continue;
        keel_str_add(w->out, shown++ == 0 ? "    allowed:\n      " : "      ");
        keel_suite_write_columns(w, table, &list.column, 1);
        keel_str_add(w->out, ": [");
        for (size_t j = 0; j < list.count; j++) {
            keel_str_add(w->out, j > 0 ? ", " : "");
            keel_suite_yaml_add_flow(w->out, list.values[j]);
        }
        keel_str_add(w->out, "]\n");
    }
}
