#include "cli/lint_script.h"

#include <sys/stat.h>

void keel_cli_lint_steps(keel_cli *cli, const keel_steps *steps, keel_lint_script *script)
{
    int transaction = script->count > 0 ? script->items[script->count - 1].transaction : 0;

    for (size_t i = 0; i < steps->count; i++) {
        transaction++;
        for (size_t k = 0; k < steps->items[i].statements.count; k++) {
            const keel_step_statement *s = &steps->items[i].statements.items[k];
            keel_lint_statement statement = {.file = steps->items[i].path, .line = s->line, .sql = s->sql, .size = s->size,
                                             .node = s->node, .complaint = s->complaint, .class = &s->class,
                                             .transaction = transaction,
                                             .before = s->before, .before_size = s->before_size,
                                             .before_line = s->before_line, .bounded = s->bounded,
                                             .substituted = s->text != s->sql};
            keel_arena_push(cli->arena, script, statement);
        }
    }
}

void keel_cli_lint_pending(keel_cli *cli, const keel_work *work, keel_lint_script *script)
{
    const size_t first = script->count;

    for (size_t i = 0; i < work->lines.count; i++) {
        const keel_work_line *line = &work->lines.items[i];
        if (line->state == KEEL_LINE_PENDING || line->state == KEEL_LINE_APPLYING || line->state == KEEL_LINE_CHANGED)
            keel_cli_lint_steps(cli, &line->up, script);
    }
    for (size_t i = first; i < script->count; i++)
        script->items[i].complaint = NULL; /* the work has found it already */
}

static bool add_migration(keel_cli *cli, const keel_migration *migration, int server_version, keel_lint_script *script,
                          keel_error *err)
{
    keel_steps *steps = keel_arena_alloc(cli->arena, sizeof *steps); /* the script points into it */

    if (migration->up.text == NULL)
        return true;
    if (!keel_steps_of(cli->arena, &migration->up, server_version, steps, err))
        return false;
    keel_cli_lint_steps(cli, steps, script);
    return true;
}

bool keel_cli_lint_folder(keel_cli *cli, const char *path, const char *layout, const struct keel_variables *variables,
                          int server_version, keel_lint_script *script, keel_error *err)
{
    keel_migration_folder *folder = NULL;

    if (!keel_migration_folder_read(cli->arena, path, layout, &folder, err))
        return false;
    keel_migration_folder_set_variables(folder, variables);
    for (size_t i = 0; i < folder->migrations.count; i++)
        if (!add_migration(cli, &folder->migrations.items[i], server_version, script, err))
            return false;
    return true;
}

bool keel_cli_lint_path(keel_cli *cli, const char *path, const char *layout, const struct keel_variables *variables,
                        int server_version, keel_lint_script *script, keel_error *err)
{
    keel_migration migration;
    struct stat facts;

    if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode))
        return keel_cli_lint_folder(cli, path, layout, variables, server_version, script, err);
    if (!keel_migration_file_read(cli->arena, path, &migration, err))
        return false;
    migration.up.variables = variables;
    return add_migration(cli, &migration, server_version, script, err);
}
