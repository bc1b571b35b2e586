/* What a scan selects of a table: the columns as the run sent them, the primary key, and whether
 * the columns that the run did not write still hold their defaults. */
#include <ctype.h>

#include "base/json_in.h"
#include "transfer/undo_inside.h"

typedef struct sent_column {
    const char *name, *type;
} sent_column;

typedef struct sent_columns {
    sent_column *items;
    size_t count, capacity;
} sent_columns;

static void read_object(keel_arena *arena, const char *object, size_t size, sent_columns *columns)
{
    keel_json_member *members = NULL;
    size_t count = 0;
    sent_column column = {0};

    if (!keel_json_members(arena, keel_arena_strndup(arena, object, size), &members, &count))
        return;
    for (size_t i = 0; i < count; i++) {
        if (keel_streq(members[i].key, "target"))
            column.name = members[i].value;
        else if (keel_streq(members[i].key, "type"))
            column.type = members[i].value;
    }
    if (column.name != NULL)
        keel_arena_push(arena, columns, column);
}

/* The objects of run_table.columns, an array without nesting. */
static sent_columns read_columns(keel_arena *arena, const char *json)
{
    sent_columns columns = {0};
    const char *start = NULL;
    bool quoted = false;

    for (const char *at = json; *at != '\0'; at++) {
        if (quoted && *at == '\\' && at[1] != '\0')
            at++;
        else if (*at == '"')
            quoted = !quoted;
        else if (!quoted && *at == '{')
            start = at;
        else if (!quoted && *at == '}' && start != NULL)
            read_object(arena, start, (size_t)(at - start) + 1, &columns);
    }
    return columns;
}

/* Selects a column as it was sent: in its type of that day, as text where it has no binary form of
 * ours. */
static bool add_column(keel_undo *undo,
                       const keel_pg_column *column,
                       const char *sent_type,
                       keel_str *sql,
                       const keel_pg_type **ret_type,
                       keel_error *err)
{
    bool same = sent_type == NULL || keel_streq(sent_type, column->type->name);

    *ret_type = column->type;
    if (!same && !keel_pg_type_by_name(undo->pg, undo->arena, sent_type, ret_type, err))
        return false;
    keel_str_add(sql, ", t.");
    keel_pg_add_identifier(sql, column->name);
    if ((*ret_type)->kind == KEEL_PG_OTHER)
        keel_str_add(sql, "::text");
    else if (!same)
        keel_str_addf(sql, "::%s", sent_type);
    return true;
}

static const char *sent_type_of(const sent_columns *sent, const char *name)
{
    for (size_t i = 0; i < sent->count; i++)
        if (keel_streq(sent->items[i].name, name))
            return sent->items[i].type;
    return NULL;
}

/* The columns that the run sent, in its order. */
static bool add_row(keel_undo *undo,
                    keel_undo_target *target,
                    const sent_columns *sent,
                    keel_str *sql,
                    keel_error *err)
{
    const keel_pg_type **types = keel_arena_alloc(undo->arena, (sent->count + 1) * sizeof *types);

    for (size_t i = 0; i < sent->count; i++) {
        const keel_pg_column *column = keel_pg_table_column(target->table, sent->items[i].name);
        if (column == NULL) {
            keel_fail(err, KEEL_ERR_CHANGED,
                      "column \"%s\" of \"%s\" is gone, so its rows cannot be recognised",
                      sent->items[i].name, target->name);
            return keel_fail_hint(err, "Undo the other tables with --table, and this one by hand.");
        }
        if (!add_column(undo, column, sent->items[i].type, sql, &types[i], err))
            return false;
    }
    target->row_columns = sent->count;
    target->row_hasher = keel_row_hasher_create(undo->arena, types, sent->count);
    return true;
}

static bool add_key(keel_undo *undo,
                    keel_undo_target *target,
                    const sent_columns *sent,
                    keel_str *sql,
                    keel_error *err)
{
    const keel_pg_constraint *key = keel_pg_table_primary_key(target->table);
    const char *integer = target->keys.ranges.count > 0 ? target->journal->key_column : NULL;
    size_t count = integer != NULL                                ? 1
                   : key != NULL && target->keys.hashes.count > 0 ? key->column_count
                                                                  : 0;
    const keel_pg_type **types = keel_arena_alloc(undo->arena, (count + 1) * sizeof *types);

    for (size_t i = 0; i < count; i++) {
        const keel_pg_column *column =
            integer != NULL ? keel_pg_table_column(target->table, integer)
                            : keel_pg_table_column_number(target->table, key->columns[i]);
        if (column == NULL)
            return true;
        if (!add_column(undo, column, sent_type_of(sent, column->name), sql, &types[i], err))
            return false;
    }
    target->key_columns = count;
    target->key_hasher = keel_row_hasher_create(undo->arena, types, count);
    return true;
}

/* A literal, perhaps with a cast behind it: the same today as on the day of the copy. */
static bool is_constant(const char *sql)
{
    const char *at = sql;

    if (*at == '\'') {
        for (at++; *at != '\0' && (*at != '\'' || at[1] == '\''); at++)
            at += *at == '\'';
        at += *at == '\'';
    } else if (isdigit((unsigned char)*at) || *at == '-') {
        at += strspn(at, "-0123456789.");
    } else {
        return keel_streq(sql, "true") || keel_streq(sql, "false") || strncmp(sql, "NULL", 4) == 0;
    }
    return *at == '\0' || (strncmp(at, "::", 2) == 0 && strpbrk(at, "|+'") == NULL);
}

/* A row whose other columns somebody has filled since is not as the run left it. */
static void add_untouched(const keel_undo_target *target, const sent_columns *sent, keel_str *sql)
{
    bool any = false;

    for (size_t i = 0; i < target->table->columns.count; i++) {
        const keel_pg_column *column = &target->table->columns.items[i];
        const char *value = column->default_sql != NULL ? column->default_sql : "NULL";
        bool is_sent = false;
        for (size_t j = 0; j < sent->count; j++)
            is_sent = is_sent || keel_streq(sent->items[j].name, column->name);
        if (is_sent || column->generated || column->identity != 0 || !is_constant(value))
            continue;
        keel_str_add(sql, any ? " AND t." : "t.");
        keel_pg_add_identifier(sql, column->name);
        keel_str_addf(sql, "::text IS NOT DISTINCT FROM (%s)::%s::text", value, column->type->name);
        any = true;
    }
    if (!any)
        keel_str_add(sql, "true");
}

bool keel_undo_scan_prepare(keel_undo *undo, keel_undo_target *target, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const sent_columns sent = read_columns(undo->arena, target->journal->columns);

    if (target->scan_columns != NULL)
        return true;
    if (!keel_undo_load_keys(undo, target, err) ||
        (target->by_hash && !keel_undo_load_hashes(undo, target, err)))
        return false;
    keel_str_add(&sql, "t.ctid, t.xmin, ");
    add_untouched(target, &sent, &sql);
    if ((target->by_hash && !add_row(undo, target, &sent, &sql, err)) ||
        !add_key(undo, target, &sent, &sql, err))
        return false;
    target->scan_columns = keel_arena_strdup(undo->arena, sql.data);
    return true;
}
