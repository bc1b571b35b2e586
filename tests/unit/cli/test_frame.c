/* The frame around commands, driven with commands of this test's own. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/command.h"
#include "tap.h"

typedef struct probe_options {
    const char *what;
    int64_t jobs;
} probe_options;

static const keel_option probe_table[] = {
    KEEL_TEXT_OPTION(probe_options, what, "what", 'w', "WHAT", "what to do"),
    KEEL_INT_OPTION(probe_options, jobs, "jobs", 'j', "N", 1, 64, "workers"),
};
static const probe_options probe_defaults = {.what = "nothing", .jobs = 2};
static const keel_example probe_examples[] = {{"pgkeel probe run", "probes"}, {NULL, NULL}};

static int say_database(keel_cli *cli)
{
    const char *url = NULL;
    keel_error err = {0};

    if (!keel_cli_database(cli, NULL, &url, &err))
        return keel_cli_fail(cli, &err);
    keel_cli_print(cli, "%s\n", url);
    return 0;
}

static int ask(keel_cli *cli)
{
    keel_error err = {0};

    if (!keel_cli_confirm(cli, "undo 7 rows?", &err))
        return keel_cli_fail(cli, &err);
    keel_cli_print(cli, "undone\n");
    return 0;
}

static int find_something(keel_cli *cli)
{
    keel_json json;

    keel_cli_set_target(cli, "host/db");
    keel_progress_phase(keel_cli_progress(cli), "data", "rows", 1);
    keel_cli_note(cli, "a note");
    keel_cli_detail(cli, "a detail");
    keel_report_addf(cli->report, KEEL_ERROR, "a.b", "t", NULL, NULL, "broken");
    keel_cli_print(cli, "my text\n");
    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_int(&json, "rows", 1);
    keel_json_end_object(&json);
    return 0;
}

static int fail(keel_cli *cli)
{
    keel_error err = {0};

    keel_fail(&err, KEEL_ERR_CONNECT, "cannot reach \"host\"");
    keel_fail_hint(&err, "Start it.");
    return keel_cli_fail(cli, &err);
}

static int run(keel_cli *cli, int argc, char **argv)
{
    const probe_options *o = cli->options;

    if (strcmp(o->what, "database") == 0)
        return say_database(cli);
    if (strcmp(o->what, "ask") == 0)
        return ask(cli);
    if (strcmp(o->what, "find") == 0)
        return find_something(cli);
    if (strcmp(o->what, "fail") == 0)
        return fail(cli);
    keel_cli_print(cli, "%s %d %s\n", o->what, (int)o->jobs, argc > 0 ? argv[0] : "-");
    return 0;
}

static const keel_command probe = {
    .name = "probe run",
    .summary = "probe",
    .usage = "[WORD] [options]",
    .help = "Probes.",
    .examples = probe_examples,
    .options = probe_table,
    .option_count = KEEL_COUNT_OF(probe_table),
    .options_size = sizeof(probe_options),
    .defaults = &probe_defaults,
    .max_words = 1,
    .takes = KEEL_TAKES_DB | KEEL_TAKES_YES,
    .run = run,
};
static const keel_command check = {
    .name = "check",
    .summary = "finds",
    .usage = "[options]",
    .help = "Finds.",
    .examples = probe_examples,
    .options = probe_table,
    .option_count = KEEL_COUNT_OF(probe_table),
    .options_size = sizeof(probe_options),
    .defaults = &probe_defaults,
    .takes = KEEL_TAKES_DB | KEEL_TAKES_REPORTS,
    .run = run,
};
const keel_command *const keel_commands[] = {&probe, &check, NULL};
const keel_command_group keel_command_groups[] = {
    {"probe", "probes", "Probing."},
    {"later", "has no command yet", "Never shown."},
    {NULL, NULL, NULL},
};

static char out[16 * 1024], said[16 * 1024];

static void read_back(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY);
    ssize_t got = read(fd, text, size - 1);

    text[got > 0 ? got : 0] = '\0';
    close(fd);
}

/* Runs `pgkeel LINE` in a child; out and said are its stdout and stderr; returns the exit code. */
static int keel(const char *line)
{
    char copy[256];
    char *argv[32] = {copy};
    int argc = 1, status = 0;

    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        snprintf(copy, sizeof copy, "%s", line);
        for (char *save = NULL, *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
            argv[argc++] = w;
        dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
        dup2(open("out", O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
        dup2(open("said", O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
        exit(keel_cli_main(argc, argv));
    }
    waitpid(child, &status, 0);
    read_back("out", out, sizeof out);
    read_back("said", said, sizeof said);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool has(const char *text, const char *part)
{
    bool found = strstr(text, part) != NULL;

    if (!found)
        printf("# without: %s\n# text: %s\n", part, text);
    return found;
}

static void options_and_words(void)
{
    is_int(keel("probe run"), 0, "defaults");
    is_str(out, "nothing 2 -\n", "... arrive");
    is_int(keel("probe run -w x word --jobs=9"), 0, "options and a word");
    is_str(out, "x 9 word\n", "... arrive");
    is_int(keel("probe run a b"), 2, "a word too many");
    is_int(keel("probe rnu"), 2, "an unknown word of a group");
    ok(has(said, "Did you mean \"pgkeel probe run\"?"), "... names the nearest");
    is_int(keel("run"), 2, "a word without its group");
    ok(has(said, "Did you mean \"pgkeel probe run\"?"), "... names the whole command");
    is_int(keel("probe"), 2, "a group alone is wrong usage");
    is_int(keel("probe --help"), 0, "a group's help");
    ok(has(out, "Examples:\n  pgkeel probe run"), "... has an example");
    is_int(keel("later"), 2, "a group without commands does not exist");
}

static void databases(void)
{
    unsetenv("DATABASE_URL");
    is_int(keel("probe run -w database"), 2, "no database");
    ok(has(said, "pgkeel: no database given\nhint: Name it with --db URL"), "... and how to name one");
    setenv("DATABASE_URL", "postgresql:///env", 1);
    keel("probe run -w database");
    is_str(out, "postgresql:///env\n", "DATABASE_URL");
    FILE *file = fopen("pgkeel.yaml", "w");
    fputs("database: postgresql:///config\n", file);
    fclose(file);
    keel("probe run -w database");
    is_str(out, "postgresql:///config\n", "the configuration comes before it");
    keel("probe run -w database --db postgresql:///typed");
    is_str(out, "postgresql:///typed\n", "--db comes first");
    is_int(keel("probe run --config absent.yaml"), 2, "a named configuration must be there");
    unlink("pgkeel.yaml");
}

static void asking(void)
{
    is_int(keel("probe run -w ask"), 2, "nobody to ask");
    ok(has(said, "say --yes"), "... says --yes");
    is_int(keel("probe run -w ask -y"), 0, "--yes");
    is_str(out, "undone\n", "... goes ahead");
}

static void results(void)
{
    is_int(keel("probe run -w find"), 1, "an ERROR finding is exit code 1");
    ok(has(out, "my text\nERROR (1)\n  t  broken  [a.b]\n"), "text, then findings");
    is_str(said, "a note\n", "notes on stderr, details only when asked for");
    keel("probe run -w find --verbose");
    is_str(said, "a note\na detail\n", "--verbose");
    is_int(keel("probe run -w find --quiet --format json"), 1, "as JSON");
    is_str(said, "", "--quiet");
    ok(has(out, "\"verdict\": \"fail\"") && has(out, "\"result\": {\"rows\":1}") && out[0] == '{' &&
           has(out, "\"target\": \"host/db\"") && strstr(out, "my text") == NULL,
       "one document and no text");
    is_int(keel("probe run -w fail"), 2, "a failure");
    is_str(said, "pgkeel: cannot reach \"host\"\nhint: Start it.\n", "... says why");
    is_str(out, "", "... and has no result");
    is_int(keel("probe run -w fail --format json"), 2, "a failure as JSON");
    ok(has(out, "\"verdict\": \"critical\"") && has(out, "\"check\": \"command.failed\"") &&
           has(out, "\"evidence\": {\"kind\":\"cannot reach the server\"}") && has(out, "\"remedy\": \"Start it.\""),
       "... is a document with a critical finding");
}

/* What starts the file, or "" if there is none. */
static const char *file_start(const char *path)
{
    static char text[128];
    FILE *file = fopen(path, "r");
    size_t size = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;

    text[size] = '\0';
    if (file != NULL)
        fclose(file);
    unlink(path);
    return text;
}

static void reports(void)
{
    is_int(keel("check -w find --format junit"), 1, "a report in another format");
    ok(strncmp(out, "<?xml", 5) == 0 && has(out, "</testsuites>\n") && strstr(out, "my text") == NULL,
       "... is all there is on stdout");
    is_int(keel("check -w find --format sarif --output r.sarif"), 1, "a report beside the text");
    ok(has(out, "my text\nERROR (1)\n  t  broken  [a.b]\n"), "... has the text on stdout");
    ok(has(file_start("r.sarif"), "{\n  \"$schema\""), "... and the report in the file");
    keel("check -w find --format json --output r.json");
    ok(has(out, "my text\n") && has(file_start("r.json"), "{\n  \"tool\""), "JSON too");
    keel("check -w find --output r.txt");
    is_str(out, "", "text in a file is not said twice");
    ok(has(file_start("r.txt"), "my text\nERROR"), "... and stands there");
    is_int(keel("check -w fail --format github"), 2, "a failure");
    ok(has(out, "::error title=command.failed (critical)::check: cannot reach \"host\"%0AStart it.\n"),
       "... is in the report");
    is_int(keel("check -w fail --format junit --output r.xml"), 2, "a failure beside the text");
    ok(out[0] == '\0' && has(said, "hint: Start it.") && has(file_start("r.xml"), "errors=\"1\""),
       "... is said once, and stands in the file");
    is_int(keel("probe run -w find --format junit"), 2, "a command without reports has no such format");
    ok(has(said, "It knows text, json."), "... and says which it has");
    keel("probe run -w find --format json --output r.json");
    is_str(out, "", "its JSON in a file leaves stdout empty");
    unlink("r.json");
    keel("check --help");
    ok(has(out, "junit (XML for CI servers)"), "the formats stand in the help");
}

int main(void)
{
    char directory[] = "/tmp/pgkeel-test-XXXXXX";

    if (mkdtemp(directory) == NULL || chdir(directory) != 0)
        return 1;
    options_and_words();
    databases();
    asking();
    results();
    reports();
    unlink("out");
    unlink("said");
    rmdir(directory);
    return done_testing();
}
