/* Connection strings and names of targets, always without passwords: libpq's own messages about a string it
 * cannot read repeat parts of it, so they never leave this file. */
#include <libpq-fe.h>

#include "pg/internal.h"

static void free_options(PQconninfoOption **options)
{
    PQconninfoFree(*options);
}

static void free_message(char **message)
{
    PQfreemem(*message);
}

static const char *option_value(const PQconninfoOption *options, const char *keyword)
{
    for (; options != NULL && options->keyword != NULL; options++)
        if (strcmp(options->keyword, keyword) == 0)
            return options->val != NULL ? options->val : "";
    return "";
}

/* The option of libpq that is nearest to the unknown word quoted at `quoted`, written to out; "" if none. */
static void nearest_option(const char *quoted, keel_str *out)
{
    enum { LONGEST = 64, MOST = 128 };
    KEEL_CLEANUP(free_options) PQconninfoOption *known = PQconndefaults();
    char word[LONGEST];
    const char *words[MOST];
    size_t count = 0;

    snprintf(word, sizeof word, "%.*s", (int)strcspn(quoted, "\""), quoted);
    for (const PQconninfoOption *option = known; option != NULL && option->keyword != NULL; option++)
        if (count < MOST)
            words[count++] = option->keyword;
    const char *nearest = keel_nearest_word(word, words, count);
    keel_str_add(out, nearest != NULL ? nearest : "");
}

static bool fail_unreadable(const char *libpq_says, keel_error *err)
{
    static const char *const unknown_option[] = {"invalid connection option \"",
                                                 "invalid URI query parameter: \""};
    KEEL_CLEANUP(keel_str_free) keel_str nearest = {0};

    for (size_t at = 0; at < KEEL_COUNT_OF(unknown_option); at++) {
        const char *found = libpq_says != NULL ? strstr(libpq_says, unknown_option[at]) : NULL;
        if (found == NULL)
            continue;
        nearest_option(found + strlen(unknown_option[at]), &nearest);
        keel_fail(err, KEEL_ERR_CONNECT, "the connection string has an option that does not exist");
        if (nearest.size > 0)
            return keel_fail_hint(err, "Did you mean \"%s\"?", nearest.data);
        return keel_fail_hint(err, "The options are those of libpq: host, port, dbname, user, sslmode "
                                   "and so on.");
    }
    keel_fail(err, KEEL_ERR_CONNECT, "the connection string cannot be read");
    return keel_fail_hint(err, "Write postgresql://user@host:port/dbname or \"host=... port=... "
                               "dbname=... user=...\"; in a URI, special characters of a password are "
                               "written as %%XX, in the other form a value with blanks stands in "
                               "single quotes.");
}

static bool parse(const char *conninfo, PQconninfoOption **ret_options, keel_error *err)
{
    KEEL_CLEANUP(free_message) char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, &message);

    if (options == NULL)
        return fail_unreadable(message, err);
    *ret_options = options;
    return true;
}

/* An unescaped "@" or "/" in the password of a URI pushes the rest of the password into host or port, whence
 * it would reach error messages. */
bool keel_pg_conninfo_check(const char *conninfo, bool *ret_several_hosts, keel_error *err)
{
    KEEL_CLEANUP(free_options) PQconninfoOption *options = NULL;

    if (!parse(conninfo, &options, err))
        return false;
    const char *host = option_value(options, "host");
    const char *port = option_value(options, "port");
    if (strchr(host, '@') != NULL && host[0] != '@') {
        keel_fail(err, KEEL_ERR_CONNECT, "the connection string has \"@\" inside the host");
        return keel_fail_hint(err, "Write \"@\" in a user name or password as %%40.");
    }
    if (port[strspn(port, "0123456789, ")] != '\0') {
        keel_fail(err, KEEL_ERR_CONNECT, "the connection string has a port that is not a number");
        return keel_fail_hint(err, "If the password holds \"/\", \":\" or \"@\", write them as %%2F, "
                                   "%%3A and %%40.");
    }
    *ret_several_hosts = strchr(host, ',') != NULL ||
                         strchr(option_value(options, "hostaddr"), ',') != NULL;
    return true;
}

void keel_pg_add_conninfo_value(keel_str *out, const char *value)
{
    if (value[0] != '\0' && value[strcspn(value, " \t\n'\\=")] == '\0') {
        keel_str_add(out, value);
        return;
    }
    keel_str_addc(out, '\'');
    for (; *value != '\0'; value++) {
        if (*value == '\'' || *value == '\\')
            keel_str_addc(out, '\\');
        keel_str_addc(out, *value);
    }
    keel_str_addc(out, '\'');
}

bool keel_pg_conninfo_redacted(const char *conninfo, keel_str *out, keel_error *err)
{
    KEEL_CLEANUP(free_options) PQconninfoOption *options = NULL;
    bool several_hosts;
    bool first = true;

    if (!keel_pg_conninfo_check(conninfo, &several_hosts, err) || !parse(conninfo, &options, err))
        return false;
    for (const PQconninfoOption *option = options; option != NULL && option->keyword != NULL; option++) {
        bool secret = option->dispchar[0] == '*' || strstr(option->keyword, "password") != NULL;
        if (secret || option->val == NULL)
            continue;
        keel_str_addf(out, "%s%s=", first ? "" : " ", option->keyword);
        keel_pg_add_conninfo_value(out, option->val);
        first = false;
    }
    return true;
}

bool keel_pg_conninfo_database(const char *conninfo, const char *database, keel_str *out, keel_error *err)
{
    KEEL_CLEANUP(free_options) PQconninfoOption *options = NULL;
    bool several_hosts;

    if (!keel_pg_conninfo_check(conninfo, &several_hosts, err) || !parse(conninfo, &options, err))
        return false;
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++) {
        if (option->val == NULL || strcmp(option->keyword, "dbname") == 0)
            continue;
        keel_str_addf(out, "%s=", option->keyword);
        keel_pg_add_conninfo_value(out, option->val);
        keel_str_addc(out, ' ');
    }
    keel_str_add(out, "dbname=");
    keel_pg_add_conninfo_value(out, database);
    return true;
}

/* Parsed value, else libpq's default (environment, service). */
static const char *value_or_default(const PQconninfoOption *given, const PQconninfoOption *defaults, const char *keyword)
{
    const char *value = option_value(given, keyword);

    return value[0] != '\0' ? value : option_value(defaults, keyword);
}

bool keel_pg_conninfo_target(const char *conninfo, keel_str *out, keel_error *err)
{
    KEEL_CLEANUP(free_options) PQconninfoOption *options = NULL;
    KEEL_CLEANUP(free_options) PQconninfoOption *defaults = PQconndefaults();
    bool several_hosts;

    if (!keel_pg_conninfo_check(conninfo, &several_hosts, err) || !parse(conninfo, &options, err))
        return false;
    const char *host = value_or_default(options, defaults, "host");
    const char *dbname = value_or_default(options, defaults, "dbname");
    keel_str_addf(out, "%s:%s/%s", host[0] != '\0' ? host : "local socket", value_or_default(options, defaults, "port"),
                  dbname[0] != '\0' ? dbname : value_or_default(options, defaults, "user"));
    return true;
}

void keel_pg_add_target(const PGconn *conn, keel_str *out)
{
    const char *host = PQhost(conn);
    const char *port = PQport(conn);
    const char *dbname = PQdb(conn);

    keel_str_addf(out, "%s:%s/%s", host != NULL ? host : "", port != NULL ? port : "",
                  dbname != NULL ? dbname : "");
}

void keel_pg_target_name(const keel_pg *pg, keel_str *out)
{
    keel_pg_add_target(pg->conn, out);
}
