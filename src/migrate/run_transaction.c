/* A transactional step: its statements and its journal rows in one message, one transaction. A step that carries COPY data
 * goes statement by statement. */
#include "base/fault.h"
#include "journal/footprint.h"
#include "journal/journal.h"
#include "migrate/runner.h"

enum { LOOK_EVERY = 200000 };

typedef struct script {
    keel_str sql;
    size_t *starts; /* of the step's statements in it */
    size_t before;  /* statements in front of them */
} script;

static void free_script(script *s)
{
    keel_str_free(&s->sql);
}

/* What its first statement makes cannot have been there. */
static const char *relation_before(const keel_step_run *run)
{
    const keel_sql_node *first = run->step->statements.items[0].node;

    return keel_sql_kind_is(first, "CreateStmt") && !keel_sql_true(first, "if_not_exists") ? NULL : run->relation;
}

static void add_begin(const keel_runner *runner, const keel_step_run *run, script *s)
{
    keel_usec lock_timeout = keel_run_lock_timeout(runner, run->step);
    keel_usec statement_timeout = keel_run_statement_timeout(runner, run->step);

    if (run->whole) { /* one message without BEGIN is one transaction as well */
        keel_journal_add_whole_begin(&s->sql, lock_timeout, statement_timeout, relation_before(run));
        s->before = 1;
        return;
    }
    keel_str_addf(&s->sql, "BEGIN;\nSET LOCAL lock_timeout = '%lldus';\nSET LOCAL statement_timeout = '%lldus';\n",
                  (long long)lock_timeout, (long long)statement_timeout);
    s->before = 3;
    if (run->relations != NULL) {
        keel_footprint_add_begin(&s->sql, run->relations, true);
        keel_str_add(&s->sql, ";\n");
        s->before++;
    }
}

static void add_end(const keel_runner *runner, const keel_step_run *run, keel_str *sql)
{
    keel_run_add_own_role(run, sql);
    keel_run_add_rows(runner, run, sql);
    if (!run->whole)
        keel_str_add(sql, "COMMIT");
}

static void make_script(const keel_runner *runner, const keel_step_run *run, script *s)
{
    const keel_step *step = run->step;

    s->starts = keel_arena_alloc(runner->arena, step->statements.count * sizeof *s->starts);
    add_begin(runner, run, s);
    for (size_t i = 0; i < step->statements.count; i++) {
        s->starts[i] = s->sql.size;
        keel_str_addn(&s->sql, step->statements.items[i].sql, step->statements.items[i].size);
        keel_str_add(&s->sql, ";\n");
    }
    add_end(runner, run, &s->sql);
}

/* Characters in front of a byte offset. */
static int64_t characters(const char *text, size_t size)
{
    int64_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

typedef struct culprit {
    const keel_step_statement *statement;
    int64_t position; /* in it, characters from 1; 0 = not known */
} culprit;

/* The statement that character *position of the message stands in; it becomes the place in the statement. */
static size_t statement_at(const script *s, size_t count, int64_t *position)
{
    const char *text = keel_str_text(&s->sql);
    int64_t before = characters(text, s->starts[0]);
    size_t at = 0;

    for (size_t i = 1; i < count; i++) {
        int64_t next = before + characters(text + s->starts[i - 1], s->starts[i] - s->starts[i - 1]);
        if (next >= *position)
            break;
        before = next;
        at = i;
    }
    *position -= before;
    return at;
}

/* The statement that failed: by the place that the server names, else by how many had succeeded. */
static bool find_culprit(keel_runner *runner, const keel_step_run *run, const script *s, int completed, culprit *ret_culprit,
                         keel_error *err)
{
    const keel_step *step = run->step;
    int64_t position = keel_pg_last_failure(runner->session.work)->position;
    size_t at = completed > (int)s->before ? (size_t)completed - s->before : 0;

    if (at >= step->statements.count) {
        keel_journal_explain(err);
        position = 0;
    }
    if (position > 0)
        at = statement_at(s, step->statements.count, &position);
    at = KEEL_MIN(at, step->statements.count - 1);
    *ret_culprit = (culprit){&step->statements.items[at], position};
    return false;
}

static bool copy_in(keel_pg *pg, const keel_step_statement *s, keel_error *err)
{
    enum { PIECE = 262144 };
    int64_t rows = 0;

    if (!keel_pg_copy_in_begin(pg, err, s->sql))
        return false;
    for (size_t at = 0; at < s->data_size; at += PIECE)
        if (!keel_pg_copy_in_send(pg, err, s->data + at, KEEL_MIN(s->data_size - at, (size_t)PIECE)))
            return false;
    return keel_pg_copy_in_end(pg, &rows, err);
}

static bool send(keel_runner *runner, keel_run_watch *watch, const char *sql, int *ret_completed,
                 keel_pg_result **ret_rows, keel_error *err)
{
    return keel_pg_script(runner->session.work, sql, LOOK_EVERY, keel_run_idle, watch, ret_completed, ret_rows, err);
}

static bool one_by_one(keel_runner *runner, keel_step_run *run, keel_run_watch *watch, culprit *ret_culprit,
                       keel_error *err)
{
    KEEL_CLEANUP(free_script) script s = {0};
    KEEL_CLEANUP(keel_str_free) keel_str end = {0};
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    keel_pg *pg = runner->session.work;
    int completed = 0;

    add_begin(runner, run, &s);
    if (!send(runner, watch, keel_str_text(&s.sql), &completed, NULL, err))
        return false;
    for (size_t i = 0; i < run->step->statements.count; i++) {
        const keel_step_statement *statement = &run->step->statements.items[i];
        bool copies = statement->piece == KEEL_SQL_COPY_IN;
        ret_culprit->statement = statement;
        if (!(copies ? copy_in(pg, statement, err) : send(runner, watch, statement->sql, &completed, NULL, err))) {
            ret_culprit->position = keel_pg_last_failure(pg)->position;
            return false;
        }
    }
    add_end(runner, run, &end);
    if (!keel_fault("migrate.before_commit"))
        return false;
    if (!send(runner, watch, keel_str_text(&end), &completed, &rows, err))
        return keel_journal_explain(err);
    keel_run_take_footprint(run, rows);
    return true;
}

static bool at_once(keel_runner *runner, keel_step_run *run, keel_run_watch *watch, culprit *ret_culprit,
                    keel_error *err)
{
    KEEL_CLEANUP(free_script) script s = {0};
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    int completed = 0;

    make_script(runner, run, &s);
    if (!keel_fault("migrate.before_commit"))
        return false;
    if (!send(runner, watch, keel_str_text(&s.sql), &completed, &rows, err))
        return find_culprit(runner, run, &s, completed, ret_culprit, err);
    keel_run_take_footprint(run, rows);
    return true;
}

static bool has_data(const keel_step *step)
{
    for (size_t i = 0; i < step->statements.count; i++)
        if (step->statements.items[i].piece == KEEL_SQL_COPY_IN)
            return true;
    return false;
}

static void free_watch(keel_run_watch *watch)
{
    keel_str_free(&watch->blockers);
}

bool keel_run_transaction(keel_runner *runner, keel_step_run *run, keel_error *err)
{
    for (int attempt = 0;; attempt++) {
        keel_usec began = keel_monotonic();
        KEEL_CLEANUP(free_watch) keel_run_watch watch = {.runner = runner, .run = run, .began = began, .said = began};
        culprit guilty = {.statement = &run->step->statements.items[0]};
        keel_error failed = {0};
        if (has_data(run->step) ? one_by_one(runner, run, &watch, &guilty, &failed)
                                : at_once(runner, run, &watch, &guilty, &failed))
            return true;
        keel_pg_rollback(runner->session.work);
        if (failed.kind == KEEL_OK)
            return false; /* a fault point */
        if (run->whole && keel_streq(failed.sqlstate, "26000")) { /* the file's own function has deallocated ours */
            run->whole = runner->session.prepared = false;
            continue;
        }
        if (!keel_run_again(runner, run, attempt, keel_monotonic() - began, keel_str_text(&watch.blockers), &failed)) {
            *err = failed;
            return keel_run_fail(runner, run, guilty.statement, guilty.position, err);
        }
    }
}
