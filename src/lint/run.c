#include <stdarg.h>
#include <string.h>

#include "base/str.h"
#include "lint/rule.h"
#include "lint/session.h"
#include "lint/settings.h"
#include "sql/token.h"

enum { SMALL_ROWS = 10000, SMALL_BYTES = 8 * 1024 * 1024, DEFAULT_VERSION = 150000 };

typedef struct given_name {
    const keel_sql_node *nameless;
    const char *name;
} given_name;

/* What a rule says but once. */
typedef struct said {
    const keel_lint_rule *rule;
    const char *what;
} said;

struct keel_lint {
    keel_arena *arena;
    const keel_lint_script *script;
    keel_world *world;
    const keel_lint_options *options;
    keel_report *report;
    const keel_lint_rule *rule;       /* that is judging */
    keel_lint_session session;        /* as the statements before have SET it */
    struct { said *items; size_t count, capacity; } said;
    keel_suppressions suppressions;   /* of the statement that is judged */
    keel_rewrite rewrite;             /* made last, */
    const char *rewritten;            /* and its SQL: the remedy that it belongs to */
    struct { given_name *items; size_t count, capacity; } names;
    keel_suppressions allowed;        /* of the configuration */
};

const keel_world *keel_lint_world(const keel_lint *lint)
{
    return lint->world;
}

bool keel_lint_live(const keel_lint *lint)
{
    return keel_world_live(lint->world);
}

int keel_lint_server_version(const keel_lint *lint)
{
    int live = keel_world_server_version(lint->world);

    if (live > 0)
        return live;
    return lint->options->server_version > 0 ? lint->options->server_version : DEFAULT_VERSION;
}

bool keel_lint_version_known(const keel_lint *lint)
{
    return keel_lint_live(lint) || lint->options->server_version > 0;
}

const keel_lint_options *keel_lint_options_of(const keel_lint *lint)
{
    return lint->options;
}

keel_lint_timeout keel_lint_timeout_of(const keel_lint *lint, const keel_lint_statement *s, keel_lint_timeout_name name)
{
    return keel_lint_session_timeout(&lint->session, s, name);
}

bool keel_lint_once(keel_lint *lint, const char *what)
{
    said now = {lint->rule, what};

    for (size_t i = 0; i < lint->said.count; i++)
        if (lint->said.items[i].rule == now.rule && keel_streq(lint->said.items[i].what, what))
            return false;
    keel_arena_push(lint->arena, &lint->said, now);
    return true;
}

const keel_lint_script *keel_lint_whole(const keel_lint *lint)
{
    return lint->script;
}

enum { FAR = 1000 };

const keel_lint_statement *keel_lint_first_near(const keel_lint *lint, const keel_lint_statement *s)
{
    const keel_lint_statement *first = s;

    while (first > lint->script->items && s - first < FAR && first[-1].transaction == s->transaction)
        first--;
    return first;
}

const keel_lint_statement *keel_lint_last_near(const keel_lint *lint, const keel_lint_statement *s)
{
    const keel_lint_statement *last = s, *end = lint->script->items + lint->script->count;

    while (last + 1 < end && last - s < FAR && last[1].transaction == s->transaction)
        last++;
    return last;
}

keel_arena *keel_lint_arena(keel_lint *lint)
{
    return lint->arena;
}

keel_severity keel_lint_weigh(keel_lint *lint, const keel_world_table *table, keel_severity worst, const char **ret_why)
{
    double small = lint->options->small_rows > 0 ? lint->options->small_rows : SMALL_ROWS;

    *ret_why = "its size is not known";
    if (table == NULL || (table->since == 0 && table->rows < 0))
        return worst;
    if (table->since > 0) {
        *ret_why = "made in the same run";
        return KEEL_INFO;
    }
    *ret_why = keel_arena_printf(lint->arena, "%.0f rows, %.1f MB", table->rows, (double)table->bytes / 1e6);
    bool is_small = table->rows < small || (table->bytes >= 0 && table->bytes < SMALL_BYTES && table->rows < 10 * small);
    return is_small && worst > KEEL_INFO ? KEEL_INFO : worst;
}

static void place_of(const keel_lint_statement *s, const keel_sql_node *at, int *ret_line, int *ret_column)
{
    int64_t offset = keel_sql_number_of(at, "location");
    keel_sql_place place = keel_sql_place_of(s->sql, s->size, offset > 0 ? (size_t)offset : 0);

    *ret_line = s->line + place.line - 1;
    *ret_column = place.column;
}

const char *keel_lint_name_given(const keel_lint *lint, const keel_sql_node *nameless)
{
    for (size_t i = 0; i < lint->names.count; i++)
        if (lint->names.items[i].nameless == nameless)
            return lint->names.items[i].name;
    return NULL;
}

bool keel_lint_name_is_given(const keel_lint *lint, const char *name)
{
    for (size_t i = 0; i < lint->names.count; i++)
        if (keel_streq(lint->names.items[i].name, name))
            return true;
    return false;
}

void keel_lint_give_name(keel_lint *lint, const keel_sql_node *nameless, const char *name)
{
    given_name given = {nameless, name};

    keel_arena_push(lint->arena, &lint->names, given);
}

const char *keel_lint_rewrite(keel_lint *lint, const keel_rewrite *rewrite)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    keel_rewrites alone = {&lint->rewrite, 1, 1};
    keel_rewritten ignored;

    lint->rewrite = *rewrite;
    lint->rewrite.rule = lint->rule;
    lint->rewritten = NULL;
    if (rewrite->statement->substituted)
        return keel_arena_printf(lint->arena, "\"pgkeel lint --explain %s\" shows the safe form.", lint->rule->id);
    if (keel_rewrite_add(lint->arena, &alone, rewrite->statement, &sql, &ignored))
        lint->rewritten = keel_arena_strdup(lint->arena, keel_str_text(&sql));
    return lint->rewritten;
}

/* Is the finding that has this remedy taken as a rewrite, and not reported? */
static bool take_rewrite(keel_lint *lint, keel_severity severity, const char *remedy)
{
    if (lint->options->rewrites == NULL || severity == KEEL_INFO || remedy == NULL || remedy != lint->rewritten)
        return false;
    keel_arena_push(lint->arena, lint->options->rewrites, lint->rewrite);
    return true;
}

const keel_lint_policy *keel_lint_policy_of(const keel_lint *lint)
{
    return lint->options->settings != NULL ? &lint->options->settings->policy : NULL;
}

static bool is_suppressed(keel_lint *lint, const char *file)
{
    bool here = keel_suppressed(&lint->suppressions, lint->rule, file, lint->options->today);
    bool there = keel_suppressed(&lint->allowed, lint->rule, file, lint->options->today);

    return here || there;
}

void keel_lint_found(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *at, keel_severity severity,
                     const char *object, const char *remedy, const char *message_fmt, ...)
{
    KEEL_CLEANUP(keel_str_free) keel_str message = {0};
    keel_finding finding = {.check = lint->rule->id, .severity = severity, .object = object, .remedy = remedy,
                            .file = s->file};
    va_list args;

    if (is_suppressed(lint, s->file) || take_rewrite(lint, severity, remedy))
        return;
    va_start(args, message_fmt);
    keel_str_addv(&message, message_fmt, args);
    va_end(args);
    keel_str_addf(&message, " (%s)", lint->rule->name);
    finding.message = keel_str_text(&message);
    place_of(s, at, &finding.line, &finding.column);
    keel_report_add(lint->report, &finding);
}

static bool among(const char *const *words, const keel_lint_rule *rule)
{
    for (; words != NULL && *words != NULL; words++)
        if (keel_streq(*words, rule->id) || keel_streq(*words, rule->name))
            return true;
    return false;
}

static bool is_wanted(const keel_lint *lint, const keel_lint_rule *rule)
{
    const keel_lint_options *options = lint->options;

    if (among(options->skip, rule) || ((rule->flags & KEEL_LINT_NEEDS_LIVE) != 0 && !keel_lint_live(lint)) ||
        ((rule->flags & KEEL_LINT_OTHER_RUNNER) != 0 && !options->other_runner) ||
        !keel_lint_settings_state(options->settings, rule))
        return false;
    if (options->only != NULL)
        return among(options->only, rule);
    return (rule->flags & KEEL_LINT_OFF) == 0 || among(options->also, rule);
}

/* Of a rule that does not run, nobody knows whether there was something to suppress. */
static void excuse(const keel_lint *lint, keel_suppressions *suppressions)
{
    for (size_t i = 0; i < suppressions->count; i++) {
        keel_suppression *s = &suppressions->items[i];
        const keel_lint_rule *rule = s->rule != NULL ? keel_lint_rule_find(s->rule) : NULL;
        if (rule != NULL && !is_wanted(lint, rule))
            s->used = true;
    }
}

static void take_allowed(keel_lint *lint)
{
    const keel_lint_script *script = lint->script;
    const char *file = NULL;

    if (lint->options->settings == NULL)
        return;
    for (size_t i = 0; i < lint->options->settings->allow.count; i++)
        keel_arena_push(lint->arena, &lint->allowed, lint->options->settings->allow.items[i]);
    excuse(lint, &lint->allowed);
    for (size_t i = 0; i < script->count; i++) {
        if (script->items[i].file == file)
            continue;
        file = script->items[i].file;
        for (size_t k = 0; k < lint->allowed.count; k++)
            lint->allowed.items[k].met = lint->allowed.items[k].met || keel_suppression_covers(&lint->allowed.items[k], file);
    }
}

static bool looks_at(const keel_lint_rule *rule, const keel_lint_statement *s)
{
    if ((rule->flags & KEEL_LINT_TEXT) != 0)
        return true;
    if (s->node == NULL)
        return false;
    for (const char *const *kind = rule->kinds; kind != NULL && *kind != NULL; kind++)
        if (keel_sql_kind_is(s->node, *kind))
            return true;
    return rule->kinds == NULL;
}

/* A server as old as our grammar will refuse it too; a newer one may know it. */
static void say_not_analysed(keel_lint *lint, const keel_lint_statement *s)
{
    enum { NEWER = 160000 };
    keel_finding finding = {.check = "lint.not_analysed", .severity = KEEL_INFO, .object = s->class->command,
                            .message = "not analysed: the statement is not in PostgreSQL 15's grammar",
                            .file = s->file, .line = s->line, .column = 1};

    if (s->complaint != NULL && s->complaint->ours)
        finding.message = s->complaint->message;
    else if (s->complaint != NULL && keel_lint_server_version(lint) < NEWER) {
        keel_sql_place place = keel_sql_place_of(s->sql, s->size, s->complaint->at);
        finding.check = "lint.syntax";
        finding.severity = KEEL_ERROR;
        finding.message = s->complaint->message;
        finding.line = s->line + place.line - 1;
        finding.column = place.column;
        finding.remedy = strncmp(s->sql + s->complaint->at, "${", 2) == 0 ? "A variable? Name it: --env NAME, or --var NAME=VALUE."
                         : keel_lint_live(lint) ? NULL : "SQL of a newer server? Name its version with --server N.";
    }
    keel_report_add(lint->report, &finding);
}

static void judge(keel_lint *lint, const keel_lint_statement *s, bool first)
{
    keel_suppressions_read(lint->arena, s, &lint->suppressions);
    excuse(lint, &lint->suppressions);
    if (s->node == NULL)
        say_not_analysed(lint, s);
    for (size_t i = 0; keel_lint_rules[i] != NULL; i++) {
        const keel_lint_rule *rule = keel_lint_rules[i];
        bool whole = (rule->flags & KEEL_LINT_SCRIPT) != 0;
        if (!is_wanted(lint, rule) || (whole ? !first : !looks_at(rule, s)))
            continue;
        lint->rule = rule;
        rule->judge(lint, s);
    }
    keel_suppressions_judge(&lint->suppressions, true, lint->options->today, lint->arena, lint->report);
}

void keel_lint_run(keel_arena *arena, const keel_lint_script *script, keel_world *world, const keel_lint_options *options,
                   keel_report *report)
{
    keel_lint lint = {.arena = arena, .script = script, .world = world, .options = options, .report = report};

    take_allowed(&lint);
    for (size_t i = 0; i < script->count; i++) {
        keel_lint_session_apply(&lint.session, &script->items[i]);
        judge(&lint, &script->items[i], i == 0);
        if (script->items[i].node != NULL)
            keel_world_apply(world, script->items[i].node, script->items[i].transaction);
    }
    keel_suppressions_judge(&lint.allowed, options->whole, options->today, arena, report);
}
