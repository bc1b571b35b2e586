#include "migrate/step.h"

#include <string.h>

#include "migrate/directive.h"
#include "migrate/psql_command.h"

typedef struct maker {
    keel_arena *arena;
    const keel_migration_sql *sql;
    int server_version;
    keel_steps *steps;
    bool open;           /* the last step takes more statements */
    bool inside;         /* between the file's own BEGIN and COMMIT */
    keel_str session;    /* SET statements so far */
    const char *told;    /* the same, as the newest step was given it */
    size_t counted;      /* line breaks in front of this offset are in `line` */
    int line;
} maker;

static int breaks_between(const char *text, size_t from, size_t to)
{
    int count = 0;

    for (const char *at = text + from; (at = memchr(at, '\n', (size_t)(text + to - at))) != NULL; at++)
        count++;
    return count;
}

/* Of an offset behind those that were counted. */
static int line_of(const maker *m, size_t offset)
{
    return m->line + breaks_between(m->sql->text, m->counted, offset);
}

/* Files of many thousand statements are counted once, not from their start for every statement. */
static void count_to(maker *m, size_t offset)
{
    m->line = line_of(m, offset);
    m->counted = offset;
}

static bool wrong(maker *m, size_t offset, keel_error *err, const char *what, const char *hint)
{
    keel_fail(err, KEEL_ERR_CONFIG, "%s:%d: %s", m->sql->path, line_of(m, offset), what);
    return keel_fail_hint(err, "%s", hint);
}

static const char *label_of(keel_arena *arena, const keel_step *step)
{
    const keel_step_statement *first = &step->statements.items[0];
    const char *object = first->class.object;

    if (object == NULL && first->class.relations.count > 0)
        object = first->class.relations.items[0].name;
    const char *label = keel_arena_printf(arena, "%s%s%s", first->class.command, object != NULL ? " " : "",
                                          object != NULL ? object : "");
    return step->statements.count > 1 ? keel_arena_printf(arena, "%s and %zu more", label, step->statements.count - 1)
                                      : label;
}

static keel_step *new_step(maker *m, const keel_sql_statement *statement)
{
    if (m->session.size > 0 && (m->told == NULL || strlen(m->told) != m->session.size))
        m->told = keel_arena_strndup(m->arena, m->session.data, m->session.size);
    keel_step step = {
        .number = (int)m->steps->count + 1,
        .path = m->sql->path,
        .line = line_of(m, statement->start),
        .transactional = true,
        .manner = KEEL_MANNER_SESSION,
        .session = m->told,
        .wishes = {.lock_timeout = KEEL_STEP_UNSET, .statement_timeout = KEEL_STEP_UNSET, .retries = KEEL_STEP_UNSET}};

    keel_arena_push(m->arena, m->steps, step);
    m->open = true;
    return &m->steps->items[m->steps->count - 1];
}

/* Of two manners the one that decides how locks are waited for: a brief statement must not wait long. */
static keel_sql_manner stricter(keel_sql_manner left, keel_sql_manner right)
{
    static const int rank[] = {[KEEL_MANNER_BRIEF] = 4, [KEEL_MANNER_LONG] = 3, [KEEL_MANNER_DATA] = 2,
                               [KEEL_MANNER_SESSION] = 1, [KEEL_MANNER_CONTROL] = 0};

    return rank[left] >= rank[right] ? left : right;
}

static void add_wishes(keel_step_wishes *wishes, const keel_step_wishes *more)
{
    if (more->lock_timeout != KEEL_STEP_UNSET)
        wishes->lock_timeout = more->lock_timeout;
    if (more->statement_timeout != KEEL_STEP_UNSET)
        wishes->statement_timeout = more->statement_timeout;
    if (more->retries != KEEL_STEP_UNSET)
        wishes->retries = more->retries;
    if (more->phase != NULL)
        wishes->phase = more->phase;
    wishes->no_transaction = wishes->no_transaction || more->no_transaction;
}

static bool make_statement(maker *m, const keel_sql_statement *piece, keel_step_statement *ret_statement, keel_error *err)
{
    keel_step_statement s = {.piece = piece->piece,
                             .sql = keel_arena_strndup(m->arena, m->sql->text + piece->start, piece->size),
                             .size = piece->size,
                             .before = m->sql->text + piece->comments,
                             .before_size = piece->start - piece->comments,
                             .before_line = line_of(m, piece->comments),
                             .line = line_of(m, piece->start),
                             .bounded = m->inside};
    keel_sql_complaint complaint;

    if (piece->piece == KEEL_SQL_COPY_IN) {
        s.data = m->sql->text + piece->data;
        s.data_size = piece->data_size;
    }
    if (!keel_step_replace_variables(m->arena, m->sql, &s, err))
        return false;
    if (!keel_sql_parse(m->arena, s.sql, s.size, &s.node, &complaint)) {
        keel_sql_complaint *kept = keel_arena_alloc(m->arena, sizeof *kept);
        *kept = complaint;
        s.complaint = kept;
    }
    keel_sql_classify(m->arena, s.node, s.sql, s.size, m->server_version, &s.class);
    *ret_statement = s;
    return true;
}

static bool is_command(const keel_step_statement *s, const char *command)
{
    return strcmp(s->class.command, command) == 0;
}

/* The file's own BEGIN and COMMIT become the bounds of a step. */
static bool take_control(maker *m, const keel_sql_statement *piece, const keel_step_statement *s, keel_error *err)
{
    bool begins = is_command(s, "BEGIN") || is_command(s, "START TRANSACTION");
    bool ends = is_command(s, "COMMIT") || is_command(s, "END");

    if (!begins && !ends)
        return wrong(m, piece->start, err, keel_arena_printf(m->arena, "%s in a migration", s->class.command),
                     "Steps are transactions that pgkeel opens and closes; BEGIN and COMMIT may bound them.");
    if (begins == m->inside)
        return wrong(m, piece->start, err, begins ? "BEGIN inside of BEGIN" : "COMMIT without BEGIN",
                     "Each BEGIN wants its COMMIT; or leave both away, a file is one transaction anyway.");
    m->inside = begins;
    m->open = false;
    return true;
}

static bool is_local(const keel_step_statement *s)
{
    return keel_sql_true(s->node, "is_local") || is_command(s, "SET CONSTRAINTS");
}

static bool calls_set_config(const keel_step_statement *s)
{
    return strcasestr(s->sql, "set_config") != NULL;
}

bool keel_step_sets(const keel_step_statement *s)
{
    return s->class.manner == KEEL_MANNER_SESSION || is_command(s, "DO") || is_command(s, "CALL") || calls_set_config(s);
}

/* What a later step of the file needs when it is taken up alone. pg_dump sets its search_path by a SELECT. */
static void remember_session(maker *m, const keel_step_statement *s)
{
    bool selects = is_command(s, "SELECT") && calls_set_config(s);

    if (selects || (s->class.manner == KEEL_MANNER_SESSION && !is_local(s)))
        keel_str_addf(&m->session, "%s;\n", s->sql);
}

bool keel_step_commits(const keel_step_statement *s)
{
    bool may = strcasestr(s->sql, "commit") != NULL || strcasestr(s->sql, "rollback") != NULL || strcasestr(s->sql, "call") != NULL;

    return is_command(s, "CALL") || (is_command(s, "DO") && may);
}

/* What the file wants to have no transaction around it: only what may commit gets that, all else is safer with one. */
static bool set_free(maker *m, const keel_sql_statement *piece, const keel_directives *directives, keel_step_statement *s,
                     keel_error *err)
{
    bool wanted = directives->wishes.no_transaction;

    if (s->class.transactional && keel_step_commits(s) && (wanted || m->sql->no_transaction)) {
        s->class.transactional = false;
        s->class.why_not = "it may commit by itself";
    }
    if (!wanted || !s->class.transactional)
        return true;
    return wrong(m, piece->start, err, keel_arena_printf(m->arena, "transaction=none in front of %s", s->class.command),
                 "It is for CALL, and for DO blocks with COMMIT in them; all else is safe in a transaction, or found to take none.");
}

/* Rows for a client that does not want them. */
static bool copies_out(const keel_step_statement *s)
{
    return keel_sql_kind_is(s->node, "CopyStmt") && !keel_sql_true(s->node, "is_from") &&
           *keel_sql_text_of(s->node, "filename") == '\0';
}

static bool take_statement(maker *m, const keel_sql_statement *piece, const keel_directives *directives, keel_error *err)
{
    keel_step_statement s;

    if (!make_statement(m, piece, &s, err) || !set_free(m, piece, directives, &s, err))
        return false;
    if (copies_out(&s))
        return wrong(m, piece->start, err, "COPY .. TO STDOUT in a migration", "Nobody takes the rows here; leave it away.");
    bool alone = !s.class.transactional || m->sql->no_transaction;
    if (s.class.manner == KEEL_MANNER_CONTROL)
        return take_control(m, piece, &s, err);
    if (!s.class.transactional && m->inside)
        return wrong(m, piece->start, err, s.class.why_not, "Put it behind the COMMIT of this file.");
    keel_step *step = m->open && !alone && !directives->step ? &m->steps->items[m->steps->count - 1]
                                                             : new_step(m, piece);
    add_wishes(&step->wishes, &directives->wishes);
    step->manner = step->statements.count == 0 ? s.class.manner : stricter(step->manner, s.class.manner);
    if (!s.class.transactional) {
        step->transactional = false;
        step->why_not = s.class.why_not;
    }
    keel_arena_push(m->arena, &step->statements, s);
    m->open = !alone;
    remember_session(m, &s);
    return true;
}

static bool take_piece(maker *m, const keel_sql_statement *piece, keel_error *err)
{
    keel_directives directives;

    count_to(m, piece->comments);
    if (piece->flaw != NULL)
        return wrong(m, piece->flaw_at, err, piece->flaw, "Everything behind it would be swallowed.");
    if (piece->piece == KEEL_SQL_PSQL)
        return keel_psql_command_allowed(m->sql->path, line_of(m, piece->start),
                                         keel_arena_strndup(m->arena, m->sql->text + piece->start, piece->size), err);
    return keel_directives_read(m->arena, m->sql->path, line_of(m, piece->comments), m->sql->text + piece->comments,
                                piece->start - piece->comments, &directives, err) &&
           take_statement(m, piece, &directives, err);
}

static void finish(keel_arena *arena, keel_step *step)
{
    KEEL_CLEANUP(keel_str_free) keel_str raw = {0};
    KEEL_CLEANUP(keel_str_free) keel_str normal = {0};

    for (size_t i = 0; i < step->statements.count; i++) {
        const keel_step_statement *s = &step->statements.items[i];
        keel_str_addn(&raw, s->text, s->text_size);
        keel_str_addc(&raw, '\0');
        keel_sql_normal(s->text, s->text_size, &normal);
        keel_str_addc(&normal, '\0');
        keel_str_addn(&raw, s->data != NULL ? s->data : "", s->data_size);
        keel_str_addn(&normal, s->data != NULL ? s->data : "", s->data_size);
    }
    keel_sql_hash_bytes(keel_str_text(&raw), raw.size, step->raw_hash);
    keel_sql_hash_bytes(keel_str_text(&normal), normal.size, step->token_hash);
    step->label = label_of(arena, step);
}

static void free_maker(maker *m)
{
    keel_str_free(&m->session);
}

bool keel_steps_of(keel_arena *arena, const keel_migration_sql *sql, int server_version, keel_steps *ret_steps,
                   keel_error *err)
{
    keel_steps steps = {0};
    keel_sql_statements pieces;
    KEEL_CLEANUP(free_maker) maker m = {.arena = arena, .sql = sql, .server_version = server_version, .steps = &steps, .line = sql->line};

    keel_sql_split(arena, sql->text, sql->size, &pieces);
    for (size_t i = 0; i < pieces.count; i++)
        if (!take_piece(&m, &pieces.items[i], err))
            return false;
    if (m.inside)
        return wrong(&m, sql->size, err, "BEGIN without COMMIT", "Add the COMMIT, or leave both away.");
    for (size_t i = 0; i < steps.count; i++)
        finish(arena, &steps.items[i]);
    *ret_steps = steps;
    return true;
}
