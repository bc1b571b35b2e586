/* pgkeel check --save and --against: the files, and what the report says about them. */
#include "cli/check_options.h"
#include "cli/transfer_options.h"

bool keel_cli_check_baseline(keel_cli *cli, const keel_cli_check *given, keel_baseline_job **ret_job, keel_error *err)
{
    const keel_baseline *before = NULL;

    if (given->save == NULL && given->against == NULL)
        return true;
    if (given->save != NULL && given->against != NULL) {
        keel_fail(err, KEEL_ERR_USAGE, "--save and --against do not go together");
        return keel_fail_hint(err, "Compare with --against first, then save the new state with --save.");
    }
    if (given->save != NULL && !keel_baseline_writable(given->save, err))
        return false;
    if (given->against != NULL && !keel_baseline_read(cli->arena, given->against, &before, err))
        return false;
    *ret_job = keel_baseline_job_create(before);
    return true;
}

bool keel_cli_check_save(const keel_cli_check *given, const keel_baseline_job *job, keel_error *err)
{
    if (job == NULL)
        return true;
    if (keel_baseline_job_result(job) == NULL) {
        keel_fail(err, KEEL_ERR_USAGE, "nothing was read for the baseline");
        return keel_fail_hint(err, "--only, --skip and the groups leave out every check of the group baseline.");
    }
    if (given->save == NULL)
        return true;
    return keel_baseline_write(keel_baseline_job_result(job), given->save, err);
}

void keel_cli_check_show_baseline(keel_cli *cli, const keel_cli_check *given, const keel_baseline_job *job)
{
    const keel_baseline *before = job != NULL ? keel_baseline_job_before(job) : NULL;

    if (job == NULL)
        return;
    if (before == NULL)
        keel_cli_print(cli, "Baseline: saved in %s", given->save);
    else
        keel_cli_print(cli, "Baseline: %s, saved at %s of %s, %s tables", given->against, before->saved_at, before->target,
                       keel_cli_count(cli, (int64_t)before->tables.count));
    keel_cli_print(cli, "%s\n\n", before != NULL && before->quick ? ", with --quick: rows of large tables are estimates" : "");
}

static void add_side(keel_json *json, const char *key, const keel_baseline *baseline)
{
    keel_json_key(json, key);
    keel_json_object(json);
    keel_json_kv_text(json, "at", baseline->saved_at);
    keel_json_kv_text(json, "target", baseline->target);
    keel_json_kv_int(json, "server_version", baseline->server_version);
    keel_json_kv_int(json, "tables", (int64_t)baseline->tables.count);
    keel_json_kv_bool(json, "quick", baseline->quick);
    keel_json_kv_text(json, "schema_fingerprint", baseline->fingerprint);
    keel_json_end_object(json);
}

void keel_cli_check_add_baseline(keel_json *json, const keel_cli_check *given, const keel_baseline_job *job)
{
    if (job == NULL)
        return;
    keel_json_key(json, "baseline");
    keel_json_object(json);
    keel_json_kv_text(json, "file", given->save != NULL ? given->save : given->against);
    if (keel_baseline_job_before(job) != NULL)
        add_side(json, "before", keel_baseline_job_before(job));
    add_side(json, "now", keel_baseline_job_result(job));
    keel_json_end_object(json);
}
