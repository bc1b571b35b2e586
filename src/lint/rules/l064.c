#include "base/str.h"
#include "lint/rule.h"

enum { FIRST_VERSION = 140000, LAST_VERSION = 140003 };

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    int version = keel_lint_server_version(lint);
    bool builds = keel_sql_kind_is(s->node, "IndexStmt") ? keel_sql_true(s->node, "concurrent")
                                                         : keel_streq(s->class->command, "REINDEX CONCURRENTLY");
    bool only_major = !keel_lint_live(lint) && version == FIRST_VERSION; /* --server 14 */

    if (builds && version >= FIRST_VERSION && version <= LAST_VERSION)
        keel_lint_says(lint, s, NULL, only_major ? KEEL_INFO : KEEL_ERROR, "Update the server first: SELECT pg_catalog.version();",
                       "PostgreSQL 14.0 to 14.3 may leave rows out of the index%s", only_major ? "; 14.4 and later do not" : "");
}

static const char *const kinds[] = {"IndexStmt", "ReindexStmt", NULL};

const keel_lint_rule keel_lint_l064 = {
    .id = "L064",
    .name = "concurrently-on-14",
    .severity = KEEL_ERROR,
    .lock = "none: the index is silently wrong",
    .help = "CREATE INDEX CONCURRENTLY and REINDEX CONCURRENTLY of PostgreSQL 14.0 to 14.3 may miss rows that are pruned meanwhile: queries "
            "do not find them, unique indexes let them in twice. 14.4 is right; indexes built before are to be built again.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text);",
    .bad = "CREATE INDEX CONCURRENTLY t_a ON t (a);",
    .good = "CREATE INDEX t_a ON t (a);",
    .server = 140003,
    .kinds = kinds,
    .judge = judge,
};
