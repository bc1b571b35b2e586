/* Identifiers, literals and connection strings as text. */
#include "tap.h"
#include "pg/pg.h"

static void test_identifiers(void)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    keel_pg_add_identifier(&out, "plain");
    is_str(out.data, "\"plain\"", "a plain identifier is quoted all the same");
    keel_str_clear(&out);
    keel_pg_add_identifier(&out, "we\"ird; drop");
    is_str(out.data, "\"we\"\"ird; drop\"", "a quote inside is doubled");
    keel_str_clear(&out);
    keel_pg_add_qualified(&out, "Some Schema", "t\"");
    is_str(out.data, "\"Some Schema\".\"t\"\"\"", "both parts of a qualified name are quoted");
    keel_str_clear(&out);
    keel_pg_add_qualified(&out, NULL, "t");
    is_str(out.data, "\"t\"", "no schema, no dot");
}

static void test_literals(void)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    keel_pg_add_literal(&out, "");
    is_str(out.data, "''", "an empty literal");
    keel_str_clear(&out);
    keel_pg_add_literal(&out, "it's");
    is_str(out.data, "'it''s'", "a quote inside is doubled");
    keel_str_clear(&out);
    keel_pg_add_literal(&out, "a\\b'c");
    is_str(out.data, "E'a\\\\b''c'", "a backslash asks for the E form");
    keel_str_clear(&out);
    keel_pg_add_literal(&out, "\xe2\x82\xac");
    is_str(out.data, "'\xe2\x82\xac'", "UTF-8 passes as it is");
}

static void is_redacted(const char *conninfo, const char *wanted, const char *name)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    keel_error err = {0};

    bool redacted = keel_pg_conninfo_redacted(conninfo, &out, &err);
    ok(redacted, "%s: can be read", name);
    is_str(keel_str_text(&out), wanted, "%s", name);
}

static void test_redaction(void)
{
    is_redacted("postgresql://bob:s3cret@db.example:5433/shop?sslmode=require",
                "user=bob dbname=shop host=db.example port=5433 sslmode=require", "a URI loses its password");
    is_redacted("host=/tmp/a\\ b password='my secret' dbname=x", "dbname=x host='/tmp/a b'",
                "a keyword string loses its password and keeps its blanks quoted");
    is_redacted("", "", "an empty string stays empty");
}

static void is_refused(const char *conninfo, const char *secret, const char *hint)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    keel_error err = {0};

    bool refused = !keel_pg_conninfo_redacted(conninfo, &out, &err);
    ok(refused && err.kind == KEEL_ERR_CONNECT, "refused: %s", conninfo);
    ok(strstr(err.message, secret) == NULL && strstr(err.hint, secret) == NULL, "no part of the password is said");
    ok(strstr(err.hint, hint) != NULL, "the hint says \"%s\" (%s)", hint, err.hint);
}

static void test_unreadable(void)
{
    is_refused("password=my secret", "secret", "single quotes");
    is_refused("postgresql://bob:pa%zz@db/shop", "zz", "%XX");
    is_refused("postgresql://bob:p@sesame@db/shop", "sesame", "%40");
    is_refused("postgresql://bob:open/sesame@db/shop", "open", "%2F");
    is_refused("dbname=x sslmod=require password=sesame", "sesame", "\"sslmode\"");
}

int main(void)
{
    test_identifiers();
    test_literals();
    test_redaction();
    test_unreadable();
    return done_testing();
}
