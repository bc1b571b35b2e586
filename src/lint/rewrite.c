#include "lint/rewrite.h"

#include "base/str.h"
#include "lint/alter_text.h"
#include "sql/token.h"

static const char mark[] = "-- pgkeel:step\n";

/* All edits of a statement, in the order of their places. */
typedef struct edits {
    keel_rewrite_edit *items;
    size_t count, capacity;
} edits;

static void add_edit(keel_arena *arena, edits *all, keel_rewrite_edit edit)
{
    size_t i = 0;

    keel_arena_push(arena, all, edit);
    for (i = all->count - 1; i > 0 && all->items[i - 1].at > edit.at; i--)
        all->items[i] = all->items[i - 1];
    all->items[i] = edit;
}

/* The bytes [start, end) of the statement, edited. */
static void add_edited(const keel_lint_statement *s, const edits *all, size_t start, size_t end, keel_str *out)
{
    for (size_t i = 0; i < all->count; i++) {
        const keel_rewrite_edit *edit = &all->items[i];
        if (edit->at < start || edit->at > end)
            continue;
        keel_str_addn(out, s->sql + start, edit->at - start);
        keel_str_add(out, edit->text);
        start = edit->at + edit->size;
    }
    keel_str_addn(out, s->sql + start, end - start);
}

typedef struct rewriting {
    keel_arena *arena;
    const keel_lint_statement *s;
    const keel_rewrite **items; /* those of the statement */
    size_t count;
    edits edits;
    keel_alter_text alter;
    keel_str *out;
    size_t pieces;
} rewriting;

/* What must not come before the index of a key that is taken out of the statement. */
static bool is_late(const rewriting *r, const keel_sql_node *command)
{
    const char *subtype = keel_sql_text_of(command, "subtype");
    const keel_sql_node *parent = keel_sql_get(keel_sql_get(command, "def"), "pktable");

    return keel_streq(subtype, "AT_ClusterOn") || keel_streq(subtype, "AT_ReplicaIdentity") ||
           (parent != NULL && keel_streq(keel_sql_text_of(parent, "relname"),
                                         keel_sql_text_of(keel_sql_get(r->s->node, "relation"), "relname")));
}

static const keel_rewrite *gone(const rewriting *r, const keel_sql_node *command)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->items[i]->gone && r->items[i]->command == command)
            return r->items[i];
    return NULL;
}

static void begin_piece(rewriting *r)
{
    if (r->pieces++ > 0)
        keel_str_addf(r->out, "\n%s", mark);
}

static void add_piece(rewriting *r, const char *sql)
{
    if (sql == NULL)
        return;
    begin_piece(r);
    keel_str_add(r->out, sql);
}

/* The commands that stay, early or late ones, as one ALTER TABLE. */
static void add_commands(rewriting *r, bool late)
{
    const char *before = r->alter.head;

    for (size_t i = 0; i < r->alter.count; i++) {
        if (gone(r, &r->alter.commands[i]) != NULL || is_late(r, &r->alter.commands[i]) != late)
            continue;
        if (before == r->alter.head)
            begin_piece(r);
        keel_str_addf(r->out, "%s ", before);
        add_edited(r->s, &r->edits, r->alter.parts[i].start, r->alter.parts[i].end, r->out);
        before = ",";
    }
    if (before != r->alter.head)
        keel_str_addc(r->out, ';');
}

/* What replaces commands that go: NOT NULL first, which a key wants. */
static void add_gone(rewriting *r, bool not_null)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->items[i]->gone && not_null == keel_streq(keel_sql_text_of(r->items[i]->command, "subtype"), "AT_SetNotNull"))
            add_piece(r, r->items[i]->after);
}

static bool any_gone(const rewriting *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->items[i]->gone)
            return true;
    return false;
}

static void write_out(rewriting *r)
{
    for (size_t i = 0; i < r->count; i++)
        add_piece(r, r->items[i]->before);
    if (any_gone(r)) {
        add_commands(r, false);
        add_gone(r, true);
        add_gone(r, false);
        add_commands(r, true);
    } else {
        begin_piece(r);
        add_edited(r->s, &r->edits, 0, r->s->size, r->out);
        keel_str_addc(r->out, ';');
    }
    for (size_t i = 0; i < r->count; i++)
        if (!r->items[i]->gone)
            add_piece(r, r->items[i]->after);
}

/* One rewrite of a rule per place: a rule may find a statement several times. */
static bool is_same(const keel_rewrite *left, const keel_rewrite *right)
{
    return left->rule == right->rule && left->command == right->command && left->edits[0].at == right->edits[0].at;
}

static void collect(rewriting *r, const keel_rewrites *rewrites)
{
    r->items = keel_arena_alloc(r->arena, (rewrites->count + 1) * sizeof *r->items);
    for (size_t i = 0; i < rewrites->count; i++) {
        const keel_rewrite *rewrite = &rewrites->items[i];
        bool again = r->count > 0 && is_same(r->items[r->count - 1], rewrite);
        if (rewrite->statement != r->s || again)
            continue;
        r->items[r->count++] = rewrite;
        for (size_t k = 0; k < KEEL_REWRITE_EDITS; k++)
            if (rewrite->edits[k].text != NULL)
                add_edit(r->arena, &r->edits, rewrite->edits[k]);
    }
}

bool keel_rewrite_add(keel_arena *arena, const keel_rewrites *rewrites, const keel_lint_statement *s, keel_str *out,
                      keel_rewritten *ret_rewritten)
{
    rewriting r = {.arena = arena, .s = s, .out = out};

    collect(&r, rewrites);
    if (r.count == 0 || (any_gone(&r) && !keel_alter_cut(arena, s, &r.alter)))
        return false;
    for (size_t i = 0; i < r.count; i++)
        if (r.items[i]->step) {
            keel_str_add(out, mark);
            break;
        }
    write_out(&r);
    *ret_rewritten = (keel_rewritten){.pieces = r.pieces};
    for (size_t i = 0; i < r.count; i++)
        ret_rewritten->outside = ret_rewritten->outside || r.items[i]->outside;
    return true;
}

/* Behind the semicolon that ends the statement at `end`, or `end` if it has none. */
static size_t behind_semicolon(const char *text, size_t size, size_t end)
{
    for (size_t at = end; at < size;) {
        keel_sql_token token = keel_sql_next(text, size, at);
        at = token.start + token.size;
        if (keel_sql_is_mark(text, token, ';'))
            return at;
        if (token.kind != KEEL_SQL_SPACE && token.kind != KEEL_SQL_COMMENT)
            break;
    }
    return end;
}

void keel_rewrite_text(keel_arena *arena, const keel_rewrites *rewrites, const keel_lint_script *script, size_t from,
                       size_t to, const char *text, size_t size, keel_str *out)
{
    size_t done = 0;

    for (size_t i = from; i < to; i++) {
        const keel_lint_statement *s = &script->items[i];
        size_t start = (size_t)(s->before - text) + s->before_size, end = behind_semicolon(text, size, start + s->size);
        bool followed = i + 1 < to && s[1].transaction == s->transaction;
        KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
        keel_rewritten rewritten = {0};
        if (!keel_rewrite_add(arena, rewrites, s, &sql, &rewritten))
            continue;
        keel_str_addn(out, text + done, start - done);
        keel_str_addf(out, s->bounded && rewritten.outside ? "COMMIT;\n%s\nBEGIN;" : "%s", sql.data);
        if (followed && rewritten.pieces > 1)
            keel_str_addf(out, "\n%.*s%s", (int)strlen(mark) - 1, mark, end < size && text[end] != '\n' ? "\n" : "");
        done = end;
    }
    keel_str_addn(out, text + done, size - done);
}
