/* Making a scratch cluster: programs, user, directory, initdb, configuration. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <locale.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "pg/scratch_internal.h"

static bool has_program(const char *bin_dir, const char *program)
{
    KEEL_CLEANUP(keel_str_free) keel_str path = {0};

    keel_str_addf(&path, "%s/%s", bin_dir, program);
    return access(path.data, X_OK) == 0;
}

static bool has_server(const char *bin_dir)
{
    return has_program(bin_dir, "initdb") && has_program(bin_dir, "postgres");
}

/* The directory of the highest major version among those that hold a server, or NULL; the caller frees it. */
static char *newest_installed(const char *pattern, const char *before_version)
{
    glob_t found;
    const char *newest = NULL;
    long newest_version = 0;

    if (glob(pattern, 0, NULL, &found) != 0)
        return NULL;
    for (size_t at = 0; at < found.gl_pathc; at++) {
        long version = strtol(found.gl_pathv[at] + strlen(before_version), NULL, 10);
        if (version <= newest_version || !has_server(found.gl_pathv[at]))
            continue;
        newest = found.gl_pathv[at];
        newest_version = version;
    }
    char *copy = newest != NULL ? keel_strdup(newest) : NULL;
    globfree(&found);
    return copy;
}

static char *ask_pg_config(void)
{
    static const char *const argv[] = {"pg_config", "--bindir", NULL};
    KEEL_CLEANUP(keel_str_free) keel_str bin_dir = {0};

    if (!keel_scratch_capture(argv, &bin_dir) || !has_server(bin_dir.data))
        return NULL;
    return keel_strdup(bin_dir.data);
}

static bool use_bin_dir(const char *wanted, const char *said_by, char **ret_bin_dir, keel_error *err)
{
    if (!has_server(wanted)) {
        keel_fail(err, KEEL_ERR_CONFIG, "no PostgreSQL server in \"%s\" (%s)", wanted, said_by);
        return keel_fail_hint(err, "Name the directory that holds initdb and postgres.");
    }
    *ret_bin_dir = keel_strdup(wanted);
    return true;
}

bool keel_scratch_find_bin_dir(const char *wanted, char **ret_bin_dir, keel_error *err)
{
    const char *from_environment = getenv("PGKEEL_PG_BIN");

    if (wanted != NULL)
        return use_bin_dir(wanted, "as asked for", ret_bin_dir, err);
    if (from_environment != NULL && from_environment[0] != '\0')
        return use_bin_dir(from_environment, "from PGKEEL_PG_BIN", ret_bin_dir, err);
    char *found = newest_installed("/usr/lib/postgresql/*/bin", "/usr/lib/postgresql/");
    if (found == NULL)
        found = newest_installed("/usr/pgsql-*/bin", "/usr/pgsql-");
    if (found == NULL)
        found = ask_pg_config();
    if (found == NULL) {
        keel_fail(err, KEEL_ERR_CONFIG, "found no PostgreSQL server programs (initdb, postgres)");
        return keel_fail_hint(err, "Install them (Debian: apt-get install postgresql; Red Hat: dnf install "
                                   "postgresql-server), or set PGKEEL_PG_BIN to their directory.");
    }
    *ret_bin_dir = found;
    return true;
}

static bool look_up_user(const char *name, keel_scratch *scratch)
{
    char memory[4096];
    struct passwd entry;
    struct passwd *found = NULL;

    if (getpwnam_r(name, &entry, memory, sizeof memory, &found) != 0 || found == NULL || found->pw_uid == 0)
        return false;
    scratch->uid = found->pw_uid;
    scratch->gid = found->pw_gid;
    return true;
}

bool keel_scratch_find_user(keel_scratch *scratch, keel_error *err)
{
    scratch->switch_user = geteuid() == 0;
    if (!scratch->switch_user || look_up_user("postgres", scratch) || look_up_user("nobody", scratch))
        return true;
    keel_fail(err, KEEL_ERR_CONFIG, "PostgreSQL does not run as root, and there is no user \"postgres\" or \"nobody\"");
    return keel_fail_hint(err, "Create an ordinary user \"postgres\", or run pgkeel as an ordinary user.");
}

/* The kernel's limit for a socket's path is 107 bytes. */
static bool check_socket_path(const char *directory, keel_error *err)
{
    enum { LONGEST = 107 };
    int size = snprintf(NULL, 0, "%s/.s.PGSQL.%d.lock", directory, KEEL_SCRATCH_PORT);

    if (size <= LONGEST)
        return true;
    keel_fail(err, KEEL_ERR_CONFIG, "\"%s\" is too long a path for a socket", directory);
    return keel_fail_hint(err, "Set TMPDIR to a directory with a shorter path, such as /tmp.");
}

static bool prepare_directory(const keel_scratch *scratch, const char *path, keel_error *err)
{
    if (!check_socket_path(path, err))
        return false;
    if (scratch->switch_user && chown(path, scratch->uid, scratch->gid) != 0)
        return keel_fail(err, KEEL_ERR_IO, "cannot give \"%s\" to the server's user: %s", path, strerror(errno));
    return true;
}

bool keel_scratch_make_directory(keel_scratch *scratch, const char *parent_dir, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str path = {0};
    const char *from_environment = getenv("TMPDIR");
    const char *wanted = parent_dir != NULL ? parent_dir : from_environment;

    if (wanted == NULL || wanted[0] == '\0')
        wanted = "/tmp";
    KEEL_CLEANUP(keel_free_p) char *parent = realpath(wanted, NULL);
    if (parent == NULL)
        return keel_fail(err, KEEL_ERR_IO, "cannot use \"%s\": %s", wanted, strerror(errno));
    keel_str_addf(&path, "%s/pgkeel-XXXXXX", parent);
    if (mkdtemp(path.data) == NULL)
        return keel_fail(err, KEEL_ERR_IO, "cannot make a directory in \"%s\": %s", parent, strerror(errno));
    if (!prepare_directory(scratch, path.data, err)) {
        rmdir(path.data);
        return false;
    }
    scratch->directory = keel_strdup(path.data);
    return true;
}

static bool is_utf8(const char *encoding)
{
    return strcasecmp(encoding, "UTF8") == 0 || strcasecmp(encoding, "UTF-8") == 0;
}

/* C.UTF-8 where the system has it and the encoding allows it: sorts like C and knows letters. */
static const char *locale_for(const char *encoding)
{
    locale_t utf8 = is_utf8(encoding) ? newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0) : (locale_t)0;

    if (utf8 == (locale_t)0)
        return "--locale=C";
    freelocale(utf8);
    return "--locale=C.UTF-8";
}

static bool fail_with_log(const keel_scratch *scratch, const char *what, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str tail = {0};

    keel_scratch_add_log_tail(scratch, &tail);
    keel_fail(err, KEEL_ERR_IO, "%s: %s", what, keel_str_text(&tail));
    return keel_fail_hint(err, "The end of the program's own output stands in the message.");
}

bool keel_scratch_initdb(const keel_scratch *scratch, const char *encoding, keel_error *err)
{
    enum { PATIENCE_SECONDS = 120 };
    KEEL_CLEANUP(keel_str_free) keel_str program = {0};
    KEEL_CLEANUP(keel_str_free) keel_str data = {0};
    KEEL_CLEANUP(keel_str_free) keel_str encoding_option = {0};
    pid_t child;
    int status;

    encoding = encoding != NULL ? encoding : "UTF8";
    keel_str_addf(&program, "%s/initdb", scratch->bin_dir);
    keel_str_addf(&data, "%s/data", scratch->directory);
    keel_str_addf(&encoding_option, "--encoding=%s", encoding);
    const char *const argv[] = {program.data, "-D", data.data, "-U", "postgres", "--auth=trust",
                                "--no-sync", encoding_option.data, locale_for(encoding), NULL};
    if (!keel_scratch_spawn(scratch, argv, SIGTERM, &child, err))
        return false;
    if (!keel_scratch_wait(child, PATIENCE_SECONDS * KEEL_SECOND, &status)) {
        keel_scratch_kill_all(child);
        return fail_with_log(scratch, "initdb does not end", err);
    }
    if (status != 0)
        return fail_with_log(scratch, "initdb failed", err);
    keel_scratch_clear_log(scratch);
    return true;
}

/* A directory as a value of postgresql.conf. */
static void add_conf_text(keel_str *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            keel_str_addc(out, *text);
        keel_str_addc(out, *text);
    }
}

static void add_settings(keel_str *out, const keel_scratch *scratch, const keel_scratch_options *options)
{
    static const char fast[] = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
                               "shared_buffers = 64MB\nmax_connections = 50\n";

    keel_str_addf(out, "listen_addresses = ''\nport = %d\nunix_socket_permissions = 0700\n", KEEL_SCRATCH_PORT);
    keel_str_add(out, "unix_socket_directories = '");
    add_conf_text(out, scratch->directory);
    keel_str_add(out, "'\nlogging_collector = off\nlog_destination = 'stderr'\n");
    if (!options->durable)
        keel_str_add(out, fast);
    for (const char *const *setting = options->settings; setting != NULL && *setting != NULL; setting++)
        keel_str_addf(out, "%s\n", *setting);
}

bool keel_scratch_configure(const keel_scratch *scratch, const keel_scratch_options *options, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str path = {0};
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};

    keel_str_addf(&path, "%s/data/postgresql.conf", scratch->directory);
    add_settings(&text, scratch, options);
    FILE *file = fopen(path.data, "ae");
    bool written = file != NULL && fwrite(text.data, 1, text.size, file) == text.size;
    if (file != NULL && fclose(file) != 0)
        written = false;
    return written || keel_fail(err, KEEL_ERR_IO, "cannot write \"%s\": %s", path.data, strerror(errno));
}

static int remove_entry(const char *path, const struct stat *status KEEL_UNUSED, int kind KEEL_UNUSED,
                        struct FTW *place KEEL_UNUSED)
{
    remove(path);
    return 0;
}

void keel_scratch_remove_directory(const char *directory)
{
    enum { OPEN_DIRECTORIES = 16 };

    nftw(directory, remove_entry, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS);
}
