#include "lint/settings.h"

#include "tap.h"

static keel_arena *arena;

static bool read(const char *text, keel_lint_settings *ret_settings, keel_error *err)
{
    const keel_yaml *root = NULL;

    return keel_yaml_read_text(arena, "pgkeel.yaml", text, &root, err) &&
           keel_lint_settings_read(arena, root, "pgkeel.yaml", ret_settings, err);
}

static void values_are_read(void)
{
    keel_lint_settings settings = {0};
    keel_error err = {0};

    ok(read("small_rows: 500\nother_runner: true\nskip: [L056, several-ax]\nalso: [L100]\n"
            "allow:\n  - {rule: L093, path: 'db/*.sql', reason: old, until: 2027-01-01}\n  - path: old\n"
            "policy:\n  names: {table: '^[a-z]+$'}\n  required: {columns: [created_at], comments: true}\n"
            "  forbidden: {features: [rules, triggers], types: [money]}\n",
            &settings, &err), "all keys are read: %s", err.message);
    is_int((int64_t)settings.small_rows, 500, "small_rows");
    ok(settings.other_runner, "other_runner");
    is_str(settings.skip[1], "several-ax", "rules by their names too");
    ok(settings.skip[2] == NULL && settings.only == NULL, "lists end; what is not there is NULL");
    is_int((int64_t)settings.allow.count, 2, "two entries of allow");
    is_str(settings.allow.items[0].until, "2027-01-01", "until");
    is_int(settings.allow.items[0].line, 6, "each with its line");
    ok(settings.allow.items[1].rule == NULL, "a path alone is every rule");
    is_str(settings.policy.names.table, "^[a-z]+$", "names of tables");
    ok(settings.policy.names.column == NULL, "... and none of columns");
    is_str(settings.policy.required_columns[0], "created_at", "required columns");
    ok(settings.policy.required_comments, "required comments");
    is_int(settings.policy.forbidden_features, KEEL_LINT_RULES | KEEL_LINT_TRIGGERS, "forbidden features");
    ok(keel_lint_settings_state(&settings, keel_lint_rule_find("L104")), "L104 has its policy");
    ok(read("small_rows: 1\n", &settings, &err) && !keel_lint_settings_state(&settings, keel_lint_rule_find("L104")),
       "without it, it has none");
    ok(!keel_lint_settings_state(NULL, keel_lint_rule_find("L104")) && keel_lint_settings_state(NULL, keel_lint_rule_find("L001")),
       "most rules need none");
}

/* `message`: how it begins; what regcomp() says at its end is the C library's own. */
static void refused(const char *text, const char *message)
{
    keel_lint_settings settings = {0};
    keel_error err = {0};

    ok(!read(text, &settings, &err) && strncmp(err.message, message, strlen(message)) == 0, "refused: %s", err.message);
}

static void covers(const char *path, const char *file, bool wanted)
{
    keel_suppression s = {.path = path};

    ok(keel_suppression_covers(&s, file) == wanted, "\"%s\" is %sabout \"%s\"", path, wanted ? "" : "not ", file);
}

int main(void)
{
    arena = keel_arena_create();
    values_are_read();
    refused("- L093\n", "pgkeel.yaml:1:1: \"lint\" must be a map of settings, not a list");
    refused("skpi: [L093]\n", "pgkeel.yaml:1:1: unknown key \"skpi\" in lint");
    refused("skip: [L093, L999]\n", "pgkeel.yaml:1:14: there is no rule \"L999\"");
    refused("small_rows: many\n", "pgkeel.yaml:1:13: \"small_rows\" must be a whole number from 1 to 1000000000, not \"many\"");
    refused("allow:\n  - {reason: old}\n", "pgkeel.yaml:2:5: an entry of \"allow\" wants a rule, a path or both");
    refused("allow:\n  - {rule: L093, until: soon}\n", "pgkeel.yaml:2:25: \"until\" wants a date as 2027-01-01, not \"soon\"");
    refused("policy: {names: {table: '['}}\n",
            "pgkeel.yaml:1:25: \"[\" is no regular expression: ");
    refused("policy: {forbidden: {features: [wings]}}\n", "pgkeel.yaml:1:33: \"features\" must be foreign_keys, inheritance,");
    covers("00*.sql", "db/migrations/0012_x.sql", true);
    covers("migrations/00*.sql", "db/migrations/0012_x.sql", true);
    covers("db/*.sql", "db/migrations/0012_x.sql", false);
    covers("db", "db/migrations/0012_x.sql", true);
    covers("migrations", "./migrations/a/b.sql", true);
    covers("grations", "migrations/a.sql", false);
    keel_arena_free(arena);
    return done_testing();
}
