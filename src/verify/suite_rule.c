#include <string.h>

#include "base/str.h"
#include "verify/suite_inside.h"

/* The id of a rule becomes the id of a check, "business.ID"; these are checks already. */
static bool check_id(const keel_yaml_reader *reader, const keel_yaml *node)
{
    static const char *const taken[] = {"audit_trail", "count", "rule"};

    for (size_t i = 0; i < KEEL_COUNT_OF(taken); i++)
        if (strcmp(node->key, taken[i]) == 0)
            return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" is the id of another check, business.%s",
                                  node->key, node->key);
    size_t good = strspn(node->key, "abcdefghijklmnopqrstuvwxyz0123456789_");

    if (good > 0 && node->key[good] == '\0')
        return true;
    keel_yaml_fail(node, reader->file, reader->err, "\"%s\" cannot be the id of a rule", node->key);
    return keel_fail_hint(reader->err, "Its check will be \"business.ID\": use lower-case letters, digits and _.");
}

static const char *title_of(keel_arena *arena, const char *id)
{
    char *title = keel_arena_strdup(arena, id);

    for (char *c = title; (c = strchr(c, '_')) != NULL;)
        *c = ' ';
    return title;
}

/* "{count} rows of {table} ..." has a name in every pair of braces. */
static bool check_message(const keel_yaml_reader *reader, const keel_yaml *node, const keel_suite_rule *rule)
{
    const char *at = rule->message;

    while (at != NULL && (at = strpbrk(at, "{}")) != NULL) {
        size_t size = *at == '{' ? strcspn(at + 1, "{}") : 0;
        if (size == 0 || at[1 + size] != '}') {
            keel_yaml_fail(keel_yaml_get(node, "message"), reader->file, reader->err,
                           "\"rules.%s.message\" has a brace without its partner or without a name", rule->id);
            return keel_fail_hint(reader->err, "{count} is the number of rows, {NAME} a column of the first one.");
        }
        at += size + 2;
    }
    return true;
}

static bool read_rule(const keel_yaml_reader *reader, const keel_yaml *node, keel_suite_rule *rule)
{
    const keel_suite_setting settings[] = {
        {"title", KEEL_SETTING_TEXT, &rule->title},   {"severity", KEEL_SETTING_SEVERITY, &rule->severity},
        {"sql", KEEL_SETTING_QUERY, &rule->sql},      {"message", KEEL_SETTING_TEXT, &rule->message},
        {"remedy", KEEL_SETTING_TEXT, &rule->remedy},
    };
    const char *path = keel_arena_printf(reader->arena, "rules.%s", rule->id);

    if (node->kind == KEEL_YAML_SCALAR)
        return keel_suite_read_query(reader, node, path, &rule->sql);
    if (!keel_suite_read_settings(reader, node, keel_arena_printf(reader->arena, "rule \"%s\"", rule->id), path,
                                  settings, KEEL_COUNT_OF(settings)))
        return false;
    if (rule->sql == NULL)
        return keel_yaml_fail(node, reader->file, reader->err, "\"%s\" needs \"sql\"", path);
    return check_message(reader, node, rule);
}

static bool expect_members(const keel_yaml_reader *reader, const keel_yaml *node)
{
    if (!keel_yaml_expect(reader, node, KEEL_YAML_MAP, node->key))
        return false;
    return node->count > 0 ? true : keel_yaml_fail(node, reader->file, reader->err, "\"%s\" is empty", node->key);
}

bool keel_suite_read_rules(const keel_yaml_reader *reader, const keel_yaml *node, keel_suite *suite)
{
    if (!expect_members(reader, node))
        return false;
    for (size_t i = 0; i < node->count; i++) {
        const keel_yaml *member = node->items[i];
        keel_suite_rule rule = {
            .id = member->key, .severity = KEEL_ERROR, .place = keel_suite_place_of(reader, member)};
        if (!check_id(reader, member))
            return false;
        for (size_t j = 0; j < suite->rules.count; j++)
            if (strcmp(suite->rules.items[j].id, rule.id) == 0)
                return keel_yaml_fail(member, reader->file, reader->err, "rule \"%s\" is named twice, first at %s:%d",
                                      rule.id, suite->rules.items[j].place.file, suite->rules.items[j].place.line);
        if (!read_rule(reader, member, &rule))
            return false;
        rule.check = keel_arena_printf(reader->arena, "business.%s", rule.id);
        if (rule.title == NULL)
            rule.title = title_of(reader->arena, rule.id);
        keel_arena_push(reader->arena, &suite->rules, rule);
    }
    return true;
}

static bool read_statement(const keel_yaml_reader *reader, const keel_yaml *node, keel_suite_statement *statement)
{
    const keel_suite_setting settings[] = {
        {"sql", KEEL_SETTING_QUERY, &statement->sql},
        {"severity", KEEL_SETTING_SEVERITY, &statement->severity},
    };
    const char *path = keel_arena_printf(reader->arena, "statements.%s", statement->name);

    if (node->kind == KEEL_YAML_SCALAR)
        return keel_suite_read_query(reader, node, path, &statement->sql);
    if (!keel_suite_read_settings(reader, node, keel_arena_printf(reader->arena, "statement \"%s\"", statement->name),
                                  path, settings, KEEL_COUNT_OF(settings)))
        return false;
    return statement->sql != NULL ? true
                                  : keel_yaml_fail(node, reader->file, reader->err, "\"%s\" needs \"sql\"", path);
}

bool keel_suite_read_statements(const keel_yaml_reader *reader, const keel_yaml *node, keel_suite *suite)
{
    if (!expect_members(reader, node))
        return false;
    for (size_t i = 0; i < node->count; i++) {
        const keel_yaml *member = node->items[i];
        keel_suite_statement statement = {
            .name = member->key, .severity = KEEL_ERROR, .place = keel_suite_place_of(reader, member)};
        for (size_t j = 0; j < suite->statements.count; j++)
            if (strcmp(suite->statements.items[j].name, statement.name) == 0)
                return keel_yaml_fail(member, reader->file, reader->err,
                                      "statement \"%s\" is named twice, first at %s:%d", statement.name,
                                      suite->statements.items[j].place.file, suite->statements.items[j].place.line);
        if (!read_statement(reader, member, &statement))
            return false;
        keel_arena_push(reader->arena, &suite->statements, statement);
    }
    return true;
}
