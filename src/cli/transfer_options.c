/* Options that the transfer commands share. */
#include "cli/transfer_options.h"

#include <errno.h>
#include <stdlib.h>

const char *const keel_cli_key_modes[] = {"auto", "keep", "remap", NULL};
const char *const keel_cli_trigger_modes[] = {"fire", "skip", NULL};

bool keel_cli_source(const char *from, const char **ret_path, keel_error *err)
{
    if (from == NULL) {
        keel_fail(err, KEEL_ERR_USAGE, "--from is missing");
        return keel_fail_hint(err, "Name the source: --from sqlite:PATH");
    }
    if (strncmp(from, "sqlite:", 7) != 0 || from[7] == '\0') {
        keel_fail(err, KEEL_ERR_USAGE, "\"%s\" is not a source", from);
        return keel_fail_hint(err, "A source is written sqlite:PATH, for example --from sqlite:app.db");
    }
    *ret_path = from + 7;
    return true;
}

const char *const *keel_cli_list(keel_cli *cli, const char *names)
{
    struct {
        const char **items;
        size_t count, capacity;
    } list = {0};

    if (names == NULL)
        return NULL;
    while (*names != '\0') {
        size_t size = strcspn(names, ",");
        if (size > 0) {
            const char *name = keel_arena_strndup(cli->arena, names, size);
            keel_arena_push(cli->arena, &list, name);
        }
        names += size + (names[size] == ',');
    }
    const char *end = NULL;
    keel_arena_push(cli->arena, &list, end);
    return list.items;
}

bool keel_cli_run_number(int argc, char **argv, int64_t *ret_run, keel_error *err)
{
    char *end = NULL;

    *ret_run = 0;
    if (argc == 0)
        return true;
    errno = 0;
    *ret_run = strtoll(argv[0], &end, 10);
    if (errno == 0 && *end == '\0' && *ret_run > 0)
        return true;
    keel_fail(err, KEEL_ERR_USAGE, "\"%s\" is not the number of a run", argv[0]);
    return keel_fail_hint(err, "`pgkeel transfer list` shows the runs.");
}

bool keel_cli_transfer_database(keel_cli *cli, const char *given, const char **ret_url, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str target = {0};

    if (!keel_cli_database(cli, given, ret_url, err) || !keel_pg_conninfo_target(*ret_url, &target, err))
        return false;
    keel_cli_set_target(cli, target.data);
    return true;
}

const char *keel_cli_count(keel_cli *cli, int64_t count)
{
    char digits[24], grouped[32];
    size_t out = 0;
    int size = snprintf(digits, sizeof digits, "%lld", (long long)count);

    for (int i = 0; i < size; i++) {
        grouped[out++] = digits[i];
        if ((size - i - 1) % 3 == 0 && i < size - 1 && digits[i] != '-')
            grouped[out++] = ',';
    }
    return keel_arena_strndup(cli->arena, grouped, out);
}

static keel_key_choice key_choice(const char *word)
{
    if (strcmp(word, "keep") == 0)
        return KEEL_KEYS_KEEP;
    return strcmp(word, "remap") == 0 ? KEEL_KEYS_REMAP : KEEL_KEYS_AUTO;
}

bool keel_cli_transfer_options(keel_cli *cli, const keel_cli_transfer *from, keel_run_options *ret_options, keel_error *err)
{
    keel_run_options options = {.mapping_file = from->file,
                                .schema = from->schema,
                                .only = keel_cli_list(cli, from->table),
                                .exclude = keel_cli_list(cli, from->exclude),
                                .keys = key_choice(from->keys),
                                .no_create = from->no_create,
                                .skip_triggers = strcmp(from->triggers, "skip") == 0,
                                .jobs = (int)from->jobs,
                                .max_rejects = from->max_rejects,
                                .again = from->again,
                                .restart = from->restart,
                                .retry_rejects = from->retry_rejects,
                                .new_rows = from->new_rows,
                                .cancel = keel_cli_cancel_flag()};

    if (from->retry_rejects > 0 && from->new_rows > 0)
        return keel_fail(err, KEEL_ERR_USAGE, "--retry-rejects and --new-rows do not go together");
    if (!keel_cli_source(from->from, &options.source_path, err) ||
        !keel_cli_transfer_database(cli, from->to, &options.conninfo, err))
        return false;
    *ret_options = options;
    return true;
}
