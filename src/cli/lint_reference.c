/* The reference page of lint's rules, from their descriptors: docs/reference/lint-rules.md. */
#include "cli/lint_script.h"

static const char intro[] =
    "# Rules of lint\n\n<!-- Made by `make docs` from the rules themselves; do not edit. -->\n\n"
    "What `pgkeel lint` looks for, with the lock that each statement takes, what it finds, and the safe form. The severity is that of a "
    "large, busy table; with `--live` it is that of the table as it is, and what the same run has made is left alone. The tests run both "
    "examples of every rule against PostgreSQL and trace locks, scans and rewrites. `pgkeel lint --explain RULE` says the same on the "
    "command line.\n\n"
    "Not reported on purpose: widening a varchar, a numeric's precision or a timestamp's; varchar to text; cidr to inet; timestamp to "
    "timestamptz and back where the session is in UTC (as pgkeel's are); SET STATISTICS, fillfactor and autovacuum settings, COMMENT, "
    "CREATE STATISTICS, ANALYZE.\n\n"
    "A finding that somebody has looked at is suppressed in front of its statement:\n\n"
    "```sql\n-- pgkeel:allow=L012 \"40 rows\" until=2027-01-01\n```\n\n"
    "The same for many files at once, rules to skip or to add, and the policies that some rules judge by stand in "
    "[pgkeel.yaml](../guide/migrate.md#rules-of-the-house).\n\n";

static void add_code_of(keel_str *out, const char *language, const char *what, const char *text)
{
    keel_str_addf(out, "%s\n\n```%s\n%s\n```\n\n", what, language, text);
}

static void add_code(keel_str *out, const char *what, const char *text)
{
    add_code_of(out, "sql", what, text);
}

void keel_cli_lint_reference(keel_str *out)
{
    keel_str_add(out, intro);
    keel_str_add(out, "| rule | name | severity |\n|---|---|---|\n");
    for (size_t i = 0; keel_lint_rules[i] != NULL; i++)
        keel_str_addf(out, "| [%s](#%s) | %s | %s |\n", keel_lint_rules[i]->id, keel_lint_rules[i]->name,
                      keel_lint_rules[i]->name, keel_severity_name(keel_lint_rules[i]->severity));
    keel_str_addc(out, '\n');
    for (size_t i = 0; keel_lint_rules[i] != NULL; i++) {
        const keel_lint_rule *rule = keel_lint_rules[i];
        keel_str_addf(out, "## %s\n\n**%s**, %s.%s%s%s%s\n\n%s\n\n", rule->name, rule->id, keel_severity_name(rule->severity),
                      (rule->flags & KEEL_LINT_NEEDS_LIVE) != 0 ? " Only with `--live`." : "",
                      (rule->flags & KEEL_LINT_OTHER_RUNNER) != 0 ? " Only with `--other-runner`." : "",
                      (rule->flags & KEEL_LINT_OFF) != 0 ? " Only if `--only` or `also:` names it." : "",
                      rule->policy != NULL ? " Only with its policy in pgkeel.yaml." : "", rule->help);
        if (rule->policy != NULL)
            add_code_of(out, "yaml", "With the policy:", rule->policy_example);
        keel_str_addf(out, "Lock: %s.\n\n", rule->lock[0] != '\0' ? rule->lock : "none");
        add_code(out, "Found:", rule->bad);
        if (rule->beside != NULL)
            add_code(out, "While another session has run:", rule->beside);
        add_code(out, "Instead:", rule->good);
    }
    out->data[--out->size] = '\0'; /* one line break at the end */
}
