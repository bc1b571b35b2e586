#include "verify/body_lookup.h"

#include <string.h>

#include "sql/token.h"

enum { MOST_NAMES = 8, MOST_SUBSTITUTIONS = 400 };

static const char prepare[] = "PREPARE keel_body AS ";

/* A text under way, each of whose bytes knows where it comes from. */
typedef struct draft {
    char *text;
    size_t size;
    size_t *origin;                   /* offset in the source */
    const keel_body_variable **stand; /* whose expression the byte belongs to, or NULL */
} draft;

/* a.b.c in a draft. */
typedef struct chain {
    size_t start, end;             /* bytes */
    size_t ends[MOST_NAMES];       /* behind each name */
    const char *names[MOST_NAMES]; /* folded */
    size_t count;
    size_t star; /* behind the .* that follows, or 0 */
} chain;

static draft start_draft(keel_arena *arena, const keel_body_piece *piece)
{
    draft d = {.size = strlen(piece->sql)};

    d.text = keel_arena_strdup(arena, piece->sql);
    d.origin = keel_arena_alloc(arena, (d.size + 1) * sizeof *d.origin);
    d.stand = keel_arena_alloc(arena, (d.size + 1) * sizeof *d.stand);
    for (size_t i = 0; i < d.size; i++)
        d.origin[i] = piece->at + (i < piece->prefix ? 0 : i - piece->prefix);
    return d;
}

static draft substitute(keel_arena *arena, const draft *d, size_t start, size_t end, const char *text,
                        const keel_body_variable *variable)
{
    size_t length = strlen(text);
    draft out = {.size = d->size - (end - start) + length};

    out.text = keel_arena_printf(arena, "%.*s%s%s", (int)start, d->text, text, d->text + end);
    out.origin = keel_arena_alloc(arena, (out.size + 1) * sizeof *out.origin);
    out.stand = keel_arena_alloc(arena, (out.size + 1) * sizeof *out.stand);
    for (size_t i = 0; i < out.size; i++) {
        bool new = i >= start && i < start + length;
        size_t from = i < start ? i : new ? start : i - length + (end - start);
        out.origin[i] = d->origin[from];
        out.stand[i] = new ? variable : d->stand[from];
    }
    return out;
}

static bool is_name(keel_sql_token token)
{
    return token.kind == KEEL_SQL_WORD || token.kind == KEEL_SQL_IDENTIFIER;
}

static bool read_chain(keel_arena *arena, const char *text, size_t size, size_t at, chain *c)
{
    keel_sql_token token = keel_sql_next(text, size, at);

    *c = (chain){.start = at};
    while (is_name(token) && c->count < MOST_NAMES) {
        c->names[c->count] = keel_body_fold(arena, text + token.start, token.size);
        c->end = token.start + token.size;
        c->ends[c->count++] = c->end;
        if (c->end >= size || text[c->end] != '.')
            break;
        token = keel_sql_next(text, size, c->end + 1);
        c->star = token.kind == KEEL_SQL_OPERATOR && text[token.start] == '*' ? token.start + 1 : 0;
    }
    return c->count > 0;
}

/* The variable that a chain begins with, by itself or behind a label; how many of its names that takes. */
static const keel_body_variable *resolve(const keel_body_scope *scope, const chain *c, size_t *ret_used)
{
    const keel_body_variable *variable = keel_body_find(scope, c->names[0]);

    *ret_used = 1;
    if (variable != NULL || c->count < 2)
        return variable;
    *ret_used = 2;
    return keel_body_find_in(scope, c->names[0], c->names[1]);
}

/* The two tokens before `at`. */
static void look_back(const draft *d, size_t at, keel_sql_token before[2])
{
    for (size_t i = 0; i < at;) {
        keel_sql_token token = keel_sql_next(d->text, d->size, i);
        i = token.start + token.size;
        if (token.kind == KEEL_SQL_SPACE || token.kind == KEEL_SQL_COMMENT)
            continue;
        before[1] = before[0];
        before[0] = token;
    }
}

/* The first argument of a function, where "row.*" is the row as a whole. */
static bool is_argument(const draft *d, size_t at)
{
    static const char *const lists[] = {"values", "row", "in", "select", "any"};
    keel_sql_token before[2] = {0};

    look_back(d, at, before);
    if (!keel_sql_is_mark(d->text, before[0], '(') || !is_name(before[1]))
        return false;
    for (size_t i = 0; i < KEEL_COUNT_OF(lists); i++)
        if (keel_sql_is_word(d->text, before[1], lists[i]))
            return false;
    return true;
}

/* Puts the variable's expression where the chain stands; false if that cannot be done. */
static bool put_variable(keel_arena *arena, draft *d, const chain *c, const keel_body_variable *variable, size_t used)
{
    if (variable->relation != NULL) {
        *d = substitute(arena, d, c->start, c->ends[0], variable->relation, variable);
        return true;
    }
    if (variable->sql != NULL) {
        bool whole = c->star > 0 && used == c->count && is_argument(d, c->start);
        *d = substitute(arena, d, c->start, whole ? c->star : c->ends[used - 1], variable->sql, variable);
        return true;
    }
    if (c->star > 0)
        return false; /* all fields of a record that nobody knows */
    *d = substitute(arena, d, c->start, c->end, "NULL", variable);
    return true;
}

/* $1, $2, ... stand for parameters whatever the server thinks of them. */
static bool put_parameters(keel_arena *arena, draft *d, const keel_body_scope *scope)
{
    for (size_t at = 0; at < d->size;) {
        keel_sql_token token = keel_sql_next(d->text, d->size, at);
        at = token.start + token.size;
        if (token.kind != KEEL_SQL_PARAMETER)
            continue;
        const keel_body_variable *variable =
            keel_body_parameter(scope, (int)strtol(d->text + token.start + 1, NULL, 10));
        if (variable == NULL)
            return false;
        const char *sql = variable->sql != NULL ? variable->sql : "NULL";
        *d = substitute(arena, d, token.start, at, sql, variable);
        at = token.start + strlen(sql);
    }
    return true;
}

typedef struct complaint {
    char sqlstate[6]; /* "" = none */
    bool placed;
    size_t at; /* byte of the draft */
} complaint;

/* The byte of the `position`th character. */
static size_t byte_at(const char *text, int64_t position)
{
    size_t at = 0;

    for (int64_t left = position - 1; text[at] != '\0'; at++) {
        bool starts = ((unsigned char)text[at] & 0xc0) != 0x80;
        if (starts && left-- == 0)
            break;
    }
    return at;
}

static bool ask(keel_check_run *run, const draft *d, complaint *ret_complaint, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *ignored = NULL;
    const char *sql = keel_arena_printf(run->arena, "%s%s", prepare, d->text);

    *ret_complaint = (complaint){0};
    if (keel_pg_query(run->pg, &ignored, err, sql, 0, NULL))
        return keel_pg_exec(run->pg, err, "DEALLOCATE keel_body; ROLLBACK TO SAVEPOINT keel_body");
    const keel_pg_failure *failure = keel_pg_last_failure(run->pg);
    if (!keel_pg_alive(run->pg) || strcmp(failure->sqlstate, "57014") == 0)
        return false;
    memcpy(ret_complaint->sqlstate, failure->sqlstate, sizeof ret_complaint->sqlstate);
    size_t at = byte_at(sql, failure->position);
    ret_complaint->placed = failure->position > 0 && at >= strlen(prepare);
    ret_complaint->at = ret_complaint->placed ? at - strlen(prepare) : 0;
    return keel_pg_exec(run->pg, err, "ROLLBACK TO SAVEPOINT keel_body");
}

static bool is_state(const complaint *c, const char *sqlstate)
{
    return strcmp(c->sqlstate, sqlstate) == 0;
}

/* A chain behind one of these is a table; elsewhere it may be an alias that nobody gave. */
static bool stands_for_table(const draft *d, const chain *c)
{
    static const char *const words[] = {"from", "join", "into", "update", "only", "using", "table"};
    keel_sql_token before[2] = {0};

    if (c->count == 1)
        return true;
    look_back(d, c->start, before);
    for (size_t i = 0; i < KEEL_COUNT_OF(words); i++)
        if (keel_sql_is_word(d->text, before[0], words[i]))
            return true;
    return false;
}

static const char *join_names(keel_arena *arena, const chain *c, size_t count)
{
    const char *joined = c->names[0];

    for (size_t i = 1; i < count; i++)
        joined = keel_arena_printf(arena, "%s.%s", joined, c->names[i]);
    return joined;
}

/* What the complaint says is missing, if nothing can stand in for it. */
static keel_body_verdict missing(keel_arena *arena, const draft *d, const complaint *said, const chain *c)
{
    keel_body_verdict verdict = {.answer = KEEL_BODY_UNSURE, .at = d->origin[c->start]};

    if (is_state(said, "42P01") || is_state(said, "3F000")) {
        verdict.answer = stands_for_table(d, c) && c->star == 0 ? KEEL_BODY_TABLE : KEEL_BODY_UNSURE;
        verdict.name = join_names(arena, c, c->count);
    } else if (is_state(said, "42703")) {
        verdict.answer = KEEL_BODY_COLUMN;
        verdict.name = c->names[c->count - 1];
        verdict.of = c->count > 1 ? join_names(arena, c, c->count - 1) : NULL;
    }
    return verdict;
}

/* The complaint is about what stands for a variable: of a row type, the field behind its dot is missing. */
static keel_body_verdict missing_field(keel_arena *arena, const draft *d, const complaint *said)
{
    const keel_body_variable *variable = d->stand[said->at];
    keel_body_verdict verdict = {.answer = KEEL_BODY_UNSURE, .at = d->origin[said->at]};
    size_t end = said->at;
    chain c;

    while (end < d->size && d->stand[end] == variable && d->origin[end] == verdict.at)
        end++;
    if (!is_state(said, "42703") || !variable->composite || end >= d->size || d->text[end] != '.' ||
        !read_chain(arena, d->text, d->size, end + 1, &c))
        return verdict;
    verdict.answer = KEEL_BODY_FIELD;
    verdict.of = variable->name;
    verdict.name = c.names[0];
    return verdict;
}

static bool names_something(const complaint *said)
{
    return said->placed && (is_state(said, "42703") || is_state(said, "42P01") || is_state(said, "3F000"));
}

/* One complaint: either a variable takes the name's place and *ret_again is set, or the verdict is final. */
static void answer(keel_arena *arena, const keel_body_piece *piece, draft *d, const complaint *said, bool *ret_again,
                   keel_body_verdict *verdict)
{
    size_t used;
    chain c;

    *ret_again = false;
    if (d->stand[said->at] != NULL) {
        *verdict = missing_field(arena, d, said);
        return;
    }
    if (!read_chain(arena, d->text, d->size, said->at, &c))
        return;
    const keel_body_variable *variable = resolve(piece->scope, &c, &used);
    *verdict = missing(arena, d, said, &c);
    if (variable == NULL)
        return;
    *ret_again = put_variable(arena, d, &c, variable, used);
    if (!*ret_again)
        verdict->answer = KEEL_BODY_UNSURE;
}

/* Puts variables in wherever a name can hardly be anything else: one that no column has. */
static void put_likely(keel_arena *arena, draft *d, const keel_body_scope *scope, const keel_map *columns)
{
    bool behind_dot = false;
    size_t used;
    chain c;

    for (size_t at = 0; at < d->size;) {
        keel_sql_token token = keel_sql_next(d->text, d->size, at);
        size_t end = token.start + token.size;
        if (!is_name(token) || behind_dot || d->stand[at] != NULL || !read_chain(arena, d->text, d->size, at, &c)) {
            behind_dot = keel_sql_is_mark(d->text, token, '.');
            at = end;
            continue;
        }
        const keel_body_variable *variable = resolve(scope, &c, &used);
        size_t size = d->size;
        bool put = variable != NULL && keel_map_get(columns, c.names[0]) == NULL &&
                   put_variable(arena, d, &c, variable, used);
        at = put ? KEEL_MAX(c.end, c.star) + d->size - size : c.end;
    }
}

/* From one complaint to the next, until nothing can be put in a name's place any more. */
static bool ask_until_final(keel_check_run *run, const keel_body_piece *piece, draft d, complaint said,
                            keel_body_verdict *verdict, keel_error *err)
{
    for (int tries = 0; tries < MOST_SUBSTITUTIONS; tries++) {
        bool again = false;
        if (said.sqlstate[0] == '\0') {
            *verdict = (keel_body_verdict){.answer = KEEL_BODY_FOUND};
            return true;
        }
        if (is_state(&said, "42601"))
            return true; /* no expression may stand there: what was missing before is missing */
        *verdict = (keel_body_verdict){.answer = KEEL_BODY_UNSURE};
        if (names_something(&said))
            answer(run->arena, piece, &d, &said, &again, verdict);
        if (!again)
            return true;
        if (!ask(run, &d, &said, err))
            return false;
    }
    return true;
}

bool keel_body_look_up(keel_check_run *run, const keel_body_piece *piece, const keel_map *columns, bool only_yes,
                       keel_body_verdict *ret_verdict, keel_error *err)
{
    keel_body_verdict verdict = {.answer = KEEL_BODY_UNSURE};
    draft plain = start_draft(run->arena, piece);
    complaint said;

    *ret_verdict = verdict;
    if (!put_parameters(run->arena, &plain, piece->scope))
        return true;
    draft likely = plain;
    put_likely(run->arena, &likely, piece->scope, columns);
    if (!ask(run, &likely, &said, err))
        return false;
    if (said.sqlstate[0] == '\0')
        verdict.answer = KEEL_BODY_FOUND;
    else if (names_something(&said) && likely.stand[said.at] != NULL)
        verdict = missing_field(run->arena, &likely, &said);
    bool final = only_yes || verdict.answer != KEEL_BODY_UNSURE;
    if (!final && likely.size != plain.size && !ask(run, &plain, &said, err))
        return false;
    if (!final && !ask_until_final(run, piece, plain, said, &verdict, err))
        return false;
    *ret_verdict = verdict;
    return true;
}
