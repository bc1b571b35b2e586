#include "lint/settings.h"

#include <regex.h>

#include "base/yaml_reader.h"

typedef struct keel_yaml_reader reader;

static bool read_map(const reader *r, const keel_yaml *node, const char *what, const char *const *keys, size_t count)
{
    return keel_yaml_expect(r, node, KEEL_YAML_MAP, what) && keel_yaml_only(node, r->file, what, keys, count, r->err);
}

/* What is not there stays as it is. */
static bool read_text(const reader *r, const keel_yaml *map, const char *key, const char **ret_text)
{
    const keel_yaml *node = keel_yaml_get(map, key);

    return node == NULL || keel_yaml_read_string(r, node, key, ret_text);
}

static bool read_truth(const reader *r, const keel_yaml *map, const char *key, bool *ret_truth)
{
    const keel_yaml *node = keel_yaml_get(map, key);

    return node == NULL || keel_yaml_read_bool(r, node, key, ret_truth);
}

static bool read_words(const reader *r, const keel_yaml *map, const char *key, const char *const **ret_words)
{
    const keel_yaml *list = keel_yaml_get(map, key);

    if (list == NULL)
        return true;
    if (!keel_yaml_expect(r, list, KEEL_YAML_LIST, key))
        return false;
    const char **words = keel_arena_alloc(r->arena, (list->count + 1) * sizeof *words);
    for (size_t i = 0; i < list->count; i++)
        if (!keel_yaml_read_string(r, list->items[i], key, &words[i]))
            return false;
    *ret_words = words;
    return true;
}

static bool read_rules(const reader *r, const keel_yaml *map, const char *key, const char *const **ret_rules)
{
    if (!read_words(r, map, key, ret_rules))
        return false;
    for (size_t i = 0; *ret_rules != NULL && (*ret_rules)[i] != NULL; i++)
        if (keel_lint_rule_find((*ret_rules)[i]) == NULL) {
            keel_yaml_fail(keel_yaml_get(map, key)->items[i], r->file, r->err, "there is no rule \"%s\"", (*ret_rules)[i]);
            return keel_fail_hint(r->err, "\"pgkeel lint --list\" names them.");
        }
    return true;
}

static bool is_date(const char *text)
{
    static const char shape[] = "dddd-dd-dd";

    for (size_t i = 0; i < sizeof shape; i++)
        if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i])
            return false;
    return true;
}

static bool read_allow(const reader *r, const keel_yaml *node, keel_suppressions *allow)
{
    static const char *const keys[] = {"rule", "path", "reason", "until"};
    keel_suppression found = {.file = r->file, .line = node->line, .column = node->column};

    if (!read_map(r, node, "allow", keys, KEEL_COUNT_OF(keys)) || !read_text(r, node, "rule", &found.rule) ||
        !read_text(r, node, "path", &found.path) || !read_text(r, node, "reason", &found.reason) ||
        !read_text(r, node, "until", &found.until))
        return false;
    if (found.rule == NULL && found.path == NULL)
        return keel_yaml_fail(node, r->file, r->err, "an entry of \"allow\" wants a rule, a path or both");
    if (found.until != NULL && !is_date(found.until))
        return keel_yaml_fail(keel_yaml_get(node, "until"), r->file, r->err, "\"until\" wants a date as 2027-01-01, not \"%s\"",
                              found.until);
    keel_arena_push(r->arena, allow, found);
    return true;
}

static bool read_allows(const reader *r, const keel_yaml *root, keel_suppressions *allow)
{
    const keel_yaml *list = keel_yaml_get(root, "allow");

    if (list == NULL)
        return true;
    if (!keel_yaml_expect(r, list, KEEL_YAML_LIST, "allow"))
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (!read_allow(r, list->items[i], allow))
            return false;
    return true;
}

static bool read_expression(const reader *r, const keel_yaml *map, const char *key, const char **ret_text)
{
    char why[128];
    regex_t compiled;

    if (!read_text(r, map, key, ret_text))
        return false;
    if (*ret_text == NULL)
        return true;
    int code = regcomp(&compiled, *ret_text, REG_EXTENDED | REG_NOSUB);
    if (code == 0) {
        regfree(&compiled);
        return true;
    }
    regerror(code, &compiled, why, sizeof why);
    return keel_yaml_fail(keel_yaml_get(map, key), r->file, r->err, "\"%s\" is no regular expression: %s", *ret_text, why);
}

static bool read_names(const reader *r, const keel_yaml *node, keel_lint_policy *policy)
{
    static const char *const keys[] = {"table", "column", "index", "constraint"};
    keel_lint_names_policy *names = &policy->names;

    return read_map(r, node, "names", keys, KEEL_COUNT_OF(keys)) && read_expression(r, node, "table", &names->table) &&
           read_expression(r, node, "column", &names->column) && read_expression(r, node, "index", &names->index) &&
           read_expression(r, node, "constraint", &names->constraint);
}

static bool read_required(const reader *r, const keel_yaml *node, keel_lint_policy *policy)
{
    static const char *const keys[] = {"columns", "comments"};

    return read_map(r, node, "required", keys, KEEL_COUNT_OF(keys)) &&
           read_words(r, node, "columns", &policy->required_columns) &&
           read_truth(r, node, "comments", &policy->required_comments);
}

static bool read_features(const reader *r, const keel_yaml *list, unsigned *ret_features)
{
    static const char *const words[] = {"foreign_keys", "inheritance", "partitions", "rules", "triggers", "unlogged_tables"};

    if (list == NULL)
        return true;
    if (!keel_yaml_expect(r, list, KEEL_YAML_LIST, "features"))
        return false;
    for (size_t i = 0; i < list->count; i++) {
        size_t index = 0;
        if (!keel_yaml_read_word(r, list->items[i], "features", words, KEEL_COUNT_OF(words), &index))
            return false;
        *ret_features |= 1U << index;
    }
    return true;
}

static bool read_forbidden(const reader *r, const keel_yaml *node, keel_lint_policy *policy)
{
    static const char *const keys[] = {"features", "types"};

    return read_map(r, node, "forbidden", keys, KEEL_COUNT_OF(keys)) &&
           read_features(r, keel_yaml_get(node, "features"), &policy->forbidden_features) &&
           read_words(r, node, "types", &policy->forbidden_types);
}

static bool read_policy(const reader *r, const keel_yaml *node, keel_lint_policy *policy)
{
    static const struct {
        const char *key;
        bool (*read)(const reader *r, const keel_yaml *node, keel_lint_policy *policy);
    } policies[] = {{"names", read_names}, {"required", read_required}, {"forbidden", read_forbidden}};
    const char *keys[KEEL_COUNT_OF(policies)];

    if (node == NULL)
        return true;
    for (size_t i = 0; i < KEEL_COUNT_OF(policies); i++)
        keys[i] = policies[i].key;
    if (!read_map(r, node, "policy", keys, KEEL_COUNT_OF(keys)))
        return false;
    for (size_t i = 0; i < KEEL_COUNT_OF(policies); i++) {
        const keel_yaml *value = keel_yaml_get(node, policies[i].key);
        if (value != NULL && !policies[i].read(r, value, policy))
            return false;
    }
    return true;
}

static bool read_small_rows(const reader *r, const keel_yaml *root, double *ret_rows)
{
    const keel_yaml *node = keel_yaml_get(root, "small_rows");
    int64_t rows = 0;

    if (node == NULL)
        return true;
    if (!keel_yaml_read_int(r, node, "small_rows", 1, 1000000000, &rows))
        return false;
    *ret_rows = (double)rows;
    return true;
}

bool keel_lint_settings_read(keel_arena *arena, const keel_yaml *node, const char *file, keel_lint_settings *ret_settings,
                             keel_error *err)
{
    static const char *const keys[] = {"small_rows", "other_runner", "only", "skip", "also", "allow", "policy"};
    reader r = {.arena = arena, .file = file, .err = err};
    keel_lint_settings settings = {.policies = keel_yaml_get(node, "policy")};

    if (!read_map(&r, node, "lint", keys, KEEL_COUNT_OF(keys)) || !read_small_rows(&r, node, &settings.small_rows) ||
        !read_truth(&r, node, "other_runner", &settings.other_runner) ||
        !read_rules(&r, node, "only", &settings.only) || !read_rules(&r, node, "skip", &settings.skip) ||
        !read_rules(&r, node, "also", &settings.also) || !read_allows(&r, node, &settings.allow) ||
        !read_policy(&r, settings.policies, &settings.policy))
        return false;
    *ret_settings = settings;
    return true;
}

bool keel_lint_settings_state(const keel_lint_settings *settings, const keel_lint_rule *rule)
{
    return rule->policy == NULL ||
           (settings != NULL && settings->policies != NULL && keel_yaml_get(settings->policies, rule->policy) != NULL);
}
