/* From a libpq result to a keel_error, and what the server said kept beside it. */
#include <ctype.h>

#include "pg/internal.h"

/* Copies text cut at a character boundary of UTF-8, line breaks as blanks; NULL gives "". */
static void copy_field(char *out, size_t size, const char *text)
{
    size_t length = text != NULL ? strnlen(text, size) : 0;

    if (length == size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
            length--;
    }
    for (size_t at = 0; at < length; at++)
        out[at] = text[at] == '\n' || text[at] == '\t' ? ' ' : text[at];
    while (length > 0 && out[length - 1] == ' ')
        length--;
    out[length] = '\0';
}

/* The number in ", line 12" of one CONTEXT line; the word before it may be translated. 0 if there is none. */
static int64_t line_number(const char *line)
{
    for (const char *comma = strstr(line, ", "); comma != NULL; comma = strstr(comma + 1, ", ")) {
        const char *number = comma + 2 + strcspn(comma + 2, "0123456789,:\"\n");
        if (number == comma + 2 || !isdigit((unsigned char)*number))
            continue;
        char *end;
        long long value = strtoll(number, &end, 10);
        if (*end == '\0' || *end == ',' || *end == ':' || *end == '\n')
            return value;
    }
    return 0;
}

/* CONTEXT may hold several lines (a trigger's first); the one that starts with COPY counts. */
static int64_t copy_line(const char *context)
{
    for (const char *line = context; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, "COPY ", 5) == 0)
            return line_number(line);
    }
    return 0;
}

void keel_pg_take_notice(void *context, const PGresult *raw)
{
    keel_pg *pg = context;
    const char *severity = PQresultErrorField(raw, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *text = PQresultErrorField(raw, PG_DIAG_MESSAGE_PRIMARY);

    if (severity == NULL || text == NULL)
        return;
    if (strcmp(severity, "WARNING") == 0)
        copy_field(pg->warning, sizeof pg->warning, text);
    if (pg->notice != NULL)
        pg->notice(pg->notice_context, severity, text);
}

void keel_pg_tell(keel_pg *pg, keel_pg_notice *notice, void *context)
{
    pg->notice = notice;
    pg->notice_context = context;
}

const char *keel_pg_last_warning(const keel_pg *pg)
{
    return pg->warning;
}

static void record(keel_pg_failure *failure, const PGresult *raw)
{
    const char *context = PQresultErrorField(raw, PG_DIAG_CONTEXT);
    const struct {
        char *out;
        size_t size;
        int field;
    } fields[] = {
        {failure->sqlstate, sizeof failure->sqlstate, PG_DIAG_SQLSTATE},
        {failure->message, sizeof failure->message, PG_DIAG_MESSAGE_PRIMARY},
        {failure->detail, sizeof failure->detail, PG_DIAG_MESSAGE_DETAIL},
        {failure->hint, sizeof failure->hint, PG_DIAG_MESSAGE_HINT},
        {failure->context, sizeof failure->context, PG_DIAG_CONTEXT},
        {failure->schema, sizeof failure->schema, PG_DIAG_SCHEMA_NAME},
        {failure->table, sizeof failure->table, PG_DIAG_TABLE_NAME},
        {failure->column, sizeof failure->column, PG_DIAG_COLUMN_NAME},
        {failure->constraint, sizeof failure->constraint, PG_DIAG_CONSTRAINT_NAME},
        {failure->datatype, sizeof failure->datatype, PG_DIAG_DATATYPE_NAME},
    };

    for (size_t at = 0; at < KEEL_COUNT_OF(fields); at++)
        copy_field(fields[at].out, fields[at].size, PQresultErrorField(raw, fields[at].field));
    failure->copy_line = copy_line(context != NULL ? context : "");
    const char *position = PQresultErrorField(raw, PG_DIAG_STATEMENT_POSITION);
    failure->position = position != NULL ? strtoll(position, NULL, 10) : 0;
}

/* What libpq says where no result tells: the first line, without the severity ("FATAL:  "). */
static void record_libpq_message(keel_pg_failure *failure, const PGconn *conn)
{
    char line[sizeof failure->message];
    const char *said = PQerrorMessage(conn);

    snprintf(line, sizeof line, "%.*s", (int)strcspn(said, "\n"), said);
    const char *severity_end = strstr(line, ":  ");
    copy_field(failure->message, sizeof failure->message, severity_end != NULL ? severity_end + 3 : line);
}

static bool connection_is_gone(const keel_pg *pg)
{
    const char *sqlstate = pg->failure.sqlstate;

    return PQstatus(pg->conn) == CONNECTION_BAD || strncmp(sqlstate, "08", 2) == 0 ||
           strcmp(sqlstate, "57P01") == 0 || strcmp(sqlstate, "57P02") == 0 ||
           strcmp(sqlstate, "57P03") == 0;
}

bool keel_pg_fail_result(keel_pg *pg, const PGresult *raw, keel_error *err)
{
    keel_pg_failure *failure = &pg->failure;

    record(failure, raw);
    if (failure->message[0] == '\0')
        record_libpq_message(failure, pg->conn);
    if (connection_is_gone(pg)) {
        keel_fail(err, KEEL_ERR_LOST, "lost the connection to the server: %s", failure->message);
        return keel_fail_hint(err, "What is committed is kept; when the server is back, run the same "
                                   "command again.");
    }
    keel_fail(err, KEEL_ERR_SERVER, "%s", failure->message);
    memcpy(err->sqlstate, failure->sqlstate, sizeof err->sqlstate);
    bool both = failure->detail[0] != '\0' && failure->hint[0] != '\0';
    return keel_fail_hint(err, "%s%s%s", failure->detail, both ? " " : "", failure->hint);
}

const keel_pg_failure *keel_pg_last_failure(const keel_pg *pg)
{
    return &pg->failure;
}
