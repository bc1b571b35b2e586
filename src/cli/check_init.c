/* pgkeel check --init: a suite written from the database as it is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/check_options.h"
#include "cli/transfer_options.h"
#include "verify/suite_write.h"

static const char usual_path[] = "checks/schema.yaml";

/* The folder of the file, if it is not there; the folder of that one must be. */
static bool make_folder(keel_cli *cli, const char *path, keel_error *err)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL || slash == path)
        return true;
    const char *folder = keel_arena_strndup(cli->arena, path, (size_t)(slash - path));
    if (mkdir(folder, 0777) == 0 || errno == EEXIST)
        return true;
    return keel_fail(err, KEEL_ERR_IO, "cannot make the folder \"%s\": %s", folder, strerror(errno));
}

static bool write_all(int fd, const keel_str *text)
{
    for (size_t done = 0; done < text->size;) {
        ssize_t size = write(fd, text->data + done, text->size - done);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return false;
        done += (size_t)size;
    }
    return true;
}

/* Beside the file and then in its place, so that there is never half a suite. Without --yes nothing is replaced, even
 * if it appears at the same moment: link fails where rename would not. */
static bool put(keel_cli *cli, const char *path, const keel_str *text, keel_error *err)
{
    const char *partial = keel_arena_printf(cli->arena, "%s.partial-%ld", path, (long)getpid());
    int fd = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

    if (fd < 0)
        return keel_fail(err, KEEL_ERR_IO, "cannot write \"%s\": %s", partial, strerror(errno));
    bool done = write_all(fd, text) && fsync(fd) == 0;
    int reason = errno;
    close(fd);
    if (done) {
        done = (cli->common.yes ? rename(partial, path) : link(partial, path)) == 0;
        reason = errno;
    }
    unlink(partial);
    if (done)
        return true;
    if (reason != EEXIST)
        return keel_fail(err, KEEL_ERR_IO, "cannot write \"%s\": %s", path, strerror(reason));
    keel_fail(err, KEEL_ERR_USAGE, "\"%s\" exists", path);
    return keel_fail_hint(err, "Name another file, or say --yes to replace it.");
}

static void show(keel_cli *cli, const char *path, const keel_suite_written *written)
{
    keel_json json;

    keel_cli_print(cli, "wrote %s: %s tables, %s columns, %s keys, %s foreign keys, %s indexes, %s constraints\n",
                   path, keel_cli_count(cli, written->tables), keel_cli_count(cli, written->columns),
                   keel_cli_count(cli, written->keys), keel_cli_count(cli, written->foreign_keys),
                   keel_cli_count(cli, written->indexes), keel_cli_count(cli, written->constraints));
    if (written->left_out > 0)
        keel_cli_print(cli, "%s left out, being invalid or not validated; comments say which\n",
                       keel_cli_count(cli, written->left_out));
    keel_cli_print(cli, "hold it against a database: pgkeel check --suite %s\n", path);
    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_text(&json, "file", path);
    keel_json_kv_int(&json, "tables", written->tables);
    keel_json_kv_int(&json, "columns", written->columns);
    keel_json_kv_int(&json, "keys", written->keys);
    keel_json_kv_int(&json, "foreign_keys", written->foreign_keys);
    keel_json_kv_int(&json, "indexes", written->indexes);
    keel_json_kv_int(&json, "constraints", written->constraints);
    keel_json_kv_int(&json, "left_out", written->left_out);
    keel_json_end_object(&json);
}

static bool init(keel_cli *cli, const keel_cli_check *given, const char *path, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_suite_written written = {0};
    const char *conninfo = NULL;

    if (!cli->common.yes && access(path, F_OK) == 0) {
        keel_fail(err, KEEL_ERR_USAGE, "\"%s\" exists", path);
        return keel_fail_hint(err, "Name another file, or say --yes to replace it.");
    }
    if (!keel_cli_transfer_database(cli, NULL, &conninfo, err) || !keel_pg_open(conninfo, "check --init", &pg, err) ||
        !keel_suite_write(cli->arena, pg, keel_cli_list(cli, given->table), &text, &written, err) ||
        !make_folder(cli, path, err) || !put(cli, path, &text, err))
        return false;
    show(cli, path, &written);
    return true;
}

int keel_cli_check_init(keel_cli *cli, const keel_cli_check *given, const char *path)
{
    keel_error err = {0};

    return init(cli, given, path != NULL ? path : usual_path, &err) ? 0 : keel_cli_fail(cli, &err);
}
