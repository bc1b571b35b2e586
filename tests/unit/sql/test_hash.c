/* Which edits change what SQL means, and which do not. */
#include "sql/hash.h"
#include "tap.h"

static void compare(const char *what, const char *left, const char *right, bool same)
{
    char a[KEEL_SQL_HASH_SIZE], b[KEEL_SQL_HASH_SIZE];

    keel_sql_hash_tokens(left, strlen(left), a);
    keel_sql_hash_tokens(right, strlen(right), b);
    ok((strcmp(a, b) == 0) == same, "%s: %s", what, same ? "the same" : "not the same");
    keel_sql_hash_bytes(left, strlen(left), a);
    keel_sql_hash_bytes(right, strlen(right), b);
    ok((strcmp(a, b) == 0) == (strcmp(left, right) == 0), "%s: bytes", what);
}

int main(void)
{
    compare("blanks", "select 1", "select\n\t 1 ", true);
    compare("comments", "select 1 -- one\n", "/* licence */ select /* a */ 1", true);
    compare("case of keywords", "SELECT Foo", "select foo", true);
    compare("no blank where none is needed", "select a+b", "select a + b", true);
    compare("another number", "select 1", "select 2", false);
    compare("case in quotes", "select \"Foo\"", "select \"foo\"", false);
    compare("blanks in a string", "select 'a b'", "select 'a  b'", false);
    compare("a comment in a string", "select 'a -- b'", "select 'a'", false);
    compare("a comment in a function body", "do $$ -- a\n$$", "do $$ $$", false);
    compare("strings joined by a line break", "select 'a'\n'b'", "select 'a' 'b'", false);
    compare("joined over a comment", "select 'a' -- x\n'b'", "select 'a'\n\n'b'", true);
    compare("words grown together", "select a b", "select ab", false);
    compare("operators grown together", "select a < > b", "select a <> b", false);
    return done_testing();
}
