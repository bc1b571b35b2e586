#include "cli/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

static const char default_path[] = "pgkeel.yaml";
static const char *const keys[] = {"database", "color", "jobs", "lint", "migrate"};
static const char *const migrate_keys[] = {"variables"};
static const char *const color_modes[] = {
    [KEEL_COLOR_AUTO] = "auto",
    [KEEL_COLOR_ALWAYS] = "always",
    [KEEL_COLOR_NEVER] = "never",
};

static bool read_text(const keel_yaml *root, const char *path, const char *key, const char **ret_text,
                      keel_error *err)
{
    const keel_yaml *node = keel_yaml_get(root, key);

    if (node == NULL)
        return true;
    if (node->kind != KEEL_YAML_SCALAR || node->text[0] == '\0')
        return keel_yaml_fail(node, path, err, "\"%s\" wants a text", key);
    *ret_text = node->text;
    return true;
}

static bool read_color(const keel_yaml *root, const char *path, keel_color_mode *ret_mode, keel_error *err)
{
    const char *text = NULL;

    if (!read_text(root, path, "color", &text, err))
        return false;
    for (size_t mode = 0; mode < KEEL_COUNT_OF(color_modes); mode++) {
        if (text == NULL || strcmp(text, color_modes[mode]) == 0) {
            *ret_mode = (keel_color_mode)mode;
            return true;
        }
    }
    return keel_yaml_fail(keel_yaml_get(root, "color"), path, err,
                          "\"color\" is auto, always or never, not \"%s\"", text);
}

static bool read_jobs(const keel_yaml *root, const char *path, int64_t *ret_jobs, keel_error *err)
{
    const char *text = NULL;
    char *end = NULL;

    if (!read_text(root, path, "jobs", &text, err))
        return false;
    if (text == NULL)
        return true;
    int64_t jobs = strtoll(text, &end, 10);
    if (*end != '\0' || jobs < 1 || jobs > 64)
        return keel_yaml_fail(keel_yaml_get(root, "jobs"), path, err,
                              "\"jobs\" wants a number from 1 to 64, not \"%s\"", text);
    *ret_jobs = jobs;
    return true;
}

/* "variables: [TENANT]" takes the environment's values, "variables: {TENANT: acme}" gives them. */
static bool read_variables(keel_arena *arena, const keel_yaml *node, keel_config *config, keel_error *err)
{
    if (node->kind == KEEL_YAML_SCALAR)
        return keel_yaml_fail(node, config->path, err, "\"variables\" wants a list of names, or names with values");
    for (size_t i = 0; i < node->count; i++) {
        const keel_yaml *item = node->items[i];
        bool map = node->kind == KEEL_YAML_MAP;
        keel_config_variable variable = {map ? item->key : item->text, map ? item->text : NULL};
        if (item->kind != KEEL_YAML_SCALAR)
            return keel_yaml_fail(item, config->path, err, "a variable is a name, or a name with a text");
        keel_arena_push(arena, &config->variables, variable);
    }
    return true;
}

static bool read_migrate(keel_arena *arena, const keel_yaml *root, keel_config *config, keel_error *err)
{
    const keel_yaml *migrate = keel_yaml_get(root, "migrate");
    const keel_yaml *variables = NULL;

    if (migrate == NULL)
        return true;
    if (migrate->kind != KEEL_YAML_MAP)
        return keel_yaml_fail(migrate, config->path, err, "\"migrate\" wants keys");
    if (!keel_yaml_only(migrate, config->path, "migrate", migrate_keys, KEEL_COUNT_OF(migrate_keys), err))
        return false;
    variables = keel_yaml_get(migrate, "variables");
    return variables == NULL || read_variables(arena, variables, config, err);
}

bool keel_config_load(keel_arena *arena, const char *path, keel_config *ret_config, keel_error *err)
{
    keel_config config = {.path = path != NULL ? path : default_path};
    const keel_yaml *root = NULL;

    if (path == NULL && access(default_path, F_OK) != 0 && errno == ENOENT) {
        *ret_config = (keel_config){0};
        return true;
    }
    if (!keel_yaml_read_file(arena, config.path, &root, err))
        return false;
    if (root->kind != KEEL_YAML_MAP)
        return keel_yaml_fail(root, config.path, err, "wants \"key: value\" lines");
    if (!keel_yaml_only(root, config.path, "the configuration", keys, KEEL_COUNT_OF(keys), err) ||
        !read_text(root, config.path, "database", &config.database, err) ||
        !read_color(root, config.path, &config.color, err) ||
        !read_jobs(root, config.path, &config.jobs, err) || !read_migrate(arena, root, &config, err))
        return false;
    config.lint = keel_yaml_get(root, "lint");
    *ret_config = config;
    return true;
}
