#include "verify/checks/not_valid.h"

/* As pg_get_expr writes it: (name IS NOT NULL), the name quoted where it must be. */
static bool says_not_null(const char *expression, const char *name)
{
    static const char tail[] = " IS NOT NULL)";
    KEEL_CLEANUP(keel_str_free) keel_str quoted = {0};
    size_t size = strlen(expression);

    if (size <= sizeof tail || expression[0] != '(' || strcmp(expression + size - (sizeof tail - 1), tail) != 0)
        return false;
    keel_pg_add_identifier(&quoted, name);
    size -= sizeof tail;
    return (size == strlen(name) && strncmp(expression + 1, name, size) == 0) ||
           (size == quoted.size && strncmp(expression + 1, quoted.data, size) == 0);
}

const keel_pg_column *keel_not_valid_column(const keel_pg_table *table, const keel_pg_constraint *constraint)
{
    if (constraint->validated || constraint->column_count != 1)
        return NULL;
    const keel_pg_column *column = keel_pg_table_column_number(table, constraint->columns[0]);
    if (constraint->type == 'n')
        return column;
    if (constraint->type != 'c' || column == NULL || constraint->check_sql == NULL)
        return NULL;
    return says_not_null(constraint->check_sql, column->name) ? column : NULL;
}

bool keel_not_valid_check(const keel_pg_table *table, const keel_pg_constraint *constraint)
{
    return constraint->type == 'c' && !constraint->validated && constraint->check_sql != NULL &&
           keel_not_valid_column(table, constraint) == NULL;
}
