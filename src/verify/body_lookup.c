#include "verify/body_lookup.h"

#include <string.h>

#include "verify/body_draft.h"

enum { MOST_SUBSTITUTIONS = 400 };

static const char prepare[] = "PREPARE keel_body AS ";

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

static bool ask(keel_check_run *run, const keel_body_draft *d, complaint *ret_complaint, keel_error *err)
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
static bool stands_for_table(const keel_body_draft *d, const keel_body_chain *c)
{
    static const char *const words[] = {"from", "join", "into", "update", "only", "using", "table"};
    keel_sql_token before[2] = {0};

    if (c->count == 1)
        return true;
    keel_body_look_back(d, c->start, before);
    for (size_t i = 0; i < KEEL_COUNT_OF(words); i++)
        if (keel_sql_is_word(d->text, before[0], words[i]))
            return true;
    return false;
}

static const char *join_names(keel_arena *arena, const keel_body_chain *c, size_t count)
{
    const char *joined = c->names[0];

    for (size_t i = 1; i < count; i++)
        joined = keel_arena_printf(arena, "%s.%s", joined, c->names[i]);
    return joined;
}

/* What the complaint says is missing, if nothing can stand in for it. */
static keel_body_verdict missing(keel_arena *arena, const keel_body_draft *d, const complaint *said, const keel_body_chain *c)
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
static keel_body_verdict missing_field(keel_arena *arena, const keel_body_draft *d, const complaint *said)
{
    const keel_body_variable *variable = d->stand[said->at];
    keel_body_verdict verdict = {.answer = KEEL_BODY_UNSURE, .at = d->origin[said->at]};
    size_t end = said->at;
    keel_body_chain c;

    while (end < d->size && d->stand[end] == variable && d->origin[end] == verdict.at)
        end++;
    if (!is_state(said, "42703") || !variable->composite || end >= d->size || d->text[end] != '.' ||
        !keel_body_read_chain(arena, d->text, d->size, end + 1, &c))
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
static void answer(keel_arena *arena, const keel_body_piece *piece, keel_body_draft *d, const complaint *said, bool *ret_again,
                   keel_body_verdict *verdict)
{
    size_t used;
    keel_body_chain c;

    *ret_again = false;
    if (d->stand[said->at] != NULL) {
        *verdict = missing_field(arena, d, said);
        return;
    }
    if (!keel_body_read_chain(arena, d->text, d->size, said->at, &c))
        return;
    const keel_body_variable *variable = keel_body_resolve(piece->scope, &c, &used);
    *verdict = missing(arena, d, said, &c);
    if (variable == NULL)
        return;
    *ret_again = keel_body_put_variable(arena, d, &c, variable, used);
    if (!*ret_again)
        verdict->answer = KEEL_BODY_UNSURE;
}

/* From one complaint to the next, until nothing can be put in a name's place any more. */
static bool ask_until_final(keel_check_run *run, const keel_body_piece *piece, keel_body_draft d, complaint said,
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
    keel_body_draft plain = keel_body_start_draft(run->arena, piece);
    complaint said;

    *ret_verdict = verdict;
    if (!keel_body_put_parameters(run->arena, &plain, piece->scope))
        return true;
    keel_body_draft likely = plain;
    keel_body_put_likely(run->arena, &likely, piece->scope, columns);
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
