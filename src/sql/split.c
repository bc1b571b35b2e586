#include "sql/split.h"

#include <string.h>

enum { OPENING_WORDS = 4 };

/* What is known of the statement that is being read. */
typedef struct cutter {
    const char *text;
    size_t size;
    keel_sql_token words[OPENING_WORDS]; /* its first words: they tell whether BEGIN opens a body */
    size_t word_count;
    int parens, body;     /* depth of ( [ and of BEGIN ATOMIC / CASE */
    bool any;             /* has a token */
    bool from, stdin_in;  /* COPY: the last word was FROM; FROM STDIN has been seen */
    keel_sql_statement statement;
} cutter;

static bool word_is(const cutter *c, size_t index, const char *word)
{
    return index < c->word_count && keel_sql_is_word(c->text, c->words[index], word);
}

/* CREATE [OR REPLACE] FUNCTION | PROCEDURE: the only statements with a body of SQL statements. */
static bool makes_routine(const cutter *c)
{
    size_t kind = word_is(c, 1, "or") && word_is(c, 2, "replace") ? 3 : 1;

    return word_is(c, 0, "create") && (word_is(c, kind, "function") || word_is(c, kind, "procedure"));
}

static void count_body(cutter *c, keel_sql_token token)
{
    bool nested = c->body > 0 && keel_sql_is_word(c->text, token, "case");

    if (nested || keel_sql_is_word(c->text, token, "begin"))
        c->body++;
    else if (c->body > 0 && keel_sql_is_word(c->text, token, "end"))
        c->body--;
}

static void take_word(cutter *c, keel_sql_token token)
{
    if (c->word_count < OPENING_WORDS)
        c->words[c->word_count++] = token;
    if (c->parens == 0 && makes_routine(c))
        count_body(c, token);
    if (word_is(c, 0, "copy") && c->parens == 0) {
        c->stdin_in = c->stdin_in || (c->from && keel_sql_is_word(c->text, token, "stdin"));
        c->from = keel_sql_is_word(c->text, token, "from");
    }
}

static void take_mark(cutter *c, char mark)
{
    if (mark == '(' || mark == '[')
        c->parens++;
    else if ((mark == ')' || mark == ']') && c->parens > 0)
        c->parens--;
}

static void note_open(cutter *c, keel_sql_token token)
{
    if (!token.open || c->statement.flaw != NULL)
        return;
    c->statement.flaw_at = token.start;
    if (token.kind == KEEL_SQL_COMMENT)
        c->statement.flaw = "the comment that starts here does not end";
    else if (token.kind == KEEL_SQL_IDENTIFIER)
        c->statement.flaw = "the quoted name that starts here does not end";
    else
        c->statement.flaw = "the string that starts here does not end";
}

static void take(cutter *c, keel_sql_token token)
{
    if (!c->any) {
        c->any = true;
        c->statement.start = token.start;
    }
    c->statement.size = token.start + token.size - c->statement.start;
    if (token.kind == KEEL_SQL_WORD)
        take_word(c, token);
    else if (token.kind == KEEL_SQL_PUNCTUATION)
        take_mark(c, c->text[token.start]);
}

/* The data lines of a COPY begin behind the line of its semicolon and end with a line "\.". */
static void take_data(cutter *c)
{
    keel_sql_statement *s = &c->statement;
    const char *line = memchr(c->text + s->end, '\n', c->size - s->end);

    s->piece = KEEL_SQL_COPY_IN;
    s->terminated = false;
    s->data = line != NULL ? (size_t)(line + 1 - c->text) : c->size;
    for (size_t at = s->data; at < c->size;) {
        const char *end = memchr(c->text + at, '\n', c->size - at);
        size_t next = end != NULL ? (size_t)(end + 1 - c->text) : c->size;
        size_t length = (end != NULL ? next - 1 : next) - at;
        if (length > 0 && c->text[at + length - 1] == '\r')
            length--;
        if (length == 2 && memcmp(c->text + at, "\\.", 2) == 0) {
            s->terminated = true;
            s->data_size = at - s->data;
            s->end = next;
            return;
        }
        at = next;
    }
    s->data_size = c->size - s->data;
    s->end = c->size;
    s->flaw = "the data of this COPY does not end with a line \"\\.\"";
    s->flaw_at = s->start;
}

static void begin(cutter *c, size_t at)
{
    const char *text = c->text;
    size_t size = c->size;

    *c = (cutter){.text = text, .size = size, .statement = {.comments = at}};
}

static void finish(keel_arena *arena, cutter *c, size_t end, bool terminated, keel_sql_statements *statements)
{
    c->statement.end = end;
    c->statement.terminated = terminated;
    if (c->any && terminated && c->stdin_in)
        take_data(c);
    if (c->any)
        keel_arena_push(arena, statements, c->statement);
    begin(c, c->any ? c->statement.end : end);
}

/* psql reads its commands between statements as well as inside one; here both stand for themselves. */
static void take_command(keel_arena *arena, cutter *c, keel_sql_token token, keel_sql_statements *statements)
{
    if (c->any)
        finish(arena, c, token.start, false, statements);
    take(c, token);
    c->statement.piece = KEEL_SQL_PSQL;
    finish(arena, c, token.start + token.size, true, statements);
}

void keel_sql_split(keel_arena *arena, const char *text, size_t size, keel_sql_statements *ret_statements)
{
    cutter c = {.text = text, .size = size};
    size_t at = 0;

    *ret_statements = (keel_sql_statements){0};
    for (;;) {
        keel_sql_token token = keel_sql_next(text, size, at);
        at = token.start + token.size;
        note_open(&c, token);
        if (token.kind == KEEL_SQL_END)
            break;
        if (token.kind == KEEL_SQL_META) {
            take_command(arena, &c, token, ret_statements);
        } else if (keel_sql_is_mark(text, token, ';') && c.parens == 0 && c.body == 0) {
            finish(arena, &c, at, true, ret_statements);
            at = c.statement.comments;
        } else if (token.open || (token.kind != KEEL_SQL_SPACE && token.kind != KEEL_SQL_COMMENT)) {
            take(&c, token);
        }
    }
    finish(arena, &c, size, false, ret_statements);
}
