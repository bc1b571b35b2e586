#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *column = NULL, *def;
    size_t at = 0;

    while ((def = keel_lint_constraint(s, "CONSTR_PRIMARY", &at, &column)) != NULL) {
        if (*keel_sql_text_of(def, "indexname") != '\0' || keel_lint_made_here(keel_lint_table(lint, s)))
            continue;
        const char *safe = column == NULL ? keel_safe_key(lint, s, def) : NULL;
        keel_lint_blocks(lint, s, def, KEEL_ERROR,
                         safe != NULL ? safe
                                      : "Make the columns NOT NULL by way of a CHECK, CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT .. "
                                        "PRIMARY KEY USING INDEX in a step of its own.",
                         "readers and writers wait until the key's index is built");
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l008 = {
    .id = "L008",
    .name = "pk-inline",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE while the index is built, and a scan for NULLs",
    .help = "A primary key that makes its own index locks out everybody while it is built. Build a unique index "
            "CONCURRENTLY, make the columns NOT NULL, then take the index for the key.",
    .setup = "CREATE TABLE k (id int NOT NULL, v text); INSERT INTO k SELECT i, repeat('x', 300) FROM "
             "generate_series(1, 40000) i; ANALYZE k;",
    .bad = "ALTER TABLE k ADD PRIMARY KEY (id);",
    .good = "CREATE UNIQUE INDEX CONCURRENTLY k_pkey ON k (id);\n"
            "-- pgkeel:step\n"
            "ALTER TABLE k ADD CONSTRAINT k_pkey PRIMARY KEY USING INDEX k_pkey;",
    .kinds = kinds,
    .judge = judge,
};
