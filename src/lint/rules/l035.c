#include "base/str.h"
#include "lint/rule.h"

static const char *not_valid(keel_lint *lint, const keel_lint_statement *s)
{
    const char *name = keel_sql_text_of(keel_sql_get(s->node, "def"), "conname");
    keel_rewrite rewrite = {.statement = s, .edits = {{s->size, 0, " NOT VALID"}}};
    size_t end = keel_text_behind_word(s, "add", 0, s->size);

    if (*name == '\0' || end == 0)
        return "Add it under a name and NOT VALID, then ALTER DOMAIN .. VALIDATE CONSTRAINT in a step of its own.";
    rewrite.after = keel_arena_printf(keel_lint_arena(lint), "%.*sVALIDATE CONSTRAINT %s;", (int)(end - strlen("add")), s->sql,
                                      keel_lint_name(lint, name));
    return keel_lint_rewrite(lint, &rewrite);
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const char *subtype = keel_sql_text_of(s->node, "subtype");
    bool adds = keel_streq(subtype, "C") && !keel_sql_true(keel_sql_get(s->node, "def"), "skip_validation");

    if (adds || keel_streq(subtype, "O"))
        keel_lint_found(lint, s, NULL, KEEL_ERROR, keel_sql_name_of(s->node, "typeName"),
                        adds ? not_valid(lint, s)
                             : "Add CHECK (VALUE IS NOT NULL) NOT VALID instead, and validate it in a step of its own.",
                        "every table with a column of this domain is read while its writers wait");
}

static const char *const kinds[] = {"AlterDomainStmt", NULL};

const keel_lint_rule keel_lint_l035 = {
    .id = "L035",
    .name = "domain-add-constraint",
    .severity = KEEL_ERROR,
    .lock = "SHARE on every table that uses the domain, for a scan of each",
    .help = "A CHECK or NOT NULL added to a domain reads every table that has a column of it, and writers of all "
            "of them wait. A CHECK can be added NOT VALID and validated later; NOT NULL cannot.",
    .setup = "CREATE DOMAIN dom AS int; CREATE TABLE u (x dom, v text); INSERT INTO u SELECT i, repeat('x', 300) "
             "FROM generate_series(1, 40000) i; ANALYZE u;",
    .bad = "ALTER DOMAIN dom ADD CONSTRAINT dom_positive CHECK (VALUE > 0);",
    .good = "ALTER DOMAIN dom ADD CONSTRAINT dom_positive CHECK (VALUE > 0) NOT VALID;",
    .kinds = kinds,
    .judge = judge,
};
