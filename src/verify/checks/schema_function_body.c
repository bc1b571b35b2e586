#include <string.h>

#include "sql/token.h"
#include "verify/body_lookup.h"
#include "verify/functions.h"

/* One run of the check. */
typedef struct inquiry {
    keel_check_run *run;
    keel_function_list functions;
    keel_map *names; /* relation name -> in how many schemas */
    keel_map *columns; /* names of columns */
    keel_map *said;  /* findings that are out already */
    const char *path; /* the search_path that is set now */
    int64_t pieces, unsure, unread;
} inquiry;

/* A body in the light of one trigger, or of none. */
typedef struct hearing {
    inquiry *q;
    const keel_function *function;
    const keel_function_trigger *trigger; /* or NULL */
    const keel_body *body;
    const keel_body_piece *piece;
} hearing;

static bool set_path(inquiry *q, const char *path, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    if (q->path == path)
        return true;
    keel_str_add(&sql, "ROLLBACK TO SAVEPOINT keel_bodies; SELECT pg_catalog.set_config('search_path', ");
    keel_pg_add_literal(&sql, path);
    keel_str_add(&sql, ", true); SET LOCAL lock_timeout = 200; SAVEPOINT keel_body");
    q->path = path;
    return keel_pg_exec(q->run->pg, err, keel_str_text(&sql));
}

static int schemas_with(const inquiry *q, const char *name)
{
    const int *count = keel_map_get(q->names, name);

    return count != NULL ? *count : 0;
}

/* A name in the query stands for tables of several schemas: which one it is depends on the caller's search_path. */
static bool names_several(const hearing *h)
{
    const char *sql = h->piece->sql;
    size_t size = strlen(sql);

    for (size_t at = 0; at < size;) {
        keel_sql_token token = keel_sql_next(sql, size, at);
        at = token.start + token.size;
        bool name = token.kind == KEEL_SQL_WORD || token.kind == KEEL_SQL_IDENTIFIER;
        if (name && schemas_with(h->q, keel_body_fold(h->q->run->arena, sql + token.start, token.size)) > 1)
            return true;
    }
    return false;
}

static const char *last_name(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot != NULL ? dot + 1 : name;
}

/* What speaks against calling it missing. */
static bool may_be_there(const hearing *h, const keel_body_verdict *verdict)
{
    bool qualified = verdict->name != NULL && strchr(verdict->name, '.') != NULL;

    if (verdict->answer == KEEL_BODY_UNSURE || h->piece->excused || h->body->asks_schema)
        return true;
    if (verdict->answer == KEEL_BODY_FIELD)
        return h->body->asks_table;
    if (verdict->answer == KEEL_BODY_COLUMN)
        return h->function->path == NULL && names_several(h);
    return h->body->makes_unnamed || schemas_with(h->q, last_name(verdict->name)) > (qualified ? 100 : 0);
}

static const char *with_path(const hearing *h, const char *schema)
{
    return keel_arena_printf(h->q->run->arena, "%s, %s", keel_word_sql_list(h->q->run, &schema, 1),
                             h->q->functions.path);
}

static bool ask(const hearing *h, const char *path, keel_body_verdict *ret_verdict, keel_error *err)
{
    bool only_yes = h->piece->excused || h->body->asks_schema; /* a no would not count anyway */

    return set_path(h->q, path, err) &&
           keel_body_look_up(h->q->run, h->piece, h->q->columns, only_yes, ret_verdict, err);
}

/* Under every search_path that the function may well be called with; the first that finds everything decides. */
static bool look_up(const hearing *h, keel_body_verdict *ret_verdict, keel_error *err)
{
    inquiry *q = h->q;
    const char *own = h->function->path;
    const char *schemas[] = {h->function->schema, h->trigger != NULL ? h->trigger->schema : NULL};

    if (!ask(h, own != NULL ? own : q->functions.path, ret_verdict, err))
        return false;
    for (size_t i = 0; own == NULL && i < KEEL_COUNT_OF(schemas); i++) {
        if (schemas[i] == NULL || keel_streq(schemas[i], q->run->db->catalog->default_schema))
            continue;
        if (ret_verdict->answer > KEEL_BODY_UNSURE && !ask(h, with_path(h, schemas[i]), ret_verdict, err))
            return false;
    }
    return true;
}

static const char *what_is_missing(const hearing *h, const keel_body_verdict *v)
{
    keel_arena *arena = h->q->run->arena;

    if (v->answer == KEEL_BODY_TABLE)
        return keel_arena_printf(arena, "names table \"%s\", which does not exist", v->name);
    if (v->answer == KEEL_BODY_COLUMN && v->of != NULL)
        return keel_arena_printf(arena, "names column \"%s\" of \"%s\", which does not exist", v->name, v->of);
    if (v->answer == KEEL_BODY_COLUMN)
        return keel_arena_printf(arena, "names column \"%s\", which does not exist", v->name);
    bool row = h->trigger != NULL && (strcmp(v->of, "new") == 0 || strcmp(v->of, "old") == 0);
    if (!row)
        return keel_arena_printf(arena, "names %s.%s, a field that the variable's type does not have", v->of, v->name);
    return keel_arena_printf(arena, "names %s.%s, but %s.%s, where trigger \"%s\" calls it, has no such column",
                             strcmp(v->of, "new") == 0 ? "NEW" : "OLD", v->name, h->trigger->schema, h->trigger->table,
                             h->trigger->name);
}

static const char *remedy_for(const hearing *h, const keel_body_verdict *v)
{
    keel_check_run *run = h->q->run;

    if (v->answer == KEEL_BODY_FIELD && h->trigger != NULL)
        return keel_arena_printf(run->arena, "DROP TRIGGER %s ON %s; or, with the type that it needs: ALTER TABLE %s ADD "
                                             "COLUMN %s ..;",
                                 keel_word_sql_list(run, &h->trigger->name, 1),
                                 keel_word_sql(run, h->trigger->schema, h->trigger->table),
                                 keel_word_sql(run, h->trigger->schema, h->trigger->table),
                                 keel_word_sql_list(run, &v->name, 1));
    return keel_arena_printf(run->arena, "SELECT pg_catalog.pg_get_functiondef(%s::regprocedure); shows the body, to be "
                                         "corrected with CREATE OR REPLACE FUNCTION",
                             keel_word_literal(run, h->function->signature));
}

/* The line of the source, without its blanks. */
static const char *line_of(const hearing *h, size_t at)
{
    const char *source = h->function->source;
    size_t start = at;

    while (start > 0 && source[start - 1] != '\n')
        start--;
    start += strspn(source + start, " \t");
    size_t size = strcspn(source + start, "\r\n");
    return keel_arena_strndup(h->q->run->arena, source + start, size);
}

static void report(const hearing *h, const keel_body_verdict *v)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    keel_check_run *run = h->q->run;
    const char *missing = what_is_missing(h, v);
    const char *key = keel_arena_printf(run->arena, "%u %s", h->function->oid, missing);
    int line = keel_sql_place_of(h->function->source, strlen(h->function->source), v->at).line;
    keel_json json;

    if (keel_map_get(h->q->said, key) != NULL)
        return;
    keel_map_put(h->q->said, key, h->q->said);
    keel_evidence_start(&json, &evidence);
    keel_json_kv_int(&json, "line", line);
    keel_json_kv_text(&json, "text", line_of(h, v->at));
    if (h->trigger != NULL)
        keel_json_kv_text(&json, "trigger", h->trigger->name);
    keel_check_found_as(run, h->piece->swallowed ? KEEL_WARNING : run->check->severity, h->function->signature,
                        keel_evidence_finish(&json), remedy_for(h, v), "line %d %s%s", line, missing,
                        h->piece->swallowed ? "; a handler swallows the failure" : "");
}

static bool judge_piece(hearing *h, const keel_body_piece *piece, keel_error *err)
{
    keel_body_verdict verdict;

    h->piece = piece;
    h->q->pieces++;
    if (!look_up(h, &verdict, err))
        return false;
    if (verdict.answer == KEEL_BODY_FOUND)
        return true;
    if (may_be_there(h, &verdict))
        h->q->unsure++;
    else
        report(h, &verdict);
    return true;
}

/* Whether a query reads the row that fired the trigger, so that every table must be asked. */
static bool reads_row(const keel_body_piece *piece)
{
    size_t size = strlen(piece->sql);

    for (size_t at = 0; at < size;) {
        keel_sql_token token = keel_sql_next(piece->sql, size, at);
        at = token.start + token.size;
        if (keel_sql_is_word(piece->sql, token, "new") || keel_sql_is_word(piece->sql, token, "old"))
            return true;
    }
    return false;
}

/* What every body can see; for a trigger the rows of its table. */
static keel_body_scope *make_scope(keel_arena *arena, const keel_function *function)
{
    static const struct {
        const char *name, *sql;
    } given[] = {
        {"found", "(CAST(NULL AS bool))"},         {"sqlstate", "(CAST(NULL AS text))"},
        {"sqlerrm", "(CAST(NULL AS text))"},       {"tg_op", "(CAST(NULL AS text))"},
        {"tg_name", "(CAST(NULL AS name))"},       {"tg_when", "(CAST(NULL AS text))"},
        {"tg_level", "(CAST(NULL AS text))"},      {"tg_relid", "(CAST(NULL AS pg_catalog.oid))"},
        {"tg_relname", "(CAST(NULL AS name))"},    {"tg_table_name", "(CAST(NULL AS name))"},
        {"tg_table_schema", "(CAST(NULL AS name))"}, {"tg_nargs", "(CAST(NULL AS int))"},
        {"tg_argv", "(CAST(NULL AS text[]))"},     {"tg_event", "(CAST(NULL AS text))"},
        {"tg_tag", "(CAST(NULL AS text))"},
    };
    keel_body_scope *outer = keel_arena_alloc(arena, sizeof *outer);
    keel_body_scope *scope = keel_arena_alloc(arena, sizeof *scope);

    *scope = function->parameters;
    scope->outer = outer;
    for (size_t i = 0; function->plpgsql && i < KEEL_COUNT_OF(given); i++)
        keel_body_add_variable(arena, outer, given[i].name, given[i].sql, true);
    return scope;
}

static void give_rows(keel_check_run *run, keel_body_scope *scope, const keel_function_trigger *trigger)
{
    const char *table = trigger != NULL ? keel_word_sql(run, trigger->schema, trigger->table) : NULL;
    const char *row = table != NULL ? keel_arena_printf(run->arena, "(CAST(NULL AS %s))", table) : NULL;

    keel_body_add_variable(run->arena, scope, "new", row, row != NULL);
    keel_body_add_variable(run->arena, scope, "old", row, row != NULL);
    const char *const rows[] = {trigger != NULL ? trigger->old_rows : NULL, trigger != NULL ? trigger->new_rows : NULL};
    for (size_t i = 0; i < KEEL_COUNT_OF(rows); i++) {
        keel_body_variable set = {.name = rows[i], .relation = table};
        if (rows[i] != NULL)
            keel_arena_push(run->arena, &scope->variables, set);
    }
}

/* With one trigger, or none. `whole`: all of the body, else only what reads the row. */
static bool hear(inquiry *q, const keel_function *function, const keel_function_trigger *trigger, bool whole,
                 keel_error *err)
{
    keel_arena *arena = q->run->arena;
    keel_body_scope *scope = make_scope(arena, function);
    keel_body body = {0};
    hearing h = {.q = q, .function = function, .trigger = trigger, .body = &body};

    if (function->trigger)
        give_rows(q->run, scope, trigger);
    if (!function->plpgsql)
        keel_body_read_sql(arena, function->source, scope, &body);
    else if (!keel_body_read_plpgsql(arena, function->source, scope, &body)) {
        q->unread += whole;
        return true;
    }
    q->pieces += whole ? body.opaque : 0;
    q->unsure += whole ? body.opaque : 0;
    for (size_t i = 0; i < body.pieces.count; i++)
        if ((whole || reads_row(&body.pieces.items[i])) && !judge_piece(&h, &body.pieces.items[i], err))
            return false;
    return true;
}

static bool hear_all(inquiry *q, keel_error *err)
{
    for (size_t i = 0; i < q->functions.count; i++) {
        const keel_function *function = &q->functions.items[i];
        if (function->triggers.count == 0 && !hear(q, function, NULL, true, err))
            return false;
        for (size_t j = 0; j < function->triggers.count; j++)
            if (!hear(q, function, &function->triggers.items[j], j == 0, err))
                return false;
    }
    return true;
}

static const char *in_words(const inquiry *q)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    keel_str_add(&out, "function bodies");
    if (q->unsure > 0)
        keel_str_addf(&out, "; %lld of %lld statements", (long long)q->unsure, (long long)q->pieces);
    if (q->unread > 0)
        keel_str_addf(&out, "%s %lld bodies", q->unsure > 0 ? "," : ";", (long long)q->unread);
    keel_str_add(&out, q->unsure > 0 || q->unread > 0 ? " not judged" : "");
    return keel_arena_strdup(q->run->arena, keel_str_text(&out));
}

static bool run_check(keel_check_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *names = keel_map_create();
    KEEL_CLEANUP(keel_map_free_p) keel_map *columns = keel_map_create();
    KEEL_CLEANUP(keel_map_free_p) keel_map *said = keel_map_create();
    inquiry q = {.run = run, .names = names, .columns = columns, .said = said};

    if (!keel_functions_load(run, &q.functions, err) || !keel_relation_names_load(run, &q.functions, names, err) ||
        !keel_column_names_load(run, columns, err) || !keel_pg_exec(run->pg, err, "SAVEPOINT keel_bodies") ||
        !hear_all(&q, err) ||
        !keel_pg_exec(run->pg, err, "ROLLBACK TO SAVEPOINT keel_bodies; RELEASE SAVEPOINT keel_bodies"))
        return false;
    keel_check_looked(run, (int64_t)q.functions.count, in_words(&q));
    return true;
}

const keel_check keel_check_schema_function_body = {
    .id = "schema.function_body",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_ERROR,
    .title = "functions and triggers name only what exists",
    .help = "PostgreSQL reads the statements of a PL/pgSQL function only when they run, so a function or trigger may name a "
            "column or table that was renamed, dropped or never made, and nobody hears of it until the first row comes: "
            "\"record new has no field updated_at\". Every statement and expression in PL/pgSQL and SQL bodies is prepared "
            "here (never run) with typed NULLs for its variables, and trigger functions once for every table that calls "
            "them. Not judged, and counted in the note: dynamic SQL, fields of records without a type, what a handler for "
            "undefined_column or undefined_table guards, tables that some body creates itself, bodies that ask the catalogue "
            "first, and row fields where the body asks which table it runs for. Under WHEN OTHERS it is a WARNING.",
    .triggers = "CREATE TABLE users (id int PRIMARY KEY, email text);"
                "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;"
                "CREATE TRIGGER update_users_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();",
    .passes = "CREATE TABLE users (id int PRIMARY KEY, email text, updated_at timestamptz);"
              "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;"
              "CREATE TRIGGER update_users_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();",
    .run = run_check,
};
