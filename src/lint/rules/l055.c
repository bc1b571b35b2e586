#include "base/str.h"
#include "lint/rule.h"

/* The table that the statement locks against everybody, unless the run has made it. */
static const char *locked(const keel_lint *lint, const keel_lint_statement *s)
{
    for (size_t i = 0; i < s->class->relations.count; i++) {
        const keel_sql_relation *r = &s->class->relations.items[i];
        if (r->lock == KEEL_LOCK_ACCESS_EXCLUSIVE &&
            !keel_lint_made_here(keel_world_table_find(keel_lint_world(lint), r->schema, r->name)))
            return r->name;
    }
    return NULL;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const char *now = locked(lint, s);

    for (const keel_lint_statement *before = keel_lint_first_near(lint, s); now != NULL && before < s; before++) {
        const char *other = locked(lint, before);
        if (other == NULL || keel_streq(other, now))
            continue;
        keel_lint_found(lint, s, NULL, KEEL_WARNING, now, keel_safe_step(lint, s),
                        "\"%s\" is locked while \"%s\" is held since line %d", now, other, before->line);
        return;
    }
}

static const char *const kinds[] = {"AlterTableStmt", "DropStmt", "TruncateStmt", "RenameStmt", NULL};

const keel_lint_rule keel_lint_l055 = {
    .id = "L055",
    .name = "several-ax",
    .severity = KEEL_WARNING,
    .lock = "ACCESS EXCLUSIVE on several tables at once",
    .help = "Strong locks on several tables in one transaction are held together until the last is got: the "
            "window is as wide as their sum, and two migrations or a busy application may deadlock. One table "
            "per step.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY "
             "KEY, a int);",
    .bad = "ALTER TABLE t ADD COLUMN n int;\n"
           "ALTER TABLE u ADD COLUMN n int;",
    .good = "ALTER TABLE t ADD COLUMN n int;\n"
            "-- pgkeel:step\n"
            "ALTER TABLE u ADD COLUMN n int;",
    .kinds = kinds,
    .judge = judge,
};
