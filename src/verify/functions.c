#include "verify/functions.h"

#include <string.h>

#define OF_USERS                                                                                          \
    " p.prokind IN ('f', 'p', 'w') AND l.lanname IN ('plpgsql', 'sql') AND n.nspname !~ '^pg_'"           \
    " AND n.nspname NOT IN ('information_schema', 'pgkeel')"                                              \
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d"                                                 \
    "                  WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid"   \
    "                    AND d.deptype = 'e')"

#define FUNCTIONS_SQL(text_only)                                                                          \
    "SELECT p.oid, n.nspname, p.proname, p.oid::pg_catalog.regprocedure::text, p.prosrc,"                 \
    "       (SELECT pg_catalog.substr(c.setting, 13) FROM pg_catalog.unnest(p.proconfig) c(setting)"      \
    "         WHERE c.setting LIKE 'search_path=%'),"                                                     \
    "       l.lanname = 'plpgsql', p.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype"               \
    "  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"                \
    "  JOIN pg_catalog.pg_language l ON l.oid = p.prolang"                                                \
    " WHERE " OF_USERS " AND " text_only " ORDER BY p.oid"

static const char functions_sql[] = FUNCTIONS_SQL("p.prosqlbody IS NULL");
static const char functions_sql_13[] = FUNCTIONS_SQL("true");

/* Columns: function, name, is an input, type or NULL if it is known only when called. */
static const char parameters_sql[] =
    "SELECT p.oid, COALESCE(p.proargnames[a.place], ''), COALESCE(p.proargmodes[a.place], 'i') IN ('i', 'b', 'v'),"
    "       CASE WHEN t.typtype <> 'p' THEN pg_catalog.format_type(a.type, NULL) END"
    "  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
    "  JOIN pg_catalog.pg_language l ON l.oid = p.prolang"
    " CROSS JOIN LATERAL pg_catalog.unnest(COALESCE(p.proallargtypes, p.proargtypes::pg_catalog.oid[]))"
    "            WITH ORDINALITY a(type, place)"
    "  JOIN pg_catalog.pg_type t ON t.oid = a.type"
    " WHERE " OF_USERS " ORDER BY p.oid, a.place";

/* A trigger that a partition has from its parent says no more than the parent's. */
#define TRIGGERS_SQL(own)                                                                                 \
    "SELECT t.tgfoid, n.nspname, c.relname, t.tgname, t.tgoldtable, t.tgnewtable"                         \
    "  FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid"                      \
    "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"                                          \
    " WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND " own                                           \
    "   AND (c.oid = ANY ($1::pg_catalog.oid[]) OR (c.relkind NOT IN ('r', 'p') AND $2::pg_catalog.bool))" \
    " ORDER BY t.tgfoid, n.nspname, c.relname, t.tgname"

static const char triggers_sql[] = TRIGGERS_SQL("t.tgparentid = 0");
static const char triggers_sql_12[] = TRIGGERS_SQL("true");

static bool everything(const keel_check_run *run)
{
    return run->db->table_count == run->db->catalog->tables.count;
}

static bool read_functions(keel_check_run *run, keel_function_list *list, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    const char *sql = run->db->server_version >= 140000 ? functions_sql : functions_sql_13;

    if (!keel_pg_query(run->pg, &rows, err, sql, 0, NULL))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        keel_function function = {
            .oid = keel_word_oid(rows, row, 0),
            .schema = keel_word_cell(run, rows, row, 1),
            .name = keel_word_cell(run, rows, row, 2),
            .signature = keel_word_cell(run, rows, row, 3),
            .source = keel_word_cell(run, rows, row, 4),
            .path = keel_word_cell(run, rows, row, 5),
            .plpgsql = keel_pg_bool(rows, row, 6),
            .trigger = keel_pg_bool(rows, row, 7),
        };
        function.parameters.label = function.name;
        keel_arena_push(run->arena, list, function);
    }
    return true;
}

/* By bisection: the list is in the order of the oids. */
static keel_function *find(const keel_function_list *list, uint32_t oid)
{
    size_t low = 0;
    size_t high = list->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->items[middle].oid == oid)
            return &list->items[middle];
        if (oid < list->items[middle].oid)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* PL/pgSQL counts all parameters, SQL those that come in; of the others there is no number. */
static bool read_parameters(keel_check_run *run, const keel_function_list *list, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    uint32_t last = 0;
    int number = 0;

    if (!keel_pg_query(run->pg, &rows, err, parameters_sql, 0, NULL))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        uint32_t oid = keel_word_oid(rows, row, 0);
        keel_function *function = find(list, oid);
        if (function == NULL)
            continue;
        number = oid == last ? number : 0;
        last = oid;
        bool counts = function->plpgsql || keel_pg_bool(rows, row, 2);
        number += counts;
        const char *type = keel_pg_text(rows, row, 3);
        keel_body_variable parameter = {
            .name = keel_word_cell(run, rows, row, 1),
            .sql = type != NULL ? keel_arena_printf(run->arena, "(CAST(NULL AS %s))", type) : NULL,
            .composite = true,
            .parameter = counts ? number : 0,
        };
        keel_arena_push(run->arena, &function->parameters.variables, parameter);
    }
    return true;
}

static bool read_triggers(keel_check_run *run, const keel_function_list *list, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    const char *const params[] = {run->db->oids, everything(run) ? "true" : "false"};
    const char *sql = run->db->server_version >= 130000 ? triggers_sql : triggers_sql_12;

    if (!keel_pg_query(run->pg, &rows, err, sql, 2, params))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        keel_function *function = find(list, keel_word_oid(rows, row, 0));
        keel_function_trigger trigger = {
            .schema = keel_word_cell(run, rows, row, 1),
            .table = keel_word_cell(run, rows, row, 2),
            .name = keel_word_cell(run, rows, row, 3),
            .old_rows = keel_word_cell(run, rows, row, 4),
            .new_rows = keel_word_cell(run, rows, row, 5),
        };
        if (function != NULL)
            keel_arena_push(run->arena, &function->triggers, trigger);
    }
    return true;
}

static void keep_those_called(keel_function_list *list)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].triggers.count > 0)
            list->items[kept++] = list->items[i];
    list->count = kept;
}

static bool read_path(keel_check_run *run, keel_function_list *list, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str path = {0};

    if (!keel_pg_query_value(run->pg, &path, NULL, err, "SELECT pg_catalog.current_setting('search_path')", 0, NULL))
        return false;
    list->path = keel_arena_strdup(run->arena, keel_str_text(&path));
    return true;
}

bool keel_functions_load(keel_check_run *run, keel_function_list *ret_list, keel_error *err)
{
    keel_function_list list = {0};

    /* with an empty search_path, every type and signature comes with its schema */
    if (!read_path(run, &list, err) ||
        !keel_pg_exec(run->pg, err, "SAVEPOINT keel_functions; SET LOCAL search_path = ''") ||
        !read_functions(run, &list, err) || !read_parameters(run, &list, err) || !read_triggers(run, &list, err) ||
        !keel_pg_exec(run->pg, err, "ROLLBACK TO SAVEPOINT keel_functions; RELEASE SAVEPOINT keel_functions"))
        return false;
    if (!everything(run))
        keep_those_called(&list);
    *ret_list = list;
    return true;
}

enum { MADE_BY_A_BODY = 1000 };

typedef struct name_book {
    keel_arena *arena;
    keel_map *names;
} name_book;

static void note(const name_book *book, const char *name, int count)
{
    int *known = keel_map_get(book->names, name);

    if (known == NULL) {
        known = keel_arena_alloc(book->arena, sizeof *known);
        keel_map_put(book->names, name, known);
    }
    *known += count;
}

static void note_made(void *context, const char *name)
{
    note(context, name, MADE_BY_A_BODY);
}

bool keel_relation_names_load(keel_check_run *run, const keel_function_list *functions, keel_map *names,
                              keel_error *err)
{
    static const char sql[] = "SELECT c.relname, pg_catalog.count(*) FROM pg_catalog.pg_class c"
                              " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') GROUP BY c.relname";
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    name_book book = {.arena = run->arena, .names = names};

    if (!keel_pg_query(run->pg, &rows, err, sql, 0, NULL))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++)
        note(&book, keel_pg_text(rows, row, 0), (int)keel_pg_int(rows, row, 1));
    for (size_t i = 0; i < functions->count; i++)
        keel_body_made_names(run->arena, functions->items[i].source, note_made, &book);
    return true;
}

bool keel_column_names_load(keel_check_run *run, keel_map *names, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_pg_query(run->pg, &rows, err, "SELECT DISTINCT a.attname FROM pg_catalog.pg_attribute a", 0, NULL))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++)
        keel_map_put(names, keel_pg_text(rows, row, 0), names);
    return true;
}
