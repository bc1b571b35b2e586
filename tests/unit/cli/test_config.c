#include "cli/config.h"

#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    if (file == NULL)
        return;
    fputs(text, file);
    fclose(file);
}

static void values_are_read(keel_arena *arena)
{
    keel_config config = {.jobs = 99};
    keel_error err = {0};

    ok(keel_config_load(arena, NULL, &config, &err), "no pgkeel.yaml is fine");
    ok(config.path == NULL && config.jobs == 0 && config.color == KEEL_COLOR_AUTO && config.lint == NULL, "... and sets nothing");
    write_file("pgkeel.yaml", "database: postgresql:///app\ncolor: never\njobs: 4\nlint: {skip: [L056]}\n");
    ok(keel_config_load(arena, NULL, &config, &err), "./pgkeel.yaml: %s", err.message);
    is_str(config.database, "postgresql:///app", "database");
    is_int(config.color, KEEL_COLOR_NEVER, "color");
    is_int(config.jobs, 4, "jobs");
    ok(keel_yaml_get(config.lint, "skip") != NULL, "lint, as it stands");
    write_file("other.yaml", "migrate:\n  variables: [TENANT, REGION]\n");
    ok(keel_config_load(arena, "other.yaml", &config, &err) && config.variables.count == 2, "names of variables: %s", err.message);
    ok(strcmp(config.variables.items[1].name, "REGION") == 0 && config.variables.items[1].value == NULL, "from the environment");
    write_file("other.yaml", "migrate:\n  variables:\n    TENANT: acme\n    EMPTY: \"\"\n");
    ok(keel_config_load(arena, "other.yaml", &config, &err) && config.variables.count == 2, "with values: %s", err.message);
    is_str(config.variables.items[0].value, "acme", "a value");
    is_str(config.variables.items[1].value, "", "an empty one");
    write_file("other.yaml", "");
    ok(keel_config_load(arena, "other.yaml", &config, &err) && config.database == NULL, "an empty file");
}

static void refused(keel_arena *arena, const char *text, const char *message, const char *hint)
{
    keel_config config = {0};
    keel_error err = {0};

    write_file("bad.yaml", text);
    ok(!keel_config_load(arena, "bad.yaml", &config, &err), "refused: %s", message);
    is_str(err.message, message, "... with its message");
    is_str(err.hint, hint, "... and its hint");
}

int main(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char directory[] = "/tmp/pgkeel-test-XXXXXX";
    keel_config config = {0};
    keel_error err = {0};

    unsetenv("DATABASE_URL");
    if (mkdtemp(directory) == NULL || chdir(directory) != 0)
        return 1;
    values_are_read(arena);
    ok(!keel_config_load(arena, "absent.yaml", &config, &err), "a named file must be there");
    refused(arena, "databse: x\n", "bad.yaml:1:1: unknown key \"databse\" in the configuration",
            "Did you mean \"database\"?");
    refused(arena, "jobs: 0\n", "bad.yaml:1:7: \"jobs\" wants a number from 1 to 64, not \"0\"", "");
    refused(arena, "jobs: 4x\n", "bad.yaml:1:7: \"jobs\" wants a number from 1 to 64, not \"4x\"", "");
    refused(arena, "color: red\n", "bad.yaml:1:8: \"color\" is auto, always or never, not \"red\"", "");
    refused(arena, "database: [a]\n", "bad.yaml:1:11: \"database\" wants a text", "");
    refused(arena, "migrate: {variables: x}\n", "bad.yaml:1:22: \"variables\" wants a list of names, or names with values", "");
    refused(arena, "migrate: {variable: [x]}\n", "bad.yaml:1:11: unknown key \"variable\" in migrate", "Did you mean \"variables\"?");
    refused(arena, "- a\n", "bad.yaml:1:1: wants \"key: value\" lines", "");
    unlink("pgkeel.yaml");
    unlink("other.yaml");
    unlink("bad.yaml");
    rmdir(directory);
    return done_testing();
}
