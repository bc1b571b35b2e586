#include "migrate/backfill_job.h"

/* The name that stands at a place of the SQL, given in characters from 1; "" if none does. */
static void name_at(const char *sql, int64_t position, char *ret_name, size_t size)
{
    size_t at = 0, length = 0;

    for (int64_t seen = 1; sql[at] != '\0' && seen < position; seen++)
        do
            at++;
        while (((unsigned char)sql[at] & 0xc0) == 0x80);
    bool quoted = sql[at] == '"';
    at += quoted;
    for (; sql[at] != '\0' && length + 1 < size; at++) {
        bool word = (sql[at] >= 'a' && sql[at] <= 'z') || (sql[at] >= 'A' && sql[at] <= 'Z') || sql[at] == '_' ||
                    (sql[at] >= '0' && sql[at] <= '9') || (unsigned char)sql[at] >= 0x80;
        if (quoted ? sql[at] == '"' : !word)
            break;
        ret_name[length++] = sql[at];
    }
    ret_name[length] = '\0';
}

static int64_t characters(const char *text)
{
    int64_t count = 0;

    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* `set_end`: characters of the SQL up to the end of what --set says. */
static bool fail(keel_backfill_job *job, const char *sql, int64_t set_end, keel_error *err)
{
    const keel_pg_failure *failure = keel_pg_last_failure(job->session.work);
    bool in_where = job->options->where != NULL && failure->position > set_end + 1;
    char name[128];

    if (err->kind != KEEL_ERR_SERVER)
        return false;
    name_at(sql, failure->position, name, sizeof name);
    const char *nearest = name[0] != '\0' ? keel_backfill_nearest_column(job, name) : NULL;
    if (keel_streq(failure->sqlstate, "42703") && nearest != NULL)
        keel_fail_hint(err, "The nearest column of \"%s\" is \"%s\".", job->result->table, nearest);
    else if (err->hint[0] == '\0')
        keel_fail_hint(err, "Nothing was done; the statement was: %.400s", sql + strlen("EXPLAIN "));
    return keel_fail_context(err, "%s for table \"%s\"", in_where ? "--where" : "--set", job->result->table);
}

/* `before` stands in front of what --set says, `open` and `close` around the condition. */
static bool explain(keel_backfill_job *job, const char *before, const char *open, const char *close, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "EXPLAIN UPDATE %s SET %s%s", job->qualified, before, job->options->set);
    int64_t set_end = characters(keel_str_text(&sql));
    keel_str_addf(&sql, "\nWHERE %s%s\n%s", open, job->options->where != NULL ? job->options->where : "true", close);
    return keel_pg_query(job->session.work, &r, err, keel_str_text(&sql), 0, NULL) ||
           fail(job, keel_str_text(&sql), set_end, err);
}

/* No column may be set twice, says the server: so one that can be set besides is not in --set. */
static bool refuse_key(keel_backfill_job *job, keel_error *err)
{
    for (size_t i = 0; i < job->key.count; i++) {
        KEEL_CLEANUP(keel_str_free) keel_str before = {0};
        keel_error said = {0};
        keel_pg_add_identifier(&before, job->key.items[i].name);
        keel_str_add(&before, " = DEFAULT, ");
        if (explain(job, keel_str_text(&before), "", "", &said) || !keel_streq(said.sqlstate, "42601"))
            continue;
        keel_fail(err, KEEL_ERR_USAGE, "--set changes \"%s\", the key of table \"%s\" that it would walk along",
                  job->key.items[i].name, job->result->table);
        return keel_fail_hint(err, "Rows would move under the walk; give another key with --key, or do it in one UPDATE.");
    }
    return true;
}

/* With and without parentheses: what only one of both takes ("a) OR (b", "a RETURNING b") is no condition. */
bool keel_backfill_judge(keel_backfill_job *job, keel_error *err)
{
    return explain(job, "", "", "", err) && explain(job, "", "(", ")", err) && refuse_key(job, err);
}
